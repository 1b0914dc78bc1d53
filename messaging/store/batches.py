"""The statements on a message's way: one statement and one round trip each, whatever the size of the batch.

They go to the driver's own connection below SQLAlchemy, inside the same transaction: there the cost of a statement is
paid once a batch instead of once a row.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from messaging.domain.ids import MessageId, SeatId, ThreadId
from messaging.ports import EventRow, OutboxRow, ThreadRow

Row = Sequence[Any]
"""A row in the order of its table's columns (`messaging.store.tables`)."""


class Batches(Protocol):
    """One implementation a driver, one instance a transaction."""

    async def begin(self, *, writable: bool) -> None: ...

    async def commit(self) -> None:
        """Raises when nothing was committed, or when that is unknown."""

    async def rollback(self) -> None:
        """Also where no transaction was begun, or a cancelled call is still on its way."""

    async def lock_threads(self, threads: Sequence[ThreadId]) -> Sequence[Row]:
        """Rows of `threads`, locked in order of id."""

    async def update_threads(self, rows: Sequence[ThreadRow]) -> None: ...

    async def active_seats(self, seats: Sequence[SeatId]) -> Sequence[Row]:
        """(seat,) of those that are active, share-locked in order of id."""

    async def find_events(self, keys: Sequence[tuple[ThreadId, int, MessageId]]) -> Sequence[Row]:
        """Rows of `events` by (thread, party, msg_id)."""

    async def append_events(self, rows: Sequence[EventRow]) -> None:
        """Raises: Refused, when a seq or a message id is taken."""

    async def append_outbox(self, rows: Sequence[OutboxRow]) -> None: ...
