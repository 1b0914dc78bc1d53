"""Cases of moderation: what opened them, what both sides said in them, and what each was told."""

import dataclasses
from collections.abc import Mapping
from statistics import median
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Row, Select, and_, case, distinct, exists, func, insert, or_, select, update

from messaging.domain.authorization import Grant
from messaging.domain.ids import AccountId, CaseId, MailboxId, ReportId, SeatId, ThreadId
from messaging.domain.vocabulary import CaseOrigin, ReportCategory
from messaging.moderation.case import UNDECIDED
from messaging.ports import CaseRow, Contacts, Load, Looks, OutsideNoticeRow, PartyHistory, StatementRow, ToldRow
from messaging.store.address import Kind
from messaging.store.link import Link, required
from messaging.store.sealing import Column
from messaging.store.tables import (
    accounts,
    moderation_cases,
    moderation_decisions,
    moderation_notices,
    moderation_statements,
    moderation_told,
    moderation_unmaskings,
    threads,
)
from messaging.store.unmasked import told_of

_UNSIGNED_LOCK: Final = 0x706C69_0004
"""Number of the advisory lock of PostgreSQL for who has no account: no row is theirs. SQLite has one writer anyway."""
_UNDECIDED: Final = tuple(state.value for state in UNDECIDED)
_TO_DO: Final = (*_UNDECIDED, "appealed")
_REPORT: Final = "report"
_cases = moderation_cases.c
_said = moderation_statements.c
_seqs: Final = msgspec.json.Decoder(tuple[int, ...])


class _Told(msgspec.Struct, frozen=True):
    """What is sealed of a statement of reasons."""

    fr: str
    en: str


_told: Final = msgspec.json.Decoder(_Told)


