"""Waits for the lease, runs the command while holding it, and releases it."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from . import clock
from .candidate import Candidate, Outcome
from .child import Child
from .credentials import Credentials
from .leases import LeaseError, Leases
from .log import record
from .supervisor import Supervisor
from .timing import Timing

#: Exit code after a lost lease: EX_TEMPFAIL of sysexits.h.
LEASE_LOST = 75


@dataclass(frozen=True)
class Plan:
    """Command, lease and identity of one run."""

    command: Sequence[str]
    lease: str
    namespace: str
    identity: str
    timing: Timing


async def run(plan: Plan, credentials: Credentials) -> int:
    """Runs the plan. Returns the command's exit code, LEASE_LOST, or 0 if a signal came before the lease."""
    signals = _caught_signals()
    async with Leases(credentials, plan.namespace, plan.lease) as leases:
        candidate = Candidate(leases, plan.lease, plan.identity, plan.timing, clock.now)
        if not await _acquire(candidate, plan, signals):
            return 0
        supervisor = Supervisor(candidate, plan.timing, clock.now, signals)
        child = await Child.start(plan.command)
        record('command started', pid=child.pid)
        code = await supervisor.supervise(child)
        record('command ended', code=code)
        await _release(candidate, plan.timing)
    return LEASE_LOST if code is None else code


def _caught_signals() -> 'asyncio.Queue[signal.Signals]':
    signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, signals.put_nowait, number)
    return signals


async def _acquire(candidate: Candidate, plan: Plan, signals: 'asyncio.Queue[signal.Signals]') -> bool:
    """Waits for the lease. False if a signal came first."""
    record('standing by', lease=f'{plan.namespace}/{plan.lease}', identity=plan.identity)
    reported = ''
    while signals.empty():
        try:
            async with asyncio.timeout(plan.timing.renew_deadline / 2):
                outcome = await candidate.attempt()
            if outcome is Outcome.HELD:
                record('lease acquired', lease=f'{plan.namespace}/{plan.lease}', identity=plan.identity)
                return True
            state = f'held by {candidate.holder}' if outcome is Outcome.REFUSED else reported
        except (LeaseError, TimeoutError) as error:
            state = f'cannot be asked for: {error or "no answer in time"}'
        if state != reported:
            record(f'lease {state}')
        reported = state
        with suppress(TimeoutError):
            async with asyncio.timeout(plan.timing.retry_period):
                signals.put_nowait(await signals.get())
    record('told to end while standing by')
    return False


async def _release(candidate: Candidate, timing: Timing) -> None:
    """Releases the lease, so that others need not wait until it expires. The command must have ended."""
    try:
        async with asyncio.timeout(timing.retry_period):
            await candidate.release()
    except (LeaseError, TimeoutError) as error:
        record('lease not released, it will expire', 'warning', reason=str(error) or 'no answer in time')
        return
    record('lease released')
