"""Alerts: whom to look at, what waits for them, their links and their browsers."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Row, Select, delete, exists, func, literal, select, union_all, update

from messaging.domain import limits
from messaging.domain.alerts import WORDS, CaseWord, Ledger, Quiet, Waiting
from messaging.domain.authorization import Grant
from messaging.domain.ids import AccountId, MailboxId, SeatId, SubscriptionId, ThreadId
from messaging.domain.relation import Safety
from messaging.domain.seat import SeatState
from messaging.domain.vocabulary import THIRD
from messaging.e2ee.report import StatementKind
from messaging.moderation.case import UNDECIDED
from messaging.ports import AlertLinkRow, AlertRow, PushChannel
from messaging.store.address import Kind
from messaging.store.link import Link, required
from messaging.store.sealing import Column
from messaging.store.tables import (
    alert_links,
    alerts,
    events,
    moderation_cases,
    moderation_statements,
    moderation_told,
    positions,
    push_subscriptions,
    seats,
    threads,
)

_LOOK_LOCK: Final = 0x706C69_0005
"""Number of the advisory lock of PostgreSQL; SQLite has one process anyway."""
_DAY_MS: Final = 86_400_000


class _Channel(msgspec.Struct, frozen=True):
    """What is sealed of a push subscription."""

    endpoint: str
    p256dh: bytes
    auth: bytes


_channel: Final = msgspec.json.Decoder(_Channel)


class Alerts:
    """`messaging.ports.Alerts`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def get(self, grant: Grant) -> AlertRow | None:
        query = select(alerts).where(alerts.c.account == required(grant.account))
        row = (await self._connection.execute(self._link.locked(query))).one_or_none()
        return None if row is None else self._row(row)

    async def put(self, grant: Grant, row: AlertRow) -> None:
        account = required(grant.account)
        columns = {
            "wanted": row.wanted,
            "zone": row.quiet.zone,
            "quiet_begins": row.quiet.begins,
            "quiet_ends": row.quiet.ends,
            "quiet_sundays": row.quiet.sundays,
            "address": await self._sealed(Column.ALERT_ADDRESS, account, row.address),
            "pending": await self._sealed(Column.ALERT_PENDING, account, row.pending),
            "asked": row.asked,
            "failing_since": row.failing_since,
            "covered_until": row.ledger.covered_until,
            "due_at": row.ledger.due_at,
            "sent_at": row.ledger.sent_at,
            "day_from": row.ledger.day_from,
            "day_n": row.ledger.day_n,
            "look_at": row.look_at,
        }
        if not await self._link.insert_new(alerts, {"account": account, **columns}):
            await self._connection.execute(update(alerts).where(alerts.c.account == account).values(columns))

    async def due(self, now: int) -> bool:
        query = select(alerts.c.account).where(alerts.c.look_at <= now).limit(1)
        return (await self._connection.execute(query)).first() is not None

    async def take(self, now: int, limit: int) -> list[AlertRow]:
        if self._link.kind is Kind.POSTGRESQL:
            got = await self._connection.execute(select(func.pg_try_advisory_xact_lock(_LOOK_LOCK)))
            if not got.scalar_one():
                return []
        due = select(alerts).where(alerts.c.look_at <= now).order_by(alerts.c.look_at).limit(limit)
        rows = await self._connection.execute(due.with_for_update(skip_locked=True))
        return [self._row(row) for row in rows]

    async def waiting(self, grant: Grant, limit: int) -> list[Waiting]:
        query = _waiting(required(grant.account)).limit(limit)
        return [
            Waiting(ThreadId(row.thread), MailboxId(row.mailbox), row.kind, row.at)
            for row in await self._connection.execute(query)
        ]

    async def case_words(self, grant: Grant, told_after: int, limit: int) -> list[Waiting]:
        account = required(grant.account)
        return [
            Waiting(None, MailboxId(row.mailbox), kind.value, row.at)
            for kind, query in ((CaseWord.ASKED, _asked(account)), (CaseWord.TOLD, _told(account, told_after)))
            for row in await self._connection.execute(query.limit(limit))
        ]

    async def remind(self, grant: Grant, at: int) -> bool:
        own = (positions.c.thread == required(grant.thread)) & (positions.c.party == required(grant.party))
        later = update(positions).where(own, positions.c.reminded < at).values(reminded=at)
        return (await self._connection.execute(later)).rowcount == 1

    async def unreached(self, grant: Grant) -> list[SeatId]:
        query = (
            select(seats.c.seat)
            .join(alerts, alerts.c.account == seats.c.account)
            .where(
                seats.c.mailbox == required(grant.mailbox),
                seats.c.state == SeatState.ACTIVE.value,
                alerts.c.wanted,
                alerts.c.failing_since.is_not(None),
            )
            .order_by(seats.c.seat)
        )
        return [SeatId(row[0]) for row in await self._connection.execute(query)]

    async def put_link(self, digest: bytes, row: AlertLinkRow) -> None:
        old = select(alert_links.c.digest).where(alert_links.c.expires_at <= row.made_at)
        old = old.limit(limits.alert_links_cleared_max).with_for_update(skip_locked=True)
        await self._connection.execute(delete(alert_links).where(alert_links.c.digest.in_(old)))
        columns = {
            "digest": digest,
            "account": row.account,
            "purpose": row.purpose,
            "thread": row.thread,
            "made_at": row.made_at,
            "expires_at": row.expires_at,
        }
        await self._link.insert_new(alert_links, columns)

    async def link(self, digest: bytes, now: int) -> AlertLinkRow | None:
        query = select(alert_links).where(alert_links.c.digest == digest, alert_links.c.expires_at > now)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return None
        thread = None if row.thread is None else ThreadId(row.thread)
        return AlertLinkRow(AccountId(row.account), row.purpose, thread, row.made_at, row.expires_at)

    async def void_links(self, grant: Grant, purpose: str, void: str) -> None:
        own = (alert_links.c.account == required(grant.account)) & (alert_links.c.purpose == purpose)
        await self._connection.execute(update(alert_links).where(own).values(purpose=void))

    async def links_since(self, grant: Grant, purposes: Sequence[str], since: int) -> int:
        own = (alert_links.c.account == required(grant.account)) & alert_links.c.purpose.in_(purposes)
        query = select(func.count()).select_from(alert_links).where(own, alert_links.c.made_at >= since)
        count: int = (await self._connection.execute(query)).scalar_one()
        return count

    async def put_push(self, grant: Grant, channel: PushChannel) -> SubscriptionId:
        account = required(grant.account)
        endpoint = self._link.sealer.fingerprint("push", channel.endpoint.encode())
        same = (push_subscriptions.c.account == account) & (push_subscriptions.c.endpoint == endpoint)
        known = (await self._connection.execute(select(push_subscriptions.c.subscription).where(same))).scalar()
        subscription = SubscriptionId(known or channel.subscription)
        plain = msgspec.json.encode(_Channel(channel.endpoint, channel.p256dh, channel.auth))
        columns = {
            "account": account,
            "endpoint": endpoint,
            "channel": await self._link.seal(Column.PUSH_CHANNEL, subscription, plain),
            "made_at": channel.made_at,
        }
        if known is None:
            await self._link.insert_new(push_subscriptions, {"subscription": subscription, **columns})
        else:
            await self._connection.execute(update(push_subscriptions).where(same).values(columns))
        newest = _own_pushes(account, push_subscriptions.c.subscription).limit(limits.push_subscriptions_max)
        kept = list((await self._connection.execute(newest)).scalars())
        beyond = (push_subscriptions.c.account == account) & push_subscriptions.c.subscription.not_in(kept)
        await self._connection.execute(delete(push_subscriptions).where(beyond))
        return subscription

    async def pushes(self, grant: Grant) -> list[PushChannel]:
        found = []
        for row in await self._connection.execute(_own_pushes(required(grant.account), *push_subscriptions.c)):
            opened = self._link.sealer.open(Column.PUSH_CHANNEL, row.subscription, row.channel)
            channel = _channel.decode(opened)
            subscription = SubscriptionId(row.subscription)
            found.append(PushChannel(subscription, channel.endpoint, channel.p256dh, channel.auth, row.made_at))
        return found

    async def delete_push(self, grant: Grant, subscription: SubscriptionId) -> None:
        table = push_subscriptions.c
        own = (table.account == required(grant.account)) & (table.subscription == subscription)
        await self._connection.execute(delete(push_subscriptions).where(own))

    async def _sealed(self, column: Column, account: AccountId, address: str | None) -> bytes | None:
        return None if address is None else await self._link.seal(column, account, address.encode())

    def _opened(self, column: Column, account: bytes, sealed: bytes | None) -> str | None:
        return None if sealed is None else self._link.sealer.open(column, account, sealed).decode()

    def _row(self, row: Row[Any]) -> AlertRow:
        return AlertRow(
            account=AccountId(row.account),
            ledger=Ledger(row.covered_until, row.due_at, row.sent_at, row.day_from, row.day_n),
            look_at=row.look_at,
            wanted=row.wanted,
            quiet=Quiet(row.zone, row.quiet_begins, row.quiet_ends, row.quiet_sundays),
            address=self._opened(Column.ALERT_ADDRESS, row.account, row.address),
            pending=self._opened(Column.ALERT_PENDING, row.account, row.pending),
            asked=row.asked,
            failing_since=row.failing_since,
        )


