"""Third parties: their stays in threads, from the invitation on, and the keys that they were given."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, delete, func, select, text, update

from messaging.domain.authorization import Grant
from messaging.domain.errors import Conflict
from messaging.domain.ids import MailboxId, TargetId, ThreadId
from messaging.domain.third import ThirdState
from messaging.domain.vocabulary import THIRD, EventKind
from messaging.ports import PartyRow, ThirdRow
from messaging.store.link import Link, required
from messaging.store.tables import events, parties, positions, shares, thirds, threads
from messaging.store.threads import put_side


class Thirds:
    """`messaging.ports.Thirds`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def invite(self, grant: Grant, row: ThirdRow) -> None:
        if not await self._link.insert_new(thirds, _columns(row) | {"thread": required(grant.thread)}):
            raise Conflict("this third party was invited so before")

    async def get(self, grant: Grant, third: bytes) -> ThirdRow | None:
        query = select(thirds).where(thirds.c.thread == required(grant.thread), thirds.c.third == third)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _third_row(row)

    async def enter(self, grant: Grant, row: ThirdRow, side: PartyRow, barred: int) -> None:
        thread = ThreadId(required(grant.thread))
        await self._connection.execute(
            update(thirds).where(thirds.c.thread == thread, thirds.c.third == row.third).values(_columns(row))
        )
        await put_side(self._link, thread, row.mailbox, side)
        entered = update(threads).where(threads.c.thread == thread)
        await self._connection.execute(entered.values(third=row.mailbox, barred_2=barred))

    async def leave(self, grant: Grant, third: bytes) -> None:
        thread = required(grant.thread)
        own = (thirds.c.thread == thread) & (thirds.c.third == third)
        await self._connection.execute(update(thirds).where(own).values(state=ThirdState.LEFT.value))
        await self._connection.execute(delete(shares).where(shares.c.thread == thread, shares.c.third == third))
        for table in (positions, parties):
            await self._connection.execute(delete(table).where(table.c.thread == thread, table.c.party == THIRD))
        await self._connection.execute(update(threads).where(threads.c.thread == thread).values(third=None, barred_2=0))

    async def present(self, grant: Grant) -> ThirdRow | None:
        return (await self.all_present([ThreadId(required(grant.thread))])).get(ThreadId(required(grant.thread)))

    async def stay_at(self, grant: Grant, seq: int) -> tuple[ThirdRow, int | None] | None:
        thread = required(grant.thread)
        begun = (thirds.c.thread == thread) & (thirds.c.joined_seq > 0) & (thirds.c.joined_seq <= seq)
        query = select(thirds).where(begun).order_by(thirds.c.joined_seq.desc()).limit(1)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return None
        stay = _third_row(row)
        if stay.state is not ThirdState.LEFT:
            return stay, None
        left = (events.c.thread == thread) & (events.c.kind == EventKind.LEFT.value) & (events.c.seq > stay.joined_seq)
        words = text("kind <> 'message'")  # the very words of the index
        return stay, (await self._connection.execute(select(func.min(events.c.seq)).where(left, words))).scalar_one()

    async def all_present(self, ids: Sequence[ThreadId]) -> Mapping[ThreadId, ThirdRow]:
        query = select(thirds).where(thirds.c.thread.in_(ids), thirds.c.state == ThirdState.PRESENT.value)
        return {row.thread: _third_row(row) for row in await self._connection.execute(query)}

    async def put_shares(self, grant: Grant, third: bytes, given: Sequence[tuple[int, bytes]]) -> None:
        for epoch, share in given:
            row = {"thread": required(grant.thread), "third": third, "epoch": epoch, "share": share}
            await self._link.insert_new(shares, row)

    async def shares(self, grant: Grant, third: bytes, first: int, limit: int) -> list[tuple[int, bytes]]:
        query = (
            select(shares.c.epoch, shares.c.share)
            .where(shares.c.thread == required(grant.thread), shares.c.third == third, shares.c.epoch >= first)
            .order_by(shares.c.epoch)
            .limit(limit)
        )
        return [(row.epoch, row.share) for row in await self._connection.execute(query)]


def _columns(row: ThirdRow) -> dict[str, Any]:
    """A whole row of `thirds`."""
    return {
        "thread": row.thread,
        "third": row.third,
        "mailbox": row.mailbox,
        "target": row.target,
        "prekey_index": row.prekey_index,
        "own": row.own,
        "state": row.state.value,
        "history": row.history,
        "joined_seq": row.joined_seq,
        "joined_epoch": row.joined_epoch,
        "entry_head": row.entry_head,
    }


def _third_row(row: Row[Any]) -> ThirdRow:
    return ThirdRow(
        thread=ThreadId(row.thread),
        third=row.third,
        mailbox=MailboxId(row.mailbox),
        target=TargetId(row.target),
        prekey_index=row.prekey_index,
        own=row.own,
        state=ThirdState(row.state),
        history=bool(row.history),
        joined_seq=row.joined_seq,
        joined_epoch=row.joined_epoch,
        entry_head=row.entry_head,
    )
