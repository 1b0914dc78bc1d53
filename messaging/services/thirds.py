"""A third party in a thread: one side invites it, the other accepts, and the thread's keys are renewed with it.

SPEC.md section 7.6, PROTOCOL.md section 4.13. Both signatures are verified here as readers verify them. Whom the
invitation is for is told to nobody but the two sides, and of what it may be to the peer nothing is told to its author.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from msgspec import structs

from messaging.domain import limits
from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.domain.errors import Conflict, Malformed, NotFound, StaleHead, Unverifiable
from messaging.domain.ids import CardId, MailboxId, MessageId, ThreadId
from messaging.domain.receipt import ReadPosition
from messaging.domain.third import ThirdAction, ThirdState, advance
from messaging.domain.vocabulary import THIRD, EventKind
from messaging.e2ee import epoch, pseudonym, suite
from messaging.e2ee import third as thirds
from messaging.e2ee.epoch import EpochRecord
from messaging.e2ee.errors import BadEncoding, E2EEError
from messaging.e2ee.notice import take_apart
from messaging.e2ee.third import Invitation, Joining, Shown
from messaging.ports import EventRow, PartyRow, RegisterRow, ThirdRow, ThreadRow, Transaction
from messaging.relations import facts
from messaging.services import admission, presentations, presenting
from messaging.services.admission import EXPOSED
from messaging.services.context import Context
from messaging.services.messages import NewEvent, append_events
from messaging.services.outcome import Outcome, Publication
from messaging.services.presenting import ThirdSees
from messaging.services.rotations import verified
from messaging.services.suspensions import suspended_until
from messaging.wire.commands import Accept, Invite, Share
from messaging.wire.events import Ack, Ok, ThreadOpened
from messaging.wire.types import Presentation

_HOUR_MS = 3_600_000
_CLAIM_AGAIN: Final = "the claim was used, or is too old; claim again"
_INVITE_AGAIN: Final = "the invitation does not hold any more; the third party must be invited again"


async def invite(tx: Transaction, actor: Actor, command: Invite, context: Context) -> Outcome[Ack]:
    """Puts an invitation into the log, for the other side to accept or to leave. The same bytes: the first ack.

    Raises: Malformed, NotFound, Frozen, RotationNeeded, StaleEpoch, Conflict, Unverifiable.
    """
    try:
        said = thirds.parse_invited(command.payload)
    except E2EEError as error:
        raise Malformed(str(error)) from error
    row, grant = await _locked(tx, actor, Operation.THIRD_INVITE, said)
    before = await _stored(tx, said)
    if before is not None:
        told = _event(before, row.audience_again(said.record_hash))
        return Outcome(_replayed(command.ref, before, command.payload), [told])
    now = context.clock()
    record = await _admitted(tx, grant, row, said, now)
    try:
        thirds.open_invited(command.payload, record, said.party)
    except E2EEError as error:
        raise Unverifiable(str(error)) from error
    if row.third is not None:
        raise Conflict("a third party is in")
    stay = await _claimed(tx, grant, command, said, now)
    await _check_shown(tx, stay.mailbox, said.shown, context)
    await tx.targets.close_claim(grant, command.claim, row.thread)
    await tx.thirds.invite(grant, stay)
    await tx.consents.record(register_row(grant, ThirdAction.INVITE, said.id, command.payload, now))
    fact = facts.third_invited(row.subject, row.relation_n, max(now, row.last_at), said.party)
    _, written = await append_events(
        tx,
        structs.replace(row, relation_n=row.relation_n + 1),
        [NewEvent(EventKind.INVITED, said.party, command.payload, MessageId(said.id))],
        now,
        context.stamper,
        extra=[fact],
    )
    return Outcome(_ack(command.ref, written[0]), [_event(written[0], row.audience)])


async def accept(tx: Transaction, actor: Actor, command: Accept, context: Context) -> Outcome[Ack]:
    """Lets the invited third party in, and puts the next epoch in force, whose key it has.

    The same bytes get the first ack.

    Raises: Malformed, NotFound, Frozen, RotationNeeded, StaleEpoch, StaleHead, Conflict, Unverifiable.
    """
    try:
        said = thirds.parse_joined(command.payload)
        invitation = thirds.parse_invited(said.invited)
    except E2EEError as error:
        raise Malformed(str(error)) from error
    row, grant = await _locked(tx, actor, Operation.THIRD_ACCEPT, said)
    before = await _stored(tx, said)
    if before is not None:
        told = _event(before, row.audience_again(said.record_hash))
        return Outcome(_replayed(command.ref, before, command.payload), [told])
    previous = await _admitted(tx, grant, row, said, context.clock())
    await _check_no_reset(tx, grant, row)
    try:
        _, third = thirds.open_joined(command.payload, previous, said.party)
    except E2EEError as error:
        raise Unverifiable(str(error)) from error
    stay = await _invited(tx, grant, row, invitation, third.id, context.clock())
    record = await verified(tx, row.mailboxes[said.party], said.party, previous, command, reset=False)
    if record.thread_head != row.head:
        raise StaleHead("something was written meanwhile; make the record again on the newest head")
    return await _let_in(tx, grant, command, row, stay, invitation, record, context)


async def share(tx: Transaction, actor: Actor, command: Share) -> Outcome[Ok]:
    """Keeps keys of earlier epochs for the third party that is in, where both sides chose so. What is there stays.

    Raises: NotFound, Conflict.
    """
    thread = ThreadId(command.thread)
    grant = authorize(actor, Operation.THIRD_SHARE, await tx.threads.parties(thread))
    row = (await tx.threads.lock([thread]))[thread]
    if grant.seat is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    stay = None if row.third is None else await tx.thirds.present(grant)
    if stay is None:
        raise Conflict("no third party is in")
    if not stay.history or any(each.epoch > stay.joined_epoch for each in command.shares):
        raise Conflict("of these epochs a third party gets no key in this way")
    await tx.thirds.put_shares(grant, stay.third, [(each.epoch, each.share) for each in command.shares])
    return Outcome(Ok(ref=command.ref))


def register_row(grant: Grant, action: ThirdAction, notice_id: bytes, payload: bytes, now: int) -> RegisterRow:
    """What one seat did about a third party, as its side signed it: for the register that proves consents."""
    if grant.thread is None or grant.party is None or grant.seat is None:
        raise NotFound("unknown, or not yours")
    body, signature = take_apart(payload)
    where = (grant.thread, 0, CardId(notice_id), grant.party, grant.seat)
    return RegisterRow(*where, action.value, body, signature, now)


async def _locked(
    tx: Transaction, actor: Actor, operation: Operation, said: Invitation | Joining
) -> tuple[ThreadRow, Grant]:
    thread = ThreadId(said.thread)
    grant = authorize(actor, operation, await tx.threads.parties(thread), party=said.party)
    row = (await tx.threads.lock([thread])).get(thread)
    if row is None or grant.seat is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    return row, grant


async def _stored(tx: Transaction, said: Invitation | Joining) -> EventRow | None:
    return await tx.events.notice(ThreadId(said.thread), said.party, MessageId(said.id))


def _replayed(ref: int, stored: EventRow, payload: bytes) -> Ack:
    if stored.payload != payload:
        raise Conflict("this message id was used for other bytes")
    return _ack(ref, stored)


async def _admitted(tx: Transaction, grant: Grant, row: ThreadRow, said: Invitation | Joining, now: int) -> EpochRecord:
    """The admission rule; an invitation holds under the keys that it was signed under. Returns the record in force."""
    admission.check(row, said.party, said.record_hash, now)
    in_force = await tx.events.epoch(grant, row.epoch)
    if in_force is None:
        raise NotFound("unknown, or not yours")
    return epoch.parse_signed(in_force.payload).record


async def _check_no_reset(tx: Transaction, grant: Grant, row: ThreadRow) -> None:
    """Readers let nobody in while a side begins anew: who speaks for it now has not invited, or accepted, anybody."""
    begun = await tx.events.epoch(grant, row.epoch)
    if begun is not None and await tx.events.last_reset(grant, begun.seq) is not None:
        raise Conflict("a side of this conversation begins anew; its keys are to be renewed first")


async def _claimed(tx: Transaction, grant: Grant, command: Invite, said: Invitation, now: int) -> ThirdRow:
    """The invited one, by a claim of the inviting mailbox that nothing was done with yet."""
    claim = await tx.targets.lock_claim(grant, command.claim)
    target = None if claim is None else await tx.targets.get(claim.target)
    if claim is None or target is None:
        raise NotFound("unknown, or not yours")
    if claim.opened or now - claim.claimed_at > limits.prekey_claim_open_h * _HOUR_MS:
        raise Conflict(_CLAIM_AGAIN)
    if await tx.measures.blocked(claim.claimant, target.mailbox, now):
        raise Conflict(_CLAIM_AGAIN)  # a block says no more than that the claim is of no use
    if (claim.target, claim.pk_sign, claim.pk_kem) != (said.target, *said.keys):
        raise Unverifiable("the invitation does not name the claimed prekey")
    return ThirdRow(
        thread=ThreadId(said.thread),
        third=suite.sha256(command.payload),
        mailbox=target.mailbox,
        target=target.target,
        prekey_index=claim.index,
        own=claim.own,
        state=advance(ThirdState.ABSENT, ThirdAction.INVITE),
        history=said.history,
    )


async def _check_shown(tx: Transaction, mailbox: MailboxId, said: Shown, context: Context) -> None:
    """The other side reads what the platform says of the third party, and nothing that the inviting side makes up."""
    rows = await tx.mailboxes.get([mailbox])
    shown = (await presentations.shown(tx, rows.values(), context))[mailbox]
    if said != (shown.group, shown.area, shown.verified, shown.words):
        raise Conflict("the third party shows something else now; claim again")


async def _invited(
    tx: Transaction, grant: Grant, row: ThreadRow, invitation: Invitation, third: bytes, now: int
) -> ThirdRow:
    """The stay that an acceptance is of, if it can begin now."""
    stay = await tx.thirds.get(grant, third)
    if stay is None:
        raise NotFound("unknown, or not yours")
    if row.third is not None:
        raise Conflict("a third party is in")
    # Only now, and to whom it is: who invites must not find out in this way who its peer is.
    if stay.mailbox in row.mailboxes:
        raise Conflict("the invited third party is a side of this conversation")
    # Locked: a suspension on its way finds it in, or this finds the suspension.
    head = await tx.rosters.lock(stay.mailbox)
    try:
        if head is None:
            raise BadEncoding("a mailbox without a roster")
        pseudonym.verify_own(head.identity_sign, stay.mailbox, *invitation.keys, stay.own)
    except E2EEError:
        raise Conflict(_INVITE_AGAIN) from None  # somebody left the third party's mailbox since
    for side in row.mailboxes:
        if await tx.measures.blocked(side, stay.mailbox, now):
            raise Conflict(_INVITE_AGAIN)  # says no more than that, and not of which side
    return replace(
        stay,
        state=advance(stay.state, ThirdAction.ACCEPT),
        joined_seq=row.head_seq + 1,
        joined_epoch=row.epoch,
        entry_head=row.head,
    )


async def _let_in(
    tx: Transaction,
    grant: Grant,
    command: Accept,
    row: ThreadRow,
    stay: ThirdRow,
    invitation: Invitation,
    record: EpochRecord,
    context: Context,
) -> Outcome[Ack]:
    said = thirds.parse_joined(command.payload)
    side = PartyRow(
        thread=row.thread,
        party=THIRD,
        mailbox=stay.mailbox,
        presentation=Presentation(*invitation.shown),
        pk_sign=invitation.keys.sign,
        pk_kem=invitation.keys.kem,
        own=stay.own,
        prekey_index=stay.prekey_index,
        # What it does not read does not wait for it either.
        position=ReadPosition(own=0 if stay.history else stay.joined_seq - 1),
    )
    now = context.clock()
    kind = (await tx.mailboxes.get([stay.mailbox]))[stay.mailbox].kind
    fact = facts.third_joined(row.subject, row.relation_n, max(now, row.last_at), kind)
    renew = row.renew & ~(1 << said.party | EXPOSED)
    barred = await suspended_until(tx, stay.mailbox)
    after, written = await append_events(
        tx,
        structs.replace(row, epoch=record.n, record_hash=record.hash, renew=renew, relation_n=row.relation_n + 1),
        [
            NewEvent(EventKind.JOINED, said.party, command.payload, MessageId(said.id)),
            NewEvent(EventKind.EPOCH, said.party, command.signed_record),
        ],
        now,
        context.stamper,
        extra=[fact],
    )
    await tx.threads.put_wraps(grant, record.n, command.wraps)
    await tx.threads.put_rotation(grant, record.n, after.head_seq, command.own)
    await tx.thirds.enter(grant, stay, side, barred)
    await tx.consents.record(register_row(grant, ThirdAction.ACCEPT, said.id, command.payload, now))
    await tx.thirds.put_shares(grant, stay.third, [(record.n, command.share)])
    initiator, recipient = [await tx.threads.side(structs.replace(grant, party=party)) for party in (0, 1)]
    sees = ThirdSees(stay.target, recipient.presentation)
    state = presenting.thread_state(after, side, initiator, now, third=sees)
    told: Sequence[Publication] = [
        *(Publication(row.mailboxes, presenting.event(event), aside=True) for event in written),
        Publication((stay.mailbox,), ThreadOpened(state)),
    ]
    return Outcome(_ack(command.ref, written[0]), told)


def _event(stored: EventRow, heard_by: tuple[MailboxId, ...]) -> Publication:
    return Publication(heard_by, presenting.event(stored))


def _ack(ref: int, stored: EventRow) -> Ack:
    return Ack(ref=ref, thread=stored.thread, seq=stored.seq, at=stored.at, proof=stored.proof)
