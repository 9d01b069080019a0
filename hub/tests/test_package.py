import asyncio
import subprocess
import sys
from pathlib import Path

from nublado_hub.http import shared_session

PROJECT = Path(__file__).parent.parent

PRINT_PLUGINS = """
from importlib.metadata import entry_points
for group in ('jupyterhub.spawners', 'jupyterhub.authenticators'):
    for point in entry_points(group=group):
        print(point.name, point.load().__qualname__)
"""


def test_an_installed_package_offers_its_plugins_by_name(tmp_path: Path) -> None:
    install = [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--no-deps',
        '--no-build-isolation',
        '--target',
        str(tmp_path),
    ]
    subprocess.run([sys.executable, *install, str(PROJECT)], check=True, capture_output=True)

    listed = subprocess.run(
        [sys.executable, '-c', PRINT_PLUGINS], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout.splitlines()

    assert 'nublado NubladoSpawner' in listed
    assert 'gafaelfawr GafaelfawrAuthenticator' in listed
    assert (tmp_path / 'nublado_hub' / 'templates' / 'page.html').exists()


def test_the_shared_client_is_closed_when_the_hub_ends() -> None:
    async def hub() -> object:
        session = shared_session()
        assert shared_session() is session
        # One turn of the loop, so that the watch over the client begins.
        await asyncio.sleep(0)
        return session

    session = asyncio.run(hub())

    assert session.closed  # type: ignore[attr-defined]
