"""Unmasking: which mailbox is behind a party. A second act, with a reason of its own and a second moderator, which both
parties are told of later (SPEC.md section 10.5).
"""

from msgspec import structs

from messaging.domain.authorization import Actor, Grant, Operation
from messaging.domain.errors import Conflict, NotFound
from messaging.domain.ids import CaseId, MailboxId, UnmaskingId
from messaging.domain.vocabulary import THIRD
from messaging.e2ee import epoch
from messaging.e2ee.epoch import EpochRecord
from messaging.e2ee.pseudonym import PublicPseudonym
from messaging.moderation import decision as decisions
from messaging.moderation.decision import DecisionAction, DecisionState
from messaging.ports import ThreadRow, Transaction, UnmaskingRow
from messaging.services.context import Context
from messaging.services.moderation import audited, stays
from messaging.services.moderation.subjects import Locked, announce, locked
from messaging.services.outcome import Outcome
from messaging.wire.moderation import Unmask, Unmasked


async def ask(tx: Transaction, actor: Actor, case: CaseId, body: Unmask, context: Context) -> Outcome[None]:
    """Proposes it to a second moderator. The same again changes nothing. Raises: NotFound, Conflict."""
    held = await locked(tx, actor, Operation.CASE_UNMASK, case, context)
    thread, seat = held.thread, held.grant.seat
    stay = await stays.reported(tx, held.grant.operation, held.row) if body.party == THIRD else None
    if thread is None or seat is None or (body.party == THIRD and stay is None):
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
    if row.party == THIRD:
        mailbox, keys, own = await _third_reported(tx, held)
    else:
        mailbox, keys, own = await _side_reported(tx, held, held.thread, row.party)
    grant = structs.replace(held.grant, mailbox=mailbox)
    roster = [*await tx.rosters.records(grant)]
    proof = await audited.note(tx, context, "unmasked", held.grant, second=row.second, about=row.unmasking)
    return Outcome(Unmasked(mailbox, keys.sign, keys.kem, own, roster, proof))


async def _side_reported(
    tx: Transaction, held: Locked, thread: ThreadRow, party: int
) -> tuple[MailboxId, PublicPseudonym, bytes]:
    record = await _record_reported(tx, held.grant.operation, thread, held.row.case)
    found = await tx.measures.own(thread.thread, party, record.n)
    if found is None:
        raise NotFound("unknown, or not yours")
    return found[0], record.parties[party], found[-1]


async def _third_reported(tx: Transaction, held: Locked) -> tuple[MailboxId, PublicPseudonym, bytes]:
    """Its keys are those of the invitation in its joining, also once it left."""
    stay = await stays.reported(tx, held.grant.operation, held.row)
    if stay is None:
        raise NotFound("unknown, or not yours")
    return stay.mailbox, (await stays.invitation(tx, stay)).keys, stay.own


async def _record_reported(tx: Transaction, operation: Operation, thread: ThreadRow, case: CaseId) -> EpochRecord:
    """The record in force after the last range that was shown in the case: under its pseudonyms an excerpt verifies."""
    last = max((each.last for each in await tx.cases.statements(case)), default=0) or thread.head_seq
    begun = await tx.events.epoch_at(Grant(operation, thread=thread.thread), last)
    if begun is None:
        raise NotFound("unknown, or not yours")
    return epoch.parse_signed(begun.payload).record
