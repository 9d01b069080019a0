"""What Gafaelfawr says of a user: the groups, and nothing else is kept."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from hashlib import sha256

from nublado_hub.errors import RefusedError
from nublado_hub.http import request

# Lookups kept at most.
_MOST = 1000


class UserInfo:
    """Looks up the groups of a token's user; remembers them for a while by a hash of the token."""

    def __init__(self, base_url: Callable[[], Awaitable[str]], *, timeout: float, lifetime: float) -> None:
        self._base_url = base_url
        self._timeout = timeout
        self._lifetime = lifetime
        self._known: OrderedDict[bytes, tuple[float, frozenset[str]]] = OrderedDict()

    async def groups(self, token: str, username: str) -> frozenset[str]:
        """Names of the user's groups. Raises ServiceError, also if the token is another user's."""
        key = sha256(f'{username}\n{token}'.encode()).digest()
        until, groups = self._known.get(key, (0.0, frozenset()))
        if time.monotonic() < until:
            return groups
        groups = await self._request(token, username)
        self._known[key] = (time.monotonic() + self._lifetime, groups)
        self._known.move_to_end(key)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return groups

    async def _request(self, token: str, username: str) -> frozenset[str]:
        url = f'{(await self._base_url()).rstrip("/")}/user-info'
        async with request('GET', url, token=token, seconds=self._timeout) as answer:
            try:
                document = await answer.json(content_type=None)
            except ValueError:
                document = None
        match document:
            case {'username': str(name), **rest} if name == username:
                groups = rest.get('groups')
                listed = groups if isinstance(groups, list) else []
                names = [group.get('name') for group in listed if isinstance(group, dict)]
                return frozenset(name for name in names if isinstance(name, str))
            case {'username': _}:
                raise RefusedError(f'GET {url}', answer.status, f'the token is not that of {username}')
        raise RefusedError(f'GET {url}', answer.status, 'not user information')
