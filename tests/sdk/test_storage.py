"""Storage: one contract for both kinds, and what only files have to keep."""

from collections.abc import Callable
from pathlib import Path

import pytest

from messaging.e2ee.errors import BadKey
from pli_client import FileStorage, MemoryStorage, Storage
from pli_client.errors import StorageDamaged
from tests.sdk.world import Stream

KEY = b"\x05" * 32


def in_files(folder: Path) -> FileStorage:
    return FileStorage(folder / "device", KEY, entropy=Stream())


def in_memory(folder: Path) -> MemoryStorage:
    return MemoryStorage()


@pytest.fixture(params=[in_memory, in_files], ids=["memory", "files"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    make: Callable[[Path], Storage] = request.param
    return make(tmp_path)


async def test_a_value_comes_back(storage: Storage) -> None:
    assert await storage.get("device") is None
    await storage.put("device", b"one")
    await storage.put("device", b"two")
    assert await storage.get("device") == b"two"


async def test_a_deleted_value_is_gone(storage: Storage) -> None:
    await storage.put("outbox.1", b"x")
    await storage.delete("outbox.1")
    await storage.delete("outbox.1")
    assert await storage.get("outbox.1") is None


async def test_names_are_listed_by_prefix_in_order(storage: Storage) -> None:
    assert await storage.names("") == []
    for name in ("thread.b", "outbox.1", "thread.a"):
        await storage.put(name, b"")
    assert await storage.names("thread.") == ["thread.a", "thread.b"]


@pytest.mark.parametrize("name", ["", "../escape", "a/b", "A", ".hidden", "é"])
async def test_a_name_cannot_leave_the_folder(storage: Storage, name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        await storage.put(name, b"x")
    with pytest.raises(ValueError, match="not a name"):
        await storage.get(name)


async def test_files_are_sealed_and_private(tmp_path: Path) -> None:
    await in_files(tmp_path).put("vault", b"a secret value")
    (file,) = (tmp_path / "device").iterdir()
    assert b"secret" not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


async def test_a_file_survives_the_process(tmp_path: Path) -> None:
    await in_files(tmp_path).put("vault", b"kept")
    assert await in_files(tmp_path).get("vault") == b"kept"


async def test_another_device_key_does_not_open_it(tmp_path: Path) -> None:
    await in_files(tmp_path).put("vault", b"kept")
    with pytest.raises(StorageDamaged):
        await FileStorage(tmp_path / "device", b"\x06" * 32).get("vault")


async def test_a_file_under_another_name_does_not_open(tmp_path: Path) -> None:
    storage = in_files(tmp_path)
    await storage.put("one", b"kept")
    (tmp_path / "device" / "one.sealed").rename(tmp_path / "device" / "two.sealed")
    with pytest.raises(StorageDamaged):
        await storage.get("two")


async def test_a_write_that_was_cut_off_leaves_the_old_value(tmp_path: Path) -> None:
    storage = in_files(tmp_path)
    await storage.put("one", b"kept")
    (tmp_path / "device" / "one.new").write_bytes(b"half")
    assert await storage.get("one") == b"kept"
    assert await storage.names("") == ["one"]


def test_the_device_key_has_32_bytes(tmp_path: Path) -> None:
    with pytest.raises(BadKey):
        FileStorage(tmp_path, b"short")
