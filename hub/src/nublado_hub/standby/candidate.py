"""A contender for the lease: takes it when it may, renews it, releases it."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum

from . import lease
from .lease import Document, Observation, Standing
from .leases import LeaseChangedError, Leases
from .timing import Timing


class Outcome(Enum):
    """What came of an attempt."""

    HELD = 'we hold the lease'
    OVERTAKEN = 'another was faster: to be tried again'
    REFUSED = 'another holds the lease'


class Candidate:
    """One contender. Its identity must be unlike that of any other process, at any time."""

    def __init__(
        self, leases: Leases, name: str, identity: str, timing: Timing, now: Callable[[], float]
    ) -> None:
        self._leases = leases
        self._name = name
        self._timing = timing
        self._now = now
        self._observation: Observation | None = None
        self.identity = identity
        #: When the request that made or kept us the holder was sent, by the local clock.
        self.renewed_at = 0.0

    @property
    def holder(self) -> str:
        """Who was last seen to hold the lease; empty for nobody."""
        return self._observation.holder if self._observation else ''

    async def attempt(self) -> Outcome:
        """Takes or renews the lease where that is allowed. Raises LeaseError for an API server that fails."""
        document = await self._leases.read()
        if document is not None and self._standing(document) is Standing.HELD:
            return Outcome.REFUSED
        sent_at = self._now()
        try:
            written = await self._write(document)
        except LeaseChangedError:
            return Outcome.OVERTAKEN
        self._observation = lease.observe(None, written, self._now())
        self.renewed_at = sent_at
        return Outcome.HELD

    async def release(self) -> None:
        """Frees the lease for others if it is ours. Raises LeaseError."""
        document = await self._leases.read()
        if document is not None and self._standing(document) is Standing.MINE:
            await self._leases.replace(lease.released(document, datetime.now(UTC)))

    def _standing(self, document: Document) -> Standing:
        now = self._now()
        self._observation = lease.observe(self._observation, document, now)
        return lease.standing(self._observation, self.identity, self._timing, now)

    async def _write(self, document: Document | None) -> Document:
        time = datetime.now(UTC)
        if document is None:
            return await self._leases.create(lease.created(self._name, self.identity, self._timing, time))
        return await self._leases.replace(lease.claimed(document, self.identity, self._timing, time))
