"""Confirmation of tokens by Gafaelfawr: owner and groups."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from hashlib import sha256

from nublado_hub.errors import RefusedError, ServiceError, UnconfirmedError
from nublado_hub.http import read_json, request

# Maximum number of cached answers.
_MAX_ENTRIES = 1000


class UserInfo:
    """Confirms tokens. Caches only time and groups of answers, by a hash of username and token."""

    def __init__(self, base_url: Callable[[], Awaitable[str]], *, timeout: float) -> None:
        self._base_url = base_url
        self._timeout = timeout
        self._cache: OrderedDict[bytes, tuple[float, frozenset[str]]] = OrderedDict()

    async def confirm(self, token: str, username: str, *, max_age: float = 0) -> frozenset[str]:
        """Names of the user's groups, if the token is that user's. Answers may be `max_age` seconds old.

        Raises UnconfirmedError if the token is refused or belongs to another user, and any other ServiceError
        when the service gives no usable answer.
        """
        key = sha256(f'{username}\n{token}'.encode()).digest()
        at, groups = self._cache.get(key, (float('-inf'), frozenset()))
        if time.monotonic() - at < max_age:
            return groups
        try:
            groups = await self._request(token, username)
        except UnconfirmedError:
            self._cache.pop(key, None)
            raise
        self._cache[key] = (time.monotonic(), groups)
        self._cache.move_to_end(key)
        while len(self._cache) > _MAX_ENTRIES:
            self._cache.popitem(last=False)
        return groups

    async def _request(self, token: str, username: str) -> frozenset[str]:
        url = f'{(await self._base_url()).rstrip("/")}/user-info'
        try:
            async with request('GET', url, token=token, seconds=self._timeout) as answer:
                document = await read_json(answer)
        except RefusedError as error:
            if error.status in (401, 403):
                raise UnconfirmedError(str(error)) from None
            raise
        except ValueError as error:
            raise ServiceError(f'GET {url} gave no user information: {error}') from None
        match document:
            case {'username': str(name), **rest} if name == username:
                return _groups(rest.get('groups'))
            case {'username': str()}:
                raise UnconfirmedError(f'GET {url}: the token is not that of {username}')
        raise ServiceError(f'GET {url} gave no user information')


def _groups(listed: object) -> frozenset[str]:
    groups = listed if isinstance(listed, list) else []
    names = [group.get('name') for group in groups if isinstance(group, dict)]
    return frozenset(name for name in names if isinstance(name, str))
