"""Columns that the database must not be able to read, and references that it may compare but not know.

sealed value = key id (1 byte) || nonce (12) || AES-256-GCM(key, nonce, plaintext, aad frame(table, column, row key)).
The aad binds a value to its place: a value that was moved to another row, column or table does not open.
indexed reference = HMAC-SHA256(index key, frame(kind, parts...)).
"""

import hashlib
import hmac
import logging
from enum import Enum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from messaging.e2ee.encoding import frame
from messaging.e2ee.entropy import Entropy, draw
from messaging.store.errors import BadKeyRing
from messaging.store.keyring import KeyRing, RingFile

log = logging.getLogger("pli.store")

_NONCE_BYTES: Final = 12


class Column(Enum):
    """The sealed columns, as (table, column). The row key is the table's primary key."""

    MAILBOX_PRESENTATION = ("presentations", "presentation")
    PARTY_PRESENTATION = ("parties", "presentation")
    ESCROW_SHARE = ("escrow", "s_server")
    ALERT_ADDRESS = ("alerts", "address")
    ALERT_PENDING = ("alerts", "pending")
    PUSH_CHANNEL = ("push_subscriptions", "channel")
    MODERATION_NOTICE = ("moderation_notices", "text")
    MODERATION_DECISION = ("moderation_decisions", "body")
    MODERATION_TOLD = ("moderation_told", "body")
    MODERATION_UNMASKING = ("moderation_unmaskings", "reason")


class Sealer:
    """Seals and opens columns under a key ring.

    `source`: the ring's file. A key id that this process does not know yet makes it read the file again, so that one
    process can add a key while the others run.
    """

    def __init__(self, ring: KeyRing, entropy: Entropy, source: RingFile | None = None) -> None:
        self._entropy = entropy
        self._source = source
        self._index_key = ring.index_key
        self.adopt(ring)

    @property
    def ring(self) -> KeyRing:
        return self._ring

    def adopt(self, ring: KeyRing) -> None:
        """Goes on with other column keys. Raises: BadKeyRing, for the ring of another database."""
        if ring.index_key != self._index_key:
            raise BadKeyRing("The key ring was replaced by another deployment's. Restore the one that was there.")
        self._ring = ring
        self._ciphers = {key_id: AESGCM(key) for key_id, key in ring.keys.items()}

    def seal(self, column: Column, row_key: bytes, plaintext: bytes, key_id: int | None = None) -> bytes:
        """`row_key`: the primary key of the row, its parts one after the other. `key_id`: the key that the database
        says is in use (`Link.seal`); None: the ring's own. Raises: BadKeyRing, when the ring lacks it.
        """
        chosen = self._ring.current if key_id is None else key_id
        nonce = draw(self._entropy, _NONCE_BYTES)
        ciphertext = self._cipher(chosen).encrypt(nonce, plaintext, _place(column, row_key))
        return bytes([chosen]) + nonce + ciphertext

    def open(self, column: Column, row_key: bytes, sealed: bytes) -> bytes:
        """Raises: BadKeyRing, when the ring lacks the key or the value is not the one that was sealed here."""
        cipher = self._cipher(sealed[0] if sealed else 0)
        nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, ciphertext, _place(column, row_key))
        except (InvalidTag, ValueError):
            raise BadKeyRing(
                f"A value of {'.'.join(column.value)} does not open: it was changed in the database, or the key "
                "ring is another deployment's. Restore the two from the same backup."
            ) from None

    def check_of(self, key_id: int) -> bytes:
        """Tells a key from another one with the same id, and tells nothing else of it; 32 bytes.

        Raises: BadKeyRing, when the ring lacks the key.
        """
        self._cipher(key_id)
        return self.fingerprint("column-key", bytes([key_id]), self._ring.keys[key_id])

    def check_key(self, key_id: int, check: bytes) -> int:
        """The id, if the ring has the very key that the database seals under. Raises: BadKeyRing."""
        same = hmac.compare_digest(self.check_of(key_id), check)
        if not same and self._reread():
            same = hmac.compare_digest(self.check_of(key_id), check)
        if not same:
            raise BadKeyRing(
                f"Key {key_id} of the key ring is not the one that the database is sealed under: the ring was changed "
                "in two places. Copy the ring from the host where `pli keys rotate` ran to its end."
            )
        return key_id

    def _cipher(self, key_id: int) -> AESGCM:
        if key_id not in self._ciphers:
            self._reread()
        try:
            return self._ciphers[key_id]
        except KeyError:
            raise BadKeyRing(
                f"A stored value is sealed under key {key_id}, which the key ring lacks. Restore the newest ring, or "
                "copy it from the host where `pli keys` changed it."
            ) from None

    def _reread(self) -> bool:
        """Takes the file of the ring if it changed since it was read. Raises: BadKeyRing."""
        newer = None if self._source is None else self._source.newer()
        if newer is None:
            return False
        self.adopt(newer)
        log.info("the key ring was read again")
        return True

    def index(self, kind: str, *parts: str) -> bytes:
        """The 32 bytes that stand for a reference of this kind."""
        return self.fingerprint(kind, *(part.encode() for part in parts))

    def fingerprint(self, kind: str, *parts: bytes) -> bytes:
        message = frame("pli1/store-index", kind.encode(), *parts)
        return hmac.new(self._index_key, message, hashlib.sha256).digest()


def _place(column: Column, row_key: bytes) -> bytes:
    table, name = column.value
    return frame("pli1/store-column", table.encode(), name.encode(), row_key)
