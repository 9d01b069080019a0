"""The local clock of deadlines."""

import time

_CLOCK = getattr(time, 'CLOCK_BOOTTIME', time.CLOCK_MONOTONIC)


def now() -> float:
    """Seconds that never jump, and that go on while the machine sleeps where the system can tell."""
    return time.clock_gettime(_CLOCK)
