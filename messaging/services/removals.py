"""Removing a seat, and renewing a mailbox's seed: one command, one transaction (SPEC.md section 4.3).

With the commit the removed seat reads and writes nothing more, whatever it still holds: every other use case looks at
the seat inside its own transaction, and its sockets hear nothing of the mailbox from before the commit on. Locked are,
in this order: all threads of the mailbox, the two seats, the roster. A thread that opened in between would be missed,
so that the command then asks to be sent again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from messaging.domain import limits
from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.domain.consent import Card, CardAction
from messaging.domain.errors import Busy, Malformed, NotFound, StaleHead, Unverifiable
from messaging.domain.ids import MailboxId, SeatId, TargetId, ThreadId
from messaging.domain.seat import SeatAction, SeatState, advance
from messaging.e2ee import pseudonym, roster, roster_record, suite
from messaging.e2ee.errors import E2EEError
from messaging.e2ee.roster import RosterState
from messaging.e2ee.roster_record import RosterRecord
from messaging.ports import SeatRow, Transaction
from messaging.services import crews
from messaging.services.context import Context
from messaging.services.ended_cards import end_cards
from messaging.services.mailboxes import apply, check_room, lock_seats, roster_head
from messaging.services.outcome import Outcome, Publication
from messaging.wire.events import CardsChanged, SeatsChanged
from messaging.wire.rest import PreviousSeed, Removal


@dataclass(frozen=True, slots=True)
class Checked:
    """A command whose parts were looked at: what costs time is done before the transaction."""

    body: Removal
    rotate: RosterRecord
    remove: RosterRecord | None
    signature: bytes
    """Of the removal; empty where there is none."""


async def allowed(tx: Transaction, actor: Actor, mailbox: MailboxId) -> Grant:
    """The right to remove, asked for before the keys are looked at, which costs time. Raises: NotFound."""
    return authorize(actor, Operation.SEAT_REMOVE, mailbox)


def check(mailbox: MailboxId, body: Removal) -> Checked:
    """Takes the records apart, and checks every new prekey: that it can receive, and that the new identity vouches for
    it. Raises: Malformed, Unverifiable.
    """
    named = [each.target for each in body.prekeys]
    if len(set(named)) != len(named):
        raise Malformed("a target is named twice")
    try:
        rotate, _ = roster_record.parse_signed(body.rotate)
        remove, signature = (None, b"") if body.remove is None else roster_record.parse_signed(body.remove)
        for prekey in (prekey for each in body.prekeys for prekey in each.prekeys):
            suite.check_kem_public(prekey.pk_kem)
            pseudonym.verify_own(rotate.identity_sign, mailbox, prekey.pk_sign, prekey.pk_kem, prekey.own)
    except E2EEError as error:
        raise Unverifiable(str(error)) from error
    if rotate.kind != roster_record.ROTATE or (remove is not None and remove.kind != roster_record.REMOVE):
        raise Unverifiable("these are not a removal and a rotation")
    return Checked(body, rotate, remove, signature)


async def remove(
    tx: Transaction, actor: Actor, mailbox: MailboxId, checked: Checked, context: Context
) -> Outcome[None]:
    """Ends a seat, if the command names one, and begins the next generation. The same command again changes nothing.

    Raises: NotFound, Unverifiable, StaleHead, TooMany, Conflict, Busy.
    """
    grant = authorize(actor, Operation.SEAT_REMOVE, mailbox)
    threads = await tx.threads.lock_all(grant)
    leaver = SeatId((checked.remove or checked.rotate).seat)
    seats = await lock_seats(tx, grant, leaver)
    head = await tx.rosters.lock(mailbox)
    if head is None:
        raise NotFound("unknown, or not yours")
    if head.head == checked.rotate.hash:
        return Outcome(None)
    if await tx.threads.all_of(grant) != threads:
        raise Busy("a conversation was opened at this very moment", retry_after_ms=limits.busy_retry_after_ms)
    if (checked.remove or checked.rotate).prev_hash != head.head:
        # Before the records are read and verified, which takes longer the more there are.
        raise StaleHead("another record came first; read the roster and make the records again")
    if checked.remove is None:
        check_room(head, for_person=False)
    after = await _renew(tx, grant, checked)
    await tx.targets.replace(grant, {TargetId(each.target): each.prekeys for each in checked.body.prekeys})
    await tx.threads.demand_renewal(grant)
    changed = Publication((mailbox,), SeatsChanged(mailbox=mailbox), to_sender=True)
    if checked.remove is None:
        return Outcome(None, [changed])
    now = context.clock()
    heard = await _end(tx, grant, leaver, checked, now)
    await tx.rosters.drop_seeds(grant, leaver)
    gone = await _end_seat(tx, grant, seats.get(leaver), after, now)
    await crews.went(tx, grant, threads, now, gone)
    return Outcome(
        None, [*heard, changed], refresh=[row.account for row in gone], bar=[(row.account, mailbox) for row in gone]
    )


async def _renew(tx: Transaction, grant: Grant, checked: Checked) -> RosterState:
    """Appends the records to the locked roster, with the new seed for every seat that remains and for nobody else.

    Raises: Unverifiable.
    """
    body = checked.body
    if {checked.rotate.signer, (checked.remove or checked.rotate).signer} != {grant.seat}:
        raise Unverifiable("an administrator removes in their own name")
    state = roster.replay(await tx.rosters.records(grant), _mailbox(grant))
    for signed in (body.remove, body.rotate):
        if signed is not None:
            state = apply(state, signed)
            await tx.rosters.append(grant, roster_head(state), signed)
    if sorted(seed.seat for seed in body.seeds) != sorted(state.seats):
        raise Unverifiable("the new seed goes to every seat that remains, once, and to nobody else")
    if any((seed.g, seed.record_hash) != (state.g, state.head) for seed in body.seeds):
        raise Unverifiable("a seed wrap is not for this rotation")
    await tx.rosters.put_seeds(grant, body.seeds)
    await tx.rosters.put_prev(grant, PreviousSeed(state.g, body.prev))
    return state


async def _end_seat(
    tx: Transaction, grant: Grant, row: SeatRow | None, after: RosterState, now: int
) -> Sequence[SeatRow]:
    """The seat's own row, which a printed kit has not."""
    if row is None:
        return []
    if row.mailbox != after.mailbox:
        raise NotFound("unknown, or not yours")
    advance(SeatState(row.state), SeatAction.REMOVE)
    await tx.seats.remove(grant, row.seat, now)
    return [row]


async def _end(tx: Transaction, grant: Grant, leaver: SeatId, checked: Checked, now: int) -> list[Publication]:
    """Withdraws the seat's waiting cards: their escrow is destroyed, the register keeps the removal as the reason."""
    waiting = await tx.consents.waiting_of(grant, leaver)
    by_thread: dict[ThreadId, list[Card]] = {}
    for thread, card in waiting:
        by_thread.setdefault(thread, []).append(card)
    rows = await tx.threads.lock(sorted(by_thread))
    signed = (checked.body.remove or b"", checked.signature)
    for thread, ended in by_thread.items():
        await end_cards(tx, rows[thread], ended, CardAction.REMOVE, lambda _: signed, now)
    mailboxes = (_mailbox(grant),)
    return [Publication(mailboxes, CardsChanged(thread=thread), to_sender=True) for thread in by_thread]


def _mailbox(grant: Grant) -> MailboxId:
    if grant.mailbox is None:
        raise NotFound("unknown, or not yours")
    return grant.mailbox
