"""How far a relation came: the steps that its sides say openly, as one table. Pure.

A side proposes, and the other one answers: nobody confirms a meeting or accepts an offer of its own. An installation is
declared by one side and confirmed when the other says the same. A step moves the stage forward, never back, and none is
taken in a relation that is closed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from messaging.domain.errors import Conflict
from messaging.domain.relation import TRANSITIONS, Stage


class Step(StrEnum):
    MEETING_PROPOSED = "meeting_proposed"
    MEETING_CONFIRMED = "meeting_confirmed"
    MEETING_HELD = "meeting_held"
    VISITED = "visited"
    OFFER_PROPOSED = "offer_proposed"
    OFFER_ACCEPTED = "offer_accepted"
    OFFER_DECLINED = "offer_declined"
    INSTALLED = "installed"


@dataclass(frozen=True, slots=True)
class Progress:
    """What of a relation the next step depends on, beside its stage."""

    meeting: int | None = None
    """The party whose proposal to meet has no answer yet."""
    offer: int | None = None
    """The party whose offer has no answer yet."""
    installed: int = 0
    """Bit p: party p says that the project has settled there."""


STAGES: Final[Mapping[Step, Stage]] = MappingProxyType(
    {
        Step.MEETING_CONFIRMED: Stage.MEETING_PLANNED,
        Step.VISITED: Stage.VISITED,
        Step.OFFER_ACCEPTED: Stage.AGREED,
    }
)
"""The stage that a step leads to, from an earlier one. An installation leads to `installed` once both sides say it."""

_BOTH: Final = 0b11


def take(progress: Progress, stage: Stage, step: Step, party: int) -> tuple[Progress, Stage]:
    """After a step of `party` (0 initiator, 1 recipient). Raises: Conflict, where it cannot be taken."""
    if stage is Stage.CLOSED:
        raise Conflict("the relation is closed; reopen it first")
    after = _after(progress, step, party)
    if step is Step.INSTALLED:
        return after, _forward(stage, Stage.INSTALLED) if after.installed == _BOTH else stage
    return after, _forward(stage, STAGES[step]) if step in STAGES else stage


def _after(progress: Progress, step: Step, party: int) -> Progress:
    match step:
        case Step.MEETING_PROPOSED:
            return replace(progress, meeting=party)
        case Step.MEETING_CONFIRMED:
            _check_answers(progress.meeting, party, "to meet")
            return replace(progress, meeting=None)
        case Step.OFFER_PROPOSED:
            return replace(progress, offer=party)
        case Step.OFFER_ACCEPTED | Step.OFFER_DECLINED:
            _check_answers(progress.offer, party, "an offer")
            return replace(progress, offer=None)
        case Step.INSTALLED:
            if progress.installed >> party & 1:
                raise Conflict("this side has declared the installation already")
            return replace(progress, installed=progress.installed | 1 << party)
        case Step.MEETING_HELD | Step.VISITED:
            return progress


def _check_answers(proposed_by: int | None, party: int, what: str) -> None:
    if proposed_by is None or proposed_by == party:
        raise Conflict(f"the other side has not proposed {what}")


def _forward(stage: Stage, to: Stage) -> Stage:
    return to if to in TRANSITIONS[stage] else stage
