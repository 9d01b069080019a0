"""Durations of the leader election, and the deadlines derived from them."""

import re
from dataclasses import dataclass

_UNITS = {'ms': 0.001, 's': 1.0, 'm': 60.0}


def seconds(text: str) -> float:
    """Parses a duration such as ``15s``, ``500ms`` or ``1.5m`` to seconds. Raises ValueError."""
    match = re.fullmatch(r'(\d+(?:\.\d+)?)(ms|s|m)', text)
    if not match:
        raise ValueError(f'{text!r} is no duration, such as 15s, 500ms or 1m')
    return float(match[1]) * _UNITS[match[2]]


@dataclass(frozen=True)
class Timing:
    """The durations of client-go's leader election, in seconds. Raises ValueError for an invalid order."""

    lease_duration: float
    renew_deadline: float
    retry_period: float

    def __post_init__(self) -> None:
        if not self.lease_duration > self.renew_deadline > self.retry_period > 0:
            raise ValueError('must be: lease duration > renew deadline > retry period > 0')

    @property
    def kill_after(self) -> float:
        """Seconds after the last renewal at which a command gets SIGKILL that has not ended on SIGTERM."""
        return self.renew_deadline + 0.75 * (self.lease_duration - self.renew_deadline)

    @property
    def alarm_after(self) -> float:
        """Seconds after the last renewal at which the kernel ends this process.

        The rest of the lease duration is left for the kernel to end the command's processes.
        """
        return self.renew_deadline + 0.875 * (self.lease_duration - self.renew_deadline)
