"""The authenticator, which believes the headers of an ingress that Gafaelfawr protects."""

from jupyterhub.auth import Authenticator
from traitlets import Float, List, Unicode, default


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
