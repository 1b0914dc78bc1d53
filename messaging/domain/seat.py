"""The lifecycle of a seat: one person's place in one mailbox.

            ASK          ADMIT        DEPART       REMOVE
(none)   -> PENDING
(none)                -> ACTIVE                             (the founder, by the roster's create record)
PENDING               -> ACTIVE    -> REMOVED   -> REMOVED
ACTIVE                             -> DEPARTED  -> REMOVED
DEPARTED                                        -> REMOVED
DEPARTED: the platform said that this person left. Access ended at once; the roster still seats them, and the keys they
know still open what is written, until an administrator removes them. REMOVED is final: coming back is a new seat.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from messaging.domain.errors import Conflict


class SeatState(StrEnum):
    ABSENT = "absent"
    PENDING = "pending"
    ACTIVE = "active"
    DEPARTED = "departed"
    REMOVED = "removed"


class SeatAction(StrEnum):
    ASK = "ask"
    FOUND = "found"
    ADMIT = "admit"
    DEPART = "depart"
    REMOVE = "remove"


TRANSITIONS: Final = MappingProxyType(
    {
        (SeatState.ABSENT, SeatAction.ASK): SeatState.PENDING,
        (SeatState.ABSENT, SeatAction.FOUND): SeatState.ACTIVE,
        (SeatState.PENDING, SeatAction.ADMIT): SeatState.ACTIVE,
        (SeatState.PENDING, SeatAction.DEPART): SeatState.REMOVED,
        (SeatState.PENDING, SeatAction.REMOVE): SeatState.REMOVED,
        (SeatState.ACTIVE, SeatAction.DEPART): SeatState.DEPARTED,
        (SeatState.ACTIVE, SeatAction.REMOVE): SeatState.REMOVED,
        (SeatState.DEPARTED, SeatAction.REMOVE): SeatState.REMOVED,
    }
)


def advance(state: SeatState, action: SeatAction) -> SeatState:
    """The next state. Raises: Conflict, for any pair that the table does not hold."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise Conflict(f"a seat that is {state} cannot {action}") from None
