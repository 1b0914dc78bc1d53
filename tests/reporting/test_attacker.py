"""No hidden group follows from all that is published; without complementary suppression some do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import msgspec
import pytest

from messaging.ports import OutboxRow
from messaging.relations import facts
from messaging.reporting import tables
from messaging.reporting.calendar import Month, due_at
from messaging.reporting.publication import REST, Cell, Period, PeriodKind, due, publish
from messaging.reporting.tables import ALL, CLASSES, IDENTIFIED
from tests.reporting.attacker import Atom, Knowledge, Picks, by
from tests.reporting.events import FIRST, NOW, figures, ledger, lines, rows
from tests.reporting.test_few import answered, relation, reported

pytestmark = pytest.mark.slow

MEASURES: dict[str, Callable[[str, str], bool]] = {
    "contacts": lambda answer, identified: True,
    "answered_5": lambda answer, identified: answer == CLASSES[0],
    "answered_15": lambda answer, identified: answer in CLASSES[:2],
    "reciprocal": lambda answer, identified: answer != CLASSES[3],
    "identified": lambda answer, identified: identified == IDENTIFIED,
}
OUTCOMES = [*product(CLASSES[:3], (IDENTIFIED, "-")), (CLASSES[3], "-")]


@dataclass(frozen=True)
class View:
    """Part of what an attacker thinks of: some dimensions at once, by month, and what became of the relations."""

    kinds: frozenset[PeriodKind]
    columns: dict[str, str]
    """By the name of the published table: the ledger's column, as SQL."""
    small: Sequence[tuple[str, ...]]
    """The groups that are tried: by which of these at once (`month` too), and then by each outcome."""
    revised: frozenset[PeriodKind] = frozenset()
    """The publications that the attacker takes to count what was corrected before them, though their months did not."""


MONTHLY = View(
    frozenset({PeriodKind.MONTH}),
    {"tier": "tier", "origin": "origin", "qualified": tables.QUALIFIED.column},
    (("month", "tier"), ("month", "origin"), ("month", "qualified"), ("month", "tier", "origin")),
)
GONE = "gone"
CORRECTED = View(
    frozenset({PeriodKind.MONTH, PeriodKind.YEAR, PeriodKind.LATE}),
    {"region": "region", "fate": f"CASE WHEN plan = '{GONE}' THEN '{GONE}' ELSE '' END"},
    (("month", "fate"), ("month", "region", "fate")),
)
"""`fate`: which relations a correction says never were, once their month was published. `corrected` names that."""
YEARLY = View(
    frozenset({PeriodKind.MONTH, PeriodKind.YEAR}),
    {"region": "region", "departement": "region || '/' || departement", "profession": "profession"},
    (("month",), ("region",), ("departement",), ("profession",), ("region", "profession")),
)


def coarse(of: list[OutboxRow]) -> list[OutboxRow]:
    """With few values of each dimension, some of them rare, so that the attacker's programs stay small."""
    return [msgspec.structs.replace(row, data=_few(row)) if row.type == facts.SOLICITED else row for row in of]


def _few(row: OutboxRow) -> bytes:
    data = msgspec.json.decode(row.data)
    code = row.subject[0]
    data["region"] = "ABCD"[0 if code < 120 else 1 if code < 248 else 2 if code < 252 else 3]
    data["departement"] = "12"[0 if row.subject[1] < 250 else 1]
    data["population_tier"] = ">=10000" if row.subject[3] < 8 else "<500" if row.subject[3] < 128 else "500-1999"
    data["profession_group"] = "rare" if row.subject[2] < 3 else "Santé" if row.subject[2] < 128 else "Commerce"
    return msgspec.json.encode(data)


