"""Columns that the database must not be able to read, and references that it may compare but not know.

sealed value = key id (1 byte) || nonce (12) || AES-256-GCM(key, nonce, plaintext, aad frame(table, column, row key)).
The aad binds a value to its place: a value that was moved to another row, column or table does not open.
indexed reference = HMAC-SHA256(index key, frame(kind, parts...)).
"""

import hashlib
import hmac
from enum import Enum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from messaging.e2ee.encoding import frame
from messaging.e2ee.entropy import Entropy, draw
from messaging.store.errors import BadKeyRing
from messaging.store.keyring import KeyRing

_NONCE_BYTES: Final = 12


class Column(Enum):
    """The sealed columns, as (table, column)."""

    MAILBOX_PRESENTATION = ("mailboxes", "presentation")
    PARTY_PRESENTATION = ("parties", "presentation")
    ESCROW_SHARE = ("escrow", "s_server")


class Sealer:
    """Seals and opens columns under a key ring."""

    def __init__(self, ring: KeyRing, entropy: Entropy) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in ring.keys.items()}
        self._current = ring.current
        self._index_key = ring.index_key
        self._entropy = entropy

    def seal(self, column: Column, row_key: bytes, plaintext: bytes) -> bytes:
        """`row_key`: the primary key of the row, its parts one after the other."""
        nonce = draw(self._entropy, _NONCE_BYTES)
        ciphertext = self._ciphers[self._current].encrypt(nonce, plaintext, _place(column, row_key))
        return bytes([self._current]) + nonce + ciphertext

    def open(self, column: Column, row_key: bytes, sealed: bytes) -> bytes:
        """Raises: BadKeyRing, when the ring lacks the key or the value is not the one that was sealed here."""
        cipher = self._ciphers.get(sealed[0]) if sealed else None
        if cipher is None:
            raise BadKeyRing("A stored value is sealed under a key that the key ring lacks. Restore the newest ring.")
        nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, ciphertext, _place(column, row_key))
        except (InvalidTag, ValueError):
            raise BadKeyRing(
                f"A value of {'.'.join(column.value)} does not open: it was changed in the database, or the key "
                "ring is another deployment's. Restore the two from the same backup."
            ) from None

    def index(self, kind: str, *parts: str) -> bytes:
        """The 32 bytes that stand for a reference of this kind."""
        return self.fingerprint(kind, *(part.encode() for part in parts))

    def fingerprint(self, kind: str, *parts: bytes) -> bytes:
        message = frame("pli1/store-index", kind.encode(), *parts)
        return hmac.new(self._index_key, message, hashlib.sha256).digest()


def _place(column: Column, row_key: bytes) -> bytes:
    table, name = column.value
    return frame("pli1/store-column", table.encode(), name.encode(), row_key)
