"""Decisions: at once, or proposed until a second moderator approved; and what another moderator makes of an appeal.

What both sides are told is made before anything is stored: a statement of reasons that is not complete decides nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, Literal

import msgspec
from msgspec import structs

from messaging.domain import limits
from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.domain.errors import Conflict, Malformed, NotFound
from messaging.domain.ids import CaseId, DecisionId, MailboxId, SeatId, UnmaskingId
from messaging.domain.vocabulary import Measure
from messaging.e2ee.report import StatementKind
from messaging.e2ee.suite import sha256
from messaging.moderation import case as rules
from messaging.moderation import decision as decisions
from messaging.moderation import statement
from messaging.moderation.case import CaseAction, CaseState
from messaging.moderation.decision import TAKES_TWO, DecisionAction, DecisionState
from messaging.moderation.statement import Reasons, Side, Text
from messaging.ports import CaseRow, DecisionRow, ToldRow, Transaction, UnmaskingRow
from messaging.relations import facts
from messaging.services.context import Context
from messaging.services.moderation import audited, sanctions
from messaging.services.moderation.casework import check_in_question
from messaging.services.moderation.subjects import (
    Locked,
    announce,
    authorize_again,
    is_same_person,
    locked,
    sides,
    subject_of,
)
from messaging.services.outcome import Outcome, Publication
from messaging.wire.moderation import Decide, Decided, InBoth, Letter, Letters, Second

_DAY_MS: Final = 86_400_000
Outcomes = Literal["none", "warning", "frozen", "blocked", "suspended"]
OUTCOMES: Final[Mapping[Measure, Outcomes]] = MappingProxyType(
    {
        Measure.NONE: "none",
        Measure.WARNING: "warning",
        Measure.FREEZE: "frozen",
        Measure.BLOCK: "blocked",
        Measure.SUSPENSION: "suspended",
    }
)
"""As relation events tell it."""
_BODY: Final = msgspec.json.Decoder(Decide)


async def decide(tx: Transaction, actor: Actor, case: CaseId, body: Decide, context: Context) -> Outcome[Decided]:
    """Decides, or proposes what takes two. The same decision again is answered as it stands.

    Raises: NotFound, Malformed (a placeholder is left, a duration that the measure has not), Conflict.
    """
    before = await tx.measures.get(DecisionId(body.decision))
    if before is not None and before.case == case:
        return Outcome(await _replayed(tx, actor, before, body))
    held = await locked(tx, actor, Operation.CASE_DECIDE, case, context)
    await check(tx, held, body)
    peer = await peer_of(tx, held.row, body)
    now = context.clock()
    reasons = reasons_of(held.row, body, now)
    for side in Side:
        statement.decision(reasons, side)
    row = decision_row(held, body, peer, now)
    if body.measure not in TAKES_TWO:
        rules.advance(CaseState(held.row.state), CaseAction.DECIDE)
        heard = await _put_in_force(tx, held, row, reasons, context)
        return Outcome(Decided(DecisionState.IN_FORCE), heard)
    if held.subject.proposers:
        raise Conflict("a proposal waits for a second moderator already")
    rules.advance(CaseState(held.row.state), CaseAction.DECIDE)
    row = replace(row, state=decisions.advance(DecisionState.ABSENT, DecisionAction.PROPOSE))
    if not await tx.measures.add(row):
        raise Conflict("this id was used for another decision")
    await audited.note(tx, context, "proposed", held.grant, about=row.decision, detail=row.measure.encode())
    return Outcome(Decided(DecisionState.PROPOSED), await announce(tx))


async def _replayed(tx: Transaction, actor: Actor, before: DecisionRow, body: Decide) -> Decided:
    """To whoever decided, who has the case no more. Raises: NotFound, Conflict."""
    await authorize_again(tx, actor, Operation.CASE_DECIDE, before.case, holder=before.seat)
    if before.body != _encoded(body):
        raise Conflict("this id was used for another decision")
    return Decided(str(before.state))


async def letters(tx: Transaction, actor: Actor, case: CaseId, body: Decide, context: Context) -> Letters:
    """What both sides would be told of this decision. Nothing of the case is read, and nothing decided.

    Raises: NotFound, Malformed (a placeholder is left, a duration that the measure has not).
    """
    found = await tx.cases.get(case)
    now = context.clock()
    grant = authorize(actor, Operation.CASE_LETTERS, None if found is None else await subject_of(tx, found, now))
    if found is None or grant.seat is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    reasons = reasons_of(found, body, now)
    accused, reporter = (statement.decision(reasons, side) for side in (Side.ACCUSED, Side.REPORTER))
    return Letters(Letter(accused.fr, accused.en), Letter(reporter.fr, reporter.en))


async def approve(tx: Transaction, actor: Actor, case: CaseId, body: Second, context: Context) -> Outcome[Decided]:
    """The second moderator's word. The same again is answered as it stands. Raises: NotFound, Conflict, Busy."""
    proposed = await tx.measures.get(DecisionId(body.subject))
    spoken = proposed or await tx.measures.unmasking(UnmaskingId(body.subject))
    if spoken is not None and spoken.case == case and spoken.state != DecisionState.PROPOSED:
        return Outcome(await _spoken_again(tx, actor, spoken, body))
    found = await tx.cases.get(case)
    authorize(actor, Operation.CASE_APPROVE, None if found is None else await subject_of(tx, found, context.clock()))
    if proposed is not None and proposed.case == case and proposed.mailbox is not None:
        await sanctions.hold(tx, Grant(Operation.CASE_APPROVE, case=case), proposed.mailbox)
    held = await locked(tx, actor, Operation.CASE_APPROVE, case, context)
    if proposed is None:
        return await _approve_unmasking(tx, held, body, context)
    if proposed.case != case:
        raise NotFound("unknown, or not yours")
    second = await _second(tx, held, proposed.seat)
    action = DecisionAction.APPROVE if body.approve else DecisionAction.REFUSE
    state = decisions.advance(DecisionState(proposed.state), action)
    if not body.approve:
        await tx.measures.set_state(proposed.decision, state, second)
        await tx.cases.update(replace(held.row, second=None))
        await audited.note(tx, context, "refused", held.grant, about=proposed.decision)
        return Outcome(Decided(state), await announce(tx))
    said = _BODY.decode(proposed.body)
    now = context.clock()
    ends_at = decisions.ends_at(said.measure, said.days, now, limits.measure_days_max)
    row = replace(proposed, second=second, ends_at=ends_at)
    heard = await _put_in_force(tx, held, row, reasons_of(held.row, said, now), context)
    return Outcome(Decided(state), heard)


