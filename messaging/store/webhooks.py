"""Deliveries to webhooks that are not through yet, dead letters, and endpoints that want nothing any more."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, delete, exists, insert, or_, select, update

from messaging.ports import DeliveryRow
from messaging.store.address import Kind
from messaging.store.link import Link
from messaging.store.tables import webhook_deliveries as deliveries
from messaging.store.tables import webhooks_disabled as disabled


class Webhooks:
    """`messaging.ports.Webhooks`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def append(self, endpoints: Sequence[str], events: Sequence[tuple[bytes, str, bytes]], now: int) -> None:
        rows = [
            {"endpoint": name, "subject": subject, "event_id": event_id, "event": event, "made_at": now, "next_at": now}
            | {"attempts": 0, "says": ""}
            for subject, event_id, event in events
            for name in endpoints
        ]
        if rows:
            await self._connection.execute(insert(deliveries), rows)

    async def is_due(self, endpoints: Sequence[str], now: int) -> bool:
        return (await self._connection.execute(_due(endpoints, now).limit(1))).first() is not None

    async def take(self, endpoints: Sequence[str], now: int, until: int, limit: int) -> list[DeliveryRow]:
        query = _due(endpoints, now).order_by(deliveries.c.next_at, deliveries.c.id).limit(limit)
        if self._link.kind is Kind.POSTGRESQL:
            query = query.with_for_update(skip_locked=True, of=deliveries)
        rows = [_delivery(row) for row in await self._connection.execute(query)]
        keys = deliveries.c.id.in_([row.key for row in rows])
        await self._connection.execute(update(deliveries).where(keys).values(next_at=until))
        return rows

    async def delete(self, key: int) -> None:
        await self._connection.execute(delete(deliveries).where(deliveries.c.id == key))

    async def retry(self, key: int, attempts: int, made_at: int, next_at: int, says: str) -> None:
        values = {"attempts": attempts, "made_at": made_at, "next_at": next_at, "says": says}
        await self._connection.execute(update(deliveries).where(deliveries.c.id == key).values(values))

    async def bury(self, key: int, attempts: int, now: int, says: str) -> None:
        values = {"attempts": attempts, "dead_at": now, "says": says}
        await self._connection.execute(update(deliveries).where(deliveries.c.id == key).values(values))

    async def disable(self, endpoint: str, now: int) -> None:
        await self._link.insert_new(disabled, {"endpoint": endpoint, "at": now})

    async def enable(self, endpoint: str, now: int) -> bool:
        gone = await self._connection.execute(delete(disabled).where(disabled.c.endpoint == endpoint))
        if gone.rowcount == 0:
            return False
        living = and_(deliveries.c.endpoint == endpoint, deliveries.c.dead_at.is_(None))
        await self._connection.execute(update(deliveries).where(living).values(attempts=0, next_at=now))
        return True

    async def disabled(self) -> list[tuple[str, int]]:
        rows = await self._connection.execute(select(disabled.c.endpoint, disabled.c.at).order_by(disabled.c.endpoint))
        return [(endpoint, at) for endpoint, at in rows]

    async def listed(self, after: int, limit: int, *, dead: bool) -> list[DeliveryRow]:
        state = deliveries.c.dead_at.is_not(None) if dead else deliveries.c.dead_at.is_(None)
        query = select(deliveries).where(state, deliveries.c.id > after).order_by(deliveries.c.id).limit(limit)
        return [_delivery(row) for row in await self._connection.execute(query)]

    async def knows(self, endpoint: str) -> bool:
        delivered = exists().where(deliveries.c.endpoint == endpoint)
        off = exists().where(disabled.c.endpoint == endpoint)
        return bool((await self._connection.execute(select(or_(delivered, off)))).scalar_one())

    async def replay(self, endpoint: str, now: int) -> int:
        values = {"dead_at": None, "attempts": 0, "made_at": now, "next_at": now}
        dead = and_(deliveries.c.endpoint == endpoint, deliveries.c.dead_at.is_not(None))
        return (await self._connection.execute(update(deliveries).where(dead).values(values))).rowcount


def _due(endpoints: Sequence[str], now: int) -> Select[Any]:
    """Not behind another one of the same relation that is not dead."""
    before = deliveries.alias("before")
    is_behind = exists().where(
        and_(
            before.c.endpoint == deliveries.c.endpoint,
            before.c.subject == deliveries.c.subject,
            before.c.id < deliveries.c.id,
            before.c.dead_at.is_(None),
        )
    )
    return (
        select(deliveries)
        .where(deliveries.c.endpoint.in_(endpoints), deliveries.c.endpoint.not_in(select(disabled.c.endpoint)))
        .where(deliveries.c.dead_at.is_(None), deliveries.c.next_at <= now, ~is_behind)
    )


def _delivery(row: Row[Any]) -> DeliveryRow:
    return DeliveryRow(
        row.id, row.endpoint, row.event_id, row.event, row.made_at, row.attempts, row.next_at, row.dead_at, row.says
    )
