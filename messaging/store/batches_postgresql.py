"""The batch statements on PostgreSQL: arrays and `unnest`, one round trip each; asyncpg keeps them prepared."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import asyncpg

from messaging.domain.ids import MessageId, SeatId, ThreadId
from messaging.ports import EventRow, OutboxRow, ThreadRow
from messaging.store.batches import Row
from messaging.store.errors import Refused
from messaging.store.rows import event_values, outbox_values, thread_changes

rollback_s: Final = 5.0
"""After that the connection is given up."""

_READ_THREADS: Final = "SELECT * FROM threads WHERE thread = ANY($1::bytea[]) ORDER BY thread"
_LOCK_THREADS: Final = f"{_READ_THREADS} FOR UPDATE"

_READ_SEATS: Final = "SELECT seat FROM seats WHERE seat = ANY($1::bytea[]) AND state = 'active' ORDER BY seat"
_HOLD_SEATS: Final = f"{_READ_SEATS} FOR SHARE"
"""FOR SHARE and not FOR KEY SHARE: a removal changes no key of the row."""

_FIND_EVENTS: Final = """
SELECT found.*
FROM unnest($1::bytea[], $2::smallint[], $3::bytea[]) AS wanted (thread, party, msg_id)
CROSS JOIN LATERAL (
    SELECT * FROM events
    WHERE events.thread = wanted.thread AND events.party = wanted.party AND events.msg_id = wanted.msg_id
    OFFSET 0
) AS found
"""
"""OFFSET 0 keeps it a look-up in the index for each key, whatever the planner believes about the tables' sizes."""

_APPEND_EVENTS: Final = """
INSERT INTO events (thread, seq, at, kind, party, msg_id, payload, proof)
SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::text[], $5::smallint[],
    $6::bytea[], $7::bytea[], $8::bytea[])
"""

_UPDATE_THREADS: Final = """
UPDATE threads SET epoch = new.epoch, record_hash = new.record_hash, head_seq = new.head_seq, head = new.head,
    last_at = new.last_at, stage = new.stage, safety = new.safety, humans = new.humans, revealed = new.revealed,
    relation_n = new.relation_n, renew = new.renew
FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bytea[], $5::bigint[], $6::text[], $7::text[], $8::smallint[],
    $9::boolean[], $10::bigint[], $11::smallint[], $12::bytea[])
    AS new (epoch, record_hash, head_seq, head, last_at, stage, safety, humans, revealed, relation_n, renew, thread)
WHERE threads.thread = new.thread
"""

_APPEND_OUTBOX: Final = """
INSERT INTO outbox (subject, n, type, at, data)
SELECT subject, n, type, at, data
FROM unnest($1::bytea[], $2::bigint[], $3::text[], $4::bigint[], $5::bytea[])
    WITH ORDINALITY AS given (subject, n, type, at, data, place)
ORDER BY place
"""
"""Ids are drawn in the order given: the outbox is read by id, and the order within a relation must hold."""


class PostgresBatches:
    """Over one open connection of asyncpg that is in autocommit mode."""

    def __init__(self, connection: "asyncpg.Connection[Any]") -> None:
        self._connection = connection
        self._writable = False

    async def begin(self, *, writable: bool) -> None:
        """Reading takes one snapshot for all its statements, and no row locks."""
        self._writable = writable
        await self._connection.execute(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
            if writable
            else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        )

    async def commit(self) -> None:
        # A transaction that a statement has broken answers COMMIT with ROLLBACK, and no error.
        if await self._connection.execute("COMMIT") != "COMMIT":
            raise Refused("the transaction was broken by an earlier error; nothing was written")

    async def rollback(self) -> None:
        await self._connection.execute("ROLLBACK", timeout=rollback_s)

    async def lock_threads(self, threads: Sequence[ThreadId]) -> Sequence[Row]:
        return await self._fetch(_LOCK_THREADS if self._writable else _READ_THREADS, [threads])

    async def update_threads(self, rows: Sequence[ThreadRow]) -> None:
        await self._fetch(_UPDATE_THREADS, _columns(thread_changes(row) for row in rows))

    async def active_seats(self, seats: Sequence[SeatId]) -> Sequence[Row]:
        return await self._fetch(_HOLD_SEATS if self._writable else _READ_SEATS, [seats])

    async def find_events(self, keys: Sequence[tuple[ThreadId, int, MessageId]]) -> Sequence[Row]:
        return await self._fetch(_FIND_EVENTS, _columns(keys))

    async def append_events(self, rows: Sequence[EventRow]) -> None:
        try:
            await self._fetch(_APPEND_EVENTS, _columns(event_values(row) for row in rows))
        except asyncpg.UniqueViolationError:
            raise Refused("an event with this seq or message id is stored already; nothing was written") from None

    async def append_outbox(self, rows: Sequence[OutboxRow]) -> None:
        await self._fetch(_APPEND_OUTBOX, _columns(outbox_values(row) for row in rows))

    async def _fetch(self, statement: str, arrays: Sequence[Sequence[Any]]) -> Sequence[Row]:
        """One round trip; none where there is nothing to ask."""
        if not arrays or not arrays[0]:
            return []
        rows: Sequence[Row] = await self._connection.fetch(statement, *arrays)
        return rows


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[Sequence[Any]]:
    """Rows turned into one array a column."""
    return list(zip(*rows, strict=True))
