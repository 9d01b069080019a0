from collections.abc import Callable

import pytest

from conftest import Settings, World
from gafaelfawr import TOKEN, Browser, Gafaelfawr, authenticator_settings, refreshed


@pytest.fixture
def settings(gafaelfawr: Gafaelfawr) -> Settings:
    return authenticator_settings(gafaelfawr)


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
