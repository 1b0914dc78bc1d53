"""The exchange of cards: at once or not at all, and never a card whose own person did not consent."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.domain import consent
from messaging.domain.consent import Card, CardAction, CardState, ConsentAxis, RegisterLine
from messaging.domain.errors import Conflict
from messaging.domain.ids import CardId, SeatId

WAITING_MAX = 3
LIVE = (CardState.WAITING, CardState.RELEASED)

states = st.sampled_from([state for state in CardState if state is not CardState.ABSENT])
names = st.binary(min_size=16, max_size=16)
cards = st.builds(Card, names.map(CardId), st.integers(0, 1), names.map(SeatId), states)
threads = st.lists(cards, max_size=8, unique_by=lambda card: card.card)


def live_sides(thread: list[Card]) -> set[int]:
    return {card.party for card in thread if card.state in LIVE}


@given(threads)
def test_what_is_releasable_is_all_that_waits_or_nothing(thread: list[Card]) -> None:
    ready = consent.releasable(thread)
    waiting = {card.card for card in thread if card.state is CardState.WAITING}

    assert set(ready) == (waiting if live_sides(thread) == {0, 1} else set())
    order = {card.card: (card.party, card.card) for card in thread}
    assert list(ready) == sorted(ready, key=lambda card: order[card])


@given(threads)
def test_axis_is_mutual_exactly_when_cards_of_both_sides_live(thread: list[Card]) -> None:
    axis = consent.axis(thread)

    assert (axis is ConsentAxis.MUTUAL) == (live_sides(thread) == {0, 1})
    assert (axis is ConsentAxis.NONE) == (not thread)
    if axis is ConsentAxis.ONE_SIDE:
        assert len(live_sides(thread)) == 1


@given(threads.flatmap(lambda thread: st.tuples(st.just(thread), st.permutations(thread))))
def test_neither_depends_on_the_order_that_the_store_lists(orders: tuple[list[Card], list[Card]]) -> None:
    thread, shuffled = orders
    assert consent.releasable(shuffled) == consent.releasable(thread)
    assert consent.axis(shuffled) is consent.axis(thread)


@dataclass(frozen=True)
class Act:
    """One seat of one side gives a card, withdraws one that it gave, or is removed."""

    party: int
    seat: int
    what: str
    which: int


acts = st.lists(
    st.builds(
        Act,
        st.integers(0, 1),
        st.integers(0, 3),
        st.sampled_from(["give", "give", "withdraw", "remove"]),
        st.integers(0, 5),
    ),
    max_size=30,
)


class Exchange:
    """The rules driven as the service drives them: after each consent, whatever may be released is."""

    def __init__(self) -> None:
        self.cards: list[Card] = []
        self.register: list[RegisterLine] = []
        self.consented: set[CardId] = set()
        self.released: list[tuple[CardId, ...]] = []

    def give(self, act: Act) -> None:
        seat = SeatId(bytes([act.party, act.seat]))
        consent.check_give(self.cards, act.party, seat, WAITING_MAX)
        card = CardId(len(self.cards).to_bytes(16, "big"))
        state = consent.advance(CardState.ABSENT, CardAction.GIVE)
        self.cards.append(Card(card, act.party, seat, state))
        self.register.append(RegisterLine(card, act.party, seat, CardAction.GIVE))
        self.consented.add(card)
        self._release()

    def withdraw(self, act: Act) -> None:
        own = [c for c in self.cards if c.party == act.party and c.seat == bytes([act.party, act.seat])]
        if own:
            card = own[act.which % len(own)]
            self._set(card, consent.advance(card.state, CardAction.WITHDRAW))
            self.register.append(RegisterLine(card.card, card.party, card.seat, CardAction.WITHDRAW))

    def remove(self, act: Act) -> None:
        """The seat is removed: what of it waits is withdrawn."""
        seat = bytes([act.party, act.seat])
        for card in [c for c in self.cards if c.seat == seat and c.state is CardState.WAITING]:
            self._set(card, consent.advance(card.state, CardAction.REMOVE))
            self.register.append(RegisterLine(card.card, card.party, card.seat, CardAction.REMOVE))

    def _release(self) -> None:
        ready = consent.releasable(self.cards)
        for card in [c for c in self.cards if c.card in ready]:
            self._set(card, consent.advance(card.state, CardAction.RELEASE))
        if ready:
            self.released.append(ready)

    def _set(self, card: Card, state: CardState) -> None:
        self.cards[self.cards.index(card)] = replace(card, state=state)


def check_exchange(exchange: Exchange, waited: list[Card]) -> None:
    """`waited` are the cards as they were before the last act."""
    side = {card.card: card.party for card in exchange.cards}
    if exchange.released:
        assert {side[card] for card in exchange.released[0]} == {0, 1}, "the first release shows both sides"
    released = [card for event in exchange.released for card in event]
    assert len(released) == len(set(released)), "a card is released once"
    assert exchange.consented >= set(released)
    withdrawn = {card.card for card in waited if card.state is CardState.WITHDRAWN}
    assert not withdrawn & set(released)
    if live_sides(exchange.cards) == {0, 1}:
        assert not [card for card in exchange.cards if card.state is CardState.WAITING], "never half"


@given(acts)
def test_an_exchange_shows_both_sides_or_none(acts: list[Act]) -> None:
    exchange = Exchange()
    for act in acts:
        before = list(exchange.cards)
        try:
            {"give": exchange.give, "withdraw": exchange.withdraw, "remove": exchange.remove}[act.what](act)
        except Conflict:
            assert exchange.cards == before, "a refusal changes nothing"
        check_exchange(exchange, before)
        assert consent.replay(exchange.register) == {card.card: card for card in exchange.cards}


LINE = RegisterLine(CardId(b"a"), 0, SeatId(b"x"), CardAction.GIVE)


@pytest.mark.parametrize(
    "lines",
    [
        [replace(LINE, action=CardAction.WITHDRAW)],
        [replace(LINE, action=CardAction.REMOVE)],
        [LINE, LINE],
        [LINE, replace(LINE, action=CardAction.RELEASE)],
        [LINE, replace(LINE, action=CardAction.WITHDRAW, seat=SeatId(b"y"))],
        [LINE, replace(LINE, action=CardAction.WITHDRAW, party=1)],
        [LINE, replace(LINE, action=CardAction.WITHDRAW), LINE],
        [LINE, *[replace(LINE, action=CardAction.WITHDRAW)] * 2],
    ],
)
def test_a_register_that_no_service_writes_does_not_replay(lines: list[RegisterLine]) -> None:
    with pytest.raises(Conflict):
        consent.replay(lines)


def test_a_card_that_consents_later_is_released_alone() -> None:
    shown = [
        Card(CardId(b"a"), 0, SeatId(b"x"), CardState.RELEASED),
        Card(CardId(b"b"), 1, SeatId(b"y"), CardState.RELEASED),
    ]
    late = Card(CardId(b"c"), 1, SeatId(b"z"), CardState.WAITING)
    assert consent.releasable([*shown, late]) == (late.card,)


def test_one_card_waits_for_each_person_and_few_for_each_side() -> None:
    def waiting(seat: bytes, party: int = 0) -> Card:
        return Card(CardId(seat * 4), party, SeatId(seat), CardState.WAITING)

    with pytest.raises(Conflict, match="already waits"):
        consent.check_give([waiting(b"a")], 0, SeatId(b"a"), WAITING_MAX)
    full = [waiting(b"a"), waiting(b"b"), waiting(b"c")]
    with pytest.raises(Conflict, match="too many"):
        consent.check_give(full, 0, SeatId(b"d"), WAITING_MAX)
    consent.check_give(full, 1, SeatId(b"a"), WAITING_MAX)
    consent.check_give([replace(full[0], state=CardState.WITHDRAWN)], 0, SeatId(b"a"), WAITING_MAX)
