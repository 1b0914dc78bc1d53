"""Months and years of Europe/Paris, whose cohorts the figures are of. Pure. Times are ms since 1970, UTC."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

PARIS: Final = ZoneInfo("Europe/Paris")
DAY_MS: Final = 86_400_000
AGE_MS: Final = 90 * DAY_MS
"""So old is every relation when it is first counted, and what comes later is not counted then."""


class Month(Struct, frozen=True, order=True):
    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def begins(self) -> int:
        return int(datetime(self.year, self.month, 1, tzinfo=PARIS).timestamp()) * 1_000

    @property
    def ends(self) -> int:
        """The first millisecond after it."""
        return self.next.begins

    @property
    def next(self) -> "Month":
        return Month(self.year + self.month // 12, self.month % 12 + 1)


def due_at(month: Month) -> int:
    """When its cohort can be published, ms."""
    return month.ends + AGE_MS


def month_of(at: int) -> Month:
    local = datetime.fromtimestamp(at / 1_000, UTC).astimezone(PARIS)
    return Month(local.year, local.month)


def months(first: int, until: int) -> Iterator[Month]:
    """From the one of `first` on, those that ended at `until` or before."""
    month = month_of(first)
    while month.ends <= until:
        yield month
        month = month.next


def year_months(year: int) -> list[Month]:
    return [Month(year, number) for number in range(1, 13)]
