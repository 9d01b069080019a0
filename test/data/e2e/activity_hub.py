"""A JupyterHub whose servers are labs elsewhere: it hands out their environments and believes that they run."""

import json
from pathlib import Path

from jupyterhub.spawner import Spawner
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

# Written by the test into the hub's folder, which is the working directory.
settings = json.loads(Path("settings.json").read_text())


class Present(RequestHandler):
    """Answers the hub in place of a server that is to be up."""

    def get(self):
        self.set_status(200)


class LabElsewhere(Spawner):
    """Writes the environment of a server to a file, and answers the hub in place of the server."""

    present = None
    present_port = 0

    def answer(self):
        sockets = bind_sockets(self.present_port, "127.0.0.1")
        self.present_port = sockets[0].getsockname()[1]
        self.present = HTTPServer(Application([(".*", Present)]))
        self.present.add_sockets(sockets)

    async def start(self):
        Path(f"{self.user.name}.json").write_text(json.dumps(self.get_env()))
        self.answer()
        return "127.0.0.1", self.present_port

    async def poll(self):
        return 0 if self.present is None else None

    async def stop(self, now=False):
        self.present.stop()
        self.present = None

    def get_state(self):
        return {**super().get_state(), "present_port": self.present_port}

    def load_state(self, state):
        super().load_state(state)
        self.present_port = state.get("present_port", 0)
        if self.present_port:
            self.answer()

    def clear_state(self):
        super().clear_state()
        self.present_port = 0


c = get_config()  # noqa: F821
load_subconfig("api_only.py", path=str(Path(__file__).parents[3] / "stack" / "jupyterhub"))  # noqa: F821
c.JupyterHub.hub_bind_url = settings["url"]
c.JupyterHub.bind_url = settings["url"]
c.JupyterHub.spawner_class = LabElsewhere
c.JupyterHub.db_url = "sqlite:///jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = "jupyterhub_cookie_secret"
c.JupyterHub.services = [{"name": name, "api_token": token} for name, token in settings["tokens"].items()]
# The scopes of `nublado` and of the culler are those of the documentation.
c.JupyterHub.load_roles = [
    {"name": "nublado", "services": ["nublado"], "scopes": ["users:activity"]},
    {
        "name": "culler",
        "services": ["culler"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    },
    {"name": "tests", "services": ["tests"], "scopes": ["admin:users", "admin:servers", "tokens"]},
]
