"""Mailboxes: who the parties are to the service, with what they show sealed at rest."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Integer, Select, bindparam, delete, func, insert, select, update

from messaging.domain.errors import Conflict
from messaging.domain.ids import MailboxId
from messaging.domain.vocabulary import MailboxKind
from messaging.ports import MailboxRow
from messaging.store.link import Link
from messaging.store.prepared import Prepared
from messaging.store.sealing import Column
from messaging.store.tables import mailboxes, presentations, rosters
from messaging.wire.rest import Dimensions
from messaging.wire.types import Presentation

_presentation: Final = msgspec.json.Decoder(Presentation)
_dimensions: Final = msgspec.json.Decoder(Dimensions)

_KINDS: Final = Prepared(
    select(mailboxes.c.ref, mailboxes.c.mailbox, mailboxes.c.kind).where(
        mailboxes.c.ref.in_(bindparam("refs", expanding=True))
    )
)
_GET: Final = Prepared(
    select(mailboxes, rosters.c.n.label("roster_n"))
    .outerjoin(rosters, rosters.c.mailbox == mailboxes.c.mailbox)
    .where(mailboxes.c.mailbox.in_(bindparam("ids", expanding=True)))
)
_MODERATORS: Final = Prepared(
    select(mailboxes.c.mailbox)
    .where(mailboxes.c.kind == MailboxKind.MODERATION.value)
    .order_by(mailboxes.c.mailbox)
    .limit(1)
)


def _alternatives() -> Select[Any]:
    own, other = presentations.alias("own"), presentations.alias("other")
    most = bindparam("parties_max", type_=Integer)
    same = select(other.c.mailbox).where(other.c.fingerprint == own.c.fingerprint).limit(most)
    parties = select(func.count()).select_from(same.correlate(own).subquery("same")).correlate(own)
    return (
        select(own.c.mailbox, own.c.rank, own.c.presentation, parties.scalar_subquery().label("parties"))
        .where(own.c.mailbox.in_(bindparam("ids", expanding=True)))
        .order_by(own.c.mailbox, own.c.rank)
    )


_ALTERNATIVES: Final = Prepared(_alternatives())


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
        *,
        coarser: Sequence[Presentation] = (),
    ) -> MailboxId:
        index = self._ref(ref)
        encoded = msgspec.json.encode(dimensions)
        row = {"mailbox": new_id, "ref": index, "kind": kind.value, "dimensions": encoded, "desk_seq": 0}
        alternatives = list(dict.fromkeys([presentation, *coarser]))
        if await self._link.insert_new(mailboxes, row):
            await self._present(new_id, kind, alternatives)
            return new_id
        stored = select(mailboxes.c.mailbox, mailboxes.c.kind).where(mailboxes.c.ref == index)
        known = (await self._connection.execute(stored.with_for_update())).one()
        if known.kind != kind:
            raise Conflict("this reference belongs to a mailbox of another kind")
        mailbox = MailboxId(known.mailbox)
        await self._connection.execute(
            update(mailboxes).where(mailboxes.c.mailbox == mailbox).values(dimensions=encoded)
        )
        await self._connection.execute(delete(presentations).where(presentations.c.mailbox == mailbox))
        await self._present(mailbox, kind, alternatives)
        return mailbox

    async def find(self, refs: Sequence[str]) -> Mapping[str, MailboxId]:
        return {ref: mailbox for ref, (mailbox, _) in (await self.kinds(refs)).items()}

    async def kinds(self, refs: Sequence[str]) -> Mapping[str, tuple[MailboxId, MailboxKind]]:
        by_index = {self._ref(ref): ref for ref in refs}
        rows = await self._link.all(_KINDS, refs=by_index) if by_index else ()
        return {by_index[row.ref]: (MailboxId(row.mailbox), MailboxKind(row.kind)) for row in rows}

    async def get(self, ids: Sequence[MailboxId]) -> Mapping[MailboxId, MailboxRow]:
        rows = [self._row(row) for row in await self._link.all(_GET, ids=ids)] if ids else []
        return {row.mailbox: row for row in rows}

    async def moderators(self) -> MailboxId | None:
        found = await self._link.value(_MODERATORS)
        return None if found is None else MailboxId(found)

    async def alternatives(
        self, ids: Sequence[MailboxId], parties_max: int
    ) -> Mapping[MailboxId, list[tuple[Presentation, int]]]:
        found: dict[MailboxId, list[tuple[Presentation, int]]] = {}
        for row in await self._link.all(_ALTERNATIVES, ids=ids, parties_max=parties_max):
            place = _place(row.mailbox, row.rank)
            opened = self._link.sealer.open(Column.MAILBOX_PRESENTATION, place, row.presentation)
            found.setdefault(MailboxId(row.mailbox), []).append((_presentation.decode(opened), row.parties))
        return found

    async def _present(self, mailbox: MailboxId, kind: MailboxKind, alternatives: Sequence[Presentation]) -> None:
        rows = []
        for rank, presentation in enumerate(alternatives):
            encoded = msgspec.json.encode(presentation)
            rows.append(
                {
                    "mailbox": mailbox,
                    "rank": rank,
                    "fingerprint": self._link.sealer.fingerprint("presentation", kind.encode(), encoded),
                    "presentation": await self._link.seal(Column.MAILBOX_PRESENTATION, _place(mailbox, rank), encoded),
                }
            )
        await self._connection.execute(insert(presentations), rows)

    def _row(self, row: Any) -> MailboxRow:
        return MailboxRow(
            mailbox=MailboxId(row.mailbox),
            kind=MailboxKind(row.kind),
            dimensions=_dimensions.decode(row.dimensions),
            founded=row.roster_n is not None,
            desk_seq=row.desk_seq,
        )

    def _ref(self, ref: str) -> bytes:
        return self._link.sealer.index("mailbox", ref)


def _place(mailbox: bytes, rank: int) -> bytes:
    """The key of a row of `presentations`."""
    return mailbox + bytes([rank])
