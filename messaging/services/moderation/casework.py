"""What a moderator does before a decision: sees the queue, claims, asks the accused. Each look leaves its leaf."""

from dataclasses import replace
from typing import Final

from msgspec import structs

from messaging.domain import limits
from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.domain.errors import Conflict, NotFound
from messaging.domain.ids import CaseId, MailboxId, SeatId
from messaging.domain.vocabulary import THIRD, CaseOrigin, EventKind
from messaging.moderation import case as rules
from messaging.moderation import priority
from messaging.moderation.case import CaseAction, CaseState
from messaging.moderation.priority import Record, Waiting
from messaging.moderation.statement import FACTS
from messaging.ports import CaseRow, Transaction
from messaging.services.context import Context
from messaging.services.moderation import audited, stays
from messaging.services.moderation.subjects import Locked, announce, is_concerned, locked, sides, subject_of
from messaging.services.outcome import Outcome
from messaging.wire.moderation import AuditProof, Claimed, FactsTemplate, Hearing, InBoth, Queue, QueuedCase, Workload

_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS
_CLAIM_MS: Final = limits.case_claim_h * _HOUR_MS
_LOAD_MS: Final = 30 * _DAY_MS


async def note_queue(tx: Transaction, actor: Actor, context: Context) -> Outcome[AuditProof]:
    """The leaf of a look at the queue, committed before the queue is read. Raises: NotFound."""
    grant, _ = await _moderator(tx, actor)
    return Outcome(await audited.note(tx, context, "queue", grant))


async def queue(tx: Transaction, actor: Actor, proof: AuditProof, context: Context) -> Queue:
    """What is free, one's own, and what waits for a second moderator; of cases that others have nothing. It takes many
    queries: nobody who writes is to wait for it, so that its leaf is a transaction of its own before.

    Raises: NotFound.
    """
    _, seat = await _moderator(tx, actor)
    now = context.clock()
    found = []
    for origin in CaseOrigin:
        found += await _most_urgent(tx, actor, seat, origin, now)
    found.sort(key=lambda each: (-each.points, each.opened_at, each.case))
    load = await tx.cases.load(now - _LOAD_MS)
    minutes = None if load.median_ms is None else load.median_ms // 60_000
    workload = Workload(load.waiting, load.decided, minutes, load.appealed, load.overturned)
    templates = [FactsTemplate(category, InBoth(text.fr, text.en)) for category, text in FACTS.items()]
    return Queue(found, workload, templates, proof)


async def _most_urgent(tx: Transaction, actor: Actor, seat: SeatId, origin: CaseOrigin, now: int) -> list[QueuedCase]:
    """Of one origin, one's own first: chosen by what a case says itself, before the limit. What takes queries of its
    own (related cases, what a reporter did before) moves those that were chosen.
    """

    def place(row: CaseRow) -> tuple[bool, int, int, CaseId]:
        is_appeal = row.state == CaseState.APPEALED
        alone = Waiting(row.category, row.origin, row.reports, 0, row.opened_at, is_appeal, Record())
        return seat not in (row.holder, row.second), -priority.rank(alone, now).points, row.opened_at, row.case

    found: list[QueuedCase] = []
    for row in sorted(await tx.cases.queue(seat, origin, now, limits.queue_considered_max), key=place):
        listed = await _listed(tx, actor, seat, row, now)
        if listed is not None:
            found.append(listed)
        if len(found) >= limits.queue_cases_max:
            break
    return found


async def _moderator(tx: Transaction, actor: Actor) -> tuple[Grant, SeatId]:
    grant = authorize(actor, Operation.MODERATION_QUEUE)
    if grant.seat is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    return grant, grant.seat


async def claim(tx: Transaction, actor: Actor, case: CaseId, context: Context) -> Outcome[Claimed]:
    """Takes a case, with all free ones about the same party, or prolongs one's claim. Raises: NotFound."""
    held = await locked(tx, actor, Operation.CASE_CLAIM, case, context)
    now = context.clock()
    taken = [held.row]
    if held.row.state == CaseState.RECEIVED:
        for row in await tx.cases.related(held.row):
            subject = await subject_of(tx, row, now)
            if subject.claimable and row.state == CaseState.RECEIVED and not is_concerned(actor, subject):
                taken.append(row)
    until = 0
    for row in taken:
        state = CaseState(row.state)
        if state in rules.CLAIMABLE:
            state = rules.advance(state, CaseAction.CLAIM)
        until = rules.claim_ends(now, row.due_at, _CLAIM_MS)
        await tx.cases.update(replace(row, state=state, holder=held.grant.seat, held_until=until))
    for row in taken:
        await audited.note(tx, context, "claimed", structs.replace(held.grant, case=row.case))
    return Outcome(Claimed([row.case for row in taken], until), await announce(tx, *await sides(tx, held.row)))


