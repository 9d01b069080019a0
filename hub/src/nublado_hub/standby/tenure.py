"""What the holder of a lease has to do, and by when: no input, no output, no clock."""

from dataclasses import dataclass
from enum import Enum

from .timing import Timing


class Duty(Enum):
    """The one thing to do now."""

    WAIT = 'wait'
    RENEW = 'renew'
    TERMINATE = 'terminate'
    KILL = 'kill'


@dataclass(frozen=True)
class Tenure:
    """A lease that we hold, or held. Times are of the local clock, in seconds."""

    timing: Timing
    #: When the last renewal that succeeded was *sent*: others count from when they see it, which is later.
    renewed_at: float
    #: When the last attempt began.
    tried_at: float
    #: Whether another has been seen to hold the lease.
    is_lost: bool = False

    @property
    def terminate_at(self) -> float:
        """When the renewal has failed for good."""
        return self.renewed_at + self.timing.renew_deadline

    @property
    def kill_at(self) -> float:
        """When the command must not live any longer."""
        return self.renewed_at + self.timing.kill_after

    @property
    def alarm_at(self) -> float:
        """When it is ended without our doing."""
        return self.renewed_at + self.timing.alarm_after


def duty(tenure: Tenure, now: float) -> tuple[Duty, float]:
    """What to do now, and the time at which to ask again at the latest.

    Once the renewal has failed for good it is not tried again: the command is on its way out.
    """
    if tenure.is_lost or now >= tenure.kill_at:
        return Duty.KILL, now
    if now >= tenure.terminate_at:
        return Duty.TERMINATE, tenure.kill_at
    next_try = tenure.tried_at + tenure.timing.retry_period
    if now >= next_try:
        return Duty.RENEW, tenure.terminate_at
    return Duty.WAIT, min(next_try, tenure.terminate_at)
