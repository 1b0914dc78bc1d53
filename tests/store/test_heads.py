"""What the writer remembers on SQLite is what is stored, whoever wrote to the file (see `messaging.store.heads`)."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from messaging.domain.ids import ThreadId
from messaging.domain.relation import Safety
from messaging.ports import Overtaken
from messaging.store import KeyRing, create_store, heads, migrate
from messaging.store.heads import Heads
from messaging.store.unit import transaction
from tests.contracts.store.test_appending import append
from tests.contracts.store.world import World

RING = KeyRing({1: b"\x01" * 32}, 1, b"\x02" * 32)


async def world_on(url: str) -> World:
    await migrate(url)
    store = create_store(url, RING, os.urandom)
    await store.start()
    return World(store)


async def test_another_program_that_writes_overtakes_a_batch(sqlite_url: str, tmp_path: Path) -> None:
    """Nobody should; nothing is decided on rows from before all the same."""
    world = await world_on(sqlite_url)
    row = await world.thread()
    await append(world, [row], [world.event(row.thread, 1)])
    with closing(sqlite3.connect(tmp_path / "pli.sqlite3")) as other, other:
        other.execute("UPDATE threads SET safety = 'frozen'")

    with pytest.raises(Overtaken):
        await append(world, [row], [world.event(row.thread, 2)])

    async with world.store.appending() as log:
        assert (await log.lock([row.thread]))[row.thread].safety is Safety.FROZEN
    await append(world, [row], [world.event(row.thread, 2)])
    await world.store.close()


async def test_a_failed_commit_is_rolled_back_and_nothing_of_it_remembered(sqlite_url: str, tmp_path: Path) -> None:
    world = await world_on(sqlite_url)
    row = await world.thread()
    with closing(sqlite3.connect(tmp_path / "pli.sqlite3")) as other, other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(FAIL, 'disk is full'); END")
    with pytest.raises(Exception, match=r"stored already|disk is full"):
        await append(world, [row], [world.event(row.thread, 1)])
    with closing(sqlite3.connect(tmp_path / "pli.sqlite3")) as other, other:
        other.execute("DROP TRIGGER full")
        assert other.execute("SELECT count(*) FROM events").fetchone() == (0,)

    await append(world, [row], [world.event(row.thread, 1)])
    await world.store.close()


async def test_any_statement_that_may_write_to_the_tables_is_overheard(sqlite_url: str) -> None:
    """Raw SQL too."""
    world = await world_on(sqlite_url)
    row = await world.thread()
    await append(world, [row], [world.event(row.thread, 1)])
    store = world.store
    async with transaction(store._engine, store.address.kind, writable=True) as (connection, _):
        await connection.execute(text("UPDATE threads SET safety = 'frozen'"))
    async with store.appending() as log:
        assert (await log.lock([row.thread]))[row.thread].safety is Safety.FROZEN
    await store.close()


async def test_threads_beyond_the_bound_are_read_again(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "_THREADS_MAX", 3)
    world = await world_on(sqlite_url)
    rows = [await world.thread() for _ in range(5)]
    for seq in range(1, 4):
        for row in rows:
            await append(world, [row], [world.event(row.thread, seq)])
        async with world.store.appending() as log:
            locked = await log.lock(sorted(row.thread for row in rows))
        assert {row.head_seq for row in locked.values()} == {seq}
    await world.store.close()


@pytest.mark.parametrize(
    ("statement", "forgets"),
    [
        ("SELECT * FROM threads", False),
        ("PRAGMA wal_checkpoint(PASSIVE)", False),
        ("UPDATE positions SET shown=? WHERE positions.thread = ?", False),
        ("DELETE FROM outbox WHERE id <= ?", False),
        ("INSERT INTO seats (seat) VALUES (?)", True),
        ("WITH gone AS (SELECT 1) DELETE FROM threads", True),
    ],
)
def test_what_is_forgotten(statement: str, forgets: bool) -> None:
    remembered = Heads()
    remembered.version = 1
    remembered.overhear(statement)
    assert (remembered.version is None) is forgets
    assert remembered.threads([ThreadId(b"t" * 16)]) == {}
