from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from jupyterhub.app import JupyterHub
from jupyterhub.proxy import Proxy
from traitlets.config import Config

from nublado_hub.spawner import NubladoSpawner
from scripted_controller import ScriptedController

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


@dataclass(frozen=True)
class World:
    """A real hub with one user, a scripted controller, and a lab that answers."""

    app: Any
    user: Any
    controller: ScriptedController
    lab_url: str

    @property
    def spawner(self) -> Any:
        return self.user.spawners['']

    def runs(self) -> None:
        """From now on the user's lab runs."""
        self.controller.labs[USERNAME] = {'status': 'running', 'internal_url': self.lab_url}


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
def spawner_settings() -> dict[str, Any]:
    """Traits that a test file sets besides the usual ones."""
    return {}


@pytest.fixture
async def world(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    controller: ScriptedController,
    lab_url: str,
    spawner_settings: dict[str, Any],
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
    config.NubladoSpawner.update(spawner_settings)
    JupyterHub.clear_instance()
    app = JupyterHub.instance(config=config)
    await app.initialize([])
    user = app.users[USERNAME]
    await user.save_auth_state({'token': USER_TOKEN})
    yield World(app, user, controller, lab_url)
    app.db.close()
    JupyterHub.clear_instance()
