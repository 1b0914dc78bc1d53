"""What the repositories of one transaction share: the connection, the batch statements and the sealer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import Select, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from messaging.domain.errors import NotFound
from messaging.store.address import Kind
from messaging.store.batches import Batches
from messaging.store.errors import Refused
from messaging.store.prepared import Locking, Prepared, new_row_of, row_of
from messaging.store.sealing import Column, Sealer
from messaging.store.tables import meta

_SEAL_KEY: Final = Prepared(select(meta.c.seal_key, meta.c.seal_check).with_for_update(read=True))

T = TypeVar("T")
S = TypeVar("S", bound=tuple[Any, ...])


@dataclass(frozen=True, slots=True)
class Link:
    """One transaction's way to the database."""

    kind: Kind
    connection: AsyncConnection
    batches: Batches
    sealer: Sealer
    writable: bool
    """Whether this is a `transaction()`; a `reading()` takes no row locks."""

    async def all(self, asked: Prepared | Locking, /, **values: Any) -> list[Any]:
        """All rows, with the names of their columns."""
        prepared = self._prepared(asked)
        return prepared.rows(self.kind, await self.batches.rows(*prepared.on(self.kind, values)))

    async def one(self, asked: Prepared | Locking, /, **values: Any) -> Any:
        """The only row, or None where there is none."""
        rows = await self.all(asked, **values)
        if len(rows) > 1:
            raise Refused("there are several rows where one can be")
        return rows[0] if rows else None

    async def value(self, asked: Prepared | Locking, /, **values: Any) -> Any:
        """The first column of the only row; None where there is no row."""
        row = await self.one(asked, **values)
        return None if row is None else row[0]

    async def change(self, asked: Prepared, /, **values: Any) -> int:
        """How many rows were changed."""
        return await self.batches.change(*asked.on(self.kind, values))

    def _prepared(self, asked: Prepared | Locking) -> Prepared:
        if isinstance(asked, Prepared):
            return asked
        return asked.holding if self.writable else asked.plain

    async def insert(self, table: Table, values: Mapping[str, Any]) -> None:
        """Inserts one row."""
        await self.change(row_of(table, tuple(values)), **values)

    async def insert_new(self, table: Table, values: Mapping[str, Any]) -> bool:
        """Inserts one row; False, and nothing changed, if any unique key of the table is taken.

        On PostgreSQL it waits for a concurrent transaction that inserts the same key, to know how it ended.
        """
        return await self.change(new_row_of(self.kind, table, tuple(values)), **values) == 1

    async def seal(self, column: Column, row_key: bytes, plaintext: bytes) -> bytes:
        """Seals a value of a column under the key that the database says is in use; to be stored in this transaction.

        The row that says so is held (shared) until the transaction ends: once another key is in use, nothing new can
        come under the old one, and whoever counts none left may drop it. Raises: BadKeyRing.
        """
        in_use = await self.one(_SEAL_KEY)
        key_id = self.sealer.check_key(in_use.seal_key, in_use.seal_check)
        return self.sealer.seal(column, row_key, plaintext, key_id)

    def locked(self, statement: Select[Any]) -> Select[Any]:
        """The query with FOR UPDATE where a write will be decided on what it reads. SQLite has one writer anyway."""
        return statement.with_for_update() if self.writable else statement


def required(value: T | None) -> T:
    """The id that a grant must carry for this. Raises: NotFound; a grant of another kind opens nothing."""
    if value is None:
        raise NotFound("unknown, or not yours")
    return value
