import pytest

from nublado_hub.origins import may_receive_tokens

DISCOVERY = 'https://data.example.org/repertoire'


@pytest.mark.parametrize(
    ('url', 'expected'),
    [
        ('https://data.example.org/auth/api/v1', True),
        ('https://DATA.example.org:443/auth/api/v1', True),
        ('http://127.0.0.1:9000/auth', True),
        ('http://[::1]:9000/auth', True),
        ('http://localhost:9000/auth', True),
        ('http://gafaelfawr:8080/auth', True),
        ('http://gafaelfawr.gafaelfawr.svc:8080/auth', True),
        ('http://gafaelfawr.gafaelfawr.svc.cluster.local.:8080/auth', True),
        ('https://listed.example.org/auth', True),
        ('http://gafaelfawr.listed:8080/auth', True),
        ('http://data.example.org/auth', False),
        ('https://data.example.org:8443/auth', False),
        ('https://data.example.org.evil.org/auth', False),
        ('https://ada:x@data.example.org/auth', False),
        ('http://listed.example.org/auth', False),
        ('https://listed.example.org:81/auth', False),
        ('http://gafaelfawr.gafaelfawr:8080/auth', False),
        ('http://evil.click/auth', False),
        ('https://x.google/auth', False),
        ('http://x.gafaelfawr.svc.evil.org/auth', False),
        ('http://10.0.0.1/auth', False),
        ('http://127.0.0.1.evil.org/auth', False),
        ('http://0x08080808/auth', False),
        ('http://134744072/auth', False),
        ('http://evil.org\\@127.0.0.1/auth', False),
        ('ftp://gafaelfawr/auth', False),
        ('http://data.example.org:x/auth', False),
        ('/auth/api/v1', False),
        ('', False),
    ],
)
def test_tokens_may_be_sent_to_the_own_origin_the_cluster_and_listed_origins(
    url: str, expected: bool
) -> None:
    listed = ['https://listed.example.org', 'http://gafaelfawr.listed:8080/']

    assert may_receive_tokens(url, DISCOVERY, listed) is expected


@pytest.mark.parametrize(
    'discovery', ['http://data.example.org/repertoire', '/repertoire', '', 'http://[', 'x']
)
def test_service_discovery_that_has_no_safe_origin_adds_none(discovery: str) -> None:
    assert not may_receive_tokens('http://data.example.org/auth', discovery, ['http://[', 'x', ''])
    assert not may_receive_tokens('/auth', discovery, ['/auth', ''])
    assert may_receive_tokens('http://127.0.0.1/auth', discovery)
