"""`pli report` and `pli simulate`: the published figures, and made-up relations to look at them with."""

import asyncio
from collections.abc import Iterator
from itertools import islice
from typing import Final

from msgspec import Struct

from messaging.operations.operation import Nothing, Operation, OperationFailed, Workplace
from messaging.ports import OutboxRow
from messaging.reporting.publication import PeriodKind
from messaging.reporting.simulation import simulate
from messaging.services import reporting
from messaging.services.reporting import Figures

_RELATIONS_MAX: Final = 2_000_000
_AT_ONCE: Final = 500


class Made(Struct):
    published: list[str]
    """The periods that were published now, `month 2026-07` say."""
    years: list[int]
    """Those of which there are figures."""


class Wanted(Struct):
    kind: PeriodKind
    year: int


class Simulation(Struct):
    seed: int
    relations: int
    first: int
    """ms"""
    until: int
    """ms"""


async def _publish(at: Workplace, _: Nothing) -> Made:
    now = await reporting.publish_due(at.store, at.clock())
    years = await at.read(reporting.years_published)
    return Made([f"{period.kind} {period.name}" for period in now], [int(year) for year in years])


async def _read(at: Workplace, wanted: Wanted) -> Figures:
    told = await at.read(lambda tx: reporting.of_year(tx, f"{wanted.year:04}"))
    return Figures([cell for cell in told.cells if cell.kind is wanted.kind])


async def _simulate(at: Workplace, wanted: Simulation) -> Nothing:
    """Into an empty book only: nobody could tell the made-up relations from others afterwards."""
    if not 0 < wanted.relations <= _RELATIONS_MAX or not 0 <= wanted.first < wanted.until:
        raise OperationFailed(f"Simulate 1 to {_RELATIONS_MAX:,} relations, from one month to a later one.")
    if await at.read(lambda tx: tx.book.begins()) is not None:
        raise OperationFailed("There are relations already. Simulate into a database of its own: set PLI_DATA_DIR.")
    lives = simulate(wanted.seed, wanted.relations, wanted.first, wanted.until)
    done = 0
    while batch := await asyncio.to_thread(_some, lives):
        async with at.store.transaction() as tx:
            await tx.book.append([row for told in batch for row in told])
        done += len(batch)
        if done % 50_000 == 0:
            at.say(f"{done:,} relations")
    return Nothing()


def _some(lives: Iterator[list[OutboxRow]]) -> list[list[OutboxRow]]:
    return list(islice(lives, _AT_ONCE))


PUBLISH: Final = Operation("figures.publish", Nothing, Made, _publish)
READ: Final = Operation("figures.read", Wanted, Figures, _read)
SIMULATE: Final = Operation("figures.simulate", Simulation, Nothing, _simulate)

OPERATIONS: Final = (PUBLISH, READ, SIMULATE)
