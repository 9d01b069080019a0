"""Requests over HTTP: one client for all users, and what failures are called."""

import asyncio
import json as json_format
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

import aiohttp

from nublado_hub.challenges import explain_refusal
from nublado_hub.errors import USER_ERRORS, RefusedError, UnreachableError

# Bytes of an answer that is read as a whole: far more than any document has.
_MOST_BYTES = 1_000_000

# Statuses of ingresses and services that are away for the moment.
_AWAY = frozenset({502, 503, 504})

_sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, aiohttp.ClientSession] = WeakKeyDictionary()
_closers: set[asyncio.Task[None]] = set()


def shared_session() -> aiohttp.ClientSession:
    """The client of the running event loop, with no limit of connections. It is closed when the hub ends."""
    loop = asyncio.get_running_loop()
    session = _sessions.get(loop)
    if session is None or session.closed:
        # Cookies would mix users up, and a proxy of the environment is none for services in the cluster.
        session = _sessions[loop] = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        closer = loop.create_task(_close_at_the_end(session))
        _closers.add(closer)
        closer.add_done_callback(_closers.discard)
    return session


async def _close_at_the_end(session: aiohttp.ClientSession) -> None:
    # Whoever ends an event loop in order, JupyterHub included, cancels its tasks first.
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        await session.close()


@asynccontextmanager
async def request(
    method: str,
    url: str,
    *,
    token: str | None = None,
    seconds: float | None = None,
    silence: float | None = None,
    headers: Mapping[str, str] | None = None,
    json: object = None,
) -> AsyncIterator[aiohttp.ClientResponse]:
    """Sends a request and gives the answer, if it is one of success.

    All of it, the body included, may take so many seconds, and pause for so many of silence.

    Raises RefusedError for any other answer, and UnreachableError when there is none or a service is away,
    also while the body is read. Neither has tokens or bodies of requests in it.
    """
    what = f'{method} {url}'
    sent = dict(headers or {}) if token is None else {**(headers or {}), 'Authorization': f'Bearer {token}'}
    # Not aiohttp's total: at the same moment as a deadline around it, it makes the task live on beyond that.
    limits = aiohttp.ClientTimeout(total=None, sock_connect=silence, sock_read=silence)
    try:
        # A redirect could take the token to another host.
        async with (
            asyncio.timeout(seconds),
            shared_session().request(
                method, url, headers=sent, json=json, timeout=limits, allow_redirects=False
            ) as answer,
        ):
            if not 200 <= answer.status < 300:
                raise await _refusal(what, answer)
            yield answer
    except TimeoutError:
        raise UnreachableError(f'{what} got no answer in time') from None
    except (aiohttp.ClientError, OSError) as error:
        raise UnreachableError(f'{what} failed: {type(error).__name__}: {error}') from None


async def read_json(answer: aiohttp.ClientResponse) -> object:
    """The document in an answer; raises ValueError for what is no JSON, or too much of it."""
    body = bytearray()
    async for chunk in answer.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > _MOST_BYTES:
            raise ValueError('the answer is too long')
    try:
        return json_format.loads(body)
    except RecursionError:
        raise ValueError('the answer is nested too deep') from None


async def _refusal(what: str, answer: aiohttp.ClientResponse) -> RefusedError | UnreachableError:
    problems = await _problems(answer)
    status, reason = answer.status, answer.reason or 'no reason given'
    text = '; '.join(message for message, _ in problems) or reason
    explanation = explain_refusal(answer.headers.get('WWW-Authenticate')) if status in (401, 403) else None
    if explanation is not None:
        text = f'Permission denied: {explanation}'
    if status in _AWAY:
        return UnreachableError(f'{what} failed with status {status}: {text}', text if problems else None)
    return RefusedError(what, status, text, [kind for _, kind in problems])


async def _problems(answer: aiohttp.ClientResponse) -> list[tuple[str, str]]:
    """Message, with the field it is about, and type of each problem in a controller's error.

    Other bodies may hold anything: not shown.
    """
    try:
        document = await read_json(answer)
    except ValueError:
        return []
    details = document.get('detail') if isinstance(document, dict) else None
    return [
        (_located(detail), str(detail.get('type', '')))
        for detail in (details if isinstance(details, list) else [])
        if isinstance(detail, dict) and isinstance(detail.get('msg'), str)
    ]


def _located(detail: Mapping[str, object]) -> str:
    """The message of a problem, with the name of the field unless the message says what it is about."""
    location = detail.get('loc')
    path = location[1:] if isinstance(location, list) and location[:1] == ['body'] else []
    is_named = str(detail.get('type')) not in USER_ERRORS
    return f'{".".join(map(str, path))}: {detail["msg"]}' if path and is_named else str(detail['msg'])