async def release(tx: Transaction, actor: Actor, case: CaseId, context: Context) -> Outcome[None]:
    """Gives a case back. Raises: NotFound, Conflict."""
    held = await locked(tx, actor, Operation.CASE_RELEASE, case, context)
    await tx.cases.update(released(held.row))
    await audited.note(tx, context, "given_back", held.grant)
    return Outcome(None, await announce(tx))


async def hear(tx: Transaction, actor: Actor, case: CaseId, body: Hearing, context: Context) -> Outcome[None]:
    """Asks the accused about messages of their own: they learn which, and nothing that the reporter said.

    Raises: NotFound, Conflict.
    """
    held = await locked(tx, actor, Operation.CASE_HEAR, case, context)
    row, now = held.row, context.clock()
    if row.accused is None or held.thread is None:
        raise Conflict("there is nobody to ask in this case")
    await check_in_question(tx, held, body.seqs)
    due = now + limits.case_answer_days * _DAY_MS
    row = replace(
        row,
        state=rules.advance(CaseState(row.state), CaseAction.HEAR),
        due_at=due,
        held_until=rules.claim_ends(now, due, _CLAIM_MS),
        in_question=tuple(sorted(set(body.seqs))),
        accused_told=True,
    )
    await tx.cases.update(row)
    await audited.note(tx, context, "heard", held.grant)
    return Outcome(None, await announce(tx, *await sides(tx, row)))


async def second(tx: Transaction, actor: Actor, case: CaseId, context: Context) -> Outcome[None]:
    """Takes on the part of the second moderator, who then sees the case too. Raises: NotFound."""
    held = await locked(tx, actor, Operation.CASE_SECOND, case, context)
    await tx.cases.update(replace(held.row, second=held.grant.seat))
    await audited.note(tx, context, "seconding", held.grant)
    return Outcome(None, await announce(tx))


def released(row: CaseRow) -> CaseRow:
    """A case that nobody has any more; who was asked has the time that they were given."""
    state = rules.advance(CaseState(row.state), CaseAction.RELEASE)
    return replace(row, state=state, holder=None, held_until=None, second=None)


async def check_in_question(tx: Transaction, held: Locked, seqs: list[int]) -> None:
    """Only messages that the accused wrote are in question, of a third party not those of another one before or after
    it. Raises: Conflict.
    """
    wanted = set(seqs)
    if not wanted:
        return
    grant = structs.replace(held.grant, thread=held.row.thread)
    after = min(wanted) - 1
    while wanted:
        page = await tx.events.range(grant, after, limits.pull_events_max, limits.pull_bytes_max)
        for event in page:
            if event.seq in wanted:
                if (event.kind, event.party) != (EventKind.MESSAGE, held.row.accused_party):
                    raise Conflict("what is in question are messages that the accused wrote")
                if event.party == THIRD and not await stays.wrote(tx, grant, event.seq, held.row.accused):
                    raise Conflict("what is in question are messages that the accused wrote")
                wanted.discard(event.seq)
        if not page:
            raise Conflict("what is in question are messages that the accused wrote")
        after = max(page[-1].seq, min(wanted, default=0) - 1)


async def _listed(tx: Transaction, actor: Actor, seat: SeatId, row: CaseRow, now: int) -> QueuedCase | None:
    subject = await subject_of(tx, row, now)
    is_mine, wants_second = seat in (subject.holder, subject.second), bool(subject.proposers)
    is_free = subject.claimable and not (subject.appealed and seat in subject.deciders)
    is_for_me = subject.second is None and subject.is_second_for(seat)
    if is_concerned(actor, subject) or not (is_mine or is_free or is_for_me):
        return None
    record = await _record(tx, subject.reporters, now)
    related = await tx.cases.related(row)
    waiting = Waiting(row.category, row.origin, row.reports, len(related), row.opened_at, subject.appealed, record)
    ranked = priority.rank(waiting, now)
    return QueuedCase(
        case=row.case,
        state=str(row.state),
        origin=row.origin,
        category=row.category,
        opened_at=row.opened_at,
        points=ranked.points,
        reasons=list(ranked.reasons),
        reports=row.reports,
        related=len(related),
        mine=is_mine,
        held_until=row.held_until if is_mine else None,
        due_at=row.due_at,
        wants_second=wants_second,
        abusive_reporter=record.abuses,
        flag=row.flag,
        measured=row.measured,
    )


async def _record(tx: Transaction, reporters: frozenset[MailboxId], now: int) -> Record:
    """Of the reporter with the most abusive reports."""
    worst = Record()
    for mailbox in sorted(reporters):
        history = await tx.cases.history(mailbox, now, now - limits.reporter_record_days * _DAY_MS)
        record = Record(history.made, history.founded, history.abusive)
        worst = max(worst, record, key=lambda each: each.abusive)
    return worst
