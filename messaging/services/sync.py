"""Catching up: what changed, what was said, who read up to where. Reads only, except for receipts."""

from collections.abc import Mapping, Sequence

from messaging.domain import limits, receipt
from messaging.domain.authorization import Actor, Grant, Operation, Person, authorize
from messaging.domain.errors import NotFound, ResetPending
from messaging.domain.ids import EntryId, MailboxId, ThreadId
from messaging.domain.seat import SeatState
from messaging.domain.vocabulary import THIRD
from messaging.ports import ThirdRow, ThreadRow, Transaction
from messaging.services import presenting
from messaging.services.admission import renewal_owed
from messaging.services.outcome import Outcome, Publication
from messaging.services.presenting import ThirdSees
from messaging.wire.commands import DeskPull, DeskPut, Pull, Read, Threads, Wraps
from messaging.wire.events import (
    DeskAck,
    DeskEntries,
    DeskEvent,
    EpochWraps,
    Events,
    Ok,
    Receipt,
    ThirdEntry,
    ThreadOpened,
    ThreadsPage,
    ThreadState,
    WrapsList,
)
from messaging.wire.types import EpochShare

WRAPS_PAGE = 32
"""Epochs an answer to `wraps` holds: each is 2,336 bytes of wraps, 3,120 in base64."""


async def threads(tx: Transaction, actor: Actor, command: Threads, now: int) -> ThreadsPage:
    """One page of the actor's threads."""
    states, more = await changed(tx, actor, command.since, command.after, now)
    return ThreadsPage(ref=command.ref, now=now, threads=states, more=more)


async def changed(
    tx: Transaction, actor: Actor, since: int | None, after: bytes | None, now: int
) -> tuple[list[ThreadState], bool]:
    """Threads whose log grew at or after `since` (ms) less a margin, one page, and whether there are more."""
    grant = authorize(actor, Operation.THREADS_LIST)
    mailboxes = active_mailboxes(actor)
    floor = 0 if since is None else max(0, since - limits.changed_since_margin_ms)
    cursor = None if after is None else ThreadId(after)
    rows = await tx.threads.page(grant, mailboxes, floor, cursor, limits.threads_page_max, now)
    as_third = [row.thread for row, own, _ in rows if own.party == THIRD]
    sees = await _third_sees(tx, as_third) if as_third else {}
    states = [
        presenting.thread_state(row, own, peer, now, third=sees.get(row.thread) if own.party == THIRD else None)
        for row, own, peer in rows
    ]
    return states, len(rows) >= limits.threads_page_max


async def _third_sees(tx: Transaction, threads: Sequence[ThreadId]) -> Mapping[ThreadId, ThirdSees]:
    recipients = await tx.threads.recipients(threads)
    stays = await tx.thirds.all_present(threads)
    return {thread: ThirdSees(stay.target, recipients[thread].presentation) for thread, stay in stays.items()}


def active_mailboxes(actor: Actor) -> Sequence[MailboxId]:
    """The mailboxes in which the actor has an active seat."""
    if not isinstance(actor, Person):
        return ()
    return [mailbox for mailbox, seat in actor.seats.items() if seat.state is SeatState.ACTIVE]


async def seated(tx: Transaction, grant: Grant) -> Grant:
    """The grant, if its seat is active in this very transaction: what a socket knows of its seats may be old.

    Raises: NotFound.
    """
    if grant.seat is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    return grant


async def announce(tx: Transaction, row: ThreadRow, now: int) -> list[Publication]:
    """Tells both sides where the thread stands: for a replay, whose first commit may have died before it was heard."""
    sides = [await tx.threads.side(Grant(Operation.THREADS_LIST, thread=row.thread, party=party)) for party in (0, 1)]
    return [
        Publication((own.mailbox,), ThreadOpened(presenting.thread_state(row, own, peer, now)))
        for own, peer in (sides, sides[::-1])
    ]


async def pull(tx: Transaction, actor: Actor, command: Pull) -> Events:
    """A range of a thread's log. Raises: NotFound."""
    thread = ThreadId(command.thread)
    grant = await seated(tx, authorize(actor, Operation.EVENTS_PULL, await tx.threads.parties(thread)))
    stay = await _stay(tx, grant)
    after = command.after if stay is None else max(command.after, _before(stay))
    rows = await tx.events.range(grant, after, command.limit, limits.pull_bytes_max)
    head = (await tx.threads.get([thread]))[thread].head_seq
    listed = [presenting.log_entry(row, withheld=stay is not None) for row in rows]
    return Events(ref=command.ref, thread=command.thread, events=listed, head_seq=head)


async def _stay(tx: Transaction, grant: Grant) -> ThirdRow | None:
    """The stay of whoever reads as a third party; None for a side. Raises: NotFound."""
    if grant.party != THIRD:
        return None
    stay = await tx.thirds.present(grant)
    if stay is None or stay.mailbox != grant.mailbox:
        raise NotFound("unknown, or not yours")
    return stay