def with_test_accounts(of: list[OutboxRow], corrected_at: int) -> tuple[list[bytes], list[bytes]]:
    """The events, two answered relations of May 2024 with a plan of their own; and the corrections that void these."""
    answered = {row.subject for row in of if row.type == facts.IDENTITIES_REVEALED and row.at < Month(2024, 7).begins}
    may = range(Month(2024, 5).begins, Month(2024, 6).begins)
    gone = [row for row in of if row.type == facts.SOLICITED and row.at in may and row.subject in answered][:2]
    assert len(gone) == 2
    marked = {row.subject: msgspec.json.encode({**msgspec.json.decode(row.data), "plan": GONE}) for row in gone}
    told = [
        msgspec.structs.replace(row, data=marked[row.subject]) if row.n == 0 and row.subject in marked else row
        for row in of
    ]
    return lines(told), lines([facts.corrected(row.subject, 900, corrected_at, 0, None) for row in gone])


def as_it_went(
    told: list[bytes], corrections: list[bytes], after: frozenset[PeriodKind], told_at: Callable[[Month], int]
) -> dict[Period, list[Cell]]:
    """Everything that is due by NOW. `after`: what is published after the corrections came."""
    with ledger(told) as first, ledger([*told, *corrections], told_at) as later:
        return {period: publish(later if period.kind in after else first, period) for period in due(FIRST, NOW)}


def truth(told: list[bytes], view: View, months: Sequence[int]) -> dict[Atom, tuple[int, set[int], set[int]]]:
    """How many relations there are of each kind, of which territories and projects: what the attacker does not know."""
    names = ", ".join(view.columns.values())
    with ledger(told) as made:
        found: list[Any] = made.rows(
            f"SELECT cohort::varchar, {names}, {tables._ANSWER} AS a, {tables._IDENTIFIED} AND a <> 'none' AS i, "
            f"count(*), list(DISTINCT territory), list(DISTINCT project) FROM relation "
            f"WHERE {tables._COHORT} GROUP BY ALL",
            {"first": months[0], "last": months[-1]},
        )
    return {(*row[:-4], IDENTIFIED if row[-4] else "-"): (row[-3], set(row[-2]), set(row[-1])) for row in found}


def attack(published: Mapping[Period, list[Cell]], told: list[bytes], view: View, months: Sequence[int]) -> list[Any]:
    """The small groups that have one possible size."""
    real = truth(told, view, months)
    dimensions = [sorted({atom[1 + place] for atom in real}) for place in range(len(view.columns))]
    atoms = [
        (month, *values, *outcome)
        for month in map(str, months)
        for values in product(*dimensions)
        for outcome in OUTCOMES
        if _possible(view, values) and (GONE not in values or any(atom[0] == month and GONE in atom for atom in real))
    ]
    knowledge = Knowledge(atoms)
    for period, cells in published.items():
        if period.kind in view.kinds and {*map(str, months)} >= {*_months(period)}:
            _learn(knowledge, view, period, cells)
    small = [group for group in _groups(view, atoms) if _is_small(group, atoms, real)]
    assert len(small) > 10
    return knowledge.isolated(small)


def _months(period: Period) -> list[str]:
    name = period.name.replace("-", "")
    return [name] if len(name) == 6 else [f"{name}{month:02}" for month in range(1, 13)]


def _possible(view: View, values: tuple[str, ...]) -> bool:
    """A département is in its région."""
    named = dict(zip(view.columns, values, strict=True))
    return "departement" not in named or named["departement"].startswith(named["region"] + "/")


def _learn(knowledge: Knowledge, view: View, period: Period, cells: list[Cell]) -> None:
    listed = {name: {cell.row for cell in cells if cell.table == name} - {REST} for name in view.columns}
    for cell in cells:
        names = cell.table.split("*")
        if cell.value is None or cell.measure not in MEASURES or not ({*names} <= {"total", *view.columns}):
            continue
        keys = [cell.row] if cell.column == ALL else [cell.row, cell.column]
        knowledge.learn(_picks(view, period, list(zip(names, keys, strict=True)), cell.measure, listed), cell.value)


def _picks(
    view: View, period: Period, keys: Sequence[tuple[str, str]], measure: str, listed: dict[str, set[str]]
) -> Picks:
    place = {name: 1 + index for index, name in enumerate(view.columns)}

    def picks(atom: Atom) -> bool:
        if not atom[0].startswith(period.name.replace("-", "")) or not MEASURES[measure](atom[-2], atom[-1]):
            return False
        if period.kind in view.revised and GONE in atom:
            return False
        return all(name == "total" or _matches(atom[place[name]], key, listed[name]) for name, key in keys)

    return picks


