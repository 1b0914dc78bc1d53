"""What moderators decided, what of it is in force, and which pseudonyms they looked behind."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, exists, or_, select, update

from messaging.domain.authorization import Grant
from messaging.domain.ids import CaseId, DecisionId, MailboxId, SeatId, ThreadId, UnmaskingId
from messaging.domain.vocabulary import Measure
from messaging.ports import DecisionRow, UnmaskingRow
from messaging.store.link import Link, required
from messaging.store.prepared import Prepared
from messaging.store.sealing import Column
from messaging.store.tables import (
    moderation_decisions,
    moderation_statements,
    moderation_unmaskings,
    parties,
    rotations,
    threads,
)
from messaging.store.unmasked import unmasked_in

_IN_FORCE: Final = "in_force"
_decisions = moderation_decisions.c

_ON: Final = Prepared(
    select(moderation_decisions).where(
        _decisions.thread == bindparam("thread"),
        _decisions.state == _IN_FORCE,
        _decisions.measure.in_((Measure.FREEZE.value, Measure.BLOCK.value)),
    )
)
_AGAINST: Final = Prepared(
    select(moderation_decisions).where(
        _decisions.mailbox == bindparam("mailbox"),
        _decisions.state == _IN_FORCE,
        _decisions.measure == Measure.SUSPENSION.value,
    )
)


def _keeps_from(name: str) -> ColumnElement[bool]:
    """Whether a block is for the sake of the mailbox of that name: it reported, alone or with others."""
    said = moderation_statements.c
    reported = (said.case == _decisions.case) & (said.kind == "report") & (said.mailbox == bindparam(name))
    return or_(_decisions.peer == bindparam(name), exists().where(reported))


_BLOCKED: Final = Prepared(
    select(_decisions.decision)
    .where(
        or_(
            (_decisions.mailbox == bindparam("one")) & _keeps_from("other"),
            (_decisions.mailbox == bindparam("other")) & _keeps_from("one"),
        ),
        or_(_decisions.ends_at.is_(None), _decisions.ends_at > bindparam("now")),
        _decisions.state == _IN_FORCE,
        _decisions.measure == Measure.BLOCK.value,
    )
    .limit(1)
)


class Measures:
    """`messaging.ports.Measures`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def add(self, row: DecisionRow) -> bool:
        values = {
            "decision": row.decision,
            "case": row.case,
            "measure": row.measure.value,
            "state": str(row.state),
            "at": row.at,
            "seat": row.seat,
            "second": row.second,
            "ends_at": row.ends_at,
            "thread": row.thread,
            "mailbox": row.mailbox,
            "peer": row.peer,
            "body": await self._link.seal(Column.MODERATION_DECISION, row.decision, row.body),
        }
        return await self._link.insert_new(moderation_decisions, values)

    async def get(self, decision: DecisionId) -> DecisionRow | None:
        found = await self._all(select(moderation_decisions).where(_decisions.decision == decision))
        return found[0] if found else None

    async def of_case(self, case: CaseId) -> list[DecisionRow]:
        query = select(moderation_decisions).where(_decisions.case == case)
        return await self._all(query.order_by(_decisions.at, _decisions.decision))

    async def set_state(self, decision: DecisionId, state: str, second: SeatId | None) -> None:
        change = update(moderation_decisions).where(_decisions.decision == decision)
        await self._connection.execute(change.values(state=str(state), second=second))

    async def in_force_on(self, thread: ThreadId) -> list[DecisionRow]:
        return [self._decision(row) for row in await self._link.all(_ON, thread=thread)]

    async def in_force_against(self, mailbox: MailboxId) -> list[DecisionRow]:
        return [self._decision(row) for row in await self._link.all(_AGAINST, mailbox=mailbox)]

    async def blocked(self, one: MailboxId, other: MailboxId, now: int) -> bool:
        return await self._link.one(_BLOCKED, one=one, other=other, now=now) is not None

    async def ended(self, now: int, limit: int) -> list[DecisionRow]:
        over = (_decisions.state == _IN_FORCE) & (_decisions.ends_at <= now)
        return await self._all(select(moderation_decisions).where(over).order_by(_decisions.ends_at).limit(limit))

    async def hold(self, grant: Grant) -> Sequence[ThreadId]:
        mailbox = required(grant.mailbox)
        party = or_(*(column == mailbox for column in (threads.c.mailbox_0, threads.c.mailbox_1, threads.c.third)))
        query = self._link.locked(select(threads.c.thread).where(party).order_by(threads.c.thread))
        return [ThreadId(row[0]) for row in await self._connection.execute(query)]

    async def bar(self, grant: Grant, until: int) -> None:
        mailbox = required(grant.mailbox)
        held = ((threads.c.mailbox_0, "barred_0"), (threads.c.mailbox_1, "barred_1"), (threads.c.third, "barred_2"))
        for column, barred in held:
            await self._connection.execute(update(threads).where(column == mailbox).values({barred: until}))

    async def ask_unmasking(self, row: UnmaskingRow) -> bool:
        sealed = await self._link.seal(Column.MODERATION_UNMASKING, row.unmasking, row.reason.encode())
        values = {
            "unmasking": row.unmasking,
            "case": row.case,
            "party": row.party,
            "state": str(row.state),
            "at": row.at,
            "seat": row.seat,
            "second": row.second,
            "approved_at": row.approved_at,
            "reason": sealed,
        }
        return await self._link.insert_new(moderation_unmaskings, values)

    async def unmasking(self, unmasking: UnmaskingId) -> UnmaskingRow | None:
        query = select(moderation_unmaskings).where(moderation_unmaskings.c.unmasking == unmasking)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else self._unmasking(row)

    async def unmaskings(self, case: CaseId) -> list[UnmaskingRow]:
        query = select(moderation_unmaskings).where(moderation_unmaskings.c.case == case)
        rows = await self._connection.execute(query.order_by(moderation_unmaskings.c.at))
        return [self._unmasking(row) for row in rows]

    async def unmaskings_of(self, grant: Grant, case: CaseId) -> list[UnmaskingRow]:
        own = moderation_unmaskings.c.unmasking.in_(unmasked_in(case, required(grant.mailbox)))
        rows = await self._connection.execute(
            select(moderation_unmaskings).where(own).order_by(moderation_unmaskings.c.at)
        )
        return [self._unmasking(row) for row in rows]

    async def approve_unmasking(self, unmasking: UnmaskingId, state: str, second: SeatId, at: int) -> None:
        change = update(moderation_unmaskings).where(moderation_unmaskings.c.unmasking == unmasking)
        await self._connection.execute(change.values(state=str(state), second=second, approved_at=at))

    async def own(
        self, thread: ThreadId, party: int, epoch: int | None = None
    ) -> tuple[MailboxId, bytes, bytes, bytes] | None:
        query = select(parties).where(parties.c.thread == thread, parties.c.party == party)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return None
        renewed = (
            select(rotations.c.own)
            .where(rotations.c.thread == thread, rotations.c.party == party)
            .order_by(rotations.c.epoch.desc())
            .limit(1)
        )
        if epoch is not None:
            renewed = renewed.where(rotations.c.epoch <= epoch)
        newest = (await self._connection.execute(renewed)).scalar_one_or_none()
        return MailboxId(row.mailbox), row.pk_sign, row.pk_kem, row.own if newest is None else newest

    async def _all(self, query: Select[Any]) -> list[DecisionRow]:
        return [self._decision(row) for row in await self._connection.execute(query)]

    def _decision(self, row: Any) -> DecisionRow:
        return DecisionRow(
            decision=DecisionId(row.decision),
            case=CaseId(row.case),
            measure=Measure(row.measure),
            state=row.state,
            at=row.at,
            seat=SeatId(row.seat),
            second=None if row.second is None else SeatId(row.second),
            ends_at=row.ends_at,
            thread=None if row.thread is None else ThreadId(row.thread),
            mailbox=None if row.mailbox is None else MailboxId(row.mailbox),
            peer=None if row.peer is None else MailboxId(row.peer),
            body=self._link.sealer.open(Column.MODERATION_DECISION, row.decision, row.body) if row.body else b"",
        )

    def _unmasking(self, row: Any) -> UnmaskingRow:
        return UnmaskingRow(
            unmasking=UnmaskingId(row.unmasking),
            case=CaseId(row.case),
            party=row.party,
            state=row.state,
            at=row.at,
            seat=SeatId(row.seat),
            second=None if row.second is None else SeatId(row.second),
            approved_at=row.approved_at,
            reason=self._link.sealer.open(Column.MODERATION_UNMASKING, row.unmasking, row.reason).decode(),
        )
