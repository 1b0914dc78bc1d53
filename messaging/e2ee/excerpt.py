"""An excerpt: a reported range of a thread with what proves it, and the opened statement (SPEC.md section 10.4).

    excerpt = frame("pli1/excerpt", service, thread, entries, head, events, kind, subject, body)
    entries = frame("pli1/excerpt-entries", entry, ...)     entry = frame("pli1/excerpt-entry", head, event)
    events  = frame("pli1/excerpt-events", event, ...)
    event   = frame("pli1/excerpt-event", u64 seq, u64 time, kind, u8 party, payload, proof)

These bytes are also the file that `pli moderation verify` reads. Nothing here is verified: `verify_excerpt` does.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from messaging.e2ee.encoding import (
    HASH_BYTES,
    ID_BYTES,
    ascii_word,
    exactly,
    frame,
    read_ascii_word,
    read_u8,
    read_u64,
    u8,
    u64,
    unframe,
    unframe_list,
)
from messaging.e2ee.errors import BadReport
from messaging.e2ee.report import SignedStatement, StatementKind, parse_body
from messaging.e2ee.verified_log import LogEvent

ENTRY_KINDS: Final = ("epoch", "reset", "joined", "left")
"""Kinds of the events before the range that an excerpt needs, all of them, each as an entry: they say whose keys are in
force in the range."""
WITHHELD_KINDS: Final = ("message", "released")
"""Kinds whose payload an excerpt may withhold (SPEC.md section 7.6): of a message that is not opened it may, of a
release it must."""


class ExcerptEntry(NamedTuple):
    """An event from before the range, proven by a stamp of its own."""

    head: bytes
    """The head of the log before the event, 32 bytes."""
    event: LogEvent


class Excerpt(NamedTuple):
    """What proves one statement, as the service gave it and a moderator opened it."""

    service: bytes
    thread: bytes
    entries: tuple[ExcerptEntry, ...]
    """Every event before the range of a kind in `ENTRY_KINDS`, in order."""
    head: bytes
    """The head before the range; 32 zero bytes where there is none."""
    events: tuple[LogEvent, ...]
    """The range, from its first event to its last; only the last one needs its proof."""
    signed: SignedStatement


def encode_excerpt(excerpt: Excerpt) -> bytes:
    """Encodes an excerpt: the bytes of its file. Raises BadEncoding."""
    said = excerpt.signed.statement
    return frame(
        "pli1/excerpt",
        exactly(excerpt.service, ID_BYTES, "the service id"),
        exactly(excerpt.thread, ID_BYTES, "the thread id"),
        frame("pli1/excerpt-entries", *map(_encode_entry, excerpt.entries)),
        exactly(excerpt.head, HASH_BYTES, "the head"),
        frame("pli1/excerpt-events", *map(_encode_event, excerpt.events)),
        ascii_word(said.kind.value),
        said.subject,
        excerpt.signed.body,
    )


def parse_excerpt(data: bytes) -> Excerpt:
    """Takes an excerpt apart. Raises BadEncoding, BadReport, BadKey."""
    service, thread, entries, head, events, kind, subject, body = unframe(
        data, "pli1/excerpt", (ID_BYTES, ID_BYTES, None, HASH_BYTES, None, None, ID_BYTES, None)
    )
    return Excerpt(
        service,
        thread,
        tuple(_decode_entry(each) for each in unframe_list(entries, "pli1/excerpt-entries")),
        head,
        tuple(_decode_event(each) for each in unframe_list(events, "pli1/excerpt-events")),
        parse_body(body, _statement_kind(read_ascii_word(kind)), thread, subject),
    )


def _statement_kind(word: str) -> StatementKind:
    try:
        return StatementKind(word)
    except ValueError:
        raise BadReport(f"an excerpt holds a report or an answer, no {word}") from None


def _encode_entry(entry: ExcerptEntry) -> bytes:
    return frame("pli1/excerpt-entry", exactly(entry.head, HASH_BYTES, "the head"), _encode_event(entry.event))


def _decode_entry(data: bytes) -> ExcerptEntry:
    head, event = unframe(data, "pli1/excerpt-entry", (HASH_BYTES, None))
    return ExcerptEntry(head, _decode_event(event))


def _encode_event(event: LogEvent) -> bytes:
    fields: Iterable[bytes] = (u64(event.seq), u64(event.time), ascii_word(event.kind), u8(event.party))
    return frame("pli1/excerpt-event", *fields, event.payload, event.proof)


def _decode_event(data: bytes) -> LogEvent:
    seq, time, kind, party, payload, proof = unframe(data, "pli1/excerpt-event", (8, 8, None, 1, None, None))
    return LogEvent(read_u64(seq), read_u64(time), read_ascii_word(kind), read_u8(party), payload, proof)
