"""The figures: published when they are due, each once, and read by whom the platform lets.

What is not due is told to nobody, and what was published is never counted again: last year's figure stays what it was.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from messaging.domain import limits
from messaging.domain.authorization import Actor, Operation, authorize
from messaging.ports import HistoryRow, Store, Transaction
from messaging.reporting.calendar import Month, month_of
from messaging.reporting.definitions import DEFINITIONS, Definition
from messaging.reporting.publication import Cell, Period, PeriodKind, due, may_count, publish
from messaging.reporting.records import History
from messaging.reporting.tables import ALL
from messaging.territories.tables import departements, regions

if TYPE_CHECKING:
    from messaging.reporting.ledger import Ledger

_encode: Final = msgspec.json.Encoder().encode
_cells: Final = msgspec.json.Decoder(list[Cell])


class PublishedCell(msgspec.Struct, frozen=True):
    """One figure."""

    kind: PeriodKind
    period: str
    """`2026-11` or `2026`: the month or year of the first contacts; of `waiting`, whose end it is."""
    table: str
    row: str
    column: str
    measure: str
    value: float | None
    """None: not published; of days: more than 90."""


class Named(msgspec.Struct, frozen=True):
    """A territory that cells call by its code."""

    code: str
    name: str


class Figures(msgspec.Struct, frozen=True):
    """Published cells of one year, in order of kind, period and table."""

    cells: list[PublishedCell]


class FiguresView(msgspec.Struct, frozen=True):
    """GET /v1/figures: the published cells of one year, and what is needed to read them."""

    years: list[str]
    """Of which something is published, the oldest first."""
    cells: list[PublishedCell]
    definitions: list[Definition]
    regions: list[Named]
    departements: list[Named]


async def read(tx: Transaction, actor: Actor, year: str | None) -> FiguresView:
    """`year`: None is the newest one. Raises: Unauthenticated, NotFound."""
    authorize(actor, Operation.FIGURES_READ)
    years = await years_published(tx)
    cells = (await of_year(tx, year or years[-1])).cells if years else []
    named = ([Named(each.code, each.name) for each in kind.values()] for kind in (regions(), departements()))
    return FiguresView(years, cells, list(DEFINITIONS), *named)


async def years_published(tx: Transaction) -> list[str]:
    """Of which something is published, the oldest first."""
    return sorted({_year(period) for _, period in await tx.book.published_at()})


async def of_year(tx: Transaction, year: str) -> Figures:
    """What was published, and beside it of which publications something was corrected since."""
    told = [
        PublishedCell(PeriodKind(kind), *msgspec.structs.astuple(cell))
        for (kind, _), cells in sorted((await tx.book.published(year)).items())
        for cell in _cells.decode(cells)
    ]
    made = {place: at for place, at in (await tx.book.published_at()).items() if _year(place[1]) == year}
    return Figures([*told, *corrected_since(made, await tx.book.corrections())])


def _year(period: str) -> str:
    return period[:4]


def corrected_since(
    published_at: Mapping[tuple[str, str], int], corrections: Sequence[tuple[int, int]]
) -> list[PublishedCell]:
    """A cell for each publication that counts a relation of which something was corrected once it had been told of:
    that this is so, and not of how many. A year tells what its months told. `corrections`: (when the relation was
    opened, when it was corrected), ms.
    """
    periods = [Period(PeriodKind(kind), name) for kind, name in sorted(published_at)]
    return [
        PublishedCell(period.kind, period.name, "corrected", ALL, ALL, "corrected", 1)
        for period in periods
        if any(
            may_count(period, opened) and at >= _first_told(period, opened, published_at) for opened, at in corrections
        )
    ]


def _first_told(period: Period, opened: int, published_at: Mapping[tuple[str, str], int]) -> int:
    """When what a publication tells of a relation was told the first time."""
    made_at = published_at[period.kind.value, period.name]
    if period.kind not in (PeriodKind.YEAR, PeriodKind.LATE):
        return made_at
    return min(made_at, published_at.get((PeriodKind.MONTH.value, str(month_of(opened))), made_at))


async def publish_due(store: Store, now: int) -> list[Period]:
    """Counts and publishes what is due and was not yet: the periods. A relation event that still waits to go out holds
    back every period that it might be of; a correction, of whatever time, all of them.
    """
    async with store.reading() as tx:
        begins, done = await tx.book.begins(), await tx.book.published_at()
        waits_since, is_corrected = await tx.outbox.oldest_at(), await tx.outbox.holds_correction()
    if begins is None or is_corrected:
        return []
    until = now if waits_since is None else min(now, waits_since)
    wanted = [period for period in due(begins, until) if (period.kind.value, period.name) not in done]
    if not wanted:
        return []
    with await _ledger(store, lambda month: done.get((PeriodKind.MONTH.value, str(month)), now)) as ledger:
        for period in wanted:
            cells = await asyncio.to_thread(publish, ledger, period)
            async with store.transaction() as tx:
                await tx.book.publish(period.kind.value, period.name, _encode(cells), now)
    return wanted


async def _ledger(store: Store, told_at: Callable[[Month], int]) -> "Ledger":
    """All relations of the book, page by page: one is read while the one before is folded. `told_at`: when the cohort
    of a month was published, or is now.
    """
    ledger, page = await asyncio.to_thread(_empty, told_at), await _page(store, b"")
    while page:
        folding = asyncio.to_thread(_fold, ledger, page)
        page, _ = await asyncio.gather(_page(store, page[-1].subject), folding)
    return ledger


async def _page(store: Store, after: bytes) -> list[HistoryRow]:
    async with store.reading() as tx:
        return await tx.book.read(after, limits.figures_page_max)


def _fold(ledger: "Ledger", page: Sequence[HistoryRow]) -> None:
    ledger.add([_history(row) for row in page])


def _empty(told_at: Callable[[Month], int]) -> "Ledger":
    # DuckDB and NumPy take their time and memory in every process that imports them; few ever count.
    from messaging.reporting.ledger import Ledger

    return Ledger(told_at)


def _history(row: HistoryRow) -> History:
    return History(row.opened_at, row.opening, row.events, row.corrections)
