"""Checkpoints of SQLite's write-ahead log beside the writer, on connections of their own.

A checkpoint of tens of megabytes takes longer than anybody should wait for an answer; copying the log while the writer
appends to it costs the writer nothing. SQLite before 3.51.3 has a race there (sqlite.org/wal.html, "The WAL-Reset
Bug"): a checkpoint that starts on a log which is copied already, while a commit starts that log over, may count frames
of the new log as copied. The log cannot start over while a reader needs it, so a guard reads first and stays until the
copy is done. Where all was copied already, the guard reads the database alone and keeps the checkpoint from copying.
"""

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Final

_GUARD: Final = ("BEGIN", "SELECT count(*) FROM meta")
"""A transaction of SQLite begins to read with its first statement that reads."""


class Checkpointer:
    """Copies the log of one database file. The file's writer sets synchronous and the limits for itself."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._lock = threading.Lock()
        """A cancelled `copy` goes on in its thread; whoever comes next waits for it."""
        self._connections: tuple[sqlite3.Connection, sqlite3.Connection] | None = None
        self._closed = False

    async def copy(self) -> int:
        """Copies what is committed so far; how many frames the log holds. Raises: sqlite3.Error."""
        return await asyncio.to_thread(self._copy)

    async def close(self) -> None:
        """Waits for a copy under way; later ones do nothing. To be called before the writer closes, which then is the
        last one, and clears the log away.
        """
        await asyncio.to_thread(self._close)

    def _copy(self) -> int:
        with self._lock:
            if self._closed:
                return 0
            if self._connections is None:
                self._connections = self._connected(), self._connected()
            guard, copier = self._connections
            try:
                for statement in _GUARD:
                    guard.execute(statement).fetchall()
                _, frames, _ = copier.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            finally:
                if guard.in_transaction:
                    guard.execute("ROLLBACK")
        return max(0, int(frames))

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._database, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        return connection

    def _close(self) -> None:
        with self._lock:
            self._closed = True
            for connection in self._connections or ():
                connection.close()
            self._connections = None
