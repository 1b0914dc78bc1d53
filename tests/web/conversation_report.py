"""A report of a made conversation: sealed by whoever takes part in it, opened and verified by a moderator.

`clients/web/src/e2ee/testing/conversation-report.ts` does the same.
"""

from collections.abc import Sequence
from os import urandom

from messaging.e2ee import message
from messaging.e2ee.content import Text
from messaging.e2ee.epoch import EpochRecord
from messaging.e2ee.excerpt import ENTRY_KINDS, Excerpt, ExcerptEntry, encode_excerpt, parse_excerpt
from messaging.e2ee.excerpt_verifier import LineState, Pins, verify_excerpt
from messaging.e2ee.message import Place
from messaging.e2ee.report import Opening, Statement, StatementKind, open_statement, seal_statement, sign_statement
from messaging.e2ee.suite import KemKey, SigningKey
from messaging.e2ee.verified_log import LogEvent
from tests.web.conversation import Made, raw

FIRST, LAST = 2, 5
OPENED = (2, 4)
WORDS = "Il demande un virement : « tout de suite »."


def make(
    service: bytes,
    events: Sequence[LogEvent],
    heads: Sequence[bytes],
    epochs: Sequence[tuple[EpochRecord, bytes]],
    signing: SigningKey,
) -> Made:
    """As party 1, under the last of these epochs; `heads` are those after each event, that of the empty log first."""
    thread, moderators, report = epochs[0][0].thread, urandom(32), urandom(16)
    openings = tuple(_opening(events[seq - 1], epochs) for seq in OPENED)
    said = Statement(
        *(StatementKind.REPORT, report, thread, 1, epochs[-1][0].n, "payment", WORDS, FIRST, LAST, heads[LAST]),
        openings,
    )
    sealed = seal_statement(sign_statement(said, signing), service=service, kem=KemKey(moderators).public)
    return {"report": report, "moderators": moderators, "sealed": sealed, "heads": list(heads)}


def _opening(event: LogEvent, epochs: Sequence[tuple[EpochRecord, bytes]]) -> Opening:
    n = message.parse_payload(event.payload).epoch
    record, secret = epochs[n]
    place = Place(record.thread, n, record.hash, event.party)
    opened = message.open_message(event.payload, secret, record.parties[event.party].sign, place)
    return Opening(event.seq, opened.k_enc, opened.k_f)


def read(made: Made, thread: Made, events: Sequence[LogEvent]) -> list[str]:
    """What a moderator is shown: the category, the words, then the proven lines; by way of the excerpt's file."""
    service, about = raw(thread["service"]), raw(thread["thread"])
    signed = open_statement(
        raw(made["sealed"]), StatementKind.REPORT, kem=KemKey(raw(made["moderators"])), service=service, thread=about,
        subject=raw(made["report"]),
    )  # fmt: skip
    said, heads = signed.statement, [raw(head) for head in made["heads"]]
    entries = [ExcerptEntry(heads[e.seq - 1], e) for e in events if e.seq < said.first and e.kind in ENTRY_KINDS]
    excerpt = Excerpt(
        service, about, tuple(entries), heads[said.first - 1], tuple(events[said.first - 1 : said.last]), signed
    )
    shown = verify_excerpt(parse_excerpt(encode_excerpt(excerpt)), Pins(service, raw(thread["stamp"])))
    proven = [line.content for line in shown.lines if line.state is LineState.PROVEN]
    return [said.category, said.text, *(each.text for each in proven if isinstance(each, Text))]
