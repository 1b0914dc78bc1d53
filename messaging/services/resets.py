"""A mailbox that nobody can administer any more begins anew (SPEC.md section 4.7): on the platform's word, at once.

With the commit all of its seats have ended: whoever sat there reads and writes nothing more, as after a removal. The
roster is kept aside, for the proofs of consents; a new one may be founded by whom the platform names. The seeds are
deleted: what was said until now stays closed to who comes. In each thread this side can write once the platform's word
for that thread stands in its log (`reset_tokens`).

Locked are, in the order of a removal: all threads of the mailbox, its seats, its roster. What comes in between asks for
another try.
"""

from collections.abc import Sequence
from itertools import groupby

from messaging.domain import limits
from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.domain.consent import CardAction
from messaging.domain.errors import Busy, Conflict, NotFound
from messaging.domain.ids import ID_BYTES, ResetId
from messaging.domain.seat import SeatAction, SeatState, advance
from messaging.ports import ResetRow, SeatRow, Transaction
from messaging.services import crews
from messaging.services.context import Context
from messaging.services.ended_cards import end_cards, services_word
from messaging.services.outcome import Outcome
from messaging.wire.platform import ResetBegun, ResetClaims, ResetRequest, ThreadToReset


async def begin(tx: Transaction, actor: Actor, body: ResetRequest, context: Context) -> Outcome[ResetBegun]:
    """Ends the roster of a mailbox. Asked again before anybody founded it anew, the same reset is answered.

    Raises: NotFound; Conflict, while somebody can administer it or a printed kit may still lead to it; Busy.
    """
    authorize(actor, Operation.PLATFORM_RESET)
    mailbox = (await tx.mailboxes.find([body.mailbox_ref])).get(body.mailbox_ref)
    if mailbox is None:
        raise NotFound("unknown, or not yours")
    if mailbox == await tx.mailboxes.moderators():
        raise Conflict("who moderates is nothing that the platform decides alone: the moderators' kit is the way back")
    if context.platform is None:
        raise Conflict("no key of the platform is known here to check its word with: set PLI_PLATFORM_KEY")
    grant = Grant(Operation.PLATFORM_RESET, mailbox=mailbox)
    threads = await tx.threads.lock_all(grant)
    seats = await tx.seats.listed(grant)
    await tx.seats.lock([row.seat for row in seats])
    head = await tx.rosters.lock(mailbox)
    before = await tx.resets.latest(mailbox)
    if head is None:
        if before is None:
            raise Conflict("nobody founded this mailbox yet")
        return Outcome(await _begun(tx, grant, before))
    if await tx.threads.all_of(grant) != threads or await tx.seats.listed(grant) != seats:
        raise Busy("something was opened or asked for at this very moment", retry_after_ms=limits.busy_retry_after_ms)
    await _check_lost(tx, grant, seats, body)
    now = context.clock()
    await _end_cards(tx, grant, seats, now)
    await tx.threads.demand_reset(grant)
    await tx.targets.replace(grant, {})
    await tx.desks.clear(grant)
    for row in seats:
        advance(SeatState(row.state), SeatAction.REMOVE)
    await tx.seats.end_all(grant, now)
    await crews.went(tx, grant, threads, now, seats)
    reset = ResetRow(ResetId(context.entropy(ID_BYTES)), mailbox, 1 if before is None else before.n + 1, now)
    await tx.resets.begin(grant, reset)
    gone = sorted({row.account for row in seats})
    return Outcome(await _begun(tx, grant, reset), refresh=gone, bar=[(account, mailbox) for account in gone])


async def missing(tx: Transaction, grant: Grant) -> tuple[list[ThreadToReset], bool]:
    """The first conversations of grant.mailbox in which the platform's word is missing, and whether there are more."""
    found = await tx.threads.awaiting_reset(grant, limits.reset_threads_page_max + 1)
    listed = [
        ThreadToReset(row.thread, row.epoch, ResetClaims(row.thread.hex(), party, row.record_hash.hex()))
        for row, party in found
    ]
    return listed[: limits.reset_threads_page_max], len(listed) > limits.reset_threads_page_max


async def _begun(tx: Transaction, grant: Grant, reset: ResetRow) -> ResetBegun:
    listed, more = await missing(tx, grant)
    return ResetBegun(reset.reset, reset.at, listed, more)


async def _check_lost(tx: Transaction, grant: Grant, seats: Sequence[SeatRow], body: ResetRequest) -> None:
    """A reset costs the mailbox its history: it is refused where another way remains. Raises: Conflict."""
    if any(row.admin and row.state == SeatState.ACTIVE for row in seats):
        raise Conflict("an administrator has a seat here; if they are gone, report their departure first")
    if not body.kits_lost and await tx.rosters.kit_seeds(grant):
        raise Conflict("a printed kit leads to this mailbox and its history; if it is lost, say so (kits_lost)")


async def _end_cards(tx: Transaction, grant: Grant, seats: Sequence[SeatRow], now: int) -> None:
    """The cards of all seats that wait: their escrow is destroyed."""
    waiting = [each for row in seats for each in await tx.consents.waiting_of(grant, row.seat)]
    waiting.sort(key=lambda each: each[0])
    rows = await tx.threads.lock(sorted({thread for thread, _ in waiting}))
    for thread, cards in groupby(waiting, key=lambda each: each[0]):
        row = rows[thread]
        ended = [card for _, card in cards]
        await end_cards(tx, row, ended, CardAction.RESET, services_word("pli1/ended-by-reset", row, now), now)
