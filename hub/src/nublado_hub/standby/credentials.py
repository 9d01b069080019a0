"""URL of the API server and credentials: from the pod's service account or a kubeconfig file."""

import base64
import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SERVICE_ACCOUNT = Path('/var/run/secrets/kubernetes.io/serviceaccount')


class CredentialsError(Exception):
    """No usable credentials; the text says what is missing."""


@dataclass(frozen=True)
class Credentials:
    """URL and credentials of an API server."""

    server: str
    #: Reads the token: Kubernetes replaces the file of a service account about every hour.
    token: Callable[[], str]
    #: Certificate authorities, read once. After a rotation renewals fail; the next process reads them.
    tls: ssl.SSLContext
    #: Name that the server's certificate must have; None for the host of the URL.
    server_name: str | None
    #: Default namespace.
    namespace: str | None


def of_service_account(directory: Path = SERVICE_ACCOUNT) -> Credentials:
    """Credentials of the pod's service account. Raises CredentialsError outside of a pod."""
    host, port = os.environ.get('KUBERNETES_SERVICE_HOST'), os.environ.get('KUBERNETES_SERVICE_PORT', '443')
    if not host or not (directory / 'token').exists():
        raise CredentialsError('not in a pod with a service account: use --kubeconfig')
    namespace = (directory / 'namespace').read_text().strip()
    return Credentials(
        server=f'https://[{host}]:{port}' if ':' in host else f'https://{host}:{port}',
        token=lambda: (directory / 'token').read_text().strip(),
        tls=ssl.create_default_context(cafile=str(directory / 'ca.crt')),
        server_name=None,
        namespace=namespace,
    )


def of_kubeconfig(file: Path) -> Credentials:
    """Credentials of the current context. Raises CredentialsError unless its user has a token."""
    document = yaml.safe_load(file.read_text())
    context = _named(document, 'context', document.get('current-context'))
    cluster = _named(document, 'cluster', context.get('cluster'))
    user = _named(document, 'user', context.get('user'))
    if 'server' not in cluster:
        raise CredentialsError(f'{file} names no server')
    return Credentials(
        server=cluster['server'].rstrip('/'),
        token=_token(user, file),
        tls=_tls(cluster, file),
        server_name=cluster.get('tls-server-name'),
        namespace=context.get('namespace'),
    )


def _named(document: dict[str, Any], kind: str, name: str | None) -> dict[str, Any]:
    for entry in document.get(f'{kind}s') or []:
        if entry.get('name') == name:
            return entry.get(kind) or {}
    raise CredentialsError(f'the kubeconfig has no {kind} {name!r}')


def _token(user: dict[str, Any], file: Path) -> Callable[[], str]:
    if 'tokenFile' in user:
        path = file.parent / user['tokenFile']
        return lambda: path.read_text().strip()
    if 'token' not in user:
        raise CredentialsError(f'the user of {file} has no token')
    token: str = user['token']
    return lambda: token


def _tls(cluster: dict[str, Any], file: Path) -> ssl.SSLContext:
    if 'certificate-authority-data' in cluster:
        authorities = base64.b64decode(cluster['certificate-authority-data']).decode()
        return ssl.create_default_context(cadata=authorities)
    authority = cluster.get('certificate-authority')
    return ssl.create_default_context(cafile=str(file.parent / authority) if authority else None)
