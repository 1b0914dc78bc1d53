"""Scoped keys of the platform's back end: made and revoked by the operator, checked at every request.

A key is `plk_<id, 32 hex digits>_<secret, 32 bytes in base64url>`. It is shown once; the store has its SHA-256, which
is enough for a secret that nobody can guess. Revocation counts from the next request on.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from typing import Final

from messaging.domain.errors import Malformed, NotFound, Unauthenticated
from messaging.domain.ids import ID_BYTES, KeyId
from messaging.domain.scope import Scope
from messaging.e2ee.entropy import Entropy
from messaging.ports import PlatformKeyRow, Transaction
from messaging.services.outcome import Outcome

PREFIX: Final = "plk_"
_SECRET_BYTES: Final = 32
_NAME_CHARS_MAX: Final = 100


async def add(tx: Transaction, name: str, scopes: frozenset[Scope], entropy: Entropy, now: int) -> Outcome[str]:
    """A new key, told this once. Raises: Malformed, TooMany."""
    if not 0 < len(name) <= _NAME_CHARS_MAX or not name.isprintable():
        raise Malformed(f"a name has 1 to {_NAME_CHARS_MAX} characters that can be printed")
    if not scopes:
        raise Malformed("a key without a scope opens nothing")
    key_id, secret = KeyId(entropy(ID_BYTES)), entropy(_SECRET_BYTES)
    text = f"{PREFIX}{key_id.hex()}_{urlsafe_b64encode(secret).rstrip(b'=').decode()}"
    await tx.platform_keys.put(PlatformKeyRow(key_id, _digest(text), name, scopes, now, None))
    return Outcome(text)


async def listed(tx: Transaction) -> list[PlatformKeyRow]:
    """All keys, revoked ones too."""
    return await tx.platform_keys.all()


async def revoke(tx: Transaction, key_id: KeyId, now: int) -> Outcome[None]:
    """Raises: NotFound, also for a key that was revoked before."""
    if not await tx.platform_keys.revoke(key_id, now):
        raise NotFound("no such key, or revoked already")
    return Outcome(None)


async def identify(tx: Transaction, text: str) -> KeyId:
    """Whose key this is. Raises: Unauthenticated."""
    identity = text.removeprefix(PREFIX).partition("_")[0]
    try:
        key_id = KeyId(bytes.fromhex(identity))
    except ValueError:
        raise _unknown() from None
    row = await tx.platform_keys.get(key_id)
    if row is None or not hmac.compare_digest(row.digest, _digest(text)) or row.revoked_at is not None:
        raise _unknown()
    return row.key


async def scopes_of(tx: Transaction, key_id: KeyId) -> frozenset[Scope]:
    """What a key opens now. Raises: Unauthenticated, when it was revoked since it was looked at."""
    row = await tx.platform_keys.get(key_id)
    if row is None or row.revoked_at is not None:
        raise _unknown()
    return row.scopes


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _unknown() -> Unauthenticated:
    return Unauthenticated("the key is unknown or was revoked")
