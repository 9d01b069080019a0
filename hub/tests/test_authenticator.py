import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import CookieJar, web

from conftest import Settings, World, serving, serving_hub
from nublado_hub import TEMPLATE_PATH
from nublado_hub.authenticator import GafaelfawrAuthenticator

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
    lookups: int = 0

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_get('/discovery', self._discovery)
        application.router.add_get('/auth/api/v1/user-info', self._user_info)
        return application

    async def _discovery(self, request: web.Request) -> web.Response:
        services: dict[str, Any] = {
            'internal': {'gafaelfawr': {'versions': {'v1': {'url': f'{self.url}/auth/api/v1'}}}},
            'ui': {'logout': {'url': self.logout_url}} if self.logout_url else {},
        }
        return web.json_response({'services': services}, status=self.discovery_status)

    async def _user_info(self, request: web.Request) -> web.Response:
        self.lookups += 1
        token = request.headers['Authorization'].removeprefix('Bearer ')
        groups = [{'name': name, 'id': 1} for name in self.groups.get(token, [])]
        body = {'username': self.username, 'groups': groups, 'email': 'rachel@example.org'}
        return web.json_response(body, status=self.status)


@pytest.fixture
async def gafaelfawr() -> AsyncIterator[Gafaelfawr]:
    service = Gafaelfawr()
    async with serving(service.application()) as url:
        service.url = url
        yield service


@pytest.fixture
def settings(gafaelfawr: Gafaelfawr) -> Settings:
    return {
        'JupyterHub': {
            'authenticator_class': GafaelfawrAuthenticator,
            'template_paths': [TEMPLATE_PATH],
        },
        'GafaelfawrAuthenticator': {'repertoire_base_url': gafaelfawr.url, 'user_info_lifetime': 0},
    }


