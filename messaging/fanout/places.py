"""Where a stream of the second carrier stands, for its client to say with each frame (PROTOCOL.md section 2.1).

    place = hex(nonce (12) || AES-256-GCM(key, nonce, the process, aad frame("pli/place", service, stream)))

So no process needs to ask the others for a stream, and who has none can make no process ask. A client learns neither
how many processes there are nor which one is its own.
"""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from messaging.e2ee.encoding import frame
from messaging.e2ee.entropy import Entropy, draw
from messaging.ports import Place

_NONCE_BYTES: Final = 12


class PlaceSeal:
    """Seals and opens the places of one deployment. `key`: 32 bytes, the bulletins' too; the context differs."""

    def __init__(self, key: bytes, service: bytes, entropy: Entropy) -> None:
        self._cipher = AESGCM(key)
        self._service = service
        self._entropy = entropy

    def seal(self, stream: bytes, place: Place) -> str:
        nonce = draw(self._entropy, _NONCE_BYTES)
        return (nonce + self._cipher.encrypt(nonce, place, self._context(stream))).hex()

    def open(self, stream: bytes, sealed: str) -> Place | None:
        """None: not made here for this stream."""
        try:
            raw = bytes.fromhex(sealed)
            return Place(self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], self._context(stream)))
        except (InvalidTag, ValueError):
            return None

    def _context(self, stream: bytes) -> bytes:
        return frame("pli/place", self._service, stream)
