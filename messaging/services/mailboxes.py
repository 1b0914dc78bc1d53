"""Mailboxes: founding, asking for a seat, admission. The roster is the clients'; the service keeps it and checks it.

The service applies every record with the same rules as the clients (SPEC.md section 4), so that a bad one is refused at
once; clients do not rely on that and verify again.
"""

from messaging.domain import limits
from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.domain.errors import Conflict, NotFound, StaleHead, TooMany, Unverifiable
from messaging.domain.ids import AccountId, MailboxId, SeatId
from messaging.domain.seat import SeatAction, SeatState, advance
from messaging.domain.vocabulary import Role
from messaging.e2ee import roster, suite
from messaging.e2ee.errors import E2EEError
from messaging.e2ee.roster import RosterRecord, RosterState
from messaging.ports import RosterHead, SeatRow, Transaction
from messaging.services.context import Context
from messaging.services.outcome import Outcome, Publication
from messaging.wire.events import SeatsChanged
from messaging.wire.rest import PendingSeats, RosterAppend, RosterView, SeatRequest, SeedWrap


async def read_roster(tx: Transaction, actor: Actor, mailbox: MailboxId) -> RosterView:
    """All records, and the reader's own seed wraps. Raises: NotFound."""
    grant = authorize(actor, Operation.ROSTER_READ, mailbox)
    seeds = await tx.rosters.seeds(grant) if grant.seat is not None else []
    return RosterView(await tx.rosters.records(grant), seeds)


async def ask_seat(
    tx: Transaction, actor: Actor, mailbox: MailboxId, body: SeatRequest, context: Context
) -> Outcome[None]:
    """Asks to be admitted; an administrator compares the twelve words. The same request again is accepted.

    Raises: NotFound, Unverifiable, Conflict, TooMany.
    """
    grant = authorize(actor, Operation.SEAT_ASK, mailbox)
    founded = await tx.rosters.lock(mailbox) is not None
    known = await tx.seats.get(SeatId(body.seat))
    if known is not None and known.account == grant.account and known.mailbox == mailbox:
        if (known.sign_pk, known.kem_pk) != (body.sign_pk, body.kem_pk):
            raise Conflict("this seat was asked for with other keys")
        return Outcome(None)
    if grant.seat is not None:
        raise Conflict("this account has a seat here already")
    _check_kem(body.kem_pk)
    if not founded:
        raise Conflict("nobody founded this mailbox yet")
    _, pending = await tx.seats.count(mailbox)
    if pending >= limits.pending_seats_per_mailbox_max:
        raise TooMany("too many people wait for a seat here")
    state = advance(SeatState.ABSENT, SeatAction.ASK)
    await tx.seats.put(grant, _row(grant, body, _claimed_role(actor, mailbox), False, state, context.clock()))
    return Outcome(None, [Publication((mailbox,), SeatsChanged(mailbox=mailbox))], refresh=[_account(grant)])


async def pending_seats(tx: Transaction, actor: Actor, mailbox: MailboxId) -> PendingSeats:
    """Raises: NotFound."""
    return PendingSeats(await tx.seats.pending(authorize(actor, Operation.SEATS_PENDING, mailbox)))


async def append_roster(
    tx: Transaction, actor: Actor, mailbox: MailboxId, body: RosterAppend, context: Context
) -> Outcome[None]:
    """A create or an admit record, with the seed wrap of the seat it seats.

    Raises: NotFound, Unverifiable, StaleHead, Conflict, TooMany.
    """
    record = _parse(body.signed)
    if record.mailbox != mailbox:
        raise Unverifiable("the record is of another mailbox")
    if record.kind == "create":
        return await _found(tx, actor, mailbox, body, record, context)
    return await _admit(tx, actor, mailbox, body, record)