def _own_pushes(account: AccountId, *columns: Any) -> Select[Any]:
    newest = (push_subscriptions.c.made_at.desc(), push_subscriptions.c.subscription)
    return select(*columns).where(push_subscriptions.c.account == account).order_by(*newest)


def _held(account: AccountId) -> Select[tuple[bytes]]:
    """The mailboxes in which the account has an active seat."""
    return select(seats.c.mailbox).where(seats.c.account == account, seats.c.state == SeatState.ACTIVE.value)


def _asked(account: AccountId) -> Select[Any]:
    """The undecided cases in which a mailbox of the account is asked and has said nothing since; whoever was asked has
    the time that they were given, also where nobody has the case at the moment.
    """
    case, said = moderation_cases.c, moderation_statements.c
    at = case.due_at - limits.case_answer_days * _DAY_MS
    answered = exists().where(
        said.case == case.case,
        said.mailbox == case.accused,
        said.kind == StatementKind.ANSWER.value,
        said.at >= at,
    )
    return (
        select(case.accused.label("mailbox"), at.label("at"))
        .where(case.accused.in_(_held(account)), case.accused_told, case.due_at.is_not(None))
        .where(case.state.in_([state.value for state in UNDECIDED]), ~answered)
        .order_by(at, case.case)
    )


