"""Seats: which account may act in which mailbox, with the seat's public keys."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, func, select, update

from messaging.domain.authorization import Grant
from messaging.domain.errors import Conflict
from messaging.domain.ids import AccountId, MailboxId, SeatId
from messaging.domain.seat import SeatState
from messaging.domain.vocabulary import Role
from messaging.ports import SeatRow
from messaging.store.link import Link, required
from messaging.store.prepared import Locking, Prepared
from messaging.store.tables import seats
from messaging.wire.rest import DepartedSeat, PendingSeat

_OF_ACCOUNT: Final = Prepared(
    select(seats)
    .where(seats.c.account == bindparam("account"))
    .order_by(seats.c.mailbox, seats.c.asked_at, seats.c.seat)
)
_GET: Final = Prepared(select(seats).where(seats.c.seat == bindparam("seat")))
_LOCK: Final = Locking(select(seats).where(seats.c.seat.in_(bindparam("ids", expanding=True))).order_by(seats.c.seat))
_ACTIVATE: Final = Prepared(
    update(seats)
    .where(
        seats.c.mailbox == bindparam("in_mailbox"),
        seats.c.seat == bindparam("waiting"),
        seats.c.state == SeatState.PENDING.value,
    )
    .values(state=SeatState.ACTIVE.value, role=bindparam("role"), admin=bindparam("admin"))
)
_PENDING: Final = Prepared(
    select(seats)
    .where(seats.c.mailbox == bindparam("mailbox"), seats.c.state == SeatState.PENDING.value)
    .order_by(seats.c.asked_at, seats.c.seat)
)
_LISTED: Final = Prepared(
    select(seats)
    .where(seats.c.mailbox == bindparam("mailbox"), seats.c.state != SeatState.REMOVED.value)
    .order_by(seats.c.asked_at, seats.c.seat)
)
_COUNT: Final = Prepared(
    select(seats.c.state, func.count()).where(seats.c.mailbox == bindparam("mailbox")).group_by(seats.c.state)
)


class Seats:
    """`messaging.ports.Seats`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def of_account(self, account: AccountId) -> Sequence[SeatRow]:
        return [_seat_row(row) for row in await self._link.all(_OF_ACCOUNT, account=account)]

    async def of_same_accounts(self, ids: Collection[SeatId]) -> Mapping[SeatId, AccountId]:
        holders = select(seats.c.account).where(seats.c.seat.in_(ids))
        query = select(seats.c.seat, seats.c.account).where(seats.c.account.in_(holders))
        return {SeatId(row[0]): AccountId(row[1]) for row in await self._connection.execute(query)}

    async def put(self, grant: Grant, row: SeatRow) -> None:
        values = {
            "seat": row.seat,
            "mailbox": required(grant.mailbox),
            "account": row.account,
            "sign_pk": row.sign_pk,
            "kem_pk": row.kem_pk,
            "role": row.role.value,
            "admin": row.admin,
            "state": str(row.state),
            "asked_at": row.asked_at,
        }
        if not await self._link.insert_new(seats, values):
            raise Conflict("this seat, or a seat of this account here, exists already")

    async def get(self, seat: SeatId) -> SeatRow | None:
        row = await self._link.one(_GET, seat=seat)
        return None if row is None else _seat_row(row)

    async def lock(self, ids: Sequence[SeatId]) -> Mapping[SeatId, SeatRow]:
        rows = [_seat_row(row) for row in await self._link.all(_LOCK, ids=ids)]
        return {row.seat: row for row in rows}

    async def activate(self, grant: Grant, seat: SeatId, role: Role, admin: bool) -> None:
        """Raises: Conflict, if no such seat waits there."""
        given = {"in_mailbox": required(grant.mailbox), "waiting": seat, "role": role.value, "admin": admin}
        if await self._link.change(_ACTIVATE, **given) != 1:
            raise Conflict("no such seat waits in this mailbox")

    async def remove(self, grant: Grant, seat: SeatId, at: int) -> None:
        seated = (
            (seats.c.mailbox == required(grant.mailbox))
            & (seats.c.seat == seat)
            & seats.c.state.in_([SeatState.ACTIVE.value, SeatState.DEPARTED.value])
        )
        change = update(seats).where(seated).values(state=SeatState.REMOVED.value, removed_at=at)
        if (await self._connection.execute(change)).rowcount != 1:
            raise Conflict("no such seat is active in this mailbox")

    async def end_all(self, grant: Grant, at: int) -> None:
        held = (seats.c.mailbox == required(grant.mailbox)) & (seats.c.state != SeatState.REMOVED.value)
        change = update(seats).where(held).values(state=SeatState.REMOVED.value, removed_at=at)
        await self._connection.execute(change)

    async def pending(self, grant: Grant) -> list[PendingSeat]:
        rows = await self._link.all(_PENDING, mailbox=required(grant.mailbox))
        return [PendingSeat(row.seat, row.sign_pk, row.kem_pk, Role(row.role), row.asked_at) for row in rows]

    async def departed(self, grant: Grant) -> list[DepartedSeat]:
        query = (
            select(seats)
            .where(seats.c.mailbox == required(grant.mailbox), seats.c.state == SeatState.DEPARTED.value)
            .order_by(seats.c.left_at, seats.c.seat)
        )
        return [DepartedSeat(r.seat, Role(r.role), r.left_at) for r in await self._connection.execute(query)]

    async def listed(self, grant: Grant) -> list[SeatRow]:
        return [_seat_row(row) for row in await self._link.all(_LISTED, mailbox=required(grant.mailbox))]

    async def depart(self, grant: Grant, seat: SeatId, state: SeatState, at: int) -> None:
        change = update(seats).where(seats.c.seat == seat).values(state=state.value, left_at=at)
        await self._connection.execute(change)

    async def count(self, mailbox: MailboxId) -> tuple[int, int]:
        counts = {row[0]: row[1] for row in await self._link.all(_COUNT, mailbox=mailbox)}
        return counts.get(SeatState.ACTIVE.value, 0), counts.get(SeatState.PENDING.value, 0)

    async def held(self, accounts: Sequence[AccountId]) -> Sequence[tuple[AccountId, MailboxId]]:
        query = select(seats.c.account, seats.c.mailbox).where(
            seats.c.account.in_(accounts), seats.c.state == SeatState.ACTIVE.value
        )
        return [(AccountId(row[0]), MailboxId(row[1])) for row in await self._connection.execute(query)]

    async def active(self, ids: Sequence[SeatId]) -> set[SeatId]:
        return {SeatId(row[0]) for row in await self._link.batches.active_seats(ids)}


def _seat_row(row: Any) -> SeatRow:
    return SeatRow(
        seat=SeatId(row.seat),
        mailbox=MailboxId(row.mailbox),
        account=AccountId(row.account),
        sign_pk=row.sign_pk,
        kem_pk=row.kem_pk,
        role=Role(row.role),
        admin=row.admin,
        state=row.state,
        asked_at=row.asked_at,
        removed_at=row.removed_at,
        left_at=row.left_at,
    )
