"""The way of a command to the store: into the running service, past a dead one, or straight to the database."""

import asyncio
import contextlib
import json
import os
import stat
from pathlib import Path

import pytest

from messaging.app import initialise
from messaging.config import Settings
from messaging.operations import Nothing, Operation, OperationFailed, carry_out, key_ring, local_socket
from messaging.operations.admin_socket import answering, ask
from tests.support.processes import ServiceProcess
from tests.support.server import running_service

pytestmark = [pytest.mark.slow]


async def replies(path: Path, request: bytes) -> list[dict[str, object]]:
    reader, writer = await local_socket.connect(path)
    writer.write(request)
    async with asyncio.timeout(30):
        lines = await reader.read()
    writer.close()
    return [json.loads(line) for line in lines.splitlines()]


async def test_a_command_reaches_into_the_running_service(deployed: ServiceProcess) -> None:
    done = await deployed.command("keys", "list")
    assert (done.code, done.out, done.err) == (0, "key 1    in use  seals nothing\n", "")
    assert b"an operator runs keys.list" in deployed.printed


async def test_the_socket_is_for_its_owner_only_and_goes_with_the_service(deployed: ServiceProcess) -> None:
    path = deployed.folder / "admin.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    await deployed.terminate()
    assert not path.exists()
    assert (await deployed.command("keys", "list")).code == 0


async def test_a_dead_services_socket_stops_nobody(deployed: ServiceProcess) -> None:
    await deployed.kill()
    assert (deployed.folder / "admin.sock").is_socket()
    assert (await deployed.command("keys", "list")).code == 0
    await deployed.start()
    assert (await deployed.command("keys", "list")).code == 0
    assert deployed.printed.count(b"an operator runs keys.list") == 1


async def test_a_folder_deeper_than_the_kernels_108_bytes(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 100) / ("e" * 100)
    async with ServiceProcess(f"sqlite+aiosqlite:///{folder / 'pli.sqlite3'}", folder) as service:
        assert (await service.command("keys", "list")).code == 0
        assert b"an operator runs keys.list" in service.printed


async def test_another_database_is_not_touched(deployed: ServiceProcess, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    done = await deployed.command("keys", "list", PLI_DATABASE_URL=other)
    assert done.code == 1
    assert "PLI_DATABASE_URL" in done.err


async def test_whoever_has_the_file_without_a_socket_is_named(deployed: ServiceProcess) -> None:
    (deployed.folder / "admin.sock").unlink()
    done = await deployed.command("keys", "list")
    assert done.code == 1
    assert str(deployed.pid) in done.err


async def test_nonsense_is_refused_and_harms_nobody(
    sqlite_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_service(sqlite_url, tmp_path) as running, answering(running.service):
        path = tmp_path / "admin.sock"
        for request in (b"\n", b"{}\n", b"[[[[\n", b"\x00\xff\n"):
            assert [reply["t"] for reply in await replies(path, request)] == ["failed"], request
        with contextlib.suppress(ConnectionError):
            await replies(path, b"x" * (2 * local_socket.line_bytes_max) + b"\n")
        _, writer = await local_socket.connect(path)
        writer.close()
        other_version = {"operation": "keys.frobnicate", "database": str(tmp_path / "x"), "arguments": {}}
        (reply,) = await replies(path, json.dumps(other_version).encode() + b"\n")
        assert "another version" in str(reply["problem"])
        listed = await carry_out(running.service.settings, key_ring.LIST, Nothing(), print)
    assert [use.key for use in listed.keys] == [1]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_command_that_goes_away_does_not_stop_what_it_began(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, ended, cancelled = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slowly(at: object, _: Nothing) -> Nothing:
        began.set()
        try:
            await asyncio.wait_for(ended.wait(), 10)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return Nothing()

    slow = Operation("test.slow", Nothing, Nothing, slowly)
    monkeypatch.setattr("messaging.operations.admin_socket.CATALOGUE", {slow.name: slow})
    async with running_service(sqlite_url, tmp_path) as running:
        settings = running.service.settings
        async with answering(running.service):
            command = asyncio.create_task(ask(settings, slow, Nothing(), print))
            await began.wait()
            command.cancel()
            await asyncio.gather(command, return_exceptions=True)
            await asyncio.sleep(0.1)
            assert not cancelled.is_set()
            ended.set()
            began.clear()
            ended.clear()
            waiting = asyncio.create_task(ask(settings, slow, Nothing(), print))
            await began.wait()
        assert cancelled.is_set(), "the end of the service ends it"
        with pytest.raises(OperationFailed, match="again"):
            await waiting


async def test_an_operation_that_fails_says_so_and_no_more(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(at: object, _: Nothing) -> Nothing:
        raise RuntimeError("canary")

    failing = Operation("test.fails", Nothing, Nothing, fail)
    monkeypatch.setattr("messaging.operations.admin_socket.CATALOGUE", {failing.name: failing})
    async with running_service(sqlite_url, tmp_path) as running, answering(running.service):
        with pytest.raises(OperationFailed, match="RuntimeError") as refusal:
            await carry_out(running.service.settings, failing, Nothing(), print)
    assert "canary" not in str(refusal.value)


async def test_postgresql_is_opened_directly(postgres_url: str, tmp_path: Path) -> None:
    deployment = ServiceProcess(postgres_url, tmp_path / "service")
    migrated = await deployment.process("migrate")
    assert (migrated.code, migrated.err) == (0, ""), migrated
    assert "from nothing to" in migrated.out
    async with deployment as service:
        assert not (service.folder / "admin.sock").exists()
        assert (await service.command("keys", "list")).code == 0
        assert b"an operator runs" not in service.printed


async def test_another_users_database_is_left_alone(tmp_path: Path) -> None:
    """Files of root's beside it would lock the service out."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    settings = Settings.from_env({"PLI_DATA_DIR": str(tmp_path)})
    await initialise(settings)
    os.chown(tmp_path / "pli.sqlite3", 65_534, 65_534)
    with pytest.raises(OperationFailed, match="another user"):
        await carry_out(settings, key_ring.LIST, Nothing(), print)
