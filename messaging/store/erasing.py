"""Erasure: what goes of an account and of a mailbox that nobody sits in any more, table by table.

Deleting is one half: `Store.purge` then clears the database's files of it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, Table, delete, insert, select, update

from messaging.domain.authorization import Grant
from messaging.domain.consent import CardState
from messaging.domain.ids import ID_BYTES, AccountId, SeatId, ThreadId
from messaging.store.link import Link, required
from messaging.store.tables import (
    accounts,
    alert_links,
    alerts,
    cards,
    desk_entries,
    mailboxes,
    moderation_notices,
    moderation_told,
    prekeys,
    presentations,
    prevs,
    push_subscriptions,
    seats,
    seeds,
    targets,
    tickets,
    vaults,
)
from messaging.wire.rest import Dimensions

_FOR_EVER: Final = 2**53 - 1
_NO_ACCOUNT: Final = AccountId(b"\xff" * ID_BYTES)
"""Nobody's, and not that under which newcomers without an account read."""


class Erasing:
    """`messaging.ports.Erasing`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def threads_with_waiting_cards(self, grant: Grant, held: Sequence[SeatId]) -> list[ThreadId]:
        waiting = cards.c.seat.in_(held) & (cards.c.state == CardState.WAITING.value)
        query = select(cards.c.thread).where(waiting).distinct().order_by(cards.c.thread)
        return [ThreadId(row[0]) for row in await self._connection.execute(query)]

    async def empty_mailbox(self, grant: Grant) -> dict[str, int]:
        mailbox = required(grant.mailbox)
        own_targets = select(targets.c.target).where(targets.c.mailbox == mailbox)
        unused = prekeys.c.target.in_(own_targets) & prekeys.c.thread.is_(None)
        blank = {"dimensions": msgspec.json.encode(Dimensions())}
        await self._connection.execute(update(mailboxes).where(mailboxes.c.mailbox == mailbox).values(blank))
        return {
            "desk_entries": await self._delete(desk_entries, desk_entries.c.mailbox == mailbox),
            "prekeys": await self._delete(prekeys, unused),
            "presentations": await self._delete(presentations, presentations.c.mailbox == mailbox),
            "seeds": await self._delete(seeds, seeds.c.mailbox == mailbox),
            "prevs": await self._delete(prevs, prevs.c.mailbox == mailbox),
        }

    async def forget_account(self, grant: Grant, tombs: Mapping[SeatId, AccountId], at: int) -> dict[str, int]:
        account = required(grant.account)
        for seat, tomb in tombs.items():
            await self._bury(seat, tomb)
        return {
            "seeds": await self._delete(seeds, seeds.c.seat.in_(list(tombs))),
            "tickets": await self._delete(tickets, tickets.c.account == account),
            "vaults": await self._delete(vaults, vaults.c.account == account),
            "alerts": await self._delete(alerts, alerts.c.account == account),
            "moderation_notices": await self._forget_notices(account),
            "alert_links": await self._delete(alert_links, alert_links.c.account == account),
            "push_subscriptions": await self._delete(push_subscriptions, push_subscriptions.c.account == account),
            "accounts": await self._delete(accounts, accounts.c.account == account),
        }

    async def _forget_notices(self, account: AccountId) -> int:
        """Of notices from outside what they say stays with their cases, and who said it goes."""
        nobody = {"account": _NO_ACCOUNT}
        told = update(moderation_told).where(moderation_told.c.account == account).values(nobody)
        await self._connection.execute(told)
        sent = update(moderation_notices).where(moderation_notices.c.account == account).values(nobody)
        return (await self._connection.execute(sent)).rowcount

    async def _bury(self, seat: SeatId, tomb: AccountId) -> None:
        """The seat stays, for its administrators to remove and for the register's proofs to name its mailbox, under an
        account of nobody and of no other seat.
        """
        nobody = {"account": tomb, "person": self._link.sealer.fingerprint("nobody", tomb), "revoked_at": _FOR_EVER}
        await self._connection.execute(insert(accounts).values(nobody))
        await self._connection.execute(update(seats).where(seats.c.seat == seat).values(account=tomb))

    async def _delete(self, table: Table, which: ColumnElement[bool]) -> int:
        return (await self._connection.execute(delete(table).where(which))).rowcount
