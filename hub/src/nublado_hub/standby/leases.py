"""Reads and writes one Lease at the API server."""

from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp

from .credentials import Credentials
from .lease import Document


class LeaseError(Exception):
    """The API server refused or could not be reached. The text contains no secrets."""


class LeaseChangedError(LeaseError):
    """Another process has written the lease since it was read (status 409)."""


class Leases:
    """One Lease of the cluster. Use it as a context manager, which closes its connections."""

    def __init__(self, credentials: Credentials, namespace: str, name: str) -> None:
        self._credentials = credentials
        self._collection = (
            f'{credentials.server}/apis/coordination.k8s.io/v1/namespaces/{quote(namespace, safe="")}/leases'
        )
        self._object = f'{self._collection}/{quote(name, safe="")}'
        self._session = aiohttp.ClientSession()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def read(self) -> Document | None:
        """Reads the lease; None if there is none. Raises LeaseError."""
        return await self._send('GET', self._object, None)

    async def create(self, document: Document) -> Document:
        """Creates the lease. Raises LeaseChangedError if it exists, and LeaseError."""
        return await self._send('POST', self._collection, document) or {}

    async def replace(self, document: Document) -> Document:
        """Updates the lease. Raises LeaseChangedError for an old resource version, and LeaseError."""
        return await self._send('PUT', self._object, document) or {}

    async def _send(self, method: str, url: str, document: Document | None) -> Document | None:
        credentials = self._credentials
        try:
            async with self._session.request(
                method,
                url,
                json=document,
                headers={'Authorization': f'Bearer {credentials.token()}'},
                ssl=credentials.tls,
                server_hostname=credentials.server_name,
            ) as answer:
                if answer.status == 404 and method == 'GET':
                    return None
                body: dict[str, Any] = await answer.json()
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise LeaseError(f'{type(error).__name__}: {error}') from error
        if answer.status == 409:
            raise LeaseChangedError('409: another process has written the lease')
        if not answer.ok:
            raise LeaseError(f'{answer.status}: {body.get("message", answer.reason)}')
        return body
