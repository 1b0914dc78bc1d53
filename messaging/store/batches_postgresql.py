"""The batch statements on PostgreSQL: arrays and `unnest`, one round trip each; asyncpg keeps them prepared."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import asyncpg

from messaging.domain import limits
from messaging.domain.ids import MessageId, SeatId, ThreadId
from messaging.ports import EventRow, OutboxRow, ThreadRow
from messaging.store.batches import Row
from messaging.store.errors import Refused
from messaging.store.parts import parts
from messaging.store.rows import event_values, outbox_values, thread_changes

rollback_s: Final = 5.0
"""After that the connection is given up."""

_READ_THREADS: Final = "SELECT * FROM threads WHERE thread = ANY($1::bytea[]) ORDER BY thread"
_LOCK_THREADS: Final = f"{_READ_THREADS} FOR UPDATE"

_READ_SEATS: Final = "SELECT seat FROM seats WHERE seat = ANY($1::bytea[]) AND state = 'active' ORDER BY seat"
_HOLD_SEATS: Final = f"{_READ_SEATS} FOR SHARE"
"""FOR SHARE and not FOR KEY SHARE: a removal changes no key of the row."""

_EVENTS_OF: Final = "SELECT * FROM events WHERE thread = $1 AND seq > $2 AND msg_id = ANY($3::bytea[])"
_MESSAGES_AFTER: Final = """
SELECT found.thread, found.seq, found.party, found.msg_id
FROM unnest($1::bytea[], $2::bigint[]) AS wanted (thread, after)
CROSS JOIN LATERAL (
    SELECT thread, seq, party, msg_id FROM events
    WHERE events.thread = wanted.thread AND events.seq > wanted.after AND msg_id IS NOT NULL
    ORDER BY seq OFFSET 0
) AS found
"""
"""OFFSET 0 keeps it a look-up in the index for each key, whatever the planner believes about the tables' sizes."""

_EVENT_TYPES: Final = ("bytea", "bigint", "bigint", "text", "smallint", "bytea", "bytea", "bytea")
_HEAD_TYPES: Final = (
    *("bigint", "bytea", "bigint", "bytea", "bigint", "text", "text", "smallint", "boolean", "bigint", "smallint"),
    "bytea",
)
_FACT_TYPES: Final = ("bytea", "bigint", "text", "bigint", "bytea")


def _arrays(types: Sequence[str], before: int = 0) -> str:
    """One parameter a column, behind those that come before."""
    return ", ".join(f"${number}::{name}[]" for number, name in enumerate(types, before + 1))


_EVENTS_FROM: Final = """
INSERT INTO events (thread, seq, at, kind, party, msg_id, payload, proof) SELECT * FROM unnest({})
"""
_THREADS_FROM: Final = """
UPDATE threads SET epoch = new.epoch, record_hash = new.record_hash, head_seq = new.head_seq, head = new.head,
    last_at = new.last_at, stage = new.stage, safety = new.safety, humans = new.humans, revealed = new.revealed,
    relation_n = new.relation_n, renew = new.renew
FROM unnest({})
    AS new (epoch, record_hash, head_seq, head, last_at, stage, safety, humans, revealed, relation_n, renew, thread)
WHERE threads.thread = new.thread
"""
_OUTBOX_FROM: Final = """
INSERT INTO outbox (subject, n, type, at, data)
SELECT subject, n, type, at, data
FROM unnest({}) WITH ORDINALITY AS given (subject, n, type, at, data, place)
ORDER BY place
"""
"""Ids are drawn in the order given: the outbox is read by id, and the order within a relation must hold."""

_FIRST_OF_OUTBOX: Final = """
SELECT id, subject, n, type, at, data FROM outbox
WHERE get_byte(subject, 0) % $2::int = ANY($3::int[])
ORDER BY id LIMIT $1
"""
_DELETE_OUTBOX: Final = "DELETE FROM outbox WHERE id = ANY($1::bigint[])"
_LAST_PARTS: Final = """
SELECT wanted.subject, found.part, found.records
FROM unnest($1::bytea[]) AS wanted (subject)
CROSS JOIN LATERAL (
    SELECT part, records FROM relation_logs WHERE relation_logs.subject = wanted.subject ORDER BY part DESC LIMIT 1
) AS found
"""
_PUT_PARTS: Final = """
INSERT INTO relation_logs (subject, part, records) SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bytea[])
ON CONFLICT (subject, part) DO UPDATE SET records = excluded.records
"""

