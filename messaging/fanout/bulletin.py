"""What one process tells the others, and how it is sealed on its way.

    bulletin = nonce (12) || AES-256-GCM(key, nonce, MessagePack, aad frame("pli/bulletin", service, shard))

Whoever runs or reads the Redis between the processes learns how much is said and when, but not by whom to whom; what
somebody else puts there does not open, and counts as lost. What is put there again is not taken twice (`origins`).
"""

from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from messaging.e2ee.encoding import frame
from messaging.e2ee.entropy import Entropy, draw

_NONCE_BYTES: Final = 12


class Said(Struct, frozen=True, array_like=True, gc=False):
    """One encoded struct for the listeners of some mailboxes."""

    mailboxes: list[bytes]
    encoded: bytes
    mark: tuple[bytes, int] | None = None


class Bulletin(Struct, frozen=True, array_like=True):
    """All that a process had to tell since its last one, in order."""

    origin: bytes
    """Drawn by the process at its start: its own bulletins come back to it."""
    said: list[Said] = []
    removed: list[tuple[bytes, bytes]] = []
    """(account, mailbox): a seat that ended."""
    refreshed: list[bytes] = []
    """Accounts whose seats changed."""
    closed: list[tuple[bytes, int]] = []
    """(account, close code)"""
    lost: bool = False
    """Before this one, some could not be told: whoever hears it looks into the database."""
    notes: list[msgspec.Raw] = []
    """`messaging.fanout.notes`, each encoded."""
    n: int = 0
    """Counts the bulletins of its process over this shard, from 1 on."""
    at: int = 0
    """When it was made, ms."""


class BulletinSeal:
    """Seals and opens the bulletins of one deployment. `key`: 32 bytes."""

    def __init__(self, key: bytes, service: bytes, entropy: Entropy) -> None:
        self._cipher = AESGCM(key)
        self._service = service
        self._entropy = entropy
        self._decoder = msgspec.msgpack.Decoder(Bulletin)
        self._encoder = msgspec.msgpack.Encoder()

    def seal(self, shard: int, bulletin: Bulletin) -> bytes:
        nonce = draw(self._entropy, _NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, self._encoder.encode(bulletin), self._place(shard))

    def open(self, shard: int, sealed: bytes) -> Bulletin | None:
        """None: not a bulletin of this deployment and shard."""
        try:
            plain = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self._place(shard))
            return self._decoder.decode(plain)
        except (InvalidTag, ValueError, msgspec.DecodeError):
            return None

    def _place(self, shard: int) -> bytes:
        return frame("pli/bulletin", self._service, shard.to_bytes(2, "big"))


def nonce(sealed: bytes) -> bytes:
    """By which one who made a bulletin knows it again, unopened."""
    return sealed[:_NONCE_BYTES]
