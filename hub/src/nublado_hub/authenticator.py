"""The authenticator, which takes users from the headers of an ingress and has Gafaelfawr confirm them."""

import asyncio
from typing import Any

from jupyterhub.auth import Authenticator
from tornado import web
from traitlets import Float, List, Unicode, default

from nublado_hub.discovery import Discovery
from nublado_hub.errors import ServiceError, UnconfirmedError
from nublado_hub.handlers import GafaelfawrLoginHandler, GafaelfawrLogoutHandler
from nublado_hub.origins import checked
from nublado_hub.user_info import UserInfo

_USER = 'X-Auth-Request-User'
_TOKEN = 'X-Auth-Request-Token'  # noqa: S105

_OUTAGE = 'Logins cannot be confirmed at the moment: the identity service is away. Please try again later.'


class GafaelfawrAuthenticator(Authenticator):  # type: ignore[misc]
    """Logs users in as the ingress says and Gafaelfawr confirms; members of some groups are administrators.

    Labs reach the hub's port, since they log in with OAuth, and can send the ingress's headers there. So
    these only say what to ask Gafaelfawr about.
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
        help="""Seconds for which refreshes of a session believe what Gafaelfawr has last said of the same
        token. Logins always ask.""",
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
        """Where the hub sends users who have no cookie of its own yet."""
        return f'{base_url.rstrip("/")}/gafaelfawr/login'

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:  # noqa: ARG002
        """The pages that take the place of the hub's own."""
        return [('/gafaelfawr/login', GafaelfawrLoginHandler), ('/logout', GafaelfawrLogoutHandler)]

    async def authenticate(self, handler: web.RequestHandler, data: Any) -> dict[str, Any]:  # noqa: ARG002
        """Takes user and token from the ingress's headers, once Gafaelfawr has confirmed both.

        401 if it refuses the token or names another user, 503 if it gives no usable answer.
        """
        username, token = _header(handler, _USER), _header(handler, _TOKEN)
        # The hub knows users by names in lower case: another spelling could be another user of Gafaelfawr's.
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
        """Has Gafaelfawr confirm the session; takes over a new token, and if the user is an administrator.

        Requests of another user, an administrator, say nothing about this one and change nothing. Nor does
        anything change while Gafaelfawr gives no usable answer. Requests without a token header come from
        inside the cluster: for them the token on record is confirmed. If it is refused, a cookie is of no use
        any more, while one of the hub's own tokens, such as a lab's, still is.
        """
        if handler is None or _requester(handler) not in (None, user.name):
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
            # JupyterHub takes the answer for a confirmation of all the user's requests, for minutes. That is
            # undone once it has noted it.
            asyncio.get_running_loop().call_soon(setattr, user, '_auth_refreshed', None)
            return True
        except ServiceError as error:
            self.log.warning('The session of %s goes on unconfirmed: %s', user.name, error)
            return True
        model = self._model(user.name, token, groups)
        is_same = model['admin'] is None or model['admin'] == user.admin
        return True if token == known and is_same else model

    async def site_logout_url(self) -> str:
        """Where users are logged out of the whole site."""
        try:
            return await self._discovery.logout_url() or '/logout'
        except ServiceError as error:
            self.log.warning('Cannot find the logout page of the site: %s', error)
            return '/logout'

    async def _identity_url(self) -> str:
        return checked(
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
        """Whether they are; nothing if that is for the hub's own configuration to say."""
        if self.normalize_username(username) in self.admin_users:
            return True
        return not groups.isdisjoint(self.admin_groups) if self.admin_groups else None


def _header(handler: Any, name: str) -> str:
    """The only value of a header; empty without one. 401 for several: readers differ in which counts."""
    values = handler.request.headers.get_list(name)
    if len(values) > 1:
        raise web.HTTPError(401)
    return str(values[0]) if values else ''


def _requester(handler: Any) -> str | None:
    """Who makes the request, once that is known: it is while requests about others are served."""
    try:
        requester = handler.current_user
    except RuntimeError:
        return None
    return None if requester is None else str(requester.name)
