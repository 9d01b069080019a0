import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import CookieJar, web
from multidict import CIMultiDict

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
        'GafaelfawrAuthenticator': {'repertoire_base_url': gafaelfawr.url, 'request_timeout': 1},
    }


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """URLs of all requests that the hub's client of HTTP sends, redirects included."""
    urls: list[str] = []
    send = aiohttp.ClientRequest.__init__

    def recording(self: Any, method: str, url: Any, *args: Any, **kwargs: Any) -> None:
        urls.append(str(url))
        send(self, method, url, *args, **kwargs)

    monkeypatch.setattr(aiohttp.ClientRequest, '__init__', recording)
    return urls


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


def forget_refresh(world: World) -> None:
    world.user._auth_refreshed = 0
    world.app.authenticator.auth_refresh_age = 1


async def refreshed(world: World, browser: Browser) -> None:
    forget_refresh(world)
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
    forget_refresh(world)
    browser.user = user

    answer = await browser.get('/hub/home')

    assert (answer.status, answer.headers['Location']) == (302, '/hub/login?next=%2Fhub%2Fhome')


async def test_a_request_from_inside_the_cluster_changes_nothing(world: World, browser: Browser) -> None:
    await browser.get('/hub/gafaelfawr/login')
    browser.user = browser.token = None

    await refreshed(world, browser)

    assert await world.user.get_auth_state() == {'token': TOKEN}
    assert await world.app.authenticator.refresh_user(world.user) is True


def refuse(gafaelfawr: Gafaelfawr) -> None:
    gafaelfawr.status = 401


def forbid(gafaelfawr: Gafaelfawr) -> None:
    gafaelfawr.status = 403


def name_another(gafaelfawr: Gafaelfawr) -> None:
    gafaelfawr.username = 'mallory'


REFUSALS = pytest.mark.parametrize('deny', [refuse, forbid, name_another])


@REFUSALS
@pytest.mark.parametrize('is_administrator', [False, True])
async def test_headers_that_gafaelfawr_does_not_confirm_log_nobody_in(
    world: World,
    browser: Browser,
    gafaelfawr: Gafaelfawr,
    deny: Callable[[Gafaelfawr], None],
    is_administrator: bool,
) -> None:
    world.app.authenticator.admin_users = {'rachel'} if is_administrator else set()
    world.app.authenticator.admin_groups = []
    deny(gafaelfawr)

    assert (await browser.get('/hub/gafaelfawr/login')).status == 401
    assert (await browser.get('/hub/home')).status == 302


@REFUSALS
async def test_a_session_that_gafaelfawr_confirms_no_more_ends(
    world: World, browser: Browser, gafaelfawr: Gafaelfawr, deny: Callable[[Gafaelfawr], None]
) -> None:
    await browser.get('/hub/gafaelfawr/login')
    deny(gafaelfawr)
    forget_refresh(world)

    answer = await browser.get('/hub/home')

    assert (answer.status, answer.headers['Location']) == (302, '/hub/login?next=%2Fhub%2Fhome')


@REFUSALS
async def test_a_cookie_without_the_ingress_s_headers_is_of_no_use_when_the_token_on_record_is_refused(
    world: World, browser: Browser, gafaelfawr: Gafaelfawr, deny: Callable[[Gafaelfawr], None]
) -> None:
    await browser.get('/hub/gafaelfawr/login')
    deny(gafaelfawr)
    forget_refresh(world)
    browser.user = browser.token = None

    answer = await browser.get('/hub/home')

    assert (answer.status, answer.headers['Location']) == (302, '/hub/login?next=%2Fhub%2Fhome')


@REFUSALS
async def test_a_hub_token_that_is_used_inside_the_cluster_does_not_make_a_refused_session_count_as_confirmed(
    world: World, browser: Browser, gafaelfawr: Gafaelfawr, deny: Callable[[Gafaelfawr], None]
) -> None:
    await browser.get('/hub/gafaelfawr/login')
    browser.more = [('Authorization', f'Bearer {world.user.new_api_token()}')]
    browser.user = browser.token = None
    deny(gafaelfawr)
    forget_refresh(world)
    assert (await browser.get('/hub/api/user')).status == 200

    browser.more, browser.user, browser.token = [], 'rachel', TOKEN

    assert (await browser.get('/hub/home')).status == 302


async def test_who_is_an_administrator_no_more_is_none_in_requests_from_inside_the_cluster(
    world: World, browser: Browser, gafaelfawr: Gafaelfawr
) -> None:
    gafaelfawr.groups[TOKEN].append('g_admins')
    await browser.get('/hub/gafaelfawr/login')
    gafaelfawr.groups[TOKEN].remove('g_admins')
    browser.user = browser.token = None

    await refreshed(world, browser)

    assert world.user.admin is False


async def test_a_login_is_not_refused_because_an_earlier_one_was(
    browser: Browser, gafaelfawr: Gafaelfawr
) -> None:
    refuse(gafaelfawr)
    await browser.get('/hub/gafaelfawr/login')
    gafaelfawr.status = 200

    assert (await browser.get('/hub/gafaelfawr/login')).status == 302


def fail(gafaelfawr: Gafaelfawr) -> None:
    gafaelfawr.status = 500


def be_silent(gafaelfawr: Gafaelfawr) -> None:
    gafaelfawr.is_silent = True


def say_nothing_known(gafaelfawr: Gafaelfawr) -> None:
    gafaelfawr.body = b'<html>'


def name_nobody(gafaelfawr: Gafaelfawr) -> None:
    gafaelfawr.body = b'{"username": null}'


def say_too_much(gafaelfawr: Gafaelfawr) -> None:
    gafaelfawr.body = b'{"username": "rachel", "name": "' + b'x' * 2_000_000 + b'"}'


