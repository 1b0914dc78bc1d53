"""Messages that no honest client makes, built straight from SPEC.md sections 6.3 and 6.4 with one part wrong."""

from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from messaging.e2ee.encoding import frame, u64
from messaging.e2ee.suite import SigningKey, hkdf, kdf, mac, seal_once

_BLOCK: Final = 16
_REDUCTION: Final = 0xE1 << 120


@dataclass(frozen=True, slots=True)
class Forgery:
    """The parts of one message, each free to be wrong."""

    header: bytes
    epoch_secret: bytes
    signing: SigningKey
    body: bytes
    salt: bytes
    commitment: bytes | None = None
    signature: bytes | None = None

    def keys(self) -> tuple[bytes, bytes]:
        """(k_enc, k_f)"""
        message_key = hkdf(self.epoch_secret, self.salt, frame("pli1/mk", self.header))
        return kdf(message_key, "pli1/enc"), kdf(message_key, "pli1/frank")

    def parts(self) -> tuple[bytes, bytes, bytes]:
        """The commitment, the signature and the associated data."""
        commitment = self.commitment or mac(self.keys()[1], frame("pli1/commit", self.header, self.body))
        signature = self.signature or self.signing.sign(frame("pli1/sig", self.header, commitment))
        return commitment, signature, frame("pli1/aad", self.header, self.salt, commitment)

    def payload(self) -> bytes:
        commitment, signature, aad = self.parts()
        ciphertext = seal_once(self.keys()[0], self.body + signature, aad)
        return frame("pli1/message", self.header, self.salt, commitment, ciphertext)


def body(content: bytes, seen_seq: int, seen_head: bytes, tag: bytes, size: int, fill: bytes = b"\0") -> bytes:
    """A body padded to `size` with `fill`."""
    return frame("pli1/body", content, u64(seen_seq), seen_head, tag).ljust(size, fill)


def opens_under_two_keys(first: Forgery, other_secret: bytes) -> bytes:
    """A payload whose ciphertext AES-GCM opens under two epoch secrets: GCM alone commits to no key.

    One block of the ciphertext, where the signature stands, is solved so that both tags agree.
    """
    commitment, signature, aad = first.parts()
    keys = [first.keys()[0], Forgery(first.header, other_secret, first.signing, b"", first.salt).keys()[0]]
    plain = first.body + signature
    ciphertext = bytearray(_xor(plain, _keystream(keys[0], len(plain))))
    free = len(first.body)
    ciphertext[free : free + _BLOCK] = bytes(_BLOCK)
    blocks = _ghash_blocks(aad, bytes(ciphertext))
    exponent = (len(ciphertext) - free) // _BLOCK + 1
    powers = [_power(_block(key, bytes(_BLOCK)), exponent) for key in keys]
    tags = [_ghash(_block(key, bytes(_BLOCK)), blocks) ^ _block(key, bytes(15) + b"\1") for key in keys]
    solved = _multiply(tags[0] ^ tags[1], _inverse(powers[0] ^ powers[1]))
    ciphertext[free : free + _BLOCK] = solved.to_bytes(_BLOCK, "big")
    tag = tags[0] ^ _multiply(solved, powers[0])
    return frame("pli1/message", first.header, first.salt, commitment, bytes(ciphertext) + tag.to_bytes(_BLOCK, "big"))


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _keystream(key: bytes, count: int) -> bytes:
    return Cipher(AES(key), CTR(bytes(15) + b"\2")).encryptor().update(bytes(count))


def _block(key: bytes, block: bytes) -> int:
    return int.from_bytes(Cipher(AES(key), CTR(block)).encryptor().update(bytes(_BLOCK)), "big")


def _ghash_blocks(aad: bytes, ciphertext: bytes) -> list[int]:
    lengths = (8 * len(aad)).to_bytes(8, "big") + (8 * len(ciphertext)).to_bytes(8, "big")
    padded = b"".join(part.ljust(-(-len(part) // _BLOCK) * _BLOCK, b"\0") for part in (aad, ciphertext)) + lengths
    return [int.from_bytes(padded[at : at + _BLOCK], "big") for at in range(0, len(padded), _BLOCK)]


def _ghash(key: int, blocks: list[int]) -> int:
    total = 0
    for block in blocks:
        total = _multiply(total ^ block, key)
    return total


def _multiply(left: int, right: int) -> int:
    """Multiplication in GCM's field: the first bit is the lowest power."""
    total = 0
    for bit in range(127, -1, -1):
        if left >> bit & 1:
            total ^= right
        right = right >> 1 ^ (_REDUCTION if right & 1 else 0)
    return total


def _power(base: int, exponent: int) -> int:
    total = 1 << 127
    while exponent:
        if exponent & 1:
            total = _multiply(total, base)
        base = _multiply(base, base)
        exponent >>= 1
    return total


def _inverse(value: int) -> int:
    return _power(value, 2**128 - 2)
