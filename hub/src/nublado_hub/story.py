"""The progress of one spawn, for any number of listeners."""

import asyncio
from collections.abc import AsyncGenerator

from nublado_hub.progress import Report


class Story:
    """Reports in their order. Each listener gets all of them, the later ones as they come."""

    def __init__(self) -> None:
        self._reports: list[Report] = []
        self._is_closed = False
        self._news = asyncio.Event()

    def tell(self, report: Report) -> None:
        """Adds a report and wakes all listeners."""
        self._reports.append(report)
        self._wake()

    def close(self) -> None:
        """Ends all listening, now and later, after what was told."""
        self._is_closed = True
        self._wake()

    async def listen(self) -> AsyncGenerator[Report, None]:
        """All reports from the first one on, until the story is closed."""
        heard = 0
        while True:
            while heard < len(self._reports):
                # A copy: the hub changes the events that it sends.
                yield self._reports[heard].copy()
                heard += 1
            if self._is_closed:
                return
            await self._news.wait()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
