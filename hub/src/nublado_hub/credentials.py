"""Tokens for requests to the controller."""

import time
from pathlib import Path
from typing import Any

from jupyterhub.orm import APIToken
from jupyterhub.scopes import scope_definitions
from sqlalchemy.orm import object_session

from nublado_hub.errors import CredentialsError, NotLoggedInError

# JupyterHub 5 has no scope for only starting servers.
_SPAWN_SCOPE = 'start:servers' if 'start:servers' in scope_definitions else 'servers'

# Seconds for which a token of the hub is used, and seconds by which it expires later than that.
_LIFETIME = 600
_MARGIN = 30


def token_in_file(path: str) -> str:
    """The token in a file. Raises CredentialsError if it cannot be read or is empty."""
    try:
        token = Path(path).read_text(encoding='utf-8').strip()
    except (OSError, ValueError) as error:
        raise CredentialsError(f"the hub's own token in {path} cannot be read: {error}") from None
    if not token:
        raise CredentialsError(f"the hub's own token in {path} is empty")
    return token


async def token_in_auth_state(user: Any) -> str:
    """The token in the user's auth state. Raises NotLoggedInError without one."""
    auth_state = await user.get_auth_state()
    token = auth_state.get('token') if isinstance(auth_state, dict) else None
    if not isinstance(token, str) or not token:
        raise NotLoggedInError(f'the auth state of {user.name} has no token')
    return token


class TokenOfHub:
    """A short-lived token of the hub that allows starting the user's servers."""

    def __init__(self, user: Any) -> None:
        self._user = user
        self._token = ''
        self._usable_until = 0.0

    def read(self) -> str:
        """The token; a new one when the last one expires soon or was revoked. Raises CredentialsError."""
        if time.monotonic() >= self._usable_until or self._is_revoked():
            try:
                # Not `inherit`, which would extend the token with the user's roles.
                self._token = self._user.new_api_token(
                    note='Lab controller', scopes=[f'{_SPAWN_SCOPE}!user'], expires_in=_LIFETIME + _MARGIN
                )
            except ValueError as error:
                raise CredentialsError(f'the hub makes no token for {self._user.name}: {error}') from None
            self._usable_until = time.monotonic() + _LIFETIME
        return self._token

    def _is_revoked(self) -> bool:
        return APIToken.find(object_session(self._user.orm_user), self._token) is None
