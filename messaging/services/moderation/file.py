"""A case's file: released to the moderator who holds the case, and to the second one. Its audit leaves, one for the
look and one for each statement that is released, are committed first: it is read after, and keeps nobody waiting.

What proves a statement is the log as it was stored and stamped (SPEC.md section 10.4). Nothing is opened here: what the
moderator can read is what somebody sealed to the moderators. However long the log is, and however often its keys were
renewed, an answer has as much of it as fits, and the rest is asked for.
"""

from typing import NamedTuple

import msgspec
from msgspec import structs

from messaging.domain import limits
from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.domain.errors import NotFound
from messaging.domain.ids import CaseId
from messaging.domain.vocabulary import THIRD, EventKind
from messaging.e2ee import chain, epoch
from messaging.e2ee.report import NO_HEAD
from messaging.moderation.statement import Side
from messaging.ports import CaseRow, EventRow, StatementRow, ThreadRow, Transaction
from messaging.services import presenting
from messaging.services.context import Context
from messaging.services.moderation import audited, stays
from messaging.services.moderation.subjects import locked, subject_of
from messaging.services.outcome import Outcome
from messaging.wire.events import LogEntry
from messaging.wire.moderation import (
    AuditProof,
    CaseExcerpt,
    CaseFile,
    CaseStatement,
    Continuing,
    Decide,
    DecisionRead,
    ExcerptEntryView,
    NoticeRead,
    PartyRead,
    StatementView,
    UnmaskingRead,
)
from messaging.wire.types import Presentation

_DAY_MS = 86_400_000
_BODY = msgspec.json.Decoder(Decide)
_ENTRIES_READ = 64
"""At once."""


class Noted(NamedTuple):
    """What the audit log says that somebody is given."""

    proof: AuditProof
    statements: int
    """So many, the first ones: what is said after that was released to nobody yet."""


async def note(tx: Transaction, actor: Actor, case: CaseId, context: Context) -> Outcome[Noted]:
    """The leaves of a reading, before it. Raises: NotFound."""
    held = await locked(tx, actor, Operation.CASE_READ, case, context)
    statements = [] if held.thread is None else await tx.cases.statements(case)
    for each in statements:
        await audited.note(tx, context, "released", held.grant, about=each.subject, detail=each.kind.encode())
    return Outcome(Noted(await audited.note(tx, context, "read", held.grant), len(statements)))


async def read(tx: Transaction, actor: Actor, case: CaseId, noted: Noted, context: Context) -> CaseFile:
    """The file, in a transaction that only reads. Raises: NotFound."""
    row, grant, thread = await _held(tx, actor, Operation.CASE_READ, case, context)
    statements = (await tx.cases.statements(case))[: noted.statements]
    decisions = await tx.measures.of_case(case)
    unmaskings = await tx.measures.unmaskings(case)
    return CaseFile(
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
        statements=[] if thread is None else await _statements(tx, row, grant, thread, statements),
        notices=[NoticeRead(each.at, each.text) for each in await tx.cases.notices(case)],
        decisions=[
            DecisionRead(
                *(each.decision, each.measure, str(each.state), each.at, each.ends_at),
                *((said := _BODY.decode(each.body)).ground, said.rule, said.facts, said.seqs),
                is_mine=each.seat == grant.seat,
            )
            for each in decisions
        ],
        unmaskings=[
            UnmaskingRead(each.unmasking, each.party, str(each.state), each.at, each.reason, each.seat == grant.seat)
            for each in unmaskings
        ],
        parties=[] if thread is None else await _parties(tx, row, grant, thread, context.clock()),
        told=[StatementView(each.at, each.fr, each.en) for each in await tx.cases.told(case)],
        related=[each.case for each in await tx.cases.related(row)],
        audit=noted.proof,
    )


async def note_more(
    tx: Transaction, actor: Actor, case: CaseId, body: Continuing, context: Context
) -> Outcome[AuditProof]:
    """The leaf of what follows in a statement's excerpt, before it. Raises: NotFound."""
    held = await locked(tx, actor, Operation.CASE_EXCERPT, case, context)
    said = _chosen(await tx.cases.statements(case), body)
    return Outcome(
        await audited.note(tx, context, "released", held.grant, about=said.subject, detail=said.kind.encode())
    )


async def read_more(
    tx: Transaction, actor: Actor, case: CaseId, body: Continuing, proof: AuditProof, context: Context
) -> CaseExcerpt:
    """What follows in a statement's excerpt, as much as an answer has. Raises: NotFound."""
    _, grant, thread = await _held(tx, actor, Operation.CASE_EXCERPT, case, context)
    if thread is None:
        raise NotFound("unknown, or not yours")
    log = _Log(tx, grant, thread)
    piece = await log.piece(_chosen(await tx.cases.statements(case), body), body.after)
    return CaseExcerpt(piece.entries, piece.events, piece.more, proof)


async def _held(
    tx: Transaction, actor: Actor, operation: Operation, case: CaseId, context: Context
) -> tuple[CaseRow, Grant, ThreadRow | None]:
    """A case as it is now, for whoever has it. Raises: NotFound."""
    row = await tx.cases.get(case)
    subject = None if row is None else await subject_of(tx, row, context.clock())
    grant = authorize(actor, operation, subject)
    if row is None or grant.seat is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    if row.thread is None:
        return row, grant, None
    return row, structs.replace(grant, thread=row.thread), (await tx.threads.get([row.thread])).get(row.thread)


def _chosen(statements: list[StatementRow], body: Continuing) -> StatementRow:
    if not 0 <= body.statement < len(statements):
        raise NotFound("unknown, or not yours")
    return statements[body.statement]


