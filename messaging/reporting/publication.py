"""A publication: the cells of one period that may be told, counted and suppressed once, never changed afterwards. Pure.

Each is made once: a month's and a year's cohorts when their youngest relation is 90 days old, the late figures of a
year when it is 365 days old, and what waits at the end of a month.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from messaging.reporting import tables
from messaging.reporting.calendar import Month, due_at, month_of, months
from messaging.reporting.suppression import DENOMINATOR_MIN, Group, hidden_lines, hidden_rows, together
from messaging.reporting.tables import ALL, Cohort, Cube, Dimension, Line

if TYPE_CHECKING:
    from messaging.reporting.ledger import Ledger

REST: Final = "…"
"""What is told only together."""


class PeriodKind(StrEnum):
    """What one publication is of."""

    MONTH = "month"
    YEAR = "year"
    LATE = "late"
    WAITING = "waiting"


class Period(Struct, frozen=True, order=True):
    """What one publication is of; `name` is `2026-11` or `2026`."""

    kind: PeriodKind
    name: str


class Cell(Struct, frozen=True):
    """One figure. The same cells are the page, the CSV, the JSON, the Parquet file and the table of the terminal."""

    period: str
    table: str
    row: str
    column: str
    measure: str
    value: float | None
    """None: not published (docs/reporting.md), or for days: more than 90."""


Published = Mapping[Period, list[Cell]]


def due(first: int, now: int) -> Iterator[Period]:
    """The periods that can be published at `now` (ms), where the first relation began at `first`."""
    for month in months(first, now):
        yield Period(PeriodKind.WAITING, str(month))
        if due_at(month) <= now:
            yield Period(PeriodKind.MONTH, str(month))
        if month.month == 12:
            yield from _of_year(month, now)


def _of_year(december: Month, now: int) -> Iterator[Period]:
    for kind, at in ((PeriodKind.YEAR, due_at(december)), (PeriodKind.LATE, december.ends + tables.LATE_AGE_MS)):
        if at <= now:
            yield Period(kind, str(december.year))


def publish(ledger: "Ledger", period: Period, *, complement: bool = True) -> list[Cell]:
    """The cells of one period. `complement`: False leaves the second step of suppression out, for tests."""
    cells = _Cells(ledger, period, complement)
    match period.kind:
        case PeriodKind.MONTH:
            cells.month()
        case PeriodKind.YEAR:
            cells.year()
        case PeriodKind.LATE:
            cells.late()
        case PeriodKind.WAITING:
            cells.waiting()
    return cells.told


def may_count(period: Period, opened: int) -> bool:
    """Whether a relation that was opened then (ms) may be counted in a period's publication."""
    if period.kind is PeriodKind.WAITING:
        return opened < _month(period.name).ends
    if period.kind is PeriodKind.MONTH:  # the contacts that its projects made meanwhile are of later months too
        return _month(period.name).begins <= opened < due_at(_month(period.name))
    return str(month_of(opened)).startswith(period.name)


def _month(name: str) -> Month:
    year, _, month = name.partition("-")
    return Month(int(year), int(month))


def _cohort(name: str) -> Cohort:
    if "-" in name:
        month = _month(name)
        return Cohort(month.year * 100 + month.month, month.year * 100 + month.month)
    return Cohort(int(name) * 100 + 1, int(name) * 100 + 12)


