"""Who reads and writes for a side, as relation events tell it: somebody came, somebody went, others took over.

Each is told of every relation of the mailbox, in the transaction of what it tells. Of a seat they say nothing but that.
A handover is told when an administrator goes and one who came later is there, or when one comes and no other is left:
after a departure, by a printed kit, after a reset.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final

from msgspec import structs

from messaging.domain.authorization import Grant
from messaging.domain.errors import NotFound
from messaging.domain.ids import ThreadId
from messaging.domain.seat import SeatState
from messaging.ports import OutboxRow, SeatRow, Transaction
from messaging.relations import facts

_AT_ONCE: Final = 1_000
"""Threads of one statement."""

_Fact = Callable[[bytes, int, int, int], OutboxRow]


async def lock(tx: Transaction, several: Iterable[Sequence[ThreadId]]) -> None:
    """The threads of several mailboxes, in order of id: before seats and rosters, as everywhere."""
    for ids in _batches(sorted(set(chain.from_iterable(several)))):
        await tx.threads.lock(ids)


async def came(tx: Transaction, grant: Grant, threads: Sequence[ThreadId], now: int, *, admin: bool) -> None:
    """A seat of grant.mailbox became active at this moment. `threads`: those of the mailbox, locked."""
    told: list[_Fact] = [facts.seat_admitted]
    if admin and threads and len(await _administrators(tx, grant)) == 1:
        told.append(facts.handover_done)
    await _tell(tx, grant, threads, told, now)


async def went(tx: Transaction, grant: Grant, threads: Sequence[ThreadId], now: int, gone: Sequence[SeatRow]) -> None:
    """Seats of grant.mailbox ended at this moment. `gone`: as they were before; `threads`: as for `came`.

    Nothing is told of who was never admitted, nor again of who had departed before an administrator removed them.
    """
    active = [row for row in gone if row.state == SeatState.ACTIVE]
    told: list[_Fact] = [facts.seat_removed for _ in active]
    if threads and any(row.admin for row in active):
        first = min(row.asked_at for row in active if row.admin)
        if any(there.asked_at > first for there in await _administrators(tx, grant)):
            told.append(facts.handover_done)
    await _tell(tx, grant, threads, told, now)


async def _administrators(tx: Transaction, grant: Grant) -> list[SeatRow]:
    return [row for row in await tx.seats.listed(grant) if row.admin and row.state == SeatState.ACTIVE]


async def _tell(tx: Transaction, grant: Grant, threads: Sequence[ThreadId], told: Sequence[_Fact], now: int) -> None:
    if grant.mailbox is None:
        raise NotFound("unknown, or not yours")
    for ids in _batches(threads) if told else ():
        rows = list((await tx.threads.lock(ids)).values())
        written = []
        for row in rows:
            at, party = max(now, row.last_at), row.mailboxes.index(grant.mailbox)
            written += [make(row.subject, row.relation_n + i, at, party) for i, make in enumerate(told)]
        await tx.outbox.append(written)
        await tx.threads.update([structs.replace(row, relation_n=row.relation_n + len(told)) for row in rows])


def _batches(threads: Sequence[ThreadId]) -> Iterator[list[ThreadId]]:
    left = iter(threads)
    while batch := list(islice(left, _AT_ONCE)):
        yield batch
