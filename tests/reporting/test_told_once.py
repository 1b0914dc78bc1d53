"""What a relation's month told stays so in its year; what no month tells counts as it was corrected."""

from messaging.domain.progress import Step
from messaging.domain.vocabulary import ClosingReason, MailboxKind
from messaging.ports import OutboxRow
from messaging.relations import facts
from messaging.reporting.calendar import DAY_MS, Month, due_at
from messaging.reporting.publication import Period, PeriodKind, publish
from messaging.wire.rest import Dimensions
from tests.reporting.events import ledger, lines

MAY = Month(2024, 5)
AT = MAY.begins + DAY_MS


def life(number: int) -> list[OutboxRow]:
    """Answered the next day, visited on the 30th, closed on the 200th; of a village and a project of their own."""
    of = number.to_bytes(16, "big")
    refs = {"territory_ref": f"t{number}", "project_ref": f"p{number}"}
    return [
        facts.solicited(of, 0, AT, origin=MailboxKind.PROJECT, dimensions=Dimensions(), refs=refs),
        facts.message_accepted(of, 1, AT, 0),
        facts.message_accepted(of, 2, AT + DAY_MS, 1),
        facts.step(of, 3, AT + 30 * DAY_MS, 0, Step.VISITED, confirms=False),
        facts.closed(of, 4, AT + 200 * DAY_MS, 0, ClosingReason.FILLED if number < 8 else ClosingReason.HOUSING),
    ]


def told(kind: PeriodKind, name: str, *, corrected_at: int, n: int) -> dict[str, float | None]:
    """Of all, or by row: sixteen relations, of one of which an event never was, as is said then."""
    wrong = facts.corrected((0).to_bytes(16, "big"), 5, corrected_at, n, None)
    with ledger(lines([*(row for number in range(16) for row in life(number)), wrong])) as made:
        return {cell.measure if cell.row == "*" else cell.row: cell.value for cell in publish(made, Period(kind, name))}


def test_a_correction_in_time_counts_for_the_year() -> None:
    of = told(PeriodKind.YEAR, "2024", corrected_at=due_at(MAY) - 1, n=0)
    assert (of["contacts"], of["reciprocal"]) == (15, 15)


def test_one_that_comes_once_the_month_is_told_does_not() -> None:
    of = told(PeriodKind.YEAR, "2024", corrected_at=due_at(MAY), n=0)
    assert (of["contacts"], of["reciprocal"]) == (16, 16)
    assert told(PeriodKind.LATE, "2024", corrected_at=due_at(MAY), n=0)["reciprocal"] == 16


def test_the_first_90_days_stay_as_they_were_in_the_late_figures() -> None:
    assert told(PeriodKind.LATE, "2024", corrected_at=due_at(MAY), n=3)["visited"] == 16


def test_what_came_later_than_the_month_could_tell_is_corrected() -> None:
    of = told(PeriodKind.LATE, "2024", corrected_at=due_at(MAY) + 100 * DAY_MS, n=4)
    assert of == of | {"…": 8, "housing": 8}, "one stands open, and is told with those of the other reason"


def test_what_waits_is_counted_as_it_is_corrected() -> None:
    """An answer that never was leaves the first word waiting, and a relation that never was waits for nobody."""
    waiting = told(PeriodKind.WAITING, "2024-10", corrected_at=due_at(MAY), n=0)
    assert waiting["over_7"] == 15
