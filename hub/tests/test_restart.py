import asyncio
import json
from typing import Any

import aiohttp
import pytest

from conftest import USERNAME, Settings, World, serving_hub
from nublado_hub.errors import RefusedError
from nublado_hub.events import EventParser
from scripted_controller import Hang, broken, error, event, plain
from spawning import CREATED, DONE, START, Spawning, eventually, spawned

AWAY = [plain(503)] * 100


async def checked(world: World) -> None:
    await eventually(lambda: not world.spawner._check_pending)


async def restarted(world: World, spawning: Spawning) -> None:
    """The hub is killed in the middle of the spawn, and another one starts."""
    await world.lose_hub(spawning.task, spawning.listener)
    await world.start_hub()


async def test_a_running_lab_survives_the_hub(world: World) -> None:
    world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
    world.controller.streams = [[DONE]]
    await spawned(world)

    await world.lose_hub()
    await world.start_hub()

    await checked(world)
    assert world.spawner.ready
    assert world.spawner.server.url == world.lab_url


async def test_a_spawn_in_flight_when_the_hub_died_is_adopted_with_its_progress(world: World) -> None:
    go_on = asyncio.Event()
    world.controller.streams = [[START, CREATED, Hang()], [START, CREATED, go_on, world.runs, DONE]]
    spawning = Spawning(world)
    await eventually(lambda: len(spawning.reports) == 2)
    client_secret = world.spawner.orm_spawner.oauth_client.secret
    await restarted(world, spawning)
    assert world.spawner.pending == 'spawn'
    tabs = [asyncio.ensure_future(_progress_of(world.spawner)) for _ in range(2)]
    spawn = world.spawner._spawn_future

    go_on.set()
    await asyncio.wait_for(spawn, 60)

    assert world.spawner.ready
    assert world.spawner.server.url == world.lab_url
    assert world.app.proxy.routes['/user/rachel/']['target'] == world.lab_url.removesuffix('/user/rachel/')
    assert await asyncio.gather(*tabs) == [[1, 30, 75]] * 2
    assert world.controller.requests('GET', '/events')[1].headers['Last-Event-ID'] == 'op.0'
    assert world.spawner.orm_spawner.oauth_client.secret == client_secret, 'the lab is still trusted'
    assert [seen.method for seen in world.controller.seen if seen.method != 'GET'] == ['POST']


async def _progress_of(spawner: Any) -> list[int]:
    return [report['progress'] async for report in spawner.progress()]


async def test_a_page_that_waits_for_an_adopted_lab_gets_its_progress_and_goes_on_to_it(world: World) -> None:
    go_on = asyncio.Event()
    world.controller.streams = [[START, Hang()], [START, go_on, world.runs, DONE]]
    spawning = Spawning(world)
    await eventually(lambda: spawning.reports)
    await restarted(world, spawning)
    headers = {'Authorization': f'token {world.user.new_api_token()}'}

    async with serving_hub(world) as url, aiohttp.ClientSession(url, headers=headers) as session:
        answer = await session.get('/hub/api/users/rachel/server/progress')
        parser = EventParser()
        events: list[Any] = []
        async for chunk in answer.content.iter_any():
            events += [json.loads(event.data) for event in parser.feed(chunk)]
            go_on.set()

    assert [event['progress'] for event in events] == [0, 1, 75, 100]
    assert events[-1]['ready']


async def test_an_adopted_lab_is_polled_and_can_be_stopped(world: World) -> None:
    world.controller.streams = [[START, Hang()], [world.runs, DONE]]
    spawning = Spawning(world)
    await eventually(lambda: spawning.reports)
    await restarted(world, spawning)
    await eventually(lambda: world.spawner.ready)
    assert world.spawner._poll_callback is not None

    await world.user.stop()

    assert world.controller.labs == {}
    assert world.spawner.server is None


async def test_a_spawn_that_failed_while_the_hub_was_down_is_told_as_failed(world: World) -> None:
    failed = event('failed', 'Lab spawn failed', None, 'op.2')
    world.controller.streams = [[START, Hang()], [START, world.fails, failed]]
    spawning = Spawning(world)
    await eventually(lambda: spawning.reports)

    await restarted(world, spawning)

    await eventually(lambda: not world.spawner.active)
    assert world.spawner._failed
    assert world.spawner._spawn_future.exception().jupyterhub_message == 'Lab spawn failed'
    assert not world.controller.requests('DELETE')


async def test_a_spawn_that_the_controller_never_heard_of_is_forgotten_by_the_next_hub(world: World) -> None:
    heard = asyncio.Event()

    async def deaf(request: Any) -> Any:
        heard.set()
        return await asyncio.Event().wait()

    world.controller.answer('create', deaf)
    spawning = Spawning(world)
    await heard.wait()

    await restarted(world, spawning)

    await checked(world)
    assert not world.spawner.active
    world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
    world.controller.streams = [[DONE]]
    await spawned(world)