_APPEND_EVENTS: Final = _EVENTS_FROM.format(_arrays(_EVENT_TYPES))
_UPDATE_THREADS: Final = _THREADS_FROM.format(_arrays(_HEAD_TYPES))
_APPEND_OUTBOX: Final = _OUTBOX_FROM.format(_arrays(_FACT_TYPES))
_APPEND_LOG: Final = (
    f"WITH appended AS ({_EVENTS_FROM.format(_arrays(_EVENT_TYPES))}), "
    f"moved AS ({_THREADS_FROM.format(_arrays(_HEAD_TYPES, len(_EVENT_TYPES)))}) "
    + _OUTBOX_FROM.format(_arrays(_FACT_TYPES, len(_EVENT_TYPES) + len(_HEAD_TYPES)))
)
"""All that a batch of messages writes."""


class PostgresBatches:
    """Over one open connection of asyncpg that is in autocommit mode."""

    def __init__(self, connection: "asyncpg.Connection[Any]") -> None:
        self._connection = connection
        self._writable = False

    @property
    def is_lost(self) -> bool:
        return bool(self._connection.is_closed())

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

    async def rows(self, statement: str, values: Sequence[Any]) -> Sequence[Row]:
        rows: Sequence[Row] = await self._connection.fetch(statement, *values)
        return rows

    async def change(self, statement: str, values: Sequence[Any]) -> int:
        tag = await self._connection.execute(statement, *values)
        return int(tag.rpartition(" ")[2])

    async def lock_threads(self, threads: Sequence[ThreadId]) -> Sequence[Row]:
        return await self._fetch(_LOCK_THREADS if self._writable else _READ_THREADS, [threads])

    async def update_threads(self, rows: Sequence[ThreadRow]) -> None:
        await self._fetch(_UPDATE_THREADS, _columns(thread_changes(row) for row in rows))

    async def active_seats(self, seats: Sequence[SeatId]) -> Sequence[Row]:
        return await self._fetch(_HOLD_SEATS if self._writable else _READ_SEATS, [seats])

    async def events_of(self, thread: ThreadId, after: int, messages: Sequence[MessageId]) -> Sequence[Row]:
        rows: Sequence[Row] = await self._connection.fetch(_EVENTS_OF, thread, after, messages)
        return rows

    async def messages_after(self, places: Sequence[tuple[ThreadId, int]]) -> Sequence[Row]:
        return await self._fetch(_MESSAGES_AFTER, _columns(places))

    async def append_events(self, rows: Sequence[EventRow]) -> None:
        try:
            await self._fetch(_APPEND_EVENTS, _columns(event_values(row) for row in rows))
        except asyncpg.UniqueViolationError:
            raise Refused("an event with this seq or notice id is stored already; nothing was written") from None

    async def append_outbox(self, rows: Sequence[OutboxRow]) -> None:
        await self._fetch(_APPEND_OUTBOX, _columns(outbox_values(row) for row in rows))

    async def first_of_outbox(self, limit: int, shards: Sequence[int]) -> Sequence[Row]:
        rows: Sequence[Row] = await self._connection.fetch(_FIRST_OF_OUTBOX, limit, limits.outbox_shards, shards)
        return rows

    async def delete_outbox(self, keys: Sequence[int]) -> int:
        return await self.change(_DELETE_OUTBOX, [keys])

    async def append_records(self, records: Mapping[bytes, bytes]) -> None:
        rows = await self._fetch(_LAST_PARTS, [list(records)])
        last = {subject: (part, held) for subject, part, held in rows}
        await self._fetch(_PUT_PARTS, _columns(parts(last, records)))

    async def append_log(
        self, events: Sequence[EventRow], heads: Sequence[ThreadRow], facts: Sequence[OutboxRow]
    ) -> None:
        """One round trip. Raises: Refused, when a seq is taken: a defect, since the threads are locked."""
        given = (
            *_columns(map(event_values, events)),
            *_columns(map(thread_changes, heads)),
            *(_columns(map(outbox_values, facts)) or [()] * len(_FACT_TYPES)),
        )
        try:
            await self._connection.fetch(_APPEND_LOG, *given)
        except asyncpg.UniqueViolationError:
            raise Refused("an event with this seq is stored already; nothing was written") from None

    async def _fetch(self, statement: str, arrays: Sequence[Sequence[Any]]) -> Sequence[Row]:
        """One round trip; none where there is nothing to ask."""
        if not arrays or not arrays[0]:
            return []
        rows: Sequence[Row] = await self._connection.fetch(statement, *arrays)
        return rows


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[Sequence[Any]]:
    """Rows turned into one array a column."""
    return list(zip(*rows, strict=True))