def _told(account: AccountId, after: int) -> Select[Any]:
    told = moderation_told.c
    query = select(told.mailbox, told.at).where(told.mailbox.in_(_held(account)), told.at > after)
    return query.order_by(told.at, told.case, told.n)


def _waiting(account: AccountId) -> Select[Any]:
    """Each thread of the account's mailboxes whose last word is another party's and past what its own read, by the
    index on each mailbox column, and then backwards from the end of its log.
    """
    held = _held(account)
    sides = union_all(
        *(
            select(threads.c.thread, mailbox.label("mailbox"), literal(party).label("party"), threads.c.head_seq).where(
                mailbox.in_(held), threads.c.safety.not_in((Safety.FROZEN.value, Safety.BLOCKED.value))
            )
            for party, mailbox in enumerate((threads.c.mailbox_0, threads.c.mailbox_1, threads.c.third))
        )
    ).subquery("sides")
    each, said = events.alias("each"), events.alias("said")
    last = (
        select(each.c.seq)
        .where(each.c.thread == sides.c.thread, each.c.kind.in_([kind.value for kind in WORDS]))
        .order_by(each.c.seq.desc())
        .limit(1)
        .correlate(sides)
        .scalar_subquery()
    )
    own = (positions.c.thread == sides.c.thread) & (positions.c.party == sides.c.party)
    return (
        select(sides.c.thread, sides.c.mailbox, said.c.kind, said.c.at)
        .join_from(sides, positions, own & (positions.c.own < sides.c.head_seq))
        .join(said, (said.c.thread == sides.c.thread) & (said.c.seq == last))
        .where(said.c.seq > positions.c.own, said.c.party != sides.c.party, said.c.party <= THIRD)
        .order_by(said.c.at, sides.c.thread)
    )
