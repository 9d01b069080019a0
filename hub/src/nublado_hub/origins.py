"""Rules for sending tokens to URLs from service discovery."""

import re
from collections.abc import Iterable

from yarl import URL

from nublado_hub.errors import DiscoveryError

_LOOPBACK = re.compile(r'localhost|::1|127(?:\.\d{1,3}){3}')
_LABEL = '[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?'
# Without name.namespace: each second label may be a domain of the Internet.
_SERVICE = re.compile(rf'{_LABEL}(?:\.[a-z0-9](?:[-a-z0-9]{{0,61}}[a-z0-9])?\.svc(?:\.cluster\.local)?)?\.?')

_Origin = tuple[str, str, int | None]


def may_receive_tokens(url: str, discovery_url: str, listed: Iterable[str] = ()) -> bool:
    """Whether tokens may be sent to a URL from service discovery.

    Allowed are the listed origins, loopback, Services of the cluster and, with `https`, the origin of service
    discovery itself.
    """
    parsed = _parsed(url)
    if parsed is None or parsed.user is not None or parsed.password is not None:
        return False
    host = parsed.host or ''
    if _LOOPBACK.fullmatch(host) or _SERVICE.fullmatch(host):
        return True
    origin = _origin(parsed)
    if any(origin == _origin(known) for known in map(_parsed, listed) if known is not None):
        return True
    own = _parsed(discovery_url)
    return parsed.scheme == 'https' and own is not None and origin == _origin(own)


def require_allowed(url: str, discovery_url: str, listed: Iterable[str], *, what: str, remedy: str) -> str:
    """Returns the URL if tokens may be sent to it. Raises DiscoveryError, which names the origin, if not."""
    if may_receive_tokens(url, discovery_url, listed):
        return url
    parsed = _parsed(url)
    named = 'what is no URL' if parsed is None else str(parsed.origin())
    raise DiscoveryError(
        f'service discovery names {named} as {what}, which must not have tokens; if it is right, {remedy}'
    )


def _parsed(url: str) -> URL | None:
    """The URL as aiohttp parses it; None unless it is an HTTP URL with a host."""
    try:
        parsed = URL(url)
        is_usable = parsed.scheme in ('http', 'https') and bool(parsed.host) and parsed.port is not None
    except ValueError:
        return None
    return parsed if is_usable else None


def _origin(url: URL) -> _Origin:
    return url.scheme, (url.host or '').removesuffix('.'), url.port
