"""Retention: which rows their time has come for, counted by the same condition by which they are deleted."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, delete, exists, func, select, tuple_, update

from messaging.domain.ids import ThreadId
from messaging.domain.retention import Category
from messaging.domain.seat import SeatState
from messaging.domain.vocabulary import Measure
from messaging.store.link import Link
from messaging.store.tables import (
    answers,
    cards,
    closings,
    erased_people,
    escrow,
    events,
    moderation_cases,
    moderation_decisions,
    moderation_notices,
    moderation_statements,
    moderation_told,
    moderation_unmaskings,
    parties,
    positions,
    prekeys,
    progress,
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
    Category.CASES: moderation_cases,
}
_USED: Final = {"claimant": None, "pk_sign": bytes(32), "pk_kem": b"", "own": b""}
"""What stays of a claimed prekey: that its index was used. Published again it would show one key in two threads."""
_CONVERSATION: Final = (
    *(events, wraps, rotations, positions, parties, escrow, cards, closings, progress, shares, thirds, threads),
)
"""In the order in which their foreign keys let them go."""
_OF_MAILBOXES: Final = (Measure.BLOCK.value, Measure.SUSPENSION.value)
"""Measures that reach beyond the conversation which they came from."""
_CASE: Final = (*(moderation_statements, moderation_notices, moderation_told, moderation_unmaskings, moderation_cases),)


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
        if category is Category.CASES:
            return await self._delete_cases(select(*keys).where(_old(category, before)).limit(limit))
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
        about = (await self._connection.execute(_cases_of(gone))).scalars().all()
        return await self._forget_cases(about) | {
            table.name: (await self._connection.execute(delete(table).where(table.c.thread.in_(gone)))).rowcount
            for table in _CONVERSATION
        }

    async def _delete_cases(self, which: Select[Any]) -> int:
        gone = (await self._connection.execute(which.with_for_update(skip_locked=True))).scalars().all()
        await self._forget_cases(gone)
        return len(gone)

    async def _forget_cases(self, gone: Sequence[bytes]) -> dict[str, int]:
        """What binds mailboxes and is in force goes on until its time is up, without a word of why."""
        if not gone:
            return {}
        decisions = moderation_decisions.c
        goes_on = decisions.measure.in_(_OF_MAILBOXES) & (decisions.state == "in_force")
        of_them = decisions.case.in_(gone)
        nothing = {"thread": None, "body": b"", "case": bytes(16)}
        ended = await self._connection.execute(delete(moderation_decisions).where(of_them & ~goes_on))
        await self._connection.execute(update(moderation_decisions).where(of_them).values(nothing))
        return {"moderation_decisions": ended.rowcount} | {
            table.name: (await self._connection.execute(delete(table).where(table.c.case.in_(gone)))).rowcount
            for table in _CASE
        }


def _held() -> ColumnElement[bool]:
    """Whether a case about the thread is not over: what was reported is kept until then."""
    here = moderation_cases.c.thread == threads.c.thread
    return exists().where(here & (moderation_cases.c.state != "closed"))


def _over(before: int) -> ColumnElement[bool]:
    """Closed cases, by when they were decided on."""
    closed = moderation_cases.c.state == "closed"
    return closed & (func.coalesce(moderation_cases.c.decided_at, moderation_cases.c.opened_at) < before)


def _cases_of(gone: Sequence[ThreadId]) -> Select[Any]:
    return select(moderation_cases.c.case).where(moderation_cases.c.thread.in_(gone))


def _old(category: Category, before: int) -> ColumnElement[bool]:
    conditions: dict[Category, ColumnElement[bool]] = {
        Category.TICKETS: tickets.c.expires_at < before,
        Category.ANSWERS: answers.c.at < before,
        Category.ERASED_PEOPLE: erased_people.c.at < before,
        Category.PENDING_SEATS: (seats.c.state == SeatState.PENDING.value) & (seats.c.asked_at < before),
        Category.CLAIMS: (prekeys.c.claimed_at < before) & prekeys.c.claimant.is_not(None),
        Category.THREADS: (threads.c.last_at < before) & ~_held(),
        Category.CASES: _over(before) & moderation_cases.c.thread.is_(None),
    }
    return conditions[category]
