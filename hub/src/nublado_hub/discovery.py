"""Client of service discovery (Repertoire): URLs of controller, Gafaelfawr and logout page."""

import time
from collections.abc import Mapping
from functools import cache

from nublado_hub.errors import DiscoveryError, RefusedError, ServiceError
from nublado_hub.http import read_json, request

_LIFETIME = 300.0

Document = Mapping[str, object]


class Discovery:
    """Reads and caches the discovery document; an expired one is used while no new one can be read."""

    def __init__(self, base_url: str, timeout: float) -> None:
        self._base_url = base_url
        self._url = f'{base_url.rstrip("/")}/discovery'
        self._timeout = timeout
        self._document: Document | None = None
        self._fresh_until = 0.0

    async def controller_url(self) -> str:
        """URL of the controller with its path prefix."""
        return await self._required('services', 'internal', 'nublado-controller', 'url')

    async def gafaelfawr_url(self) -> str:
        """URL of the first version of Gafaelfawr's API."""
        return await self._required('services', 'internal', 'gafaelfawr', 'versions', 'v1', 'url')

    async def logout_url(self) -> str | None:
        """URL of the logout page, if there is one."""
        return _entry(await self._read(), 'services', 'ui', 'logout', 'url')

    async def _required(self, *path: str) -> str:
        url = _entry(await self._read(), *path)
        if url is None:
            raise DiscoveryError(f'service discovery has no {".".join(path)}')
        return url.rstrip('/')

    async def _read(self) -> Document:
        if self._document is not None and time.monotonic() < self._fresh_until:
            return self._document
        try:
            self._document = await self._request()
        except ServiceError:
            if self._document is None:
                raise
        self._fresh_until = time.monotonic() + _LIFETIME
        return self._document

    async def _request(self) -> Document:
        if not self._base_url:
            raise DiscoveryError('neither the URL of the service nor that of service discovery is configured')
        async with request('GET', self._url, seconds=self._timeout) as answer:
            try:
                document = await read_json(answer)
            except ValueError:
                document = None
        if not isinstance(document, dict):
            raise RefusedError(f'GET {self._url}', answer.status, 'not a JSON object')
        return document


@cache
def discovery_at(base_url: str, timeout: float) -> Discovery:
    """The shared client of this service discovery."""
    return Discovery(base_url, timeout)


def _entry(document: object, *path: str) -> str | None:
    value = document
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) and value else None