def nest(gafaelfawr: Gafaelfawr) -> None:
    gafaelfawr.body = b'[' * 500_000


OUTAGES = pytest.mark.parametrize(
    'break_down', [fail, be_silent, say_nothing_known, name_nobody, say_too_much, nest]
)


@OUTAGES
@pytest.mark.parametrize('is_administrator', [False, True])
async def test_while_gafaelfawr_gives_no_usable_answer_nobody_logs_in(
    world: World,
    browser: Browser,
    gafaelfawr: Gafaelfawr,
    break_down: Callable[[Gafaelfawr], None],
    is_administrator: bool,
) -> None:
    world.app.authenticator.admin_users = {'rachel'} if is_administrator else set()
    break_down(gafaelfawr)

    answer = await browser.get('/hub/gafaelfawr/login')

    assert answer.status == 503
    assert 'the identity service is away' in await answer.text()
    assert (await browser.get('/hub/home')).status == 302


@OUTAGES
async def test_while_gafaelfawr_gives_no_usable_answer_sessions_go_on_as_they_were(
    world: World,
    browser: Browser,
    gafaelfawr: Gafaelfawr,
    break_down: Callable[[Gafaelfawr], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    gafaelfawr.groups[TOKEN].append('g_admins')
    await browser.get('/hub/gafaelfawr/login')
    break_down(gafaelfawr)
    browser.token = 'gt-unconfirmed'

    await refreshed(world, browser)

    assert world.user.admin is True
    assert await world.user.get_auth_state() == {'token': TOKEN}
    assert 'The session of rachel goes on unconfirmed' in caplog.text


async def test_without_service_discovery_nobody_logs_in(browser: Browser, gafaelfawr: Gafaelfawr) -> None:
    gafaelfawr.discovery_status = 401

    assert (await browser.get('/hub/gafaelfawr/login')).status == 503


async def test_an_identity_service_elsewhere_gets_no_token_and_logs_nobody_in(
    world: World, browser: Browser, gafaelfawr: Gafaelfawr, caplog: pytest.LogCaptureFixture, asked: list[str]
) -> None:
    await browser.get('/hub/gafaelfawr/login')
    gafaelfawr.identity_url = 'http://evil.click:8080'
    world.app.authenticator._discovery._document = None
    asked.clear()

    await refreshed(world, browser)
    answer = await browser.get('/hub/gafaelfawr/login')

    assert answer.status == 503
    assert 'The session of rachel goes on unconfirmed' in caplog.text
    assert 'names http://evil.click:8080 as the identity service' in caplog.text
    assert 'GafaelfawrAuthenticator.identity_origins' in caplog.text
    assert [url for url in asked if 'evil.click' in url] == []


async def test_an_identity_service_at_a_listed_origin_gets_tokens(
    world: World, browser: Browser, gafaelfawr: Gafaelfawr, asked: list[str]
) -> None:
    gafaelfawr.identity_url = 'http://identity.invalid:8080'
    world.app.authenticator.identity_origins = ['http://identity.invalid:8080']

    assert (await browser.get('/hub/gafaelfawr/login')).status == 503
    assert 'http://identity.invalid:8080/auth/api/v1/user-info' in asked


async def test_a_token_follows_no_redirect(
    browser: Browser, gafaelfawr: Gafaelfawr, asked: list[str]
) -> None:
    gafaelfawr.status, gafaelfawr.location = 307, 'http://127.0.0.1:9/auth'

    assert (await browser.get('/hub/gafaelfawr/login')).status == 503
    assert [url for url in asked if url.startswith('http://127.0.0.1:9/')] == []


@pytest.mark.parametrize('name', ['X-Auth-Request-User', 'X-Auth-Request-Token'])
async def test_headers_that_come_twice_log_nobody_in(world: World, browser: Browser, name: str) -> None:
    browser.more = [(name, 'rachel')]

    assert (await browser.get('/hub/gafaelfawr/login')).status == 401

    browser.more = []
    await browser.get('/hub/gafaelfawr/login')
    browser.more = [(name, 'rachel')]
    forget_refresh(world)
    assert (await browser.get('/hub/home')).status != 200


async def test_another_spelling_of_a_name_is_not_taken_for_the_user(
    browser: Browser, gafaelfawr: Gafaelfawr
) -> None:
    browser.user = gafaelfawr.username = 'Rachel'

    assert (await browser.get('/hub/gafaelfawr/login')).status == 401


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
    await browser.get('/hub/gafaelfawr/login')
    gafaelfawr.discovery_status = status
    world.app.authenticator._discovery._document = None
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
            'GafaelfawrAuthenticator': {'repertoire_base_url': gafaelfawr.url, 'user_info_lifetime': 300},
        }

    async def test_logins_always_ask_and_refreshes_once_for_each_token(
        self, world: World, browser: Browser, gafaelfawr: Gafaelfawr
    ) -> None:
        for _ in range(3):
            await browser.get('/hub/gafaelfawr/login')
        assert gafaelfawr.lookups == 3

        await refreshed(world, browser)
        assert gafaelfawr.lookups == 3

        browser.token = 'gt-new'
        await refreshed(world, browser)
        await refreshed(world, browser)
        assert gafaelfawr.lookups == 4

    async def test_a_refusal_at_a_login_is_remembered_by_refreshes(
        self, world: World, browser: Browser, gafaelfawr: Gafaelfawr
    ) -> None:
        await browser.get('/hub/gafaelfawr/login')
        refuse(gafaelfawr)
        await browser.get('/hub/gafaelfawr/login')
        forget_refresh(world)

        assert (await browser.get('/hub/home')).status == 302
