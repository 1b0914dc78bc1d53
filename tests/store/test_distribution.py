"""docs/partitions.md: what belongs to a conversation is kept under its id first, so that it may be spread by it."""

from sqlalchemy import Table, UniqueConstraint

from messaging.store.tables import metadata

MENTIONS = {"alert_links", "moderation_cases", "moderation_decisions", "prekeys"}
"""Tables that name a thread and belong to something else: an account, a case, a target."""
OF_THREADS = {name: table for name, table in metadata.tables.items() if "thread" in table.c and name not in MENTIONS}


def _unique_keys(table: Table) -> list[list[str]]:
    keys = [[column.name for column in table.primary_key]]
    keys += [[column.name for column in index.columns] for index in table.indexes if index.unique]
    keys += [[c.name for c in one.columns] for one in table.constraints if isinstance(one, UniqueConstraint)]
    return keys


def test_the_thread_leads_every_key_that_must_be_unique() -> None:
    assert len(OF_THREADS) >= 12
    assert {key[0] for table in OF_THREADS.values() for key in _unique_keys(table)} == {"thread"}


def test_nothing_refers_to_what_is_spread_but_with_the_thread() -> None:
    for table in metadata.tables.values():
        for key in table.foreign_key_constraints:
            if key.referred_table.name in OF_THREADS:
                assert table.name in OF_THREADS
                assert next(iter(key.columns)).name == "thread"
                assert key.elements[0].column.name == "thread"


def test_what_mentions_a_thread_refers_to_none() -> None:
    for name in MENTIONS:
        assert not metadata.tables[name].c.thread.foreign_keys
