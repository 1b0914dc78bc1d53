"""What comes of an appeal, by a moderator who had no part in the decision: it stands, or ends with what it brought."""

from dataclasses import replace
from typing import Final

import msgspec

from messaging.domain import limits
from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.domain.errors import Conflict, Malformed
from messaging.domain.ids import CaseId
from messaging.domain.vocabulary import Measure
from messaging.e2ee.suite import sha256
from messaging.moderation import case as rules
from messaging.moderation import decision as decisions
from messaging.moderation import statement
from messaging.moderation.case import CaseAction, CaseState
from messaging.moderation.decision import TAKES_TWO, DecisionAction, DecisionState
from messaging.moderation.statement import Side
from messaging.ports import CaseRow, DecisionRow, Transaction
from messaging.relations import facts
from messaging.services.context import Context
from messaging.services.moderation import audited, sanctions
from messaging.services.moderation.deciding import (
    OUTCOMES,
    check,
    decision_row,
    finding_of,
    peer_of,
    reasons_of,
    tell,
    text_of,
)
from messaging.services.moderation.subjects import Locked, announce, authorize_again, locked, sides, subject_of
from messaging.services.outcome import Outcome, Publication
from messaging.wire.moderation import Decide, Review

_DAY_MS: Final = 86_400_000


async def review(tx: Transaction, actor: Actor, case: CaseId, body: Review, context: Context) -> Outcome[None]:
    """The same again changes nothing. Raises: NotFound, Malformed (a placeholder is left), Conflict, Busy."""
    found = await tx.cases.get(case)
    if found is not None and found.reviewer is not None:
        await authorize_again(tx, actor, Operation.CASE_REVIEW, case, holder=found.reviewer)
        if found.review != _hash_of(body):
            raise Conflict("this appeal was decided otherwise")
        return Outcome(None)
    authorize(actor, Operation.CASE_REVIEW, None if found is None else await subject_of(tx, found, context.clock()))
    await _hold(tx, case)
    held = await locked(tx, actor, Operation.CASE_REVIEW, case, context)
    if held.row.state != CaseState.APPEALED:
        raise Conflict("nobody contests a decision here")
    now = context.clock()
    told = statement.outcome(overturned=body.overturn, reasons=text_of(body.reasons))
    await _check_instead(tx, held, body, now)
    held = replace(held, row=_after(held, body, now))
    heard = await _overturn(tx, held, body.instead, now, context) if body.overturn else []
    if held.thread is not None:
        thread = (await tx.threads.lock([held.thread.thread]))[held.thread.thread]
        outcome = OUTCOMES[await _stands(tx, case)]
        at = max(now, thread.last_at)
        fact = facts.decided(thread.subject, thread.relation_n, at, outcome, on_appeal=True)
        await sanctions.tell_relation(tx, thread, fact)
    await tell(tx, held.row, told, told, now)
    if body.instead is not None:
        reasons = reasons_of(held.row, body.instead, now)
        accused, reporter = (statement.decision(reasons, side) for side in (Side.ACCUSED, Side.REPORTER))
        await tell(tx, held.row, accused, reporter, now)
    await tx.cases.update(held.row)
    await audited.note(tx, context, held.row.state, held.grant, detail=_hash_of(body))
    return Outcome(None, [*heard, *await announce(tx, *await sides(tx, held.row))])


def _after(held: Locked, body: Review, now: int) -> CaseRow:
    action = CaseAction.OVERTURN if body.overturn else CaseAction.UPHOLD
    sanctions_anew = body.instead is not None and body.instead.measure is not Measure.NONE
    return replace(
        held.row,
        state=rules.advance(CaseState(held.row.state), action),
        holder=None,
        held_until=None,
        reviewer=held.grant.seat,
        review=_hash_of(body),
        closes_at=now + limits.case_closes_days * _DAY_MS,
        accused_told=held.row.accused_told or sanctions_anew,
    )


def _hash_of(body: Review) -> bytes:
    return sha256(msgspec.json.encode(body))


async def _stands(tx: Transaction, case: CaseId) -> Measure:
    """What is in force now, after the review."""
    stands = await _in_force(tx, case)
    return stands[-1].measure if stands else Measure.NONE


async def _hold(tx: Transaction, case: CaseId) -> None:
    """Where a suspension may end, the threads of its mailbox are locked first."""
    found = await tx.cases.get(case)
    if found is None or found.accused is None:
        return
    if any(each.measure is Measure.SUSPENSION for each in await _in_force(tx, case)):
        await sanctions.hold(tx, Grant(Operation.CASE_REVIEW, case=case), found.accused)


async def _in_force(tx: Transaction, case: CaseId) -> list[DecisionRow]:
    return [each for each in await tx.measures.of_case(case) if each.state == DecisionState.IN_FORCE]


async def _check_instead(tx: Transaction, held: Locked, body: Review, now: int) -> None:
    if body.instead is None:
        return
    if not body.overturn or body.instead.measure in TAKES_TWO:
        raise Malformed("in place of an overturned decision stands one that one moderator may take")
    await check(tx, held, body.instead)
    statement.decision(reasons_of(held.row, body.instead, now), Side.ACCUSED)


async def _overturn(
    tx: Transaction, held: Locked, instead: Decide | None, now: int, context: Context
) -> list[Publication]:
    """Ends what the decisions brought; what stands instead begins at the same moment, so that nothing thaws between."""
    touched = await _in_force(tx, held.row.case)
    for each in touched:
        state = decisions.advance(DecisionState(each.state), DecisionAction.OVERTURN)
        await tx.measures.set_state(each.decision, state, each.second)
    if instead is not None:
        peer = await peer_of(tx, held.row, instead)
        row = replace(decision_row(held, instead, peer, now), state=DecisionState.IN_FORCE)
        if not await tx.measures.add(row):
            raise Conflict("this id was used for another decision")
        await tx.cases.find(held.row.case, finding_of(instead))
        touched.append(row)
    thread = held.thread
    heard: list[Publication] = []
    for each in touched:
        thread, published = await sanctions.settle(tx, held.grant, each, thread, context)
        heard += published
    return heard
