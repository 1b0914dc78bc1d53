"""The lifecycle of a case, from the report that opens it to its end.

              CLAIM     RELEASE   HEAR      ANSWER    DECIDE   APPEAL    UPHOLD  OVERTURN    CLOSE
RECEIVED   -> CLAIMED
CLAIMED    ->           RECEIVED  AWAITING            DECIDED
AWAITING   ->           RECEIVED            CLAIMED   DECIDED
DECIDED    ->                               DECIDED            APPEALED                      CLOSED
APPEALED   -> APPEALED  APPEALED            APPEALED                     UPHELD  OVERTURNED
UPHELD     ->                                                                                CLOSED
OVERTURNED ->                                                                                CLOSED
CLOSED is final. A report that comes before the decision joins the case; after it, it opens another one. A claim holds
for a time: a moderator who does not come back does not keep a case from the others. While the accused is heard the
claim holds until their time is up. A measure that cannot wait is decided before the answer, which then still comes, and
is there for the appeal.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from messaging.domain.errors import Conflict


class CaseState(StrEnum):
    RECEIVED = "received"
    CLAIMED = "claimed"
    AWAITING = "awaiting"
    """The accused is asked."""
    DECIDED = "decided"
    APPEALED = "appealed"
    UPHELD = "upheld"
    OVERTURNED = "overturned"
    CLOSED = "closed"


class CaseAction(StrEnum):
    CLAIM = "claim"
    RELEASE = "release"
    """Given back, or the claim expired."""
    HEAR = "hear"
    ANSWER = "answer"
    DECIDE = "decide"
    APPEAL = "appeal"
    UPHOLD = "uphold"
    OVERTURN = "overturn"
    CLOSE = "close"


TRANSITIONS: Final = MappingProxyType(
    {
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
)

CLAIMABLE: Final = frozenset(state for state, action in TRANSITIONS if action is CaseAction.CLAIM)
"""In these a moderator takes the case, or the appeal."""

UNDECIDED: Final = (CaseState.RECEIVED, CaseState.CLAIMED, CaseState.AWAITING)


def advance(state: CaseState, action: CaseAction) -> CaseState:
    """The next state. Raises: Conflict, for any pair that the table does not hold."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise Conflict(f"a case that is {state} takes no {action}") from None


def claim_ends(now: int, due_at: int | None, claim_ms: int) -> int:
    """Until when (ms) a claim holds: `claim_ms` from now, or from the end of the accused's time."""
    return max(now, due_at or 0) + claim_ms


def is_held(holder: bytes | None, held_until: int | None, now: int) -> bool:
    """Whether a claim is in force."""
    return holder is not None and held_until is not None and now < held_until