class Browser:
    """A browser whose requests pass through the ingress."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self._session = session
        self.user: str | None = 'rachel'
        self.token: str | None = TOKEN

    async def get(self, path: str) -> aiohttp.ClientResponse:
        headers = {'X-Auth-Request-User': self.user, 'X-Auth-Request-Token': self.token}
        sent = {name: value for name, value in headers.items() if value is not None}
        return await self._session.get(self.url + path, headers=sent, allow_redirects=False)


@pytest.fixture
async def browser(world: World) -> AsyncIterator[Browser]:
    async with serving_hub(world) as url, aiohttp.ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        yield Browser(url, session)


async def test_the_ingress_logs_users_in_and_their_token_is_kept_for_the_spawner(
    world: World, browser: Browser
) -> None:
    sent = await browser.get('/hub/login?next=%2Fhub%2Fhome')
    assert sent.headers['Location'].startswith('/hub/gafaelfawr/login')

    answer = await browser.get('/hub/gafaelfawr/login?next=%2Fhub%2Fhome')

    assert (answer.status, answer.headers['Location']) == (302, '/hub/home')
    assert (await browser.get('/hub/home')).status == 200
    assert await world.user.get_auth_state() == {'token': TOKEN}


async def test_pages_show_no_link_to_tokens(browser: Browser) -> None:
    await browser.get('/hub/gafaelfawr/login')

    page = await (await browser.get('/hub/home')).text()

    assert '.navbar a[href="/hub/token"] { display: none; }' in page


@pytest.mark.parametrize(('user', 'token'), [(None, TOKEN), ('rachel', None), (None, None), ('', '')])
async def test_without_the_ingress_s_headers_nobody_is_logged_in(
    browser: Browser, user: str | None, token: str | None
) -> None:
    browser.user, browser.token = user, token

    assert (await browser.get('/hub/gafaelfawr/login')).status == 401


async def test_there_is_no_form_to_log_in_with(browser: Browser) -> None:
    async with aiohttp.ClientSession() as session:
        answer = await session.post(browser.url + '/hub/login', data={'username': 'rachel', 'password': 'x'})
    assert answer.status >= 400


async def test_members_of_an_administrators_group_are_administrators_for_as_long_as_they_are_members(
    world: World, browser: Browser, gafaelfawr: Gafaelfawr
) -> None:
    await browser.get('/hub/gafaelfawr/login')
    assert world.user.admin is False

    gafaelfawr.groups[TOKEN].append('g_admins')
    await refreshed(world, browser)
    assert world.user.admin is True
    assert (await browser.get('/hub/admin')).status == 200

    gafaelfawr.groups[TOKEN].remove('g_admins')
    await refreshed(world, browser)
    assert world.user.admin is False
    assert (await browser.get('/hub/admin')).status == 403


async def refreshed(world: World, browser: Browser) -> None:
    world.user._auth_refreshed = 0
    world.app.authenticator.auth_refresh_age = 1
    assert (await browser.get('/hub/home')).status == 200


async def test_a_changed_token_replaces_the_old_one(world: World, browser: Browser) -> None:
    await browser.get('/hub/gafaelfawr/login')
    browser.token = 'gt-new'

    await refreshed(world, browser)

    assert await world.user.get_auth_state() == {'token': 'gt-new'}


@pytest.mark.parametrize('user', [None, 'mallory'])
async def test_a_session_of_another_user_than_the_ingress_says_must_log_in_again(
    world: World, browser: Browser, user: str | None
) -> None:
    await browser.get('/hub/gafaelfawr/login')
    world.user._auth_refreshed = 0
    world.app.authenticator.auth_refresh_age = 1
    browser.user = user

    answer = await browser.get('/hub/home')

    assert (answer.status, answer.headers['Location']) == (302, '/hub/login?next=%2Fhub%2Fhome')


async def test_a_request_from_inside_the_cluster_changes_nothing(world: World, browser: Browser) -> None:
    await browser.get('/hub/gafaelfawr/login')
    browser.user = browser.token = None

    await refreshed(world, browser)

    assert await world.user.get_auth_state() == {'token': TOKEN}
    assert await world.app.authenticator.refresh_user(world.user) is True


async def test_a_failing_lookup_makes_nobody_an_administrator_and_keeps_nobody_out(
    world: World, browser: Browser, gafaelfawr: Gafaelfawr, caplog: pytest.LogCaptureFixture
) -> None:
    gafaelfawr.groups[TOKEN].append('g_admins')
    gafaelfawr.status = 500

    assert (await browser.get('/hub/gafaelfawr/login')).status == 302

    assert world.user.admin is False
    assert 'Without groups rachel is no administrator' in caplog.text


async def test_another_user_s_token_makes_nobody_an_administrator(
    world: World, browser: Browser, gafaelfawr: Gafaelfawr
) -> None:
    gafaelfawr.groups[TOKEN].append('g_admins')
    gafaelfawr.username = 'adm'

    assert (await browser.get('/hub/gafaelfawr/login')).status == 302
    assert world.user.admin is False


async def test_an_administrator_of_the_configuration_stays_one(
    world: World, browser: Browser, gafaelfawr: Gafaelfawr
) -> None:
    world.app.authenticator.admin_users = {'rachel'}

    await browser.get('/hub/gafaelfawr/login')

    assert world.user.admin is True


async def test_no_groups_and_no_other_user_information_are_stored_or_logged(
    world: World, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world.app.log.setLevel(logging.DEBUG)

    await browser.get('/hub/gafaelfawr/login')

    assert await world.user.get_auth_state() == {'token': TOKEN}
    assert TOKEN not in caplog.text
    assert 'rachel@example.org' not in caplog.text


@pytest.mark.parametrize(
    ('logout_url', 'status', 'expected'),
    [
        ('https://example.org/logout', 200, 'https://example.org/logout'),
        (None, 200, '/logout'),
        ('x', 500, '/logout'),
    ],
)
async def test_logging_out_ends_the_lab_and_goes_on_to_the_site_s_logout(
    world: World, browser: Browser, gafaelfawr: Gafaelfawr, logout_url: str | None, status: int, expected: str
) -> None:
    gafaelfawr.logout_url = logout_url
    world.app.authenticator.admin_groups = []
    gafaelfawr.discovery_status = status
    await browser.get('/hub/gafaelfawr/login')
    world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
    world.controller.streams = [['event: complete\ndata: {}\n\n']]
    await world.user.spawn()

    answer = await browser.get('/hub/logout')

    assert (answer.status, answer.headers['Location']) == (302, expected)
    assert world.controller.labs == {}
    assert (await browser.get('/hub/home')).status == 302


class TestRemembering:
    @pytest.fixture
    def settings(self, gafaelfawr: Gafaelfawr) -> Settings:
        return {
            'JupyterHub': {'authenticator_class': GafaelfawrAuthenticator},
            'GafaelfawrAuthenticator': {'repertoire_base_url': gafaelfawr.url},
        }

    async def test_groups_are_looked_up_once_for_each_token(
        self, world: World, browser: Browser, gafaelfawr: Gafaelfawr
    ) -> None:
        for _ in range(3):
            await browser.get('/hub/gafaelfawr/login')
        assert gafaelfawr.lookups == 1

        browser.token = 'gt-new'
        await refreshed(world, browser)
        assert gafaelfawr.lookups == 2
