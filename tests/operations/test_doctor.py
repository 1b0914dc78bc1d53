"""`pli doctor`: a good deployment is in order, and each thing that can be wrong is found and told how to mend."""

import dataclasses
import os
import socket
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from messaging import keys, web
from messaging.app import initialise, system_clock
from messaging.cli.doctor import line
from messaging.config import Settings
from messaging.e2ee.audit import AuditLeaf
from messaging.moderation.audit import record
from messaging.operations import Workplace
from messaging.operations.admin_socket import answering
from messaging.operations.doctor import around, inside
from messaging.operations.doctor.check import Check, State
from messaging.operations.doctor.examine import examine
from messaging.operations.moderation_keys import auditor_of
from messaging.ports import OutboxRow
from messaging.store import create_store, migrate
from messaging.store.keyring import KeyRing
from tests.support.outside import mail_server
from tests.support.processes import ServiceProcess
from tests.support.redis import redis_of_its_own
from tests.support.server import RunningService, running_service
from tests.support.talk import claimed_opening
from tests.support.world import World

pytestmark = [pytest.mark.slow]

MINUTE_MS = 60_000


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


async def wrong(settings: Settings) -> dict[str, str]:
    """What is wrong, by the name of the check."""
    return {check.name: check.says for check in await examine(settings) if check.state is State.WRONG}


@pytest.fixture
async def running(sqlite_url: str, tmp_path: Path) -> AsyncIterator[RunningService]:
    """An embedded service that answers commands, with its public address."""
    tmp_path.chmod(0o700)
    async with running_service(sqlite_url, tmp_path) as started, answering(started.service):
        settings = dataclasses.replace(started.service.settings, public_url=started.url)
        started.service.settings = settings
        yield started


@pytest.fixture
async def stopped(sqlite_url: str, tmp_path: Path) -> Settings:
    """The settings of an embedded service that does not run at the moment."""
    tmp_path.chmod(0o700)
    async with running_service(sqlite_url, tmp_path) as started:
        return started.service.settings


async def test_a_service_that_runs_is_in_order(running: RunningService) -> None:
    checks = await examine(running.service.settings)
    assert {check.state for check in checks} == {State.OK}, checks
    assert [check.name for check in checks] == [
        "settings",
        "web client",
        "proxies",
        "data folder",
        "key files",
        "disk",
        "events",
        "platform keys",
        "mail",
        "redis",
        "database",
        "clock",
        "key ring",
        "stamp key",
        "audit key",
        "moderation key",
        "stream epoch",
        "outbox",
        "address",
    ]


async def test_a_service_that_does_not_run_is_worth_a_note(stopped: Settings) -> None:
    checks = by_name(await examine(stopped))
    assert checks["address"].state is State.NOTE
    assert {check.state for name, check in checks.items() if name != "address"} == {State.OK}


async def test_each_check_is_one_line_that_an_operator_reads(stopped: Settings) -> None:
    lines = [line(check) for check in await examine(stopped)]
    assert all(text.isascii() and "\n" not in text and len(text) < 250 for text in lines)
    assert line(Check.wrong("disk", "full")) == "WRONG  disk           full"


def test_a_package_without_its_pages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(web, "STATIC", tmp_path)
    assert around.web_client().state is State.WRONG


def test_a_service_that_others_reach_and_that_knows_no_proxy() -> None:
    reached = {"PLI_HOST": "0.0.0.0", "PLI_PUBLIC_URL": "https://messages.example.org"}
    for env, state in (
        ({}, State.OK),
        (reached, State.NOTE),
        (reached | {"PLI_TRUSTED_PROXIES": "10.0.0.0/8"}, State.OK),
    ):
        assert around.proxies(Settings.from_env(env)).state is state


async def test_a_stream_for_events(stopped: Settings) -> None:
    with redis_of_its_own() as server:
        settings = dataclasses.replace(stopped, event_stream=server.url)
        assert "appendonly" in (await wrong(settings))["events"]
        server.cli("config", "set", "appendonly", "yes")
        assert by_name(await examine(settings))["events"].state is State.OK
    assert "PLI_EVENT_STREAM" in (await wrong(settings))["events"]


