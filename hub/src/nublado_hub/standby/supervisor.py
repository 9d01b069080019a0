"""Supervises the running command: renews the lease, forwards signals, ends the command in time."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from signal import SIGTERM, Signals

from . import alarm
from .candidate import Candidate, Outcome
from .child import Child
from .held_lease import Action, HeldLease, next_action
from .leases import LeaseError
from .log import record
from .timing import Timing

_ENDING = (Action.TERMINATE, Action.KILL)


class Supervisor:
    """Supervises one command from the acquired lease to its end. The command never outlives the lease."""

    def __init__(
        self, candidate: Candidate, timing: Timing, now: Callable[[], float], signals: asyncio.Queue[Signals]
    ) -> None:
        self._candidate = candidate
        self._now = now
        self._signals = signals
        self._lease = HeldLease(timing, candidate.renewed_at, candidate.renewed_at)
        self._is_failing = False
        self._set_alarm()

    async def supervise(self, child: Child) -> int | None:
        """Returns the exit code of the command; None if it was ended because the lease was lost."""
        exited = asyncio.create_task(child.wait())
        signalled = asyncio.create_task(self._signals.get())
        renewal: asyncio.Task[Outcome | None] | None = None
        last = Action.WAIT
        while not exited.done():
            action, until = next_action(self._lease, self._now())
            if action in _ENDING and action is not last:
                self._end(child, action)
                if renewal:
                    renewal.cancel()
                renewal = None
            if action is Action.RENEW and renewal is None:
                self._lease = replace(self._lease, tried_at=self._now())
                renewal = asyncio.create_task(self._attempt())
            last = action
            timeout = None if action is Action.KILL else max(0.0, until - self._now())
            waited = [task for task in (exited, signalled, renewal) if task]
            await asyncio.wait(waited, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if signalled.done():
                child.send(signalled.result())
                signalled = asyncio.create_task(self._signals.get())
            if renewal and renewal.done():
                self._apply(renewal.result())
                renewal = None
        alarm.stop()
        for task in (signalled, renewal):
            if task:
                task.cancel()
        return None if last in _ENDING else exited.result()

    def _end(self, child: Child, action: Action) -> None:
        if action is Action.KILL:
            child.kill()
        else:
            child.send(SIGTERM)
        since = round(self._now() - self._lease.renewed_at, 3)
        record('lease lost', 'error', holder=self._candidate.holder, sinceRenewal=since, command=action.value)

    async def _attempt(self) -> Outcome | None:
        """One attempt to renew; None if it failed."""
        # Half of the deadline, so that a dead connection leaves time for a second attempt.
        limit = self._lease.timing.renew_deadline / 2
        try:
            async with asyncio.timeout(limit):
                return await self._candidate.attempt()
        except (LeaseError, TimeoutError) as error:
            if not self._is_failing:
                record('lease not renewed', 'warning', reason=str(error) or f'no answer within {limit} s')
            self._is_failing = True
            return None

    def _apply(self, outcome: Outcome | None) -> None:
        if outcome is Outcome.REFUSED:
            self._lease = replace(self._lease, is_lost=True)
        if outcome is Outcome.HELD:
            self._lease = replace(self._lease, renewed_at=self._candidate.renewed_at)
            self._set_alarm()
            if self._is_failing:
                record('lease renewed again')
            self._is_failing = False

    def _set_alarm(self) -> None:
        alarm.set_after(self._lease.alarm_at - self._now())
