"""Rosters: the signed records of who holds seats in a mailbox, and the mailbox's seeds wrapped to those seats."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from messaging.domain.authorization import Grant
from messaging.domain.errors import StaleHead
from messaging.domain.ids import MailboxId, SeatId
from messaging.ports import RosterHead
from messaging.store.link import Link, required
from messaging.store.prepared import Locking, Prepared
from messaging.store.tables import prevs, roster_records, rosters, seats, seeds
from messaging.wire.rest import PreviousSeed, SeedWrap

_of: Final = select(rosters).where(rosters.c.mailbox == bindparam("mailbox"))
_HEAD: Final = Prepared(_of)
_LOCK: Final = Locking(_of)
_MOVE: Final = Prepared(
    update(rosters)
    .where(rosters.c.mailbox == bindparam("of_mailbox"), rosters.c.n == bindparam("before"))
    .values({name: bindparam(name) for name in ("n", "head", "g", "identity_sign")})
)
_RECORDS: Final = Prepared(
    select(roster_records.c.signed).where(roster_records.c.mailbox == bindparam("mailbox")).order_by(roster_records.c.n)
)
_SEEDS: Final = Prepared(
    select(seeds).where(seeds.c.mailbox == bindparam("mailbox"), seeds.c.seat == bindparam("seat")).order_by(seeds.c.g)
)
_PREVS: Final = Prepared(select(prevs).where(prevs.c.mailbox == bindparam("mailbox")).order_by(prevs.c.g))


class Rosters:
    """`messaging.ports.Rosters`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def lock(self, mailbox: MailboxId) -> RosterHead | None:
        return _head(await self._link.one(_LOCK, mailbox=mailbox))

    async def head(self, mailbox: MailboxId) -> RosterHead | None:
        return _head(await self._link.one(_HEAD, mailbox=mailbox))

    async def append(self, grant: Grant, head: RosterHead, signed: bytes) -> None:
        mailbox = required(grant.mailbox)
        if not await self._move_head(mailbox, head):
            raise StaleHead("another roster record came first; read the roster again")
        await self._link.insert(roster_records, {"mailbox": mailbox, "n": head.index, "signed": signed})

    async def records(self, grant: Grant) -> list[bytes]:
        return [row.signed for row in await self._link.all(_RECORDS, mailbox=required(grant.mailbox))]

    async def put_seeds(self, grant: Grant, given: Sequence[SeedWrap]) -> None:
        mailbox = required(grant.mailbox)
        rows = [
            {"mailbox": mailbox, "seat": s.seat, "g": s.g, "record_hash": s.record_hash, "wrap": s.wrap} for s in given
        ]
        await self._connection.execute(insert(seeds), rows)

    async def seeds(self, grant: Grant) -> list[SeedWrap]:
        """Without a seat of one's own, none: no row has NULL for its seat."""
        return _wraps(await self._link.all(_SEEDS, mailbox=required(grant.mailbox), seat=grant.seat))

    async def kit_seeds(self, grant: Grant) -> list[SeedWrap]:
        held = select(seats.c.seat).where(seats.c.mailbox == required(grant.mailbox))
        in_force = select(rosters.c.g).where(rosters.c.mailbox == required(grant.mailbox)).scalar_subquery()
        of_kits = (seeds.c.mailbox == required(grant.mailbox)) & (seeds.c.g == in_force) & seeds.c.seat.not_in(held)
        return _wraps(await self._connection.execute(select(seeds).where(of_kits).order_by(seeds.c.seat)))

    async def has_seed(self, grant: Grant, seat: SeatId) -> bool:
        of_seat = (seeds.c.mailbox == required(grant.mailbox)) & (seeds.c.seat == seat)
        return (await self._connection.execute(select(seeds.c.g).where(of_seat).limit(1))).first() is not None

    async def drop_seeds(self, grant: Grant, seat: SeatId) -> None:
        of_seat = (seeds.c.mailbox == required(grant.mailbox)) & (seeds.c.seat == seat)
        await self._connection.execute(delete(seeds).where(of_seat))

    async def put_prev(self, grant: Grant, prev: PreviousSeed) -> None:
        row = {"mailbox": required(grant.mailbox), "g": prev.g, "prev": prev.prev}
        await self._link.insert(prevs, row)

    async def prevs(self, grant: Grant) -> list[PreviousSeed]:
        rows = await self._link.all(_PREVS, mailbox=required(grant.mailbox))
        return [PreviousSeed(row.g, row.prev) for row in rows]

    async def _move_head(self, mailbox: MailboxId, head: RosterHead) -> bool:
        """Compare-and-swap on the index."""
        row = {"n": head.index, "head": head.head, "g": head.g, "identity_sign": head.identity_sign}
        if head.index == 0:
            return await self._link.insert_new(rosters, {"mailbox": mailbox, **row})
        return await self._link.change(_MOVE, of_mailbox=mailbox, before=head.index - 1, **row) == 1


def _head(row: Any) -> RosterHead | None:
    return None if row is None else RosterHead(row.n, row.head, row.g, row.identity_sign)


def _wraps(rows: Iterable[Any]) -> list[SeedWrap]:
    return [SeedWrap(row.g, row.seat, row.record_hash, row.wrap) for row in rows]
