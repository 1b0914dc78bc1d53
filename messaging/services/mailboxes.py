"""Mailboxes: founding, asking for a seat, admission. The roster is the clients'; the service keeps it and checks it.

The service applies every record with the same rules as the clients (SPEC.md section 4), so that a bad one is refused at
once; clients do not rely on that and verify again.
"""

from collections.abc import Mapping
from typing import Final

from messaging.domain import limits
from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.domain.errors import Conflict, NotFound, StaleHead, TooMany, Unverifiable
from messaging.domain.ids import AccountId, MailboxId, SeatId
from messaging.domain.seat import SeatAction, SeatState, advance
from messaging.domain.vocabulary import Role
from messaging.e2ee import roster, roster_record, suite
from messaging.e2ee.errors import E2EEError
from messaging.e2ee.roster import RosterState
from messaging.e2ee.roster_record import RosterRecord
from messaging.ports import RosterHead, SeatRow, Transaction
from messaging.services import crews
from messaging.services.context import Context
from messaging.services.outcome import Outcome, Publication
from messaging.wire.events import SeatsChanged
from messaging.wire.rest import PendingSeats, RosterAppend, RosterView, SeatRequest, SeedWrap

_ROLES: Final = frozenset({*Role, roster.KIT})


async def read_roster(tx: Transaction, actor: Actor, mailbox: MailboxId) -> RosterView:
    """All records, the reader's own seed wraps, and for active seats what leads to the generations before.

    The wraps to printed kits go to whoever the platform names here: the paper opens them, and nothing else.
    Raises: NotFound.
    """
    grant = authorize(actor, Operation.ROSTER_READ, mailbox)
    is_active = grant.seat is not None and bool(await tx.seats.active([grant.seat]))
    return RosterView(
        await tx.rosters.records(grant),
        await tx.rosters.seeds(grant) if grant.seat is not None else [],
        await tx.rosters.prevs(grant) if is_active else [],
        await tx.rosters.kit_seeds(grant),
        await tx.resets.latest(mailbox) is not None,
    )


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
    if await tx.rosters.has_seed(grant, SeatId(body.seat)):
        raise Conflict("this seat is that of a kit")
    _, pending = await tx.seats.count(mailbox)
    if pending >= limits.pending_seats_per_mailbox_max:
        raise TooMany("too many people wait for a seat here")
    state = advance(SeatState.ABSENT, SeatAction.ASK)
    await tx.seats.put(grant, _row(grant, body, _claimed_role(actor, mailbox), False, state, context.clock()))
    return Outcome(None, [Publication((mailbox,), SeatsChanged(mailbox=mailbox))], refresh=[_account(grant)])


async def pending_seats(tx: Transaction, actor: Actor, mailbox: MailboxId) -> PendingSeats:
    """Raises: NotFound."""
    grant = authorize(actor, Operation.SEATS_PENDING, mailbox)
    return PendingSeats(await tx.seats.pending(grant), await tx.seats.departed(grant))


async def append_roster(
    tx: Transaction, actor: Actor, mailbox: MailboxId, body: RosterAppend, context: Context
) -> Outcome[None]:
    """A create or an admit record, with the seed wrap of the seat it seats.

    Raises: NotFound, Unverifiable, StaleHead, Conflict, TooMany.
    """
    record = _parse(body.signed)
    if record.mailbox != mailbox:
        raise Unverifiable("the record is of another mailbox")
    if record.kind == roster_record.CREATE:
        return await _found(tx, actor, mailbox, body, record, context)
    signer = await tx.seats.get(SeatId(record.signer))
    if signer is None or signer.mailbox != mailbox:
        return await _admit_by_kit(tx, actor, mailbox, body, record, context.clock())
    return await _admit(tx, actor, mailbox, body, record, context.clock())


