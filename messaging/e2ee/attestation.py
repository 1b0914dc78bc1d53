"""Attestations: the platform's word, as a JWT, for what a card claims (SPEC.md section 9.4).

The client fetches it from the platform, not through this service, and seals it into the card. It vouches for one
identity key I_g, by RFC 7638 thumbprint; a card whose attestation names another key is refused.
"""

from collections.abc import Mapping
from typing import Final

from messaging.e2ee.encoding import PUBLIC_BYTES, exactly
from messaging.e2ee.errors import BadAttestation
from messaging.e2ee.jwt import to_base64url, verify_jwt
from messaging.e2ee.suite import sha256

TYPE: Final = "pli-attest+jwt"
LIFE_S_MAX: Final = 90 * 86_400
CLOCK_SKEW_S: Final = 300


def thumbprint(identity_public: bytes) -> str:
    """The RFC 7638 thumbprint of I_g as an OKP JWK (RFC 8037), in base64url: what `cnf.jkt` holds."""
    x = to_base64url(exactly(identity_public, PUBLIC_BYTES, "I_g"))
    return to_base64url(sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode("ascii")))


def verify_attestation(
    jwt: str, public_key: bytes, audience: str, now_s: int, identity_public: bytes
) -> Mapping[str, object]:
    """Verifies an attestation against the platform's pinned Ed25519 key and returns its claims.

    `now_s` is the time of the release in seconds, `identity_public` the key I_g of the card's binding.
    Raises BadAttestation: another type or algorithm, signature, audience, key, or outside its time.
    """
    claims = verify_jwt(jwt, TYPE, public_key, audience)
    _check_time(claims, now_s)
    cnf = claims.get("cnf")
    if not isinstance(cnf, dict) or cnf.get("jkt") != thumbprint(identity_public):
        raise BadAttestation("the attestation vouches for another key than the card's")
    return claims


def _check_time(claims: Mapping[str, object], now_s: int) -> None:
    issued, expires = claims.get("iat"), claims.get("exp")
    # bool is an int in Python, and no time.
    if type(issued) is not int or type(expires) is not int:
        raise BadAttestation("the attestation has no time of issue or of expiry")
    if not 0 < expires - issued <= LIFE_S_MAX:
        raise BadAttestation("the attestation lives longer than 90 days, or not at all")
    if now_s >= expires:
        raise BadAttestation("the attestation has expired")
    if issued > now_s + CLOCK_SKEW_S:
        raise BadAttestation("the attestation is issued in the future")
