"""docs/partitions.md: what belongs to a conversation is kept under its id first, so that it may be spread by it."""

import os
import re
from pathlib import Path

import pytest
from sqlalchemy import Table, UniqueConstraint

from messaging.domain import limits
from messaging.store import KeyRing, create_store, migrate
from messaging.store.address import parse
from messaging.store.tables import metadata
from tests.support.postgres import PostgresServer

PAGE = Path(__file__).parents[2] / "docs" / "partitions.md"

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


def partitioning() -> str:
    """The statements of the page, with all eight partitions."""
    (block,) = re.findall(r"(?m)^    BEGIN;\n(?:    .*\n)+?    COMMIT;$", PAGE.read_text(encoding="utf-8"))
    first = re.search(r"    CREATE TABLE events_0 .*\n", block)
    assert first is not None
    rest = "".join(
        first[0].replace("events_0", f"events_{n}").replace("REMAINDER 0", f"REMAINDER {n}") for n in range(1, 8)
    )
    return str(block.replace(first[0], first[0] + rest))


@pytest.mark.slow
async def test_partitions_are_measured_before_they_are_written_anew(
    new_postgres_url: str, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table that has them is empty itself; written anew it would be locked with all of them."""
    await migrate(new_postgres_url)
    postgres.sql(partitioning(), str(parse(new_postgres_url).url.database))
    store = create_store(new_postgres_url, KeyRing({1: bytes(32)}, 1, bytes(32)), os.urandom)
    await store.start()
    try:
        assert await store.purge(["events", "threads"]) == {"events": "rewritten", "threads": "rewritten"}
        monkeypatch.setattr(limits, "purge_rewrite_bytes_max", 1)
        assert await store.purge(["events", "threads"]) == {"events": "vacuumed", "threads": "vacuumed"}
    finally:
        await store.close()
