"""The fixtures themselves: the stores are real, durable and fresh for each test."""

import asyncio
import contextlib
from pathlib import Path

import asyncpg
import pytest

from tests.support.emptied import EmptiedDatabase
from tests.support.postgres import PostgresFailed, PostgresServer
from tests.support.scale import scaled


@pytest.mark.slow
def test_postgres_is_durable_like_in_production(postgres: PostgresServer) -> None:
    shown = [postgres.sql(f"SHOW {name}") for name in ("fsync", "full_page_writes", "synchronous_commit")]

    assert shown == ["on", "on", "on"]


@pytest.mark.slow
def test_each_database_is_new_and_dropped_under_open_connections(postgres: PostgresServer) -> None:
    name = postgres.create_database()
    postgres.sql("CREATE TABLE seen (x int)", name)
    other = postgres.create_database(template=name)
    assert postgres.sql("SELECT count(*) FROM seen", other) == "0"

    postgres.drop_database(name)
    postgres.drop_database(other)

    left = postgres.sql(f"SELECT count(*) FROM pg_database WHERE datname IN ('{name}', '{other}')")
    assert left == "0"


@pytest.mark.slow
def test_a_database_that_could_not_be_emptied_no_other_test_gets(postgres: PostgresServer) -> None:
    database = EmptiedDatabase(postgres)
    with database.lent() as first:
        pass
    with pytest.raises(PostgresFailed), database.lent() as again:
        postgres.sql("ALTER TABLE alerts RENAME TO other", again.rpartition("/")[2])
    with database.lent() as fresh:
        assert postgres.sql("SELECT count(*) FROM alerts", fresh.rpartition("/")[2]) == "0"

    assert again == first != fresh


@pytest.mark.slow
async def test_who_comes_back_to_what_was_emptied_is_told(postgres: PostgresServer) -> None:
    name = postgres.create_database()
    postgres.sql("CREATE TABLE kept AS SELECT 7 AS x", name)
    came = asyncio.Event()

    async def come_back() -> None:
        while True:
            with contextlib.suppress(asyncpg.PostgresError, OSError):
                connection = await asyncpg.connect(postgres.url(name).replace("+asyncpg", ""))
                came.set()
                await connection.execute("SELECT pg_sleep(60)")

    coming = asyncio.create_task(come_back())
    await came.wait()
    with pytest.raises(PostgresFailed, match="somebody is connected"):
        await asyncio.to_thread(postgres.empty_database, name, ["kept USING pg_sleep(2)"])
    coming.cancel()
    postgres.drop_database(name)


@pytest.mark.slow
def test_postgres_keeps_what_it_stored_over_a_restart_and_leaves_nothing_when_removed() -> None:
    server = PostgresServer()
    try:
        server.start()
        name = server.create_database()
        server.sql("CREATE TABLE kept AS SELECT 7 AS x", name)
        server.stop()
        server.start()
        kept = server.sql("SELECT x FROM kept", name)
    finally:
        server.remove()

    assert kept == "7"
    assert not server.folder.exists()


def test_a_sqlite_url_names_a_file_of_the_test(sqlite_url: str, tmp_path: Path) -> None:
    assert sqlite_url == f"sqlite+aiosqlite:///{tmp_path}/pli.sqlite3"
    assert not (tmp_path / "pli.sqlite3").exists()


def test_counts_follow_the_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLI_TEST_SCALE", raising=False)
    assert [scaled(500), scaled(20), scaled(3)] == [50, 2, 1]

    monkeypatch.setenv("PLI_TEST_SCALE", "1")
    assert scaled(500) == 500

    monkeypatch.setenv("PLI_TEST_SCALE", "0")
    with pytest.raises(ValueError, match="above 0"):
        scaled(500)
