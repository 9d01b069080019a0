"""Retries with growing delays."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TypeVar

from nublado_hub.errors import UnreachableError

T = TypeVar('T')


def growing_delays(first: float, maximum: float) -> Iterator[float]:
    """Delays in seconds that double up to a maximum."""
    delay = first
    while True:
        yield min(delay, maximum)
        delay = min(delay * 2, maximum)


async def retried(attempt: Callable[[], Awaitable[T]], delays: Iterable[float]) -> T:
    """Result of the attempt, which is repeated after each delay while it raises UnreachableError."""
    for delay in delays:
        try:
            return await attempt()
        except UnreachableError:
            await asyncio.sleep(delay)
    return await attempt()
