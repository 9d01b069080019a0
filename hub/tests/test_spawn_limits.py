import asyncio
from typing import Any

import pytest

from conftest import Settings, World
from scripted_controller import Cut, Hang, silent
from spawning import DONE, START, Spawning


class TestStalls:
    @pytest.fixture
    def settings(self) -> Settings:
        return {'NubladoSpawner': {'stall_timeout': 1}}

    async def test_a_stream_that_stalls_is_resumed(self, world: World) -> None:
        world.controller.streams = [[START, Hang()], [world.runs, DONE]]
        spawning = Spawning(world)

        assert not isinstance(await spawning.end(), Exception)

    async def test_pings_keep_a_stream_alive_and_show_nothing(self, world: World) -> None:
        parts: list[Any] = [START]
        gates = [asyncio.Event() for _ in range(4)]
        for gate in gates:
            parts += [': ping - now\n', gate]
        world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
        world.controller.streams = [[*parts, DONE]]
        spawning = Spawning(world)
        for gate in gates:
            # The time without a byte is what the limit is about.
            await asyncio.sleep(0.4)
            gate.set()

        await spawning.end()

        assert len(world.controller.requests('GET', '/events')) == 1
        assert [report['progress'] for report in spawning.reports] == [1, 75]


class TestDeadlines:
    @pytest.fixture
    def settings(self) -> Settings:
        timeouts = {'start_timeout': 1, 'request_timeout': 0.3, 'stall_timeout': 0.2, 'stop_timeout': 0.5}
        return {'NubladoSpawner': timeouts}

    @pytest.mark.parametrize(
        'streams', [[[START, Cut()]], [[START, Hang()]], [[START]]], ids=['cuts', 'hangs', 'ends']
    )
    async def test_one_deadline_bounds_any_number_of_reconnects(self, world: World, streams: Any) -> None:
        world.controller.streams = streams

        failure = await Spawning(world).end()

        assert failure.jupyterhub_message == 'The lab did not start within 1 seconds'
        assert failure.reason == 'timeout'
        assert world.controller.labs == {}, 'the hub has stopped it'

    async def test_a_controller_that_never_answers_a_create_is_given_up(self, world: World) -> None:
        world.controller.answer('create', *[silent] * 10)

        failure = await Spawning(world).end()

        assert isinstance(failure, TimeoutError)

    async def test_a_stop_is_bounded(self, world: World) -> None:
        world.runs()
        world.controller.answer('delete', *[silent] * 10)

        with pytest.raises(TimeoutError, match='stop within'):
            await asyncio.wait_for(world.spawner.stop(), 60)
