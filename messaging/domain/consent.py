"""Consent: the lifecycle of one card, and when cards are released.

A consent belongs to one person (one card). A side consents when at least one of its cards does; when both sides
consent, every waiting card of both sides is released in the same transaction, as one event. A card that consents later
is released at once; one person's consent never releases another person's card. Until release nothing of this is
visible to the peer.

             GIVE            RELEASE          WITHDRAW         REMOVE (the seat), ERASE     RESET (a side)
  (none)  -> WAITING
  WAITING                 -> RELEASED      -> WITHDRAWN     -> WITHDRAWN                 -> WITHDRAWN (escrow destroyed)
  RELEASED                                 -> RETRACTED                                  -> RETRACTED (what was seen
                                                                            stays seen; no further card)
  WITHDRAWN, RETRACTED are final: a new consent is a new card.

The register holds what persons did (give, withdraw, remove), in order; what follows from it is not written, but found
again by `replay`. A seat's removal withdraws what of it still waits, and leaves what was released. Where a side begins
anew, every consent of both ends: who gave one meant the people who sat there then, and who comes now has given none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from messaging.domain.errors import Conflict
from messaging.domain.ids import CardId, SeatId


class CardState(StrEnum):
    ABSENT = "absent"
    WAITING = "waiting"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"
    RETRACTED = "retracted"


class CardAction(StrEnum):
    GIVE = "give"
    RELEASE = "release"
    WITHDRAW = "withdraw"
    REMOVE = "remove"
    ERASE = "erase"
    RESET = "reset"


TRANSITIONS: Final = MappingProxyType(
    {
        (CardState.ABSENT, CardAction.GIVE): CardState.WAITING,
        (CardState.WAITING, CardAction.RELEASE): CardState.RELEASED,
        (CardState.WAITING, CardAction.WITHDRAW): CardState.WITHDRAWN,
        (CardState.RELEASED, CardAction.WITHDRAW): CardState.RETRACTED,
        (CardState.WAITING, CardAction.REMOVE): CardState.WITHDRAWN,
        (CardState.WAITING, CardAction.ERASE): CardState.WITHDRAWN,
        (CardState.WAITING, CardAction.RESET): CardState.WITHDRAWN,
        (CardState.RELEASED, CardAction.RESET): CardState.RETRACTED,
    }
)


class ConsentAxis(StrEnum):
    """The consent axis of a relation, derived from its cards."""

    NONE = "none"
    ONE_SIDE = "one_side"
    MUTUAL = "mutual"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the rules see it: whose side, whose seat, and where it stands."""

    card: CardId
    party: int
    seat: SeatId
    state: CardState


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One line of the register as the rules see it."""

    card: CardId
    party: int
    seat: SeatId
    action: CardAction


def replay(lines: Iterable[RegisterLine]) -> dict[CardId, Card]:
    """Where the cards of one thread stand after these lines of its register, in order.

    Raises: Conflict, for lines that no service writes: the register is then not the one of these cards.
    """
    cards: dict[CardId, Card] = {}
    for line in lines:
        before = cards.get(line.card, Card(line.card, line.party, line.seat, CardState.ABSENT))
        if line.action is CardAction.RELEASE or (before.party, before.seat) != (line.party, line.seat):
            raise Conflict("the register holds what no person did, or did with another's card")
        cards[line.card] = replace(before, state=advance(before.state, line.action))
        if line.action is CardAction.GIVE:
            for card in releasable(cards.values()):
                cards[card] = replace(cards[card], state=advance(cards[card].state, CardAction.RELEASE))
    return cards


def advance(state: CardState, action: CardAction) -> CardState:
    """The next state. Raises: Conflict, for any pair that the table does not hold."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise Conflict(f"a card that is {state} cannot {action}") from None


def check_give(cards: Iterable[Card], party: int, seat: SeatId, waiting_max: int) -> None:
    """Whether this seat may put a card in escrow now. Raises: Conflict."""
    waiting = [c for c in cards if c.party == party and c.state is CardState.WAITING]
    if any(c.seat == seat for c in waiting):
        raise Conflict("this person's card already waits; withdraw it first")
    if len(waiting) >= waiting_max:
        raise Conflict("too many cards wait on this side")


def releasable(cards: Iterable[Card]) -> tuple[CardId, ...]:
    """The cards to release now, by (party, card id): all that wait, once each side has one waiting or released."""
    listed = list(cards)
    live = {c.party for c in listed if c.state in (CardState.WAITING, CardState.RELEASED)}
    if not {0, 1} <= live:
        return ()
    waiting = sorted((c.party, c.card) for c in listed if c.state is CardState.WAITING)
    return tuple(card for _, card in waiting)


def axis(cards: Iterable[Card]) -> ConsentAxis:
    """The relation's consent axis."""
    listed = list(cards)
    parties = {c.party for c in listed if c.state in (CardState.WAITING, CardState.RELEASED)}
    if {0, 1} <= parties:
        return ConsentAxis.MUTUAL
    if any(c.state is CardState.RETRACTED for c in listed):
        return ConsentAxis.WITHDRAWN
    if parties:
        return ConsentAxis.ONE_SIDE
    return ConsentAxis.WITHDRAWN if listed else ConsentAxis.NONE
