"""Another column key while the service runs: switch, seal again what is under the others, count what is left.

1. The ring's file gets the new key, and every process can open what comes under it.
2. One transaction puts the new key in use (`meta.seal_key`). It waits for whoever seals under the old one, since
   sealing holds that row (`Link.seal`): after it nothing new comes under the old key, in no process.
3. Page by page, each in a short transaction, values under other keys are opened and sealed again. A row that somebody
   holds is left for the next round, so that nobody waits for a page and a page waits for nobody.
4. A whole round that found nothing left is proof that nothing is: then the old key may be dropped.

Each step may be repeated, and the process may die between any two of them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, Table, bindparam, func, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from messaging.store.address import Kind
from messaging.store.errors import BadKeyRing
from messaging.store.sealing import Column, Sealer
from messaging.store.tables import meta, metadata
from messaging.store.unit import transaction

reseal_rows_max: Final = 200
"""Rows of one page: on SQLite nobody writes while it is sealed again, a few ms."""
count_rows_max: Final = 5_000

Key = tuple[Any, ...]
"""A primary key, in the order of its columns."""


class Page(NamedTuple):
    """What became of one page of a column."""

    resealed: int
    unreadable: int
    """Values that do not open: changed in the database, or sealed under a lost key. They stay as they are."""
    last: Key | None
    """Where the next page begins; None after the last one."""


class Resealing:
    """Of one open store."""

    def __init__(self, engine: AsyncEngine, kind: Kind, sealer: Sealer) -> None:
        self._engine = engine
        self._kind = kind
        self._sealer = sealer

    async def key_in_use(self) -> int:
        """Which key new values are sealed under. Raises: BadKeyRing, if the ring has another one with that id."""
        async with transaction(self._engine, self._kind, writable=False) as (connection, _):
            row = (await connection.execute(select(meta.c.seal_key, meta.c.seal_check))).one()
        return self._sealer.check_key(row.seal_key, row.seal_check)

    async def use(self, key_id: int, instead_of: int) -> None:
        """From now on everything is sealed under this key, in every process.

        Raises: BadKeyRing, if another key than `instead_of` is in use: somebody else was faster.
        """
        was = (meta.c.seal_key == instead_of) & (meta.c.seal_check == self._sealer.check_of(instead_of))
        switched = update(meta).where(was).values(seal_key=key_id, seal_check=self._sealer.check_of(key_id))
        async with transaction(self._engine, self._kind, writable=True) as (connection, _):
            if (await connection.execute(switched)).rowcount != 1:
                raise BadKeyRing("Another rotation went ahead meanwhile. Copy the ring from where it ran; try again.")

    async def count(self, column: Column) -> Mapping[int, int]:
        """How many values of a column are sealed under which key."""
        table, sealed = _table(column)
        keys = table.primary_key.columns.values()
        found: Counter[int] = Counter()
        after: Key | None = None
        while True:
            query = _after(select(*keys, func.substr(sealed, 1, 1).label("first")), table, after)
            async with transaction(self._engine, self._kind, writable=False) as (connection, _):
                rows = (await connection.execute(query.limit(count_rows_max))).all()
            found.update(row.first[0] for row in rows if row.first)
            if len(rows) < count_rows_max:
                return found
            after = _key(rows[-1], len(keys))

    async def page(self, column: Column, key_id: int, after: Key | None) -> Page:
        """Seals again, under this key, what one page of a column holds under others."""
        table, sealed = _table(column)
        keys = table.primary_key.columns.values()
        query = _after(select(*keys, func.substr(sealed, 1, 1).label("first")), table, after).limit(reseal_rows_max)
        async with transaction(self._engine, self._kind, writable=True) as (connection, _):
            rows = (await connection.execute(query)).all()
            others = [_key(row, len(keys)) for row in rows if row.first and row.first[0] != key_id]
            resealed, unreadable = await self._seal_again(connection, column, key_id, others) if others else (0, 0)
        last = _key(rows[-1], len(keys)) if len(rows) == reseal_rows_max else None
        return Page(resealed, unreadable, last)

    async def _seal_again(
        self, connection: AsyncConnection, column: Column, key_id: int, rows: Sequence[Key]
    ) -> tuple[int, int]:
        """How many of these rows were sealed again, and how many do not open."""
        table, sealed = _table(column)
        keys = table.primary_key.columns.values()
        held = select(*keys, sealed.label("sealed")).where(tuple_(*keys).in_(rows))
        changes: list[dict[str, Any]] = []
        unreadable = 0
        for row in await connection.execute(held.with_for_update(skip_locked=True)):
            place = _row_key(_key(row, len(keys)))
            try:
                opened = self._sealer.open(column, place, row.sealed)
            except BadKeyRing:
                unreadable += 1
                continue
            again = self._sealer.seal(column, place, opened, key_id)
            changes.append({f"at_{key.name}": value for key, value in zip(keys, row, strict=False)} | {"again": again})
        if changes:
            this_row = [key == bindparam(f"at_{key.name}", type_=key.type) for key in keys]
            await connection.execute(update(table).where(*this_row).values({sealed: bindparam("again")}), changes)
        return len(changes), unreadable


def _table(column: Column) -> tuple[Table, Any]:
    table, name = column.value
    return metadata.tables[table], metadata.tables[table].c[name]


def _after(query: Select[Any], table: Table, after: Key | None) -> Select[Any]:
    """The rows behind this key, in order of the primary key."""
    keys = table.primary_key.columns.values()
    if after is not None:
        literals = [literal(value, key.type) for key, value in zip(keys, after, strict=True)]
        query = query.where(tuple_(*keys) > tuple_(*literals))
    return query.order_by(*keys)


def _key(row: Sequence[Any], width: int) -> Key:
    return tuple(row[:width])


def _row_key(key: Key) -> bytes:
    """The primary key as a sealed value is bound to it: bytes as they are, a small number as one byte."""
    return b"".join(part if isinstance(part, bytes) else bytes([part]) for part in key)
