"""The demo's figures: made-up relations of two years and more, counted and published as a deployment would.

They go into the book of relations of the demo's own store, which nobody needs to tell from others.
"""

import asyncio
from typing import Final

from messaging.ports import OutboxRow
from messaging.reporting.calendar import Month, month_of
from messaging.reporting.simulation import simulate
from messaging.services import reporting
from messaging.store import SqlStore

_SEED: Final = 1
_RELATIONS: Final = 6_000
_AT_ONCE: Final = 40_000
"""Events in one transaction."""


async def publish_simulated(store: SqlStore, now: int, *, relations: int = _RELATIONS) -> None:
    """From January of the year before last on: so there are a whole year, its visits and its closings."""
    this_month = month_of(now)
    first = Month(this_month.year - 2, 1)
    rows = await asyncio.to_thread(_rows, relations, first.begins, this_month.begins)
    for start in range(0, len(rows), _AT_ONCE):
        async with store.transaction() as tx:
            await tx.book.append(rows[start : start + _AT_ONCE])
    await reporting.publish_due(store, now)


def _rows(relations: int, first: int, until: int) -> list[OutboxRow]:
    return [row for told in simulate(_SEED, relations, first, until) for row in told]
