"""HTTP requests with one client for all users, and the conversion of their failures."""

import asyncio
import json as json_format
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

import aiohttp

from nublado_hub.challenges import explain_refusal
from nublado_hub.errors import USER_ERRORS, RefusedError, UnreachableError

# Maximum size of JSON answers, in bytes.
_MAX_BODY_BYTES = 1_000_000

# Statuses that ingresses and services answer while a backend is unavailable.
_UNAVAILABLE = frozenset({502, 503, 504})

_sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, aiohttp.ClientSession] = WeakKeyDictionary()
_closers: set[asyncio.Task[None]] = set()


def shared_session() -> aiohttp.ClientSession:
    """The client of the running event loop, without a limit of connections; closed with the loop."""
    loop = asyncio.get_running_loop()
    session = _sessions.get(loop)
    if session is None or session.closed:
        # No cookies: the client is shared by all users. `trust_env` is off: no proxies of the environment.
        session = _sessions[loop] = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        closer = loop.create_task(_close_with_loop(session))
        _closers.add(closer)
        closer.add_done_callback(_closers.discard)
    return session


async def _close_with_loop(session: aiohttp.ClientSession) -> None:
    # `asyncio.run`, and JupyterHub, cancel all tasks before they close the loop.
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
    """Sends a request and yields the answer if its status is 2xx.

    `seconds` is the timeout of the whole request with the body of its answer, `silence` that of connecting
    and of each read, both in seconds; None for no timeout.

    Raises RefusedError for other statuses, and UnreachableError for 502 to 504 and without an answer, also
    while the caller reads the body. Neither contains tokens or bodies of requests.
    """
    what = f'{method} {url}'
    sent = dict(headers or {}) if token is None else {**(headers or {}), 'Authorization': f'Bearer {token}'}
    # Without `total`: if it expires together with a timeout of the caller, the task outlives the latter.
    limits = aiohttp.ClientTimeout(total=None, sock_connect=silence, sock_read=silence)
    try:
        # A redirect could send the token to another host.
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
    """Parses a JSON answer. Raises ValueError for invalid JSON and for more than 1 MB."""
    body = bytearray()
    async for chunk in answer.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > _MAX_BODY_BYTES:
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
    if status in _UNAVAILABLE:
        return UnreachableError(f'{what} failed with status {status}: {text}', text if problems else None)
    return RefusedError(what, status, text, [kind for _, kind in problems])


async def _problems(answer: aiohttp.ClientResponse) -> list[tuple[str, str]]:
    """Message, with the name of its field, and type of each problem in an error of the controller.

    Empty for other bodies, whose content is unknown and not shown.
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
    """Message of a problem after the path of its field; of `USER_ERRORS` the message alone."""
    location = detail.get('loc')
    path = location[1:] if isinstance(location, list) and location[:1] == ['body'] else []
    is_named = str(detail.get('type')) not in USER_ERRORS
    return f'{".".join(map(str, path))}: {detail["msg"]}' if path and is_named else str(detail['msg'])
