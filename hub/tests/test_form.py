import pytest
from aiohttp import web
from tornado.web import HTTPError

from conftest import Settings, World, serving
from nublado_hub.discovery import Discovery
from scripted_controller import error, plain


def shown_to_users(error: HTTPError) -> str:
    return str(getattr(error, 'jupyterhub_message', None))


async def test_the_form_is_the_controllers(world: World) -> None:
    assert await world.spawner.get_options_form() == '<select name="size"></select>'


async def test_a_form_of_the_configuration_goes_first(world: World) -> None:
    world.spawner.options_form = 'mine'

    assert await world.spawner.get_options_form() == 'mine'


@pytest.mark.parametrize(
    ('status', 'kind', 'shown'),
    [(403, 'permission_denied', 403), (401, 'invalid_token', 403), (500, 'internal_error', 502)],
)
async def test_a_refused_form_says_why(world: World, status: int, kind: str, shown: int) -> None:
    world.controller.answer('form', error(status, kind, 'Because'))

    with pytest.raises(HTTPError) as failure:
        await world.spawner.get_options_form()

    assert failure.value.status_code == shown
    assert shown_to_users(failure.value) == 'Because'


async def test_a_form_that_cannot_be_had_now_asks_for_patience(world: World) -> None:
    world.controller.answer('form', *[plain(503)] * 9)

    with pytest.raises(HTTPError) as failure:
        await world.spawner.get_options_form()

    assert 'try again later' in shown_to_users(failure.value)


class TestDiscovery:
    @pytest.fixture
    def settings(self) -> Settings:
        return {'NubladoSpawner': {'controller_url': ''}}

    async def test_service_discovery_says_where_the_controller_is(self, world: World) -> None:
        async def discovery(_request: web.Request) -> web.Response:
            entry = {'url': f'{world.controller.url}/'}
            return web.json_response({'services': {'internal': {'nublado-controller': entry}}})

        application = web.Application()
        application.router.add_get('/repertoire/discovery', discovery)
        async with serving(application) as url:
            world.spawner.repertoire_base_url = f'{url}/repertoire/'

            assert await world.spawner.get_options_form() == '<select name="size"></select>'

    async def test_a_controller_elsewhere_gets_no_token(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def named(_discovery: Discovery) -> str:
            return 'http://evil.click/nublado'

        monkeypatch.setattr(Discovery, 'controller_url', named)

        with pytest.raises(HTTPError) as failure:
            await world.spawner.get_options_form()

        assert 'Please tell the operators' in shown_to_users(failure.value)
        assert 'names http://evil.click as the controller' in str(failure.value)
        assert 'NubladoSpawner.controller_url' in str(failure.value)

    async def test_without_a_controller_users_are_sent_to_the_operators(self, world: World) -> None:
        with pytest.raises(HTTPError) as failure:
            await world.spawner.get_options_form()

        assert 'Please tell the operators' in shown_to_users(failure.value)
        assert 'service discovery' in str(failure.value)
