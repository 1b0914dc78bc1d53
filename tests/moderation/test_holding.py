"""How long a claim and a measure hold."""

import pytest

from messaging.domain.errors import Malformed
from messaging.domain.vocabulary import Measure
from messaging.moderation import case, decision

DAY_MS = 86_400_000


def test_a_claim_expires() -> None:
    until = case.claim_ends(1_000, None, 500)
    assert case.is_held(b"seat", until, 1_499)
    assert not case.is_held(b"seat", until, 1_500)
    assert not case.is_held(None, until, 1_000)
    assert not case.is_held(b"seat", None, 1_000)


def test_while_the_accused_has_time_the_claim_holds() -> None:
    assert case.claim_ends(1_000, 9_000, 500) == 9_500
    assert case.claim_ends(10_000, 9_000, 500) == 10_500


@pytest.mark.parametrize(
    ("measure", "days", "ends"),
    [
        (Measure.NONE, None, None),
        (Measure.WARNING, None, None),
        (Measure.FREEZE, None, None),
        (Measure.BLOCK, 30, 30 * DAY_MS + 7),
        (Measure.SUSPENSION, 1, DAY_MS + 7),
        (Measure.SUSPENSION, 730, 730 * DAY_MS + 7),
    ],
)
def test_when_a_measure_ends(measure: Measure, days: int | None, ends: int | None) -> None:
    assert decision.ends_at(measure, days, 7, 730) == ends


@pytest.mark.parametrize(
    ("measure", "days"),
    [
        *((Measure.NONE, 1), (Measure.WARNING, 1), (Measure.SUSPENSION, None)),
        *((Measure.SUSPENSION, 0), (Measure.FREEZE, 731), (Measure.BLOCK, -1)),
    ],
)
def test_durations_that_no_measure_has(measure: Measure, days: int | None) -> None:
    with pytest.raises(Malformed):
        decision.ends_at(measure, days, 7, 730)


def test_only_a_suspension_takes_two() -> None:
    assert {Measure.SUSPENSION} == decision.TAKES_TWO