async def _spoken_again(tx: Transaction, actor: Actor, spoken: DecisionRow | UnmaskingRow, body: Second) -> Decided:
    """To the second moderator whose word it was. Raises: NotFound, Conflict."""
    if spoken.second is None:
        raise NotFound("unknown, or not yours")
    proposer = frozenset((spoken.seat,))
    await authorize_again(tx, actor, Operation.CASE_APPROVE, spoken.case, second=spoken.second, proposers=proposer)
    if body.approve is (spoken.state == DecisionState.REFUSED):
        raise Conflict("another word was given on this")
    return Decided(str(spoken.state))


async def _put_in_force(
    tx: Transaction, held: Locked, decision: DecisionRow, reasons: Reasons, context: Context
) -> list[Publication]:
    """Stores the decision as in force, moves the case, enforces, tells both sides: all of it, or nothing."""
    now = context.clock()
    said = _BODY.decode(decision.body)
    is_approved = decision.state == DecisionState.PROPOSED
    if is_approved:
        state = decisions.advance(DecisionState.PROPOSED, DecisionAction.APPROVE)
        await tx.measures.set_state(decision.decision, state, decision.second)
    elif not await tx.measures.add(replace(decision, state=DecisionState.IN_FORCE)):
        raise Conflict("this id was used for another decision")
    row = replace(
        held.row,
        state=rules.advance(CaseState(held.row.state), CaseAction.DECIDE),
        holder=None,
        held_until=None,
        due_at=None,
        second=None,
        decider=decision.seat,
        approver=decision.second,
        decided_at=now,
        closes_at=reasons.appeal_until,
        in_question=tuple(sorted(set(said.seqs))) or held.row.in_question,
        accused_told=held.row.accused_told or said.measure is not Measure.NONE,
    )
    await tx.cases.update(row)
    await tx.cases.find(row.case, finding_of(said))
    thread, heard = await sanctions.settle(tx, held.grant, decision, held.thread, context)
    if thread is not None:
        at = max(now, thread.last_at)
        fact = facts.decided(thread.subject, thread.relation_n, at, OUTCOMES[said.measure])
        await sanctions.tell_relation(tx, thread, fact)
    await tell(tx, row, statement.decision(reasons, Side.ACCUSED), statement.decision(reasons, Side.REPORTER), now)
    actor = structs.replace(held.grant, seat=decision.seat)
    detail = f"{said.measure}:".encode() + sha256(decision.body)
    await audited.note(tx, context, "decided", actor, second=decision.second, about=decision.decision, detail=detail)
    return [*heard, *await announce(tx, *await sides(tx, row))]


