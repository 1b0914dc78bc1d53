"""The demo's identity provider signs like a platform would, and only in the demo."""

import dataclasses
from collections.abc import Callable

import jwt
import pytest

from messaging.config import Settings
from messaging.demo.cast.main import DOCTORS_PROJECT, MAYOR, VILLAGE, VILLAGE_CODE
from messaging.demo.idp import ISSUER, DemoIdentityProvider, OnlyInTheDemo, thumbprint
from messaging.territories import Territories

NOW_S = 1_790_000_000


def entropy() -> Callable[[int], bytes]:
    counter = iter(range(256))
    return lambda size: bytes([next(counter)]) * size


def demo_settings() -> Settings:
    return dataclasses.replace(Settings.from_env({}), demo=True)


@pytest.fixture
def idp() -> DemoIdentityProvider:
    return DemoIdentityProvider(demo_settings(), entropy(), lambda: NOW_S * 1000 + 999)


def read(idp: DemoIdentityProvider, token: str, audience: str) -> tuple[dict[str, object], dict[str, object]]:
    """Header and claims, checked with the published key set alone (the clock stands still)."""
    header = jwt.get_unverified_header(token)
    key = jwt.PyJWKSet.from_dict(idp.jwks())[str(header["kid"])]
    claims = jwt.decode(
        token,
        key,
        algorithms=["EdDSA"],
        audience=audience,
        issuer=ISSUER,
        options={"verify_exp": False, "verify_iat": False},
    )
    return header, claims


def test_a_deployment_cannot_make_one() -> None:
    with pytest.raises(OnlyInTheDemo):
        DemoIdentityProvider(Settings.from_env({}), entropy(), lambda: 0)


def test_a_persons_token_names_their_mailboxes(idp: DemoIdentityProvider) -> None:
    header, claims = read(idp, idp.token(MAYOR.subject, [VILLAGE.claim(MAYOR)]), "pli")

    assert (header["alg"], header["typ"]) == ("EdDSA", "JWT")
    assert claims == {
        "iss": ISSUER,
        "aud": "pli",
        "sub": "demo-yves",
        "iat": NOW_S,
        "exp": NOW_S + 900,
        "jti": "01" * 16,
        "pli_mailboxes": [{"ref": "commune-22991", "kind": "territory", "role": "mayor", "admin": True}],
    }


def test_the_platforms_token_has_its_scope_and_no_mailbox(idp: DemoIdentityProvider) -> None:
    _, claims = read(idp, idp.platform_token(lifetime_s=60), "pli")

    assert claims["scope"] == "platform"
    assert "pli_mailboxes" not in claims
    assert claims["exp"] == NOW_S + 60


def test_an_attestation_is_bound_to_the_identity_key_and_is_no_token(idp: DemoIdentityProvider) -> None:
    identity = bytes(range(32))
    header, claims = read(idp, idp.attestation(identity, VILLAGE.attested), "pli-attest")

    assert header["typ"] == "pli-attest+jwt"
    assert claims["cnf"] == {"jkt": thumbprint(identity)}
    assert claims["insee"] == VILLAGE_CODE
    assert claims["exp"] == NOW_S + 90 * 86_400
    assert "sub" not in claims


def test_claims_of_an_attestation_do_not_replace_the_registered_ones(idp: DemoIdentityProvider) -> None:
    forged = {"aud": "pli", "exp": "never", "cnf": "other", "title": "x"}
    _, claims = read(idp, idp.attestation(bytes(32), forged), "pli-attest")

    assert claims["exp"] == NOW_S + 90 * 86_400
    assert claims["cnf"] == {"jkt": thumbprint(bytes(32))}


@pytest.mark.parametrize("lifetime_s", [0, -1, 901])
def test_tokens_live_15_minutes_at_most(idp: DemoIdentityProvider, lifetime_s: int) -> None:
    with pytest.raises(ValueError, match="lifetime"):
        idp.token("x", [], lifetime_s=lifetime_s)
    with pytest.raises(ValueError, match="lifetime"):
        idp.platform_token(lifetime_s=lifetime_s)


def test_attestations_live_90_days_at_most(idp: DemoIdentityProvider) -> None:
    with pytest.raises(ValueError, match="lifetime"):
        idp.attestation(bytes(32), {}, lifetime_s=90 * 86_400 + 1)


def test_the_thumbprint_is_the_one_of_rfc_8037() -> None:
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")

    assert thumbprint(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_dimensions_are_real() -> None:
    territories = Territories.load()
    dimensions = VILLAGE.dimensions(territories)
    assert (dimensions.departement, dimensions.region, dimensions.population_tier) == ("22", "53", "500-1999")
    assert DOCTORS_PROJECT.dimensions(territories).population_tier == ""
