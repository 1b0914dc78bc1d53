"""Opening a store: every mistake says what to do, and no message holds a password."""

import asyncio
import os
import stat
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from sqlalchemy import text

from messaging.store import KeyRing, SqlStore, StoreError, create_store, current_revision, engine, migrate, migrating
from messaging.store.address import parse
from messaging.store.errors import (
    BadKeyRing,
    CannotConnect,
    DatabaseMissing,
    InUse,
    SchemaMismatch,
    UnsafeDurability,
)
from tests.support.ports import free_port
from tests.support.postgres import PostgresServer

_HOLD = """
import sys, pathlib
from messaging.store.process_lock import ProcessLock
lock = ProcessLock.take(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""

RING = KeyRing({1: b"\x01" * 32}, 1, b"\x02" * 32)


def _store(url: str, ring: KeyRing = RING) -> SqlStore:
    return create_store(url, ring, os.urandom)


async def _refused(url: str, error: type[StoreError], ring: KeyRing = RING) -> str:
    store = _store(url, ring)
    with pytest.raises(error) as refusal:
        await store.start()
    assert "hunter2" not in str(refusal.value)
    return str(refusal.value)


def _modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


async def _run(url: str, statement: str) -> None:
    opened = engine.create_engine(parse(url))
    async with opened.connect() as connection:
        await connection.execute(text(statement))
    await opened.dispose()


async def test_a_missing_sqlite_file_says_to_migrate_and_is_not_made(sqlite_url: str, tmp_path: Path) -> None:
    assert "Run `pli migrate`" in await _refused(sqlite_url, DatabaseMissing)
    with pytest.raises(DatabaseMissing):
        await current_revision(sqlite_url)

    assert _modes(tmp_path) == {}


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotConnect, match="Make the folder"):
        await migrate(f"sqlite:///{tmp_path / 'missing' / 'pli.sqlite3'}")


async def test_a_file_that_is_no_database_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "pli.sqlite3").write_bytes(b"not a database at all" * 100)

    assert "cannot be opened" in await _refused(sqlite_url, CannotConnect)


async def test_a_server_that_does_not_answer_is_named_without_the_password() -> None:
    port = free_port()

    said = await _refused(f"postgresql://pli:hunter2@127.0.0.1:{port}/pli", CannotConnect)

    assert f"127.0.0.1:{port}/pli cannot be opened" in said


@pytest.mark.slow
async def test_a_database_that_the_server_lacks_is_named(postgres: PostgresServer) -> None:
    url = postgres.url("nowhere").replace("pli@", "pli:hunter2@")

    assert "createdb nowhere" in await _refused(url, DatabaseMissing)
    with pytest.raises(DatabaseMissing):
        await migrate(url)


@pytest.mark.slow
async def test_an_unknown_user_is_refused_without_the_password(postgres: PostgresServer) -> None:
    url = postgres.url("postgres").replace("pli@", "nobody:hunter2@")

    assert "refuses this user" in await _refused(url, CannotConnect)


async def test_an_empty_database_says_to_migrate(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        engine.create_sqlite_file(parse(database_url).file)

    assert "no tables yet. Run `pli migrate`" in await _refused(database_url, SchemaMismatch)
    assert await current_revision(database_url) is None


async def test_an_older_schema_says_to_migrate(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    revision = await migrate(database_url)
    monkeypatch.setattr(migrating, "_newest", lambda: "9999")

    assert f"older schema ({revision})" in await _refused(database_url, SchemaMismatch)


async def test_a_newer_schema_is_left_alone(database_url: str) -> None:
    await migrate(database_url)
    await _run(database_url, "UPDATE alembic_version SET version_num = '9999'")

    assert "newer version (9999)" in await _refused(database_url, SchemaMismatch)
    with pytest.raises(SchemaMismatch, match="newer version"):
        await migrate(database_url)


async def test_another_key_ring_is_refused(database_url: str) -> None:
    await migrate(database_url)
    store = _store(database_url)
    await store.start()
    await store.close()

    said = await _refused(database_url, BadKeyRing, KeyRing({1: b"\x01" * 32}, 1, b"\x03" * 32))

    assert "not the one that this database was made with" in said


@pytest.mark.slow
@pytest.mark.parametrize("value", ["off", "local", "remote_write"])
async def test_postgresql_must_wait_for_the_disk(postgres: PostgresServer, postgres_url: str, value: str) -> None:
    await migrate(postgres_url)
    name = parse(postgres_url).url.database
    postgres.sql(f"ALTER DATABASE {name} SET synchronous_commit = {value}")

    said = await _refused(postgres_url, UnsafeDurability)

    assert f"synchronous_commit is '{value}'. Set it to 'on'" in said


@pytest.mark.parametrize(
    ("pragma", "weak", "named"),
    [
        ("PRAGMA synchronous=FULL", "PRAGMA synchronous=NORMAL", "synchronous is 1"),
        ("PRAGMA journal_mode=WAL", "PRAGMA journal_mode=MEMORY", "journal_mode is 'memory'"),
        ("PRAGMA foreign_keys=ON", "PRAGMA foreign_keys=OFF", "foreign_keys is 0"),
    ],
)
async def test_sqlite_must_wait_for_the_disk(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, pragma: str, weak: str, named: str
) -> None:
    pragmas = tuple(weak if each == pragma else each for each in engine._PRAGMAS)
    monkeypatch.setattr(engine, "_PRAGMAS", pragmas)
    await migrate(sqlite_url)

    assert named in await _refused(sqlite_url, UnsafeDurability)


async def test_a_second_opening_of_a_sqlite_file_is_refused_until_the_first_closes(sqlite_url: str) -> None:
    await migrate(sqlite_url)
    first = _store(sqlite_url)
    await first.start()

    assert f"(pid {os.getpid()})" in await _refused(sqlite_url, InUse)
    for attempt in (migrate, current_revision):
        with pytest.raises(InUse):
            await attempt(sqlite_url)
    await first.close()

    second = _store(sqlite_url)
    await second.start()
    await second.close()


async def test_another_process_that_has_the_file_is_named_and_its_death_frees_it(
    sqlite_url: str, tmp_path: Path
) -> None:
    await migrate(sqlite_url)
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _HOLD, str(tmp_path / "pli.sqlite3"), stdin=PIPE, stdout=PIPE
    )
    try:
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"held\n"
        assert f"(pid {holder.pid})" in await _refused(sqlite_url, InUse)
    finally:
        holder.kill()
        await holder.communicate()

    store = _store(sqlite_url)
    await store.start()
    await store.close()


async def test_sqlite_files_are_for_their_owner_only(sqlite_url: str, tmp_path: Path) -> None:
    await migrate(sqlite_url)
    store = _store(sqlite_url)
    await store.start()

    modes = _modes(tmp_path)

    await store.close()
    assert modes.keys() >= {"pli.sqlite3", "pli.sqlite3-wal", "pli.sqlite3.lock"}
    assert set(modes.values()) == {0o600}
