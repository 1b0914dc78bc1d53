"""Unmasking: which mailbox is behind a party. A second act, with a reason of its own and a second moderator, which both
parties are told of later (SPEC.md section 10.5).
"""

from msgspec import structs

from messaging.domain.authorization import Actor, Grant, Operation
from messaging.domain.errors import Conflict, NotFound
from messaging.domain.ids import CaseId, UnmaskingId
from messaging.domain.vocabulary import THIRD, EventKind
from messaging.e2ee import epoch
from messaging.e2ee.epoch import EpochRecord
from messaging.moderation import decision as decisions
from messaging.moderation.decision import DecisionAction, DecisionState
from messaging.ports import ThreadRow, Transaction, UnmaskingRow
from messaging.services.context import Context
from messaging.services.moderation import audited
from messaging.services.moderation.subjects import announce, locked
from messaging.services.outcome import Outcome
from messaging.wire.moderation import Unmask, Unmasked


async def ask(tx: Transaction, actor: Actor, case: CaseId, body: Unmask, context: Context) -> Outcome[None]:
    """Proposes it to a second moderator. The same again changes nothing. Raises: NotFound, Conflict."""
    held = await locked(tx, actor, Operation.CASE_UNMASK, case, context)
    thread, seat = held.thread, held.grant.seat
    if thread is None or seat is None or body.party >= len(thread.audience):
        raise Conflict("there is no such party in this case")
    row = UnmaskingRow(
        unmasking=UnmaskingId(body.unmasking),
        case=case,
        party=body.party,
        state=decisions.advance(DecisionState.ABSENT, DecisionAction.PROPOSE),
        at=context.clock(),
        seat=seat,
        second=None,
        approved_at=None,
        reason=body.reason,
    )
    before = await tx.measures.unmasking(row.unmasking)
    if before is not None:
        if (before.case, before.seat, before.party, before.reason) != (case, seat, body.party, body.reason):
            raise Conflict("this id was used for another unmasking")
        return Outcome(None)
    if held.subject.proposers:
        raise Conflict("a proposal waits for a second moderator already")
    await tx.measures.ask_unmasking(row)
    await audited.note(tx, context, "unmasking_asked", held.grant, about=row.unmasking)
    return Outcome(None, await announce(tx))


async def read(tx: Transaction, actor: Actor, unmasking: UnmaskingId, context: Context) -> Outcome[Unmasked]:
    """The evidence, once the second moderator approved: for the two of this unmasking, as long as they have the case,
    and for nobody who has it after them. Raises: NotFound.
    """
    row = await tx.measures.unmasking(unmasking)
    case = CaseId(bytes(16)) if row is None else row.case
    held = await locked(tx, actor, Operation.CASE_UNMASKED, case, context)
    if row is None or row.state != DecisionState.IN_FORCE or held.thread is None:
        raise NotFound("unknown, or not yours")
    if held.grant.seat not in (row.seat, row.second):
        raise NotFound("unknown, or not yours")
    record = await _record_reported(tx, held.grant.operation, held.thread, case)
    found = await tx.measures.own(held.thread.thread, row.party, record.n)
    if found is None:
        raise NotFound("unknown, or not yours")
    mailbox, pk_sign, pk_kem, own = found
    if row.party != THIRD:
        pk_sign, pk_kem = record.parties[row.party]
    grant = structs.replace(held.grant, mailbox=mailbox)
    roster = [*await tx.rosters.records(grant)]
    proof = await audited.note(tx, context, "unmasked", held.grant, second=row.second, about=row.unmasking)
    return Outcome(Unmasked(mailbox, pk_sign, pk_kem, own, roster, proof))


async def _record_reported(tx: Transaction, operation: Operation, thread: ThreadRow, case: CaseId) -> EpochRecord:
    """The record in force after the last range that was shown in the case: under its pseudonyms an excerpt verifies."""
    last = max((each.last for each in await tx.cases.statements(case)), default=0) or thread.head_seq
    begun = await tx.events.of_kind(Grant(operation, thread=thread.thread), EventKind.EPOCH)
    in_force = [each for each in begun if each.seq <= last]
    if not in_force:
        raise NotFound("unknown, or not yours")
    return epoch.parse_signed(in_force[-1].payload).record
