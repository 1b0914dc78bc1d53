"""The fixtures themselves: the stores are real, durable and fresh for each test."""

from pathlib import Path

import pytest

from tests.support.postgres import PostgresServer
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
