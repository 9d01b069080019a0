"""Gafaelfawr and a browser behind its ingress, for tests of the authenticator."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from multidict import CIMultiDict

from nublado_hub import TEMPLATE_PATH
from nublado_hub.authenticator import GafaelfawrAuthenticator

if TYPE_CHECKING:
    from conftest import World

TOKEN = 'gt-token-of-rachel'


@dataclass
class Gafaelfawr:
    """Service discovery and the identity service: groups by token."""

    groups: dict[str, list[str]] = field(default_factory=lambda: {TOKEN: ['rachel', 'science']})
    username: str = 'rachel'
    status: int = 200
    discovery_status: int = 200
    logout_url: str | None = 'https://example.org/logout'
    url: str = ''
    # In place of the own one, for what discovery names as the identity service.
    identity_url: str | None = None
    lookups: int = 0
    # In place of the usual document.
    body: bytes | None = None
    is_silent: bool = False
    location: str | None = None

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_get('/discovery', self._discovery)
        application.router.add_get('/auth/api/v1/user-info', self._user_info)
        return application

    async def _discovery(self, request: web.Request) -> web.Response:
        services: dict[str, Any] = {
            'internal': {
                'gafaelfawr': {'versions': {'v1': {'url': f'{self.identity_url or self.url}/auth/api/v1'}}}
            },
            'ui': {'logout': {'url': self.logout_url}} if self.logout_url else {},
        }
        return web.json_response({'services': services}, status=self.discovery_status)

    async def _user_info(self, request: web.Request) -> web.Response:
        self.lookups += 1
        token = request.headers['Authorization'].removeprefix('Bearer ')
        groups = [{'name': name, 'id': 1} for name in self.groups.get(token, [])]
        if self.is_silent:
            await asyncio.Event().wait()
        if self.body is not None:
            return web.Response(body=self.body, status=self.status, content_type='application/json')
        body = {'username': self.username, 'groups': groups, 'email': 'rachel@example.org'}
        headers = {'Location': self.location} if self.location else {}
        return web.json_response(body, status=self.status, headers=headers)


class Browser:
    """A browser whose requests pass through the ingress."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self._session = session
        self.user: str | None = 'rachel'
        self.token: str | None = TOKEN
        # Beside those of the ingress.
        self.more: list[tuple[str, str]] = []

    async def get(self, path: str) -> aiohttp.ClientResponse:
        headers = [('X-Auth-Request-User', self.user), ('X-Auth-Request-Token', self.token), *self.more]
        sent = CIMultiDict((name, value) for name, value in headers if value is not None)
        return await self._session.get(self.url + path, headers=sent, allow_redirects=False)


def authenticator_settings(gafaelfawr: Gafaelfawr) -> dict[str, dict[str, Any]]:
    """Traits of a hub whose users log in through Gafaelfawr."""
    return {
        'JupyterHub': {
            'authenticator_class': GafaelfawrAuthenticator,
            'template_paths': [TEMPLATE_PATH],
        },
        'GafaelfawrAuthenticator': {'repertoire_base_url': gafaelfawr.url, 'request_timeout': 1},
    }


def forget_refresh(world: World) -> None:
    world.user._auth_refreshed = 0
    world.app.authenticator.auth_refresh_age = 1


async def refreshed(world: World, browser: Browser) -> None:
    forget_refresh(world)
    assert (await browser.get('/hub/home')).status == 200


def refuse(gafaelfawr: Gafaelfawr) -> None:
    gafaelfawr.status = 401


def forbid(gafaelfawr: Gafaelfawr) -> None:
    gafaelfawr.status = 403


def name_another(gafaelfawr: Gafaelfawr) -> None:
    gafaelfawr.username = 'mallory'


REFUSALS = pytest.mark.parametrize('deny', [refuse, forbid, name_another])
