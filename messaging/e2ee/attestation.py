"""Attestations: the platform's word, as a JWT, for what a card claims (SPEC.md section 9.4).

The client fetches it from the platform, not through this service, and seals it into the card. It vouches for one
identity key I_g, by RFC 7638 thumbprint; a card whose attestation names another key is refused.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Final, NoReturn

from messaging.e2ee.encoding import PUBLIC_BYTES, exactly
from messaging.e2ee.errors import BadAttestation, BadSignature
from messaging.e2ee.suite import sha256, verify

TYPE: Final = "pli-attest+jwt"
LIFE_S_MAX: Final = 90 * 86_400
CLOCK_SKEW_S: Final = 300
_BASE64URL: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def thumbprint(identity_public: bytes) -> str:
    """The RFC 7638 thumbprint of I_g as an OKP JWK (RFC 8037), in base64url: what `cnf.jkt` holds."""
    x = _to_base64url(exactly(identity_public, PUBLIC_BYTES, "I_g"))
    return _to_base64url(sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode("ascii")))


def verify_attestation(
    jwt: str, public_key: bytes, audience: str, now_s: int, identity_public: bytes
) -> Mapping[str, object]:
    """Verifies an attestation against the platform's pinned Ed25519 key and returns its claims.

    `now_s` is the time of the release in seconds, `identity_public` the key I_g of the card's binding.
    Raises BadAttestation: another type or algorithm, signature, audience, key, or outside its time.
    """
    parts = jwt.split(".")
    if len(parts) != 3:
        raise BadAttestation("not a signed JWT")
    # All three before anything is done with one of them: the text comes from the peer, and may hold any character.
    header, payload, signature = (_from_base64url(part) for part in parts)
    _check_header(_json_object(header))
    try:
        verify(public_key, signature, f"{parts[0]}.{parts[1]}".encode("ascii"))
    except BadSignature as error:
        raise BadAttestation(f"the platform's signature does not verify: {error}") from error
    claims = _json_object(payload)
    if claims.get("aud") != audience:
        raise BadAttestation("the attestation is meant for another audience")
    _check_time(claims, now_s)
    cnf = claims.get("cnf")
    if not isinstance(cnf, dict) or cnf.get("jkt") != thumbprint(identity_public):
        raise BadAttestation("the attestation vouches for another key than the card's")
    return claims


def _check_header(header: Mapping[str, object]) -> None:
    if header.get("typ") != TYPE:
        raise BadAttestation("not an attestation: another type of token")
    if header.get("alg") != "EdDSA":
        raise BadAttestation("attestations are signed with EdDSA and nothing else")
    if "crit" in header:
        raise BadAttestation("the token asks for an extension that is not understood")


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


def _json_object(part: bytes) -> dict[str, object]:
    """Reads what every JSON reader reads alike: no name twice in an object, no NaN nor Infinity."""
    try:
        value = json.loads(part.decode("utf-8"), object_pairs_hook=_names_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadAttestation("a part of the token is not JSON") from error
    if not isinstance(value, dict):
        raise BadAttestation("a part of the token is not a JSON object")
    return value


def _names_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BadAttestation("a part of the token names something twice")
    return members


def _no_number(name: str) -> NoReturn:
    raise BadAttestation(f"{name} is no JSON number")


def _from_base64url(part: str) -> bytes:
    if not _BASE64URL.issuperset(part):
        raise BadAttestation("a part of the token is not base64url")
    try:
        decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise BadAttestation("a part of the token is not base64url") from error
    if _to_base64url(decoded) != part:
        raise BadAttestation("a part of the token is not canonical base64url")
    return decoded


def _to_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
