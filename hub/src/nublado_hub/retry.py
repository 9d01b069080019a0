"""Another attempt after a while."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TypeVar

from nublado_hub.errors import UnreachableError

T = TypeVar('T')


def growing_delays(first: float, most: float) -> Iterator[float]:
    """Seconds that double, up to the most."""
    delay = first
    while True:
        yield min(delay, most)
        delay = min(delay * 2, most)


async def retried(attempt: Callable[[], Awaitable[T]], delays: Iterable[float]) -> T:
    """The attempt's result; after each of the delays it is made again while the service is unreachable."""
    for delay in delays:
        try:
            return await attempt()
        except UnreachableError:
            await asyncio.sleep(delay)
    return await attempt()
