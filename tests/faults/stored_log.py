"""What a database holds of the threads, read past the service, as the checker wants it."""

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg


class StoredEvent(NamedTuple):
    """A row of `events`."""

    thread: bytes
    seq: int
    at: int
    kind: str
    party: int
    msg_id: bytes | None
    payload: bytes
    proof: bytes


class StoredThread(NamedTuple):
    """What a row of `threads` says of its log and of its relation's facts."""

    thread: bytes
    head_seq: int
    head: bytes
    last_at: int
    subject: bytes
    relation_n: int


@dataclass(frozen=True, slots=True)
class StoredLog:
    events: Sequence[StoredEvent]
    """By (thread, seq)."""
    threads: Sequence[StoredThread]
    facts_waiting: int
    """Rows of the outbox."""
    cards_waiting: int
    """Rows of the escrow."""


_EVENTS = "SELECT thread, seq, at, kind, party, msg_id, payload, proof FROM events ORDER BY thread, seq"
_THREADS = "SELECT thread, head_seq, head, last_at, subject, relation_n FROM threads ORDER BY thread"
_WAITING = "SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM escrow)"


async def read_log(database_url: str, copy_to: Path) -> StoredLog:
    """Reads the log. Of SQLite it reads a copy, made in the folder `copy_to`: opening the file itself would repair it,
    and that is for the service to do.
    """
    if database_url.startswith("sqlite"):
        return read_sqlite(copy_sqlite(Path(database_url.partition(":///")[2]), copy_to))
    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    try:
        events, threads = await connection.fetch(_EVENTS), await connection.fetch(_THREADS)
        return _log(events, threads, await connection.fetchrow(_WAITING))
    finally:
        await connection.close()


def copy_sqlite(database: Path, copy_to: Path) -> Path:
    """Copies a database that nobody writes to, with its write-ahead log."""
    copy_to.mkdir(parents=True, exist_ok=True)
    for suffix in ("", "-wal"):
        source = database.with_name(database.name + suffix)
        target = copy_to / ("copy.sqlite3" + suffix)
        target.unlink(missing_ok=True)
        if source.exists():
            shutil.copyfile(source, target)
    return copy_to / "copy.sqlite3"


def read_sqlite(path: Path) -> StoredLog:
    with closing(sqlite3.connect(path)) as connection:
        waiting = connection.execute(_WAITING).fetchone()
        return _log(connection.execute(_EVENTS).fetchall(), connection.execute(_THREADS).fetchall(), waiting)


def _log(events: Sequence[Any], threads: Sequence[Any], waiting: Any) -> StoredLog:
    return StoredLog([StoredEvent(*row) for row in events], [StoredThread(*row) for row in threads], *waiting)
