"""Authenticator for users in headers of an ingress, confirmed by Gafaelfawr."""

import asyncio
from typing import Any

from jupyterhub.auth import Authenticator
from tornado import web
from traitlets import Float, List, Unicode, default

from nublado_hub.discovery import Discovery
from nublado_hub.errors import ServiceError, UnconfirmedError
from nublado_hub.handlers import GafaelfawrLoginHandler, GafaelfawrLogoutHandler
from nublado_hub.origins import require_allowed
from nublado_hub.user_info import UserInfo

_USER = 'X-Auth-Request-User'
_TOKEN = 'X-Auth-Request-Token'  # noqa: S105

_OUTAGE = 'Logins cannot be confirmed at the moment: the identity service is away. Please try again later.'


class GafaelfawrAuthenticator(Authenticator):  # type: ignore[misc]
    """Logs in the user of the ingress's headers once Gafaelfawr confirms the token.

    Members of `admin_groups` are administrators. Labs can reach the hub's port, since they log in with OAuth,
    and can send the ingress's headers there. So the headers alone authenticate nothing.
    """

    repertoire_base_url = Unicode(
        '/repertoire',
        config=True,
        help='Base URL of service discovery (Repertoire): where user information and the logout page are.',
    )

    identity_origins = List(
        Unicode(),
        config=True,
        help="""Origins, such as ``https://identity.example.org``, that service discovery may name for users'
        tokens, besides loopback, Services of the cluster and, over TLS, its own origin. An origin with
        ``http`` allows plain HTTP.""",
    )

    admin_groups = List(
        Unicode(),
        default_value=['g_admins'],
        config=True,
        help="""Groups whose members are administrators of the hub, for as long as they are members.""",
    )

    user_info_lifetime = Float(
        0,
        config=True,
        help="""Seconds for which refreshes of a session use the last answer of Gafaelfawr about the same
        token. Logins always ask Gafaelfawr.""",
    )

    request_timeout = Float(
        10, config=True, help='Seconds that a request to discovery or Gafaelfawr may take.'
    )

    @default('auto_login')
    def _default_auto_login(self) -> bool:
        return True

    @default('enable_auth_state')
    def _default_enable_auth_state(self) -> bool:
        return True

    @default('refresh_pre_spawn')
    def _default_refresh_pre_spawn(self) -> bool:
        return True

    @default('refresh_pre_stop')
    def _default_refresh_pre_stop(self) -> bool:
        return True

    @default('allow_all')
    def _default_allow_all(self) -> bool:
        return True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._discovery = Discovery(self.repertoire_base_url, self.request_timeout)
        self._user_info = UserInfo(self._identity_url, timeout=self.request_timeout)

    def login_url(self, base_url: str) -> str:
        """URL to which the hub redirects users without a cookie."""
        return f'{base_url.rstrip("/")}/gafaelfawr/login'

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:  # noqa: ARG002
        """The pages that replace the hub's own."""
        return [('/gafaelfawr/login', GafaelfawrLoginHandler), ('/logout', GafaelfawrLogoutHandler)]

    async def authenticate(self, handler: web.RequestHandler, data: Any) -> dict[str, Any]:  # noqa: ARG002
        """Returns user and token of the ingress's headers, once Gafaelfawr has confirmed both.

        Raises HTTPError 401 if Gafaelfawr refuses the token or names another user, 503 if it gives no usable
        answer.
        """
        username, token = _header(handler, _USER), _header(handler, _TOKEN)
        # The hub converts usernames to lower case: another spelling could be another user of Gafaelfawr's.
        if not username or not token or username != username.lower():
            raise web.HTTPError(401)
        try:
            groups = await self._user_info.confirm(token, username)
        except UnconfirmedError as error:
            self.log.warning('A login as %s is refused: %s', username, error)
            raise web.HTTPError(401) from None
        except ServiceError as error:
            self.log.warning('A login as %s cannot be confirmed: %s', username, error)
            raise web.HTTPError(503, _OUTAGE) from None
        return self._model(username, token, groups)

    async def refresh_user(self, user: Any, handler: Any = None) -> bool | dict[str, Any]:
        """Confirms the session with Gafaelfawr; updates the token, and whether the user is an administrator.

        - A request of another user (an administrator) changes nothing.
        - While Gafaelfawr gives no usable answer, nothing changes.
        - A request without a token header comes from inside the cluster: the token in auth state is
          confirmed. If it is refused, a cookie gets 401; a token of the hub, such as a lab's, is accepted.
        """
        if handler is None or _caller(handler) not in (None, user.name):
            return True
        auth_state = await user.get_auth_state()
        known = auth_state.get('token') if isinstance(auth_state, dict) else None
        sent = _header(handler, _TOKEN)
        if not (token := sent or known):
            return True
        username = _header(handler, _USER) if sent else user.name
        if self.normalize_username(username) != user.name:
            raise web.HTTPError(401)
        try:
            groups = await self._user_info.confirm(token, username, max_age=self.user_info_lifetime)
        except UnconfirmedError as error:
            self.log.warning('The session of %s ends: %s', user.name, error)
            if sent or not handler.get_auth_token():
                raise web.HTTPError(401) from None
            # JupyterHub records the refresh after this returns and then skips it for all the user's requests
            # during `auth_refresh_age`. The record is removed right after it is made.
            asyncio.get_running_loop().call_soon(setattr, user, '_auth_refreshed', None)
            return True
        except ServiceError as error:
            self.log.warning('The session of %s goes on unconfirmed: %s', user.name, error)
            return True
        model = self._model(user.name, token, groups)
        is_same = model['admin'] is None or model['admin'] == user.admin
        return True if token == known and is_same else model

    async def site_logout_url(self) -> str:
        """URL of the logout page of the site."""
        try:
            return await self._discovery.logout_url() or '/logout'
        except ServiceError as error:
            self.log.warning('Cannot find the logout page of the site: %s', error)
            return '/logout'

    async def _identity_url(self) -> str:
        return require_allowed(
            await self._discovery.gafaelfawr_url(),
            self.repertoire_base_url,
            self.identity_origins,
            what='the identity service',
            remedy='list it in GafaelfawrAuthenticator.identity_origins',
        )

    def _model(self, username: str, token: str, groups: frozenset[str]) -> dict[str, Any]:
        return {
            'name': username,
            'admin': self._is_administrator(username, groups),
            'auth_state': {'token': token},
        }

    def _is_administrator(self, username: str, groups: frozenset[str]) -> bool | None:
        """Whether the user is an administrator; None if the hub's own configuration decides it."""
        if self.normalize_username(username) in self.admin_users:
            return True
        return not groups.isdisjoint(self.admin_groups) if self.admin_groups else None


def _header(handler: Any, name: str) -> str:
    """The value of a header, empty without one. Raises HTTPError 401 for several values: parsers differ."""
    values = handler.request.headers.get_list(name)
    if len(values) > 1:
        raise web.HTTPError(401)
    return str(values[0]) if values else ''


def _caller(handler: Any) -> str | None:
    """Name of the user who makes the request; None before the hub has authenticated it."""
    try:
        caller = handler.current_user
    except RuntimeError:
        return None
    return None if caller is None else str(caller.name)