async def test_a_hub_that_starts_while_the_controller_is_away_forgets_no_lab(world: World) -> None:
    world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
    world.controller.streams = [[DONE]]
    await spawned(world)
    await world.lose_hub()
    world.controller.answer('read', *AWAY)

    await world.start_hub()

    await checked(world)
    assert world.spawner.ready
    assert world.spawner.server.url == world.lab_url


async def test_a_spawn_in_flight_is_adopted_once_the_controller_is_back(world: World) -> None:
    world.controller.streams = [[START, Hang()], [world.runs, DONE]]
    spawning = Spawning(world)
    await eventually(lambda: spawning.reports)
    await world.lose_hub(spawning.task, spawning.listener)
    world.controller.answer('read', *AWAY[:20])
    world.controller.answer('events', *AWAY[:20])

    await world.start_hub()

    await eventually(lambda: world.spawner.ready)
    assert world.spawner.server.url == world.lab_url


@pytest.mark.parametrize(
    'answer',
    [
        broken,
        plain(403),
        plain(404, '<h1>default backend</h1>'),
        plain(200, 'no json'),
        plain(200, '[' * 100_000),
        plain(200, '{"status": 1}'),
        error(500, 'internal_error', 'Internal Server Error'),
        error(404, 'not_found', 'Not Found'),
    ],
    ids=['broken', '403', 'ingress-404', 'text', 'deep', 'no-status', '500', 'other-404'],
)
async def test_a_poll_that_learns_nothing_never_says_stopped(world: World, answer: Any) -> None:
    world.controller.answer('read', *[answer] * 10)

    assert await world.spawner.poll() is None


@pytest.mark.parametrize(
    ('status', 'exit_status'),
    [
        ('pending', None),
        ('running', None),
        ('new', None),
        ('terminating', 0),
        ('terminated', 0),
        ('failed', 1),
    ],
)
async def test_a_poll_reads_the_labs_status(world: World, status: str, exit_status: int | None) -> None:
    world.controller.labs[USERNAME] = {'status': status, 'internal_url': None}

    assert await world.spawner.poll() == exit_status


async def test_a_user_without_a_lab_has_none_that_lives(world: World) -> None:
    assert await world.spawner.poll() == 0


async def test_a_missing_token_file_is_no_stopped_lab_and_is_named_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.spawner.admin_token_path = '/nonexistent/token'

    assert await world.spawner.poll() is None
    assert '/nonexistent/token cannot be read' in caplog.text


async def test_a_controller_that_stays_away_is_named_in_the_log_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.controller.answer('read', *AWAY)

    for _ in range(3):
        await world.spawner.poll()

    assert len([record for record in caplog.records if record.levelname == 'WARNING']) == 1


async def test_a_lab_that_is_there_is_stopped_as_soon_as_the_controller_is_back(world: World) -> None:
    world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
    world.controller.streams = [[DONE]]
    await spawned(world)
    world.controller.answer('delete', *AWAY[:20])

    await world.user.stop()

    assert world.controller.labs == {}


async def test_a_lab_that_does_not_end_is_named_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
    world.controller.streams = [[DONE]]
    await spawned(world)
    world.controller.answer('delete', error(500, 'delete_failed', 'Failed to delete lab'))

    with pytest.raises(RefusedError):
        await world.user.stop()

    [record] = [record for record in caplog.records if record.levelname == 'ERROR']
    assert USERNAME in record.getMessage()
    assert record.getMessage().endswith('status 500: Failed to delete lab')


class TestMovedLabs:
    @pytest.fixture
    def settings(self) -> Settings:
        return {'NubladoSpawner': {'follow_moved_labs': True}}

    async def test_a_lab_that_has_moved_is_followed_by_record_and_route(self, world: World) -> None:
        world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
        world.controller.streams = [[DONE]]
        await spawned(world)
        world.spawner._spawn_pending = False
        moved = 'http://[fd00::7]:9999/user/rachel/'
        world.controller.labs[USERNAME]['internal_url'] = moved

        assert await world.spawner.poll() is None

        assert world.spawner.server.url == moved
        assert world.app.proxy.routes['/user/rachel/']['target'] == 'http://[fd00::7]:9999'


async def test_without_the_flag_a_lab_is_not_followed(world: World) -> None:
    world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
    world.controller.streams = [[DONE]]
    await spawned(world)
    world.controller.labs[USERNAME]['internal_url'] = 'http://10.0.0.9:9999/user/rachel/'

    await world.spawner.poll()

    assert world.spawner.server.url == world.lab_url
