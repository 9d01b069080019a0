"""The spawner, which creates, follows and deletes labs through the controller."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from jupyterhub.spawner import Spawner
from sqlalchemy.orm import object_session
from traitlets import default

from nublado_hub.access import ControllerAccess
from nublado_hub.adoption import Adoption
from nublado_hub.controller import Controller, Timeouts
from nublado_hub.errors import (
    RefusedError,
    ServiceError,
    SpawnFailedError,
    SpawnTimeoutError,
    UnreachableError,
    UserError,
    is_transient,
    to_hub_error,
    user_error_type,
)
from nublado_hub.progress import Report
from nublado_hub.progress_log import ProgressLog
from nublado_hub.retry import growing_delays, retried
from nublado_hub.spawn import Retries, Spawn
from nublado_hub.spawner_settings import SpawnerSettings

_NO_NAMED_SERVERS = 'Named servers are not possible here: each user has one lab, the default server.'

# Repetitions of a request that a user waits for.
_FEW_RETRIES = 3


class NubladoSpawner(SpawnerSettings, Spawner):  # type: ignore[misc]
    """Spawns labs through the Nublado controller."""

    @default('env_keep')
    def _default_env_keep(self) -> list[str]:
        return []

    @default('apply_user_options')
    def _default_apply_user_options(self) -> Callable[[Spawner, dict[str, Any]], None]:
        # The controller validates the options. The hub would warn about the lack of a validator.
        return lambda _spawner, _options: None

    @default('options_form')
    def _default_options_form(self) -> Callable[[Spawner], Awaitable[str]]:
        return self._lab_form

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._progress_log = ProgressLog()
        self._adoption: Adoption | None = None
        self._adoption_error: Exception | None = None
        self._internal_url: str | None = None
        self._operation: str | None = None
        self._is_poll_failing = False
        timeouts = Timeouts(self.request_timeout, self.stall_timeout)
        self._controller = Controller(self.user.name, timeouts, ControllerAccess(self, self.user))

    def get_state(self) -> dict[str, Any]:
        """State in the hub's database: the lab's URL and the operation ID of its spawn."""
        own = {'internal_url': self._internal_url, 'operation': self._operation}
        return {**super().get_state(), **{key: value for key, value in own.items() if value is not None}}

    def load_state(self, state: dict[str, Any]) -> None:
        """Restores the state that this or an earlier hub process has saved."""
        super().load_state(state)
        self._internal_url = state.get('internal_url')
        self._operation = state.get('operation')

    def clear_state(self) -> None:
        """Clears the state and closes the progress log for all subscribers."""
        super().clear_state()
        self._internal_url = None
        self._operation = None
        self._progress_log.close()
        self._progress_log = ProgressLog()
        if self._adoption is not None:
            error = self._adoption_error or SpawnFailedError('The lab does not answer')
            self._adoption.fail(to_hub_error(error))
            self._adoption = None

    async def start(self) -> str:
        """Requests the lab, waits until it runs, and returns its URL.

        Raises SpawnTimeoutError after `start_timeout`, and the errors of `to_hub_error`.
        """
        self._refuse_named_server()
        progress_log = self._progress_log
        spawn = self._new_spawn(progress_log)
        # Shortly before the hub's own timeout of the same length, whose message names no cause.
        deadline = self.start_timeout - min(1.0, self.start_timeout / 20)
        try:
            async with asyncio.timeout(deadline):
                await spawn.create(self.user_options, self.get_env())
                await spawn.follow()
                self._internal_url = url = await spawn.url()
        except TimeoutError:
            raise SpawnTimeoutError(f'The lab did not start within {self.start_timeout} seconds') from None
        except (ServiceError, SpawnFailedError) as error:
            if user_error_type(error) is not None:
                # JupyterHub 5 counts these for `consecutive_failure_limit`; 0 keeps it from ending itself.
                self.consecutive_failure_limit = 0
            raise to_hub_error(error) from error
        finally:
            progress_log.close()
        return url

    async def stop(self, now: bool = False) -> None:  # noqa: ARG002
        """Deletes the lab, if there is one. Raises TimeoutError after `stop_timeout`, and ServiceError."""
        if self.name:
            return
        # The hub deletes its record in any case, so for a lab that may exist the request is repeated.
        is_there = self._internal_url is not None or self._operation is not None
        delays = self._delays() if is_there else self._few_delays()
        try:
            async with asyncio.timeout(self.stop_timeout):
                await retried(self._controller.delete, delays)
        except TimeoutError:
            problem = f'The lab did not stop within {self.stop_timeout} seconds'
            self._log_failed_stop(problem)
            raise TimeoutError(problem) from None
        except ServiceError as error:
            self._log_failed_stop(error)
            raise

    async def poll(self) -> int | None:
        """Exit status of the lab; None while it runs or starts.

        Never raises. While the controller cannot be reached it returns None, since the hub deletes its record
        of a lab that has ended.
        """
        if self.name:
            return 0
        try:
            lab = await retried(self._controller.lab, [self.reconnect_delay])
        except Exception as error:
            level = logging.DEBUG if self._is_poll_failing else logging.WARNING
            self.log.log(level, 'The lab of %s counts as alive, though: %s', self._log_name, error)
            self._is_poll_failing = True
            return None
        self._is_poll_failing = False
        if lab is None or lab.status in ('terminating', 'terminated'):
            return 0
        if lab.status == 'failed':
            return 1
        if self.follow_moved_labs and lab.status == 'running' and lab.internal_url is not None:
            await self._follow_moved_lab(lab.internal_url)
        return None

    async def get_url(self) -> str:
        """URL of the lab, which the hub requests after a restart.

        Waits for a spawn in flight until its deadline. Never raises: an exception would end the hub.
        """
        try:
            async with asyncio.timeout(self._time_left()):
                self._internal_url = await self._current_url()
        except Exception as error:
            problem = str(error) or 'it took too long'
            self.log.warning('Cannot learn the URL of the lab of %s: %s', self._log_name, problem)
            if isinstance(error, SpawnFailedError):
                # Otherwise the hub waits `http_timeout` for the lab to answer.
                self.http_timeout = 1
                self._adoption_error = error
        self._progress_log.close()
        return self._internal_url or str(await super().get_url())

    def start_polling(self) -> None:
        """Starts polling, and completes an adoption: the hub calls this once an adopted lab has answered."""
        super().start_polling()
        if self._adoption is not None:
            adoption, self._adoption = self._adoption, None
            self._adopting = asyncio.create_task(adoption.succeed())

    async def progress(self) -> AsyncIterator[Report]:
        """Yields the progress of the current spawn. Any number of callers may subscribe."""
        async with aclosing(self._progress_log.subscribe()) as reports:
            async for report in reports:
                yield report

    def _log_failed_stop(self, problem: object) -> None:
        # The hub deletes its record without a log message, although the lab may still run.
        self.log.error('Cannot end the lab of %s: %s', self._log_name, problem)

    def _refuse_named_server(self) -> None:
        """Raises UserError for a named server: the controller has one lab per user."""
        if self.name:
            raise UserError(_NO_NAMED_SERVERS, 'named_server', 400)

    async def _lab_form(self, _spawner: Spawner) -> str:
        self._refuse_named_server()
        try:
            return await retried(self._controller.form, [self.reconnect_delay])
        except ServiceError as error:
            raise to_hub_error(error) from error

    def _new_spawn(self, progress_log: ProgressLog) -> Spawn:
        def on_report(report: Report) -> None:
            progress_log.append(report)
            if spawn.operation != self._operation:
                self._operation = spawn.operation
                self._save_state()

        retries = Retries(self._few_delays(), self._delays)
        spawn = Spawn(self._controller, retries, on_report=on_report, operation=self._operation)
        return spawn

    async def _current_url(self) -> str:
        try:
            lab = await retried(self._controller.lab, self._few_delays())
        except (UnreachableError, RefusedError) as error:
            if self._internal_url is not None:
                return self._internal_url
            if not is_transient(error):
                raise
            lab = None
        if lab is not None and lab.status == 'running' and lab.internal_url is not None:
            return lab.internal_url
        self._adoption = Adoption(self)
        self.log.info('Waiting for the lab of %s, whose start is under way', self._log_name)
        spawn = self._new_spawn(self._progress_log)
        await spawn.follow()
        return await spawn.url()

    def _time_left(self) -> float:
        """Seconds until the deadline of the recorded spawn, at least `request_timeout`."""
        started = self.orm_spawner.started
        now = datetime.now(UTC).replace(tzinfo=None)
        elapsed = (now - started).total_seconds() if started is not None else 0.0
        return float(max(self.request_timeout, self.start_timeout - elapsed))

    def _save_state(self) -> None:
        # The hub itself saves the state only after the spawn.
        self.orm_spawner.state = self.get_state()
        session = object_session(self.orm_spawner)
        if session is not None:
            session.commit()

    async def _follow_moved_lab(self, url: str) -> None:
        server, (host, port) = self.server, _address(url)
        if not self.ready or (server.ip, server.port) == (host, port):
            return
        self.log.warning('The lab of %s has moved to %s', self._log_name, url)
        server.proto, server.ip, server.port = urlsplit(url).scheme, host, port
        self._internal_url = url
        self._save_state()
        try:
            await self.user.settings['proxy'].add_user(self.user, self.name)
        except Exception as error:
            # The hub periodically updates all routes.
            self.log.warning('Cannot move the route of %s: %s', self._log_name, error)

    def _delays(self) -> Iterator[float]:
        return growing_delays(self.reconnect_delay, self.max_reconnect_delay)

    def _few_delays(self) -> list[float]:
        return list(islice(self._delays(), _FEW_RETRIES))


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or '', parts.port or (443 if parts.scheme == 'https' else 80)
