"""Certificates of the keys that reports are sealed to."""

from sqlalchemy import select

from messaging.domain.ids import MailboxId
from messaging.domain.vocabulary import MailboxKind
from messaging.store.link import Link
from messaging.store.tables import mailboxes, rosters
from messaging.store.tables import moderation_certificates as table


class ModerationKeys:
    """`messaging.ports.ModerationKeys`"""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def put(self, g: int, not_after: int, certificate: bytes, at: int) -> bool:
        values = {"g": g, "not_after": not_after, "certificate": certificate, "installed_at": at}
        return await self._link.insert_new(table, values)

    async def newest(self) -> bytes | None:
        query = select(table.c.certificate).order_by(table.c.g.desc(), table.c.not_after.desc()).limit(1)
        return (await self._link.connection.execute(query)).scalar_one_or_none()

    async def all(self) -> list[bytes]:
        query = select(table.c.certificate).order_by(table.c.g, table.c.not_after)
        return list((await self._link.connection.execute(query)).scalars())

    async def mailboxes(self) -> list[MailboxId]:
        founded = select(mailboxes.c.mailbox).join(rosters, rosters.c.mailbox == mailboxes.c.mailbox)
        query = founded.where(mailboxes.c.kind == MailboxKind.MODERATION.value).order_by(mailboxes.c.mailbox)
        return [MailboxId(found) for found in (await self._link.connection.execute(query)).scalars()]
