"""Card, seat and third party: every state x action pair, against the drawings in the modules' docstrings."""

import itertools
from typing import Any

import pytest

from messaging.domain import consent, seat, third
from messaging.domain.consent import CardAction, CardState
from messaging.domain.errors import Conflict
from messaging.domain.seat import SeatAction, SeatState
from messaging.domain.third import ThirdAction, ThirdState

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


@pytest.mark.parametrize(("state", "action"), list(itertools.product(CardState, CardAction)))
def test_card(state: CardState, action: CardAction) -> None:
    if (state, action) in CARD_MOVES:
        assert consent.advance(state, action) is CARD_MOVES[state, action]
    else:
        with pytest.raises(Conflict):
            consent.advance(state, action)


@pytest.mark.parametrize(("state", "action"), list(itertools.product(SeatState, SeatAction)))
def test_seat(state: SeatState, action: SeatAction) -> None:
    if (state, action) in SEAT_MOVES:
        assert seat.advance(state, action) is SEAT_MOVES[state, action]
    else:
        with pytest.raises(Conflict):
            seat.advance(state, action)


@pytest.mark.parametrize(("state", "action"), list(itertools.product(ThirdState, ThirdAction)))
def test_third_party(state: ThirdState, action: ThirdAction) -> None:
    if (state, action) in THIRD_MOVES:
        assert third.advance(state, action) is THIRD_MOVES[state, action]
    else:
        with pytest.raises(Conflict):
            third.advance(state, action)


@pytest.mark.parametrize("state", [CardState.WITHDRAWN, CardState.RETRACTED])
def test_a_withdrawn_card_is_final(state: CardState) -> None:
    assert not [move for move in consent.TRANSITIONS if move[0] is state]


def test_a_stay_that_ended_is_final() -> None:
    assert not [move for move in third.TRANSITIONS if move[0] is ThirdState.LEFT]


def test_a_removed_seat_is_final() -> None:
    assert not [move for move in seat.TRANSITIONS if move[0] is SeatState.REMOVED]


@pytest.mark.parametrize("table", [consent.TRANSITIONS, seat.TRANSITIONS, third.TRANSITIONS])
def test_nobody_can_write_into_a_table(table: Any) -> None:
    with pytest.raises(TypeError, match="does not support item assignment"):
        table[CardState.WITHDRAWN, CardAction.RELEASE] = CardState.RELEASED
