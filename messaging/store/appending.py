"""The way of messages into the logs, in few round trips (`messaging.ports.Appending`).

PostgreSQL: BEGIN, the threads, the seats, one statement that writes everything, COMMIT. SQLite: nothing where the heads
are known, then one function on the connection's thread, from BEGIN to COMMIT.
"""

import sqlite3
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncEngine

from messaging import ports
from messaging.domain import limits
from messaging.domain.ids import MessageId, SeatId, ThreadId
from messaging.ports import EventRow, OutboxRow, Overtaken, ThreadRow
from messaging.store.address import Kind
from messaging.store.batches import Batches
from messaging.store.batches_postgresql import PostgresBatches
from messaging.store.batches_sqlite import SqliteBatches, appending_statements
from messaging.store.errors import Refused
from messaging.store.recent import Recent
from messaging.store.rows import event_row, thread_row
from messaging.store.sqlite_connection import SqliteConnection
from messaging.store.unit import connected, to_its_end, transaction

_Key = tuple[ThreadId, int, MessageId]


@asynccontextmanager
async def appending(engine: AsyncEngine, kind: Kind, recent: Recent) -> AsyncIterator[ports.Appending]:
    """Raises: Busy, when no connection came free in time."""
    if kind is Kind.SQLITE:
        async with connected(engine) as driver:
            yield SqliteAppending(driver, recent)
        return
    async with transaction(engine, kind, writable=True) as (_, batches):
        log = PostgresAppending(cast(PostgresBatches, batches), recent)
        yield log
    recent.wrote(*log.written)


class PostgresAppending:
    """In a transaction, which commits on leaving."""

    def __init__(self, batches: PostgresBatches, recent: Recent) -> None:
        self._batches = batches
        self._recent = recent
        self._rows: dict[ThreadId, ThreadRow] = {}
        self.written: tuple[Sequence[EventRow], Sequence[ThreadRow]] = ((), ())

    async def lock(self, threads: Sequence[ThreadId]) -> Mapping[ThreadId, ThreadRow]:
        self._rows = {row.thread: row for row in map(thread_row, await self._batches.lock_threads(threads))}
        return self._rows

    async def active(self, seats: Sequence[SeatId]) -> set[SeatId]:
        return {SeatId(seat) for (seat,) in await self._batches.active_seats(seats)}

    async def find(self, keys: Sequence[_Key], again: Sequence[_Key] = ()) -> Mapping[_Key, EventRow]:
        return await _find(self._batches, self._recent, self._rows, keys, again)

    async def store(self, events: Sequence[EventRow], threads: Sequence[ThreadRow], facts: Sequence[OutboxRow]) -> None:
        await self._batches.append_log(events, threads, facts)
        self.written = (events, threads)


class SqliteAppending:
    """On the one connection that writes, held until this is left: it locks the threads. Between two batches nothing
    is read again that nobody else wrote to.
    """

    def __init__(self, connection: SqliteConnection, recent: Recent) -> None:
        self._connection = connection
        self._batches = SqliteBatches(connection)
        self._heads = connection.heads
        self._recent = recent
        self._rows: Mapping[ThreadId, ThreadRow] = {}

    async def lock(self, threads: Sequence[ThreadId]) -> Mapping[ThreadId, ThreadRow]:
        known = self._heads.threads(threads)
        if len(known) < len(threads):
            await self._date()
            missing = [thread for thread in threads if thread not in known]
            read = [thread_row(row) for row in await self._batches.lock_threads(missing)]
            self._heads.learn(threads=read)
            known.update((row.thread, row) for row in read)
        self._rows = known
        return known

    async def active(self, seats: Sequence[SeatId]) -> set[SeatId]:
        known = self._heads.active(seats)
        if len(known) < len(seats):
            await self._date()
            missing = [seat for seat in seats if seat not in known]
            read = [SeatId(seat) for (seat,) in await self._batches.active_seats(missing)]
            self._heads.learn(seats=read)
            known.update(read)
        return known

    async def find(self, keys: Sequence[_Key], again: Sequence[_Key] = ()) -> Mapping[_Key, EventRow]:
        return await _find(self._batches, self._recent, self._rows, keys, again)

    async def store(self, events: Sequence[EventRow], threads: Sequence[ThreadRow], facts: Sequence[OutboxRow]) -> None:
        statements = appending_statements(events, threads, facts)
        version = self._heads.version
        try:
            await to_its_end(self._connection.run, _commit, version, statements)
        except BaseException:
            self._heads.forget()
            raise
        self._heads.learn(threads=threads)
        self._recent.wrote(events, threads)

    async def _date(self) -> None:
        """Before the first row is read that will be remembered."""
        if self._heads.version is None:
            self._heads.version = await self._connection.run(_data_version)


def _commit(connection: sqlite3.Connection, version: int | None, statements: Iterable[tuple[str, list[Any]]]) -> None:
    """All or nothing. Raises: Overtaken, when another program wrote to the file since `version`."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        if _data_version(connection) != version:
            raise Overtaken("another program wrote to the database")
        for statement, values in statements:
            connection.execute(statement, values)
        connection.execute("COMMIT")
    except sqlite3.IntegrityError:
        raise Refused("an event with this seq is stored already; nothing was written") from None
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _data_version(connection: sqlite3.Connection) -> int:
    ((version,),) = connection.execute("PRAGMA data_version").fetchall()
    return int(version)


async def _find(
    batches: Batches, recent: Recent, rows: Mapping[ThreadId, ThreadRow], keys: Sequence[_Key], again: Sequence[_Key]
) -> dict[_Key, EventRow]:
    """`rows`: the locked threads."""
    unread = recent.unread([rows[thread] for thread in {thread for thread, _, _ in keys}])
    if unread:
        read = await batches.messages_after(unread)
        messages = [(ThreadId(thread), seq, party, MessageId(message)) for thread, seq, party, message in read]
        recent.read([rows[thread] for thread, _ in unread], messages)
    found = await _look(batches, rows, recent.among(keys), limits.sent_again_within)
    far = [key for key in again if key not in found]
    return {**found, **await _look(batches, rows, far, limits.sent_again_within_long)}


async def _look(
    batches: Batches, rows: Mapping[ThreadId, ThreadRow], keys: Sequence[_Key], within: int
) -> dict[_Key, EventRow]:
    """Those of the messages that so many events followed at most. A statement for each thread: it is rare, and reads
    all that stands there."""
    wanted: dict[ThreadId, list[MessageId]] = {}
    for thread, _, message in keys:
        wanted.setdefault(thread, []).append(message)
    found = [
        event_row(row)
        for thread, messages in wanted.items()
        for row in await batches.events_of(thread, rows[thread].head_seq - within - 1, messages)
    ]
    by_key = {(row.thread, row.party, row.msg_id): row for row in found if row.msg_id is not None}
    return {key: by_key[key] for key in keys if key in by_key}
