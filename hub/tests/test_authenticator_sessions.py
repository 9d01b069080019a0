from collections.abc import Callable

import pytest

from conftest import Settings, World
from gafaelfawr import (
    REFUSALS,
    TOKEN,
    Browser,
    Gafaelfawr,
    authenticator_settings,
    forget_refresh,
    refreshed,
    refuse,
)
from nublado_hub.authenticator import GafaelfawrAuthenticator


@pytest.fixture
def settings(gafaelfawr: Gafaelfawr) -> Settings:
    return authenticator_settings(gafaelfawr)


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
