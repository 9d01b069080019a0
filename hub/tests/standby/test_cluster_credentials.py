import base64
import ssl
from pathlib import Path
from typing import Any

import certifi
import pytest
import yaml

from nublado_hub.standby.credentials import CredentialsError, of_kubeconfig, of_service_account

AUTHORITIES = Path(certifi.where()).read_text()
CLUSTER = {'server': 'https://cluster:6443/'}


def kubeconfig(directory: Path, user: dict[str, str], cluster: dict[str, str], /, **context: str) -> Path:
    document: dict[str, Any] = {
        'current-context': 'two',
        'contexts': [
            {'name': 'one', 'context': {'cluster': 'missing', 'user': 'missing'}},
            {'name': 'two', 'context': {'cluster': 'c', 'user': 'u', **context}},
        ],
        'clusters': [{'name': 'c', 'cluster': cluster}],
        'users': [{'name': 'u', 'user': user}],
    }
    file = directory / 'kubeconfig'
    file.write_text(yaml.safe_dump(document))
    return file


@pytest.fixture
def service_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv('KUBERNETES_SERVICE_HOST', 'fd00::1')
    monkeypatch.setenv('KUBERNETES_SERVICE_PORT', '6443')
    (tmp_path / 'token').write_text('first\n')
    (tmp_path / 'namespace').write_text('nublado\n')
    (tmp_path / 'ca.crt').write_text(AUTHORITIES)
    return tmp_path


def test_a_pod_uses_its_service_account_and_its_namespace(service_account: Path) -> None:
    credentials = of_service_account(service_account)

    assert (credentials.server, credentials.namespace) == ('https://[fd00::1]:6443', 'nublado')
    assert (credentials.token(), credentials.tls.verify_mode) == ('first', ssl.CERT_REQUIRED)


def test_a_replaced_token_is_used_from_then_on(service_account: Path) -> None:
    credentials = of_service_account(service_account)
    (service_account / 'token').write_text('second\n')

    assert credentials.token() == 'second'


def test_outside_of_a_cluster_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv('KUBERNETES_SERVICE_HOST', raising=False)

    with pytest.raises(CredentialsError, match='--kubeconfig'):
        of_service_account(tmp_path)


def test_a_kubeconfig_gives_what_its_current_context_names(tmp_path: Path) -> None:
    cluster = {
        **CLUSTER,
        'certificate-authority-data': base64.b64encode(AUTHORITIES.encode()).decode(),
        'tls-server-name': 'kubernetes.default.svc',
    }
    credentials = of_kubeconfig(kubeconfig(tmp_path, {'token': 'word'}, cluster, namespace='labs'))

    assert (credentials.server, credentials.namespace) == ('https://cluster:6443', 'labs')
    assert (credentials.token(), credentials.server_name) == ('word', 'kubernetes.default.svc')


def test_files_of_a_kubeconfig_are_found_beside_it(tmp_path: Path) -> None:
    (tmp_path / 'ca.crt').write_text(AUTHORITIES)
    (tmp_path / 'word').write_text('from a file\n')
    cluster = {**CLUSTER, 'certificate-authority': 'ca.crt'}

    assert of_kubeconfig(kubeconfig(tmp_path, {'tokenFile': 'word'}, cluster)).token() == 'from a file'


def test_a_user_without_a_token_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match='no token'):
        of_kubeconfig(kubeconfig(tmp_path, {'client-certificate': 'mine.crt'}, CLUSTER))


def test_a_context_of_something_unknown_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="no user 'nobody'"):
        of_kubeconfig(kubeconfig(tmp_path, {'token': 'word'}, CLUSTER, user='nobody'))
