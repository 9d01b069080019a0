"""One spawn, from the request to the lab's URL; also one that another hub process began."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime

from nublado_hub.controller import Controller, Lab
from nublado_hub.errors import RefusedError, SpawnFailedError, UnreachableError, is_transient, is_unknown_lab
from nublado_hub.progress import ProgressReducer, Report, Step
from nublado_hub.retry import retried

_CONFLICT = 409


@dataclass(frozen=True)
class Retries:
    """Delays in seconds between attempts: a limited number for requests, unlimited for event streams."""

    few: Sequence[float]
    endless: Callable[[], Iterator[float]]


class Spawn:
    """One spawn. It has no timeout of its own; the caller sets one around all calls."""

    def __init__(
        self,
        controller: Controller,
        retries: Retries,
        *,
        on_report: Callable[[Report], None],
        operation: str | None = None,
    ) -> None:
        self._controller = controller
        self._retries = retries
        self._on_report = on_report
        # `.0` resumes the stream of the operation before its first event.
        self._reducer = ProgressReducer(None if operation is None else f'{operation}.0')
        self._report_count = 0

    @property
    def operation(self) -> str | None:
        """Operation ID of the events received; None if the controller sends no event IDs."""
        return self._reducer.last_event_id.rpartition('.')[0] if self._reducer.last_event_id else None

    async def create(self, options: Mapping[str, object], environment: Mapping[str, str]) -> None:
        """Requests the lab.

        A lab that exists already is deleted first: the hub has no record of it, so its OAuth credentials are
        not valid any more. Raises ServiceError.
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
        self._on_report(self._reducer.report('warning', 'Deleting existing orphaned lab', 1))
        await retried(self._controller.delete, self._retries.few)
        if await retried(attempt, self._retries.few):
            return
        await self._wait_for_other_operation()
        await retried(lambda: self._controller.create(options, environment), self._retries.few)

    async def follow(self) -> None:
        """Reports the events of the spawn until its end, over any number of connections.

        Raises SpawnFailedError if the spawn fails, RefusedError if requests are refused permanently.
        """
        delays = self._retries.endless()
        while True:
            self._reducer.resume()
            before = self._report_count
            try:
                if await self._follow_once():
                    return
            except (UnreachableError, RefusedError) as error:
                if not is_transient(error) and not is_unknown_lab(error):
                    raise
            if await self._is_running():
                return
            if self._report_count > before:
                delays = self._retries.endless()
            await asyncio.sleep(next(delays))

    async def url(self) -> str:
        """URL of the lab after its start. Raises SpawnFailedError if it has ended or has no usable URL."""
        delays = self._retries.endless()
        while True:
            try:
                lab = await self._controller.lab()
            except (UnreachableError, RefusedError) as error:
                if not is_transient(error):
                    raise
                await asyncio.sleep(next(delays))
                continue
            if lab is None or lab.status not in ('running', 'pending'):
                raise _ended(lab)
            if lab.internal_url is None:
                raise SpawnFailedError('The lab runs, but the controller gives no usable address for it')
            return lab.internal_url

    async def _follow_once(self) -> bool:
        """Reads one stream. False if it ended without `complete` or `failed`. Raises SpawnFailedError."""
        async with aclosing(self._controller.events(self._reducer.last_event_id)) as events:
            async for event in events:
                step = self._reducer.add(event, datetime.now(UTC))
                if step is None:
                    continue
                self._report_count += 1
                self._on_report(step.report)
                if step.kind == 'failed':
                    raise SpawnFailedError(self._cause(step))
                if step.kind == 'complete':
                    return True
        return False

    def _cause(self, step: Step) -> str:
        error = self._reducer.last_error
        return step.text if error is None or error in step.text else f'{step.text}: {error}'

    async def _is_running(self) -> bool:
        """Whether the lab runs; false while it starts. Raises SpawnFailedError if it has ended."""
        try:
            lab = await self._controller.lab()
        except (UnreachableError, RefusedError) as error:
            if not is_transient(error):
                raise
            return False
        if lab is None or lab.status not in ('running', 'pending'):
            raise _ended(lab)
        return lab.status == 'running'

    async def _wait_for_other_operation(self) -> None:
        """Waits until the operation in progress, which was not requested by this spawn, has ended."""
        try:
            async with aclosing(self._controller.events(None)) as events:
                async for _ in events:
                    pass
        except (UnreachableError, RefusedError):
            # The next attempt to create the lab reports the error.
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
