"""In which order moderators see what waits, and what a reporter's earlier reports say of the next one. Pure.

Points, the most first, and of two alike the older first. The reasons for them are shown, so that nobody has to guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from messaging.domain.vocabulary import CaseOrigin, ReportCategory

_CATEGORY: Final = MappingProxyType(
    {
        ReportCategory.PAYMENT: 40,
        ReportCategory.HARASSMENT: 40,
        ReportCategory.POSING: 30,
        ReportCategory.CONTACT_PRESSURE: 20,
        ReportCategory.FALSE_DIPLOMA: 20,
        ReportCategory.OTHER: 10,
    }
)
_DAY_MS: Final = 86_400_000
_PER_MORE_REPORT: Final = 10
_MORE_REPORTS_MAX: Final = 3
_PER_RELATED: Final = 15
_RELATED_MAX: Final = 2
_PER_DAY: Final = 5
_DAYS_MAX: Final = 10
_APPEAL: Final = 25
_ABUSER: Final = -30
_BY_ORIGIN: Final = MappingProxyType({CaseOrigin.REPORT: 0, CaseOrigin.NOTICE: 0, CaseOrigin.FLAG: -5})

ABUSES_MIN: Final = 3
"""So many reports found abusive within the period, and more than the founded ones, make an abusive reporter."""


@dataclass(frozen=True, slots=True)
class Record:
    """What became of a mailbox's earlier reports, within the period that is looked at."""

    made: int = 0
    founded: int = 0
    abusive: int = 0

    @property
    def abuses(self) -> bool:
        """Whether this reporter is to be seen as one who abuses reports. Nothing else follows from it."""
        return self.abusive >= ABUSES_MIN and self.abusive > self.founded


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is known of a case before anybody opened it."""

    category: ReportCategory
    origin: CaseOrigin
    reports: int
    related: int
    """Other open cases about the same party."""
    opened_at: int
    appealed: bool
    reporter: Record


@dataclass(frozen=True, slots=True)
class Ranked:
    points: int
    reasons: tuple[str, ...]


def rank(case: Waiting, now: int) -> Ranked:
    """How urgent a case is, and why."""
    parts: Sequence[tuple[str, int]] = (
        (f"category:{case.category}", _CATEGORY[case.category]),
        (f"origin:{case.origin}", _BY_ORIGIN[case.origin]),
        ("more_reports", min(max(0, case.reports - 1), _MORE_REPORTS_MAX) * _PER_MORE_REPORT),
        ("related_cases", min(case.related, _RELATED_MAX) * _PER_RELATED),
        ("age", min(max(0, now - case.opened_at) // _DAY_MS, _DAYS_MAX) * _PER_DAY),
        ("appeal", _APPEAL if case.appealed else 0),
        ("abusive_reporter", _ABUSER if case.reporter.abuses else 0),
    )
    said = [(name, points) for name, points in parts if points]
    return Ranked(sum(points for _, points in said), tuple(name for name, _ in said))
