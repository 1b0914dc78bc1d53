"""Desks: the private log of each mailbox, numbered without a gap under the lock of the mailbox's row."""

from typing import Any, Final

from sqlalchemy import bindparam, delete, select, update

from messaging.domain.authorization import Grant
from messaging.domain.errors import Conflict
from messaging.domain.ids import EntryId, MailboxId
from messaging.ports import DeskRow
from messaging.store.link import Link, required
from messaging.store.log_range import log_range
from messaging.store.prepared import Prepared
from messaging.store.tables import desk_entries, mailboxes

_head: Final = select(mailboxes.c.desk_seq).where(mailboxes.c.mailbox == bindparam("mailbox"))
_HEAD: Final = Prepared(_head)
_LOCK: Final = Prepared(_head.with_for_update())
_FIND: Final = Prepared(
    select(desk_entries).where(
        desk_entries.c.mailbox == bindparam("mailbox"), desk_entries.c.entry == bindparam("entry")
    )
)
_MOVE: Final = Prepared(
    update(mailboxes).where(mailboxes.c.mailbox == bindparam("of_mailbox")).values(desk_seq=bindparam("seq"))
)
_RANGE: Final = Prepared(log_range(desk_entries, desk_entries.c.mailbox, desk_entries.c.blob))


class Desks:
    """`messaging.ports.Desks`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def append(self, grant: Grant, entry: EntryId, blob: bytes, now: int) -> tuple[DeskRow, bool]:
        mailbox = required(grant.mailbox)
        seq: int = await self._link.value(_LOCK, mailbox=mailbox) + 1
        stored = await self._find(mailbox, entry)
        if stored is not None:
            if stored.blob != blob:
                raise Conflict("this entry id was used for other bytes")
            return stored, False
        row = {"mailbox": mailbox, "seq": seq, "entry": entry, "at": now, "blob": blob}
        await self._link.insert(desk_entries, row)
        await self._link.change(_MOVE, of_mailbox=mailbox, seq=seq)
        return DeskRow(seq, entry, now, blob), True

    async def range(self, grant: Grant, after: int, limit: int, bytes_max: int) -> tuple[list[DeskRow], int]:
        mailbox = required(grant.mailbox)
        asked = {"log_key": mailbox, "after": after, "limit": limit, "bytes_max": bytes_max}
        # The entries first: what is appended between the two queries then shows as a head that is ahead of them.
        rows = [_desk_row(row) for row in await self._link.all(_RANGE, **asked)]
        return rows, await self._link.value(_HEAD, mailbox=mailbox)

    async def clear(self, grant: Grant) -> None:
        mailbox = required(grant.mailbox)
        await self._connection.execute(update(mailboxes).where(mailboxes.c.mailbox == mailbox).values(desk_seq=0))
        await self._connection.execute(delete(desk_entries).where(desk_entries.c.mailbox == mailbox))

    async def _find(self, mailbox: MailboxId, entry: EntryId) -> DeskRow | None:
        row = await self._link.one(_FIND, mailbox=mailbox, entry=entry)
        return None if row is None else _desk_row(row)


def _desk_row(row: Any) -> DeskRow:
    return DeskRow(row.seq, EntryId(row.entry), row.at, row.blob)
