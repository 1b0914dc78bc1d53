"""Threads: the mutable head of each log, its two sides, and the wrapped keys of its epochs."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    union,
    union_all,
    update,
)

from messaging.domain.authorization import Grant, Parties
from messaging.domain.errors import Conflict
from messaging.domain.ids import MailboxId, ThreadId
from messaging.domain.receipt import ReadPosition
from messaging.domain.relation import Stage
from messaging.domain.seat import SeatState
from messaging.domain.vocabulary import INITIATOR, RECIPIENT, THIRD
from messaging.ports import PartyRow, ThreadRow
from messaging.store.link import Link, required
from messaging.store.prepared import Locking, Prepared
from messaging.store.rows import thread_row
from messaging.store.sealing import Column, Sealer
from messaging.store.tables import closings, parties, positions, rotations, seats, threads, wraps
from messaging.wire.types import Presentation

_presentation: Final = msgspec.json.Decoder(Presentation)

_PARTIES_MAX: Final = 3
"""Of one thread."""
_SIDE_COLUMNS: Final = len(parties.c) + 4
"""Columns of `parties`, and the four of `positions` that say how far a side read."""

_of: Final = threads.c.thread == bindparam("thread")
_PARTIES: Final = Prepared(
    select(threads.c.thread, threads.c.mailbox_0, threads.c.mailbox_1, threads.c.third).where(_of)
)
_GET: Final = Prepared(select(threads).where(threads.c.thread.in_(bindparam("ids", expanding=True))))
_OPENED_SINCE: Final = Prepared(
    select(func.count()).where(threads.c.mailbox_0 == bindparam("initiator"), threads.c.opened_at >= bindparam("since"))
)
_WRAPS: Final = Prepared(
    select(wraps)
    .where(wraps.c.thread == bindparam("thread"), wraps.c.epoch >= bindparam("first"))
    .order_by(wraps.c.epoch)
    .limit(bindparam("limit", type_=Integer))
)
_IDS_OF: Final = Locking(
    select(threads.c.thread)
    .where(or_(threads.c.mailbox_0 == bindparam("mailbox"), threads.c.mailbox_1 == bindparam("mailbox")))
    .order_by(threads.c.thread)
)
_MOVE: Final = Prepared(
    update(positions)
    .where(positions.c.thread == bindparam("of_thread"), positions.c.party == bindparam("of_party"))
    .values({name: bindparam(name) for name in ("own", "shown", "shown_before", "shown_from")})
)


class Threads:
    """`messaging.ports.Threads`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def parties(self, thread: ThreadId) -> Parties | None:
        row = await self._link.one(_PARTIES, thread=thread)
        return None if row is None else _parties(row)

    async def lock(self, ids: Sequence[ThreadId]) -> Mapping[ThreadId, ThreadRow]:
        return _by_id(await self._link.batches.lock_threads(ids))

    async def get(self, ids: Sequence[ThreadId]) -> Mapping[ThreadId, ThreadRow]:
        return _by_id(await self._link.all(_GET, ids=ids))

    async def heads(self, mailboxes: Sequence[MailboxId], since: int) -> Sequence[tuple[Parties, int]]:
        columns = (threads.c.thread, threads.c.mailbox_0, threads.c.mailbox_1, threads.c.third, threads.c.head_seq)
        places = (threads.c.mailbox_0, threads.c.mailbox_1, threads.c.third)
        # One part for each place, each by its own index.
        found = union(*(select(*columns).where(p.in_(mailboxes), threads.c.last_at >= since) for p in places))
        return [(_parties(row), row.head_seq) for row in await self._connection.execute(found)]

    async def create(self, grant: Grant, row: ThreadRow, sides: tuple[PartyRow, PartyRow]) -> None:
        """The initiator is grant.mailbox."""
        initiator, recipient = required(grant.mailbox), row.mailboxes[1]
        if not await self._link.insert_new(threads, _columns(row, initiator, recipient)):
            raise Conflict("this thread id is taken")
        for side, mailbox in zip(sides, (initiator, recipient), strict=True):
            await put_side(self._link, row.thread, mailbox, side)

    async def update(self, rows: Sequence[ThreadRow]) -> None:
        await self._link.batches.update_threads(rows)

    async def lock_all(self, grant: Grant) -> Sequence[ThreadId]:
        return [ThreadId(row.thread) for row in await self._link.all(_IDS_OF, mailbox=required(grant.mailbox))]

    async def of_subject(self, subject: bytes) -> ThreadId | None:
        found = await self._connection.execute(select(threads.c.thread).where(threads.c.subject == subject))
        thread = found.scalar_one_or_none()
        return None if thread is None else ThreadId(thread)

    async def all_of(self, grant: Grant) -> Sequence[ThreadId]:
        return [ThreadId(row.thread) for row in await self._link.all(_IDS_OF.plain, mailbox=required(grant.mailbox))]

    async def demand_renewal(self, grant: Grant) -> None:
        for bit, mailbox in ((0b01, threads.c.mailbox_0), (0b10, threads.c.mailbox_1)):
            demand = update(threads).where(mailbox == required(grant.mailbox), threads.c.renew.op("&")(bit) == 0)
            await self._connection.execute(demand.values(renew=threads.c.renew + bit))

    async def demand_reset(self, grant: Grant) -> None:
        for bits, mailbox in ((0b0101, threads.c.mailbox_0), (0b1010, threads.c.mailbox_1)):
            demand = update(threads).where(mailbox == required(grant.mailbox))
            await self._connection.execute(demand.values(renew=threads.c.renew.op("|")(bits)))

    async def awaiting_reset(self, grant: Grant, limit: int) -> list[tuple[ThreadRow, int]]:
        own = required(grant.mailbox)
        sides = (
            (mailbox == own) & (threads.c.renew.op("&")(bit) != 0)
            for bit, mailbox in ((0b0100, threads.c.mailbox_0), (0b1000, threads.c.mailbox_1))
        )
        query = select(threads).where(or_(*sides)).order_by(threads.c.thread).limit(limit)
        found = [thread_row(row) for row in await self._connection.execute(query)]
        return [(row, row.mailboxes.index(own)) for row in found]

    async def opened_since(self, initiator: MailboxId, since: int) -> int:
        count: int = await self._link.value(_OPENED_SINCE, initiator=initiator, since=since)
        return count

    async def page(
        self,
        grant: Grant,
        mailboxes: Sequence[MailboxId],
        changed_since: int,
        after: ThreadId | None,
        limit: int,
        now: int,
    ) -> list[tuple[ThreadRow, PartyRow, PartyRow]]:
        """Of the mailboxes, only those count in which the account has an active seat."""
        rows = await self._link.all(
            _PAGE,
            account=required(grant.account),
            mailboxes=mailboxes,
            after=after or b"",
            changed_since=changed_since,
            now=now,
            limit=limit + _PARTIES_MAX - 1,
        )
        parted = takewhile(lambda row: row[0] == rows[limit - 1][0], rows[limit:])
        return [self._listed(row) for row in (*rows[:limit], *parted)]

    async def recipients(self, ids: Sequence[ThreadId]) -> Mapping[ThreadId, PartyRow]:
        rows = await self._link.all(_RECIPIENTS, ids=ids)
        return {row[0]: _party_row(row, self._link.sealer) for row in rows}

    async def side(self, grant: Grant) -> PartyRow:
        """In a `transaction()` its position is locked, since a move is decided on it."""
        row = await self._link.one(_SIDE, thread=required(grant.thread), party=required(grant.party))
        return _party_row(row, self._link.sealer)

    async def move_position(self, grant: Grant, position: ReadPosition) -> None:
        place = {"of_thread": required(grant.thread), "of_party": required(grant.party)}
        await self._link.change(_MOVE, **place, **_position_columns(position))

    async def close(self, grant: Grant, stage: Stage) -> None:
        row = {"thread": required(grant.thread), "stage": stage.value}
        await self._link.insert(closings, row)

    async def reopen(self, grant: Grant) -> Stage:
        closed = delete(closings).where(closings.c.thread == required(grant.thread)).returning(closings.c.stage)
        return Stage((await self._connection.execute(closed)).scalar_one())

    async def put_wraps(self, grant: Grant, epoch: int, pair: tuple[bytes, bytes]) -> None:
        row = {"thread": required(grant.thread), "epoch": epoch, "wrap_0": pair[0], "wrap_1": pair[1]}
        await self._link.insert(wraps, row)

    async def wraps(self, grant: Grant, first: int, limit: int) -> list[tuple[int, tuple[bytes, bytes]]]:
        rows = await self._link.all(_WRAPS, thread=required(grant.thread), first=first, limit=limit)
        return [(row.epoch, (row.wrap_0, row.wrap_1)) for row in rows]

    async def put_rotation(self, grant: Grant, epoch: int, seq: int, own: bytes) -> None:
        row = {"thread": required(grant.thread), "epoch": epoch, "party": required(grant.party), "seq": seq, "own": own}
        await self._link.insert(rotations, row)

    def _listed(self, row: Sequence[Any]) -> tuple[ThreadRow, PartyRow, PartyRow]:
        own, peer = len(threads.c), len(threads.c) + _SIDE_COLUMNS
        sealer = self._link.sealer
        return thread_row(row), _party_row(row[own:peer], sealer), _party_row(row[peer:], sealer)


