"""The spawner's traits, which `jupyterhub_config.py` sets as `c.NubladoSpawner.<name>`."""

from traitlets import Bool, Enum, Float, Unicode
from traitlets.config import Configurable


class SpawnerSettings(Configurable):
    """Traits for the URL of the controller, authentication, and timeouts."""

    controller_url = Unicode(
        '',
        config=True,
        help="""URL of the controller with its path prefix, such as ``http://nublado-controller:8080/nublado``.
        Empty: the URL from service discovery (``repertoire_base_url``).""",
    )

    repertoire_base_url = Unicode(
        '',
        config=True,
        help="""Base URL of service discovery (Repertoire), whose entry ``nublado-controller`` is used when
        ``controller_url`` is empty.""",
    )

    admin_token_path = Unicode(
        '/etc/gafaelfawr/token',
        config=True,
        help="""File with JupyterHub's own token for the controller, read for every use.""",
    )

    user_token = Enum(
        ['auth_state', 'jupyterhub', 'admin'],
        default_value='auth_state',
        config=True,
        help="""What requests on behalf of a user are authenticated with: ``auth_state``, the user's token
        that the Gafaelfawr authenticator keeps; ``jupyterhub``, a short-lived token that the hub makes for
        the user, for controllers with ``auth.type: jupyterhub`` and any authenticator; ``admin``, the hub's
        own token.""",
    )

    request_timeout = Float(60, config=True, help='Seconds that one request to the controller may take.')

    stop_timeout = Float(300, config=True, help='Seconds that ending a lab may take.')

    stall_timeout = Float(
        45,
        config=True,
        help="""Seconds without a byte, pings included, after which an event stream is reconnected. Three
        times the controller's ping interval.""",
    )

    reconnect_delay = Float(
        1,
        config=True,
        help='Seconds before the first attempt to reconnect to the controller; doubles each time.',
    )

    max_reconnect_delay = Float(15, config=True, help='Maximum seconds between two such attempts.')

    follow_moved_labs = Bool(
        False,
        config=True,
        help="""Whether the hub's next poll updates server record and proxy route of a running lab whose
        address has changed because its pod's sandbox was created again.""",
    )
