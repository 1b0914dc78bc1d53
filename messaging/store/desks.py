"""Desks: the private log of each mailbox, numbered without a gap under the lock of the mailbox's row."""

from functools import cache
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, update

from messaging.domain.authorization import Grant
from messaging.domain.errors import Conflict
from messaging.domain.ids import EntryId, MailboxId
from messaging.ports import DeskRow
from messaging.store.link import Link, required
from messaging.store.log_range import log_range
from messaging.store.tables import desk_entries, mailboxes


class Desks:
    """`messaging.ports.Desks`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def append(self, grant: Grant, entry: EntryId, blob: bytes, now: int) -> tuple[DeskRow, bool]:
        mailbox = required(grant.mailbox)
        head = select(mailboxes.c.desk_seq).where(mailboxes.c.mailbox == mailbox).with_for_update()
        seq: int = (await self._connection.execute(head)).scalar_one() + 1
        stored = await self._find(mailbox, entry)
        if stored is not None:
            if stored.blob != blob:
                raise Conflict("this entry id was used for other bytes")
            return stored, False
        row = {"mailbox": mailbox, "seq": seq, "entry": entry, "at": now, "blob": blob}
        await self._connection.execute(insert(desk_entries).values(row))
        await self._connection.execute(update(mailboxes).where(mailboxes.c.mailbox == mailbox).values(desk_seq=seq))
        return DeskRow(seq, entry, now, blob), True

    async def range(self, grant: Grant, after: int, limit: int, bytes_max: int) -> tuple[list[DeskRow], int]:
        mailbox = required(grant.mailbox)
        asked = {"log_key": mailbox, "after": after, "limit": limit, "bytes_max": bytes_max}
        # The entries first: what is appended between the two queries then shows as a head that is ahead of them.
        rows = [_desk_row(row) for row in await self._connection.execute(_range(), asked)]
        head = await self._connection.execute(select(mailboxes.c.desk_seq).where(mailboxes.c.mailbox == mailbox))
        return rows, head.scalar_one()

    async def clear(self, grant: Grant) -> None:
        mailbox = required(grant.mailbox)
        await self._connection.execute(update(mailboxes).where(mailboxes.c.mailbox == mailbox).values(desk_seq=0))
        await self._connection.execute(delete(desk_entries).where(desk_entries.c.mailbox == mailbox))

    async def _find(self, mailbox: MailboxId, entry: EntryId) -> DeskRow | None:
        same = (desk_entries.c.mailbox == mailbox) & (desk_entries.c.entry == entry)
        row = (await self._connection.execute(select(desk_entries).where(same))).one_or_none()
        return None if row is None else _desk_row(row)


@cache
def _range() -> Select[Any]:
    return log_range(desk_entries, desk_entries.c.mailbox, desk_entries.c.blob)


def _desk_row(row: Row[Any]) -> DeskRow:
    return DeskRow(row.seq, EntryId(row.entry), row.at, row.blob)