async def _statements(
    tx: Transaction, row: CaseRow, grant: Grant, thread: ThreadRow, statements: list[StatementRow]
) -> list[CaseStatement]:
    log = _Log(tx, grant, thread)
    heads: dict[int, bytes] = {}
    for first in sorted({each.first for each in statements if each.first}):
        heads[first] = await log.head_before(first)
    return [_statement(row, each, heads.get(each.first, NO_HEAD), await log.piece(each, 0)) for each in statements]


def _statement(row: CaseRow, said: StatementRow, head: bytes, piece: "_Piece") -> CaseStatement:
    side = Side.ACCUSED if said.mailbox == row.accused else Side.REPORTER
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
        entries=piece.entries,
        head=head,
        events=piece.events,
        is_appeal=said.is_appeal,
        more=piece.more,
    )


class _Piece(NamedTuple):
    """What an answer has of one excerpt: entries, then events; whether more follows."""

    entries: list[ExcerptEntryView]
    events: list[LogEntry]
    more: bool


class _Log:
    """A thread's log as excerpts need it, read in steps: a payload stays only where it is shown."""

    def __init__(self, tx: Transaction, grant: Grant, thread: ThreadRow) -> None:
        self._tx, self._grant, self._thread = tx, grant, thread
        self._left = limits.excerpt_bytes_max
        self._walked = (-1, b"")
        """How far the log was read, and its head there; nowhere yet."""

    async def piece(self, said: StatementRow, after: int) -> _Piece:
        """What comes after the event `after` in the excerpt of a statement, as much as the answer still holds."""
        entries, after = await self._entries(said, after)
        events: list[LogEntry] = []
        after = max(after, said.first - 1)
        while self._left > 0 and after < said.last:
            most = min(self._left, limits.excerpt_step_bytes)
            for row in await self._step(after, said.last, most):
                events.append(self._taken(row))
                after = row.seq
        return _Piece(entries, events, more=self._left <= 0 and (not said.last or after < said.last))

    async def _entries(self, said: StatementRow, after: int) -> tuple[list[ExcerptEntryView], int]:
        """Those after `after`, and the seq of the last one: before the range, or the answer if it has no range."""
        end = said.first or await self._tx.events.last_until(self._grant, said.at) + 1
        found: list[ExcerptEntryView] = []
        while self._left > 0:
            rows = await self._tx.events.renewals(self._grant, after, end, _ENTRIES_READ)
            for row in rows:
                if self._left > 0:
                    found.append(ExcerptEntryView(await self.head_before(row.seq), self._taken(row)))
                    after = row.seq
            if len(rows) < _ENTRIES_READ:
                break
        return found, after

    async def head_before(self, seq: int) -> bytes:
        """The head before the event of that seq. What the record in force was made on is read in it: of the log only
        what came since is read.
        """
        seen, head = await self._made_on(seq)
        if seen <= self._walked[0] < seq:
            seen, head = self._walked
        while seen < seq - 1:
            for row in await self._step(seen, seq - 1, limits.excerpt_step_bytes):
                digest = chain.digest(row.kind, row.party, row.payload)
                head = chain.next_head(head, row.seq, row.at, row.kind, row.party, digest)
                seen = row.seq
        self._walked = (seen, head)
        return head

    async def _step(self, after: int, last: int, bytes_max: int) -> list[EventRow]:
        """What comes after `after`, up to `last` at the most. Raises: NotFound, where it was erased meanwhile."""
        most = min(last - after, limits.pull_events_max)
        rows = await self._tx.events.range(self._grant, after, most, bytes_max)
        if not rows:
            raise NotFound("unknown, or not yours")
        return rows

    async def _made_on(self, seq: int) -> tuple[int, bytes]:
        """Of the newest record up to `seq`: after which event it was made, and the head there. The service takes none
        that was made on another head than the last one; whoever lets a third party in makes it before the joining.
        """
        begun = await self._tx.events.epoch_at(self._grant, seq)
        if begun is None:
            raise NotFound("unknown, or not yours")
        before = await self._tx.events.renewals(self._grant, begun.seq - 2, begun.seq, 1)
        joins = bool(before) and before[0].kind == EventKind.JOINED
        return begun.seq - (2 if joins else 1), epoch.parse_signed(begun.payload).record.thread_head

    def _taken(self, row: EventRow) -> LogEntry:
        self._left -= len(row.payload)
        return presenting.log_entry(row, withheld=row.kind == EventKind.RELEASED)


async def _parties(tx: Transaction, row: CaseRow, grant: Grant, thread: ThreadRow, now: int) -> list[PartyRead]:
    """Those who are in; in the place of a third party the accused one, where it was another or left."""
    present = dict(enumerate(thread.audience))
    stay = await stays.accused(tx, grant.operation, row)
    if stay is not None:
        present[THIRD] = stay.mailbox
    found = []
    for party, mailbox in present.items():
        if party == THIRD and stay is not None:
            shown = Presentation(*(await stays.invitation(tx, stay)).shown)
        else:
            shown = (await tx.threads.side(Grant(grant.operation, thread=thread.thread, party=party))).presentation
        history = await tx.cases.history(mailbox, now - 30 * _DAY_MS, now - limits.reporter_record_days * _DAY_MS)
        found.append(
            PartyRead(
                party=party,
                presentation=shown,
                is_accused=party == row.accused_party,
                opened=history.opened,
                reported=history.reported,
                measures=history.measures,
                reports_made=history.made,
                reports_founded=history.founded,
                reports_abusive=history.abusive,
            )
        )
    return found
