"""A case's file: released to the moderator who holds the case, and to the second one; the audit leaf is in the same
transaction, one for the look and one for each statement that was released.

What proves a statement is the log as it was stored and stamped (SPEC.md section 10.4). Nothing is opened here: what the
moderator can read is what somebody sealed to the moderators.
"""

import msgspec
from msgspec import structs

from messaging.domain import limits
from messaging.domain.authorization import Actor, Grant, Operation
from messaging.domain.errors import TooLarge
from messaging.domain.ids import CaseId
from messaging.domain.vocabulary import EventKind
from messaging.e2ee import chain
from messaging.e2ee.excerpt import ENTRY_KINDS
from messaging.e2ee.report import NO_HEAD
from messaging.moderation.statement import Side
from messaging.ports import CaseRow, EventRow, StatementRow, ThreadRow, Transaction
from messaging.services import presenting
from messaging.services.context import Context
from messaging.services.moderation import audited
from messaging.services.moderation.subjects import Locked, locked
from messaging.services.outcome import Outcome
from messaging.wire.events import LogEntry
from messaging.wire.moderation import (
    CaseFile,
    CaseStatement,
    Decide,
    DecisionRead,
    ExcerptEntryView,
    NoticeRead,
    PartyRead,
    StatementView,
    UnmaskingRead,
)

_DAY_MS = 86_400_000
_BODY = msgspec.json.Decoder(Decide)


async def read(tx: Transaction, actor: Actor, case: CaseId, context: Context) -> Outcome[CaseFile]:
    """Raises: NotFound; TooLarge, for a log with too many renewals before the range."""
    held = await locked(tx, actor, Operation.CASE_READ, case, context)
    row, seat = held.row, held.grant.seat
    statements = await _statements(tx, held, context)
    decisions = await tx.measures.of_case(case)
    unmaskings = await tx.measures.unmaskings(case)
    for each in statements:
        await audited.note(tx, context, "released", held.grant, about=each.subject, detail=each.kind.encode())
    proof = await audited.note(tx, context, "read", held.grant)
    return Outcome(
        CaseFile(
            case=case,
            state=str(row.state),
            origin=row.origin,
            category=row.category,
            opened_at=row.opened_at,
            held_until=row.held_until,
            due_at=row.due_at,
            thread=row.thread,
            accused_party=row.accused_party,
            flag=row.flag,
            measured=row.measured,
            statements=statements,
            notices=[NoticeRead(each.at, each.text) for each in await tx.cases.notices(case)],
            decisions=[
                DecisionRead(
                    *(each.decision, each.measure, str(each.state), each.at, each.ends_at),
                    *((said := _BODY.decode(each.body)).ground, said.rule, said.facts, said.seqs),
                    is_mine=each.seat == seat,
                )
                for each in decisions
            ],
            unmaskings=[
                UnmaskingRead(each.unmasking, each.party, str(each.state), each.at, each.reason, each.seat == seat)
                for each in unmaskings
            ],
            parties=await _parties(tx, held, context.clock()),
            told=[StatementView(each.at, each.fr, each.en) for each in await tx.cases.told(case)],
            related=[each.case for each in await tx.cases.related(row)],
            audit=proof,
        )
    )


async def _statements(tx: Transaction, held: Locked, context: Context) -> list[CaseStatement]:
    said = await tx.cases.statements(held.row.case)
    if not said or held.thread is None:
        return []
    log = await _Log.read(tx, held.grant, held.thread, context, max(each.last for each in said))
    return [_statement(held.row, each, log) for each in said]


def _statement(row: CaseRow, said: StatementRow, log: "_Log") -> CaseStatement:
    side = Side.ACCUSED if said.mailbox == row.accused else Side.REPORTER
    first = said.first or log.end
    return CaseStatement(
        kind=said.kind,
        subject=said.subject,
        side=side.value,
        party=said.party,
        at=said.at,
        category=said.category,
        key=said.key,
        sealed=said.sealed,
        first=said.first,
        last=said.last,
        entries=[ExcerptEntryView(head, entry) for head, entry in log.entries if entry.seq < first],
        head=log.heads[said.first - 1] if said.first else NO_HEAD,
        events=log.events[said.first - 1 : said.last] if said.first else [],
        is_appeal=said.is_appeal,
    )


class _Log:
    """As much of a thread's log as excerpts need: the events up to the last range, and the heads between them."""

    def __init__(self, head_0: bytes) -> None:
        self.heads: list[bytes] = [head_0]
        """`heads[i]`: after i events."""
        self.events: list[LogEntry] = []
        self.entries: list[tuple[bytes, LogEntry]] = []
        self.end = 2**53

    @classmethod
    async def read(cls, tx: Transaction, grant: Grant, thread: ThreadRow, context: Context, last: int) -> "_Log":
        """Up to `last`, and of what comes after only what tells whose keys are in force."""
        log = cls(chain.head0(context.service_id, thread.thread))
        own, after = structs.replace(grant, thread=thread.thread), 0
        while after < thread.head_seq:
            page = await tx.events.range(own, after, limits.pull_events_max, limits.pull_bytes_max)
            for event in page:
                log._take(event, keep=event.seq <= last)
            after = page[-1].seq
        if len(log.entries) > limits.excerpt_entries_max:
            raise TooLarge("the keys of this conversation were renewed too often for an excerpt")
        return log

    def _take(self, event: EventRow, *, keep: bool) -> None:
        entry = presenting.log_entry(event, withheld=event.kind == EventKind.RELEASED)
        if event.kind in ENTRY_KINDS:
            self.entries.append((self.heads[-1], entry))
        if keep:
            self.events.append(entry)
        digest = chain.digest(event.kind, event.party, event.payload)
        self.heads.append(chain.next_head(self.heads[-1], event.seq, event.at, event.kind, event.party, digest))


async def _parties(tx: Transaction, held: Locked, now: int) -> list[PartyRead]:
    if held.thread is None:
        return []
    found = []
    for party, mailbox in enumerate(held.thread.audience):
        side = await tx.threads.side(Grant(held.grant.operation, thread=held.thread.thread, party=party))
        history = await tx.cases.history(mailbox, now - 30 * _DAY_MS, now - limits.reporter_record_days * _DAY_MS)
        found.append(
            PartyRead(
                party=party,
                presentation=side.presentation,
                is_accused=party == held.row.accused_party,
                opened=history.opened,
                reported=history.reported,
                measures=history.measures,
                reports_made=history.made,
                reports_founded=history.founded,
                reports_abusive=history.abusive,
            )
        )
    return found
