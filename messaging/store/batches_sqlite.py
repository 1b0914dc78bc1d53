"""The batch statements on SQLite: many rows in one statement, since each step of a statement gives up Python's global
lock and waits for a busy event loop to get it back.

Few different statements are ever prepared: rows are written in chunks whose lengths are powers of two, lists of keys
are padded to one with their last key.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, Final, TypeVar

import aiosqlite
from sqlalchemy import ClauseElement, literal_column, select
from sqlalchemy.dialects.sqlite.aiosqlite import dialect

from messaging.domain.ids import MessageId, SeatId, ThreadId
from messaging.ports import EventRow, OutboxRow, ThreadRow
from messaging.store.batches import Row
from messaging.store.errors import Refused
from messaging.store.rows import event_values, outbox_values, thread_changes
from messaging.store.tables import seats, threads

T = TypeVar("T")

_CHUNK_ROWS_MAX: Final = 128

_INSERT_EVENTS: Final = "INSERT INTO events (thread, seq, at, kind, party, msg_id, payload, proof) VALUES {}"
_INSERT_OUTBOX: Final = "INSERT INTO outbox (subject, n, type, at, data) VALUES {}"
_UPDATE_THREADS: Final = """
WITH new (epoch, record_hash, head_seq, head, last_at, stage, safety, humans, revealed, relation_n, renew,
    thread) AS (VALUES {})
UPDATE threads SET epoch = new.epoch, record_hash = new.record_hash, head_seq = new.head_seq, head = new.head,
    last_at = new.last_at, stage = new.stage, safety = new.safety, humans = new.humans, revealed = new.revealed,
    relation_n = new.relation_n, renew = new.renew
FROM new WHERE threads.thread = new.thread
"""
_FIND_EVENTS: Final = """
WITH wanted (thread, party, msg_id) AS (VALUES {})
SELECT events.* FROM wanted CROSS JOIN events
WHERE events.thread = wanted.thread AND events.party = wanted.party AND events.msg_id = wanted.msg_id
"""
"""CROSS JOIN keeps the order: a look-up in the index for each key. (thread, party, msg_id) IN (VALUES ...) reads the
whole table."""


class SqliteBatches:
    """Over one open connection of aiosqlite that is in autocommit mode."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._read_only = False
        self._broken = False

    async def begin(self, *, writable: bool) -> None:
        if writable:
            await self._connection.execute("BEGIN IMMEDIATE")
            return
        self._read_only = True
        await self._connection.executescript("PRAGMA query_only=ON; BEGIN")

    async def commit(self) -> None:
        if self._broken:
            raise Refused("the transaction was broken by an earlier error; nothing was written")
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
        await self._write(_UPDATE_THREADS, [thread_changes(row) for row in rows])

    async def active_seats(self, keys: Sequence[SeatId]) -> Sequence[Row]:
        return await self._fetch(_select_seats, keys)

    async def find_events(self, keys: Sequence[tuple[ThreadId, int, MessageId]]) -> Sequence[Row]:
        if not keys:
            return []
        padded = _padded(keys)
        flat = [part for key in padded for part in key]
        return list(await self._connection.execute_fetchall(_with_values(_FIND_EVENTS, 3, len(padded)), flat))

    async def _fetch(self, select_sql: Callable[[int], str], keys: Sequence[bytes]) -> Sequence[Row]:
        if not keys:
            return []
        padded = _padded(keys)
        return list(await self._connection.execute_fetchall(select_sql(len(padded)), padded))

    async def append_events(self, rows: Sequence[EventRow]) -> None:
        try:
            await self._write(_INSERT_EVENTS, [event_values(row) for row in rows])
        except sqlite3.IntegrityError:
            self._broken = True  # as PostgreSQL has it: SQLite alone would commit the rest
            raise Refused("an event with this seq or message id is stored already; nothing was written") from None

    async def append_outbox(self, rows: Sequence[OutboxRow]) -> None:
        await self._write(_INSERT_OUTBOX, [outbox_values(row) for row in rows])

    async def _write(self, template: str, rows: Sequence[tuple[Any, ...]]) -> None:
        for chunk in _chunks(rows):
            await self._connection.execute(
                _with_values(template, len(chunk[0]), len(chunk)), [value for row in chunk for value in row]
            )


def _chunks(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """The rows in order, in stretches whose lengths are powers of two."""
    start = 0
    while start < len(rows):
        size = min(_CHUNK_ROWS_MAX, 1 << ((len(rows) - start).bit_length() - 1))
        yield rows[start : start + size]
        start += size


def _padded(keys: Sequence[T]) -> list[T]:
    """At least one key; as many as the next power of two, by repeating the last."""
    size = 1 << (len(keys) - 1).bit_length()
    return [*keys, *[keys[-1]] * (size - len(keys))]


def _sql(statement: ClauseElement) -> str:
    return str(statement.compile(dialect=dialect(), compile_kwargs={"render_postcompile": True}))


@cache
def _with_values(template: str, width: int, count: int) -> str:
    row = f"({', '.join('?' * width)})"
    return template.format(", ".join([row] * count))


@cache
def _select_threads(count: int) -> str:
    return _sql(select(threads).where(threads.c.thread.in_([b""] * count)).order_by(threads.c.thread))


@cache
def _select_seats(count: int) -> str:
    return _sql(
        select(seats.c.seat).where(seats.c.seat.in_([b""] * count), seats.c.state == literal_column("'active'"))
    )
