"""Checkpoints, lost connections, and what is left when a store closes."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest

from messaging.domain.errors import Busy
from messaging.domain.ids import AccountId, SeatId
from messaging.ports import OutboxRow
from messaging.store import KeyRing, SqlStore, create_store, engine, migrate
from messaging.store.checkpoints import Checkpointer
from tests.support.postgres import PostgresServer
from tests.support.processes import postgres_of_its_own

RING = KeyRing({1: b"\x01" * 32}, 1, b"\x02" * 32)


async def _started(url: str) -> SqlStore:
    await migrate(url)
    store = create_store(url, RING, os.urandom)
    await store.start()
    return store


async def _write(store: SqlStore, count: int) -> None:
    async with store.transaction() as tx:
        await tx.outbox.append([OutboxRow(os.urandom(16), n, "t", 1, os.urandom(1_000)) for n in range(count)])


async def test_a_checkpoint_moves_the_log_into_the_database_and_the_log_starts_over(
    sqlite_url: str, tmp_path: Path
) -> None:
    store = await _started(sqlite_url)
    database, wal = tmp_path / "pli.sqlite3", tmp_path / "pli.sqlite3-wal"
    before = database.stat().st_size

    for _ in range(12):
        await _write(store, 500)
    untouched, logged = database.stat().st_size, wal.stat().st_size
    await store.checkpoint()
    grown = database.stat().st_size
    await _write(store, 5)

    assert untouched == before
    assert grown > before + 6_000_000
    assert wal.stat().st_size == logged
    await store.close()
    assert not wal.exists()


async def test_checkpoints_between_transactions_disturb_nobody(database_url: str) -> None:
    store = await _started(database_url)

    async with asyncio.timeout(30):
        await asyncio.gather(*(_write(store, 5) for _ in range(20)), *(store.checkpoint() for _ in range(20)))
        async with store.transaction() as tx:
            assert len(await tx.outbox.take(1_000)) == 100

    await store.close()


async def test_a_log_that_never_rests_starts_over_too(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.store.store._WAL_FRAMES_MAX", 200)
    store = await _started(sqlite_url)
    wal = tmp_path / "pli.sqlite3-wal"

    sizes: list[int] = []
    for _ in range(20):
        await asyncio.gather(*(_write(store, 20) for _ in range(10)), store.checkpoint())
        sizes.append(wal.stat().st_size)

    assert sizes[-1] < 2 * sizes[4]  # written over and over; twenty rounds made four times as much
    await store.close()


async def test_what_is_committed_while_the_log_is_copied_stays(sqlite_url: str, tmp_path: Path) -> None:
    """Checkpoints as fast as they go, on a log that commits start over again and again."""
    store = await _started(sqlite_url)
    writing = True

    async def copy() -> int:
        copied = 0
        while writing:
            await store.checkpoint()
            copied += 1
        return copied

    copying = asyncio.create_task(copy())
    for _ in range(400):
        await _write(store, 1)
    writing = False

    assert await copying > 10
    await store.close()
    with closing(sqlite3.connect(tmp_path / "pli.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("SELECT count(*) FROM outbox").fetchone() == (400,)


async def test_a_reader_from_outside_stalls_nobody_and_nothing_is_called_cleared(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.store.store.sqlite_busy_ms", 50)
    store = await _started(sqlite_url)
    await _write(store, 5)
    with closing(sqlite3.connect(tmp_path / "pli.sqlite3", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM outbox").fetchall()
        await _write(store, 5)
        async with asyncio.timeout(30):
            for _ in range(4):
                await store.checkpoint()
        with pytest.raises(Busy):
            await store.purge(["outbox"])
    assert await store.purge(["outbox"]) == {"outbox": "overwritten"}
    await store.close()


async def test_a_purge_waits_for_a_copy_under_way(sqlite_url: str) -> None:
    """SQLite answers busy at once where two checkpoints meet, however long one would have waited."""
    store = await _started(sqlite_url)

    async with asyncio.timeout(30):
        for _ in range(20):
            await _write(store, 200)
            _, files = await asyncio.gather(store.checkpoint(), store.purge(["outbox"]))
            assert files == {"outbox": "overwritten"}

    await store.close()


async def test_a_failed_look_does_not_end_the_checkpoints(sqlite_url: str, tmp_path: Path) -> None:
    store = await _started(sqlite_url)
    checkpointer = Checkpointer(tmp_path / "pli.sqlite3")
    await checkpointer.copy()
    async with store.transaction() as tx:
        await tx.outbox.append([OutboxRow(os.urandom(16), 0, "t", 1, b"")])
    with closing(sqlite3.connect(tmp_path / "pli.sqlite3")) as other:
        other.execute("ALTER TABLE meta RENAME TO gone")
    with pytest.raises(sqlite3.OperationalError):
        await checkpointer.copy()
    with closing(sqlite3.connect(tmp_path / "pli.sqlite3")) as other:
        other.execute("ALTER TABLE gone RENAME TO meta")
    assert await checkpointer.copy() > 0
    await checkpointer.close()
    await store.close()


@pytest.mark.slow
async def test_a_purge_that_is_cancelled_ends_so_and_leaves_a_store_that_goes_on(
    sqlite_url: str, tmp_path: Path
) -> None:
    """Another program reads the file, for which the purge waits. Another error would hide that it was cancelled."""
    store = await _started(sqlite_url)
    await _write(store, 5)
    with closing(sqlite3.connect(tmp_path / "pli.sqlite3", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM outbox").fetchall()
        await _write(store, 5)
        purging = asyncio.create_task(store.purge(["outbox"]))
        await asyncio.sleep(0.2)
        purging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await purging
    await _write(store, 5)
    assert await store.purge(["outbox"]) == {"outbox": "overwritten"}
    await store.close()


async def test_a_checkpoint_that_was_cancelled_is_waited_for(sqlite_url: str, tmp_path: Path) -> None:
    store = await _started(sqlite_url)
    await _write(store, 500)

    copying = asyncio.create_task(store.checkpoint())
    await asyncio.sleep(0)
    copying.cancel()
    await store.close()
    await store.checkpoint()

    assert not (tmp_path / "pli.sqlite3-wal").exists()


async def test_who_waits_too_long_for_a_connection_is_told_to_come_back(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "connection_wait_s", 0.05)
    monkeypatch.setattr(engine, "postgres_connections_max", 1)
    store = await _started(database_url)

    async with store.transaction():
        with pytest.raises(Busy):
            await _write(store, 1)

    await _write(store, 1)
    await store.close()


@pytest.mark.slow
async def test_a_restart_of_postgresql_costs_the_next_transactions_nothing() -> None:
    server = PostgresServer()
    try:
        server.start()
        store = await _started(server.url(server.create_database()))
        await asyncio.gather(*(_write(store, 1) for _ in range(8)))
        server.stop()
        server.start(same_port=True)

        assert await store.active_seats([SeatId(bytes(16))]) == set(), "by a new connection"
        await asyncio.gather(*(_write(store, 1) for _ in range(8)))
        async with store.transaction() as tx:
            taken = await tx.outbox.take(100)
        await store.close()
    finally:
        server.remove()

    assert len(taken) == 16


@pytest.mark.slow
async def test_a_connection_that_dies_inside_a_transaction_fails_only_that_one(
    postgres: PostgresServer, postgres_url: str
) -> None:
    store = await _started(postgres_url)
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'"

    with pytest.raises(Busy):
        async with store.transaction() as tx:
            await tx.accounts.ensure("issuer", "gone", AccountId(os.urandom(16)))
            await asyncio.to_thread(postgres.sql, kill % postgres_url.rpartition("/")[2])
            await tx.accounts.find("issuer", "gone")

    async with store.reading() as tx:
        assert await tx.accounts.find("issuer", "gone") is None
    await _write(store, 1)
    await store.close()


@pytest.mark.slow
@pytest.mark.faults
async def test_while_the_server_is_away_it_is_busy_and_nothing_is_written() -> None:
    with postgres_of_its_own() as server:
        store = await _started(server.url(server.create_database()))
        await _write(store, 1)
        server.kill()
        for attempt in (store.transaction, store.reading, store.appending):
            with pytest.raises(Busy, match="away"):
                async with attempt():
                    pass
        for look in (store.watch(), store.active_seats([SeatId(bytes(16))])):
            with pytest.raises(Busy, match="away"):
                await look
        await asyncio.to_thread(server.start, same_port=True)
        await _write(store, 1)
        async with store.reading() as tx:
            assert len(await tx.outbox.take(100)) == 2
        await store.close()


@pytest.mark.slow
@pytest.mark.faults
async def test_where_the_server_dies_in_the_commit_nobody_is_told_yes_or_no() -> None:
    with postgres_of_its_own() as server:
        store = await _started(server.url(server.create_database()))
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            async with store.transaction() as tx:
                await tx.outbox.append([OutboxRow(os.urandom(16), 0, "t", 1, b"")])
                server.kill()
        await store.close()
