"""The service dies and comes back while people talk; a device dies with a message that never went out."""

import asyncio
from pathlib import Path

import pytest

from pli_client import MemoryStorage, Message
from tests.faults.stored_log import read_log
from tests.journeys.people import Person, cast
from tests.support.processes import ServiceProcess
from tests.support.waiting import until

pytestmark = pytest.mark.slow


async def test_a_restart_is_not_noticed_in_the_conversation(sqlite_url: str, tmp_path: Path) -> None:
    async with ServiceProcess(sqlite_url, tmp_path / "service") as service:
        people = await cast(service)
        await people.settle()
        async with people.doctor.online() as doctor, people.secretary.online() as secretary:
            thread = await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await secretary.reads("Bonjour")
            await service.kill()
            sending = [asyncio.create_task(t.send(f"{n}")) for n in range(5) for t in (thread, secretary.thread)]
            await until(lambda: not doctor.client.connected and not secretary.client.connected, 10.0)
            await service.start()
            sent = await asyncio.gather(*sending)
            assert sorted(message.seq for message in sent) == list(range(3, 13))
            await until(lambda: len(doctor.thread.messages) == len(secretary.thread.messages) == 11, 10.0)
            assert (len(doctor.heard(Message)), len(secretary.heard(Message))) == (5, 6)
            assert [m.msg_id for m in doctor.thread.messages] == [m.msg_id for m in secretary.thread.messages]
        await service.terminate()
    assert len((await read_log(sqlite_url, tmp_path / "copy")).events) == 12


async def test_a_device_that_died_sends_what_it_had_promised(sqlite_url: str, tmp_path: Path) -> None:
    """The outbox is written before the first send: the next start finds the message and sends it, once."""
    async with ServiceProcess(sqlite_url, tmp_path / "service") as service:
        people = await cast(service)
        await people.settle()
        async with people.doctor.online() as doctor:
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
        await _dies_while_sending(service, people.doctor, "Écrit hors ligne")
        async with people.secretary.online() as secretary, people.doctor.online() as doctor:
            await secretary.reads("Écrit hors ligne")
            await until(lambda: len(doctor.thread.messages) == 2, 10.0)
            await doctor.thread.send("Suite")
            await secretary.reads("Suite")
            assert [m.text for m in secretary.thread.messages] == ["Bonjour", "Écrit hors ligne", "Suite"]
        await service.terminate()
    assert len((await read_log(sqlite_url, tmp_path / "copy")).events) == 4


async def _dies_while_sending(service: ServiceProcess, person: Person, text: str) -> None:
    """Sends while the service is down, and forgets everything but what the device had written by then."""
    device = person.device
    assert isinstance(device, MemoryStorage)
    async with person.online() as online:
        thread = online.thread
        await thread.load()
        await service.kill()
        sending = asyncio.create_task(thread.send(text))
        left = await _copy_with_outbox(device)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    person.device = left
    await service.start()


async def _copy_with_outbox(device: MemoryStorage) -> MemoryStorage:
    """The device as it is at the first moment that it holds a message to send."""
    while True:
        if await device.names("outbox."):
            break
        await asyncio.sleep(0.01)
    copy = MemoryStorage()
    for name in await device.names(""):
        value = await device.get(name)
        assert value is not None
        await copy.put(name, value)
    return copy
