"""The book of relations: what the figures are counted from, and the figures that were published from it.

The relay appends what it has delivered, in the transaction that forgets it: so each event stands in it once, whatever
dies meanwhile. A relation's events are packed (see `parts`).
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, func, insert, select

from messaging.ports import HistoryRow, OutboxRow
from messaging.relations import facts
from messaging.relations.vocabulary import Corrected
from messaging.reporting.records import is_counted, pack
from messaging.store.link import Link
from messaging.store.tables import publications, relation_corrections, relation_logs, relation_openings


class Book:
    """`messaging.ports.Book`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def append(self, rows: Sequence[OutboxRow]) -> None:
        logs: dict[bytes, list[OutboxRow]] = defaultdict(list)
        openings, corrections = [], []
        for row in rows:
            if row.type == facts.SOLICITED:
                openings.append({"subject": row.subject, "at": row.at, "data": row.data})
            elif is_counted(row.type):
                logs[row.subject].append(row)
            if row.type == facts.CORRECTED:
                corrections.append(_correction(row))
        for table, found in ((relation_openings, openings), (relation_corrections, corrections)):
            if found:
                await self._connection.execute(insert(table), found)
        if logs:
            await self._link.batches.append_records({subject: pack(events) for subject, events in logs.items()})

    async def begins(self) -> int | None:
        first: int | None = (await self._connection.execute(select(func.min(relation_openings.c.at)))).scalar_one()
        return first

    async def read(self, after: bytes, limit: int) -> list[HistoryRow]:
        query = (
            select(relation_openings)
            .where(relation_openings.c.subject > after)
            .order_by(relation_openings.c.subject)
            .limit(limit)
        )
        return await self._whole(list(await self._connection.execute(query)))

    async def _whole(self, openings: Sequence[Row[Any]]) -> list[HistoryRow]:
        """With all that was told since. `openings`: one after the other in the order of their subjects."""
        if not openings:
            return []
        last = openings[-1].subject
        logs: dict[bytes, list[bytes]] = defaultdict(list)
        inside = relation_logs.c.subject.between(openings[0].subject, last)
        of_them = select(relation_logs.c.subject, relation_logs.c.records).where(inside)
        for subject, records in await self._connection.execute(
            of_them.order_by(relation_logs.c.subject, relation_logs.c.part)
        ):
            logs[subject].append(records)
        corrections: dict[bytes, list[tuple[int, int, bytes, int]]] = defaultdict(list)
        wrong = select(relation_corrections).where(relation_corrections.c.subject.between(openings[0].subject, last))
        for row in await self._connection.execute(wrong):
            corrections[row.subject].append((row.n, row.wrong, row.data, row.at))
        return [
            HistoryRow(
                row.subject, row.at, row.data, b"".join(logs.get(row.subject, ())), corrections.get(row.subject, [])
            )
            for row in openings
        ]

    async def openings(self, after: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        table = relation_openings.c
        query = select(table.subject, table.data).where(table.subject > after).order_by(table.subject).limit(limit)
        return [(subject, data) for subject, data in await self._connection.execute(query)]

    async def lock(self, subject: bytes) -> bool:
        query = self._link.locked(select(relation_openings.c.subject).where(relation_openings.c.subject == subject))
        return (await self._connection.execute(query)).first() is not None

    async def of_relation(self, subject: bytes) -> HistoryRow | None:
        query = select(relation_openings).where(relation_openings.c.subject == subject)
        found = await self._connection.execute(query)
        return next(iter(await self._whole(list(found))), None)

    async def corrections(self) -> list[tuple[int, int]]:
        same = relation_openings.c.subject == relation_corrections.c.subject
        query = select(relation_openings.c.at, relation_corrections.c.at).join(relation_corrections, same).distinct()
        return [(opened_at, at) for opened_at, at in await self._connection.execute(query)]

    async def published_at(self) -> dict[tuple[str, str], int]:
        query = select(publications.c.kind, publications.c.period, publications.c.made_at)
        return {(kind, period): at for kind, period, at in await self._connection.execute(query)}

    async def published(self, year: str) -> dict[tuple[str, str], bytes]:
        query = select(publications.c.kind, publications.c.period, publications.c.cells)
        query = query.where(func.substr(publications.c.period, 1, len(year)) == year)
        return {(kind, period): cells for kind, period, cells in await self._connection.execute(query)}

    async def publish(self, kind: str, period: str, cells: bytes, now: int) -> bool:
        row = {"kind": kind, "period": period, "made_at": now, "cells": cells}
        return await self._link.insert_new(publications, row)


def _correction(row: OutboxRow) -> dict[str, object]:
    said = msgspec.json.decode(row.data, type=Corrected)
    return {"subject": row.subject, "n": row.n, "wrong": said.n, "data": msgspec.json.encode(said.data), "at": row.at}
