"""Simulated relations as the delivered events tell them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from random import Random

from messaging.ports import OutboxRow, Transaction
from messaging.relations.envelopes import envelope
from messaging.reporting.calendar import Month, due_at
from messaging.reporting.ledger import Ledger, histories
from messaging.reporting.publication import Cell, Period, PeriodKind, due, publish
from messaging.reporting.simulation import simulate
from messaging.services.reporting import PublishedCell, of_year, years_published

SOURCE = "https://messages.example.org/events"
FIRST, UNTIL = Month(2024, 1).begins, Month(2025, 7).begins
NOW = int(datetime(2026, 6, 15, tzinfo=UTC).timestamp() * 1_000)


@cache
def rows(relations: int, seed: int = 3) -> list[OutboxRow]:
    """Relation by relation."""
    return [row for told in simulate(seed, relations, FIRST, UNTIL) for row in told]


async def every_figure(tx: Transaction) -> list[PublishedCell]:
    """What was published of all years, in order of kind and period."""
    found = [cell for year in await years_published(tx) for cell in (await of_year(tx, year)).cells]
    return sorted(found, key=lambda cell: cell.kind.value)


def lines(of: Sequence[OutboxRow]) -> list[bytes]:
    return [envelope(row, SOURCE) for row in of]


def ledger(of: Sequence[bytes], told_at: Callable[[Month], int] = due_at) -> Ledger:
    made = Ledger(told_at)
    made.add(histories(of))
    return made


def figures(of: Sequence[bytes], *, complement: bool = True) -> dict[Period, list[Cell]]:
    """Everything that is due by NOW."""
    with ledger(of) as made:
        return {period: publish(made, period, complement=complement) for period in due(FIRST, NOW)}


def shuffled(of: Sequence[bytes], seed: int) -> list[bytes]:
    mixed = list(of)
    Random(seed).shuffle(mixed)
    return mixed


def cohorts(found: dict[Period, list[Cell]]) -> list[Cell]:
    """But for what waits, which the simulation's end cuts off."""
    return [cell for period, cells in found.items() if period.kind is not PeriodKind.WAITING for cell in cells]