def _parties(row: Any) -> Parties:
    third = None if row.third is None else MailboxId(row.third)
    return Parties(ThreadId(row.thread), (MailboxId(row.mailbox_0), MailboxId(row.mailbox_1)), third)


async def put_side(link: Link, thread: ThreadId, mailbox: MailboxId, side: PartyRow) -> None:
    """Inserts a party of a thread, with its position."""
    encoded = msgspec.json.encode(side.presentation)
    place = _place(thread, side.party)
    row = {
        "thread": thread,
        "party": side.party,
        "mailbox": mailbox,
        "presentation": await link.seal(Column.PARTY_PRESENTATION, place, encoded),
        "pk_sign": side.pk_sign,
        "pk_kem": side.pk_kem,
        "own": side.own,
        "prekey_index": side.prekey_index,
    }
    await link.insert(parties, row)
    at = {"thread": thread, "party": side.party}
    await link.insert(positions, at | _position_columns(side.position))


def _page() -> Select[Any]:
    """Each thread of the held mailboxes once a party held, by the index on each mailbox column.

    A mailbox may have thousands: they are put in order and cut before anything is read of them but what decides."""
    changed_since: BindParameter[int] = bindparam("changed_since")
    held = select(seats.c.mailbox).where(
        seats.c.account == bindparam("account"),
        seats.c.state == SeatState.ACTIVE.value,
        seats.c.mailbox.in_(bindparam("mailboxes", expanding=True)),
    )
    sides = union_all(
        *(
            select(threads.c.thread, literal(party).label("party")).where(
                mailbox.in_(held), threads.c.thread > bindparam("after")
            )
            for party, mailbox in enumerate((threads.c.mailbox_0, threads.c.mailbox_1, threads.c.third))
        )
    ).subquery("sides")
    other = case((sides.c.party == INITIATOR, RECIPIENT), else_=INITIATOR)
    at = positions.alias("at")
    # That a side read is no change to a third party, which is told nothing of it.
    read = and_(sides.c.party != THIRD, at.c.shown_from.between(changed_since, bindparam("now")))
    chosen = (
        select(sides.c.thread, sides.c.party, other.label("other"))
        .join_from(sides, threads, threads.c.thread == sides.c.thread)
        .join(at, (at.c.thread == sides.c.thread) & (at.c.party == other))
        .where(or_(threads.c.last_at >= changed_since, read))
        .order_by(sides.c.thread, sides.c.party)
        .limit(bindparam("limit", type_=Integer))
        .subquery("chosen")
    )
    own, peer = parties.alias("own"), parties.alias("peer")
    own_at, peer_at = positions.alias("own_at"), positions.alias("peer_at")
    return (
        select(threads, *_side_columns(own, own_at), *_side_columns(peer, peer_at))
        .join_from(chosen, threads, threads.c.thread == chosen.c.thread)
        .join(own, (own.c.thread == chosen.c.thread) & (own.c.party == chosen.c.party))
        .join(own_at, _same_side(own, own_at))
        .join(peer, (peer.c.thread == chosen.c.thread) & (peer.c.party == chosen.c.other))
        .join(peer_at, _same_side(peer, peer_at))
        .order_by(chosen.c.thread, chosen.c.party)
    )


