"""Notices: what a party says openly in a thread beside its messages (SPEC.md section 7.5).

    payload = frame("pli1/notice", notice, sig)
    notice  = frame("pli1/" + kind, thread, R_n, u8 party, id, u64 seen_seq, seen_head[, reason, step or third])
    sig     = Ed25519(own pseudonym of epoch n, frame("pli1/notice-sig", notice))

Signed, so that nobody asks, closes or reopens in a party's name; what its author had seen is part of it, so that
nobody changes the order of two. The service reads a notice: there is nothing in it that the relation does not tell.
What invites a third party and lets it in has this form too (`third`).
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
LEFT: Final = "left"
STEP: Final = "step"
KINDS: Final = frozenset((ASKED, CLOSED, REOPENED, LEFT, STEP))

WIDTHS: Final = (ID_BYTES, HASH_BYTES, 1, ID_BYTES, 8, HASH_BYTES)
"""Of the fields that every notice begins with."""
_MORE: Final = {CLOSED: (None,), LEFT: (HASH_BYTES,), STEP: (None,)}
_LABELS: Final = {f"pli1/{kind}": kind for kind in sorted(KINDS)}


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notice says."""

    kind: str
    """`asked`, `closed`, `reopened`, `left` or `step`: the kind of its event."""
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
    third: bytes | None = None
    """Of a leaving: the stay that it ends (SPEC.md section 7.6), 32 bytes."""
    step: str | None = None
    """Of a step: which one, a word of the protocol."""


def make_notice(notice: Notice, signing: SigningKey) -> bytes:
    """Signs a notice with the party's own pseudonym of the epoch in force; returns the payload to store and resend.

    Raises BadEncoding, also for a reason where nothing is closed.
    """
    return sign_notice(_encode(notice), signing)


def sign_notice(body: bytes, signing: SigningKey) -> bytes:
    """The payload of an encoded notice."""
    return frame("pli1/notice", body, signing.sign(frame("pli1/notice-sig", body)))


def parse_notice(payload: bytes) -> Notice:
    """Takes a notice apart. Raises BadEncoding. Nothing in it is verified but its form."""
    return _decode(take_apart(payload)[0])


def open_notice(payload: bytes, kind: str, author_sign_pk: bytes, place: Place) -> Notice:
    """Verifies a notice where it stands: the kind of its event, and the place as its reader knows it.

    `author_sign_pk` is the signing pseudonym of `place.party` in the epoch record. Raises BadEncoding, WrongHeader or
    BadSignature; what it does not return must not be shown.
    """
    body, signature = take_apart(payload)
    notice = _decode(body)
    if notice.kind != kind:
        raise WrongHeader(f"a notice that says {notice.kind} stands as {kind}")
    if (notice.thread, notice.record_hash, notice.party) != (place.thread, place.record_hash, place.party):
        raise WrongHeader("the notice belongs to another thread, record or party")
    verify_notice(body, signature, author_sign_pk)
    return notice


def verify_notice(body: bytes, signature: bytes, author_sign_pk: bytes) -> None:
    """Checks who signed an encoded notice. Raises BadSignature."""
    verify(author_sign_pk, signature, frame("pli1/notice-sig", body))


def take_apart(payload: bytes) -> tuple[bytes, bytes]:
    """The encoded notice and its signature, which is not verified. Raises BadEncoding."""
    body, signature = unframe(payload, "pli1/notice", (None, SIGNATURE_BYTES))
    return body, signature


def _encode(notice: Notice) -> bytes:
    if notice.kind not in KINDS or (notice.reason is not None and notice.kind != CLOSED):
        raise BadEncoding(f"there is no notice {notice.kind}, or it has no reason")
    if (notice.third is not None) != (notice.kind == LEFT):
        raise BadEncoding("a leaving names the stay that it ends, and nothing else does")
    if (notice.step is not None) != (notice.kind == STEP):
        raise BadEncoding("a step says which one it is, and nothing else does")
    common = encode_common(
        notice.thread, notice.record_hash, notice.party, notice.id, notice.seen_seq, notice.seen_head
    )
    return frame(f"pli1/{notice.kind}", *common, *_encode_more(notice))


def _encode_more(notice: Notice) -> tuple[bytes, ...]:
    if notice.third is not None:
        return (exactly(notice.third, HASH_BYTES, "the third party's stay"),)
    if notice.step is not None:
        return (ascii_word(notice.step),)
    if notice.kind != CLOSED:
        return ()
    return (ascii_word(notice.reason) if notice.reason is not None else b"",)


def encode_common(
    thread: bytes, record_hash: bytes, party: int, notice_id: bytes, seen_seq: int, seen_head: bytes
) -> tuple[bytes, ...]:
    """The fields that every notice begins with. Raises BadEncoding."""
    return (
        exactly(thread, ID_BYTES, "the thread id"),
        exactly(record_hash, HASH_BYTES, "the epoch record's hash"),
        u8(party),
        exactly(notice_id, ID_BYTES, "the notice's id"),
        u64(seen_seq),
        exactly(seen_head, HASH_BYTES, "the seen head"),
    )


def _decode(body: bytes) -> Notice:
    label = label_of(body)
    kind = _LABELS.get(label)
    if kind is None:
        raise BadEncoding(f"{label} is no notice")
    fields = unframe(body, label, (*WIDTHS, *_MORE.get(kind, ())))
    thread, record_hash, party, notice_id, seen_seq, seen_head, *more = fields
    told = read_ascii_word(more[0]) if kind == CLOSED and more[0] else None
    third = more[0] if kind == LEFT else None
    step = read_ascii_word(more[0]) if kind == STEP else None
    return Notice(
        kind, thread, record_hash, read_u8(party), notice_id, read_u64(seen_seq), seen_head, told, third, step
    )