async def _found(
    tx: Transaction,
    actor: Actor,
    mailbox: MailboxId,
    body: RosterAppend,
    record: RosterRecord,
    context: Context,
) -> Outcome[None]:
    grant = authorize(actor, Operation.ROSTER_CREATE, mailbox)
    threads = await tx.threads.lock_all(grant)
    if await tx.rosters.lock(mailbox) is not None:
        raise StaleHead("this mailbox was founded already; ask for a seat")
    if record.role == roster.KIT:
        raise Unverifiable("a kit founds nothing")
    if record.role == Role.MODERATOR and _claimed_role(actor, mailbox) is not Role.MODERATOR:
        raise Unverifiable("the platform names no moderator here")
    state = apply(None, body.signed)
    _check_kem(record.kem_pk)
    await tx.rosters.append(grant, roster_head(state), body.signed)
    active = advance(SeatState.ABSENT, SeatAction.FOUND)
    asked = SeatRequest(record.seat, record.sign_pk, record.kem_pk)
    await tx.seats.put(grant, _row(grant, asked, Role(record.role), True, active, context.clock()))
    await tx.rosters.put_seeds(grant, [_checked_seed(body.seed, state, record)])
    await crews.came(tx, grant, threads, context.clock(), admin=True)
    return Outcome(None, refresh=[_account(grant)])


async def _admit(
    tx: Transaction, actor: Actor, mailbox: MailboxId, body: RosterAppend, record: RosterRecord, now: int
) -> Outcome[None]:
    grant = authorize(actor, Operation.SEAT_ADMIT, mailbox)
    threads = await tx.threads.lock_all(grant)
    seats = await lock_seats(tx, grant, SeatId(record.seat))
    before = await _before(tx, grant, record)
    if record.signer != grant.seat:
        raise Unverifiable("an administrator admits in their own name")
    if record.role == roster.KIT:
        return await _admit_kit(tx, grant, body, record, before)
    admitted = await _seat_newcomer(tx, grant, body, record, before, seats.get(SeatId(record.seat)))
    await crews.came(tx, grant, threads, now, admin=bool(record.admin))
    return admitted


async def _admit_by_kit(
    tx: Transaction, actor: Actor, mailbox: MailboxId, body: RosterAppend, record: RosterRecord, now: int
) -> Outcome[None]:
    """Who holds the mailbox's printed kit admits their own seat, which they asked for: the kit's signature says so."""
    grant = authorize(actor, Operation.SEAT_ADMIT_BY_KIT, mailbox)
    threads, own = await tx.threads.lock_all(grant), SeatId(record.seat)
    seats = await tx.seats.lock([own])
    before = await _before(tx, grant, record)
    signer = before.seats.get(record.signer)
    if signer is None or signer.role != roster.KIT:
        raise NotFound("unknown, or not yours")
    if own != grant.seat or record.role == roster.KIT:
        raise Unverifiable("a kit admits the seat of who holds it")
    admitted = await _seat_newcomer(tx, grant, body, record, before, seats.get(own))
    await crews.came(tx, grant, threads, now, admin=bool(record.admin))
    return admitted


async def _before(tx: Transaction, grant: Grant, record: RosterRecord) -> RosterState:
    """The roster that an admission continues, locked. Raises: NotFound, StaleHead, Unverifiable, TooMany."""
    mailbox = _mailbox(grant)
    head = await tx.rosters.lock(mailbox)
    if head is None:
        raise NotFound("unknown, or not yours")
    # Before the records are read and verified, which takes longer the more there are.
    if record.prev_hash != head.head:
        raise StaleHead("another record came first; read the roster and compare the words again")
    if record.kind != roster_record.ADMIT:
        raise Unverifiable("a record of this kind does not come alone")
    check_room(head, for_person=record.role != roster.KIT)
    before = roster.replay(await tx.rosters.records(grant), mailbox)
    if len(before.seats) >= limits.seats_per_mailbox_max:
        raise TooMany("this mailbox has as many seats as it may")
    return before


