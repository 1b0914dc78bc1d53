"""Opening a thread: a claimed prekey, epoch record 0, both wraps and the first message, in one command.

SPEC.md section 5 (opening), PROTOCOL.md section 4.2. The recipient may be offline for a week: nothing here asks for it.
"""

from typing import Final

from msgspec import structs

from messaging.domain import limits
from messaging.domain.authorization import Actor, Grant, Operation, Parties, authorize
from messaging.domain.errors import Conflict, Malformed, NotFound, Suspended, TooMany, Unverifiable
from messaging.domain.ids import MailboxId, MessageId, ThreadId
from messaging.domain.receipt import ReadPosition
from messaging.domain.relation import Safety, Stage
from messaging.domain.vocabulary import INITIATOR, RECIPIENT, EventKind, MailboxKind, MessageKind
from messaging.e2ee import chain, epoch, pseudonym, roster_record, suite
from messaging.e2ee.epoch import EpochRecord
from messaging.e2ee.errors import E2EEError
from messaging.e2ee.message import MessageParts, parse_payload
from messaging.ports import (
    ClaimRow,
    EventRow,
    MailboxRow,
    OutboxRow,
    PartyRow,
    TargetRow,
    ThreadRow,
    Transaction,
)
from messaging.relations import facts
from messaging.services import presentations, presenting, sync
from messaging.services.context import Context
from messaging.services.messages import NewEvent, append_events
from messaging.services.outcome import Outcome, Publication
from messaging.services.suspensions import suspended_until
from messaging.services.targets import first_contacts_max
from messaging.wire.commands import Open
from messaging.wire.events import Ack, ThreadOpened
from messaging.wire.rest import Dimensions
from messaging.wire.types import Presentation

_DAY_MS: Final = 86_400_000
_SIDE_NAMES: Final = {MailboxKind.TERRITORY: "territory_ref", MailboxKind.PROJECT: "project_ref"}