async def test_a_moderation_root_without_a_certificate(stopped: Settings) -> None:
    settings = dataclasses.replace(stopped, moderation_root=bytes(32))
    assert "nobody can report" in (await wrong(settings))["moderation key"]


async def test_a_redis_between_processes(stopped: Settings) -> None:
    shared = dataclasses.replace(stopped, database_url="postgresql+asyncpg://nobody@127.0.0.1:1/none")
    assert by_name(await examine(shared))["redis"].state is State.NOTE
    with redis_of_its_own() as server:
        settings = dataclasses.replace(shared, redis_urls=(server.url,))
        assert by_name(await examine(settings))["redis"].state is State.OK
    assert "PLI_REDIS_URL" in (await wrong(settings))["redis"]


async def test_a_mail_server(stopped: Settings) -> None:
    async with mail_server() as server:
        settings = dataclasses.replace(stopped, smtp_url=server.url, smtp_from="a@b.example")
        assert by_name(await examine(settings))["mail"].state is State.OK
    assert "PLI_SMTP_URL" in (await wrong(settings))["mail"]


async def test_others_may_write_to_the_folder(stopped: Settings) -> None:
    stopped.data_dir.chmod(0o755)
    assert by_name(await examine(stopped))["data folder"].says.endswith("which nobody else writes to")
    stopped.data_dir.chmod(0o777)
    assert "chmod 700" in (await wrong(stopped))["data folder"]


async def test_others_may_read_the_database(stopped: Settings) -> None:
    (stopped.data_dir / "pli.sqlite3").chmod(0o644)
    assert "chmod 600" in (await wrong(stopped))["data folder"]


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    found = await wrong(Settings.from_env({"PLI_DATA_DIR": str(tmp_path / "nowhere")}))
    assert "pli migrate" in found["data folder"]
    assert "key files" in found


@pytest.mark.parametrize("file", ["stamp.key", "reporting.key", "vapid.key", "audit.key", "key_ring.json"])
async def test_key_files_that_others_may_read_or_that_are_gone(stopped: Settings, file: str) -> None:
    (stopped.data_dir / file).chmod(0o640)
    assert "chmod 600" in (await wrong(stopped))["key files"]
    (stopped.data_dir / file).unlink()
    assert file in (await wrong(stopped))["key files"]


async def test_no_room_on_the_disk(stopped: Settings) -> None:
    checks = by_name(await examine(stopped, free=lambda path: 5 << 20))
    assert checks["disk"].state is State.WRONG
    assert "5 MiB are free" in checks["disk"].says
    assert around.free_bytes(stopped.data_dir) > 0


async def test_an_event_log_that_cannot_be_written(stopped: Settings) -> None:
    nowhere = dataclasses.replace(stopped, event_log=stopped.data_dir / "missing" / "events.jsonl")
    assert "PLI_EVENT_LOG" in (await wrong(nowhere))["events"]


async def test_nobody_can_sign_in(stopped: Settings) -> None:
    nobody = dataclasses.replace(stopped, jwks=None, token_issuer=None)
    assert "PLI_JWKS" in (await wrong(nobody))["platform keys"]


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "null", '{"keys": []}', "<html>", '{"keys": [{"kty": "oct", "k": "AAAA"}]}']
)
async def test_platform_keys_that_check_nothing(stopped: Settings, content: str) -> None:
    assert isinstance(stopped.jwks, Path)
    stopped.jwks.write_text(content)
    assert "jwks.json" in (await wrong(stopped))["platform keys"]


