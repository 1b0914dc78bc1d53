"""The fixed list of published tables, and what is counted for each: queries over the ledger, without suppression.

A cohort is all relations whose first contact fell into one month, or one calendar year, of Europe/Paris. Relations that
were blocked for abuse within 90 days are not in it. All figures of a cohort are of the 90 days after each first contact
(visits, installations and closings: 365), and each is published once, when its youngest relation is as old. So no later
publication overlaps an earlier one, and nothing can be found out by taking one from another.

No dimension is published by month and by year too, and none that follows from another one (docs/reporting.md says why).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from messaging.reporting.calendar import AGE_MS, DAY_MS
from messaging.reporting.records import REASONS
from messaging.reporting.suppression import Group

if TYPE_CHECKING:
    from messaging.reporting.ledger import Ledger

LATE_AGE_MS: Final = 365 * DAY_MS

Line = Mapping[str, Group]
"""The columns of one row."""


class Dimension(Struct, frozen=True):
    name: str
    column: str
    """Of the ledger, as SQL."""


TIER: Final = Dimension("tier", "tier")
ORIGIN: Final = Dimension("origin", "origin")
QUALIFIED: Final = Dimension("qualified", "CASE WHEN qualified THEN 'yes' ELSE 'no' END")
REGION: Final = Dimension("region", "region")
DEPARTEMENT: Final = Dimension("departement", "departement")
PROFESSION: Final = Dimension("profession", "profession")
PLAN: Final = Dimension("plan", "plan")
_MONTH: Final = Dimension("month", "cohort::varchar")

BY_MONTH: Final = (TIER, ORIGIN, QUALIFIED)
BY_YEAR: Final = (REGION, PROFESSION, PLAN)
OF_YEAR: Final = (*BY_YEAR, DEPARTEMENT)
CROSSED_BY_MONTH: Final = ((TIER, ORIGIN),)
CROSSED_BY_YEAR: Final = ((REGION, PROFESSION),)

ALL: Final = "*"
"""The whole cohort, as a row; of a crossed table, a row's or column's total is in the table of one dimension."""
CLASSES: Final = ("within_5", "within_15", "within_90", "none")
"""When a human answer came, in days: one partition of a cohort."""
OPEN: Final = "open"
BLOCKED, UNFLAGGED = "blocked", "unflagged"
DECISIONS: Final = ("upheld", "dismissed", "undecided")
"""One partition of the relations that were flagged."""
IDENTIFIED, NOT_IDENTIFIED = "identified", "not_identified"
"""Another, of its reciprocal relations."""

_NEVER: Final = 1 << 52
_COHORT: Final = f"cohort BETWEEN $first AND $last AND coalesce(abuse, {2**62}) > {AGE_MS}"
_GROUP: Final = """count(*), list(DISTINCT territory) FILTER (territory IS NOT NULL)[1:3],
    list(DISTINCT project) FILTER (project IS NOT NULL)[1:3]"""
_ANSWER: Final = f"""CASE WHEN answered <= {5 * DAY_MS} THEN 'within_5' WHEN answered <= {15 * DAY_MS} THEN 'within_15'
    WHEN answered <= {AGE_MS} THEN 'within_90' ELSE 'none' END"""
_RECIPROCAL: Final = f"coalesce(answered <= {AGE_MS}, false)"
_IDENTIFIED: Final = f"{_RECIPROCAL} AND coalesce(revealed <= {AGE_MS}, false)"


class Cohort(Struct, frozen=True):
    """Relations by the month of their first contact, as year * 100 + month, both included."""

    first: int
    last: int

    @property
    def bounds(self) -> dict[str, object]:
        return {"first": self.first, "last": self.last}


class Cube:
    """The relations of a cohort by some dimensions at once, and by what became of them: read once, and added up for
    each table that is made of it.
    """

    def __init__(self, ledger: "Ledger", cohort: Cohort, dimensions: Sequence[Dimension]) -> None:
        columns = "".join(f"{each.column} AS {each.name}_, " for each in dimensions)
        rows = ledger.rows(
            f"SELECT {columns}{_ANSWER} AS answer, {_IDENTIFIED} AS identified, {_GROUP} FROM relation "
            f"WHERE {_COHORT} GROUP BY ALL",
            cohort.bounds,
        )
        width = len(dimensions)
        self._place = {each.name: place for place, each in enumerate(dimensions)}
        self._parts = [(row[:width], row[width], row[width + 1], _group(row[width + 2 :])) for row in rows]

    def outcomes(self, *by: Dimension) -> dict[tuple[str, ...], Line]:
        """For each value of these dimensions: its relations by the time of the answer, and by whether identities were
        revealed.
        """
        found: dict[tuple[str, ...], dict[str, Group]] = defaultdict(dict)
        for values, answer, identified, group in self._parts:
            line = found[self._key(values, by)]
            _add(line, answer, group)
            if answer != CLASSES[-1]:
                _add(line, IDENTIFIED if identified else NOT_IDENTIFIED, group)
        return dict(found)

    def counts(self, *by: Dimension) -> dict[tuple[str, ...], Group]:
        """The relations of each value of these dimensions."""
        found: dict[tuple[str, ...], Group] = defaultdict(Group)
        for values, _, _, group in self._parts:
            key = self._key(values, by)
            found[key] = found[key] | group
        return dict(found)

    def _key(self, values: Sequence[str], by: Sequence[Dimension]) -> tuple[str, ...]:
        return tuple(values[self._place[each.name]] for each in by)


def answer_days(
    ledger: "Ledger", cohort: Cohort, dimensions: Sequence[Dimension]
) -> dict[str, dict[str, tuple[int | None, int | None]]]:
    """By dimension and its value, the whole cohort under ALL: (median, 90th percentile) of the time to the first human
    answer, in days begun; None: more than 90.
    """
    columns = "".join(f", {each.column} AS {each.name}_" for each in dimensions)
    sets = "".join(f", ({each.name}_)" for each in dimensions)
    values = "".join(f", {each.name}_, grouping({each.name}_)" for each in dimensions)
    rows = ledger.rows(
        f"SELECT quantile_disc(days, [0.5, 0.9]){values} FROM ("
        f"SELECT least(coalesce(answered, {_NEVER}), {_NEVER}) AS days{columns} FROM relation WHERE {_COHORT}"
        f") GROUP BY GROUPING SETS ((){sets})",
        cohort.bounds,
    )
    found: dict[str, dict[str, tuple[int | None, int | None]]] = defaultdict(dict)
    for quantiles, *keys in rows:
        if quantiles is None:
            continue
        named = zip(dimensions, keys[::2], keys[1::2], strict=True)
        name, value = next(((each.name, value) for each, value, is_all in named if not is_all), (ALL, ALL))
        found[name][value] = (_days(quantiles[0]), _days(quantiles[1]))
    return found


def months(ledger: "Ledger", cohort: Cohort) -> dict[str, Line]:
    """The outcomes of each month of a year."""
    found = Cube(ledger, cohort, (_MONTH,)).outcomes(_MONTH)
    return {month: line for (month,), line in found.items()}


def late_outcomes(ledger: "Ledger", cohort: Cohort) -> dict[str, Group]:
    """Of the reciprocal relations: visited or not, and how far their installations came; within 365 days."""
    installed = f"""CASE WHEN confirmed <= {LATE_AGE_MS} THEN 'confirmed'
        WHEN declared <= {LATE_AGE_MS} THEN 'declared_only' ELSE 'not_installed' END"""
    found: dict[str, Group] = {}
    for visited, how_far, *group in ledger.rows(
        f"SELECT coalesce(visited <= {LATE_AGE_MS}, false) AS v, {installed} AS i, {_GROUP} FROM relation "
        f"WHERE {_COHORT} AND {_RECIPROCAL} GROUP BY v, i",
        cohort.bounds,
    ):
        _add(found, "visited" if visited else "not_visited", _group(group))
        _add(found, how_far, _group(group))
    return found


def closings(ledger: "Ledger", cohort: Cohort) -> dict[str, Group]:
    """By reason, as they stand after 365 days; OPEN: not closed."""
    return {
        OPEN if key is None else REASONS[key]: _group(group)
        for key, *group in ledger.rows(
            f"SELECT closed, {_GROUP} FROM relation WHERE {_COHORT} GROUP BY closed", cohort.bounds
        )
    }


def closings_unanswered(ledger: "Ledger", cohort: Cohort) -> dict[str, Group]:
    """The closed ones, by whether a human answer came before."""
    rows = ledger.rows(
        f"SELECT closed_unanswered, {_GROUP} FROM relation WHERE {_COHORT} AND closed IS NOT NULL "
        "GROUP BY closed_unanswered",
        cohort.bounds,
    )
    return {"closed_unanswered" if unanswered else "closed_answered": _group(group) for unanswered, *group in rows}


def moderation(ledger: "Ledger", cohort: Cohort) -> tuple[dict[str, Group], dict[str, Line], int | None]:
    """Of all relations of the cohort, the blocked ones too, within 90 days: those that were flagged, as upheld,
    dismissed, undecided, and again as appealed or not; each of these and the UNFLAGGED by whether they were blocked.
    And the median time to a decision, in days begun, of those that have one.
    """
    within = "cohort BETWEEN $first AND $last"
    what = f"""CASE WHEN coalesce(flagged, {2**62}) > {AGE_MS} THEN '{UNFLAGGED}' WHEN decided IS NULL THEN 'undecided'
        WHEN upheld THEN 'upheld' ELSE 'dismissed' END"""
    found: dict[str, Group] = {}
    crossed: dict[str, dict[str, Group]] = defaultdict(dict)
    for name, appealed, blocked, *row in ledger.rows(
        f"SELECT {what} AS what, appealed IS NOT NULL AS a, coalesce(abuse <= {AGE_MS}, false) AS b, {_GROUP} "
        f"FROM relation WHERE {within} GROUP BY what, a, b",
        cohort.bounds,
    ):
        group = _group(row)
        names = (name,) if name == UNFLAGGED else (name, "appealed" if appealed else "not_appealed")
        for each in names:
            _add(crossed[each], BLOCKED if blocked else "not_blocked", group)
            if each != UNFLAGGED:
                _add(found, each, group)
    median = ledger.rows(
        f"SELECT quantile_disc(decided, 0.5) FROM relation WHERE {within} AND flagged <= {AGE_MS}", cohort.bounds
    )
    return found, dict(crossed), _days(median[0][0])


def waiting(ledger: "Ledger", at: int) -> dict[str, Line]:
    """Relations in which the last human message has no answer for more than 7 days at that moment (ms), by the kind of
    party that waits; by how long it does.
    """
    found: dict[str, dict[str, Group]] = defaultdict(dict)
    for kind, age, *group in ledger.rows(
        f"SELECT CASE WHEN side = 0 THEN origin WHEN origin = 'project' THEN 'territory' ELSE 'project' END AS waits, "
        f"CASE WHEN $at - since > {30 * DAY_MS} THEN 'over_30' WHEN $at - since > {15 * DAY_MS} THEN 'over_15' "
        f"ELSE 'over_7' END AS age, {_GROUP} FROM silence "
        f"WHERE since < $at - {7 * DAY_MS} AND until > $at GROUP BY waits, age",
        {"at": at},
    ):
        _add(found[kind], age, _group(group))
    return dict(found)


CONTACTS: Final = ("1", "2", "3-5", "6+", "never")


def contacts_before_answer(ledger: "Ledger", cohort: Cohort) -> tuple[dict[str, Group], tuple[int | None, int | None]]:
    """Projects by how many contacts they made until a first answer came, within 90 days of their first contact ever,
    in the cohort's months; `never`: none came. A group counts projects. (median, 90th percentile; None: no answer.)
    """
    found: dict[str, Group] = {}
    made: dict[int, int] = {}
    rows = ledger.rows(
        """SELECT CASE WHEN is_answered THEN contacts END AS made, count(*),
            list_distinct(flatten(list(territories)))[1:3], list(project)[1:3]
        FROM effort WHERE cohort BETWEEN $first AND $last GROUP BY made""",
        cohort.bounds,
    )
    for contacts, *group in rows:
        _add(found, class_of_contacts(contacts), _group(group))
        made[_NEVER if contacts is None else contacts] = group[0]
    return found, (_quantile(made, 0.5), _quantile(made, 0.9))


def class_of_contacts(n: int | None) -> str:
    """Of CONTACTS; None: no answer came."""
    if n is None:
        return CONTACTS[-1]
    return CONTACTS[0 if n == 1 else 1 if n == 2 else 2 if n <= 5 else 3]


def _quantile(made: Mapping[int, int], part: float) -> int | None:
    """As `quantile_disc` has it: the least value that so many do not exceed. `made`: how many there are of each."""
    wanted, passed = -int(-sum(made.values()) * part // 1), 0
    for value in sorted(made):
        passed += made[value]
        if passed >= max(1, wanted):
            return None if value == _NEVER else value
    return None


def _days(ms: int | None) -> int | None:
    return None if ms is None or ms > AGE_MS else -(-ms // DAY_MS)


def _group(row: Sequence[object]) -> Group:
    count, territories, projects = row
    return Group(int(str(count)), _ids(territories), _ids(projects))


def _ids(found: object) -> frozenset[int]:
    return frozenset(found) if isinstance(found, list) else frozenset()


def _add(line: dict[str, Group], column: str, group: Group) -> None:
    line[column] = line.get(column, Group()) | group
