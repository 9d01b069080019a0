import pytest

from nublado_hub.challenges import explain_refusal


@pytest.mark.parametrize(
    ('header', 'expected'),
    [
        (
            'Bearer realm="x", error="insufficient_scope", error_description="Token is weak.", scope="a b"',
            'token is weak (insufficient_scope, needs a b)',
        ),
        ('Bearer error=invalid_token', 'invalid_token'),
        ('bearer ERROR_DESCRIPTION="Say \\"please\\", friend"', 'say "please", friend'),
        ('Basic realm="x", Bearer error="expired"', 'expired'),
        ('Negotiate a87421000492aa874209af8bc028==, Bearer scope=z', 'needs z'),
        ('Bearer realm="x"', None),
        ('Basic error="no"', None),
        ('=,"', None),
        ('', None),
        (None, None),
    ],
)
def test_a_bearer_challenge_is_put_into_words(header: str | None, expected: str | None) -> None:
    assert explain_refusal(header) == expected
