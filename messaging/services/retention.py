"""The retention run: deletes what its time has come for, in small transactions, and gives a proof of it.

A dry run counts the same rows and changes nothing. A run that was stopped is run again. Conversations go thread by
thread, locked and looked at again, each with a relation event that says so; the consent register stays.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from messaging.domain import limits
from messaging.domain.ids import ThreadId
from messaging.domain.retention import KEPT, Category, Schedule
from messaging.ports import Store
from messaging.relations import facts

_DAY_MS: Final = 86_400_000
_CONVERSATION: Final = (
    *("events", "wraps", "rotations", "positions", "parties", "escrow", "cards", "closings", "progress", "shares"),
    *("thirds", "threads"),
)
_CASES: Final = (
    *("moderation_statements", "moderation_notices", "moderation_told", "moderation_unmaskings"),
    *("moderation_decisions", "moderation_cases"),
)
TABLES: Final = ("tickets", "answers", "erased_people", "seats", "prekeys", *_CASES, *_CONVERSATION)


class CategoryReport(Struct, frozen=True):
    kept_hours: int
    before: int
    """ms; what is older went."""
    rows: dict[str, int]
    """By table: deleted, or in a dry run what would be."""


class RetentionReport(Struct, frozen=True):
    """The proof of one run, to be kept by who ran it."""

    at: int
    dry_run: bool
    categories: dict[str, CategoryReport]
    kept: list[str]
    """Tables without a term."""
    files: Mapping[str, str]
    """How the database's files were cleared, by table (`messaging.ports.Store.purge`)."""
    backups_expire_at: int | None
    """When the last backup that holds what was deleted has expired."""


async def dry_run(store: Store, schedule: Schedule, now: int) -> RetentionReport:
    """What a run would delete now."""
    categories = {}
    async with store.reading() as tx:
        for category in Category:
            before = schedule.before(category, now)
            rows = {_table(category): await tx.retiring.count(category, before)}
            categories[category.value] = CategoryReport(schedule.hours(category), before, rows)
    return RetentionReport(now, True, categories, list(KEPT), {}, None)


async def apply(store: Store, schedule: Schedule, now: int, backup_days: int) -> RetentionReport:
    """Deletes, clears the files, and reports."""
    categories = {}
    for category in Category:
        before = schedule.before(category, now)
        retire = _retire_threads if category is Category.THREADS else _retire_rows
        categories[category.value] = CategoryReport(
            schedule.hours(category), before, await retire(store, category, before, now)
        )
    touched = [table for report in categories.values() for table, rows in report.rows.items() if rows]
    if "moderation_cases" in touched:
        touched += _CASES
    files = await store.purge(list(dict.fromkeys(touched)))
    return RetentionReport(now, False, categories, list(KEPT), files, now + backup_days * _DAY_MS)


async def _retire_rows(store: Store, category: Category, before: int, now: int) -> dict[str, int]:
    deleted = 0
    while True:
        async with store.transaction() as tx:
            batch = await tx.retiring.delete(category, before, limits.retention_batch_max)
        deleted += batch
        if batch < limits.retention_batch_max:
            return {_table(category): deleted}


async def _retire_threads(store: Store, category: Category, before: int, now: int) -> dict[str, int]:
    deleted = dict.fromkeys((*_CASES, *_CONVERSATION), 0)
    after: ThreadId | None = None
    while True:
        async with store.transaction() as tx:
            found = await tx.retiring.dormant(before, after, limits.retention_threads_max)
            locked = await tx.threads.lock(found)
            # Looked at again, now that nobody writes there, or reports what is there.
            still = await tx.retiring.dormant(before, after, limits.retention_threads_max)
            dormant = [locked[thread] for thread in found if thread in still]
            await tx.outbox.append([facts.purged(row.subject, row.relation_n, now) for row in dormant])
            for table, rows in (await tx.retiring.forget_threads([row.thread for row in dormant])).items():
                deleted[table] += rows
        if len(found) < limits.retention_threads_max:
            return deleted
        after = found[-1]


def _table(category: Category) -> str:
    named = {Category.PENDING_SEATS: "seats", Category.CLAIMS: "prekeys", Category.CASES: "moderation_cases"}
    return named.get(category, category.value)
