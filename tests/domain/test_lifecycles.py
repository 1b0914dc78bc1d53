"""Card, seat, third party, case and decision: every state x action pair, against the drawings in the modules."""

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from messaging.domain import consent, seat, third
from messaging.domain.consent import CardAction, CardState
from messaging.domain.errors import Conflict
from messaging.domain.seat import SeatAction, SeatState
from messaging.domain.third import ThirdAction, ThirdState
from messaging.moderation import case, decision
from messaging.moderation.case import CaseAction, CaseState
from messaging.moderation.decision import DecisionAction, DecisionState

CARD_MOVES = {
    (CardState.ABSENT, CardAction.GIVE): CardState.WAITING,
    (CardState.WAITING, CardAction.RELEASE): CardState.RELEASED,
    (CardState.WAITING, CardAction.WITHDRAW): CardState.WITHDRAWN,
    (CardState.RELEASED, CardAction.WITHDRAW): CardState.RETRACTED,
    (CardState.WAITING, CardAction.REMOVE): CardState.WITHDRAWN,
    (CardState.WAITING, CardAction.ERASE): CardState.WITHDRAWN,
    (CardState.WAITING, CardAction.RESET): CardState.WITHDRAWN,
    (CardState.RELEASED, CardAction.RESET): CardState.RETRACTED,
}
SEAT_MOVES = {
    (SeatState.ABSENT, SeatAction.ASK): SeatState.PENDING,
    (SeatState.ABSENT, SeatAction.FOUND): SeatState.ACTIVE,
    (SeatState.PENDING, SeatAction.ADMIT): SeatState.ACTIVE,
    (SeatState.PENDING, SeatAction.DEPART): SeatState.REMOVED,
    (SeatState.PENDING, SeatAction.REMOVE): SeatState.REMOVED,
    (SeatState.ACTIVE, SeatAction.DEPART): SeatState.DEPARTED,
    (SeatState.DEPARTED, SeatAction.REMOVE): SeatState.REMOVED,
    (SeatState.ACTIVE, SeatAction.REMOVE): SeatState.REMOVED,
}
THIRD_MOVES = {
    (ThirdState.ABSENT, ThirdAction.INVITE): ThirdState.INVITED,
    (ThirdState.INVITED, ThirdAction.ACCEPT): ThirdState.PRESENT,
    (ThirdState.PRESENT, ThirdAction.LEAVE): ThirdState.LEFT,
}
CASE_MOVES = {
    (CaseState.RECEIVED, CaseAction.CLAIM): CaseState.CLAIMED,
    (CaseState.CLAIMED, CaseAction.RELEASE): CaseState.RECEIVED,
    (CaseState.CLAIMED, CaseAction.HEAR): CaseState.AWAITING,
    (CaseState.CLAIMED, CaseAction.DECIDE): CaseState.DECIDED,
    (CaseState.AWAITING, CaseAction.RELEASE): CaseState.RECEIVED,
    (CaseState.AWAITING, CaseAction.ANSWER): CaseState.CLAIMED,
    (CaseState.AWAITING, CaseAction.DECIDE): CaseState.DECIDED,
    (CaseState.DECIDED, CaseAction.ANSWER): CaseState.DECIDED,
    (CaseState.DECIDED, CaseAction.APPEAL): CaseState.APPEALED,
    (CaseState.DECIDED, CaseAction.CLOSE): CaseState.CLOSED,
    (CaseState.APPEALED, CaseAction.CLAIM): CaseState.APPEALED,
    (CaseState.APPEALED, CaseAction.RELEASE): CaseState.APPEALED,
    (CaseState.APPEALED, CaseAction.ANSWER): CaseState.APPEALED,
    (CaseState.APPEALED, CaseAction.UPHOLD): CaseState.UPHELD,
    (CaseState.APPEALED, CaseAction.OVERTURN): CaseState.OVERTURNED,
    (CaseState.UPHELD, CaseAction.CLOSE): CaseState.CLOSED,
    (CaseState.OVERTURNED, CaseAction.CLOSE): CaseState.CLOSED,
}
DECISION_MOVES = {
    (DecisionState.ABSENT, DecisionAction.PROPOSE): DecisionState.PROPOSED,
    (DecisionState.PROPOSED, DecisionAction.APPROVE): DecisionState.IN_FORCE,
    (DecisionState.PROPOSED, DecisionAction.REFUSE): DecisionState.REFUSED,
    (DecisionState.IN_FORCE, DecisionAction.OVERTURN): DecisionState.OVERTURNED,
    (DecisionState.IN_FORCE, DecisionAction.LAPSE): DecisionState.LAPSED,
}
Moves = Mapping[tuple[Any, Any], Any]
LIFECYCLES: list[tuple[Callable[[Any, Any], Any], Any, Any, Moves]] = [
    (consent.advance, CardState, CardAction, CARD_MOVES),
    (seat.advance, SeatState, SeatAction, SEAT_MOVES),
    (third.advance, ThirdState, ThirdAction, THIRD_MOVES),
    (case.advance, CaseState, CaseAction, CASE_MOVES),
    (decision.advance, DecisionState, DecisionAction, DECISION_MOVES),
]
PAIRS = [
    pytest.param(advance, moves, state, action, id=f"{type(state).__name__}-{state.name}-{action.name}")
    for advance, states, actions, moves in LIFECYCLES
    for state, action in itertools.product(states, actions)
]
TABLES = [each.TRANSITIONS for each in (consent, seat, third, case, decision)]


@pytest.mark.parametrize(("advance", "moves", "state", "action"), PAIRS)
def test_each_pair(advance: Callable[[Any, Any], Any], moves: Moves, state: Any, action: Any) -> None:
    if (state, action) in moves:
        assert advance(state, action) is moves[state, action]
    else:
        with pytest.raises(Conflict):
            advance(state, action)


@pytest.mark.parametrize(
    "state",
    [
        *(CardState.WITHDRAWN, CardState.RETRACTED, SeatState.REMOVED, ThirdState.LEFT, CaseState.CLOSED),
        *(DecisionState.REFUSED, DecisionState.OVERTURNED, DecisionState.LAPSED),
    ],
    ids=repr,
)
def test_what_is_final(state: Any) -> None:
    assert not [move for table in TABLES for move in table if move[0] is state]


@pytest.mark.parametrize("table", TABLES)
def test_nobody_can_write_into_a_table(table: Any) -> None:
    with pytest.raises(TypeError, match="does not support item assignment"):
        table[CardState.WITHDRAWN, CardAction.RELEASE] = CardState.RELEASED
