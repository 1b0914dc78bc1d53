"""The retention schedule: what goes when, and that every category has a term."""

from messaging.config import Settings
from messaging.domain.retention import CLAIMS_DAYS_MIN, DEFAULT_DAYS, Category, Schedule

DAY_MS = 86_400_000


def test_every_category_has_a_term() -> None:
    schedule = Schedule(DEFAULT_DAYS)
    assert {category: schedule.hours(category) for category in Category} == {
        Category.TICKETS: 24,
        Category.ANSWERS: 24,
        Category.ERASED_PEOPLE: 24,
        Category.PENDING_SEATS: 90 * 24,
        Category.CLAIMS: 30 * 24,
        Category.CASES: 365 * 24,
        Category.THREADS: 5 * 365 * 24,
    }


def test_what_is_older_than_its_term_goes() -> None:
    schedule = Schedule({Category.THREADS: 10})
    assert schedule.before(Category.THREADS, 100 * DAY_MS) == 90 * DAY_MS
    assert schedule.before(Category.TICKETS, 100 * DAY_MS) == 99 * DAY_MS
    assert schedule.before(Category.THREADS, 1) == 0


def test_the_settings_have_the_same_defaults() -> None:
    settings = Settings.from_env({})
    assert {
        Category.PENDING_SEATS: settings.retention_pending_seats_days,
        Category.CLAIMS: settings.retention_claims_days,
        Category.THREADS: settings.retention_threads_days,
    } == DEFAULT_DAYS
    assert settings.retention_claims_days >= CLAIMS_DAYS_MIN
