from typing import Any

import pytest
from jupyterhub import orm, version_info
from jupyterhub.scopes import get_scopes_for

from conftest import ADMIN_TOKEN, Settings, World
from scripted_controller import event
from spawning import DONE, Spawning, spawned

SCOPES_OF_5 = {'servers!user=rachel', 'delete:servers!user=rachel'}


def bearer(seen: Any) -> str:
    return str(seen.headers['Authorization']).removeprefix('Bearer ')


class TestWithTokensOfTheHub:
    @pytest.fixture
    def settings(self) -> Settings:
        return {'NubladoSpawner': {'user_token': 'jupyterhub'}}

    async def test_the_controller_gets_a_token_with_which_only_this_users_servers_can_be_started(
        self, world: World
    ) -> None:
        world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
        world.controller.streams = [[DONE]]

        await spawned(world)

        [create] = world.controller.requests('POST')
        token = orm.APIToken.find(world.app.db, bearer(create))
        assert token.user is world.user.orm_user
        assert token.expires_at is not None
        scopes = get_scopes_for(token)
        own = {scope for scope in scopes if not scope.startswith('read:')}
        assert own == (SCOPES_OF_5 if version_info[0] == 5 else {'start:servers!user=rachel'})

    async def test_one_token_serves_until_it_has_nearly_expired(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second = await form_token(world), await form_token(world)
        assert first == second

        monkeypatch.setattr('nublado_hub.credentials.time.monotonic', lambda: 1e12)

        assert await form_token(world) != first

    async def test_a_token_that_the_user_has_revoked_is_replaced(self, world: World) -> None:
        first = await form_token(world)
        world.app.db.delete(orm.APIToken.find(world.app.db, first))
        world.app.db.commit()

        assert orm.APIToken.find(world.app.db, await form_token(world)) is not None

    async def test_users_who_may_not_start_servers_get_no_token(self, world: World) -> None:
        world.user.orm_user.roles = []
        world.app.db.commit()

        failure = await Spawning(world).end()

        assert 'Please tell the operators' in failure.jupyterhub_message
        assert world.controller.requests('POST') == []


async def form_token(world: World) -> str:
    await world.spawner.get_options_form()
    return bearer(world.controller.requests('GET', '/lab-form/rachel')[-1])


class TestWithTheHubsOwnToken:
    @pytest.fixture
    def settings(self) -> Settings:
        return {'NubladoSpawner': {'user_token': 'admin'}}

    async def test_all_requests_carry_it(self, world: World) -> None:
        world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
        world.controller.streams = [[event('complete', 'done')]]

        await spawned(world)

        assert {bearer(seen) for seen in world.controller.seen} == {ADMIN_TOKEN}
