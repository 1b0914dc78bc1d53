"""What the writer of messages remembers between two commits on SQLite: heads of threads, and who is active.

The database has one process and one connection that writes. What it committed is therefore what is stored, until
another transaction of the process writes to these tables (`forget`), or another program to the file: that one shows in
`PRAGMA data_version` (sqlite.org/pragma.html), which is compared inside the transaction that writes.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from messaging.domain.ids import SeatId, ThreadId
from messaging.ports import ThreadRow

_THREADS_MAX: Final = 4_096
_SEATS_MAX: Final = 16_384
_TABLES: Final = ("threads", "seats")


class Heads:
    """Of one connection. Bounded: where there are more, all are forgotten and read again as they are needed."""

    def __init__(self) -> None:
        self.version: int | None = None
        """Of the data, when the first of these rows was read; None: nothing is known."""
        self._threads: dict[ThreadId, ThreadRow] = {}
        self._seats: set[SeatId] = set()

    def threads(self, ids: Iterable[ThreadId]) -> dict[ThreadId, ThreadRow]:
        """Those of them that are known."""
        return {thread: row for thread in ids if (row := self._threads.get(thread)) is not None}

    def active(self, seats: Collection[SeatId]) -> set[SeatId]:
        """Those of them that are known to be active."""
        return self._seats.intersection(seats)

    def learn(self, threads: Sequence[ThreadRow] = (), seats: Collection[SeatId] = ()) -> None:
        """Rows as they are stored now."""
        if len(self._threads) + len(threads) > _THREADS_MAX:
            self._threads.clear()
        if len(self._seats) + len(seats) > _SEATS_MAX:
            self._seats.clear()
        self._threads.update((row.thread, row) for row in threads)
        self._seats.update(seats)

    def forget(self) -> None:
        self.version = None
        self._threads.clear()
        self._seats.clear()

    def overhear(self, statement: str) -> None:
        """Forgets all before a statement (SQL) that may write to these tables."""
        if not statement.startswith(("SELECT", "PRAGMA")) and any(table in statement for table in _TABLES):
            self.forget()
