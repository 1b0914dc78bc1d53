"""The batch statements on SQLite: `executemany` in the connection's thread, one hop to it each.

Lists of keys are padded to a power of two with their last key, so that few different statements are ever prepared.
"""

import sqlite3
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final, TypeVar

import aiosqlite
from sqlalchemy import ClauseElement, literal_column, select, tuple_
from sqlalchemy.dialects.sqlite.aiosqlite import dialect

from messaging.domain.ids import MessageId, SeatId, ThreadId
from messaging.ports import EventRow, OutboxRow, ThreadRow
from messaging.store.batches import Row
from messaging.store.errors import Refused
from messaging.store.rows import event_values, outbox_values, thread_changes
from messaging.store.tables import events, seats, threads

T = TypeVar("T")

_INSERT_EVENT: Final = (
    "INSERT INTO events (thread, seq, at, kind, party, msg_id, payload, proof) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_OUTBOX: Final = "INSERT INTO outbox (subject, n, type, at, data) VALUES (?, ?, ?, ?, ?)"
_UPDATE_THREAD: Final = """
UPDATE threads SET epoch = ?, record_hash = ?, head_seq = ?, head = ?, last_at = ?,
    stage = ?, safety = ?, humans = ?, revealed = ?, relation_n = ?
WHERE thread = ?
"""


class SqliteBatches:
    """Over one open connection of aiosqlite that is in autocommit mode."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._read_only = False

    async def begin(self, *, writable: bool) -> None:
        if writable:
            await self._connection.execute("BEGIN IMMEDIATE")
            return
        self._read_only = True
        await self._connection.executescript("PRAGMA query_only=ON; BEGIN")

    async def commit(self) -> None:
        # The statement, not the driver's commit(): that one is silent where the transaction is gone (a full disk).
        await self._connection.execute("COMMIT")

    async def rollback(self) -> None:
        await self._connection.rollback()
        if self._read_only:
            await self._connection.execute("PRAGMA query_only=OFF")

    async def lock_threads(self, keys: Sequence[ThreadId]) -> Sequence[Row]:
        """BEGIN IMMEDIATE has locked them already."""
        return await self._fetch(_select_threads, keys)

    async def update_threads(self, rows: Sequence[ThreadRow]) -> None:
        await self._connection.executemany(_UPDATE_THREAD, [thread_changes(row) for row in rows])

    async def active_seats(self, keys: Sequence[SeatId]) -> Sequence[Row]:
        return await self._fetch(_select_seats, keys)

    async def find_events(self, keys: Sequence[tuple[ThreadId, int, MessageId]]) -> Sequence[Row]:
        if not keys:
            return []
        padded = _padded(keys)
        flat = [part for key in padded for part in key]
        return list(await self._connection.execute_fetchall(_select_events(len(padded)), flat))

    async def _fetch(self, select_sql: Callable[[int], str], keys: Sequence[bytes]) -> Sequence[Row]:
        if not keys:
            return []
        padded = _padded(keys)
        return list(await self._connection.execute_fetchall(select_sql(len(padded)), padded))

    async def append_events(self, rows: Sequence[EventRow]) -> None:
        try:
            await self._connection.executemany(_INSERT_EVENT, [event_values(row) for row in rows])
        except sqlite3.IntegrityError:
            raise Refused("an event with this seq or message id is stored already; nothing was written") from None

    async def append_outbox(self, rows: Sequence[OutboxRow]) -> None:
        await self._connection.executemany(_INSERT_OUTBOX, [outbox_values(row) for row in rows])


def _padded(keys: Sequence[T]) -> list[T]:
    """At least one key; as many as the next power of two, by repeating the last."""
    size = 1 << (len(keys) - 1).bit_length()
    return [*keys, *[keys[-1]] * (size - len(keys))]


def _sql(statement: ClauseElement) -> str:
    return str(statement.compile(dialect=dialect(), compile_kwargs={"render_postcompile": True}))


@cache
def _select_threads(count: int) -> str:
    return _sql(select(threads).where(threads.c.thread.in_([b""] * count)).order_by(threads.c.thread))


@cache
def _select_seats(count: int) -> str:
    return _sql(
        select(seats.c.seat).where(seats.c.seat.in_([b""] * count), seats.c.state == literal_column("'active'"))
    )


@cache
def _select_events(count: int) -> str:
    key = tuple_(events.c.thread, events.c.party, events.c.msg_id)
    return _sql(select(events).where(key.in_([(b"", 0, b"")] * count)))
