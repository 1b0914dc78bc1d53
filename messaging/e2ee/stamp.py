"""Stamps: one signature of the service for all events of a commit (SPEC.md section 8).

The leaves of a commit form an RFC 6962 tree, in commit order; the service signs its root, and every event carries the
path from its leaf. proof = frame("pli1/proof", key_id, u32 leaf_index, u32 tree_size, path, signature).
"""

from collections.abc import Sequence
from hashlib import sha256
from struct import Struct
from typing import Final

from messaging.e2ee import merkle
from messaging.e2ee.encoding import (
    HASH_BYTES,
    ID_BYTES,
    SIGNATURE_BYTES,
    exactly,
    frame,
    read_u32,
    u32,
    unframe,
)
from messaging.e2ee.errors import BadEncoding, BadSignature, BadStamp
from messaging.e2ee.suite import SigningKey, verify

KEY_ID_BYTES: Final = 8
# RFC 6962's leaf prefix, then frame("pli1/leaf", thread, ...) up to the thread id.
_LEAF_PREFIX: Final = b"\x00" + frame("pli1/leaf") + ID_BYTES.to_bytes(4, "big")
_SEQ: Final = Struct(">IQI").pack

Leaf = tuple[bytes, int, bytes]
"""(thread id, seq, head at seq): what one leaf says."""


def key_id(public: bytes) -> bytes:
    """Names a stamp key: the first 8 bytes of SHA256(frame("pli1/stamp-key", public))."""
    return sha256(frame("pli1/stamp-key", public)).digest()[:KEY_ID_BYTES]


def leaf_hash(thread: bytes, seq: int, head: bytes) -> bytes:
    """The RFC 6962 leaf hash of frame("pli1/leaf", thread, u64 seq, head)."""
    return sha256(_LEAF_PREFIX + thread + _SEQ(8, seq, HASH_BYTES) + head).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The RFC 6962 root over leaf hashes, at least one."""
    return _tree(leaves)[-1][0]


def merkle_paths(leaves: Sequence[bytes]) -> list[bytes]:
    """The RFC 6962 audit path of every leaf: its siblings from the bottom up, concatenated."""
    return merkle.paths(_tree(leaves))


def _tree(leaves: Sequence[bytes]) -> list[list[bytes]]:
    if not leaves:
        raise BadStamp("a tree has at least one leaf")
    return merkle.levels(leaves)


class Stamper:
    """The service's side: signs the root of each commit."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        self.public: Final = key.public
        self.key_id: Final = key_id(key.public)
        self._prefix: Final = frame("pli1/proof", self.key_id)

    def stamp(self, leaves: Sequence[Leaf]) -> list[bytes]:
        """Signs one commit; returns the proof of each of its events, in the same order."""
        tree = _tree([leaf_hash(thread, seq, head) for thread, seq, head in leaves])
        signature = self._key.sign(frame("pli1/stamp", self.key_id, tree[-1][0]))
        size = _field(u32(len(leaves)))
        signed = _field(signature)
        return [
            b"".join((self._prefix, _field(u32(index)), size, _field(path), signed))
            for index, path in enumerate(merkle.paths(tree))
        ]


def _field(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def verify_proof(proof: bytes, public: bytes, thread: bytes, seq: int, head: bytes) -> None:
    """Checks that the service stamped this head at this seq of this thread, with this key. Raises BadStamp."""
    exactly(thread, ID_BYTES, "the thread id")
    exactly(head, HASH_BYTES, "the head")
    try:
        named, index, size, path, signature = unframe(proof, "pli1/proof", (KEY_ID_BYTES, 4, 4, None, SIGNATURE_BYTES))
    except BadEncoding as error:
        raise BadStamp(f"the proof is malformed: {error}") from error
    if named != key_id(public):
        raise BadStamp("stamped by another key than the one that is pinned")
    try:
        root = merkle.root_from_path(leaf_hash(thread, seq, head), read_u32(index), read_u32(size), path)
    except merkle.BadPath as error:
        raise BadStamp(str(error)) from error
    try:
        verify(public, signature, frame("pli1/stamp", named, root))
    except BadSignature as error:
        raise BadStamp("the stamp's signature does not verify for this event") from error
