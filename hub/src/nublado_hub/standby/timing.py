"""How long a lease lasts, and when its holder must have given up."""

import re
from dataclasses import dataclass

_UNITS = {'ms': 0.001, 's': 1.0, 'm': 60.0}


def seconds(text: str) -> float:
    """The seconds of a duration such as ``15s``, ``500ms`` or ``1.5m``; raises ValueError for other texts."""
    match = re.fullmatch(r'(\d+(?:\.\d+)?)(ms|s|m)', text)
    if not match:
        raise ValueError(f'{text!r} is no duration, such as 15s, 500ms or 1m')
    return float(match[1]) * _UNITS[match[2]]


@dataclass(frozen=True)
class Timing:
    """The durations of client-go's leader election, in seconds; raises ValueError if they do not fit."""

    lease_duration: float
    renew_deadline: float
    retry_period: float

    def __post_init__(self) -> None:
        if not self.lease_duration > self.renew_deadline > self.retry_period > 0:
            raise ValueError('must be: lease duration > renew deadline > retry period > 0')

    @property
    def kill_after(self) -> float:
        """Seconds after the last renewal at which a command is killed that has not ended when told."""
        return self.renew_deadline + 0.75 * (self.lease_duration - self.renew_deadline)

    @property
    def alarm_after(self) -> float:
        """Seconds after the last renewal at which the kernel does that by itself.

        What remains until others may take the lease is for the kernel to end the processes.
        """
        return self.renew_deadline + 0.875 * (self.lease_duration - self.renew_deadline)
