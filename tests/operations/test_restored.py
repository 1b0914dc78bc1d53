"""A restored backup: the service notices, or is told, and every client is greeted with another stream epoch."""

import asyncio
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from messaging.store import KeyRing, create_store, migrate
from messaging.store.beat import BeatFile
from tests.faults.raw import RawSocket
from tests.journeys.people import cast
from tests.operations.sealed import plant
from tests.support.processes import ServiceProcess

pytestmark = [pytest.mark.slow]

RING = KeyRing({1: b"\x01" * 32}, 1, b"\x02" * 32)


def backup(database: Path, copy: Path) -> None:
    """As `sqlite3 pli.sqlite3 .backup` makes one while the service runs."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    source.close()
    target.close()


def restore(copy: Path, database: Path) -> None:
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    shutil.copy(copy, database)
    database.chmod(0o600)


async def epoch_after(url: str, *, write: int = 0) -> tuple[int, bool]:
    """One life of the store: its stream epoch, and whether it noticed a restored backup."""
    store = create_store(url, RING, os.urandom)
    await store.start()
    if write:
        await plant(store, write)
    epoch, restored = store.stream_epoch, store.restored
    await store.close()
    return epoch, restored


async def test_lives_without_a_backup_keep_the_epoch(sqlite_url: str) -> None:
    await migrate(sqlite_url)
    for life in range(4):
        assert await epoch_after(sqlite_url, write=life % 2) == (1, False)


async def test_an_older_copy_of_the_database_is_noticed_once(sqlite_url: str, tmp_path: Path) -> None:
    await migrate(sqlite_url)
    database, copy = tmp_path / "pli.sqlite3", tmp_path / "copy"
    await epoch_after(sqlite_url, write=1)
    shutil.copy(database, copy)
    await epoch_after(sqlite_url, write=1)
    restore(copy, database)
    first, noticed = await epoch_after(sqlite_url)
    assert noticed
    assert first > 1
    assert await epoch_after(sqlite_url, write=1) == (first, False)

    restore(copy, database)
    second, noticed = await epoch_after(sqlite_url)
    assert noticed
    assert second not in (1, first), "the same backup restored twice is not the same history"


async def test_a_backup_of_this_very_life_is_noticed(sqlite_url: str, tmp_path: Path) -> None:
    """Taken while the service ran, after its last start; what came after it is lost, in a power cut."""
    await migrate(sqlite_url)
    store = create_store(sqlite_url, RING, os.urandom)
    await store.start()
    await plant(store, 1)
    await store.watch()
    backup(tmp_path / "pli.sqlite3", tmp_path / "copy")
    await plant(store, 2)
    await store.watch()
    store._started = False  # no last beat, as in a power cut
    await store.close()
    restore(tmp_path / "copy", tmp_path / "pli.sqlite3")
    assert (await epoch_after(sqlite_url))[1]


async def test_nothing_is_written_where_nothing_happens(sqlite_url: str, tmp_path: Path) -> None:
    await migrate(sqlite_url)
    store = create_store(sqlite_url, RING, os.urandom)
    await store.start()
    await store.watch()
    beside = BeatFile(tmp_path / "pli.sqlite3")
    before = beside.path.stat().st_mtime_ns
    for _ in range(3):
        assert not await store.watch()
    assert beside.path.stat().st_mtime_ns == before
    await store.close()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"service": "AAAA", "beat": 99}', b'{"beat": -1}', b"\xff"])
async def test_a_beat_file_of_nonsense_is_no_backup(sqlite_url: str, tmp_path: Path, content: bytes) -> None:
    await migrate(sqlite_url)
    await epoch_after(sqlite_url, write=1)
    BeatFile(tmp_path / "pli.sqlite3").path.write_bytes(content)
    assert await epoch_after(sqlite_url, write=1) == (1, False)
    assert BeatFile(tmp_path / "pli.sqlite3").path.read_bytes() != content


async def test_a_database_made_anew_is_no_backup(sqlite_url: str, tmp_path: Path) -> None:
    await migrate(sqlite_url)
    await epoch_after(sqlite_url, write=1)
    (tmp_path / "pli.sqlite3").unlink()
    await migrate(sqlite_url)
    assert await epoch_after(sqlite_url) == (1, False)


async def test_a_service_that_starts_on_a_backup_says_so_to_every_client(
    deployed: ServiceProcess, tmp_path: Path
) -> None:
    database, copy = deployed.folder.parent / "pli.sqlite3", tmp_path / "copy"
    people = await cast(deployed)
    await deployed.terminate()
    shutil.copy(database, copy)
    await deployed.start()
    await people.settle()
    before = (await deployed.info()).stream_epoch
    await deployed.kill()
    restore(copy, database)
    await deployed.start()
    assert (await deployed.info()).stream_epoch > before
    assert b"restored from a backup" in deployed.printed
    async with people.doctor.api() as api:
        socket = await RawSocket.open(deployed, api)
        assert socket.welcomed.stream_epoch == (await deployed.info()).stream_epoch
        await socket.close()


async def test_the_operator_says_that_a_backup_was_restored(database_url: str, tmp_path: Path) -> None:
    """With the service running: open sockets go away and are greeted with the new epoch, also by other processes."""
    async with ServiceProcess(database_url, tmp_path / "service") as service:
        people = await cast(service)
        before = (await service.info()).stream_epoch
        async with people.doctor.api() as api:
            socket = await RawSocket.open(service, api)
            assert socket.welcomed.stream_epoch == before
            done = await service.command("restored")
            assert (done.code, done.err) == (0, "")
            async with asyncio.timeout(30):
                assert await socket.closed() == 4001
            again = await RawSocket.open(service, api)
            assert again.welcomed.stream_epoch == (await service.info()).stream_epoch > before
            assert str(again.welcomed.stream_epoch) in done.out
            await again.close()
        assert not service.tracebacks()
