"""A spawn in a test, watched from its start."""

import asyncio
from collections.abc import Callable
from typing import Any

from conftest import World
from nublado_hub.progress import Report
from scripted_controller import event

START = event('info', 'Starting lab creation for rachel', 1, 'op.1')
CREATED = event('info', 'Created Kubernetes objects for user lab', 30, 'op.2')
DONE = event('complete', 'Lab Kubernetes pod started for rachel', 75, 'op.3')

OPTIONS = {'image_class': ['recommended'], 'size': ['small'], 'unknown': ['', 'x']}


async def eventually(condition: Callable[[], object]) -> None:
    # What the hub does inside has no event to wait for.
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.005)


class Spawning:
    """A spawn through the hub, with one listener from its start."""

    def __init__(self, world: World, options: Any = None) -> None:
        self.world = world
        self.reports: list[Report] = []
        self.task = asyncio.ensure_future(world.user.spawn('', options=options or OPTIONS))
        world.spawner._spawn_pending = True
        self.listener = asyncio.ensure_future(self._listen())

    async def _listen(self) -> None:
        await eventually(lambda: self.world.spawner._start_pending)
        async for report in self.world.spawner.progress():
            self.reports.append(report)

    async def end(self) -> Any:
        outcome = (await asyncio.gather(self.task, return_exceptions=True))[0]
        await asyncio.wait_for(self.listener, 60)
        return outcome

    @property
    def messages(self) -> list[str]:
        return [report['message'] for report in self.reports]


async def spawned(world: World) -> Spawning:
    spawning = Spawning(world)
    assert not isinstance(await spawning.end(), Exception)
    return spawning
