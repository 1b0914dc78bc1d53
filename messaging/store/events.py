"""Events: the logs of all threads, written once and never changed."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Integer, and_, bindparam, func, literal, select, text, tuple_

from messaging.domain.authorization import Grant
from messaging.domain.ids import MessageId, ThreadId
from messaging.domain.vocabulary import EventKind
from messaging.ports import EventRow
from messaging.store.link import Link, required
from messaging.store.log_range import log_range
from messaging.store.prepared import Prepared, padded
from messaging.store.rows import event_row
from messaging.store.tables import events, rotations

OPENING_SEQ: Final = 2
"""Of the message that opens a thread: the first event is its epoch record."""

_NOTICE: Final = Prepared(
    select(events).where(
        events.c.thread == bindparam("thread"),
        events.c.party == bindparam("party"),
        events.c.msg_id == bindparam("message"),
        text("kind <> 'message'"),  # the very words of the index
    )
)
_AT: Final = Prepared(select(events).where(events.c.thread == bindparam("thread"), events.c.seq == bindparam("seq")))
_RANGE: Final = Prepared(log_range(events, events.c.thread, events.c.payload))
_RENEWAL: Final = and_(
    events.c.thread == bindparam("thread"),
    events.c.kind.in_(("epoch", "reset", "joined", "left")),
    events.c.seq > bindparam("after"),
    events.c.seq < bindparam("before"),
    text("kind <> 'message'"),  # the very words of the index
)
_RENEWALS: Final = Prepared(
    select(events).where(_RENEWAL).order_by(events.c.seq).limit(bindparam("limit", type_=Integer))
)
_UNTIL: Final = Prepared(
    select(events.c.seq)
    .where(events.c.thread == bindparam("thread"), events.c.at <= bindparam("at"))
    .order_by(events.c.seq.desc())
    .limit(1)
)


class Events:
    """`messaging.ports.Events`"""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def notice(self, thread: ThreadId, party: int, message: MessageId) -> EventRow | None:
        row = await self._link.one(_NOTICE, thread=thread, party=party, message=message)
        return None if row is None else event_row(row)

    async def opening(self, thread: ThreadId) -> EventRow | None:
        row = await self._link.one(_AT, thread=thread, seq=OPENING_SEQ)
        return None if row is None else event_row(row)

    async def epoch(self, grant: Grant, epoch: int) -> EventRow | None:
        """Two look-ups by primary key; the first epoch's record is the first event."""
        thread = required(grant.thread)
        begun = select(rotations.c.seq).where(rotations.c.thread == thread, rotations.c.epoch == epoch)
        seq = begun.scalar_subquery() if epoch else literal(1)
        found = await self._link.connection.execute(
            select(events).where(events.c.thread == thread, events.c.seq == seq)
        )
        row = found.one_or_none()
        return None if row is None else event_row(row)

    async def epoch_at(self, grant: Grant, seq: int) -> EventRow | None:
        thread = required(grant.thread)
        begun = select(rotations.c.seq).where(rotations.c.thread == thread, rotations.c.seq <= seq)
        last = begun.order_by(rotations.c.epoch.desc()).limit(1).scalar_subquery()
        at = select(events).where(events.c.thread == thread, events.c.seq == func.coalesce(last, 1))
        row = (await self._link.connection.execute(at)).one_or_none()
        return None if row is None else event_row(row)

    async def last_reset(self, grant: Grant, after: int) -> EventRow | None:
        later = (events.c.thread == required(grant.thread)) & (events.c.seq > after)
        query = select(events).where(later, events.c.kind == EventKind.RESET.value).order_by(events.c.seq.desc())
        row = (await self._link.connection.execute(query.limit(1))).one_or_none()
        return None if row is None else event_row(row)

    async def append(self, rows: Sequence[EventRow]) -> None:
        """Raises: Refused, when a unique key is taken: a defect, since the thread is locked while it is written to."""
        await self._link.batches.append_events(rows)

    async def range(self, grant: Grant, after: int, limit: int, bytes_max: int) -> list[EventRow]:
        asked = {"log_key": required(grant.thread), "after": after, "limit": limit, "bytes_max": bytes_max}
        return [event_row(row) for row in await self._link.all(_RANGE, **asked)]

    async def at(self, places: Sequence[tuple[ThreadId, int]]) -> list[EventRow]:
        if not places:
            return []
        # Padded: one statement for many counts.
        query = select(events).where(tuple_(events.c.thread, events.c.seq).in_(padded(places)))
        found = await self._link.connection.execute(query.order_by(events.c.thread, events.c.seq))
        return [event_row(row) for row in found.all()]

    async def of_kind(self, grant: Grant, kind: str) -> list[EventRow]:
        of_thread = (events.c.thread == required(grant.thread)) & (events.c.kind == kind)
        rows = await self._link.connection.execute(select(events).where(of_thread).order_by(events.c.seq))
        return [event_row(row) for row in rows.all()]

    async def renewals(self, grant: Grant, after: int, before: int, limit: int) -> list[EventRow]:
        asked = {"thread": required(grant.thread), "after": after, "before": before, "limit": limit}
        return [event_row(row) for row in await self._link.all(_RENEWALS, **asked)]

    async def last_until(self, grant: Grant, at: int) -> int:
        row = await self._link.one(_UNTIL, thread=required(grant.thread), at=at)
        return 0 if row is None else int(row.seq)
