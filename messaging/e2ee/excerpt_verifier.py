"""The one verifier of reports: for clients, the console and `pli moderation verify` (SPEC.md section 10.4).

It takes the ciphertexts that the service stored and stamped, and shows a line only for what its author signed. What was
forged, cut, moved or reordered raises, and the error says what is wrong; then nothing of the excerpt is shown.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from messaging.e2ee.content import Content, decode_content
from messaging.e2ee.errors import BadReport, E2EEError, Fork
from messaging.e2ee.excerpt import ENTRY_KINDS, Excerpt
from messaging.e2ee.excerpt_log import ExcerptLog
from messaging.e2ee.message import MessageParts, open_with_keys, parse_payload
from messaging.e2ee.notice import KINDS as NOTICES
from messaging.e2ee.pseudonym import PublicPseudonym
from messaging.e2ee.report import NO_HEAD, Opening, Statement
from messaging.e2ee.third import INVITED, JOINED
from messaging.e2ee.thread_log import MESSAGE
from messaging.e2ee.verified_log import LogEvent, PlatformKey


class LineState(Enum):
    """What a line of an excerpt is."""

    PROVEN = "proven"
    """An opened message: its author signed exactly this content."""
    CLOSED = "closed"
    """Stands there and was not opened: it shows that nothing was cut."""
    SAID = "said"
    """A notice, an invitation or a joining, signed by its author: it is never sealed."""
    SERVICE = "service"
    """An epoch record, a reset, or what the service wrote; nobody says anything in it."""
    REFUSED = "refused"
    """Clients show nothing of it either: it breaks a rule that concerns it alone."""


@dataclass(frozen=True, slots=True)
class Line:
    """One event of the range."""

    seq: int
    time: int
    """ms since 1970, UTC: the service's clock, stamped."""
    kind: str
    party: int
    state: LineState
    content: Content | None = None
    """Of a proven line."""
    message_kind: str = ""
    """Of a message whose payload is there: `text`, `offer`, ..."""
    refusal: str = ""
    """Of a refused line: the error's name."""


@dataclass(frozen=True, slots=True)
class VerifiedExcerpt:
    """What an excerpt proves."""

    statement: Statement
    author_sign_pk: bytes
    """The pseudonym under which the statement is signed."""
    lines: tuple[Line, ...]
    pseudonyms: tuple[PublicPseudonym, ...]
    """Of parties 0 and 1 after the range, and of the third party that is in, if one is: what unmasking is about."""


@dataclass(frozen=True, slots=True)
class Pins:
    """What a verifier knows by configuration, and takes from nobody."""

    service: bytes
    stamp_public: bytes
    platform: PlatformKey | None = None
    """Without it no reset is accepted: a thread whose side began anew does not verify."""


_NO_EVENTS: Final = "an answer without a range holds events"


def verify_excerpt(excerpt: Excerpt, pins: Pins) -> VerifiedExcerpt:
    """Verifies an excerpt and shows its lines.

    Raises BadReport (cut, of another service, opened where nothing can be), BadChain (Gap, TimeWentBack, Fork,
    FutureSeen, Repeated), BadStamp, BadRecord, BadSignature, BadSeal, BadCommitment, WrongHeader, BadPadding,
    BadEncoding; each says what is wrong.
    """
    said = excerpt.signed.statement
    if excerpt.service != pins.service:
        raise BadReport("the excerpt is of another service")
    if said.thread != excerpt.thread:
        raise BadReport("the report is of another thread")
    log = ExcerptLog(
        service=pins.service, thread=excerpt.thread, stamp_public=pins.stamp_public, platform=pins.platform
    )
    _read_entries(log, excerpt)
    _read_range(log, excerpt)
    author = _author(log, said)
    excerpt.signed.verify(author)
    opened = {opening.seq: opening for opening in said.openings}
    lines = tuple(_line(log, event, opened.get(event.seq)) for event in excerpt.events)
    return VerifiedExcerpt(said, author, lines, _pseudonyms(log))


def _read_entries(log: ExcerptLog, excerpt: Excerpt) -> None:
    first = excerpt.signed.statement.first
    for entry in excerpt.entries:
        if entry.event.kind not in ENTRY_KINDS:
            raise BadReport(f"an event of kind {entry.event.kind} stands before the range")
        if first and entry.event.seq >= first:
            raise BadReport("an event of the range stands before it")
        log.take_entry(entry)


def _read_range(log: ExcerptLog, excerpt: Excerpt) -> None:
    said = excerpt.signed.statement
    if said.is_words_only:
        if excerpt.events or excerpt.head != NO_HEAD:
            raise BadReport(_NO_EVENTS)
        return
    seqs = [event.seq for event in excerpt.events]
    if seqs != list(range(said.first, said.last + 1)):
        raise BadReport(f"the excerpt is cut: it was signed for seq {said.first} to {said.last}")
    log.skip_to(said.first - 1, excerpt.head)
    log.verify_range(excerpt.events)
    if log.head != said.head:
        raise Fork(f"who signed saw another history at seq {said.last}")


def _author(log: ExcerptLog, said: Statement) -> bytes:
    """The key that must have signed. Raises BadReport, WrongHeader."""
    if not log.records or log.records[-1].n != said.epoch:
        raise BadReport("the report is signed under another epoch than the one in force")
    return log.author_at(log.seq + 1, said.party)


def _line(log: ExcerptLog, event: LogEvent, opening: Opening | None) -> Line:
    if opening is not None:
        return _proven(log, event, opening)
    if event.kind == MESSAGE:
        return _closed(log, event)
    if event.kind in NOTICES or event.kind in (INVITED, JOINED):
        return _said(log, event)
    return Line(event.seq, event.time, event.kind, event.party, LineState.SERVICE)


def _proven(log: ExcerptLog, event: LogEvent, opening: Opening) -> Line:
    """An opened message must verify in all: who opened it had seen it do so."""
    log.check_message_there(event)
    log.check_message(event)
    parts = parse_payload(event.payload)
    opened = open_with_keys(parts, opening.k_enc, opening.k_f, log.author_at(event.seq, event.party))
    log.check_seen(event.seq, opened.seen_seq, opened.seen_head)
    log.take_message(event)
    said = decode_content(opened.content)
    return Line(event.seq, event.time, event.kind, event.party, LineState.PROVEN, said, parts.kind)


def _closed(log: ExcerptLog, event: LogEvent) -> Line:
    if log.is_closed(event):
        return Line(event.seq, event.time, event.kind, event.party, LineState.CLOSED)
    try:
        log.check_message(event)
        parts: MessageParts = parse_payload(event.payload)
    except E2EEError as error:
        return _refused(event, error)
    return Line(event.seq, event.time, event.kind, event.party, LineState.CLOSED, message_kind=parts.kind)


def _said(log: ExcerptLog, event: LogEvent) -> Line:
    try:
        if event.kind == INVITED:
            log.check_invited(event)
        elif event.kind == JOINED:
            log.check_joined(event)
        else:
            notice = log.check_notice(event)
            log.check_seen(event.seq, notice.seen_seq, notice.seen_head)
    except E2EEError as error:
        return _refused(event, error)
    return Line(event.seq, event.time, event.kind, event.party, LineState.SAID)


def _refused(event: LogEvent, error: E2EEError) -> Line:
    return Line(event.seq, event.time, event.kind, event.party, LineState.REFUSED, refusal=type(error).__name__)


def _pseudonyms(log: ExcerptLog) -> tuple[PublicPseudonym, ...]:
    third = log.third
    sides = log.records[-1].parties
    return sides if third is None else (*sides, third.keys)
