"""The lifecycle of a third party in a thread, from its invitation on.

            INVITE        ACCEPT        LEAVE
(none)   -> INVITED
INVITED               -> PRESENT
PRESENT                             -> LEFT
LEFT is final: who comes back was invited again. An invitation holds for the epoch under which it was signed; one that
nobody accepted by then has lapsed, which is not stored. One third party is in at a time.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from messaging.domain.errors import Conflict


class ThirdState(StrEnum):
    ABSENT = "absent"
    INVITED = "invited"
    PRESENT = "present"
    LEFT = "left"


class ThirdAction(StrEnum):
    INVITE = "invite"
    ACCEPT = "accept"
    LEAVE = "leave"


TRANSITIONS: Final = MappingProxyType(
    {
        (ThirdState.ABSENT, ThirdAction.INVITE): ThirdState.INVITED,
        (ThirdState.INVITED, ThirdAction.ACCEPT): ThirdState.PRESENT,
        (ThirdState.PRESENT, ThirdAction.LEAVE): ThirdState.LEFT,
    }
)


def advance(state: ThirdState, action: ThirdAction) -> ThirdState:
    """The next state. Raises: Conflict, for any pair that the table does not hold."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise Conflict(f"a third party that is {state} cannot {action}") from None