class _Cells:
    """One period in the making."""

    def __init__(self, ledger: "Ledger", period: Period, complement: bool) -> None:
        self._ledger = ledger
        self._period = period
        self._complement = complement
        self.told: list[Cell] = []

    def month(self) -> None:
        cohort = _cohort(self._period.name)
        cube = Cube(self._ledger, cohort, tables.BY_MONTH)
        total = cube.outcomes().get((), {})
        if not _size(total).is_safe:
            return
        days = tables.answer_days(self._ledger, cohort, tables.BY_MONTH)
        self._row("total", ALL, total, days[ALL], shown=_all_safe(total))
        for dimension in tables.BY_MONTH:
            self._one_way(cube, dimension, days, shown=_all_safe(total))
        for rows, columns in tables.CROSSED_BY_MONTH:
            self._crossed(cube, rows, columns)
        self._contacts(cohort)

    def year(self) -> None:
        """Published only where it does not tell what its months kept back."""
        cohort = _cohort(self._period.name)
        cube = Cube(self._ledger, cohort, tables.OF_YEAR)
        total = cube.outcomes().get((), {})
        told, shown = self._told_of_year(cohort, total)
        if not told:
            return
        days = tables.answer_days(self._ledger, cohort, tables.BY_YEAR)
        self._row("total", ALL, total, days[ALL], shown=shown)
        for dimension in tables.BY_YEAR:
            self._one_way(cube, dimension, days, shown=shown)
        self._departements(cube, shown=shown)
        for rows, columns in tables.CROSSED_BY_YEAR:
            self._crossed(cube, rows, columns)
        self._moderation(cohort)

    def _told_of_year(self, cohort: Cohort, total: Line) -> tuple[bool, bool]:
        """Whether anything of a year is told, and whether the outcomes of its whole cohort are."""
        of_months = tables.months(self._ledger, cohort)
        sizes = {month: _size(line) for month, line in of_months.items()}
        kept_back = {month for month, size in sizes.items() if not size.is_safe}
        if (self._complement and hidden_rows(sizes) != kept_back) or not _size(total).is_safe:
            return False, False
        untold = {month for month, line in of_months.items() if month in kept_back or not _all_safe(line)}
        return True, _all_safe(total) and (not self._complement or hidden_lines(of_months) == untold)

    def late(self) -> None:
        cohort = _cohort(self._period.name)
        closings = tables.closings(self._ledger, cohort)
        found = tables.late_outcomes(self._ledger, cohort)
        if found and all(group.is_safe for group in found.values()) and self._is_told(cohort):
            reciprocal = together(found[name] for name in ("visited", "not_visited") if name in found)
            visited = _count(found, "visited")
            confirmed = _count(found, "confirmed")
            declared = confirmed + _count(found, "declared_only")
            self._tell(
                "total", ALL, reciprocal=reciprocal.relations, visited=visited, declared=declared, confirmed=confirmed
            )
            self._rate("total", ALL, "visit_rate", visited, reciprocal.relations)
        if self._is_told(cohort) and together(closings.values()).is_safe:
            self._counted("closing", closings)
            if tables.OPEN in hidden_rows(closings, complement=self._complement):
                return  # how many are closed tells how many are open, and so what is told only with them
            answered = tables.closings_unanswered(self._ledger, cohort)
            if answered and all(group.is_safe for group in answered.values()):
                unanswered = _count(answered, "closed_unanswered")
                whole = unanswered + _count(answered, "closed_answered")
                self._tell("late", ALL, closed=whole, closed_unanswered=unanswered)
                self._rate("late", ALL, "closed_unanswered_rate", unanswered, whole)

    def waiting(self) -> None:
        found = tables.waiting(self._ledger, _month(self._period.name).ends)
        sizes = {kind: _sum(line) for kind, line in found.items()}
        if not together(sizes.values()).is_safe:
            return
        self._tell("waiting", ALL, over_7=together(sizes.values()).relations)
        hidden = hidden_rows(sizes, complement=self._complement)
        visible = {kind: line for kind, line in found.items() if kind not in hidden}
        untold = hidden_lines(visible, complement=self._complement) if not hidden else set(visible)
        for kind, line in sorted(visible.items()):
            over_30 = _count(line, "over_30")
            over_15 = over_30 + _count(line, "over_15")
            told = kind not in untold
            self._tell(
                "waiting",
                kind,
                over_7=sizes[kind].relations,
                over_15=over_15 if told else None,
                over_30=over_30 if told else None,
            )

    def _is_told(self, cohort: Cohort) -> bool:
        """Whether the year's own publication told the outcomes of the whole cohort, which the late ones go on from."""
        return self._told_of_year(cohort, Cube(self._ledger, cohort, ()).outcomes().get((), {}))[1]

    def _one_way(
        self,
        cube: Cube,
        dimension: Dimension,
        days: Mapping[str, Mapping[str, tuple[int | None, int | None]]],
        *,
        shown: bool,
    ) -> None:
        lines = {key: line for (key,), line in cube.outcomes(dimension).items()}
        self._lines(dimension.name, lines, days.get(dimension.name, {}), shown=shown)

    def _lines(
        self, table: str, lines: Mapping[str, Line], days: Mapping[str, tuple[int | None, int | None]], *, shown: bool
    ) -> set[str]:
        """Rows whose total is published, the hidden ones as one; those whose outcomes are not told are returned."""
        merged, hidden = _merged(lines, self._complement)
        untold = hidden_lines(merged, complement=self._complement) if shown else set(merged)
        for key, line in sorted(merged.items()):
            self._row(table, key, line, days if key != REST else {}, shown=key not in untold)
        return untold | hidden

    def _departements(self, cube: Cube, *, shown: bool) -> None:
        """Those of each région that is published; of one whose outcomes are not told, the contacts alone."""
        regions = {region: line for (region,), line in cube.outcomes(tables.REGION).items()}
        fine: dict[str, dict[str, Line]] = {}
        for (region, departement), line in cube.outcomes(tables.REGION, tables.DEPARTEMENT).items():
            fine.setdefault(region, {})[f"{region}/{departement}"] = _coarse(line)
        merged, _ = _merged(regions, self._complement)
        untold = hidden_lines(merged, complement=self._complement) if shown else set(merged)
        for region in sorted(merged.keys() - {REST}):
            parts, _ = _merged(fine[region], self._complement)
            hidden = hidden_lines(parts, complement=self._complement) if region not in untold else set(parts)
            for key, line in sorted(parts.items()):
                name = f"{region}/{REST}" if key == REST else key
                self._row(tables.DEPARTEMENT.name, name, line, {}, shown=key not in hidden)

    def _crossed(self, cube: Cube, rows: Dimension, columns: Dimension) -> None:
        """Contacts by two dimensions at once; what one of them tells only together stays together here."""
        row_of, column_of = [
            _renamed({key: group for (key,), group in cube.counts(each).items()}, self._complement)
            for each in (rows, columns)
        ]
        lines: dict[str, dict[str, Group]] = {}
        for (row, column), group in cube.counts(rows, columns).items():
            line = lines.setdefault(row_of[row], {})
            line[column_of[column]] = line.get(column_of[column], Group()) | group
        hidden = hidden_lines(lines, complement=self._complement)
        for row in sorted(lines.keys() - hidden):
            for column in sorted(set(column_of.values())):
                value = lines[row].get(column, Group()).relations
                self._cell(f"{rows.name}*{columns.name}", row, column, "contacts", value)

    def _row(
        self,
        table: str,
        row: str,
        line: Line,
        days: Mapping[str, tuple[int | None, int | None]],
        *,
        shown: bool,
    ) -> None:
        contacts = _size(line).relations
        within_5 = _count(line, "within_5")
        within_15 = within_5 + _count(line, "within_15")
        reciprocal = within_15 + _count(line, "within_90")
        identified = _count(line, tables.IDENTIFIED)
        self._tell(table, row, contacts=contacts)
        if not shown:
            self._tell(table, row, reciprocal=None, identified=None)
            return
        self._tell(table, row, reciprocal=reciprocal, identified=identified)
        self._rate(table, row, "reveal_rate", identified, reciprocal)
        if table == tables.DEPARTEMENT.name:
            return
        self._tell(table, row, answered_5=within_5, answered_15=within_15)
        self._rate(table, row, "answer_rate_5", within_5, contacts)
        self._rate(table, row, "answer_rate_15", within_15, contacts)
        if row in days and contacts >= DENOMINATOR_MIN:
            median, p90 = days[row]
            self._tell(table, row, answer_days_median=median, answer_days_p90=p90)

    def _contacts(self, cohort: Cohort) -> None:
        found, (median, p90) = tables.contacts_before_answer(self._ledger, cohort)
        whole = together(found.values())
        if not whole.is_safe:
            return
        self._tell("contacts", ALL, projects=whole.relations)
        hidden = hidden_rows(found, complement=self._complement)
        for measure, value in (("contacts_median", median), ("contacts_p90", p90)):
            # It is the number of one project: told only among those of its class.
            if whole.relations >= DENOMINATOR_MIN and tables.class_of_contacts(value) not in hidden:
                self._tell("contacts", ALL, **{measure: value})
        self._counted("contacts", found, "projects")

    def _counted(self, table: str, found: Mapping[str, Group], measure: str = "contacts") -> None:
        """A partition of something published, the small parts as one."""
        renamed = _renamed(found, self._complement)
        parts: dict[str, Group] = {}
        for key, group in found.items():
            parts[renamed[key]] = parts.get(renamed[key], Group()) | group
        for key, group in sorted(parts.items()):
            if group.is_safe:
                self._cell(table, key, ALL, measure, group.relations)

    def _moderation(self, cohort: Cohort) -> None:
        found, crossed, median = tables.moderation(self._ledger, cohort)
        # Most of the blocked are among the flagged: the one less the other would be those that were not blocked.
        if all(_all_safe(line) for line in crossed.values()) or not self._complement:
            of_all = (crossed.get(name, {}) for name in (*tables.DECISIONS, tables.UNFLAGGED))
            blocked = together(line.get(tables.BLOCKED, Group()) for line in of_all)
            if blocked.is_safe:
                self._tell("moderation", ALL, blocked=blocked.relations)
        flagged = together(found[name] for name in tables.DECISIONS if name in found)
        if not flagged.is_safe:
            return
        told = all(group.is_safe for group in found.values())
        names = (*tables.DECISIONS, "appealed")
        self._tell("moderation", ALL, flagged=flagged.relations)
        self._tell("moderation", ALL, **{name: _count(found, name) if told else None for name in names})
        decided = together(found[name] for name in ("upheld", "dismissed") if name in found)
        if told and decided.is_safe and decided.relations >= DENOMINATOR_MIN:
            self._tell("moderation", ALL, decision_days_median=median)

    def _rate(self, table: str, row: str, measure: str, part: int, whole: int) -> None:
        if whole >= DENOMINATOR_MIN:
            self._cell(table, row, ALL, measure, round(part / whole, 4))

    def _tell(self, table: str, row: str, **values: int | None) -> None:
        for measure, value in values.items():
            self._cell(table, row, ALL, measure, value)

    def _cell(self, table: str, row: str, column: str, measure: str, value: float | None) -> None:
        self.told.append(Cell(self._period.name, table, row, column, measure, value))


