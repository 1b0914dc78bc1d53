"""Mailboxes: who the parties are to the service, with what they show sealed at rest."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Row, select, update

from messaging.domain.errors import Conflict
from messaging.domain.ids import MailboxId
from messaging.domain.vocabulary import MailboxKind
from messaging.ports import MailboxRow
from messaging.store.link import Link
from messaging.store.sealing import Column
from messaging.store.tables import mailboxes, rosters
from messaging.wire.rest import Dimensions
from messaging.wire.types import Presentation

_presentation: Final = msgspec.json.Decoder(Presentation)
_dimensions: Final = msgspec.json.Decoder(Dimensions)


class Mailboxes:
    """`messaging.ports.Mailboxes`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def put(
        self,
        ref: str,
        new_id: MailboxId,
        kind: MailboxKind,
        presentation: Presentation,
        dimensions: Dimensions,
    ) -> MailboxId:
        index = self._ref(ref)
        row = {"mailbox": new_id, "ref": index, "kind": kind.value, "desk_seq": 0}
        changeable = await self._changeable(new_id, presentation, dimensions)
        if await self._link.insert_new(mailboxes, {**row, **changeable}):
            return new_id
        stored = select(mailboxes.c.mailbox, mailboxes.c.kind).where(mailboxes.c.ref == index)
        known = (await self._connection.execute(stored.with_for_update())).one()
        if known.kind != kind:
            raise Conflict("this reference belongs to a mailbox of another kind")
        mailbox = MailboxId(known.mailbox)
        change = update(mailboxes).where(mailboxes.c.mailbox == mailbox)
        await self._connection.execute(change.values(await self._changeable(mailbox, presentation, dimensions)))
        return mailbox

    async def find(self, refs: Sequence[str]) -> Mapping[str, MailboxId]:
        by_index = {self._ref(ref): ref for ref in refs}
        query = select(mailboxes.c.ref, mailboxes.c.mailbox).where(mailboxes.c.ref.in_(by_index))
        return {by_index[row.ref]: MailboxId(row.mailbox) for row in await self._connection.execute(query)}

    async def get(self, ids: Sequence[MailboxId]) -> Mapping[MailboxId, MailboxRow]:
        query = (
            select(mailboxes, rosters.c.n.label("roster_n"))
            .outerjoin(rosters, rosters.c.mailbox == mailboxes.c.mailbox)
            .where(mailboxes.c.mailbox.in_(ids))
        )
        rows = [self._row(row) for row in await self._connection.execute(query)]
        return {row.mailbox: row for row in rows}

    def _row(self, row: Row[Any]) -> MailboxRow:
        presentation = self._link.sealer.open(Column.MAILBOX_PRESENTATION, row.mailbox, row.presentation)
        return MailboxRow(
            mailbox=MailboxId(row.mailbox),
            kind=MailboxKind(row.kind),
            presentation=_presentation.decode(presentation),
            dimensions=_dimensions.decode(row.dimensions),
            founded=row.roster_n is not None,
            desk_seq=row.desk_seq,
        )

    async def _changeable(
        self, mailbox: MailboxId, presentation: Presentation, dimensions: Dimensions
    ) -> dict[str, bytes]:
        encoded = msgspec.json.encode(presentation)
        return {
            "presentation": await self._link.seal(Column.MAILBOX_PRESENTATION, mailbox, encoded),
            "dimensions": msgspec.json.encode(dimensions),
        }

    def _ref(self, ref: str) -> bytes:
        return self._link.sealer.index("mailbox", ref)
