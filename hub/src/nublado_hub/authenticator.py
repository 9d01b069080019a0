"""The authenticator, which believes the headers of an ingress that Gafaelfawr protects."""

from collections.abc import Mapping
from typing import Any

from jupyterhub.auth import Authenticator
from tornado import web
from traitlets import Float, List, Unicode, default

from nublado_hub.discovery import Discovery
from nublado_hub.errors import ServiceError
from nublado_hub.handlers import GafaelfawrLoginHandler, GafaelfawrLogoutHandler
from nublado_hub.user_info import UserInfo

_USER = 'X-Auth-Request-User'
_TOKEN = 'X-Auth-Request-Token'  # noqa: S105


class GafaelfawrAuthenticator(Authenticator):  # type: ignore[misc]
    """Logs users in as the ingress says, and makes members of certain groups administrators."""

    repertoire_base_url = Unicode(
        '/repertoire',
        config=True,
        help='Base URL of service discovery (Repertoire): where user information and the logout page are.',
    )

    admin_groups = List(
        Unicode(),
        default_value=['g_admins'],
        config=True,
        help="""Groups whose members are administrators of the hub, for as long as they are members.""",
    )

    user_info_lifetime = Float(
        300, config=True, help='Seconds for which the groups that belong to a token are remembered.'
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
        self._user_info = UserInfo(
            self._discovery.gafaelfawr_url, timeout=self.request_timeout, lifetime=self.user_info_lifetime
        )

    def login_url(self, base_url: str) -> str:
        """Where the hub sends users who have no cookie of its own yet."""
        return f'{base_url.rstrip("/")}/gafaelfawr/login'

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:  # noqa: ARG002
        """The pages that take the place of the hub's own."""
        return [('/gafaelfawr/login', GafaelfawrLoginHandler), ('/logout', GafaelfawrLogoutHandler)]

    async def authenticate(self, handler: web.RequestHandler, data: Any) -> dict[str, Any]:  # noqa: ARG002
        """Takes the user and their token from the ingress's headers."""
        headers: Mapping[str, str] = handler.request.headers
        username, token = headers.get(_USER), headers.get(_TOKEN)
        if not username or not token:
            raise web.HTTPError(401)
        return await self._model(username, token)

    async def refresh_user(self, user: Any, handler: Any = None) -> bool | dict[str, Any]:
        """Takes over a new token, and whether the user is an administrator by now.

        Requests without a token header come from inside the cluster, and those of another user, an
        administrator, say nothing about this one: both change nothing.
        """
        if handler is None or not (token := handler.request.headers.get(_TOKEN)):
            return True
        if _requester(handler) not in (None, user.name):
            return True
        if self.normalize_username(handler.request.headers.get(_USER, '')) != user.name:
            raise web.HTTPError(401)
        model = await self._model(user.name, token)
        auth_state = await user.get_auth_state()
        is_known = isinstance(auth_state, dict) and auth_state.get('token') == token
        is_same = model['admin'] is None or model['admin'] == user.admin
        return True if is_known and is_same else model

    async def site_logout_url(self) -> str:
        """Where users are logged out of the whole site."""
        try:
            return await self._discovery.logout_url() or '/logout'
        except ServiceError as error:
            self.log.warning('Cannot find the logout page of the site: %s', error)
            return '/logout'

    async def _model(self, username: str, token: str) -> dict[str, Any]:
        admin = await self._is_administrator(username, token)
        return {'name': username, 'admin': admin, 'auth_state': {'token': token}}

    async def _is_administrator(self, username: str, token: str) -> bool | None:
        """Whether they are; nothing if that is for the hub's own configuration to say."""
        if username in self.admin_users:
            return True
        if not self.admin_groups:
            return None
        try:
            groups = await self._user_info.groups(token, username)
        except ServiceError as error:
            self.log.warning('Without groups %s is no administrator: %s', username, error)
            return False
        return not groups.isdisjoint(self.admin_groups)


def _requester(handler: Any) -> str | None:
    """Who makes the request, once that is known: it is while requests about others are served."""
    try:
        requester = handler.current_user
    except RuntimeError:
        return None
    return None if requester is None else str(requester.name)
