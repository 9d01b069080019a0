"""Configuration of JupyterHub in docker-compose.yml, which has the variables."""

import base64
import os
from pathlib import Path


def secret(name: str) -> str:
    """Content of a file that compose/secrets.sh has made."""
    return (Path(os.environ["SECRETS"]) / name).read_text().strip()


c = get_config()  # noqa: F821
c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.JupyterHub.hub_bind_url = os.environ["HUB_BIND_URL"]
c.JupyterHub.hub_connect_url = os.environ["HUB_URL_FOR_LABS"]
c.JupyterHub.db_url = os.environ["DATABASE_URL"]
c.JupyterHub.cookie_secret = base64.b64decode(secret("cookie-secret"))

# The proxy runs by itself, so that labs are reached while the hub is away.
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = os.environ["PROXY_API_URL"]
c.ConfigurableHTTPProxy.auth_token = secret("proxy-token")
c.JupyterHub.cleanup_servers = False

# Who has the password may be any of these. config/demo.yaml has their IDs.
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = os.environ["DEMO_PASSWORD"]
c.Authenticator.admin_users = {"operator"}
c.Authenticator.allowed_users = {"rachel", "ribbon", "wrench"}

c.JupyterHub.spawner_class = "nublado"
c.NubladoSpawner.controller_url = os.environ["CONTROLLER_URL"]
c.NubladoSpawner.user_token = "jupyterhub"  # noqa: S105
c.NubladoSpawner.admin_token_path = f"{os.environ['SECRETS']}/spawner-token"
c.JupyterHub.services = [
    {"name": name, "api_token": secret(f"{name}-token")} for name in ("controller", "spawner")
]
c.JupyterHub.load_roles = [
    {"name": "controller", "services": ["controller"], "scopes": ["delete:servers", "read:servers"]},
    {"name": "spawner", "services": ["spawner"], "scopes": ["admin:servers"]},
]

# The controller sets the limits, and pages do not wait for a spawn.
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 0}
c.JupyterHub.concurrent_spawn_limit = 0
c.JupyterHub.init_spawners_timeout = 1
c.Spawner.consecutive_failure_limit = 0
# As long as lab.spawnTimeout, and as long as a lab may take to answer.
c.Spawner.start_timeout = 600
c.Spawner.http_timeout = 90
