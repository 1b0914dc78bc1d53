"""What is told of a large group is not of a few in it: their time, their number, or what is left without them."""

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Literal

import pytest

from messaging.domain.vocabulary import ClosingReason, MailboxKind
from messaging.ports import OutboxRow
from messaging.relations import facts
from messaging.reporting.calendar import DAY_MS
from messaging.reporting.publication import Period, PeriodKind, publish
from messaging.wire.rest import Dimensions
from tests.reporting.events import FIRST, ledger, lines

Tell = Callable[[bytes, int], OutboxRow]
"""An event of a relation, of that number."""
YEAR, LATE = Period(PeriodKind.YEAR, "2024"), Period(PeriodKind.LATE, "2024")
MONTH = Period(PeriodKind.MONTH, "2024-01")

_numbers: Iterator[int] = count()


def relation(
    *told: Tell, of: Mapping[str, str] | None = None, without: str = "", after_min: int = 0
) -> list[OutboxRow]:
    """Of January 2024, one territory of six, each of a project of its own: unless they are named, or there is none."""
    number = next(_numbers)
    subject = number.to_bytes(16, "big")
    refs = {"territory_ref": f"t{number % 6}", "project_ref": f"p{number}"} | dict(of or {})
    refs.pop(without, None)
    at = FIRST + DAY_MS + after_min * 60_000
    opened = facts.solicited(subject, 0, at, origin=MailboxKind.PROJECT, dimensions=Dimensions(), refs=refs)
    return [opened, *(tell(subject, n) for n, tell in enumerate(told, 1))]


def at(day: float) -> int:
    return FIRST + DAY_MS + int(day * DAY_MS)


def answered(day: float = 1) -> list[Tell]:
    return [
        lambda s, n: facts.message_accepted(s, n, at(day), 0),
        lambda s, n: facts.message_accepted(s, n, at(day), 1),
    ]


def reported(
    outcome: Literal["none", "warning", "frozen"] | None = None, *, days: float = 1, appealed: bool = False
) -> list[Tell]:
    told: list[Tell] = [lambda s, n: facts.flagged(s, n, at(1), "recipient")]
    if outcome is not None:
        told.append(lambda s, n: facts.decided(s, n, at(1 + days), outcome))
    if appealed:
        told.append(lambda s, n: facts.appealed(s, n, at(2 + days), "initiator"))
    return told


def closed(reason: ClosingReason) -> list[Tell]:
    return [lambda s, n: facts.closed(s, n, at(20), 0, reason)]


def cells(period: Period, table: str, of: list[list[OutboxRow]]) -> dict[str, float | None]:
    """Of the row of all, by measure; of the others, by their names."""
    with ledger(lines([row for rows in of for row in rows])) as made:
        told = publish(made, period)
    return {cell.measure if cell.row == "*" else cell.row: cell.value for cell in told if cell.table == table}


@pytest.mark.parametrize("party", ["territory_ref", "project_ref"])
def test_no_party_is_not_one_more(party: str) -> None:
    """With a partner there is no territory, or no project: so many relations of two of them stay those of two."""
    of = [relation(of={party: f"{k % 2}"}) for k in range(20)]
    others = [relation(without=party) for _ in range(20)]
    assert cells(MONTH, "total", [*of, *others]) == {}
    third = relation(of={party: "2"})
    assert cells(MONTH, "total", [*of, *others, third])["contacts"] == 41


def test_those_that_wait_for_no_party_are_not_of_one_more() -> None:
    def waits(territory: str = "", without: str = "") -> list[OutboxRow]:
        return relation(answered()[0], of={"territory_ref": territory}, without=without)

    of = [waits(f"t{k % 2}") for k in range(20)] + [waits(without="territory_ref") for _ in range(20)]
    waiting = Period(PeriodKind.WAITING, "2024-01")
    assert cells(waiting, "waiting", of) == {}
    assert cells(waiting, "waiting", [*of, waits("t2")])["over_7"] == 41


@pytest.mark.parametrize(
    ("decided", "undecided"),
    [
        ([reported("warning", days=37)], 11),
        ([reported("warning", days=37) for _ in range(9)], 6),
        ([reported("warning") for _ in range(11)] + [reported("warning", days=37, appealed=True)], 0),
    ],
    ids=["one", "nine", "enough, but their counts are withheld"],
)
def test_the_time_of_a_few_decisions_is_not_told(decided: list[list[Tell]], undecided: int) -> None:
    told = cells(YEAR, "moderation", [relation(*each) for each in decided + [reported()] * undecided])
    assert told["flagged"] == len(decided) + undecided
    assert "decision_days_median" not in told


def test_the_time_of_enough_decisions_is_told() -> None:
    of = [*[reported("warning", days=4)] * 6, *[reported("none", days=2.5)] * 5, *[reported()] * 5]
    told = cells(YEAR, "moderation", [relation(*each) for each in of])
    assert (told["upheld"], told["dismissed"], told["undecided"]) == (6, 5, 5)
    assert told["decision_days_median"] == 4


@pytest.mark.parametrize(("others", "told"), [(0, True), (1, False), (5, True)])
def test_how_many_were_blocked_does_not_tell_how_many_of_the_reported_were_not(others: int, told: bool) -> None:
    of = [reported("frozen")] * 10 + [reported("warning")] * others + [answered()] * 20
    found = cells(YEAR, "moderation", [relation(*each) for each in of])
    assert found["flagged"] == 10 + others
    assert found.get("blocked") == (10 if told else None)


def contacts(project: str, made: int, *, is_answered: bool = True) -> list[list[OutboxRow]]:
    """One after the other, the last one answered."""
    return [
        relation(*(answered() if is_answered and k == made - 1 else ()), of={"project_ref": project}, after_min=k)
        for k in range(made)
    ]


def test_how_many_contacts_one_project_made_is_not_told() -> None:
    of = [(1, True)] * 15 + [(3, True)] * 6 + [(37, True)] + [(1, False)] * 2
    of_projects = [contacts(f"of {k}", made, is_answered=yes) for k, (made, yes) in enumerate(of)]
    told = cells(MONTH, "contacts", [rows for own in of_projects for rows in own])
    assert told == {"projects": 24, "contacts_median": 1, "1": 15, "…": 9}


def test_a_percentile_of_contacts_is_told_within_a_class_that_is() -> None:
    of = [contacts(f"of {k}", 1 if k < 15 else 4) for k in range(24)]
    told = cells(MONTH, "contacts", [rows for own in of for rows in own])
    assert told == {"projects": 24, "contacts_median": 1, "contacts_p90": 4, "1": 15, "3-5": 9}


@pytest.mark.parametrize("still_open", [6, 60])
def test_what_is_closed_does_not_tell_what_is_told_only_with_the_open(still_open: int) -> None:
    """Where they are few, the open ones are told with those of a rare reason: all but the closed would be the open."""
    filled, rare = closed(ClosingReason.FILLED), closed(ClosingReason.SCHOOL)
    of = [*[filled] * 16, *[[*answered(), *filled]] * 15, *[[*answered(), *rare]] * 3, *[answered()] * still_open]
    relations = [relation(*each) for each in of]
    closing, late = cells(LATE, "closing", relations), cells(LATE, "late", relations)
    if still_open == 6:
        assert closing == {"filled": 31, "…": 9}
        assert late == {}
    else:
        assert closing == {"open": 60, "…": 34}
        assert (late["closed"], late["closed_unanswered"]) == (34, 16)
