"""The business face of a thread: stage and safety as tables. (The third axis, consent, is in `consent`.)

Stages go forward only, one or several at a time, and close from anywhere; a closed relation reopens where it stood, or
as engaged when both sides wrote meanwhile: writing to a closed relation is possible and moves no stage.
Dormant is derived from times, never stored. System messages never move a stage.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from messaging.domain.errors import Conflict


class Stage(StrEnum):
    SOLICITED = "solicited"
    ENGAGED = "engaged"
    MEETING_PLANNED = "meeting_planned"
    VISITED = "visited"
    AGREED = "agreed"
    INSTALLED = "installed"
    CLOSED = "closed"


_OPEN: Final = (
    Stage.SOLICITED,
    Stage.ENGAGED,
    Stage.MEETING_PLANNED,
    Stage.VISITED,
    Stage.AGREED,
    Stage.INSTALLED,
)

TRANSITIONS: Final = MappingProxyType(
    {stage: frozenset({*_OPEN[i + 1 :], Stage.CLOSED}) for i, stage in enumerate(_OPEN)}
    | {Stage.CLOSED: frozenset(_OPEN)}
)


_BOTH_WROTE: Final = 0b11
_SOLICITED: Final = Stage.SOLICITED  # asked of each message: looked up in its class it costs five times as much


class Safety(StrEnum):
    NORMAL = "normal"
    FLAGGED = "flagged"
    FROZEN = "frozen"
    BLOCKED = "blocked"


def move(stage: Stage, to: Stage) -> Stage:
    """The stage after a move. Raises: Conflict."""
    if to not in TRANSITIONS[stage]:
        raise Conflict(f"a relation that is {stage} cannot become {to}")
    return to


def reopened(before: Stage, humans: int) -> Stage:
    """Where a closed relation stands once reopened. `before`: where it stood when it was closed; `humans` as below."""
    return move(Stage.CLOSED, Stage.ENGAGED if before is Stage.SOLICITED and humans == _BOTH_WROTE else before)


def after_human_message(stage: Stage, humans: int, party: int) -> tuple[Stage, int]:
    """Stage and the bit set of sides that wrote (bit 0 initiator, bit 1 recipient), after a human message of `party`.

    `engaged` means at least one human message from each side; later stages stay where they are.
    """
    humans |= 1 << party
    if stage is _SOLICITED and humans == _BOTH_WROTE:
        return Stage.ENGAGED, humans
    return stage, humans
