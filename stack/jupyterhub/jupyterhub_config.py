"""Configuration of a real JupyterHub: REST API and tokens only, or with proxy, plugins and labs as processes."""

import json
from pathlib import Path

# Written by the stack into its folder, which is the working directory.
settings = json.loads(Path("jupyterhub.json").read_text())
full = settings["full"]

c = get_config()  # noqa: F821
c.JupyterHub.hub_bind_url = settings["url"]
c.JupyterHub.db_url = "sqlite:///jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = "jupyterhub_cookie_secret"
c.JupyterHub.services = [
    {"name": "nublado", "api_token": settings["serviceToken"]},
    {"name": "tests", "api_token": settings["adminToken"]},
]
accounts = ["admin:users", "admin:groups", "tokens"]

if full is None:
    c.JupyterHub.bind_url = settings["url"]
    load_subconfig("api_only.py", path=str(Path(__file__).parent))  # noqa: F821
    scopes = {"nublado": ["admin:servers"], "tests": accounts}
else:
    import nublado_hub

    c.JupyterHub.bind_url = full["bindUrl"]
    c.JupyterHub.public_url = full["publicUrl"]
    c.ConfigurableHTTPProxy.should_start = False
    c.ConfigurableHTTPProxy.api_url = full["proxyApiUrl"]
    c.ConfigurableHTTPProxy.auth_token = full["proxyToken"]
    # Labs keep running when the hub ends.
    c.JupyterHub.cleanup_servers = False
    c.JupyterHub.authenticator_class = "gafaelfawr"
    c.JupyterHub.template_paths = [nublado_hub.TEMPLATE_PATH]
    c.GafaelfawrAuthenticator.repertoire_base_url = full["discoveryUrl"]
    c.CryptKeeper.keys = [full["cryptKey"]]
    c.JupyterHub.spawner_class = "nublado"
    c.NubladoSpawner.repertoire_base_url = full["discoveryUrl"]
    c.NubladoSpawner.admin_token_path = full["hubTokenPath"]
    # As in a deployment: the controller sets the limits, and pages do not wait for a spawn.
    c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 0}
    c.JupyterHub.concurrent_spawn_limit = 0
    c.JupyterHub.active_server_limit = 0
    c.Spawner.consecutive_failure_limit = 0
    c.Spawner.start_timeout = 600
    c.Spawner.http_timeout = 90
    scopes = {
        "nublado": ["delete:servers", "read:servers", "users:activity"],
        "tests": [*accounts, "admin:servers", "access:servers", "proxy", "read:hub", "read:metrics"],
    }

c.JupyterHub.load_roles = [
    {"name": name, "services": [name], "scopes": wanted} for name, wanted in scopes.items()
]
