"""What a participant hands to moderators: the opening keys of chosen messages, sealed (SPEC.md section 10.2, 10.3).

    openings = frame("pli1/openings", opening, ...)      opening = frame("pli1/opening", u64 seq, k_enc, k_f)
    sig      = Ed25519(pseudonym, frame("pli1/report-sig", report, thread, u64 first, u64 last, head, category,
                                        H(text), H(openings)))
    body     = frame("pli1/report-body", u8 party, u32 epoch, category, text, u64 first, u64 last, head, openings, sig)
    sealed   = HPKE(kem_pk, body zero-padded, info frame("pli1/report", service, thread, report, H(kem_pk)))

An answer (`pli1/answer-...`) has the same form, a case's id in the place of the report's and no category: what the
accused says, and opens further. Never an epoch key: with (k_enc, k_f) one message opens, and no other.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from messaging.e2ee.encoding import (
    HASH_BYTES,
    ID_BYTES,
    KEY_BYTES,
    SIGNATURE_BYTES,
    ascii_word,
    check_padding,
    exactly,
    frame,
    pad,
    padme,
    read_ascii_word,
    read_u8,
    read_u32,
    read_u64,
    read_utf8,
    u8,
    u32,
    u64,
    unframe,
    unframe_list,
    unframe_prefix,
    utf8,
)
from messaging.e2ee.errors import BadReport
from messaging.e2ee.suite import KemKey, SigningKey, check_key, hpke_seal, sha256, verify

OPENINGS_MAX: Final = 64
RANGE_EVENTS_MAX: Final = 256
SEQ_MAX: Final = 2**53 - 1
"""The largest whole number that every client holds."""
TEXT_BYTES_MAX: Final = 8_192
BODY_BYTES_MIN: Final = 4_096
SEALED_BYTES_MAX: Final = 24_576
"""What a service needs to take: no body of this form is longer once padded and sealed."""
NO_HEAD: Final = bytes(HASH_BYTES)
"""The head of an answer that is words only."""

_BODY_WIDTHS: Final = (1, 4, None, None, 8, 8, HASH_BYTES, None, SIGNATURE_BYTES)


class StatementKind(Enum):
    """Which of the two a statement is: its labels differ, so that none passes for the other."""

    REPORT = "report"
    ANSWER = "answer"


class Opening(NamedTuple):
    """The opening keys of the message at `seq` (SPEC.md section 6.3), 32 bytes each."""

    seq: int
    k_enc: bytes
    k_f: bytes


@dataclass(frozen=True, slots=True)
class Statement:
    """A report, or an answer in a case, as its author signs it."""

    kind: StatementKind
    subject: bytes
    """The report's id, or the case's that is answered: 16 bytes."""
    thread: bytes
    party: int
    """Of its author in the thread: 0, 1, or 2 for a third party."""
    epoch: int
    """The epoch in force after the event at `last`: under that pseudonym it is signed."""
    category: str
    """A word of the protocol; empty in an answer."""
    text: str
    first: int
    """The range is first..last, both in it. In an answer of words only both are 0, and `head` is 32 zero bytes."""
    last: int
    head: bytes
    """The head of the log at `last`, as the author verified it."""
    openings: tuple[Opening, ...]
    """Sorted by seq, each once, inside the range."""

    @property
    def is_words_only(self) -> bool:
        """Whether it shows nothing of the thread."""
        return self.last == 0


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A statement with its signature, which is not verified yet: only the log tells whose key it must be under."""

    statement: Statement
    signature: bytes

    def verify(self, author_sign_pk: bytes) -> None:
        """Checks who made it. Raises BadSignature."""
        verify(author_sign_pk, self.signature, _to_sign(self.statement))

    @property
    def body(self) -> bytes:
        """The frame that was sealed, without its padding: what an excerpt holds."""
        said = self.statement
        return frame(
            f"pli1/{said.kind.value}-body",
            u8(said.party),
            u32(said.epoch),
            *_category(said),
            utf8(said.text),
            u64(said.first),
            u64(said.last),
            said.head,
            _encode_openings(said.openings),
            self.signature,
        )


def sign_statement(statement: Statement, signing: SigningKey) -> SignedStatement:
    """Signs with the author's own pseudonym of `statement.epoch`. Raises BadReport, BadEncoding, BadKey."""
    _check(statement)
    return SignedStatement(statement, signing.sign(_to_sign(statement)))


def seal_statement(signed: SignedStatement, *, service: bytes, kem: bytes) -> bytes:
    """Seals to a moderation key that `open_certificate` verified: bytes to store, send and resend. Raises BadKey."""
    body = signed.body
    return hpke_seal(kem, pad(body, _padded(len(body))), _info(signed.statement, service, sha256(kem)))


