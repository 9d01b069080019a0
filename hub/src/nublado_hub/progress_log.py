"""The progress log of one spawn, for any number of subscribers."""

import asyncio
from collections.abc import AsyncGenerator

from nublado_hub.progress import Report


class ProgressLog:
    """Reports in their order. Each subscriber gets all of them, from the first one on."""

    def __init__(self) -> None:
        self._reports: list[Report] = []
        self._is_closed = False
        self._changed = asyncio.Event()

    def append(self, report: Report) -> None:
        """Adds a report and wakes all subscribers."""
        self._reports.append(report)
        self._wake()

    def close(self) -> None:
        """Ends present and later subscriptions after the last report."""
        self._is_closed = True
        self._wake()

    async def subscribe(self) -> AsyncGenerator[Report, None]:
        """Yields all reports from the first one on, until the log is closed."""
        position = 0
        while True:
            while position < len(self._reports):
                # A copy: the hub changes the events that it sends.
                yield self._reports[position].copy()
                position += 1
            if self._is_closed:
                return
            await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
