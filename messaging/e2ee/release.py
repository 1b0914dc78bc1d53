"""The event that shows the cards of both sides at once, or a later one alone (SPEC.md section 9.6).

    payload = frame("pli1/released", item, ...);  item = frame("pli1/released-card", u8 party, card, payload, s_server)

Items stand in the order of (party, card), each card once: the same release is the same bytes for both sides.
"""

from collections.abc import Iterable
from typing import NamedTuple

from messaging.e2ee.encoding import ID_BYTES, KEY_BYTES, frame, read_u8, u8, unframe, unframe_list
from messaging.e2ee.errors import BadCard


class ReleasedCard(NamedTuple):
    """One card of a release: whose, its id, its sealed message and the share that was in escrow."""

    party: int
    card: bytes
    payload: bytes
    s_server: bytes


def make_released(cards: Iterable[ReleasedCard]) -> bytes:
    """Encodes a release, in the order that the specification wants."""
    return frame(
        "pli1/released",
        *(
            frame("pli1/released-card", u8(each.party), each.card, each.payload, each.s_server)
            for each in sorted(cards, key=lambda each: (each.party, each.card))
        ),
    )


def parse_released(payload: bytes) -> tuple[ReleasedCard, ...]:
    """Decodes a release. Raises BadEncoding, or BadCard for an empty, unordered or repeated list."""
    cards: list[ReleasedCard] = []
    for item in unframe_list(payload, "pli1/released"):
        party, card, sealed, s_server = unframe(item, "pli1/released-card", (1, ID_BYTES, None, KEY_BYTES))
        cards.append(ReleasedCard(read_u8(party), card, sealed, s_server))
    keys = [(each.party, each.card) for each in cards]
    if not keys or keys != sorted(set(keys)):
        raise BadCard("a release names each of its cards once, in order, and at least one")
    if any(each.party not in (0, 1) for each in cards):
        raise BadCard("a released card belongs to one of the two parties")
    return tuple(cards)
