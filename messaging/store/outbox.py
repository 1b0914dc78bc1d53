"""The outbox: relation events that were committed with what they tell, until a relay has delivered them.

Order: an id is drawn while its thread is locked, so that within a relation ids stand in the order of commits; between
relations they need not, and nobody may rely on it. Reading by id with several relays would still part a relation's
events among them: one relay at a time holds a lock of its transaction, and a second one gets nothing.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, func, select

from messaging.ports import OutboxRow
from messaging.store.address import Kind
from messaging.store.link import Link
from messaging.store.tables import outbox

_RELAY_LOCK: Final = 0x706C69_0001
"""Number of the advisory lock of PostgreSQL; SQLite has one process anyway."""


class Outbox:
    """`messaging.ports.Outbox`"""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def append(self, rows: Sequence[OutboxRow]) -> None:
        await self._link.batches.append_outbox(rows)

    async def take(self, limit: int) -> list[tuple[int, OutboxRow]]:
        """Nothing, while another transaction that called this is open: deliver before it ends to be the only relay."""
        if self._link.kind is Kind.POSTGRESQL and not await self._is_only_relay():
            return []
        rows = await self._link.connection.execute(select(outbox).order_by(outbox.c.id).limit(limit))
        return [(key, OutboxRow(*values)) for key, *values in rows]

    async def delete(self, keys: Sequence[int]) -> None:
        """Of those that one `take` gave."""
        if not keys:
            return
        if self._link.kind is Kind.SQLITE:
            # Nobody else commits between the two, so that all between the first and the last were taken.
            await self._link.connection.execute(delete(outbox).where(outbox.c.id.between(keys[0], keys[-1])))
            return
        await self._link.connection.execute(delete(outbox).where(outbox.c.id.in_(keys)))

    async def _is_only_relay(self) -> bool:
        got = await self._link.connection.execute(select(func.pg_try_advisory_xact_lock(_RELAY_LOCK)))
        return bool(got.scalar_one())
