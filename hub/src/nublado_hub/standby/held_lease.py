"""Deadlines and next action of the holder of a lease: pure, without I/O and clock."""

from dataclasses import dataclass
from enum import Enum

from .timing import Timing


class Action(Enum):
    """What the holder does next."""

    WAIT = 'wait'
    RENEW = 'renew'
    TERMINATE = 'terminate'
    KILL = 'kill'


@dataclass(frozen=True)
class HeldLease:
    """A lease that this process holds or held. Times are by the local clock, in seconds."""

    timing: Timing
    #: When the last successful renewal was *sent*. Other candidates count from their read, which is later.
    renewed_at: float
    #: When the last attempt began.
    tried_at: float
    #: Whether another process was observed to hold the lease.
    is_lost: bool = False

    @property
    def terminate_at(self) -> float:
        """When the command gets SIGTERM: the renew deadline."""
        return self.renewed_at + self.timing.renew_deadline

    @property
    def kill_at(self) -> float:
        """When the command gets SIGKILL."""
        return self.renewed_at + self.timing.kill_after

    @property
    def alarm_at(self) -> float:
        """When the kernel ends this process by the alarm."""
        return self.renewed_at + self.timing.alarm_after


def next_action(lease: HeldLease, now: float) -> tuple[Action, float]:
    """The next action, and the time of the next call at the latest.

    After the renew deadline there is no further attempt to renew: the command is being ended.
    """
    if lease.is_lost or now >= lease.kill_at:
        return Action.KILL, now
    if now >= lease.terminate_at:
        return Action.TERMINATE, lease.kill_at
    next_try = lease.tried_at + lease.timing.retry_period
    if now >= next_try:
        return Action.RENEW, lease.terminate_at
    return Action.WAIT, min(next_try, lease.terminate_at)
