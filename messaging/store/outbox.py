"""The outbox: relation events that were committed with what they tell, until a relay has delivered them.

Order: an id is drawn while its thread is locked, so that within a relation ids stand in the order of commits; between
relations they need not, and nobody may rely on it. Reading by id with several relays would still part a relation's
events among them: all of a relation lie in one shard, and who reads of a shard holds its lock for as long as its
transaction is open. A relay that dies, or whose host does, loses its locks with its connection.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, func, select, text

from messaging.domain import limits
from messaging.ports import OutboxRow
from messaging.relations import facts
from messaging.store.address import Kind
from messaging.store.errors import Refused
from messaging.store.link import Link
from messaging.store.tables import outbox

_RELAY_LOCKS: Final = 0x706C6901
"""The first number of the advisory locks of PostgreSQL, the shard is the second; SQLite has one process anyway."""
_EVERY_SHARD: Final = tuple(range(limits.outbox_shards))
_TAKE_SHARDS: Final = text(
    "SELECT shard FROM unnest(CAST(:shards AS integer[])) AS shard, "
    "(SELECT set_config('idle_in_transaction_session_timeout', :hung_ms, true)) AS bounded "
    "WHERE pg_try_advisory_xact_lock(:locks, shard)"
)
"""A relay that hangs with its transaction open does not hold its shards for ever."""


class Outbox:
    """`messaging.ports.Outbox`"""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def append(self, rows: Sequence[OutboxRow]) -> None:
        await self._link.batches.append_outbox(rows)

    async def take(self, limit: int, shards: Sequence[int] = ()) -> list[tuple[int, OutboxRow]]:
        """Deliver before the transaction ends, to be the only relay of what this gave."""
        taken: Sequence[int] = shards or _EVERY_SHARD
        if self._link.kind is Kind.POSTGRESQL:
            taken = await self._take_shards(taken)
        rows = await self._link.batches.first_of_outbox(limit, taken) if taken else ()
        return [(key, OutboxRow(*values)) for key, *values in rows]

    async def delete(self, keys: Sequence[int]) -> None:
        """Of those that one `take` gave."""
        if keys and await self._link.batches.delete_outbox(keys) != len(keys):
            raise Refused("relation events that one relay took were taken by another one; nothing was written")

    async def oldest_at(self) -> int | None:
        oldest: int | None = (await self._link.connection.execute(select(func.min(outbox.c.at)))).scalar_one()
        return oldest

    async def holds(self, subject: bytes) -> bool:
        return await self._any(outbox.c.subject == subject)

    async def holds_correction(self) -> bool:
        return await self._any(outbox.c.type == facts.CORRECTED)

    async def _any(self, such: ColumnElement[bool]) -> bool:
        return (await self._link.connection.execute(select(outbox.c.id).where(such).limit(1))).first() is not None

    async def _take_shards(self, shards: Sequence[int]) -> list[int]:
        values = {"shards": list(shards), "locks": _RELAY_LOCKS, "hung_ms": str(limits.outbox_hung_ms)}
        found = await self._link.connection.execute(_TAKE_SHARDS, values)
        return list(found.scalars())
