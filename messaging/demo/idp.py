"""The demo's identity provider: stands in for the platform that signs tokens and attestations.

It vouches for whoever it is asked to, so it refuses to exist outside the demo. Its one Ed25519 key is made at start and
never written down.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from messaging.config import Settings
from messaging.e2ee.entropy import Entropy
from messaging.ports import Clock, MailboxClaim

ISSUER: Final = "https://plateforme.example"
"""`iss` of all that it signs (a name reserved by RFC 2606)."""

TOKEN_S_MAX: Final = 900
ATTESTATION_S_MAX: Final = 90 * 86_400
ATTESTATION_AUDIENCE: Final = "pli-attest"
ATTESTATION_TYPE: Final = "pli-attest+jwt"
RESET_TYPE: Final = "pli-reset+jwt"


class OnlyInTheDemo(Exception):
    """Somebody tried to make the demo's identity provider in a real deployment."""


class DemoIdentityProvider:
    """Signs what the platform would sign, in EdDSA. Raises: OnlyInTheDemo, unless the settings are the demo's."""

    def __init__(self, settings: Settings, entropy: Entropy, clock: Clock) -> None:
        if not settings.demo:
            raise OnlyInTheDemo("the demo's identity provider signs for anybody: only `pli demo` may start it")
        self._audience = settings.token_audience
        self._entropy = entropy
        self._clock = clock
        self._key = Ed25519PrivateKey.from_private_bytes(entropy(32))
        self.public_key = self._key.public_key().public_bytes_raw()
        """32 bytes; clients pin them to check attestations."""
        self._key_id = thumbprint(self.public_key)

    def token(
        self,
        subject: str,
        mailboxes: Sequence[MailboxClaim],
        *,
        lifetime_s: int = TOKEN_S_MAX,
        openings_per_day: int | None = None,
    ) -> str:
        """A person's token: who they are to the platform, which mailboxes they may sit in, and their quota, if any.

        Raises: ValueError for a lifetime that is not in 1..900 s.
        """
        claims = [
            {"ref": claim.ref, "kind": claim.kind.value, "role": claim.role.value, "admin": claim.admin}
            for claim in mailboxes
        ]
        quota = {} if openings_per_day is None else {"pli_quota": {"openings_per_day": openings_per_day}}
        return self._token(subject, lifetime_s, {"pli_mailboxes": claims, **quota})

    def platform_token(self, *, lifetime_s: int = TOKEN_S_MAX) -> str:
        """The token of the platform's own back end."""
        return self._token("platform", lifetime_s, {"scope": "platform"})

    def reporting_token(self, *, lifetime_s: int = TOKEN_S_MAX) -> str:
        """The token of somebody who may read the figures, and nothing else."""
        return self._token("funder", lifetime_s, {"scope": "reporting"})

    def attestation(
        self, identity_public: bytes, claims: Mapping[str, str], *, lifetime_s: int = ATTESTATION_S_MAX
    ) -> str:
        """What the platform vouches for about the mailbox whose identity key I_g this is (SPEC.md, attestations).

        `claims` are its facts: `insee` or `siren`, `title`, `profession`. They cannot replace the registered ones.
        Raises: ValueError for a lifetime that is not in 1 s..90 days.
        """
        return self._sign(
            {**claims, "cnf": {"jkt": thumbprint(identity_public)}},
            audience=ATTESTATION_AUDIENCE,
            lifetime_s=_bounded(lifetime_s, ATTESTATION_S_MAX),
            typ=ATTESTATION_TYPE,
        )

    def reset_word(self, thread: str, party: int, record: str) -> str:
        """That this party of a conversation begins anew (SPEC.md section 4.7); the claims are as the service asks."""
        return self._sign(
            {"thread": thread, "party": party, "record": record},
            audience=ATTESTATION_AUDIENCE,
            lifetime_s=TOKEN_S_MAX,
            typ=RESET_TYPE,
        )

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Its public key as a JWK set (RFC 7517, RFC 8037)."""
        return {"keys": [{**_jwk(self.public_key), "kid": self._key_id, "alg": "EdDSA", "use": "sig"}]}

    def _token(self, subject: str, lifetime_s: int, claims: Mapping[str, object]) -> str:
        return self._sign(
            {**claims, "sub": subject},
            audience=self._audience,
            lifetime_s=_bounded(lifetime_s, TOKEN_S_MAX),
            typ="JWT",
        )

    def _sign(self, claims: Mapping[str, object], *, audience: str, lifetime_s: int, typ: str) -> str:
        now_s = self._clock() // 1000
        registered = {
            "iss": ISSUER,
            "aud": audience,
            "iat": now_s,
            "exp": now_s + lifetime_s,
            "jti": self._entropy(16).hex(),
        }
        headers = {"kid": self._key_id, "typ": typ}
        return jwt.encode({**claims, **registered}, self._key, algorithm="EdDSA", headers=headers)


def thumbprint(public: bytes) -> str:
    """RFC 7638 thumbprint of a 32-byte Ed25519 public key as an OKP JWK (RFC 8037): SHA-256, base64url."""
    canonical = json.dumps(_jwk(public), sort_keys=True, separators=(",", ":"))
    return _base64url(hashlib.sha256(canonical.encode()).digest())


def _jwk(public: bytes) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": _base64url(public)}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bounded(lifetime_s: int, most_s: int) -> int:
    if not 0 < lifetime_s <= most_s:
        raise ValueError(f"a lifetime of {lifetime_s} s is not in 1..{most_s}")
    return lifetime_s