async def _seat_newcomer(
    tx: Transaction,
    grant: Grant,
    body: RosterAppend,
    record: RosterRecord,
    before: RosterState,
    newcomer: SeatRow | None,
) -> Outcome[None]:
    mailbox = _mailbox(grant)
    state = apply(before, body.signed)
    if newcomer is None or newcomer.mailbox != mailbox:
        raise NotFound("unknown, or not yours")
    advance(SeatState(newcomer.state), SeatAction.ADMIT)
    if (newcomer.sign_pk, newcomer.kem_pk) != (record.sign_pk, record.kem_pk):
        raise Unverifiable("the record holds other keys than those that were asked with")
    await tx.rosters.append(grant, roster_head(state), body.signed)
    await tx.seats.activate(grant, newcomer.seat, Role(record.role), bool(record.admin))
    await tx.rosters.put_seeds(grant, [_checked_seed(body.seed, state, record)])
    return Outcome(None, [_changed(mailbox)], refresh=[newcomer.account])


async def _admit_kit(
    tx: Transaction, grant: Grant, body: RosterAppend, record: RosterRecord, before: RosterState
) -> Outcome[None]:
    """A printed kit: a seat of the roster alone, which no account holds and nobody asked for."""
    mailbox = _mailbox(grant)
    state = apply(before, body.signed)
    if not record.admin:
        raise Unverifiable("a kit is an administrator")
    if sum(seat.role == roster.KIT for seat in before.seats.values()) >= limits.kits_per_mailbox_max:
        raise TooMany("this mailbox has as many kits as it may; remove one first")
    if await tx.seats.get(SeatId(record.seat)) is not None:
        raise Conflict("this seat exists already")
    _check_kem(record.kem_pk)
    await tx.rosters.append(grant, roster_head(state), body.signed)
    await tx.rosters.put_seeds(grant, [_checked_seed(body.seed, state, record)])
    return Outcome(None, [_changed(mailbox)])


def check_room(head: RosterHead, *, for_person: bool) -> None:
    """For one more record, other than a removal's. What one administrator may add without end, kits and new seeds,
    leaves room for persons. Raises: TooMany.
    """
    if head.index + 1 >= (limits.roster_records_max if for_person else limits.roster_own_records_max):
        raise TooMany("this mailbox's roster has as many records as it may; seats can still be removed")


async def lock_seats(tx: Transaction, grant: Grant, other: SeatId) -> Mapping[SeatId, SeatRow]:
    """The actor's own seat and another one, locked in order of id: two who act on each other wait, and never both.

    Raises: NotFound, if the own seat is not an administrator's any more.
    """
    if grant.seat is None:
        raise NotFound("unknown, or not yours")
    seats = await tx.seats.lock([grant.seat, other])
    own = seats.get(grant.seat)
    if own is None or own.state != SeatState.ACTIVE or not own.admin or not await tx.seats.active([own.seat]):
        raise NotFound("unknown, or not yours")
    return seats


def _changed(mailbox: MailboxId) -> Publication:
    return Publication((mailbox,), SeatsChanged(mailbox=mailbox), to_sender=True)


def _parse(signed: bytes) -> RosterRecord:
    try:
        record = roster_record.parse_signed(signed)[0]
    except E2EEError as error:
        raise Unverifiable(str(error)) from error
    if record.role not in _ROLES:
        raise Unverifiable("the record names a role that does not exist")
    return record


def apply(state: RosterState | None, signed: bytes) -> RosterState:
    """By the same rule as the clients. Raises: Unverifiable."""
    try:
        return roster.apply(state, signed)
    except E2EEError as error:
        raise Unverifiable(str(error)) from error


def _check_kem(kem_pk: bytes) -> None:
    try:
        suite.check_kem_public(kem_pk)
    except E2EEError as error:
        raise Unverifiable(str(error)) from error


def roster_head(state: RosterState) -> RosterHead:
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