def _matches(value: str, key: str, listed: set[str]) -> bool:
    """`…` is all that the table does not list; of départements, all of its région."""
    region, _, last = key.rpartition("/")
    if last == REST:
        return value not in listed and value.startswith(region)
    return value == key


def _groups(view: View, atoms: Sequence[Atom]) -> list[frozenset[int]]:
    place = {"month": 0} | {name: 1 + index for index, name in enumerate(view.columns)}
    found: list[frozenset[int]] = []
    for names in view.small:
        cells = by(atoms, *(place[name] for name in names))
        found += cells.values()
        for measure in MEASURES.values():
            chosen = frozenset(i for i, atom in enumerate(atoms) if measure(atom[-2], atom[-1]))
            found += [group & chosen for group in cells.values()] + [group - chosen for group in cells.values()]
    return list(dict.fromkeys(found))


def _is_small(group: frozenset[int], atoms: Sequence[Atom], real: dict[Atom, Any]) -> bool:
    inside = [real[atoms[i]] for i in group if atoms[i] in real]
    relations = sum(count for count, _, _ in inside)
    parties = min(len({each for cell in inside for each in cell[place]}) for place in (1, 2)) if inside else 0
    return relations > 0 and (relations < 5 or parties < 3)


@pytest.mark.parametrize(
    ("view", "months"),
    [(MONTHLY, [202403, 202404]), (YEARLY, [202400 + month for month in range(1, 13)])],
    ids=["month", "year"],
)
def test_nothing_small_follows_from_what_is_published(view: View, months: list[int]) -> None:
    told = lines(coarse(rows(1_500)))
    assert attack(figures(told), told, view, months) == []
    assert attack(figures(told, complement=False), told, view, months), "small cells alone are not enough to hide"


@pytest.mark.parametrize(
    ("corrected_at", "after"),
    [
        (Month(2025, 3).begins, frozenset({PeriodKind.YEAR, PeriodKind.LATE})),
        (Month(2025, 9).begins, frozenset({PeriodKind.LATE})),
    ],
    ids=["before the year", "before the late figures"],
)
def test_no_correction_follows_from_what_is_published_after_it(corrected_at: int, after: frozenset[PeriodKind]) -> None:
    """Two relations of May were nobody's, as the operator says once May is published."""
    told, corrections = with_test_accounts(coarse(rows(1_500)), corrected_at)
    months = [202400 + month for month in range(1, 13)]
    assert attack(as_it_went(told, corrections, after, due_at), told, CORRECTED, months) == []
    careless = as_it_went(told, corrections, after, lambda month: 1 << 62)
    found = attack(careless, told, replace(CORRECTED, revised=after), months)
    assert 2 in [size for _, size in found], "what months told must stay so in their year"


def test_no_report_follows_from_how_many_were_blocked() -> None:
    """The attacker knows that nobody closed as abuse: the blocked are among the reported."""
    of = [reported("frozen")] * 10 + [reported("none")] + [answered()] * 20
    told = lines([row for each in of for row in relation(*each)])
    reports = [*product(tables.DECISIONS, ("blocked", "")), (tables.UNFLAGGED, "")]
    for complement, isolated in ((True, []), (False, [1])):
        with ledger(told) as made:
            published = publish(made, Period(PeriodKind.YEAR, "2024"), complement=complement)
        knowledge = Knowledge(reports)
        sets: dict[str, Picks] = {
            "flagged": lambda atom: atom[0] in tables.DECISIONS,
            "blocked": lambda atom: atom[1] == "blocked",
            "contacts": lambda atom: atom[1] == "",
            **{name: lambda atom, name=name: atom[0] == name for name in tables.DECISIONS},  # type: ignore[misc]
        }
        for cell in published:
            if cell.table in ("moderation", "total") and cell.value is not None and cell.measure in sets:
                knowledge.learn(sets[cell.measure], cell.value)
        small = knowledge.of(lambda atom: atom[0] in tables.DECISIONS and atom[1] == "")
        assert [size for _, size in knowledge.isolated([small])] == isolated
