"""A spawn from the request to the lab's URL, and the wait for one that another hub process began."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime

from nublado_hub.controller import Controller, Lab
from nublado_hub.errors import RefusedError, SpawnFailedError, UnreachableError, is_passing, is_unknown
from nublado_hub.progress import ProgressFold, Report, Step
from nublado_hub.retry import retried

_CONFLICT = 409


@dataclass(frozen=True)
class Retries:
    """Seconds between attempts: of requests, a few times, and of event streams, without end."""

    few: Sequence[float]
    endless: Callable[[], Iterator[float]]


class Spawn:
    """One spawn as the hub follows it. Whoever uses it sets the deadline, around everything."""

    def __init__(
        self,
        controller: Controller,
        retries: Retries,
        *,
        tell: Callable[[Report], None],
        operation: str | None = None,
    ) -> None:
        self._controller = controller
        self._retries = retries
        self._tell = tell
        # As if all but its first event were still to come.
        self._fold = ProgressFold(None if operation is None else f'{operation}.0')
        self._told = 0

    @property
    def operation(self) -> str | None:
        """The controller's id of the operation whose events are received, if it gives ids."""
        return self._fold.last_event_id.rpartition('.')[0] if self._fold.last_event_id else None

    async def create(self, options: Mapping[str, object], environment: Mapping[str, str]) -> None:
        """Has the lab created.

        A lab that is there already goes first: the hub has forgotten it, and with it what the lab's OAuth
        credentials are worth. Raises ServiceError.
        """

        async def attempt() -> bool:
            try:
                await self._controller.create(options, environment)
            except RefusedError as error:
                if error.status == _CONFLICT:
                    return False
                raise
            return True

        if await retried(attempt, self._retries.few):
            return
        self._tell(self._fold.report('warning', 'Deleting existing orphaned lab', 1))
        await retried(self._controller.delete, self._retries.few)
        if await retried(attempt, self._retries.few):
            return
        await self._other_operation()
        await retried(lambda: self._controller.create(options, environment), self._retries.few)

    async def follow(self) -> None:
        """Tells the events of the spawn until its end, across any number of connections.

        Raises SpawnFailedError if the lab does not come, RefusedError if nobody lets us watch.
        """
        delays = self._retries.endless()
        while True:
            self._fold.resume()
            before = self._told
            try:
                if await self._follow_once():
                    return
            except (UnreachableError, RefusedError) as error:
                if not is_passing(error) and not is_unknown(error):
                    raise
            if await self._is_running():
                return
            if self._told > before:
                delays = self._retries.endless()
            await asyncio.sleep(next(delays))

    async def url(self) -> str:
        """The URL of the lab that has just started."""
        delays = self._retries.endless()
        while True:
            try:
                lab = await self._controller.lab()
            except (UnreachableError, RefusedError) as error:
                if not is_passing(error):
                    raise
                await asyncio.sleep(next(delays))
                continue
            if lab is None or lab.status not in ('running', 'pending'):
                raise _ended(lab)
            if lab.internal_url is None:
                raise SpawnFailedError('The lab runs, but the controller gives no usable address for it')
            return lab.internal_url

    async def _follow_once(self) -> bool:
        """Whether the stream said that the spawn is complete; if not, it ended without a verdict."""
        async with aclosing(self._controller.events(self._fold.last_event_id)) as events:
            async for event in events:
                step = self._fold.add(event, datetime.now(UTC))
                if step is None:
                    continue
                self._told += 1
                self._tell(step.report)
                if step.kind == 'failed':
                    raise SpawnFailedError(self._cause(step))
                if step.kind == 'complete':
                    return True
        return False

    def _cause(self, step: Step) -> str:
        error = self._fold.last_error
        return step.text if error is None or error in step.text else f'{step.text}: {error}'

    async def _is_running(self) -> bool:
        """What the lab's state says where the stream said nothing: running, or still on its way."""
        try:
            lab = await self._controller.lab()
        except (UnreachableError, RefusedError) as error:
            if not is_passing(error):
                raise
            return False
        if lab is None or lab.status not in ('running', 'pending'):
            raise _ended(lab)
        return lab.status == 'running'

    async def _other_operation(self) -> None:
        """Waits until the operation in progress, which is none of ours, has ended."""
        try:
            async with aclosing(self._controller.events(None)) as events:
                async for _ in events:
                    pass
        except (UnreachableError, RefusedError):
            # The next attempt to create tells what there is to be told.
            pass


def _ended(lab: Lab | None) -> SpawnFailedError:
    match lab:
        case None:
            return SpawnFailedError('The lab was deleted while it was starting')
        case Lab(status='failed', failure=str(failure)):
            return SpawnFailedError(f'Lab spawn failed: {failure}')
        case Lab(status='failed'):
            return SpawnFailedError('Lab spawn failed')
    return SpawnFailedError('The lab ended while it was starting')