def _merged(lines: Mapping[str, Line], complement: bool) -> tuple[dict[str, Line], set[str]]:
    """With what is told only together as one row, and which rows those are."""
    hidden = hidden_rows({key: _size(line) for key, line in lines.items()}, complement=complement)
    merged = {key: line for key, line in lines.items() if key not in hidden}
    if hidden and complement:
        rest: dict[str, Group] = {}
        for key in hidden:
            for column, group in lines[key].items():
                rest[column] = rest.get(column, Group()) | group
        if _size(rest).is_safe:
            merged[REST] = rest
    return merged, hidden


def _renamed(rows: Mapping[str, Group], complement: bool) -> dict[str, str]:
    hidden = hidden_rows(rows, complement=complement)
    return {key: REST if key in hidden else key for key in rows}


def _coarse(line: Line) -> Line:
    """With one column for an answer: a département seldom has enough relations for more."""
    answered = together(line[name] for name in tables.CLASSES[:3] if name in line)
    kept = {name: group for name, group in line.items() if name not in tables.CLASSES[:3]}
    return {**kept, "within_90": answered}


def _size(line: Line) -> Group:
    """All relations of a row."""
    return together(line[name] for name in tables.CLASSES if name in line)


def _sum(line: Line) -> Group:
    return together(line.values())


def _all_safe(line: Line) -> bool:
    return all(group.is_safe for group in line.values())


def _count(line: Line, name: str) -> int:
    return line[name].relations if name in line else 0
