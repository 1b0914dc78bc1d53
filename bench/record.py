"""What one connection sent and saw: the only thing that the accounting knows, whatever was spoken."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Sent(NamedTuple):
    """One message, as its frame carries it."""

    ref: int
    """Counts the messages of a connection from 0."""
    payload: str
    """base64"""


@dataclass(slots=True)
class Record:
    """What came back. Times are seconds of one clock."""

    due: list[float] = field(default_factory=list)
    """By ref: when the message was sent, or ought to have been."""
    acks: list[tuple[int, float]] = field(default_factory=list)
    """(ref, time)"""
    deliveries: list[tuple[str, float]] = field(default_factory=list)
    """(payload in base64, time)"""