def _before(stay: ThirdRow) -> int:
    """The seq of the last event that a third party does not read; 0 where it reads all."""
    return 0 if stay.history else stay.joined_seq - 1


async def _entry(tx: Transaction, grant: Grant, stay: ThirdRow, command: Wraps) -> WrapsList:
    """What a third party needs to read: how it came in, and the keys that the sides gave it. Raises: NotFound."""
    record = await tx.events.epoch(grant, stay.joined_epoch)
    joined = await tx.events.range(grant, stay.joined_seq - 1, 1, 1)
    found = await tx.thirds.shares(grant, stay.third, command.first, limits.shares_page_max + 1)
    if record is None or not joined:
        raise NotFound("unknown, or not yours")
    before = _before(stay)
    entry = ThirdEntry(
        joined=joined[0].payload,
        seq=before,
        head=stay.entry_head if before else b"",
        signed_record=record.payload,
        shares=[EpochShare(epoch, share) for epoch, share in found[: limits.shares_page_max]],
    )
    return WrapsList(
        ref=command.ref,
        thread=command.thread,
        epochs=[],
        prekey_index=stay.prekey_index,
        more=len(found) > limits.shares_page_max,
        entry=entry,
    )


async def wraps(tx: Transaction, actor: Actor, command: Wraps) -> WrapsList:
    """The wrapped epoch secrets, and for the recipient's side which prekey opened the thread; a third party's are its
    own.

    Raises: NotFound.
    """
    parties = await tx.threads.parties(ThreadId(command.thread))
    grant = await seated(tx, authorize(actor, Operation.WRAPS_PULL, parties))
    stay = await _stay(tx, grant)
    if stay is not None:
        return await _entry(tx, grant, stay, command)
    found = await tx.threads.wraps(grant, command.first, WRAPS_PAGE + 1)
    side = await tx.threads.side(grant)
    return WrapsList(
        ref=command.ref,
        thread=command.thread,
        epochs=[EpochWraps(epoch, pair) for epoch, pair in found[:WRAPS_PAGE]],
        prekey_index=side.prekey_index,
        more=len(found) > WRAPS_PAGE,
    )


async def read(tx: Transaction, actor: Actor, command: Read, now: int) -> Outcome[Ok]:
    """Moves the own side's position. The peer hears of it at once after reveal, at the end of the minute before; of a
    third party's nobody else, of a side that began anew not before it was told so: nobody there could read before.

    Raises: NotFound.
    """
    thread = ThreadId(command.thread)
    grant = authorize(actor, Operation.RECEIPT_WRITE, await tx.threads.parties(thread))
    row = (await tx.threads.lock([thread]))[thread]
    # A third party may have left before the lock.
    grant = authorize(actor, Operation.RECEIPT_WRITE, row.parties, party=grant.party)
    if grant.seat is None or grant.party is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    side = await tx.threads.side(grant)
    seq = min(command.seq, row.head_seq)
    coarse = 0 if row.revealed else limits.receipt_coarse_ms
    is_told = grant.party != THIRD and not isinstance(renewal_owed(row, grant.party), ResetPending)
    share = command.share and is_told
    position = receipt.advance(side.position, seq, now, share=share, coarse_ms=coarse)
    if position == side.position:
        return Outcome(Ok(ref=command.ref))
    await tx.threads.move_position(grant, position)
    own = Receipt(thread=thread, party=grant.party, seq=position.own, at=now)
    heard = Publication((row.audience[grant.party],), own)
    if position.shown == side.position.shown:
        return Outcome(Ok(ref=command.ref), [heard])
    shown = Receipt(thread=thread, party=grant.party, seq=position.shown, at=position.shown_from)
    peer = Publication((row.mailboxes[1 - grant.party],), shown)
    return Outcome(Ok(ref=command.ref), [heard], later=[(position.shown_from, peer)])


async def desk_put(tx: Transaction, actor: Actor, command: DeskPut, now: int) -> Outcome[DeskAck]:
    """Appends to the mailbox's private log. Raises: NotFound, Conflict."""
    grant = await seated(tx, authorize(actor, Operation.DESK_WRITE, MailboxId(command.mailbox)))
    row, fresh = await tx.desks.append(grant, EntryId(command.entry), command.blob, now)
    answer = DeskAck(ref=command.ref, seq=row.seq, at=row.at)
    event = DeskEvent(mailbox=command.mailbox, entry=presenting.desk_entry(row))
    return Outcome(answer, [Publication((MailboxId(command.mailbox),), event)] if fresh else [])


async def desk_pull(tx: Transaction, actor: Actor, command: DeskPull) -> DeskEntries:
    """A range of the mailbox's private log. Raises: NotFound."""
    grant = await seated(tx, authorize(actor, Operation.DESK_READ, MailboxId(command.mailbox)))
    rows, head = await tx.desks.range(grant, command.after, command.limit, limits.pull_bytes_max)
    listed = [presenting.desk_entry(row) for row in rows]
    return DeskEntries(ref=command.ref, mailbox=command.mailbox, entries=listed, head_seq=head)