class Cases:
    """`messaging.ports.Cases`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def add(self, row: CaseRow) -> None:
        await self._connection.execute(insert(moderation_cases).values(_columns(row)))

    async def get(self, case: CaseId) -> CaseRow | None:
        return await self._one(select(moderation_cases).where(_cases.case == case))

    async def lock(self, case: CaseId) -> CaseRow | None:
        return await self._one(self._link.locked(select(moderation_cases).where(_cases.case == case)))

    async def update(self, row: CaseRow) -> None:
        await self._connection.execute(update(moderation_cases).where(_cases.case == row.case).values(_columns(row)))

    async def open_about(self, thread: ThreadId, accused: MailboxId) -> CaseRow | None:
        about = (_cases.thread == thread) & (_cases.accused == accused) & _cases.state.in_(_UNDECIDED)
        return await self._one(select(moderation_cases).where(about).order_by(_cases.opened_at).limit(1))

    async def related(self, row: CaseRow) -> list[CaseRow]:
        if row.accused is None:
            return []
        other = (_cases.accused == row.accused) & (_cases.case != row.case) & _cases.state.in_(_UNDECIDED)
        return await self._all(self._link.locked(select(moderation_cases).where(other).order_by(_cases.case)))

    async def queue(self, seat: SeatId, origin: CaseOrigin, now: int, limit: int) -> list[CaseRow]:
        waits = or_(_cases.state.in_(_TO_DO), _cases.second.is_not(None), _pending())
        is_free = or_(_cases.holder.is_(None), _cases.held_until.is_(None), _cases.held_until <= now)
        is_mine = or_(_cases.holder == seat, _cases.second == seat)
        is_for_me = or_(is_free, is_mine, and_(_cases.second.is_(None), _pending()))
        first = case((is_mine, 0), (_cases.state == "appealed", 1), else_=2)
        query = select(moderation_cases).where(_cases.origin == origin.value, waits, is_for_me)
        return await self._all(query.order_by(first, _cases.opened_at, _cases.case).limit(limit))

    async def reporters(self, case: CaseId) -> frozenset[MailboxId]:
        query = select(_said.mailbox).where(_said.case == case, _said.kind == _REPORT).distinct()
        return frozenset(MailboxId(row[0]) for row in await self._connection.execute(query))

    async def put_statement(self, row: StatementRow) -> bool:
        last = select(func.coalesce(func.max(_said.n), 0)).where(_said.case == row.case)
        n = (await self._connection.execute(last)).scalar_one() + 1
        values = {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
        return await self._link.insert_new(moderation_statements, {**values, "n": n})

    async def report(self, report: ReportId) -> StatementRow | None:
        query = select(moderation_statements).where(_said.subject == report, _said.kind == _REPORT)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _statement(row)

    async def statements(self, case: CaseId) -> list[StatementRow]:
        query = select(moderation_statements).where(_said.case == case).order_by(_said.n)
        return [_statement(row) for row in await self._connection.execute(query)]

    async def count_reports_since(self, mailbox: MailboxId, since: int) -> int:
        query = select(func.count()).where(_said.mailbox == mailbox, _said.kind == _REPORT, _said.at >= since)
        count: int = (await self._connection.execute(query)).scalar_one()
        return count

    async def find(self, case: CaseId, finding: str) -> None:
        open_reports = (_said.case == case) & (_said.kind == _REPORT)
        await self._connection.execute(update(moderation_statements).where(open_reports).values(finding=finding))

    async def of_mailbox(self, grant: Grant, unmasked_before: int, limit: int) -> list[CaseRow]:
        mailbox = required(grant.mailbox)
        reported = exists().where(_said.case == _cases.case, _said.kind == _REPORT, _said.mailbox == mailbox)
        told = (_cases.accused == mailbox) & _cases.accused_told
        query = select(moderation_cases).where(or_(reported, told, _cases.case.in_(told_of(mailbox, unmasked_before))))
        return await self._all(query.order_by(_cases.opened_at.desc(), _cases.case).limit(limit))

    async def put_notice(self, row: OutsideNoticeRow) -> bool:
        sealed = await self._link.seal(Column.MODERATION_NOTICE, row.notice, row.text.encode())
        values = {"notice": row.notice, "case": row.case, "account": row.account, "at": row.at, "text": sealed}
        return await self._link.insert_new(moderation_notices, values)

    async def notices(self, case: CaseId) -> list[OutsideNoticeRow]:
        return await self._notices(moderation_notices.c.case == case, None)

    async def notice(self, notice: ReportId) -> OutsideNoticeRow | None:
        found = await self._notices(moderation_notices.c.notice == notice, 1)
        return found[0] if found else None

    async def notices_of(self, grant: Grant, limit: int) -> list[OutsideNoticeRow]:
        return await self._notices(moderation_notices.c.account == required(grant.account), limit)

    async def notices_since(self, since: int) -> tuple[int, int]:
        came = select(func.count()).select_from(moderation_notices).where(moderation_notices.c.at >= since)
        wait = select(func.count()).where(_cases.origin == CaseOrigin.NOTICE.value, _cases.state.in_(_UNDECIDED))
        return (
            (await self._connection.execute(came)).scalar_one(),
            (await self._connection.execute(wait)).scalar_one(),
        )

    async def lock_notices_of(self, grant: Grant, since: int) -> tuple[int, int]:
        account, notices = required(grant.account), moderation_notices.c
        owner = self._link.locked(select(accounts.c.account).where(accounts.c.account == account))
        is_known = (await self._connection.execute(owner)).first() is not None
        if not is_known and self._link.kind is Kind.POSTGRESQL:
            await self._connection.execute(select(func.pg_advisory_xact_lock(_UNSIGNED_LOCK)))
        came = select(func.count()).where(notices.account == account, notices.at >= since)
        wait = select(func.count()).where(
            notices.account == account, notices.case == _cases.case, _cases.state.in_(_UNDECIDED)
        )
        return (
            (await self._connection.execute(came)).scalar_one(),
            (await self._connection.execute(wait)).scalar_one(),
        )

    async def tell(self, row: ToldRow) -> None:
        told = moderation_told.c
        last = select(func.coalesce(func.max(told.n), 0)).where(told.case == row.case)
        n = (await self._connection.execute(last)).scalar_one() + 1
        body = msgspec.json.encode(_Told(row.fr, row.en))
        sealed = await self._link.seal(Column.MODERATION_TOLD, _place(row.case, n), body)
        values = {"case": row.case, "n": n, "at": row.at, "mailbox": row.mailbox, "account": row.account}
        await self._connection.execute(insert(moderation_told).values({**values, "body": sealed}))

    async def told(self, case: CaseId) -> list[ToldRow]:
        query = select(moderation_told).where(moderation_told.c.case == case).order_by(moderation_told.c.n)
        found = []
        for row in await self._connection.execute(query):
            place = _place(row.case, row.n)
            body = _told.decode(self._link.sealer.open(Column.MODERATION_TOLD, place, row.body))
            found.append(ToldRow(CaseId(row.case), row.at, body.fr, body.en, row.mailbox, row.account))
        return found

    async def due(self, now: int, limit: int) -> list[CaseId]:
        expired = _cases.holder.is_not(None) & (_cases.held_until <= now) & _cases.state.in_(_TO_DO)
        over = (_cases.closes_at <= now) & _cases.state.in_(("decided", "upheld", "overturned"))
        query = select(_cases.case).where(or_(expired, over)).order_by(_cases.case).limit(limit)
        return [CaseId(row[0]) for row in await self._connection.execute(query)]

    async def history(self, mailbox: MailboxId, contacts_since: int, since: int) -> PartyHistory:
        opened = select(func.count()).where(threads.c.mailbox_0 == mailbox, threads.c.opened_at >= contacts_since)
        measures = select(func.count()).where(
            moderation_decisions.c.mailbox == mailbox,
            moderation_decisions.c.state.in_(("in_force", "lapsed")),
            moderation_decisions.c.measure != "none",
            moderation_decisions.c.at >= since,
        )
        own = (_said.mailbox == mailbox) & (_said.kind == _REPORT) & (_said.at >= since)
        made = select(
            func.count(),
            func.coalesce(func.sum(case((_said.finding == "founded", 1), else_=0)), 0),
            func.coalesce(func.sum(case((_said.finding == "abusive", 1), else_=0)), 0),
        ).where(own)
        reports = (await self._connection.execute(made)).one()
        return PartyHistory(
            opened=(await self._connection.execute(opened)).scalar_one(),
            reported=(await self._connection.execute(_reported(mailbox, since))).scalar_one(),
            measures=(await self._connection.execute(measures)).scalar_one(),
            made=reports[0],
            founded=int(reports[1]),
            abusive=int(reports[2]),
        )

    async def load(self, since: int) -> Load:
        waiting = select(func.count()).where(_cases.state.in_(_TO_DO))
        decided = select(_cases.opened_at, _cases.decided_at, _cases.state).where(_cases.decided_at >= since)
        rows = (await self._connection.execute(decided)).all()
        took = [row.decided_at - row.opened_at for row in rows]
        states = [row.state for row in rows]
        return Load(
            waiting=(await self._connection.execute(waiting)).scalar_one(),
            decided=len(rows),
            median_ms=int(median(took)) if took else None,
            appealed=sum(state in ("appealed", "upheld", "overturned") for state in states),
            overturned=states.count("overturned"),
        )

    async def contacts(self, looks: Looks) -> list[Contacts]:
        opener, at = threads.c.mailbox_0, threads.c.opened_at
        silent = (threads.c.humans.op("&")(2) == 0) & (at < looks.answered_by)
        query = (
            select(opener, *(func.sum(case((which, 1), else_=0)) for which in (at >= looks.burst, at > 0, silent)))
            .where(at >= looks.silent)
            .group_by(opener)
        )
        counted = {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in await self._connection.execute(query)}
        reported = await self._reported_since(looks.reports)
        found = []
        for mailbox in sorted({*counted, *reported}):
            burst, opened, unanswered = counted.get(mailbox, (0, 0, 0))
            found.append(Contacts(MailboxId(mailbox), burst, opened, unanswered, reported.get(mailbox, 0)))
        return found

    async def flagged_since(self, mailbox: MailboxId, rule: str, since: int) -> bool:
        query = select(_cases.case).where(_cases.accused == mailbox, _cases.flag == rule, _cases.opened_at >= since)
        return (await self._connection.execute(query.limit(1))).first() is not None

    async def recent_threads(self, mailbox: MailboxId, limit: int) -> list[ThreadId]:
        query = select(threads.c.thread).where(threads.c.mailbox_0 == mailbox).order_by(threads.c.opened_at.desc())
        return [ThreadId(row[0]) for row in await self._connection.execute(query.limit(limit))]

    async def _reported_since(self, since: int) -> dict[bytes, int]:
        query = (
            select(_cases.accused, func.count(distinct(_cases.thread)))
            .where(_cases.origin == CaseOrigin.REPORT.value, _cases.opened_at >= since, _cases.accused.is_not(None))
            .group_by(_cases.accused)
        )
        return {row[0]: row[1] for row in await self._connection.execute(query)}

    async def _notices(self, which: ColumnElement[bool], limit: int | None) -> list[OutsideNoticeRow]:
        query = select(moderation_notices).where(which).order_by(moderation_notices.c.at, moderation_notices.c.notice)
        return [self._notice(row) for row in await self._connection.execute(query.limit(limit))]

    def _notice(self, row: Row[Any]) -> OutsideNoticeRow:
        text = self._link.sealer.open(Column.MODERATION_NOTICE, row.notice, row.text).decode()
        return OutsideNoticeRow(ReportId(row.notice), CaseId(row.case), AccountId(row.account), row.at, text)

    async def _one(self, query: Select[Any]) -> CaseRow | None:
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _case_row(row)

    async def _all(self, query: Select[Any]) -> list[CaseRow]:
        return [_case_row(row) for row in await self._connection.execute(query)]


def _pending() -> ColumnElement[bool]:
    """Cases in which a decision or an unmasking waits for a second moderator."""
    proposed = (moderation_decisions.c, moderation_unmaskings.c)
    return or_(*(exists().where(and_(each.case == _cases.case, each.state == "proposed")) for each in proposed))


def _reported(mailbox: MailboxId, since: int) -> Select[Any]:
    reported = (_cases.accused == mailbox) & (_cases.origin == CaseOrigin.REPORT.value) & (_cases.opened_at >= since)
    return select(func.count(distinct(_cases.thread))).where(reported)


def _place(case_id: bytes, n: int) -> bytes:
    """The row key of what somebody was told: its case and one byte."""
    return case_id + bytes([n])


def _columns(row: CaseRow) -> Mapping[str, Any]:
    values = {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    values["origin"], values["category"] = row.origin.value, row.category.value
    values["state"] = str(row.state)
    values["in_question"] = msgspec.json.encode(row.in_question)
    return values


def _case_row(row: Row[Any]) -> CaseRow:
    return CaseRow(
        case=CaseId(row.case),
        origin=CaseOrigin(row.origin),
        category=ReportCategory(row.category),
        state=row.state,
        opened_at=row.opened_at,
        thread=None if row.thread is None else ThreadId(row.thread),
        accused=None if row.accused is None else MailboxId(row.accused),
        accused_party=row.accused_party,
        accused_told=bool(row.accused_told),
        holder=_seat(row.holder),
        held_until=row.held_until,
        due_at=row.due_at,
        second=_seat(row.second),
        decider=_seat(row.decider),
        approver=_seat(row.approver),
        reviewer=_seat(row.reviewer),
        review=row.review,
        decided_at=row.decided_at,
        closes_at=row.closes_at,
        in_question=_seqs.decode(row.in_question),
        flag=row.flag,
        measured=row.measured,
        reports=row.reports,
    )


def _seat(value: bytes | None) -> SeatId | None:
    return None if value is None else SeatId(value)


def _statement(row: Row[Any]) -> StatementRow:
    return StatementRow(
        case=CaseId(row.case),
        kind=row.kind,
        subject=row.subject,
        mailbox=MailboxId(row.mailbox),
        party=row.party,
        category=None if row.category is None else ReportCategory(row.category),
        first=row.first,
        last=row.last,
        key=row.key,
        sealed=row.sealed,
        at=row.at,
        is_appeal=bool(row.is_appeal),
        finding=row.finding,
    )
