"""The moderators' audit log: leaves, the complete subtrees over them, signed checkpoints (SPEC.md section 10.6).

Each append writes the leaf and the subtrees that it completes, about two rows; a proof reads about as many rows as the
tree is high, however long the log is.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Select, func, insert, select, tuple_

from messaging.domain.errors import NotFound
from messaging.e2ee import merkle
from messaging.e2ee.merkle import Node, Range
from messaging.store.address import Kind
from messaging.store.link import Link
from messaging.store.tables import audit_checkpoints, audit_leaves, audit_nodes

_APPEND_LOCK: Final = 0x706C69_0003
"""Number of the advisory lock of PostgreSQL; SQLite has one writer anyway."""


class AuditLog:
    """`messaging.ports.AuditLog`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def append(self, leaf: bytes) -> tuple[int, bytes]:
        if self._link.kind is Kind.POSTGRESQL:
            await self._connection.execute(select(func.pg_advisory_xact_lock(_APPEND_LOCK)))
        index = await self._size()
        await self._connection.execute(insert(audit_leaves).values(position=index, leaf=leaf))
        # The complete subtrees of the log so far are all that a new last leaf has beside it.
        known = await self._nodes(merkle.subtrees((0, index)))
        grown = merkle.grown(merkle.leaf_hash(leaf), index, known.__getitem__)
        rows = [{"level": level, "position": position, "hash": hashed} for (level, position), hashed in grown]
        await self._connection.execute(insert(audit_nodes), rows)
        return index, b"".join(merkle.join(each, known.__getitem__) for each in merkle.inclusion(index, index + 1))

    async def put_checkpoint(self, size: int, note: str) -> None:
        await self._connection.execute(insert(audit_checkpoints).values(size=size, note=note))

    async def checkpoint(self) -> tuple[int, str] | None:
        query = select(audit_checkpoints).order_by(audit_checkpoints.c.size.desc()).limit(1)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else (row.size, row.note)

    async def path(self, index: int, size: int) -> bytes:
        await self._check_size(size)
        if not 0 <= index < size:
            raise NotFound("the audit log has no such entry")
        return b"".join(await self._joined(merkle.inclusion(index, size)))

    async def consistency(self, size: int, later_size: int) -> bytes:
        await self._check_size(later_size)
        if not 0 <= size <= later_size:
            raise NotFound("the audit log was never so long")
        return b"".join(await self._joined(merkle.consistency(size, later_size)))

    async def leaves(self, first: int, limit: int) -> list[tuple[int, bytes]]:
        query = select(audit_leaves).where(audit_leaves.c.position >= first).order_by(audit_leaves.c.position)
        return await self._pairs(query.limit(limit))

    async def nodes(self, level: int, first: int, limit: int) -> list[tuple[int, bytes]]:
        of_level = (audit_nodes.c.level == level) & (audit_nodes.c.position >= first)
        query = select(audit_nodes.c.position, audit_nodes.c.hash).where(of_level)
        return await self._pairs(query.order_by(audit_nodes.c.position).limit(limit))

    async def checkpoints(self, above: int, limit: int) -> list[tuple[int, str]]:
        query = select(audit_checkpoints).where(audit_checkpoints.c.size > above).order_by(audit_checkpoints.c.size)
        return await self._pairs(query.limit(limit))

    async def levels(self) -> list[int]:
        query = select(audit_nodes.c.level).distinct().order_by(audit_nodes.c.level)
        return list((await self._connection.execute(query)).scalars())

    async def _size(self) -> int:
        last = (await self._connection.execute(select(func.max(audit_leaves.c.position)))).scalar_one()
        return 0 if last is None else int(last) + 1

    async def _check_size(self, size: int) -> None:
        if size > await self._size():
            raise NotFound("the audit log was never so long")

    async def _joined(self, ranges: Sequence[Range]) -> list[bytes]:
        """The roots over ranges of leaves that are there."""
        known = await self._nodes(node for each in ranges for node in merkle.subtrees(each))
        return [merkle.join(each, known.__getitem__) for each in ranges]

    async def _nodes(self, wanted: Iterable[Node]) -> dict[Node, bytes]:
        listed = list(wanted)
        if not listed:
            return {}
        query = select(audit_nodes).where(tuple_(audit_nodes.c.level, audit_nodes.c.position).in_(listed))
        return {(row.level, row.position): row.hash for row in await self._connection.execute(query)}

    async def _pairs(self, query: Select[Any]) -> list[tuple[int, Any]]:
        return [(row[0], row[1]) for row in await self._connection.execute(query)]
