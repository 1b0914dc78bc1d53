"""Rotation: the next epoch of a thread, made by one side, which renews its own pseudonym with it (SPEC.md section 5.5).

What the record follows comes from the stored log, never from the client. The number of the epoch is the
compare-and-swap: of two sides that rotate at once one gets `stale_epoch`, and of a rotation and a send that cross each
other whichever commits first stands.
Moderation's freeze stops what people say, not the renewal of their keys.
"""

from msgspec import structs

from messaging.domain.authorization import Actor, Grant, Operation, Parties, authorize
from messaging.domain.errors import NotFound, ResetPending, RotationNeeded, StaleEpoch, StaleHead, Unverifiable
from messaging.domain.ids import MailboxId, ThreadId
from messaging.domain.vocabulary import EventKind
from messaging.e2ee import epoch, pseudonym, suite
from messaging.e2ee.epoch import EpochRecord
from messaging.e2ee.errors import E2EEError
from messaging.e2ee.reset import parse_reset
from messaging.ports import EventRow, ThreadRow, Transaction
from messaging.services import presenting
from messaging.services.admission import EXPOSED, renewal_owed
from messaging.services.context import Context
from messaging.services.messages import NewEvent, append_events
from messaging.services.outcome import Outcome, Publication
from messaging.wire.commands import Accept, Rotate
from messaging.wire.events import Ack


async def rotate(tx: Transaction, actor: Actor, command: Rotate, context: Context) -> Outcome[Ack]:
    """Puts the next epoch record in force. A retry of the same bytes gets the first ack.

    Raises: NotFound, Unverifiable, ResetPending, StaleEpoch, StaleHead.
    """
    thread = ThreadId(command.thread)
    parties = await tx.threads.parties(thread)
    some_side = authorize(actor, Operation.THREAD_ROTATE, parties)
    row = (await tx.threads.lock([thread])).get(thread)
    if row is None or parties is None or some_side.seat is None or not await tx.seats.active([some_side.seat]):
        raise NotFound("unknown, or not yours")
    n = _parsed(command.signed_record).n
    if n <= row.epoch:
        return await _replayed(tx, actor, some_side, command, n, row)
    in_force = await tx.events.epoch(some_side, row.epoch)
    if in_force is None:
        raise NotFound("unknown, or not yours")
    previous = _parsed(in_force.payload)
    party = _renewed(previous, command)
    grant = await _maker(tx, actor, parties, party)
    owed = renewal_owed(row, party)
    if isinstance(owed, ResetPending):
        # Also with the old pseudonym's signature: the peer is to see the reset before it sees new people.
        raise owed
    reset = _lacks_old_signature(command) and await _begins_anew(tx, grant, party, in_force, previous)
    record = await verified(tx, parties.mailboxes[party], party, previous, command, reset=reset)
    if record.thread_head != row.head:
        raise StaleHead("something was written meanwhile; make the record again on the newest head")
    third = None if row.third is None else await tx.thirds.present(grant)
    if (third is None) != (command.share is None):
        raise StaleHead("a third party joined or left meanwhile; make the record again on the newest head")
    renew = row.renew & ~(1 << party | EXPOSED)
    if isinstance(renewal_owed(row, 1 - party), RotationNeeded) and await _begins_anew(
        tx, grant, 1 - party, in_force, previous
    ):
        # The peer's reset ends with the epoch for which the platform attested it: it has to be attested again.
        renew |= 0b100 << (1 - party)
    row = structs.replace(row, epoch=record.n, record_hash=record.hash, renew=renew)
    row, written = await append_events(
        tx, row, [NewEvent(EventKind.EPOCH, party, command.signed_record)], context.clock(), context.stamper
    )
    await tx.threads.put_wraps(grant, record.n, command.wraps)
    await tx.threads.put_rotation(grant, record.n, row.head_seq, command.own)
    if third is not None and command.share is not None:
        await tx.thirds.put_shares(grant, third.third, [(record.n, command.share)])
    return _outcome(command, written[0], row.audience)


def _parsed(signed: bytes) -> EpochRecord:
    try:
        return epoch.parse_signed(signed).record
    except E2EEError as error:
        raise Unverifiable(str(error)) from error


async def _replayed(
    tx: Transaction, actor: Actor, grant: Grant, command: Rotate, n: int, row: ThreadRow
) -> Outcome[Ack]:
    """The first answer again, and the news again: the first commit may have died before anybody heard of it."""
    stored = await tx.events.epoch(grant, n)
    if stored is None or stored.payload != command.signed_record:
        raise StaleEpoch("another record came first; read the newest epoch")
    await _maker(tx, actor, row.parties, stored.party)
    return _outcome(command, stored, row.audience_again(_parsed(stored.payload).hash))


async def _maker(tx: Transaction, actor: Actor, parties: Parties, party: int) -> Grant:
    """For the side that the record renews: one person may hold both."""
    grant = authorize(actor, Operation.THREAD_ROTATE, parties, party=party)
    if grant.seat is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    return grant


def _lacks_old_signature(command: Rotate) -> bool:
    return not epoch.parse_signed(command.signed_record).sig_old


async def _begins_anew(tx: Transaction, grant: Grant, party: int, in_force: EventRow, previous: EpochRecord) -> bool:
    """Whether the platform attested, in the epoch in force, that this side has nobody left who could sign with its old
    pseudonym (SPEC.md section 4.7). It was verified before it was appended.
    """
    told = await tx.events.last_reset(grant, in_force.seq)
    if told is None:
        return False
    reset = parse_reset(told.payload)
    return (reset.party, reset.n) == (party, previous.n)


def _renewed(previous: EpochRecord, command: Rotate) -> int:
    """Which party's pseudonym the record renews. Raises: Unverifiable, when it is not exactly one's."""
    now = _parsed(command.signed_record).parties
    renewed = [party for party in (0, 1) if now[party] != previous.parties[party]]
    if len(renewed) != 1:
        raise Unverifiable("a rotation renews the pseudonym of one side")
    return renewed[0]


async def verified(
    tx: Transaction, mailbox: MailboxId, party: int, previous: EpochRecord, command: Rotate | Accept, *, reset: bool
) -> EpochRecord:
    """The record follows the one in force, its wraps are its own, and its mailbox vouches for the new pseudonym.

    The generation in force cannot move meanwhile: a removal locks the thread first. Raises: NotFound, Unverifiable.
    """
    head = await tx.rosters.head(mailbox)
    if head is None:
        raise NotFound("unknown, or not yours")
    try:
        record = epoch.verify_rotation(previous, command.signed_record, party=party, reset=reset)
        new = record.parties[party]
        suite.check_kem_public(new.kem)
        pseudonym.verify_own(head.identity_sign, mailbox, new.sign, new.kem, command.own)
    except E2EEError as error:
        raise Unverifiable(str(error)) from error
    if record.wraps_hash != epoch.wraps_hash(command.wraps):
        raise Unverifiable("the wraps are not those of the record")
    return record


def _outcome(command: Rotate, stored: EventRow, heard_by: tuple[MailboxId, ...]) -> Outcome[Ack]:
    answer = Ack(ref=command.ref, thread=stored.thread, seq=stored.seq, at=stored.at, proof=stored.proof)
    return Outcome(answer, [Publication(heard_by, presenting.event(stored))])
