"""`pli keys` with the service running: people write and consent meanwhile, processes come and go, power fails."""

import asyncio
import contextlib
import random
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from messaging.domain.ids import MailboxId
from messaging.domain.vocabulary import MailboxKind
from messaging.store import KeyRing, RingFile, SqlStore, create_store
from messaging.wire.rest import Dimensions
from pli_client import CardsReleased
from tests.journeys.people import DOCTORS_CARD, MAYORS_CARD, Cast, cast, consent
from tests.operations.sealed import check_readable, planted, shown, under
from tests.support.processes import ServiceProcess
from tests.support.scale import scaled

pytestmark = [pytest.mark.slow]

VALUES = 300
SENT = 20


@pytest.fixture
async def embedded(sqlite_url: str, tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    """The same on SQLite only: for what does not depend on the store."""
    folder = tmp_path / "service"
    folder.mkdir()
    await planted(sqlite_url, folder, VALUES)
    async with ServiceProcess(sqlite_url, folder) as process:
        yield process


@pytest.fixture
async def service(database_url: str, tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    """A running service whose database holds many sealed values."""
    folder = tmp_path / "service"
    folder.mkdir()
    await planted(database_url, folder, VALUES)
    async with ServiceProcess(database_url, folder) as process:
        yield process


def ring(service: ServiceProcess) -> KeyRing:
    return KeyRing.from_file(service.folder / "key_ring.json")


@contextlib.asynccontextmanager
async def opened(service: ServiceProcess) -> AsyncIterator[SqlStore]:
    """The store as the next process would open it; the service must not run on SQLite."""
    file = RingFile(service.folder / "key_ring.json")
    store = create_store(service.database_url, file.read(), lambda size: bytes(size), file)
    await store.start()
    try:
        yield store
    finally:
        await store.close()


async def check_sealed_under(service: ServiceProcess, key_id: int) -> None:
    """After the service ended: everything opens, under one key alone."""
    async with opened(service) as store:
        assert set(await under(store)) == {key_id}
        assert set(store.ring.keys) == {key_id}
        await check_readable(store, VALUES)


async def test_a_rotation_while_people_write_and_consent(service: ServiceProcess) -> None:
    people = await cast(service)
    await people.settle()
    before = ring(service)

    async with people.doctor.online() as doctor, people.mayor.online() as mayor:
        thread = await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
        await mayor.reads("Bonjour")
        given = await consent(doctor, DOCTORS_CARD)  # waits in escrow, sealed under the old key
        rotating = asyncio.create_task(service.command("keys", "rotate"))
        for number in range(SENT):
            await thread.send(f"Message {number}")
        await consent(mayor, MAYORS_CARD)
        done = await rotating
        assert (done.code, done.err) == (0, "")
        released = await doctor.until(CardsReleased)
        assert given in [card.card for card in released.cards]

    after = ring(service)
    assert set(after.keys) == {2}
    assert after.keys[2] not in before.keys.values()
    assert (after.index_key, after.current) == (before.index_key, 2)
    listed = await service.command("keys", "list")
    sealed = r"2 parties\.presentation, \d+ presentations\.presentation"
    assert re.fullmatch(rf"key 2    in use  seals {sealed}\n", listed.out)
    await service.terminate()
    await check_sealed_under(service, 2)
    await service.start()
    async with people.mayor.online() as mayor:
        await mayor.thread.load()
        assert [message.text for message in mayor.thread.messages][-1] == f"Message {SENT - 1}"
    assert not service.tracebacks()


async def test_a_rotation_without_the_service(embedded: ServiceProcess) -> None:
    await embedded.terminate()
    done = await embedded.command("keys", "rotate")
    assert (done.code, done.err) == (0, "")
    assert f"{VALUES} values were sealed again. Dropped: 1." in done.out
    await check_sealed_under(embedded, 2)


async def test_rotations_follow_each_other_and_a_prepared_key_is_used(embedded: ServiceProcess) -> None:
    added = await embedded.command("keys", "add")
    assert (added.code, added.err) == (0, "")
    prepared = ring(embedded)
    assert set(prepared.keys) == {1, 2}
    assert "key 2    next    seals nothing" in (await embedded.command("keys", "list")).out
    assert ring(embedded) == prepared, "a second `add` before the rotation would make a third key"
    await embedded.command("keys", "add")
    assert ring(embedded) == prepared

    for key_id in (2, 3):
        assert (await embedded.command("keys", "rotate")).code == 0
        assert set(ring(embedded).keys) == {key_id}
    assert ring(embedded).keys[3] not in prepared.keys.values()
    await embedded.terminate()
    await check_sealed_under(embedded, 3)


async def test_two_rotations_at_once_are_one(embedded: ServiceProcess) -> None:
    first, second = await asyncio.gather(*(embedded.process("keys", "rotate") for _ in range(2)))
    assert sorted((first.code, second.code)) in ([0, 1], [0, 0])
    assert "Another command changes the key ring" in first.err + second.err or first.code == second.code == 0
    await embedded.terminate()
    await check_sealed_under(embedded, 3 if first.code == second.code else 2)


async def test_kill_9_in_the_middle_then_again(service: ServiceProcess) -> None:
    """The process that seals again dies: on SQLite the service, on PostgreSQL the command."""
    dice = random.Random(3)
    on_sqlite = service.database_url.startswith("sqlite")
    rotate, kill = (service.command, killed_service) if on_sqlite else (service.process, killed_command)
    began = time.monotonic()
    assert (await rotate("keys", "rotate")).code == 0
    whole_s = time.monotonic() - began
    died = [await kill(service, dice.uniform(0.2, 0.9) * whole_s) for _ in range(max(3, scaled(20)))]
    assert any(died)
    done = await service.command("keys", "rotate")
    assert (done.code, done.err) == (0, "")
    await service.terminate()
    async with opened(service) as store:
        assert len(store.ring.keys) == len(await under(store)) == 1
        await check_readable(store, VALUES)
    assert not service.tracebacks()


async def killed_service(service: ServiceProcess, after_s: float) -> bool:
    """Whether the command had not ended."""
    rotating = asyncio.create_task(service.command("keys", "rotate"))
    await asyncio.sleep(after_s)
    await service.kill()
    done = await rotating
    assert done.code == 0 or "run the command again" in done.err or "broke off" in done.err
    await service.start()
    return done.code != 0


async def killed_command(service: ServiceProcess, after_s: float) -> bool:
    """Whether it had not ended."""
    return (await service.process("keys", "rotate", killed_after_s=after_s)).code != 0


async def test_the_ring_in_the_environment(embedded: ServiceProcess) -> None:
    await embedded.terminate()
    first = ring(embedded)
    (embedded.folder / "key_ring.json").unlink()
    unprepared = await embedded.command("keys", "rotate", PLI_KEY_RING=first.to_json().decode())
    assert unprepared.code == 1
    assert "pli keys add" in unprepared.err

    added = await embedded.command("keys", "add", PLI_KEY_RING=first.to_json().decode())
    both = KeyRing.from_json(added.out.splitlines()[-1])
    assert set(both.keys) == {1, 2}
    assert both.keys[1] == first.keys[1]
    done = await embedded.command("keys", "rotate", PLI_KEY_RING=both.to_json().decode())
    assert (done.code, done.err) == (0, "")
    left = KeyRing.from_json(done.out.splitlines()[-1])
    assert left.keys == {2: both.keys[2]}
    left.create_file(embedded.folder / "key_ring.json")
    await check_sealed_under(embedded, 2)


@pytest.fixture
async def two(postgres_url: str, tmp_path: Path) -> AsyncIterator[tuple[ServiceProcess, ServiceProcess]]:
    folder = tmp_path / "service"
    folder.mkdir()
    await planted(postgres_url, folder, 10)
    async with ServiceProcess(postgres_url, folder) as first, first.another() as second:
        yield first, second


async def test_other_processes_read_the_ring_again(two: tuple[ServiceProcess, ServiceProcess]) -> None:
    """One that seals, one that opens, neither restarted."""
    first, second = two
    people: Cast = await cast(first)
    await people.settle()
    assert (await first.command("keys", "rotate")).code == 0
    for service in (second, first):
        await service.register_mailbox(f"new-{service.port}", MailboxKind.TERRITORY)
    people.doctor.url = second.url
    async with people.doctor.online() as doctor:
        await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
    listed = await second.command("keys", "list")
    assert listed.code == 0
    assert listed.out.count("\n") == 1
    assert "key 2" in listed.out
    for service in two:
        assert b"the key ring was read again" in service.printed
        assert not service.tracebacks()


async def test_a_ring_that_was_rotated_elsewhere_is_refused(two: tuple[ServiceProcess, ServiceProcess]) -> None:
    """Two hosts with files of their own each made a key 2: the second one may not seal under it."""
    first, _ = two
    before = ring(first)
    assert (await first.command("keys", "rotate")).code == 0
    elsewhere = before.with_key(2, lambda size: b"\x05" * size)
    elsewhere.replace_file(first.folder / "key_ring.json")
    done = await first.command("keys", "rotate")
    assert done.code == 1
    assert "changed in two places" in done.err
    assert set(ring(first).keys) == {1, 2}, "nothing was dropped"


async def test_a_value_that_does_not_open_keeps_the_old_key(embedded: ServiceProcess) -> None:
    await embedded.terminate()
    before = ring(embedded)
    elsewhere = KeyRing({1: b"\x09" * 32}, 1, before.index_key)
    async with opened(embedded) as store:
        sealer = create_store(embedded.database_url, elsewhere, lambda size: bytes(size))._sealer
        store._sealer._ciphers[1], kept = sealer._ciphers[1], store._sealer._ciphers[1]
        async with store.transaction() as tx:
            await tx.mailboxes.put("foreign", MailboxId(b"f" * 16), MailboxKind.TERRITORY, shown(0), Dimensions())
        store._sealer._ciphers[1] = kept
    done = await embedded.command("keys", "rotate")
    assert done.code == 1
    assert "1 values of presentations.presentation do not open" in done.err
    assert set(ring(embedded).keys) == {1, 2}
    async with opened(embedded) as store:
        await check_readable(store, VALUES)
        assert await under(store) == {1: 1, 2: VALUES}
