import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import CookieJar, web
from jupyterhub.app import JupyterHub
from jupyterhub.proxy import Proxy
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from traitlets.config import Config

from gafaelfawr import Browser, Gafaelfawr
from nublado_hub.spawner import NubladoSpawner
from scripted_controller import ScriptedController

Settings = dict[str, dict[str, Any]]

USERNAME = 'rachel'
ADMIN_TOKEN = 'admin-token-of-the-hub'
USER_TOKEN = 'token-of-rachel'


class RememberedRoutes(Proxy):  # type: ignore[misc]
    """A proxy that knows its routes and serves none."""

    should_start = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.routes: dict[str, dict[str, Any]] = {}

    async def add_route(self, routespec: str, target: str, data: dict[str, Any]) -> None:
        self.routes[routespec] = {'routespec': routespec, 'target': target, 'data': data}

    async def delete_route(self, routespec: str) -> None:
        self.routes.pop(routespec, None)

    async def get_all_routes(self) -> dict[str, dict[str, Any]]:
        return self.routes


@dataclass
class World:
    """A real hub with one user, a scripted controller, and a lab that answers."""

    config: Config
    controller: ScriptedController
    lab_url: str
    app: Any = None

    @property
    def user(self) -> Any:
        return self.app.users[USERNAME]

    @property
    def spawner(self) -> Any:
        return self.user.spawners['']

    def runs(self) -> None:
        """From now on the user's lab runs."""
        self.controller.labs[USERNAME] = {'status': 'running', 'internal_url': self.lab_url}

    def fails(self) -> None:
        """From now on the user's lab has failed."""
        self.controller.labs[USERNAME] = {'status': 'failed', 'internal_url': None}

    async def start_hub(self) -> None:
        """Starts a hub on what its predecessor has left in the database."""
        JupyterHub.clear_instance()
        self.app = JupyterHub.instance(config=self.config)
        await self.app.initialize([])

    async def lose_hub(self, *tasks: asyncio.Task[Any]) -> None:
        """Ends a hub as if it were killed: what it is doing stops, nothing is cleaned up."""
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.app.db.close()
        self.app.db.get_bind().dispose()


@asynccontextmanager
async def serving(application: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, '127.0.0.1', 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f'http://{host}:{port}'
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serving_hub(world: World) -> AsyncIterator[str]:
    """Serves the pages and the API of the present hub."""
    socket, port = bind_unused_port()
    server = HTTPServer(world.app.tornado_application)
    server.add_socket(socket)
    try:
        yield f'http://127.0.0.1:{port}'
    finally:
        server.stop()
        await server.close_all_connections()


@pytest.fixture
async def controller() -> AsyncIterator[ScriptedController]:
    scripted = ScriptedController()
    async with serving(scripted.application()) as url:
        scripted.url = f'{url}/nublado'
        yield scripted


@pytest.fixture
async def lab_url() -> AsyncIterator[str]:
    async def api(_request: web.Request) -> web.Response:
        return web.json_response({'version': '1'}, headers={'X-JupyterHub-Version': '5.0.0'})

    application = web.Application()
    application.router.add_get('/user/rachel/api', api)
    async with serving(application) as url:
        yield f'{url}/user/rachel/'


@pytest.fixture
def settings() -> Settings:
    """Traits by class that a test sets besides the usual ones."""
    return {}


@pytest.fixture
async def world(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    controller: ScriptedController,
    lab_url: str,
    settings: Settings,
) -> AsyncIterator[World]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('JUPYTERHUB_CRYPT_KEY', '0' * 64)
    token_path = tmp_path / 'token'
    token_path.write_text(f'{ADMIN_TOKEN}\n')
    config = Config()
    config.JupyterHub.db_url = 'sqlite:///hub.sqlite'
    config.JupyterHub.proxy_class = RememberedRoutes
    config.JupyterHub.spawner_class = NubladoSpawner
    config.JupyterHub.authenticator_class = 'dummy'
    config.Authenticator.allowed_users = {USERNAME}
    config.Authenticator.enable_auth_state = True
    config.NubladoSpawner.controller_url = controller.url
    config.NubladoSpawner.admin_token_path = str(token_path)
    config.NubladoSpawner.start_timeout = 10
    config.NubladoSpawner.reconnect_delay = 0.01
    config.NubladoSpawner.max_reconnect_delay = 0.02
    for section, traits in settings.items():
        config[section].update(traits)
    config.JupyterHub.init_spawners_timeout = 1
    world = World(config, controller, lab_url)
    await world.start_hub()
    await world.user.save_auth_state({'token': USER_TOKEN})
    yield world
    await world.lose_hub()
    JupyterHub.clear_instance()


@pytest.fixture
async def gafaelfawr() -> AsyncIterator[Gafaelfawr]:
    service = Gafaelfawr()
    async with serving(service.application()) as url:
        service.url = url
        yield service


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


@pytest.fixture
async def browser(world: World) -> AsyncIterator[Browser]:
    async with serving_hub(world) as url, aiohttp.ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        yield Browser(url, session)
