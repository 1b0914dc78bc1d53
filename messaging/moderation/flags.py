"""Flags: what metadata alone makes look at twice. Every rule is here, and readable; nothing else is looked at.

A flag opens a case that shows its reason, so that a moderator looks. It is never a sanction, and takes nothing from
anybody: what was written stays sealed, and without a report no moderator can read any of it.

| rule              | looks at                                          | within | from |
|-------------------|---------------------------------------------------|--------|------|
| burst             | first contacts of one mailbox                     | 24 h   | 25   |
| silent_targets    | first contacts of one mailbox that nobody answered | 30 d   | 20   |
|                   | (three quarters of all at least, 3 days old each) |        |      |
| reports_across    | conversations in which others reported one mailbox | 90 d   | 3    |
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS

BURST_MS: Final = 24 * _HOUR_MS
BURST_FROM: Final = 25
SILENT_MS: Final = 30 * _DAY_MS
SILENT_FROM: Final = 20
SILENT_SHARE: Final = 0.75
REPORTS_MS: Final = 90 * _DAY_MS
REPORTS_FROM: Final = 3
AGAIN_MS: Final = 30 * _DAY_MS
"""The same rule flags the same mailbox once in this time."""


class FlagRule(StrEnum):
    BURST = "burst"
    SILENT_TARGETS = "silent_targets"
    REPORTS_ACROSS = "reports_across"


@dataclass(frozen=True, slots=True)
class Seen:
    """Counts of one mailbox, within the times above."""

    opened_in_a_day: int
    opened: int
    silent: int
    """Of `opened`, those in which the other side never wrote, and which are at least three days old."""
    threads_reported: int


@dataclass(frozen=True, slots=True)
class Flag:
    rule: FlagRule
    measured: int


def flags(seen: Seen) -> Sequence[Flag]:
    """Which rules these counts meet."""
    found = []
    if seen.opened_in_a_day >= BURST_FROM:
        found.append(Flag(FlagRule.BURST, seen.opened_in_a_day))
    if seen.silent >= SILENT_FROM and seen.silent >= SILENT_SHARE * seen.opened:
        found.append(Flag(FlagRule.SILENT_TARGETS, seen.silent))
    if seen.threads_reported >= REPORTS_FROM:
        found.append(Flag(FlagRule.REPORTS_ACROSS, seen.threads_reported))
    return found
