"""What is urgent, and who abuses reports: shown with its reasons."""

from dataclasses import replace

import pytest

from messaging.domain.vocabulary import CaseOrigin, ReportCategory
from messaging.moderation.flags import BURST_FROM, REPORTS_FROM, SILENT_FROM, FlagRule, Seen, flags
from messaging.moderation.priority import Record, Waiting, rank

DAY_MS = 86_400_000
PLAIN = Waiting(ReportCategory.OTHER, CaseOrigin.REPORT, 1, 0, 0, appealed=False, reporter=Record())


def points(case: Waiting, now: int = 0) -> int:
    return rank(case, now).points


@pytest.mark.parametrize("category", [each for each in ReportCategory if each is not ReportCategory.OTHER])
def test_what_harms_most_comes_first(category: ReportCategory) -> None:
    assert points(replace(PLAIN, category=category)) > points(PLAIN)


def test_more_reports_related_cases_age_and_appeals_raise_it() -> None:
    for urgent in (replace(PLAIN, reports=2), replace(PLAIN, related=1), replace(PLAIN, appealed=True)):
        assert points(urgent) > points(PLAIN)
    assert points(PLAIN, 3 * DAY_MS) > points(PLAIN, DAY_MS) > points(PLAIN)


def test_nobody_lifts_a_case_without_bound() -> None:
    assert points(replace(PLAIN, reports=50)) == points(replace(PLAIN, reports=4))
    assert points(replace(PLAIN, related=50)) == points(replace(PLAIN, related=2))
    assert points(PLAIN, 400 * DAY_MS) == points(PLAIN, 10 * DAY_MS)


def test_the_reasons_are_said() -> None:
    ranked = rank(replace(PLAIN, reports=3, appealed=True, category=ReportCategory.PAYMENT), 2 * DAY_MS)
    assert ranked.reasons == ("category:payment", "more_reports", "age", "appeal")


@pytest.mark.parametrize(
    ("record", "abuses"),
    [
        (Record(), False),
        (Record(made=9, founded=0, abusive=2), False),
        (Record(made=9, founded=2, abusive=3), True),
        (Record(made=9, founded=3, abusive=3), False),
        (Record(made=9, founded=0, abusive=9), True),
    ],
)
def test_who_abuses_reports_is_seen_as_such(record: Record, abuses: bool) -> None:
    assert record.abuses is abuses
    ranked = rank(replace(PLAIN, reporter=record), 0)
    assert ("abusive_reporter" in ranked.reasons) is abuses
    assert (ranked.points < points(PLAIN)) is abuses


@pytest.mark.parametrize(
    ("seen", "rules"),
    [
        (Seen(0, 0, 0, 0), []),
        (Seen(BURST_FROM - 1, 24, 3, REPORTS_FROM - 1), []),
        (Seen(BURST_FROM, BURST_FROM, 0, 0), [FlagRule.BURST]),
        (Seen(0, SILENT_FROM - 1, SILENT_FROM - 1, 0), []),
        (Seen(0, SILENT_FROM, SILENT_FROM, 0), [FlagRule.SILENT_TARGETS]),
        (Seen(0, 28, 20, 0), []),
        (Seen(0, 26, 20, 0), [FlagRule.SILENT_TARGETS]),
        (Seen(0, 0, 0, REPORTS_FROM), [FlagRule.REPORTS_ACROSS]),
        (Seen(99, 99, 99, 99), list(FlagRule)),
    ],
)
def test_flags(seen: Seen, rules: list[FlagRule]) -> None:
    assert [flag.rule for flag in flags(seen)] == rules
