import asyncio
from typing import Any

import pytest

from conftest import ADMIN_TOKEN, USER_TOKEN, USERNAME, World
from scripted_controller import Cut, Hang, ScriptedController, broken, error, event, plain
from spawning import CREATED, DONE, OPTIONS, START, Spawning, eventually, spawned


async def test_a_spawn_passes_the_form_data_on_unmodified_and_ends_at_the_labs_url(world: World) -> None:
    world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
    world.controller.streams = [[START, CREATED, DONE]]

    spawning = await spawned(world)

    assert world.spawner.server.url == world.lab_url
    [create] = world.controller.requests('POST', '/create')
    assert create.body['options'] == OPTIONS
    assert create.body['env']['JUPYTERHUB_SERVICE_PREFIX'] == '/user/rachel/'
    assert 'PATH' not in create.body['env']
    assert spawning.reports == [
        {'progress': 1, 'message': '[info] Starting lab creation for rachel'},
        {'progress': 30, 'message': '[info] Created Kubernetes objects for user lab'},
        {'progress': 75, 'message': '[info] Lab Kubernetes pod started for rachel'},
    ]


async def test_users_requests_carry_the_users_token_and_all_others_the_hubs_own(world: World) -> None:
    world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
    world.controller.streams = [[DONE]]

    await spawned(world)
    await world.user.stop()

    tokens = {
        (seen.method, seen.path.rpartition('/')[2]): seen.headers['Authorization']
        for seen in world.controller.seen
    }
    assert tokens == {
        ('POST', 'create'): f'Bearer {USER_TOKEN}',
        ('GET', 'events'): f'Bearer {USER_TOKEN}',
        ('GET', 'rachel'): f'Bearer {ADMIN_TOKEN}',
        ('DELETE', 'rachel'): f'Bearer {ADMIN_TOKEN}',
    }


async def test_every_listener_gets_every_event_as_it_comes(world: World) -> None:
    go_on = asyncio.Event()
    world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
    world.controller.streams = [[START, CREATED, go_on, DONE]]
    spawning = Spawning(world)
    await eventually(lambda: len(spawning.reports) == 2)
    late = aiter(world.spawner.progress())

    assert [(await anext(late))['progress'] for _ in range(2)] == [1, 30]
    assert not spawning.task.done()

    go_on.set()
    await spawning.end()
    assert [report['progress'] async for report in late] == [75]
    assert [report['progress'] for report in spawning.reports] == [1, 30, 75]


async def test_a_listener_of_an_old_spawn_never_sees_the_new_one(world: World) -> None:
    world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
    world.controller.streams = [[event('complete', 'first')], [event('complete', 'second')]]
    first = await spawned(world)
    await world.user.stop()

    second = await spawned(world)

    assert first.messages == ['[info] first']
    assert second.messages == ['[info] second']


@pytest.mark.parametrize('end', [[Cut()], []], ids=['cut', 'ended'])
async def test_a_stream_that_breaks_off_is_resumed_after_its_last_event(world: World, end: list[Cut]) -> None:
    world.controller.streams = [[START, CREATED, *end], [CREATED, world.runs, DONE]]
    spawning = Spawning(world)

    assert not isinstance(await spawning.end(), Exception)

    [first, second] = world.controller.requests('GET', '/events')
    assert (first.query, second.query) == ('extended=true', 'extended=true')
    assert 'Last-Event-ID' not in first.headers
    assert second.headers['Last-Event-ID'] == 'op.2'
    assert [report['progress'] for report in spawning.reports] == [1, 30, 75]


async def test_a_resumed_stream_without_ids_repeats_nothing(world: World) -> None:
    start, pulling = event('info', 'start', 1), event('info', 'pulling', 35)
    done = event('complete', 'done')
    world.controller.streams = [[start, pulling, pulling, Cut()], [start, pulling, pulling, world.runs, done]]
    spawning = Spawning(world)

    await spawning.end()

    assert spawning.messages == ['[info] start', '[info] pulling', '[info] pulling', '[info] done']
    assert spawning.reports[-1]['progress'] == 75


async def test_a_lab_that_runs_is_started_even_if_its_stream_says_nothing(world: World) -> None:
    world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
    world.controller.streams = [[START]]

    await spawned(world)

    assert world.spawner.server.url == world.lab_url


async def test_a_stream_that_ends_while_the_lab_is_gone_is_a_failed_spawn(world: World) -> None:
    go_on = asyncio.Event()
    world.controller.streams = [[START, go_on]]
    spawning = Spawning(world)
    await eventually(lambda: spawning.reports)
    del world.controller.labs[USERNAME]
    go_on.set()

    failure = await spawning.end()

    assert failure.jupyterhub_message == 'The lab was deleted while it was starting'


@pytest.mark.parametrize('answer', [plain(503), plain(502), broken], ids=['503', '502', 'broken'])
async def test_a_controller_that_is_away_for_a_moment_is_asked_again(world: World, answer: Any) -> None:
    for kind in ('create', 'events', 'read'):
        world.controller.answer(kind, answer)
    world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
    world.controller.streams = [[DONE]]

    await spawned(world)

    assert world.spawner.server.url == world.lab_url


async def test_an_internal_error_while_following_does_not_end_the_spawn(world: World) -> None:
    internal = error(500, 'internal_error', 'Internal Server Error')
    world.controller.answer('events', internal)
    world.controller.answer('read', internal, internal)
    world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
    world.controller.streams = [[DONE]]

    await spawned(world)


async def test_a_cancelled_start_closes_its_progress(world: World) -> None:
    world.controller.streams = [[START, Hang()]]
    listening = world.spawner.progress()
    start = asyncio.ensure_future(world.spawner.start())
    assert (await anext(listening))['progress'] == 1

    start.cancel()

    assert [report async for report in listening] == []


async def test_an_event_storm_of_any_shape_is_survived(world: World, controller: ScriptedController) -> None:
    controller.created = {'status': 'running', 'internal_url': world.lab_url}
    deep = '[' * 100_000
    controller.streams = [
        [
            'data: no json\n\n',
            'event: info\ndata: [1]\n\n',
            f'event: info\ndata: {deep}\n\n',
            'event: info\ndata: {"message": 5, "progress": "x"}\n\n',
            'event: info\ndata: {"message": "far", "progress": 1e300}\n\n',
            'event: info\ndata: {"message": "\\ud800", "timestamp": "0001-01-01T00:00:00+23:59"}\n\n',
            b'\xff\xfe: \xff\r\r',
            DONE,
        ]
    ]

    spawning = await spawned(world)

    assert spawning.messages[0] == '[info] message: no json'
    assert spawning.messages[-1] == '[info] Lab Kubernetes pod started for rachel'
