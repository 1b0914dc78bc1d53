"""The hash chain of a thread's log (SPEC.md section 7.2). The server computes it once a message: it is made to be fast.

    digest = SHA256(frame("pli1/event", kind, u8 party, payload))
    head_0 = SHA256(frame("pli1/head0", service, thread))
    head_i = SHA256(frame("pli1/head", head_{i-1}, u64 seq, u64 time, kind, u8 party, digest))

Constant prefixes and the parts that depend on (kind, party) only are built once; a test holds the result equal to
the plain formula.
"""

from functools import lru_cache
from hashlib import sha256
from struct import Struct
from typing import Final

from messaging.e2ee.encoding import HASH_BYTES, ID_BYTES, ascii_word, exactly, frame, u8

_HEAD_PREFIX: Final = frame("pli1/head") + HASH_BYTES.to_bytes(4, "big")
_PLACE: Final = Struct(">IQIQ").pack
_LENGTH: Final = Struct(">I").pack


@lru_cache(maxsize=256)
def _event_parts(kind: str, party: int) -> tuple[bytes, bytes]:
    """The constant parts of an event of this kind and party: before its payload, and before its digest."""
    word, who = ascii_word(kind), u8(party)
    before_payload = frame("pli1/event", word, who)
    before_digest = before_payload[len(frame("pli1/event")) :] + HASH_BYTES.to_bytes(4, "big")
    return before_payload, before_digest


def digest(kind: str, party: int, payload: bytes) -> bytes:
    """The hash of one event's content: 32 bytes."""
    return sha256(_event_parts(kind, party)[0] + _LENGTH(len(payload)) + payload).digest()


def head0(service: bytes, thread: bytes) -> bytes:
    """The head of an empty log: it ties the chain to one deployment and one thread."""
    exactly(service, ID_BYTES, "the service id")
    exactly(thread, ID_BYTES, "the thread id")
    return sha256(frame("pli1/head0", service, thread)).digest()


def next_head(head: bytes, seq: int, time: int, kind: str, party: int, event_digest: bytes) -> bytes:
    """The head after one more event: its seq, its time in ms and its digest, on the head before it (32 bytes each)."""
    before_digest = _event_parts(kind, party)[1]
    place = _PLACE(8, seq, 8, time)
    return sha256(_HEAD_PREFIX + head + place + before_digest + event_digest).digest()
