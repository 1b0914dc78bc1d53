"""Cards, escrow and the register of consents."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from messaging.domain.authorization import Grant
from messaging.domain.consent import Card, CardState
from messaging.domain.ids import (
    CardId,
    SeatId,
    ThreadId,
)


@dataclass(frozen=True, slots=True)
class EscrowRow:
    """A card that waits: payload and the service's share."""

    card: CardId
    party: int
    payload: bytes
    s_server: bytes


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One line of the append-only consent register: what was signed, and when it was accepted."""

    thread: ThreadId
    n: int
    card: CardId
    """Where a side invited a third party, let it in, or ended its stay: the id of that notice."""
    party: int
    seat: SeatId
    action: str
    statement: bytes
    signature: bytes
    at: int


@dataclass(frozen=True, slots=True)
class OwnCardRow:
    """One card of a side, for that side."""

    card: Card
    bits: int
    given_at: int
    statement: bytes | None
    """The consent and its signature, for the very seat that gave it; None for its colleagues."""
    signature: bytes | None


class Consents(Protocol):
    async def cards(self, thread: ThreadId) -> list[Card]:
        """Every card of the thread, both sides: for the rules, never for an answer. The thread row is locked before."""

    async def own_cards(self, grant: Grant) -> list[OwnCardRow]:
        """Of grant.party's side only, by the time they were given; statements of grant.seat only."""

    async def put(self, grant: Grant, card: Card, bits: int, at: int, escrow: EscrowRow) -> None:
        """A new card with its escrow; the share is sealed at rest. Raises: Conflict if the card id exists."""

    async def set_state(self, thread: ThreadId, cards: Sequence[CardId], state: CardState) -> None: ...

    async def take_escrow(self, thread: ThreadId, cards: Sequence[CardId]) -> list[EscrowRow]:
        """Reads and deletes: after it the store does not hold these shares."""

    async def waiting_of(self, grant: Grant, seat: SeatId) -> Sequence[tuple[ThreadId, Card]]:
        """The cards of one seat that wait in threads of grant.mailbox, which are locked; by thread."""

    async def record(self, row: RegisterRow) -> None:
        """Appends to the register; `n` is ignored and numbered per thread."""

    async def statement(self, grant: Grant, card: CardId) -> RegisterRow | None:
        """The `give` line of a card of grant.seat."""

    async def register(self, thread: ThreadId) -> list[RegisterRow]:
        """The whole register of a thread, in order: the service's own book, for proofs, never for an answer."""
