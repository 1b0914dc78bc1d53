"""The connection to SQLite: aiosqlite's, whose thread can also run a whole function in one step."""

import sqlite3
from collections.abc import Callable
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import aiosqlite

from messaging.store.heads import Heads

P = ParamSpec("P")
T = TypeVar("T")

_ROWS_PER_STEP: Final = 64
"""Of a query that is iterated; aiosqlite's own number."""


class SqliteConnection(aiosqlite.Connection):
    """One connection, with what the writer remembers of what it reads and writes there."""

    def __init__(self, database: str, **options: Any) -> None:
        super().__init__(lambda: sqlite3.connect(database, **options), _ROWS_PER_STEP)
        self._thread.daemon = True
        self.heads: Final = Heads()

    async def run(
        self, function: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **options: P.kwargs
    ) -> T:
        """Calls it with the driver's connection, on the connection's thread: every other way is a step a statement,
        and each step waits for a busy event loop twice. A function that was begun ends, whoever waits for it.
        """
        done: T = await self._execute(function, self._conn, *args, **options)  # type: ignore[no-untyped-call]
        return done
