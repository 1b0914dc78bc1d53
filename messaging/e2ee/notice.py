"""Notices: what a party says openly in a thread beside its messages (SPEC.md section 7.5).

    payload = frame("pli1/notice", notice, sig)
    notice  = frame("pli1/" + kind, thread, R_n, u8 party, id, u64 seen_seq, seen_head[, reason])
    sig     = Ed25519(own pseudonym of epoch n, frame("pli1/notice-sig", notice))

Signed, so that nobody asks, closes or reopens in a party's name; what its author had seen is part of it, so that
nobody changes the order of two. The service reads a notice: there is nothing in it that the relation does not tell.
"""

from dataclasses import dataclass
from typing import Final

from messaging.e2ee.encoding import (
    HASH_BYTES,
    ID_BYTES,
    SIGNATURE_BYTES,
    ascii_word,
    exactly,
    frame,
    label_of,
    read_ascii_word,
    read_u8,
    read_u64,
    u8,
    u64,
    unframe,
)
from messaging.e2ee.errors import BadEncoding, WrongHeader
from messaging.e2ee.message import Place
from messaging.e2ee.suite import SigningKey, verify

ASKED: Final = "asked"
CLOSED: Final = "closed"
REOPENED: Final = "reopened"
KINDS: Final = frozenset((ASKED, CLOSED, REOPENED))

_WIDTHS: Final = (ID_BYTES, HASH_BYTES, 1, ID_BYTES, 8, HASH_BYTES)
_LABELS: Final = {f"pli1/{kind}": kind for kind in sorted(KINDS)}


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notice says."""

    kind: str
    """`asked`, `closed` or `reopened`: the kind of its event."""
    thread: bytes
    record_hash: bytes
    """R_n of the epoch in force."""
    party: int
    id: bytes
    """Random, of the same ids as the party's messages: used once."""
    seen_seq: int
    seen_head: bytes
    reason: str | None = None
    """Of a closing, where the closer tells it to the peer: a word of the protocol."""


def make_notice(notice: Notice, signing: SigningKey) -> bytes:
    """Signs a notice with the party's own pseudonym of the epoch in force; returns the payload to store and resend.

    Raises BadEncoding, also for a reason where nothing is closed.
    """
    body = _encode(notice)
    return frame("pli1/notice", body, signing.sign(frame("pli1/notice-sig", body)))


def parse_notice(payload: bytes) -> Notice:
    """Takes a notice apart. Raises BadEncoding. Nothing in it is verified but its form."""
    return _decode(_parts(payload)[0])


def open_notice(payload: bytes, kind: str, author_sign_pk: bytes, place: Place) -> Notice:
    """Verifies a notice where it stands: the kind of its event, and the place as its reader knows it.

    `author_sign_pk` is the signing pseudonym of `place.party` in the epoch record. Raises BadEncoding, WrongHeader or
    BadSignature; what it does not return must not be shown.
    """
    body, signature = _parts(payload)
    notice = _decode(body)
    if notice.kind != kind:
        raise WrongHeader(f"a notice that says {notice.kind} stands as {kind}")
    if (notice.thread, notice.record_hash, notice.party) != (place.thread, place.record_hash, place.party):
        raise WrongHeader("the notice belongs to another thread, record or party")
    verify(author_sign_pk, signature, frame("pli1/notice-sig", body))
    return notice


def _parts(payload: bytes) -> tuple[bytes, bytes]:
    body, signature = unframe(payload, "pli1/notice", (None, SIGNATURE_BYTES))
    return body, signature


def _encode(notice: Notice) -> bytes:
    if notice.kind not in KINDS or (notice.reason is not None and notice.kind != CLOSED):
        raise BadEncoding(f"there is no notice {notice.kind}, or it has no reason")
    reason = (ascii_word(notice.reason) if notice.reason is not None else b"",) if notice.kind == CLOSED else ()
    return frame(
        f"pli1/{notice.kind}",
        exactly(notice.thread, ID_BYTES, "the thread id"),
        exactly(notice.record_hash, HASH_BYTES, "the epoch record's hash"),
        u8(notice.party),
        exactly(notice.id, ID_BYTES, "the notice's id"),
        u64(notice.seen_seq),
        exactly(notice.seen_head, HASH_BYTES, "the seen head"),
        *reason,
    )


def _decode(body: bytes) -> Notice:
    label = label_of(body)
    kind = _LABELS.get(label)
    if kind is None:
        raise BadEncoding(f"{label} is no notice")
    widths = (*_WIDTHS, None) if kind == CLOSED else _WIDTHS
    thread, record_hash, party, notice_id, seen_seq, seen_head, *reason = unframe(body, label, widths)
    told = read_ascii_word(reason[0]) if reason and reason[0] else None
    return Notice(kind, thread, record_hash, read_u8(party), notice_id, read_u64(seen_seq), seen_head, told)
