"""Retention: which rows their time has come for, counted by the same condition by which they are deleted."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, delete, func, select, tuple_, update

from messaging.domain.ids import ThreadId
from messaging.domain.retention import Category
from messaging.domain.seat import SeatState
from messaging.store.link import Link
from messaging.store.tables import (
    answers,
    cards,
    closings,
    erased_people,
    escrow,
    events,
    parties,
    positions,
    prekeys,
    rotations,
    seats,
    shares,
    thirds,
    threads,
    tickets,
    wraps,
)

_TABLES: Final[dict[Category, Table]] = {
    Category.TICKETS: tickets,
    Category.ANSWERS: answers,
    Category.ERASED_PEOPLE: erased_people,
    Category.PENDING_SEATS: seats,
    Category.CLAIMS: prekeys,
    Category.THREADS: threads,
}
_USED: Final = {"claimant": None, "pk_sign": bytes(32), "pk_kem": b"", "own": b""}
"""What stays of a claimed prekey: that its index was used. Published again it would show one key in two threads."""
_CONVERSATION: Final = (
    *(events, wraps, rotations, positions, parties, escrow, cards, closings, shares, thirds, threads),
)
"""In the order in which their foreign keys let them go."""


class Retiring:
    """`messaging.ports.Retiring`"""

    def __init__(self, link: Link) -> None:
        self._connection = link.connection

    async def count(self, category: Category, before: int) -> int:
        query = select(func.count()).select_from(_TABLES[category]).where(_old(category, before))
        count: int = (await self._connection.execute(query)).scalar_one()
        return count

    async def delete(self, category: Category, before: int, limit: int) -> int:
        table = _TABLES[category]
        keys = list(table.primary_key.columns)
        oldest: Select[Any] = select(*keys).where(_old(category, before)).limit(limit)
        which = tuple_(*keys).in_(oldest.with_for_update(skip_locked=True))
        change = update(table).values(_USED) if category is Category.CLAIMS else delete(table)
        return (await self._connection.execute(change.where(which))).rowcount

    async def dormant(self, before: int, after: ThreadId | None, limit: int) -> list[ThreadId]:
        query = (
            select(threads.c.thread)
            .where(threads.c.thread > (after or b""), _old(Category.THREADS, before))
            .order_by(threads.c.thread)
            .limit(limit)
        )
        return [ThreadId(row[0]) for row in await self._connection.execute(query)]

    async def forget_threads(self, gone: Sequence[ThreadId]) -> dict[str, int]:
        return {
            table.name: (await self._connection.execute(delete(table).where(table.c.thread.in_(gone)))).rowcount
            for table in _CONVERSATION
        }


def _old(category: Category, before: int) -> ColumnElement[bool]:
    conditions: dict[Category, ColumnElement[bool]] = {
        Category.TICKETS: tickets.c.expires_at < before,
        Category.ANSWERS: answers.c.at < before,
        Category.ERASED_PEOPLE: erased_people.c.at < before,
        Category.PENDING_SEATS: (seats.c.state == SeatState.PENDING.value) & (seats.c.asked_at < before),
        Category.CLAIMS: (prekeys.c.claimed_at < before) & prekeys.c.claimant.is_not(None),
        Category.THREADS: threads.c.last_at < before,
    }
    return conditions[category]
