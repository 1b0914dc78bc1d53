"""Tokens that the platform signs for clients to check, as JWT in compact form (SPEC.md sections 4.7 and 9.4).

Whoever hands such a token over may have written any text: it is refused before anything is done with a part of it.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Final, NoReturn

from messaging.e2ee.errors import BadAttestation, BadSignature
from messaging.e2ee.suite import verify

_BASE64URL: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def verify_jwt(jwt: str, kind: str, public_key: bytes, audience: str) -> Mapping[str, object]:
    """The claims of a token of this type (`typ`), signed by this Ed25519 key, for this audience.

    Raises BadAttestation: another form, type, algorithm, signature or audience.
    """
    parts = jwt.split(".")
    if len(parts) != 3:
        raise BadAttestation("not a signed JWT")
    # All three before anything is done with one of them: the text comes from the peer, and may hold any character.
    header, payload, signature = (_from_base64url(part) for part in parts)
    _check_header(_json_object(header), kind)
    try:
        verify(public_key, signature, f"{parts[0]}.{parts[1]}".encode("ascii"))
    except BadSignature as error:
        raise BadAttestation(f"the platform's signature does not verify: {error}") from error
    claims = _json_object(payload)
    if claims.get("aud") != audience:
        raise BadAttestation("the token is meant for another audience")
    return claims


def _check_header(header: Mapping[str, object], kind: str) -> None:
    if header.get("typ") != kind:
        raise BadAttestation("another type of token")
    if header.get("alg") != "EdDSA":
        raise BadAttestation("the platform's tokens are signed with EdDSA and nothing else")
    if "crit" in header:
        raise BadAttestation("the token asks for an extension that is not understood")


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
    if to_base64url(decoded) != part:
        raise BadAttestation("a part of the token is not canonical base64url")
    return decoded


def to_base64url(data: bytes) -> str:
    """Without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
