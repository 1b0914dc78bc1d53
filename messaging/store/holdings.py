"""What is held about one account, gathered from every table for the right of access."""

from typing import Any, Final

import msgspec
from sqlalchemy import Row, func, select

from messaging.domain import limits
from messaging.domain.authorization import Grant
from messaging.domain.ids import AccountId, MailboxId
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.store.alerts import Alerts
from messaging.store.cases import Cases
from messaging.store.link import Link, required
from messaging.store.mailboxes import Mailboxes
from messaging.store.tables import (
    accounts,
    cards,
    consent_register,
    escrow,
    mailboxes,
    seats,
    seeds,
    tickets,
    vaults,
)
from messaging.wire.platform import AccountExport, HeldAlerts, HeldCard, HeldConsent, HeldNotice, HeldSeat, HeldVault
from messaging.wire.rest import Dimensions, VaultWrap

_wraps: Final = msgspec.json.Decoder(list[VaultWrap])
_dimensions: Final = msgspec.json.Decoder(Dimensions)


class Holdings:
    """`messaging.ports.Holdings`"""

    def __init__(self, link: Link) -> None:
        self._connection = link.connection
        self._mailboxes = Mailboxes(link)
        self._alerts = Alerts(link)
        self._cases = Cases(link)

    async def of_account(self, grant: Grant, now: int) -> AccountExport:
        account = AccountId(required(grant.account))
        revoked = select(accounts.c.revoked_at).where(accounts.c.account == account)
        held = [await self._seat(row) for row in await self._rows(_seats_of(account))]
        own = [seat.seat for seat in held]
        lines = await self._register(own)
        shown = await self._cards(own)
        most = limits.export_rows_max
        sent = await self._cases.notices_of(grant, most + 1)
        return AccountExport(
            exported_at=now,
            account=account,
            revoked_at=(await self._connection.execute(revoked)).scalar_one(),
            tickets=await self._tickets(account),
            vault=await self._vault(account),
            alerts=await self._alerted(grant),
            seats=held[:most],
            cards=shown[:most],
            register=lines[:most],
            notices=[HeldNotice(each.notice, each.at, each.text) for each in sent[:most]],
            complete=max(len(held), len(shown), len(lines), len(sent)) <= most,
        )

    async def _rows(self, query: Any) -> list[Row[Any]]:
        """One more than may be told, to know whether there are more."""
        return list((await self._connection.execute(query.limit(limits.export_rows_max + 1))).all())

    async def _tickets(self, account: AccountId) -> int:
        query = select(func.count()).select_from(tickets).where(tickets.c.account == account)
        count: int = (await self._connection.execute(query)).scalar_one()
        return count

    async def _vault(self, account: AccountId) -> HeldVault | None:
        row = (await self._connection.execute(select(vaults).where(vaults.c.account == account))).one_or_none()
        if row is None:
            return None
        return HeldVault(row.version, row.blob, [wrap.method for wrap in _wraps.decode(row.wraps)])

    async def _alerted(self, grant: Grant) -> HeldAlerts | None:
        row = await self._alerts.get(grant)
        if row is None:
            return None
        quiet, pushes = row.quiet, await self._alerts.pushes(grant)
        return HeldAlerts(
            wanted=row.wanted,
            address=row.address,
            pending=row.pending,
            failing_since=row.failing_since,
            zone=quiet.zone,
            quiet_begins=quiet.begins,
            quiet_ends=quiet.ends,
            quiet_sundays=quiet.sundays,
            sent_at=row.ledger.sent_at,
            endpoints=[channel.endpoint for channel in pushes],
        )

    async def _seat(self, row: Row[Any]) -> HeldSeat:
        wrapped = select(seeds.c.g).where(seeds.c.mailbox == row.mailbox, seeds.c.seat == row.seat).order_by(seeds.c.g)
        mailbox = MailboxId(row.mailbox)
        alternatives = await self._mailboxes.alternatives([mailbox], 1)
        return HeldSeat(
            seat=row.seat,
            mailbox=mailbox,
            kind=MailboxKind(row.kind),
            role=Role(row.role),
            admin=row.admin,
            state=row.state,
            asked_at=row.asked_at,
            left_at=row.left_at,
            sign_pk=row.sign_pk,
            kem_pk=row.kem_pk,
            seed_wraps=list((await self._connection.execute(wrapped)).scalars()),
            presentations=[each for each, _ in alternatives.get(mailbox, [])],
            dimensions=_dimensions.decode(row.dimensions),
        )

    async def _cards(self, own: list[bytes]) -> list[HeldCard]:
        query = (
            select(cards, escrow.c.card.is_not(None).label("waits"))
            .outerjoin(escrow, (escrow.c.thread == cards.c.thread) & (escrow.c.card == cards.c.card))
            .where(cards.c.seat.in_(own))
            .order_by(cards.c.given_at, cards.c.thread, cards.c.card)
        )
        return [
            HeldCard(row.thread, row.card, row.state, row.bits, row.given_at, bool(row.waits))
            for row in await self._rows(query)
        ]

    async def _register(self, own: list[bytes]) -> list[HeldConsent]:
        register = consent_register.c
        query = (
            select(consent_register).where(register.seat.in_(own)).order_by(register.at, register.thread, register.n)
        )
        return [
            HeldConsent(row.thread, row.card, row.action, row.at, row.statement, row.signature)
            for row in await self._rows(query)
        ]


def _seats_of(account: AccountId) -> Any:
    return (
        select(seats, mailboxes.c.kind, mailboxes.c.dimensions)
        .join(mailboxes, mailboxes.c.mailbox == seats.c.mailbox)
        .where(seats.c.account == account)
        .order_by(seats.c.mailbox, seats.c.asked_at, seats.c.seat)
    )
