"""Stages: every move from every stage, and what a human message does to them."""

import itertools

import pytest

from messaging.domain.errors import Conflict
from messaging.domain.relation import Stage, after_human_message, move, reopened

FORWARD = [
    Stage.SOLICITED,
    Stage.ENGAGED,
    Stage.MEETING_PLANNED,
    Stage.VISITED,
    Stage.AGREED,
    Stage.INSTALLED,
]


def may_move(stage: Stage, to: Stage) -> bool:
    """Forward by any number of steps, closed from anywhere, and from closed back to any open stage."""
    if stage is Stage.CLOSED or to is Stage.CLOSED:
        return stage is not to
    return FORWARD.index(to) > FORWARD.index(stage)


@pytest.mark.parametrize(("stage", "to"), list(itertools.product(Stage, Stage)))
def test_move(stage: Stage, to: Stage) -> None:
    if may_move(stage, to):
        assert move(stage, to) is to
    else:
        with pytest.raises(Conflict):
            move(stage, to)


@pytest.mark.parametrize(("stage", "humans", "party"), list(itertools.product(Stage, range(4), (0, 1))))
def test_after_human_message(stage: Stage, humans: int, party: int) -> None:
    after, bits = after_human_message(stage, humans, party)

    assert bits == humans | (1, 2)[party]
    engages = stage is Stage.SOLICITED and bits == 3
    assert after is (Stage.ENGAGED if engages else stage)


def test_engaged_needs_a_message_from_each_side() -> None:
    stage, humans = Stage.SOLICITED, 0
    for _ in range(3):
        stage, humans = after_human_message(stage, humans, 0)
    assert stage is Stage.SOLICITED

    stage, humans = after_human_message(stage, humans, 1)
    assert stage is Stage.ENGAGED


@pytest.mark.parametrize(("before", "humans"), list(itertools.product(FORWARD, range(4))))
def test_a_closed_relation_reopens_where_it_stood_or_engaged(before: Stage, humans: int) -> None:
    wrote_meanwhile = before is Stage.SOLICITED and humans == 3
    assert reopened(before, humans) is (Stage.ENGAGED if wrote_meanwhile else before)


@pytest.mark.parametrize("humans", range(4))
def test_nobody_closes_twice_by_reopening(humans: int) -> None:
    with pytest.raises(Conflict):
        reopened(Stage.CLOSED, humans)
