"""Labs that another hub process began to start, and that this one takes over."""

import asyncio
from typing import Any


class Adoption:
    """Has the hub treat a spawn in flight as one of its own: pages show its progress and go on to the lab.

    After a restart the hub only asks spawners for state and URL; until it knows, its progress API answers
    400, upon which browsers give up. So this sets what the hub itself sets while it spawns, which all
    supported releases of JupyterHub understand alike.
    """

    def __init__(self, spawner: Any) -> None:
        self._spawner = spawner
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        spawner._spawn_future = self._end
        spawner._spawn_pending = True

    async def succeed(self) -> None:
        """Gives the lab its route, as the hub does after a spawn, and lets everybody in."""
        spawner = self._spawner
        try:
            await spawner.user.settings['proxy'].add_user(spawner.user, spawner.name)
        except Exception as error:
            # The hub checks all routes when its start is complete, and regularly.
            spawner.log.warning('No route yet for the adopted lab of %s: %s', spawner._log_name, error)
        spawner._spawn_future = None
        spawner._spawn_pending = False
        if not self._end.done():
            self._end.set_result(None)

    def fail(self, error: Exception) -> None:
        """Leaves the error where the hub looks for why the last spawn failed."""
        self._spawner._spawn_pending = False
        if not self._end.done():
            self._end.set_exception(error)
            # It need not be of interest to anyone.
            self._end.exception()
