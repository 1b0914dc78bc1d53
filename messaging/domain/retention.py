"""How long what is kept: a schedule by category, and from it the moment before which something is deleted.

Relations last for years, and so do conversations. A desk lives as long as its mailbox. The consent register, rosters
(public keys) and the audit log have no term here: they prove what was done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from messaging.domain import limits

_HOUR_MS: Final = 3_600_000


class Category(StrEnum):
    """What is deleted when its time has come."""

    TICKETS = "tickets"
    """That nobody used, after they expired."""
    ANSWERS = "answers"
    """Kept for requests with an Idempotency-Key."""
    ERASED_PEOPLE = "erased_people"
    PENDING_SEATS = "pending_seats"
    """That somebody asked for and nobody admitted."""
    CLAIMS = "claims"
    """Who claimed which prekey, and the prekey; that its index was used stays."""
    CASES = "cases"
    """Of moderation, that are over and of no conversation; the others go with theirs, which they keep until then."""
    THREADS = "threads"
    """Conversations in which nothing happened since: their events, keys, cards, everything but the register."""


DEFAULT_DAYS: Final = MappingProxyType({Category.PENDING_SEATS: 90, Category.CLAIMS: 30, Category.THREADS: 5 * 365})
"""What a deployment may set otherwise. The others have their term in `limits`."""

CLAIMS_DAYS_MIN: Final = 7
"""Quotas look a day back, and an opening is answered alike for as long as a client may send it again."""

KEPT: Final = ("consent_register", "ended_records", "roster_records")


@dataclass(frozen=True, slots=True)
class Schedule:
    """Days by category, for those that may be set."""

    days: Mapping[Category, int]

    def hours(self, category: Category) -> int:
        """How long something of this category is kept."""
        if category in self.days:
            return self.days[category] * 24
        fixed = {
            Category.TICKETS: 24,
            Category.ANSWERS: limits.idempotency_h,
            Category.ERASED_PEOPLE: limits.erased_person_h,
            Category.CASES: limits.case_kept_days * 24,
        }
        return fixed[category]

    def before(self, category: Category, now: int) -> int:
        """What is older than this (ms) goes."""
        return max(0, now - self.hours(category) * _HOUR_MS)
