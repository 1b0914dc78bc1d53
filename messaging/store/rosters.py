"""Rosters: the signed records of who holds seats in a mailbox, and the mailbox's seeds wrapped to those seats."""

from typing import Any

from sqlalchemy import Select, insert, select, update

from messaging.domain.authorization import Grant
from messaging.domain.errors import StaleHead
from messaging.domain.ids import MailboxId
from messaging.ports import RosterHead
from messaging.store.link import Link, required
from messaging.store.tables import roster_records, rosters, seeds
from messaging.wire.rest import SeedWrap


class Rosters:
    """`messaging.ports.Rosters`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def lock(self, mailbox: MailboxId) -> RosterHead | None:
        return await self._head(self._link.locked(_of(mailbox)))

    async def head(self, mailbox: MailboxId) -> RosterHead | None:
        return await self._head(_of(mailbox))

    async def append(self, grant: Grant, head: RosterHead, signed: bytes) -> None:
        mailbox = required(grant.mailbox)
        if not await self._move_head(mailbox, head):
            raise StaleHead("another roster record came first; read the roster again")
        await self._connection.execute(insert(roster_records).values(mailbox=mailbox, n=head.index, signed=signed))

    async def records(self, grant: Grant) -> list[bytes]:
        query = select(roster_records.c.signed).where(roster_records.c.mailbox == required(grant.mailbox))
        return list((await self._connection.execute(query.order_by(roster_records.c.n))).scalars())

    async def put_seed(self, grant: Grant, seed: SeedWrap) -> None:
        row = {
            "mailbox": required(grant.mailbox),
            "seat": seed.seat,
            "g": seed.g,
            "record_hash": seed.record_hash,
            "wrap": seed.wrap,
        }
        await self._connection.execute(insert(seeds).values(row))

    async def seeds(self, grant: Grant) -> list[SeedWrap]:
        """Without a seat of one's own, none: no row has NULL for its seat."""
        own = (seeds.c.mailbox == required(grant.mailbox)) & (seeds.c.seat == grant.seat)
        rows = await self._connection.execute(select(seeds).where(own).order_by(seeds.c.g))
        return [SeedWrap(row.g, row.seat, row.record_hash, row.wrap) for row in rows]

    async def _head(self, query: Select[Any]) -> RosterHead | None:
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else RosterHead(row.n, row.head, row.g, row.identity_sign)

    async def _move_head(self, mailbox: MailboxId, head: RosterHead) -> bool:
        """Compare-and-swap on the index."""
        row = {"n": head.index, "head": head.head, "g": head.g, "identity_sign": head.identity_sign}
        if head.index == 0:
            return await self._link.insert_new(rosters, {"mailbox": mailbox, **row})
        swap = update(rosters).where(rosters.c.mailbox == mailbox, rosters.c.n == head.index - 1).values(row)
        return (await self._connection.execute(swap)).rowcount == 1


def _of(mailbox: MailboxId) -> Select[Any]:
    return select(rosters).where(rosters.c.mailbox == mailbox)
