"""What a key of the platform's back end is for: each scope opens a few operations, and none opens a message."""

from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """One area of the platform's interface."""

    MAILBOXES = "mailboxes"
    """Registers mailboxes, presentations and targets, and lists seats."""
    PEOPLE = "people"
    """Revokes accounts and reports departures."""
    RESETS = "resets"
    """Begins a mailbox anew that nobody can administer any more."""
    REPORTING = "reporting"
    """Reads the published figures."""
    ERASURE = "erasure"
    EXPORT = "export"


EVERY_SCOPE: Final = frozenset(Scope)
"""Of the platform's own signed token (`scope: "platform"`)."""
