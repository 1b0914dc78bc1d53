"""Who sits in a mailbox, and who left: what the platform knows before any administrator does.

A departure ends access at once: at the next command, also of a socket that is open. What the person's devices know of
keys ends when an administrator removes the seat and the mailbox renews its keys; until then the administrators see it
among what waits for them.
"""

from collections.abc import Sequence

from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.domain.errors import NotFound
from messaging.domain.ids import AccountId, MailboxId
from messaging.domain.seat import SeatAction, SeatState, advance
from messaging.ports import SeatRow, Transaction
from messaging.services import crews
from messaging.services.context import Context
from messaging.services.outcome import Outcome, Publication
from messaging.wire.events import SeatsChanged
from messaging.wire.platform import Departed, DepartureReport, SeatListed, SeatsListed

_HELD = (SeatState.PENDING, SeatState.ACTIVE)


async def list_seats(tx: Transaction, actor: Actor, mailbox: MailboxId) -> SeatsListed:
    """Raises: NotFound."""
    grant = authorize(actor, Operation.PLATFORM_SEATS_LIST, mailbox)
    if not await tx.mailboxes.get([mailbox]):
        raise NotFound("unknown, or not yours")
    return SeatsListed([_listed(row) for row in await tx.seats.listed(grant)])


async def report(
    tx: Transaction, actor: Actor, issuer: str, body: DepartureReport, context: Context
) -> Outcome[Departed]:
    """Ends a person's access to one mailbox. Reported again it is answered alike.

    Raises: NotFound, for a mailbox or a person unknown, and for one who never asked for a seat there.
    """
    grant = authorize(actor, Operation.PLATFORM_DEPARTURE)
    mailbox = (await tx.mailboxes.find([body.mailbox_ref])).get(body.mailbox_ref)
    account = await tx.accounts.find(issuer, body.subject)
    if mailbox is None or account is None:
        raise NotFound("unknown, or not yours")
    seats = [row for row in await tx.seats.of_account(account) if row.mailbox == mailbox]
    if not seats:
        raise NotFound("unknown, or not yours")
    heard = await end_access(tx, grant, account, seats, context.clock())
    listed = await tx.seats.listed(Grant(grant.operation, mailbox=mailbox))
    last = seats[-1] if heard.answer is None else heard.answer
    state = next((row.state for row in listed if row.seat == last.seat), SeatState.REMOVED.value)
    administrators = sum(row.admin and row.state == SeatState.ACTIVE for row in listed)
    return Outcome(Departed(last.seat, state, administrators), heard.publish, refresh=heard.refresh, bar=heard.bar)


async def end_access(
    tx: Transaction, grant: Grant, account: AccountId, seats: Sequence[SeatRow], now: int
) -> Outcome[SeatRow | None]:
    """Ends those of an account's seats that are held, and says which was the last. Locks the threads of their
    mailboxes, then the seats, in order of id.
    """
    boxes = {row.mailbox: Grant(grant.operation, mailbox=row.mailbox) for row in seats if row.state in _HELD}
    threads = {mailbox: await tx.threads.all_of(box) for mailbox, box in boxes.items()}
    await crews.lock(tx, threads.values())
    locked = await tx.seats.lock([row.seat for row in seats])
    ended = [row for row in locked.values() if row.state in _HELD]
    for row in ended:
        await tx.seats.depart(grant, row.seat, advance(SeatState(row.state), SeatAction.DEPART), now)
    mailboxes = sorted({row.mailbox for row in ended})
    for mailbox in mailboxes:
        gone = [row for row in ended if row.mailbox == mailbox]
        await crews.went(tx, boxes[mailbox], threads[mailbox], now, gone)
    return Outcome(
        ended[-1] if ended else None,
        [Publication((mailbox,), SeatsChanged(mailbox=mailbox)) for mailbox in mailboxes],
        refresh=[account] if ended else [],
        bar=[(account, mailbox) for mailbox in mailboxes],
    )


def _listed(row: SeatRow) -> SeatListed:
    return SeatListed(row.seat, row.role, row.admin, row.state, row.asked_at if row.left_at is None else row.left_at)
