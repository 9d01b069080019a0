"""A real JupyterHub whose servers are labs of the controller, by the shortest spawner that can be one."""

import json
from asyncio import sleep
from pathlib import Path

from jupyterhub.spawner import Spawner
from tornado.httpclient import AsyncHTTPClient

# Written by the test into its folder, which is the working directory.
settings = json.loads(Path("exits.json").read_text())


class LabSpawner(Spawner):
    """Makes labs for users whose token comes with their options."""

    async def call(self, method, path="", body=None, token=settings["hubToken"]):
        return await AsyncHTTPClient().fetch(
            f"{settings['controllerUrl']}/labs/{self.user.name}{path}",
            method=method,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            body=None if body is None else json.dumps(body),
            raise_error=False,
        )

    async def start(self):
        options = {"image_tag": ["behaviour-fast"], "size": ["small"]}
        prefix = f"/nb/user/{self.user.name}/"
        body = {"options": options, "env": {"JUPYTERHUB_SERVICE_PREFIX": prefix}}
        answer = await self.call("POST", "/create", body, self.user_options["token"])
        if answer.code != 201:
            raise RuntimeError(f"the controller answered {answer.code}")
        while await self.status() != "running":
            if await self.status() not in ("pending", "running"):
                raise RuntimeError("the lab did not start")
            # A spawner polls: this API tells it nothing by itself but in the event stream.
            await sleep(0.05)
        return settings["labUrl"]

    async def status(self):
        answer = await self.call("GET")
        return None if answer.code == 404 else json.loads(answer.body)["status"]

    async def poll(self):
        return None if await self.status() in ("pending", "running", "terminating") else 0

    async def stop(self, now=False):
        await self.call("DELETE")


c = get_config()  # noqa: F821
load_subconfig("api_only.py", path=str(Path(__file__).parents[3] / "stack" / "jupyterhub"))  # noqa: F821
c.JupyterHub.hub_bind_url = settings["url"]
c.JupyterHub.bind_url = settings["url"]
c.JupyterHub.spawner_class = LabSpawner
c.JupyterHub.db_url = "sqlite:///exits.sqlite"
c.JupyterHub.cookie_secret_file = "exits_cookie_secret"
c.JupyterHub.concurrent_spawn_limit = 0
c.JupyterHub.active_server_limit = 0
# Only notices tell this hub of ends.
c.Spawner.poll_interval = 3600
c.JupyterHub.services = [
    {"name": "nublado", "api_token": settings["noticeToken"]},
    {"name": "tests", "api_token": settings["adminToken"]},
]
c.JupyterHub.load_roles = [
    {"name": "nublado", "services": ["nublado"], "scopes": ["delete:servers", "read:servers"]},
    {"name": "tests", "services": ["tests"], "scopes": ["admin:users", "admin:servers"]},
]
