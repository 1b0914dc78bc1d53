"""The batch statements on SQLite: many rows in one statement, since each step of a statement gives up Python's global
lock and waits for a busy event loop to get it back.

Few different statements are ever prepared: rows are written in stretches of a multiple of 16 rows and the few that
are left, lists of keys are padded to a power of two with their last key.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any, Final, TypeVar

from sqlalchemy import ClauseElement, literal_column, select
from sqlalchemy.dialects.sqlite.aiosqlite import dialect

from messaging.domain.ids import MessageId, SeatId, ThreadId
from messaging.ports import EventRow, OutboxRow, ThreadRow
from messaging.store.batches import Row
from messaging.store.errors import Refused
from messaging.store.parts import parts
from messaging.store.prepared import padded
from messaging.store.rows import event_values, outbox_values, thread_changes
from messaging.store.sqlite_connection import SqliteConnection
from messaging.store.tables import seats, threads

T = TypeVar("T")
Statement = tuple[str, list[Any]]
"""SQL, and the values for it."""

_STRETCH_ROWS_MAX: Final = 128
_STRETCH_ROWS_STEP: Final = 16

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
_FIRST_OF_OUTBOX: Final = "SELECT id, subject, n, type, at, data FROM outbox ORDER BY id LIMIT ?"
_DELETE_OUTBOX: Final = "DELETE FROM outbox WHERE id BETWEEN ? AND ?"
_LAST_PARTS: Final = "SELECT subject, max(part), records FROM relation_logs WHERE subject IN ({}) GROUP BY subject"
"""Beside a `max` stand the values of its row (sqlite.org/lang_select.html#bareagg)."""
_PUT_PARTS: Final = """
INSERT INTO relation_logs (subject, part, records) VALUES {}
ON CONFLICT (subject, part) DO UPDATE SET records = excluded.records
"""
_EVENTS_OF: Final = "SELECT * FROM events WHERE thread = ? AND seq > ? AND msg_id IN ({})"
_MESSAGES_AFTER: Final = """
WITH wanted (thread, after) AS (VALUES {})
SELECT events.thread, events.seq, events.party, events.msg_id FROM wanted CROSS JOIN events
WHERE events.thread = wanted.thread AND events.seq > wanted.after AND events.msg_id IS NOT NULL
ORDER BY events.thread, events.seq
"""


class SqliteBatches:
    """Over one open connection that is in autocommit mode."""

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self._read_only = False
        self._broken = False

    @property
    def is_lost(self) -> bool:
        return False

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
        await self._connection.run(_roll_back, self._read_only)

    async def rows(self, statement: str, values: Sequence[Any]) -> Sequence[Row]:
        self._connection.heads.overhear(statement)
        return list(await self._connection.execute_fetchall(statement, values))

    async def change(self, statement: str, values: Sequence[Any]) -> int:
        self._connection.heads.overhear(statement)
        return (await self._connection.execute(statement, values)).rowcount

    async def lock_threads(self, keys: Sequence[ThreadId]) -> Sequence[Row]:
        """BEGIN IMMEDIATE has locked them already."""
        return await self._fetch(_select_threads, keys)

    async def update_threads(self, rows: Sequence[ThreadRow]) -> None:
        self._connection.heads.forget()
        await self._write(_UPDATE_THREADS, [thread_changes(row) for row in rows])

    async def active_seats(self, keys: Sequence[SeatId]) -> Sequence[Row]:
        return await self._fetch(_select_seats, keys)

    async def events_of(self, thread: ThreadId, after: int, messages: Sequence[MessageId]) -> Sequence[Row]:
        wanted = padded(messages)
        statement = _EVENTS_OF.format(", ".join("?" * len(wanted)))
        return list(await self._connection.execute_fetchall(statement, (thread, after, *wanted)))

    async def messages_after(self, places: Sequence[tuple[ThreadId, int]]) -> Sequence[Row]:
        """Not padded: each place is read."""
        if not places:
            return []
        statement = _with_values(_MESSAGES_AFTER, 2, len(places))
        return list(await self._connection.execute_fetchall(statement, list(chain.from_iterable(places))))

    async def _fetch(self, select_sql: Callable[[int], str], keys: Sequence[bytes]) -> Sequence[Row]:
        if not keys:
            return []
        wanted = padded(keys)
        return list(await self._connection.execute_fetchall(select_sql(len(wanted)), wanted))

    async def append_events(self, rows: Sequence[EventRow]) -> None:
        try:
            await self._write(_INSERT_EVENTS, [event_values(row) for row in rows])
        except sqlite3.IntegrityError:
            self._broken = True  # as PostgreSQL has it: SQLite alone would commit the rest
            raise Refused("an event with this seq or notice id is stored already; nothing was written") from None

    async def append_outbox(self, rows: Sequence[OutboxRow]) -> None:
        await self._write(_INSERT_OUTBOX, [outbox_values(row) for row in rows])

    async def first_of_outbox(self, limit: int, shards: Sequence[int]) -> Sequence[Row]:
        return list(await self._connection.execute_fetchall(_FIRST_OF_OUTBOX, (limit,)))

    async def delete_outbox(self, keys: Sequence[int]) -> int:
        """Nobody else commits between reading them and this, so that all between the first and the last were read."""
        return (await self._connection.execute(_DELETE_OUTBOX, (keys[0], keys[-1]))).rowcount

    async def append_records(self, records: Mapping[bytes, bytes]) -> None:
        await self._connection.run(_append_records, records)

    async def _write(self, template: str, rows: Sequence[tuple[Any, ...]]) -> None:
        for statement, values in _statements(template, rows):
            await self._connection.execute(statement, values)


def _roll_back(connection: sqlite3.Connection, read_only: bool) -> None:
    connection.rollback()
    if read_only:
        connection.execute("PRAGMA query_only=OFF")


def _append_records(connection: sqlite3.Connection, records: Mapping[bytes, bytes]) -> None:
    keys = padded(records)
    query = _LAST_PARTS.format(", ".join("?" * len(keys)))
    last = {subject: (part, held) for subject, part, held in connection.execute(query, keys).fetchall()}
    for statement, values in _statements(_PUT_PARTS, parts(last, records)):
        connection.execute(statement, values)


def appending_statements(
    events: Sequence[EventRow], heads: Sequence[ThreadRow], facts: Sequence[OutboxRow]
) -> list[Statement]:
    """All that a batch of messages writes."""
    return [
        *_statements(_INSERT_EVENTS, [event_values(row) for row in events]),
        *_statements(_UPDATE_THREADS, [thread_changes(row) for row in heads]),
        *_statements(_INSERT_OUTBOX, [outbox_values(row) for row in facts]),
    ]


def _statements(template: str, rows: Sequence[tuple[Any, ...]]) -> Iterator[Statement]:
    for stretch in _stretches(rows):
        yield _with_values(template, len(stretch[0]), len(stretch)), list(chain.from_iterable(stretch))


def _stretches(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """The rows in order."""
    start = 0
    while start < len(rows):
        left = len(rows) - start
        size = min(_STRETCH_ROWS_MAX, left - left % _STRETCH_ROWS_STEP or left)
        yield rows[start : start + size]
        start += size


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
