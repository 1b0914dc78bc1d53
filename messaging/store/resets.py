"""Resets: which mailboxes began anew, and the records of the rosters that ended so."""

from typing import Any

from sqlalchemy import Row, Select, delete, insert, literal, select

from messaging.domain.authorization import Grant
from messaging.domain.ids import MailboxId, ResetId
from messaging.ports import ResetRow
from messaging.store.link import Link, required
from messaging.store.tables import ended_records, prevs, resets, roster_records, rosters, seeds


class Resets:
    """`messaging.ports.Resets`"""

    def __init__(self, link: Link) -> None:
        self._connection = link.connection

    async def begin(self, grant: Grant, row: ResetRow) -> None:
        mailbox = required(grant.mailbox)
        kept = {"mailbox": mailbox, "n": row.n, "reset": row.reset, "at": row.at}
        await self._connection.execute(insert(resets).values(kept))
        ended = select(
            roster_records.c.mailbox, literal(row.n, resets.c.n.type), roster_records.c.n, roster_records.c.signed
        ).where(roster_records.c.mailbox == mailbox)
        columns = ["mailbox", "reset_n", "n", "signed"]
        await self._connection.execute(insert(ended_records).from_select(columns, ended))
        for table in (seeds, prevs, roster_records, rosters):
            await self._connection.execute(delete(table).where(table.c.mailbox == mailbox))

    async def get(self, reset: ResetId) -> ResetRow | None:
        return await self._one(select(resets).where(resets.c.reset == reset))

    async def latest(self, mailbox: MailboxId) -> ResetRow | None:
        return await self._one(select(resets).where(resets.c.mailbox == mailbox).order_by(resets.c.n.desc()).limit(1))

    async def ended_rosters(self, grant: Grant) -> list[list[bytes]]:
        query = (
            select(ended_records.c.reset_n, ended_records.c.signed)
            .where(ended_records.c.mailbox == required(grant.mailbox))
            .order_by(ended_records.c.reset_n, ended_records.c.n)
        )
        ended: dict[int, list[bytes]] = {}
        for row in await self._connection.execute(query):
            ended.setdefault(row.reset_n, []).append(row.signed)
        return list(ended.values())

    async def _one(self, query: Select[Any]) -> ResetRow | None:
        row: Row[Any] | None = (await self._connection.execute(query)).one_or_none()
        return None if row is None else ResetRow(ResetId(row.reset), MailboxId(row.mailbox), row.n, row.at)
