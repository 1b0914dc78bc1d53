"""The lifecycle of a decision: in force at once, or, where one moderator alone may not decide, once a second approved.

             PROPOSE      APPROVE     REFUSE     OVERTURN      LAPSE
(none)    -> PROPOSED
PROPOSED  ->              IN_FORCE    REFUSED
IN_FORCE  ->                                     OVERTURNED    LAPSED
REFUSED, OVERTURNED and LAPSED are final. Nobody approves what they proposed. An unmasking takes the same way, up to
IN_FORCE: what was told is told.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from messaging.domain.errors import Conflict, Malformed
from messaging.domain.vocabulary import Measure


class DecisionState(StrEnum):
    ABSENT = "absent"
    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    OVERTURNED = "overturned"
    LAPSED = "lapsed"


class DecisionAction(StrEnum):
    PROPOSE = "propose"
    APPROVE = "approve"
    REFUSE = "refuse"
    OVERTURN = "overturn"
    LAPSE = "lapse"


TRANSITIONS: Final = MappingProxyType(
    {
        (DecisionState.ABSENT, DecisionAction.PROPOSE): DecisionState.PROPOSED,
        (DecisionState.PROPOSED, DecisionAction.APPROVE): DecisionState.IN_FORCE,
        (DecisionState.PROPOSED, DecisionAction.REFUSE): DecisionState.REFUSED,
        (DecisionState.IN_FORCE, DecisionAction.OVERTURN): DecisionState.OVERTURNED,
        (DecisionState.IN_FORCE, DecisionAction.LAPSE): DecisionState.LAPSED,
    }
)

TAKES_TWO: Final = frozenset((Measure.SUSPENSION,))
LASTING: Final = frozenset((Measure.FREEZE, Measure.BLOCK, Measure.SUSPENSION))
"""Measures that go on until they end or are overturned."""


def advance(state: DecisionState, action: DecisionAction) -> DecisionState:
    """The next state. Raises: Conflict, for any pair that the table does not hold."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise Conflict(f"a decision that is {state} takes no {action}") from None


def ends_at(measure: Measure, days: int | None, now: int, days_max: int) -> int | None:
    """When (ms) the measure ends by itself; None: never, or there is nothing to end. Raises: Malformed."""
    if measure not in LASTING:
        if days is not None:
            raise Malformed("this measure has no duration")
        return None
    if days is None:
        if measure is Measure.SUSPENSION:
            raise Malformed("a suspension has a duration")
        return None
    if not 1 <= days <= days_max:
        raise Malformed(f"a duration is 1 to {days_max} days")
    return now + days * 86_400_000
