"""The statements on a message's way: one statement and one round trip each, whatever the size of the batch.

They go to the driver's own connection below SQLAlchemy, inside the same transaction: there the cost of a statement is
paid once a batch instead of once a row.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from messaging.domain.ids import MessageId, SeatId, ThreadId
from messaging.ports import EventRow, OutboxRow, ThreadRow

Row = Sequence[Any]
"""A row in the order of its table's columns (`messaging.store.tables`)."""


class Batches(Protocol):
    """One implementation a driver, one instance a transaction."""

    @property
    def is_lost(self) -> bool:
        """Whether its connection broke: the database undoes what was not committed."""

    async def begin(self, *, writable: bool) -> None: ...

    async def commit(self) -> None:
        """Raises when nothing was committed, or when that is unknown."""

    async def rollback(self) -> None:
        """Also where no transaction was begun, or a cancelled call is still on its way."""

    async def rows(self, statement: str, values: Sequence[Any]) -> Sequence[Row]:
        """What any statement gives, in the words of the driver."""

    async def change(self, statement: str, values: Sequence[Any]) -> int:
        """How many rows any statement changed, in the words of the driver."""

    async def lock_threads(self, threads: Sequence[ThreadId]) -> Sequence[Row]:
        """Rows of `threads`, locked in order of id."""

    async def update_threads(self, rows: Sequence[ThreadRow]) -> None: ...

    async def active_seats(self, seats: Sequence[SeatId]) -> Sequence[Row]:
        """(seat,) of those that are active, share-locked in order of id."""

    async def events_of(self, thread: ThreadId, after: int, messages: Sequence[MessageId]) -> Sequence[Row]:
        """Rows of `events` of these ids after a seq. Reads all that stands there."""

    async def messages_after(self, places: Sequence[tuple[ThreadId, int]]) -> Sequence[Row]:
        """(thread, seq, party, msg_id) of what has an id and stands in a thread after a seq; each thread's in order."""

    async def append_events(self, rows: Sequence[EventRow]) -> None:
        """Raises: Refused, when a seq or the id of a notice is taken."""

    async def append_outbox(self, rows: Sequence[OutboxRow]) -> None: ...

    async def first_of_outbox(self, limit: int, shards: Sequence[int]) -> Sequence[Row]:
        """Rows of `outbox` with the smallest ids, in their order; where several processes share it, of these shards."""

    async def delete_outbox(self, keys: Sequence[int]) -> int:
        """Those that one `first_of_outbox` of this transaction, or of the only process, gave; how many it deleted."""

    async def append_records(self, records: Mapping[bytes, bytes]) -> None:
        """Behind those that `relation_logs` holds of each subject."""