async def open_thread(tx: Transaction, actor: Actor, command: Open, context: Context) -> Outcome[Ack]:
    """Raises: NotFound, Unverifiable, Malformed, Conflict, TooMany. A retry of the same bytes gets the first ack."""
    grant = authorize(actor, Operation.THREAD_OPEN, MailboxId(command.mailbox))
    if not await tx.seats.active([grant.seat] if grant.seat else []):
        raise NotFound("unknown, or not yours")
    record, message = _parse(command, context)
    claim = await tx.targets.lock_claim(grant, command.claim)
    if claim is None:
        raise NotFound("unknown, or not yours")
    if claim.opened:
        return await _replayed(tx, grant, command, context)
    target = await tx.targets.get(claim.target)
    if target is None:
        raise NotFound("unknown, or not yours")
    # Both rosters, in order of id: a removal on either side then sees this thread, or this sees the removal.
    for mailbox in sorted((claim.claimant, target.mailbox)):
        await tx.rosters.lock(mailbox)
    now = context.clock()
    if now - claim.claimed_at > limits.prekey_claim_open_h * 3_600_000:
        raise Conflict("the claim is too old; claim again")
    most = first_contacts_max(actor, limits.threads_opened_per_mailbox_per_day_max)
    if await tx.threads.opened_since(claim.claimant, now - _DAY_MS) >= most:
        raise TooMany("too many first contacts today", retry_after_ms=_DAY_MS // 24)
    await _check_sanctions(tx, claim, target, now)
    await _check_keys(tx, command, record, claim)
    owes_renewal = not await _vouched_for(tx, target.mailbox, claim)
    if owes_renewal and not await _of_this_roster(tx, target.mailbox, claim):
        raise Conflict("the claim is too old; claim again")
    return await _create(tx, grant, command, message, claim, target, now, context, owes_renewal=owes_renewal)


def _parse(command: Open, context: Context) -> tuple[EpochRecord, MessageParts]:
    head_0 = chain.head0(context.service_id, command.thread)
    try:
        record = epoch.verify_first(command.signed_record, thread=command.thread, head_0=head_0)
        message = parse_payload(command.payload)
    except E2EEError as error:
        raise Unverifiable(str(error)) from error
    if record.wraps_hash != epoch.wraps_hash(command.wraps):
        raise Unverifiable("the wraps are not those of the record")
    if (message.thread, message.party, message.epoch) != (command.thread, INITIATOR, 0):
        raise Malformed("the first message belongs to another thread, party or epoch")
    if message.record_hash != record.hash or message.kind != MessageKind.TEXT:
        raise Malformed("the first message is a text under the record of this command")
    return record, message


async def _check_sanctions(tx: Transaction, claim: ClaimRow, target: TargetRow, now: int) -> None:
    """A block says no more than that the claim is of no use: which party is behind the target, nobody learns so."""
    if now < await suspended_until(tx, claim.claimant):
        raise Suspended("moderation suspended this mailbox")
    if await tx.measures.blocked(claim.claimant, target.mailbox, now):
        raise Conflict("the claim is too old; claim again")


async def _check_keys(tx: Transaction, command: Open, record: EpochRecord, claim: ClaimRow) -> None:
    """The recipient's key is the claimed prekey; the initiator's is vouched for by its mailbox and can receive."""
    initiator, recipient = record.parties
    if recipient != (claim.pk_sign, claim.pk_kem):
        raise Unverifiable("the recipient's key is not the claimed prekey")
    head = await tx.rosters.head(claim.claimant)
    if head is None:
        raise NotFound("unknown, or not yours")
    try:
        suite.check_kem_public(initiator.kem)
        pseudonym.verify_own(head.identity_sign, claim.claimant, initiator.sign, initiator.kem, command.own)
    except E2EEError as error:
        raise Unverifiable(str(error)) from error


async def _replayed(tx: Transaction, grant: Grant, command: Open, context: Context) -> Outcome[Ack]:
    """The first answer again, and the news again: the first commit may have died before anybody heard of it."""
    ack = await _first_ack(tx, grant, command)
    thread = ThreadId(command.thread)
    row = (await tx.threads.get([thread]))[thread]
    return Outcome(ack, await sync.announce(tx, row, context.clock()))


async def _first_ack(tx: Transaction, grant: Grant, command: Open) -> Ack:
    stored = await tx.events.opening(ThreadId(command.thread))
    parties = await tx.threads.parties(ThreadId(command.thread))
    if stored is None or stored.payload != command.payload or parties is None:
        raise Conflict("this claim opened another thread")
    if parties.mailboxes[INITIATOR] != grant.mailbox:
        raise NotFound("unknown, or not yours")
    return _ack(command.ref, stored)


async def _create(
    tx: Transaction,
    grant: Grant,
    command: Open,
    message: MessageParts,
    claim: ClaimRow,
    target: TargetRow,
    now: int,
    context: Context,
    *,
    owes_renewal: bool,
) -> Outcome[Ack]:
    ids = (claim.claimant, target.mailbox)
    mailboxes = await tx.mailboxes.get(ids)
    row = _thread_row(command, target, Parties(ThreadId(command.thread), ids), now, context)
    row = structs.replace(row, barred=(0, await suspended_until(tx, target.mailbox), 0))
    if owes_renewal:
        row = structs.replace(row, renew=1 << RECIPIENT)
    shown = await presentations.shown(tx, mailboxes.values(), context)
    sides = _sides(command, claim, row, (shown[ids[0]], shown[ids[1]]))
    thread_grant = structs.replace(grant, thread=row.thread, party=INITIATOR)
    await tx.threads.create(thread_grant, row, sides)
    await tx.threads.put_wraps(thread_grant, 0, command.wraps)
    await tx.targets.close_claim(grant, command.claim, row.thread)
    origin = _solicited(row, mailboxes[ids[0]], mailboxes[ids[1]], target, now, context)
    row, written = await append_events(
        tx,
        structs.replace(row, relation_n=row.relation_n + 1),
        [
            NewEvent(EventKind.EPOCH, INITIATOR, command.signed_record),
            NewEvent(EventKind.MESSAGE, INITIATOR, command.payload, MessageId(message.msg_id)),
        ],
        now,
        context.stamper,
        extra=[origin],
    )
    heard = [
        Publication((side.mailbox,), ThreadOpened(presenting.thread_state(row, side, peer, now)))
        for side, peer in (sides, sides[::-1])
    ]
    return Outcome(_ack(command.ref, written[-1]), heard)


async def _vouched_for(tx: Transaction, mailbox: MailboxId, claim: ClaimRow) -> bool:
    """Whether the claimed prekey is of the generation in force: one that was claimed before a removal is known to who
    left, and its side must renew it before it writes.
    """
    head = await tx.rosters.head(mailbox)
    return head is not None and _vouches(head.identity_sign, mailbox, claim)


async def _of_this_roster(tx: Transaction, mailbox: MailboxId, claim: ClaimRow) -> bool:
    """Whether the claimed prekey is of a generation before. Where the mailbox began anew meanwhile it is of none, and
    nobody has its keys.
    """
    records = await tx.rosters.records(Grant(Operation.ROSTER_READ, mailbox=mailbox))
    identities = {roster_record.parse_signed(signed)[0].identity_sign for signed in records}
    return any(_vouches(identity, mailbox, claim) for identity in identities)


def _vouches(identity_sign: bytes, mailbox: MailboxId, claim: ClaimRow) -> bool:
    try:
        pseudonym.verify_own(identity_sign, mailbox, claim.pk_sign, claim.pk_kem, claim.own)
    except E2EEError:
        return False
    return True


def _ack(ref: int, stored: EventRow) -> Ack:
    return Ack(ref=ref, thread=stored.thread, seq=stored.seq, at=stored.at, proof=stored.proof)


def _thread_row(command: Open, target: TargetRow, parties: Parties, now: int, context: Context) -> ThreadRow:
    record_hash = epoch.parse_signed(command.signed_record).record.hash
    return ThreadRow(
        thread=parties.thread,
        mailboxes=parties.mailboxes,
        target=target.target,
        epoch=0,
        record_hash=record_hash,
        first_record_hash=record_hash,
        head_seq=0,
        head=chain.head0(context.service_id, command.thread),
        opened_at=now,
        last_at=now,
        stage=Stage.SOLICITED,
        safety=Safety.NORMAL,
        humans=0,
        revealed=False,
        subject=context.entropy(16),
        relation_n=0,
    )


def _sides(
    command: Open, claim: ClaimRow, row: ThreadRow, shown: tuple[Presentation, Presentation]
) -> tuple[PartyRow, PartyRow]:
    own = epoch.parse_signed(command.signed_record).record.parties[INITIATOR]
    initiator = PartyRow(
        thread=row.thread,
        party=INITIATOR,
        mailbox=row.mailboxes[INITIATOR],
        presentation=shown[INITIATOR],
        pk_sign=own.sign,
        pk_kem=own.kem,
        own=command.own,
        prekey_index=None,
        position=ReadPosition(),
    )
    recipient = PartyRow(
        thread=row.thread,
        party=RECIPIENT,
        mailbox=row.mailboxes[RECIPIENT],
        presentation=shown[RECIPIENT],
        pk_sign=claim.pk_sign,
        pk_kem=claim.pk_kem,
        own=claim.own,
        prekey_index=claim.index,
        position=ReadPosition(),
    )
    return initiator, recipient


def _solicited(
    row: ThreadRow,
    initiator: MailboxRow,
    recipient: MailboxRow,
    target: TargetRow,
    now: int,
    context: Context,
) -> OutboxRow:
    """The first relation event, with the dimensions as they are today: the project's and the territory's. Of two of one
    kind they are the initiator's, as the contact is.
    """
    by_kind = {recipient.kind: recipient, initiator.kind: initiator}
    project, territory = by_kind.get(MailboxKind.PROJECT), by_kind.get(MailboxKind.TERRITORY)
    place = territory.dimensions if territory else Dimensions()
    wanted = target.dimensions or (project.dimensions if project else Dimensions())
    dimensions = Dimensions(
        profession_group=wanted.profession_group or (project.dimensions.profession_group if project else ""),
        project_type=project.dimensions.project_type if project else wanted.project_type,
        territory_type=place.territory_type,
        population_tier=place.population_tier,
        departement=place.departement,
        region=place.region,
        plan=place.plan,
        qualified_offer=wanted.qualified_offer,
    )
    refs = {
        _SIDE_NAMES[box.kind]: facts.report_ref(context.reporting_key, box.kind, box.mailbox).hex()
        for box in by_kind.values()
        if box.kind in _SIDE_NAMES
    }
    return facts.solicited(row.subject, row.relation_n, now, origin=initiator.kind, dimensions=dimensions, refs=refs)
