import logging
from collections.abc import Callable

import aiohttp
import pytest

from conftest import Settings, World
from gafaelfawr import (
    REFUSALS,
    TOKEN,
    Browser,
    Gafaelfawr,
    authenticator_settings,
    forget_refresh,
    refuse,
)


@pytest.fixture
def settings(gafaelfawr: Gafaelfawr) -> Settings:
    return authenticator_settings(gafaelfawr)


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


async def test_a_login_is_not_refused_because_an_earlier_one_was(
    browser: Browser, gafaelfawr: Gafaelfawr
) -> None:
    refuse(gafaelfawr)
    await browser.get('/hub/gafaelfawr/login')
    gafaelfawr.status = 200

    assert (await browser.get('/hub/gafaelfawr/login')).status == 302


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
