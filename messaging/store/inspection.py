"""What `pli doctor` asks the database: its clock, its newest time, some stamped heads, what waits in the outbox."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import and_, func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from messaging.store.address import Kind
from messaging.store.tables import cards, events, outbox, threads
from messaging.store.unit import transaction

_COUNTED_MAX: Final = 100_000


class Stamped(NamedTuple):
    """The newest event of a thread, as the service stamped it."""

    thread: bytes
    seq: int
    head: bytes
    proof: bytes


class Waiting(NamedTuple):
    """The outbox: how many relation events wait (counted up to `_COUNTED_MAX`), and since when the oldest does."""

    events: int
    since: int
    """ms; 0 if none waits."""


class Inspection:
    """Of one open store; reads only, and little."""

    def __init__(self, engine: AsyncEngine, kind: Kind) -> None:
        self._engine = engine
        self._kind = kind

    async def now(self) -> int | None:
        """The database's clock, in ms; None where it has none of its own (SQLite)."""
        if self._kind is Kind.SQLITE:
            return None
        query = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
        async with transaction(self._engine, self._kind, writable=False) as (connection, _):
            return int((await connection.execute(query)).scalar_one())

    async def newest(self) -> int:
        """The latest time that any thread bears, in ms; 0 if there is none."""
        query = select(func.coalesce(func.max(threads.c.last_at), 0))
        async with transaction(self._engine, self._kind, writable=False) as (connection, _):
            return int((await connection.execute(query)).scalar_one())

    async def stamped(self, start: bytes, limit: int) -> Sequence[Stamped]:
        """The heads of some threads, from this id on; from the first one, if there are none."""
        newest = and_(events.c.thread == threads.c.thread, events.c.seq == threads.c.head_seq)
        query = (
            select(threads.c.thread, threads.c.head_seq, threads.c.head, events.c.proof)
            .join_from(threads, events, newest)
            .order_by(threads.c.thread)
            .limit(limit)
        )
        async with transaction(self._engine, self._kind, writable=False) as (connection, _):
            rows = (await connection.execute(query.where(threads.c.thread >= start))).all()
            rows = rows or (await connection.execute(query)).all()
        return [Stamped(*row) for row in rows]

    async def thread_of(self, card: bytes) -> bytes | None:
        """The thread that a card was given in; reads the whole table where no index helps."""
        query = select(cards.c.thread).where(cards.c.card == card).limit(1)
        async with transaction(self._engine, self._kind, writable=False) as (connection, _):
            found: bytes | None = (await connection.execute(query)).scalar_one_or_none()
        return found

    async def waiting(self) -> Waiting:
        counted = select(func.count()).select_from(select(outbox.c.id).limit(_COUNTED_MAX).subquery())
        oldest = select(outbox.c.at).order_by(outbox.c.id).limit(1)
        async with transaction(self._engine, self._kind, writable=False) as (connection, _):
            count = (await connection.execute(counted)).scalar_one()
            since = (await connection.execute(oldest)).scalar_one_or_none()
        return Waiting(count, since or 0)
