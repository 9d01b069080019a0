"""Stands by until the lease is ours, runs the command under it, and hands the lease on."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from . import clock
from .candidate import Candidate, Outcome
from .child import Child
from .credentials import Credentials
from .guard import Guard
from .journal import record
from .leases import LeaseError, Leases
from .timing import Timing

#: The exit code after a lost lease, EX_TEMPFAIL of sysexits.h: to be started again.
LEASE_LOST = 75


@dataclass(frozen=True)
class Plan:
    """What to run, under which lease, as whom."""

    command: Sequence[str]
    lease: str
    namespace: str
    identity: str
    timing: Timing


async def run(plan: Plan, credentials: Credentials) -> int:
    """Does all of it and gives the exit code: the command's, LEASE_LOST, or 0 if told to end before."""
    signals = _caught_signals()
    async with Leases(credentials, plan.namespace, plan.lease) as leases:
        candidate = Candidate(leases, plan.lease, plan.identity, plan.timing, clock.now)
        if not await _acquire(candidate, plan, signals):
            return 0
        guard = Guard(candidate, plan.timing, clock.now, signals)
        child = await Child.start(plan.command)
        record('command started', pid=child.pid)
        code = await guard.watch(child)
        record('command ended', code=code)
        await _release(candidate, plan.timing)
    return LEASE_LOST if code is None else code


def _caught_signals() -> 'asyncio.Queue[signal.Signals]':
    signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, signals.put_nowait, number)
    return signals


async def _acquire(candidate: Candidate, plan: Plan, signals: 'asyncio.Queue[signal.Signals]') -> bool:
    """Waits for the lease; false if a signal came first."""
    record('standing by', lease=f'{plan.namespace}/{plan.lease}', identity=plan.identity)
    told = ''
    while signals.empty():
        try:
            async with asyncio.timeout(plan.timing.renew_deadline / 2):
                outcome = await candidate.attempt()
            if outcome is Outcome.HELD:
                record('lease acquired', lease=f'{plan.namespace}/{plan.lease}', identity=plan.identity)
                return True
            news = f'held by {candidate.holder}' if outcome is Outcome.REFUSED else told
        except (LeaseError, TimeoutError) as error:
            news = f'cannot be asked for: {error or "no answer in time"}'
        if news != told:
            record(f'lease {news}')
        told = news
        with suppress(TimeoutError):
            async with asyncio.timeout(plan.timing.retry_period):
                signals.put_nowait(await signals.get())
    record('told to end while standing by')
    return False


async def _release(candidate: Candidate, timing: Timing) -> None:
    """Hands the lease on, so that nobody has to wait until it expires. The command must have ended."""
    try:
        async with asyncio.timeout(timing.retry_period):
            await candidate.release()
    except (LeaseError, TimeoutError) as error:
        record('lease not released, it will expire', 'warning', reason=str(error) or 'no answer in time')
        return
    record('lease released')