def _by_id(rows: Sequence[Sequence[Any]]) -> dict[ThreadId, ThreadRow]:
    return {row.thread: row for row in map(thread_row, rows)}


def _side_columns(side: FromClause, at: FromClause) -> list[ColumnElement[Any]]:
    """A whole row of `parties`, then what `positions` adds to it."""
    return [*side.c, at.c.own, at.c.shown, at.c.shown_before, at.c.shown_from]


def _same_side(side: FromClause, at: FromClause) -> ColumnElement[bool]:
    return (at.c.thread == side.c.thread) & (at.c.party == side.c.party)


_sides: Final = select(*_side_columns(parties, positions)).join_from(parties, positions, _same_side(parties, positions))
_RECIPIENTS: Final = Prepared(
    _sides.where(parties.c.thread.in_(bindparam("ids", expanding=True)), parties.c.party == RECIPIENT)
)
_SIDE: Final = Locking(
    _sides.where(parties.c.thread == bindparam("thread"), parties.c.party == bindparam("party")), of=positions
)
_PAGE: Final = Prepared(_page())


def _party_row(row: Sequence[Any], sealer: Sealer) -> PartyRow:
    """From the columns of `_side_columns`."""
    thread, party, mailbox, presentation, pk_sign, pk_kem, own, prekey_index, *position = row
    opened = sealer.open(Column.PARTY_PRESENTATION, _place(thread, party), presentation)
    return PartyRow(
        thread=ThreadId(thread),
        party=party,
        mailbox=MailboxId(mailbox),
        presentation=_presentation.decode(opened),
        pk_sign=pk_sign,
        pk_kem=pk_kem,
        own=own,
        prekey_index=prekey_index,
        position=ReadPosition(*position),
    )


def _place(thread: bytes, party: int) -> bytes:
    """The row key of a party: its thread and one byte."""
    return thread + bytes([party])


def _position_columns(position: ReadPosition) -> dict[str, int]:
    return {
        "own": position.own,
        "shown": position.shown,
        "shown_before": position.shown_before,
        "shown_from": position.shown_from,
    }


def _columns(row: ThreadRow, initiator: MailboxId, recipient: MailboxId) -> dict[str, Any]:
    """A whole row of `threads`."""
    return {
        "thread": row.thread,
        "mailbox_0": initiator,
        "mailbox_1": recipient,
        "target": row.target,
        "epoch": row.epoch,
        "record_hash": row.record_hash,
        "first_record_hash": row.first_record_hash,
        "head_seq": row.head_seq,
        "head": row.head,
        "opened_at": row.opened_at,
        "last_at": row.last_at,
        "stage": row.stage.value,
        "safety": row.safety.value,
        "humans": row.humans,
        "revealed": row.revealed,
        "subject": row.subject,
        "relation_n": row.relation_n,
        "renew": row.renew,
        "third": row.third,
        **{f"barred_{party}": until for party, until in enumerate(row.barred)},
    }
