"""A candidate of the leader election: acquires, renews and releases the lease."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum

from . import lease
from .lease import Document, LeaseStatus, Observation
from .leases import LeaseChangedError, Leases
from .timing import Timing


class Outcome(Enum):
    """Result of an attempt."""

    HELD = 'this process holds the lease'
    CONFLICT = 'another process wrote the lease first: to be tried again'
    REFUSED = 'another process holds the lease'


class Candidate:
    """One candidate. Its identity must be unique among all processes, past ones included."""

    def __init__(
        self, leases: Leases, name: str, identity: str, timing: Timing, now: Callable[[], float]
    ) -> None:
        self._leases = leases
        self._name = name
        self._timing = timing
        self._now = now
        self._observation: Observation | None = None
        self.identity = identity
        #: Local time, in seconds, at which the last successful request to acquire or renew was sent.
        self.renewed_at = 0.0

    @property
    def holder(self) -> str:
        """Identity of the holder as of the last observation; empty without one."""
        return self._observation.holder if self._observation else ''

    async def attempt(self) -> Outcome:
        """Acquires or renews the lease if it is free or held by this candidate. Raises LeaseError."""
        document = await self._leases.read()
        if document is not None and self._status(document) is LeaseStatus.HELD:
            return Outcome.REFUSED
        sent_at = self._now()
        try:
            written = await self._write(document)
        except LeaseChangedError:
            return Outcome.CONFLICT
        self._observation = lease.observe(None, written, self._now())
        self.renewed_at = sent_at
        return Outcome.HELD

    async def release(self) -> None:
        """Releases the lease if this candidate holds it. Raises LeaseError."""
        document = await self._leases.read()
        if document is not None and self._status(document) is LeaseStatus.MINE:
            await self._leases.replace(lease.released(document, datetime.now(UTC)))

    def _status(self, document: Document) -> LeaseStatus:
        now = self._now()
        self._observation = lease.observe(self._observation, document, now)
        return lease.lease_status(self._observation, self.identity, self._timing, now)

    async def _write(self, document: Document | None) -> Document:
        time = datetime.now(UTC)
        if document is None:
            return await self._leases.create(lease.created(self._name, self.identity, self._timing, time))
        return await self._leases.replace(lease.claimed(document, self.identity, self._timing, time))