def open_statement(
    sealed: bytes, kind: StatementKind, *, kem: KemKey, service: bytes, thread: bytes, subject: bytes
) -> SignedStatement:
    """Opens as a moderator, with K_g. Raises BadSeal, BadEncoding, BadPadding, BadReport, BadKey.

    Nothing that it says is proven before `verify_excerpt`.
    """
    info = frame(f"pli1/{kind.value}", service, thread, subject, sha256(kem.public))
    plain = kem.open(sealed, info)
    fields, used = unframe_prefix(plain, f"pli1/{kind.value}-body", _BODY_WIDTHS)
    check_padding(plain, used, _padded(used))
    return _decode(fields, kind, thread, subject)


def parse_body(body: bytes, kind: StatementKind, thread: bytes, subject: bytes) -> SignedStatement:
    """Takes an opened body apart, as an excerpt holds it. Raises BadEncoding, BadReport, BadKey."""
    return _decode(unframe(body, f"pli1/{kind.value}-body", _BODY_WIDTHS), kind, thread, subject)


def _decode(fields: tuple[bytes, ...], kind: StatementKind, thread: bytes, subject: bytes) -> SignedStatement:
    party, epoch, category, text, first, last, head, openings, signature = fields
    statement = Statement(
        kind,
        subject,
        thread,
        read_u8(party),
        read_u32(epoch),
        read_ascii_word(category) if category else "",
        read_utf8(text),
        read_u64(first),
        read_u64(last),
        head,
        _decode_openings(openings),
    )
    _check(statement)
    return SignedStatement(statement, signature)


def _check(said: Statement) -> None:
    """The bounds of SPEC.md section 10.2, the same for who makes a statement and for who reads it."""
    exactly(said.subject, ID_BYTES, "the id of the report or case")
    exactly(said.thread, ID_BYTES, "the thread id")
    exactly(said.head, HASH_BYTES, "the head")
    if said.party > 2:
        raise BadReport("only who reads a thread reports it")
    if (said.kind is StatementKind.REPORT) != bool(said.category):
        raise BadReport("a report has a category, and an answer none")
    if len(utf8(said.text)) > TEXT_BYTES_MAX:
        raise BadReport(f"the words have more than {TEXT_BYTES_MAX} bytes")
    _check_range(said)
    seqs = [opening.seq for opening in said.openings]
    if len(seqs) > OPENINGS_MAX or seqs != sorted(set(seqs)):
        raise BadReport(f"openings stand in the order of their seqs, each once, {OPENINGS_MAX} at most")
    if seqs and not said.first <= seqs[0] <= seqs[-1] <= said.last:
        raise BadReport("a message is opened outside the range")
    for opening in said.openings:
        check_key(opening.k_enc, "k_enc")
        check_key(opening.k_f, "k_f")


def _check_range(said: Statement) -> None:
    if said.first == said.last == 0 and said.kind is StatementKind.ANSWER:
        if said.openings or said.head != NO_HEAD:
            raise BadReport("an answer without a range opens nothing")
        return
    if not 1 <= said.first <= said.last < said.first + RANGE_EVENTS_MAX or said.last > SEQ_MAX:
        raise BadReport(f"a range has 1 to {RANGE_EVENTS_MAX} events")
    if said.kind is StatementKind.REPORT and not said.openings:
        raise BadReport("a report opens at least one message")


def _padded(used: int) -> int:
    return max(BODY_BYTES_MIN, padme(used))


def _category(said: Statement) -> tuple[bytes]:
    return (ascii_word(said.category) if said.category else b"",)


def _to_sign(said: Statement) -> bytes:
    return frame(
        f"pli1/{said.kind.value}-sig",
        said.subject,
        said.thread,
        u64(said.first),
        u64(said.last),
        said.head,
        *_category(said),
        sha256(utf8(said.text)),
        sha256(_encode_openings(said.openings)),
    )


def _info(said: Statement, service: bytes, key_hash: bytes) -> bytes:
    return frame(
        f"pli1/{said.kind.value}", exactly(service, ID_BYTES, "the service id"), said.thread, said.subject, key_hash
    )


def _encode_openings(openings: tuple[Opening, ...]) -> bytes:
    return frame("pli1/openings", *(frame("pli1/opening", u64(each.seq), each.k_enc, each.k_f) for each in openings))


def _decode_openings(data: bytes) -> tuple[Opening, ...]:
    items = (unframe(item, "pli1/opening", (8, KEY_BYTES, KEY_BYTES)) for item in unframe_list(data, "pli1/openings"))
    return tuple(Opening(read_u64(seq), k_enc, k_f) for seq, k_enc, k_f in items)
