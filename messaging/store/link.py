"""What the repositories of one transaction share: the connection, the batch statements and the sealer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from messaging.domain.errors import NotFound
from messaging.store.address import Kind
from messaging.store.batches import Batches
from messaging.store.sealing import Column, Sealer
from messaging.store.tables import meta

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

    async def insert_new(self, table: Table, values: Mapping[str, object]) -> bool:
        """Inserts one row; False, and nothing changed, if any unique key of the table is taken.

        On PostgreSQL it waits for a concurrent transaction that inserts the same key, to know how it ended.
        """
        if self.kind is Kind.SQLITE:
            statement = sqlite.insert(table).values(values).on_conflict_do_nothing()
            return (await self.connection.execute(statement)).rowcount == 1
        insert = postgresql.insert(table).values(values).on_conflict_do_nothing()
        return (await self.connection.execute(insert)).rowcount == 1

    async def seal(self, column: Column, row_key: bytes, plaintext: bytes) -> bytes:
        """Seals a value of a column under the key that the database says is in use; to be stored in this transaction.

        The row that says so is held (shared) until the transaction ends: once another key is in use, nothing new can
        come under the old one, and whoever counts none left may drop it. Raises: BadKeyRing.
        """
        query = select(meta.c.seal_key, meta.c.seal_check).with_for_update(read=True)
        in_use = (await self.connection.execute(query)).one()
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
