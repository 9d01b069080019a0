"""Adoption of spawns that another hub process began."""

import asyncio
from typing import Any


class Adoption:
    """Makes the hub treat a spawn in flight as one of its own: pages show its progress and open the lab.

    After a restart the hub only loads the state of spawners and calls `get_url`. Until that returns, its
    progress API answers 400, and browsers stop there. This class sets the attributes that the hub sets
    during a spawn: `_spawn_future` and `_spawn_pending`, the same in all supported releases of JupyterHub.
    """

    def __init__(self, spawner: Any) -> None:
        self._spawner = spawner
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        spawner._spawn_future = self._end
        spawner._spawn_pending = True

    async def succeed(self) -> None:
        """Adds the lab's route to the proxy, as the hub does after a spawn, and ends the adoption."""
        spawner = self._spawner
        try:
            await spawner.user.settings['proxy'].add_user(spawner.user, spawner.name)
        except Exception as error:
            # The hub adds missing routes at the end of its start, and periodically.
            spawner.log.warning('No route yet for the adopted lab of %s: %s', spawner._log_name, error)
        spawner._spawn_future = None
        spawner._spawn_pending = False
        if not self._end.done():
            self._end.set_result(None)

    def fail(self, error: Exception) -> None:
        """Sets the error that the hub shows for the last spawn."""
        self._spawner._spawn_pending = False
        if not self._end.done():
            self._end.set_exception(error)
            # Marks the exception as retrieved: asyncio logs those that are not.
            self._end.exception()
