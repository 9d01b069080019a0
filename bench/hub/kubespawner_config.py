"""A JupyterHub whose KubeSpawner runs labs on the stack's cluster, to be measured beside ours."""

import json
from pathlib import Path

# Written by the measurement into its folder, which is the working directory.
settings = json.loads(Path('kubespawner.json').read_text())

c = get_config()  # noqa: F821
c.JupyterHub.hub_bind_url = settings['url']
c.JupyterHub.bind_url = settings['proxyUrl']
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = settings['proxyApiUrl']
c.ConfigurableHTTPProxy.auth_token = settings['proxyToken']
c.JupyterHub.db_url = 'sqlite:///kubespawner.sqlite'
c.JupyterHub.cookie_secret_file = 'kubespawner_cookie_secret'
c.JupyterHub.authenticator_class = 'dummy'
c.Authenticator.allow_all = True
c.JupyterHub.concurrent_spawn_limit = 0
c.JupyterHub.active_server_limit = 0
c.JupyterHub.tornado_settings = {'slow_spawn_timeout': 0}
c.JupyterHub.services = [{'name': 'tests', 'api_token': settings['adminToken']}]
c.JupyterHub.load_roles = [
    {'name': 'tests', 'services': ['tests'], 'scopes': ['admin:users', 'admin:servers']},
]
c.JupyterHub.spawner_class = 'kubespawner.KubeSpawner'
c.Spawner.consecutive_failure_limit = 0
c.Spawner.start_timeout = 600
c.Spawner.http_timeout = 90
c.KubeSpawner.namespace = settings['namespace']
c.KubeSpawner.image = settings['image']
c.KubeSpawner.ip = '0.0.0.0'
c.KubeSpawner.port = 8888
c.KubeSpawner.cpu_guarantee = 0.1
c.KubeSpawner.mem_guarantee = '256M'