async def test_platform_keys_that_cannot_be_reached(stopped: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = dataclasses.replace(stopped, jwks=f"http://127.0.0.1:{taken.getsockname()[1]}/jwks")
        assert "ConnectError" in (await wrong(closed))["platform keys"]


async def test_no_database_an_old_schema_and_another_ring(stopped: Settings) -> None:
    ring = KeyRing.from_file(stopped.key_ring_file)
    KeyRing(ring.keys, 1, bytes(32)).replace_file(stopped.key_ring_file)
    assert "not the one that this database was made with" in (await wrong(stopped))["database"]
    ring.replace_file(stopped.key_ring_file)
    with sqlite3.connect(stopped.data_dir / "pli.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
    database.close()
    assert "pli migrate" in (await wrong(stopped))["database"]
    (stopped.data_dir / "pli.sqlite3").unlink()
    assert "pli migrate" in (await wrong(stopped))["database"]


async def test_a_ring_without_the_key_in_use(stopped: Settings) -> None:
    ring = KeyRing.from_file(stopped.key_ring_file)
    KeyRing({7: bytes(32)}, 7, ring.index_key).replace_file(stopped.key_ring_file)
    assert "lacks" in (await wrong(stopped))["database"]


async def test_a_postgresql_that_does_not_answer(stopped: Settings) -> None:
    away = dataclasses.replace(stopped, database_url="postgresql+asyncpg://pli:hunter2@127.0.0.1:1/pli")
    found = await wrong(away)
    assert "127.0.0.1:1" in found["database"]
    assert "hunter2" not in str(found)


async def test_a_rotation_that_was_not_ended(stopped: Settings) -> None:
    ring = KeyRing.from_file(stopped.key_ring_file)
    ring.with_key(200, os.urandom).replace_file(stopped.key_ring_file)
    check = by_name(await examine(stopped))["key ring"]
    assert check.state is State.NOTE
    assert "pli keys rotate" in check.says


async def test_a_stamp_key_that_was_replaced(running: RunningService) -> None:
    settings = running.service.settings
    async with World.made(running) as world:
        command, _, _ = await claimed_opening(world, (world.project, world.holder), (world.town, world.mayor), 1)
        async with world.socket(world.holder) as opener:
            await opener.ask(command)
    assert by_name(await examine(settings))["stamp key"].says == "made the stamps of 1 conversations"
    (settings.data_dir / "stamp.key").write_bytes(bytes(32))
    found = await wrong(settings)
    assert "stamp.key" in found["stamp key"]
    assert "another key" in found["address"]


async def test_an_audit_key_of_another_host(database_url: str, tmp_path: Path) -> None:
    settings = Settings.from_env({"PLI_DATA_DIR": str(tmp_path), "PLI_DATABASE_URL": database_url})
    await initialise(settings)
    assert by_name(await examine(settings))["audit key"].says == "nothing signed yet"
    workplace = await _workplace(settings)
    async with workplace.store.transaction() as tx:
        await record(tx, auditor_of(workplace), AuditLeaf(system_clock(), "corrected"))
    await workplace.store.close()
    assert by_name(await examine(settings))["audit key"].says == "signed the newest checkpoint, of 1 entries"
    (tmp_path / "audit.key").write_bytes(bytes(32))
    assert f"Restore {tmp_path}/audit.key" in (await wrong(settings))["audit key"]
    (tmp_path / "audit.key").unlink()
    assert by_name(await examine(settings))["audit key"].state is State.NOTE


async def test_another_host_makes_no_keys_of_its_own(database_url: str, tmp_path: Path) -> None:
    env = {"PLI_DATABASE_URL": database_url}
    await initialise(Settings.from_env({**env, "PLI_DATA_DIR": str(tmp_path)}))
    other = Settings.from_env({**env, "PLI_DATA_DIR": str(tmp_path / "other")})
    await initialise(other)
    assert list(other.data_dir.iterdir()) == []
    assert "copy it from the host that ran `pli migrate`" in (await wrong(other))["key files"]


@pytest.mark.parametrize(
    ("revision", "made"), [("0009", {"vapid.key", "audit.key"}), ("0010", {"audit.key"}), ("0011", {"audit.key"})]
)
def test_an_older_database_gets_the_keys_that_came_since(revision: str, made: set[str], tmp_path: Path) -> None:
    keys.make_later(tmp_path, revision, os.urandom)
    assert {path.name for path in tmp_path.iterdir()} == made


async def test_a_clock_that_went_back(stopped: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(stopped.data_dir / "pli.sqlite3") as database:
        row = {"thread": bytes(16), "last_at": system_clock() + 10 * MINUTE_MS}
        columns = [info[1:4] for info in database.execute("PRAGMA table_info(threads)")]
        values = [row.get(name, 0 if "INT" in kind or kind == "BOOLEAN" else b"0" * 16) for name, kind, _ in columns]
        database.execute(f"INSERT INTO threads VALUES ({', '.join('?' * len(values))})", values)
    database.close()
    assert "NTP" in (await wrong(stopped))["clock"]


async def test_a_database_whose_clock_is_another(postgres_url: str, tmp_path: Path) -> None:
    settings = Settings.from_env({"PLI_DATA_DIR": str(tmp_path), "PLI_DATABASE_URL": postgres_url})
    await initialise(settings)
    found = by_name(await examine(settings))
    assert found["clock"].state is State.OK
    assert found["database"].state is State.OK
    late = dataclasses.replace(await _workplace(settings), clock=lambda: system_clock() - 5_000)
    try:
        check = await inside._clock(late)
    finally:
        await late.store.close()
    assert check.state is State.WRONG
    assert "5.0 s apart" in check.says


async def _workplace(settings: Settings) -> Workplace:
    ring = KeyRing.from_file(settings.key_ring_file)
    store = create_store(settings.database_url, ring, os.urandom)
    await store.start()
    return Workplace(settings=settings, store=store, clock=system_clock, entropy=os.urandom, say=print, service=None)


async def test_relation_events_that_nobody_delivers(postgres_url: str, tmp_path: Path) -> None:
    settings = Settings.from_env({"PLI_DATA_DIR": str(tmp_path), "PLI_DATABASE_URL": postgres_url})
    await initialise(settings)
    workplace = await _workplace(settings)
    async with workplace.store.transaction() as tx:
        await tx.outbox.append([OutboxRow(bytes(16), 1, "t", system_clock() - 10 * MINUTE_MS, b"{}")])
    await workplace.store.close()
    says = (await wrong(settings))["outbox"]
    assert "for 10 min. Is `pli worker` running?" in says and says.endswith("events.jsonl?")
    streamed = dataclasses.replace(settings, event_stream="redis://127.0.0.1:1")
    assert (await wrong(streamed))["outbox"].endswith("can it write to the Redis of PLI_EVENT_STREAM?")


async def test_a_restored_backup_is_told(sqlite_url: str, stopped: Settings) -> None:
    with sqlite3.connect(stopped.data_dir / "pli.sqlite3") as database:
        database.execute("UPDATE meta SET beat = 0")
    database.close()
    check = by_name(await examine(stopped))["stream epoch"]
    assert check.state is State.NOTE
    assert "restored from a backup" in check.says


async def test_an_address_that_leads_elsewhere(running: RunningService, tmp_path: Path) -> None:
    settings = running.service.settings
    other = tmp_path / "other"
    other.mkdir()
    async with running_service(f"sqlite:///{other / 'pli.sqlite3'}", other) as elsewhere:
        misled = dataclasses.replace(settings, public_url=elsewhere.url)
        assert "another deployment" in (await wrong(misled))["address"]
    gone = dataclasses.replace(settings, public_url="http://127.0.0.1:1")
    assert "ConnectError" in (await wrong(gone))["address"]


async def test_an_address_that_does_not_know_of_a_restored_backup(running: RunningService) -> None:
    settings = running.service.settings
    epoch = running.service.store.stream_epoch
    found = await around.address(settings, inside.Inside([], running.service.store.service_id, epoch + 1, True))
    assert found.state is State.WRONG
    assert "restored backup" in found.says


async def test_the_exit_code_and_the_lines(deployed: ServiceProcess) -> None:
    done = await deployed.command("doctor")
    assert (done.code, done.err) == (0, ""), done.out
    assert done.out.splitlines()[-1] == "Everything is in order."
    (deployed.folder / "reporting.key").chmod(0o644)
    done = await deployed.command("doctor")
    assert done.code == 1
    assert (
        f"WRONG  key files      {deployed.folder}/reporting.key: others may read this secret. Run: chmod 600"
        in done.out
    )
    assert done.out.splitlines()[-1] == "1 of 19 checks found something wrong."


async def test_settings_that_are_not_understood(deployed: ServiceProcess) -> None:
    done = await deployed.command("doctor", PLI_PORT="http")
    assert (done.code, done.out) == (1, "")
    assert "PLI_PORT" in done.err


async def test_a_migrated_database_without_a_first_start(sqlite_url: str, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    settings = Settings.from_env({"PLI_DATA_DIR": str(tmp_path), "PLI_DATABASE_URL": sqlite_url})
    await initialise(settings)
    await migrate(sqlite_url)
    assert set(await wrong(settings)) == {"platform keys"}
