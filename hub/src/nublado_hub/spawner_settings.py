"""The spawner's traits, which `jupyterhub_config.py` sets as `c.NubladoSpawner.<name>`."""

from traitlets import Bool, Enum, Float, Unicode
from traitlets.config import Configurable


class SpawnerSettings(Configurable):
    """Where the controller is, how it is authenticated to, and for how long it is waited for."""

    controller_url = Unicode(
        '',
        config=True,
        help="""URL of the controller with its path prefix, such as ``http://nublado-controller:8080/nublado``.
        Empty: what service discovery says (``repertoire_base_url``).""",
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
        help="""Seconds without a byte, pings included, after which an event stream counts as cut. Three times
        the controller's ping interval.""",
    )

    reconnect_delay = Float(
        1,
        config=True,
        help='Seconds before the first attempt to reconnect to the controller; doubles each time.',
    )

    max_reconnect_delay = Float(15, config=True, help='The most seconds between two such attempts.')

    follow_moved_labs = Bool(
        False,
        config=True,
        help="""Whether a running lab whose address has changed, since its pod's sandbox was made anew, gets
        its server record and its route in the proxy updated by the hub's next poll.""",
    )