async def _found(
    tx: Transaction,
    actor: Actor,
    mailbox: MailboxId,
    body: RosterAppend,
    record: RosterRecord,
    context: Context,
) -> Outcome[None]:
    grant = authorize(actor, Operation.ROSTER_CREATE, mailbox)
    if await tx.rosters.lock(mailbox) is not None:
        raise StaleHead("this mailbox was founded already; ask for a seat")
    state = _apply(None, body.signed)
    _check_kem(record.kem_pk)
    await tx.rosters.append(grant, _head(state), body.signed)
    active = advance(SeatState.ABSENT, SeatAction.FOUND)
    asked = SeatRequest(record.seat, record.sign_pk, record.kem_pk)
    await tx.seats.put(grant, _row(grant, asked, Role(record.role), True, active, context.clock()))
    await tx.rosters.put_seed(grant, _checked_seed(body.seed, state, record))
    return Outcome(None, refresh=[_account(grant)])


async def _admit(
    tx: Transaction, actor: Actor, mailbox: MailboxId, body: RosterAppend, record: RosterRecord
) -> Outcome[None]:
    grant = authorize(actor, Operation.SEAT_ADMIT, mailbox)
    if await tx.rosters.lock(mailbox) is None or grant.seat is None:
        raise NotFound("unknown, or not yours")
    if not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    before = roster.replay(await tx.rosters.records(grant), mailbox)
    if record.prev_hash != before.head:
        raise StaleHead("another record came first; read the roster and compare the words again")
    state = _apply(before, body.signed)
    if record.kind != "admit" or record.signer != grant.seat:
        raise Unverifiable("an administrator admits in their own name")
    newcomer = await tx.seats.lock(SeatId(record.seat))
    if newcomer is None or newcomer.mailbox != mailbox:
        raise NotFound("unknown, or not yours")
    advance(SeatState(newcomer.state), SeatAction.ADMIT)
    if (newcomer.sign_pk, newcomer.kem_pk) != (record.sign_pk, record.kem_pk):
        raise Unverifiable("the record holds other keys than those that were asked with")
    if (await tx.seats.count(mailbox))[0] >= limits.seats_per_mailbox_max:
        raise TooMany("this mailbox has as many seats as it may")
    await tx.rosters.append(grant, _head(state), body.signed)
    await tx.seats.activate(grant, newcomer.seat, Role(record.role), bool(record.admin))
    await tx.rosters.put_seed(grant, _checked_seed(body.seed, state, record))
    changed = Publication((mailbox,), SeatsChanged(mailbox=mailbox), to_sender=True)
    return Outcome(None, [changed], refresh=[newcomer.account])


def _parse(signed: bytes) -> RosterRecord:
    try:
        record = roster.parse_signed(signed)[0]
    except E2EEError as error:
        raise Unverifiable(str(error)) from error
    if record.role not in set(Role):
        raise Unverifiable("the record names a role that does not exist")
    return record


def _apply(state: RosterState | None, signed: bytes) -> RosterState:
    try:
        return roster.apply(state, signed)
    except E2EEError as error:
        raise Unverifiable(str(error)) from error


def _check_kem(kem_pk: bytes) -> None:
    try:
        suite.check_kem_public(kem_pk)
    except E2EEError as error:
        raise Unverifiable(str(error)) from error


def _head(state: RosterState) -> RosterHead:
    return RosterHead(state.index, state.head, state.g, state.identity_sign)


def _checked_seed(seed: SeedWrap, state: RosterState, record: RosterRecord) -> SeedWrap:
    """The wrap is for the seat, generation and record of this command. What is inside only its seat can tell."""
    if (seed.g, seed.seat, seed.record_hash) != (state.g, record.seat, state.head):
        raise Unverifiable("the seed wrap is not for this record's seat")
    return seed


def _claimed_role(actor: Actor, mailbox: MailboxId) -> Role:
    seats = getattr(actor, "seats", {})
    return Role(seats[mailbox].role)


def _row(grant: Grant, body: SeatRequest, role: Role, admin: bool, state: SeatState, now: int) -> SeatRow:
    return SeatRow(
        seat=SeatId(body.seat),
        mailbox=_mailbox(grant),
        account=_account(grant),
        sign_pk=body.sign_pk,
        kem_pk=body.kem_pk,
        role=role,
        admin=admin,
        state=state.value,
        asked_at=now,
    )


def _account(grant: Grant) -> AccountId:
    if grant.account is None:
        raise NotFound("unknown, or not yours")
    return grant.account


def _mailbox(grant: Grant) -> MailboxId:
    if grant.mailbox is None:
        raise NotFound("unknown, or not yours")
    return grant.mailbox
