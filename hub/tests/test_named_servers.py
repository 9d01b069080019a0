from typing import Any

import aiohttp
import pytest
from jupyterhub import orm

from conftest import Settings, World, serving_hub
from spawning import DONE, spawned


@pytest.fixture
def settings() -> Settings:
    return {'JupyterHub': {'allow_named_servers': True}}


@pytest.fixture
async def lab(world: World) -> Any:
    """The user's default server, ready."""
    world.controller.created = {'status': 'running', 'internal_url': world.lab_url}
    world.controller.streams = [[DONE]]
    await spawned(world)
    world.controller.seen.clear()
    return world.controller.labs['rachel']


def recorded(world: World) -> Any:
    """The spawner of a named server that an earlier hub has recorded."""
    world.app.db.add(orm.Spawner(name='second', user=world.user.orm_user))
    world.app.db.commit()
    return world.user.spawners['second']


async def test_a_named_server_is_refused_before_the_controller_is_asked_anything(
    world: World, lab: Any
) -> None:
    token = world.user.new_api_token()
    async with serving_hub(world) as url, aiohttp.ClientSession() as session:
        headers = {'Authorization': f'Bearer {token}'}
        path = f'{url}/hub/api/users/rachel/servers/second'
        async with session.post(path, headers=headers, json={}) as answer:
            status, text = answer.status, await answer.text()

    assert status == 400
    assert 'Named servers are not possible here' in text
    assert world.controller.seen == []
    assert world.controller.labs == {'rachel': lab}
    assert world.spawner.server is not None
    assert not world.user.spawners['second'].active


async def test_there_is_no_form_for_a_named_server(world: World) -> None:
    with pytest.raises(Exception, match='Named servers are not possible here'):
        await recorded(world).get_options_form()

    assert world.controller.seen == []


async def test_a_named_server_in_the_hub_s_records_is_no_lab(world: World, lab: Any) -> None:
    second = recorded(world)

    assert await second.poll() == 0
    await second.stop()

    assert world.controller.seen == []
    assert world.controller.labs == {'rachel': lab}
