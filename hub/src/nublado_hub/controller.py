"""Client of the controller's HTTP API."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, urlsplit

import aiohttp

from nublado_hub.errors import RefusedError, UnreachableError, is_unknown_lab
from nublado_hub.events import EventParser, ServerSentEvent
from nublado_hub.http import request


class Access(Protocol):
    """URL of the controller, and tokens for requests of users and of the hub."""

    async def base_url(self) -> str: ...  # noqa: D102
    async def user_token(self) -> str: ...  # noqa: D102
    async def admin_token(self) -> str: ...  # noqa: D102


@dataclass(frozen=True)
class Timeouts:
    """Timeouts in seconds: of one request, and between two reads of an event stream."""

    request: float
    stall: float


@dataclass(frozen=True)
class Lab:
    """State of a lab in the controller's answer."""

    status: str
    internal_url: str | None
    failure: str | None


class Controller:
    """Requests about one user's lab. URL and token are read for every request."""

    def __init__(self, username: str, timeouts: Timeouts, access: Access) -> None:
        self._name = quote(username, safe='')
        self._timeouts = timeouts
        self._access = access

    async def lab(self) -> Lab | None:
        """The user's lab; None without one."""
        url = await self._url(f'labs/{self._name}')
        try:
            async with request(
                'GET', url, token=await self._access.admin_token(), seconds=self._timeouts.request
            ) as answer:
                return _lab_of(await _json(answer))
        except RefusedError as error:
            if is_unknown_lab(error):
                return None
            raise

    async def create(self, options: Mapping[str, object], environment: Mapping[str, str]) -> None:
        """Requests a lab; returns when the controller has accepted the spawn."""
        url = await self._url(f'labs/{self._name}/create')
        body = {'options': options, 'env': environment}
        token = await self._access.user_token()
        async with request('POST', url, token=token, seconds=self._timeouts.request, json=body):
            pass

    async def delete(self) -> None:
        """Deletes the lab, if there is one. Waits without a timeout until its pod is gone."""
        url = await self._url(f'labs/{self._name}')
        try:
            async with request('DELETE', url, token=await self._access.admin_token()):
                pass
        except RefusedError as error:
            if not is_unknown_lab(error):
                raise

    async def form(self) -> str:
        """HTML of the spawn form."""
        url = await self._url(f'lab-form/{self._name}')
        async with request(
            'GET', url, token=await self._access.user_token(), seconds=self._timeouts.request
        ) as answer:
            return await answer.text()

    async def events(self, last_event_id: str | None) -> AsyncGenerator[ServerSentEvent, None]:
        """Yields the events of the current operation after the event with this ID, until the stream ends.

        Raises UnreachableError when the connection is lost, or when no byte arrives within the timeout.
        """
        url = await self._url(f'labs/{self._name}/events?extended=true')
        headers = {'Accept': 'text/event-stream', 'Accept-Encoding': 'identity'}
        if last_event_id is not None:
            headers['Last-Event-ID'] = last_event_id
        token = await self._access.user_token()
        parser = EventParser()
        async with request('GET', url, token=token, silence=self._timeouts.stall, headers=headers) as answer:
            if answer.content_type != 'text/event-stream':
                raise UnreachableError(f'GET {url} answered with {answer.content_type}')
            async for chunk in answer.content.iter_any():
                for event in _parsed(parser, chunk, url):
                    yield event

    async def _url(self, path: str) -> str:
        return f'{(await self._access.base_url()).rstrip("/")}/spawner/v1/{path}'


def _parsed(parser: EventParser, chunk: bytes, url: str) -> list[ServerSentEvent]:
    try:
        return parser.feed(chunk)
    except ValueError as error:
        raise UnreachableError(f'GET {url} failed: {error}') from None


async def _json(answer: aiohttp.ClientResponse) -> object:
    try:
        return await answer.json(content_type=None)
    except ValueError:
        raise _unusable(answer, 'not JSON') from None


def _lab_of(document: object) -> Lab:
    match document:
        case {'status': str(status), **rest}:
            failure = rest.get('failure')
            cause = failure.get('message') if isinstance(failure, dict) else None
            return Lab(status, _web_url(rest.get('internal_url')), cause if isinstance(cause, str) else None)
    raise UnreachableError('the answer about a lab has no status')


def _web_url(value: object) -> str | None:
    """The value if it is an HTTP URL with a host; None for any other."""
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
        is_usable = parts is not None and parts.scheme in ('http', 'https') and bool(parts.hostname)
        # The property raises ValueError for an invalid port.
        return str(value) if parts is not None and is_usable and parts.port != 0 else None
    except ValueError:
        return None


def _unusable(answer: aiohttp.ClientResponse, problem: str) -> UnreachableError:
    return UnreachableError(f'{answer.method} {answer.url} failed: the answer is {problem}')
