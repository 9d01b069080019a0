"""The clock of deadlines."""

import time

_CLOCK = getattr(time, 'CLOCK_BOOTTIME', time.CLOCK_MONOTONIC)


def now() -> float:
    """Monotonic seconds; on Linux including the time that the machine was suspended."""
    return time.clock_gettime(_CLOCK)
