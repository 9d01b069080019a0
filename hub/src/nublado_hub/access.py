"""URL of the controller and the tokens for requests to it."""

from typing import Any

from nublado_hub.credentials import TokenOfHub, token_in_auth_state, token_in_file
from nublado_hub.discovery import discovery_at
from nublado_hub.origins import require_allowed
from nublado_hub.spawner_settings import SpawnerSettings


class ControllerAccess:
    """URL and tokens for one user's requests, from the settings at the time of each request."""

    def __init__(self, settings: SpawnerSettings, user: Any) -> None:
        self._settings = settings
        self._user = user
        self._token_of_hub = TokenOfHub(user)

    async def base_url(self) -> str:
        """URL of the controller with its path prefix."""
        settings = self._settings
        if settings.controller_url:
            return str(settings.controller_url)
        discovery = discovery_at(settings.repertoire_base_url, settings.request_timeout)
        return require_allowed(
            await discovery.controller_url(),
            settings.repertoire_base_url,
            (),
            what='the controller',
            remedy='set NubladoSpawner.controller_url',
        )

    async def admin_token(self) -> str:
        """The hub's own token."""
        return token_in_file(self._settings.admin_token_path)

    async def user_token(self) -> str:
        """The token for requests on behalf of the user, by the trait `user_token`."""
        match self._settings.user_token:
            case 'jupyterhub':
                return self._token_of_hub.read()
            case 'admin':
                return await self.admin_token()
        return await token_in_auth_state(self._user)
