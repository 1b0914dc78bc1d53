"""The connection to SQLite: aiosqlite's, where a statement is one step of the connection's thread, and a whole function
can be one.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import aiosqlite

from messaging.store.heads import Heads

P = ParamSpec("P")
T = TypeVar("T")

_ROWS_PER_STEP: Final = 64
"""Of a query that is iterated; aiosqlite's own number."""


class _Cursor:
    """What SQLAlchemy asks of a cursor: carries out a statement and reads all its rows at once. aiosqlite's makes,
    uses, reads and closes one in four steps, each of which hands over from thread to thread twice.
    """

    def __init__(self, connection: "SqliteConnection") -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> "_Cursor":
        return self

    async def execute(self, statement: str, values: Iterable[Any] = ()) -> None:
        self._note(await self._connection.run(_carried_out, sqlite3.Cursor.execute, statement, values))

    async def executemany(self, statement: str, rows: Iterable[Iterable[Any]]) -> None:
        self._note(await self._connection.run(_carried_out, sqlite3.Cursor.executemany, statement, rows))

    def _note(self, done: tuple[sqlite3.Cursor, Sequence[Any]]) -> None:
        cursor, self._rows = done
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid

    async def fetchall(self) -> Sequence[Any]:
        return self._rows

    async def close(self) -> None:
        """It was, before its rows were given."""


class SqliteConnection(aiosqlite.Connection):
    """One connection, with what the writer remembers of what it reads and writes there."""

    def __init__(self, database: str, **options: Any) -> None:
        super().__init__(lambda: sqlite3.connect(database, **options), _ROWS_PER_STEP)
        self._thread.daemon = True
        self.heads: Final = Heads()

    def cursor(self) -> _Cursor:  # type: ignore[override]
        return _Cursor(self)

    async def run(
        self, function: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **options: P.kwargs
    ) -> T:
        """Calls it with the driver's connection, on the connection's thread: every other way is a step a statement,
        and each step waits for a busy event loop twice. A function that was begun ends, whoever waits for it.
        """
        done: T = await self._execute(function, self._conn, *args, **options)  # type: ignore[no-untyped-call]
        return done


def _carried_out(
    connection: sqlite3.Connection, way: Callable[..., Any], statement: str, values: Iterable[Any]
) -> tuple[sqlite3.Cursor, Sequence[Any]]:
    cursor = connection.cursor()
    try:
        way(cursor, statement, values)
        return cursor, cursor.fetchall()
    finally:
        cursor.close()
