"""A real JupyterHub for tests: its REST API and tokens, without a proxy in front and without servers behind."""

import json
from pathlib import Path

from jupyterhub.proxy import Proxy

# Written by the stack into its folder, which is the working directory.
settings = json.loads(Path("jupyterhub.json").read_text())


class NoProxy(Proxy):
    """Remembers routes and serves none: only the hub's own API is used."""

    should_start = False
    routes: dict = {}

    async def add_route(self, routespec, target, data):
        self.routes[routespec] = {"routespec": routespec, "target": target, "data": data}

    async def delete_route(self, routespec):
        self.routes.pop(routespec, None)

    async def get_all_routes(self):
        return self.routes


c = get_config()  # noqa: F821
c.JupyterHub.hub_bind_url = settings["url"]
c.JupyterHub.bind_url = settings["url"]
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.db_url = "sqlite:///jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = "jupyterhub_cookie_secret"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.services = [
    {"name": "nublado", "api_token": settings["serviceToken"]},
    {"name": "tests", "api_token": settings["adminToken"]},
]
c.JupyterHub.load_roles = [
    {"name": "nublado", "services": ["nublado"], "scopes": ["admin:servers"]},
    {"name": "tests", "services": ["tests"], "scopes": ["admin:users", "admin:groups", "tokens"]},
]