async def tell(tx: Transaction, row: CaseRow, accused: Text, reporter: Text, now: int) -> None:
    """Each who is concerned, once: the accused where they know of the case, who reported, who sent a notice."""
    if row.accused is not None and row.accused_told:
        await tx.cases.tell(ToldRow(row.case, now, accused.fr, accused.en, mailbox=row.accused))
    for mailbox in sorted(await tx.cases.reporters(row.case)):
        await tx.cases.tell(ToldRow(row.case, now, reporter.fr, reporter.en, mailbox=mailbox))
    for account in sorted({each.account for each in await tx.cases.notices(row.case)}):
        await tx.cases.tell(ToldRow(row.case, now, reporter.fr, reporter.en, account=account))


async def check(tx: Transaction, held: Locked, body: Decide) -> None:
    """What the case lets be decided. Raises: Conflict, Malformed."""
    row = held.row
    if body.abusive and body.measure is not Measure.NONE:
        raise Malformed("a report that founds a measure was no abuse")
    if body.measure is not Measure.NONE:
        if row.accused is None or held.thread is None or not row.reports:
            raise Conflict("without a report that shows what was written nobody is sanctioned")
        if not body.seqs:
            raise Malformed("a measure rests on messages of the accused")
    if body.seqs and held.thread is None:
        raise Conflict("there is no conversation in this case")
    await check_in_question(tx, held, body.seqs)


def decision_row(held: Locked, body: Decide, peer: MailboxId | None, now: int) -> DecisionRow:
    row = held.row
    if held.grant.seat is None:
        raise NotFound("unknown, or not yours")
    return DecisionRow(
        decision=DecisionId(body.decision),
        case=row.case,
        measure=body.measure,
        state=DecisionState.ABSENT,
        at=now,
        seat=held.grant.seat,
        second=None,
        ends_at=decisions.ends_at(body.measure, body.days, now, limits.measure_days_max),
        thread=row.thread,
        mailbox=row.accused,
        peer=peer,
        body=_encoded(body),
    )


async def peer_of(tx: Transaction, row: CaseRow, body: Decide) -> MailboxId | None:
    """With whom a block keeps the accused from having contact: who reported first. `Measures.blocked` knows those who
    joined the case.
    """
    if body.measure is not Measure.BLOCK:
        return None
    said = await tx.cases.statements(row.case)
    return next((each.mailbox for each in said if each.kind == StatementKind.REPORT.value), None)


def reasons_of(row: CaseRow, body: Decide, now: int) -> Reasons:
    return Reasons(
        measure=body.measure,
        origin=row.origin,
        ground=body.ground,
        rule=text_of(body.rule),
        facts=text_of(body.facts),
        ends_at=decisions.ends_at(body.measure, body.days, now, limits.measure_days_max),
        appeal_until=now + limits.appeal_days * _DAY_MS,
    )


def finding_of(body: Decide) -> str:
    if body.measure is not Measure.NONE:
        return "founded"
    return "abusive" if body.abusive else "unfounded"


async def _approve_unmasking(tx: Transaction, held: Locked, body: Second, context: Context) -> Outcome[Decided]:
    asked = await tx.measures.unmasking(UnmaskingId(body.subject))
    if asked is None or asked.case != held.row.case:
        raise NotFound("unknown, or not yours")
    second = await _second(tx, held, asked.seat)
    action = DecisionAction.APPROVE if body.approve else DecisionAction.REFUSE
    state = decisions.advance(DecisionState(asked.state), action)
    await tx.measures.approve_unmasking(asked.unmasking, state, second, context.clock())
    if not body.approve:
        await tx.cases.update(replace(held.row, second=None))
    actor = structs.replace(held.grant, seat=asked.seat)
    kind = "unmasking_approved" if body.approve else "unmasking_refused"
    await audited.note(tx, context, kind, actor, second=second, about=asked.unmasking)
    return Outcome(Decided(state), await announce(tx))


async def _second(tx: Transaction, held: Locked, proposer: SeatId) -> SeatId:
    """The seat of who acts, who is another person than the proposer. Raises: NotFound."""
    if held.grant.seat is None or await is_same_person(tx, held.grant.seat, proposer):
        raise NotFound("unknown, or not yours")
    return held.grant.seat


def text_of(both: InBoth) -> Text:
    return Text(both.fr, both.en)


def _encoded(body: Decide) -> bytes:
    return msgspec.json.encode(body)
