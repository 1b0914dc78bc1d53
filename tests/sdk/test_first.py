"""A first message where nobody can receive yet: kept on the device, sent by itself, taken back, never doubled."""

import asyncio
import json
from pathlib import Path

import pytest

from messaging.domain import limits
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.relations import facts
from pli_client import (
    Client,
    FileStorage,
    FirstMessageRefused,
    FirstMessageSent,
    FirstMessageWaits,
    MemoryStorage,
    Message,
    Storage,
    first,
    local,
    prekeys,
)
from pli_client.errors import FirstMessageKept, ProblemError
from tests.sdk import people
from tests.sdk.people import Place
from tests.sdk.proxy import proxy_to
from tests.support.waiting import until

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting messages are tried again at once, as the tests do not wait for minutes."""
    monkeypatch.setattr(first, "retry_first_s", 0.1)
    monkeypatch.setattr(first, "retry_max_s", 0.5)


async def kept(me: Client, here: Place, *texts: str) -> list[bytes]:
    """What the doctor wrote to the town hall, where nobody can receive; the ids under which it waits."""
    mailbox, ids = me.mailbox(here.project), []
    for text in texts:
        with pytest.raises(FirstMessageKept) as caught:
            await mailbox.open(here.listing, text)
        ids.append(caught.value.message)
    return ids


async def test_the_message_arrives_once_somebody_founds_the_town_hall(here: Place) -> None:
    async with here.doctor().client() as doctor:
        project = await doctor.found(here.project)
        (message,) = await kept(doctor, here, "Bonjour")
        waits = await people.first(doctor, FirstMessageWaits)
        assert (waits.message.id, waits.message.target, waits.message.text) == (message, here.listing, "Bonjour")
        assert project.waiting == (waits.message,)
        async with here.mayor().client() as mayor:
            await mayor.found(here.town)
            received = await people.first(mayor, Message)
            assert (received.text, received.msg_id) == ("Bonjour", message)
            sent = await people.first(doctor, FirstMessageSent)
            assert (sent.message.text, sent.thread) == ("Bonjour", received.thread)
            assert not project.waiting
            await mayor.thread(received.thread).send("Bienvenue")
            assert (await people.first(doctor, Message)).text == "Bienvenue"


async def test_it_waits_through_a_restart_and_a_lost_line(here: Place, tmp_path: Path) -> None:
    doctor, key = here.doctor(), bytes(32)
    async with doctor.client(FileStorage(tmp_path / "device", key)) as me:
        await me.found(here.project)
        await kept(me, here, "Écrit avant le redémarrage")
    assert not [path for path in (tmp_path / "device").iterdir() if "Écrit".encode() in path.read_bytes()]
    device = FileStorage(tmp_path / "device", key)
    async with proxy_to(here.service.port) as proxy, doctor.client(device, url=proxy.url) as me:
        assert [each.text for each in me.mailbox(here.project).waiting] == ["Écrit avant le redémarrage"]
        proxy.accepting = False
        proxy.cut()
        async with here.mayor().client() as mayor:
            await mayor.found(here.town)
            proxy.accepting = True
            assert (await people.first(mayor, Message)).text == "Écrit avant le redémarrage"
        assert me.mailbox(here.project).waiting == ()


async def test_what_is_taken_back_is_never_sent(here: Place) -> None:
    async with here.doctor().client() as doctor:
        project = await doctor.found(here.project)
        taken_back, _ = await kept(doctor, here, "Pardon", "Bonjour")
        assert await project.cancel(taken_back)
        assert not await project.cancel(taken_back)
        async with here.mayor().client() as mayor:
            await mayor.found(here.town)
            assert (await people.first(mayor, Message)).text == "Bonjour"
            (thread,) = mayor.threads
            await thread.load()
            assert [message.text for message in thread.messages] == ["Bonjour"]
        await until(lambda: not project.waiting)
        (thread,) = doctor.threads
        await thread.load()
        assert not await project.cancel(thread.messages[0].msg_id)


async def test_several_messages_to_one_target_become_one_conversation_in_order(here: Place) -> None:
    texts = [f"{n}" for n in range(4)]
    async with here.doctor().client() as doctor:
        await doctor.found(here.project)
        await kept(doctor, here, *texts)
        async with here.mayor().client() as mayor:
            await mayor.found(here.town)
            for text in texts:
                assert (await people.first(mayor, Message)).text == text
            assert len(mayor.threads) == 1
        for text in texts:
            assert (await people.first(doctor, FirstMessageSent)).message.text == text
        assert len(doctor.threads) == 1


async def test_messages_to_two_targets_become_two_conversations(here: Place) -> None:
    other = await here.service.register_target("other listing", people.TOWN)
    async with here.doctor().client() as doctor:
        project = await doctor.found(here.project)
        for target in (here.listing, other):
            with pytest.raises(FirstMessageKept):
                await project.open(target, "Bonjour")
        async with here.mayor().client() as mayor:
            await mayor.found(here.town)
            await people.first(mayor, Message)
            await people.first(mayor, Message)
            assert {thread.state.target for thread in mayor.threads} == {here.listing, other}


async def test_an_empty_pool_looks_the_same_and_its_refill_lets_the_message_go(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prekeys, "batch_size", 1)
    monkeypatch.setattr(prekeys, "refill_within_s", 0.1)
    other_project = await here.service.register_mailbox("another project", MailboxKind.PROJECT)
    midwife = here.person("midwife", "another project", MailboxKind.PROJECT, Role.HOLDER, admin=True)
    mayor, desk = here.mayor(), MemoryStorage()
    async with mayor.client(desk) as me:
        await me.found(here.town)
    async with here.doctor().client() as doctor, midwife.client() as other:
        await other.found(other_project)
        await doctor.found(here.project)
        await other.mailbox(other_project).open(here.listing, "La première")
        await kept(doctor, here, "La seconde")
        async with mayor.client(desk) as me:
            assert {(await people.first(me, Message)).text for _ in range(2)} == {"La première", "La seconde"}


class DyingStorage(MemoryStorage):
    """Ends the process, as it were, at one write; `left` is what the device then held."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self.left: MemoryStorage | None = None
        self._at = at

    async def put(self, name: str, value: bytes) -> None:
        await self._end(f"put {name}")
        await super().put(name, value)

    async def delete(self, name: str) -> None:
        await self._end(f"delete {name}")
        await super().delete(name)

    async def _end(self, write: str) -> None:
        if write.startswith(self._at) and self.left is None:
            self.left = await copied(self)
            raise OSError("the process ends here")


async def copied(device: MemoryStorage) -> MemoryStorage:
    copy = MemoryStorage()
    for name in await device.names(""):
        value = await device.get(name)
        assert value is not None
        await copy.put(name, value)
    return copy


@pytest.mark.parametrize("at", ["put opening.", "delete first.", "put thread.", "delete opening."])
async def test_a_device_that_dies_while_it_sends_sends_once(here: Place, at: str) -> None:
    doctor, device = here.doctor(), DyingStorage(at)
    async with here.mayor().client() as mayor:
        async with doctor.client(device) as me:
            await me.found(here.project)
            await kept(me, here, "Bonjour")
            await mayor.found(here.town)
            await until(lambda: device.left is not None)
        async with doctor.client(device.left) as me:
            assert (await people.first(mayor, Message)).text == "Bonjour"
            await until(lambda: len(me.threads) == 1 and not me.mailbox(here.project).waiting)
            await me.threads[0].send("Suite")
            assert (await people.first(mayor, Message)).text == "Suite"
            assert len(mayor.threads) == len(me.threads) == 1


async def test_the_second_of_two_that_dies_on_its_way_follows_once(here: Place) -> None:
    doctor, device = here.doctor(), DyingStorage("put outbox.")
    async with here.mayor().client() as mayor:
        async with doctor.client(device) as me:
            await me.found(here.project)
            await kept(me, here, "un", "deux")
            await mayor.found(here.town)
            await until(lambda: device.left is not None)
        async with doctor.client(device.left):
            assert [(await people.first(mayor, Message)).text for _ in range(2)] == ["un", "deux"]


async def test_a_claim_that_became_void_loses_no_message(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The device was off for more than three days with an opening that never went out."""
    doctor, device = here.doctor(), DyingStorage("delete first.")
    async with here.mayor().client() as mayor:
        async with doctor.client(device) as me:
            await me.found(here.project)
            await kept(me, here, "Bonjour")
            await mayor.found(here.town)
            await until(lambda: device.left is not None)
        assert device.left is not None
        assert await device.left.names(local.OPENINGS)
        monkeypatch.setattr(limits, "prekey_claim_open_h", 0)
        async with doctor.client(device.left) as me:
            assert (await people.first(me, FirstMessageWaits)).message.text == "Bonjour"
            monkeypatch.undo()
            assert (await people.first(mayor, Message)).text == "Bonjour"


async def test_a_target_that_does_not_exist_is_refused_and_told(here: Place) -> None:
    device: Storage = MemoryStorage()
    async with here.doctor().client(device) as doctor:
        project = await doctor.found(here.project)
        with pytest.raises(ProblemError) as caught:
            await project.open(bytes(16), "Bonjour")
        assert caught.value.code == "not_found"
        project.resume_waiting(local.FirstMessage(b"\x01" * 16, here.project, bytes(16), "Bonjour", 0, 0))
        refused = await people.first(doctor, FirstMessageRefused)
        assert (refused.message.text, refused.problem.code) == ("Bonjour", "not_found")
        assert project.waiting == ()


async def test_what_waits_is_bounded(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first, "waiting_max", 2)
    async with here.doctor().client() as doctor:
        project = await doctor.found(here.project)
        await kept(doctor, here, "un", "deux")
        with pytest.raises(ProblemError) as caught:
            await project.open(here.listing, "trois")
        assert caught.value.code == "target_not_ready"


async def test_the_platform_hears_once_a_day_which_target_is_wanted_and_not_by_whom(here: Place) -> None:
    other = await here.service.register_target("other listing", people.TOWN)
    async with here.doctor().client() as doctor:
        project = await doctor.found(here.project)
        for target in (here.listing, here.listing, other):
            with pytest.raises(FirstMessageKept):
                await project.open(target, "Bonjour")
        await asyncio.sleep(1.0)
    log = here.service.service.settings.event_log
    key = here.service.service.context.reporting_key
    async with asyncio.timeout(30):
        while len(log.read_text().splitlines() if log.exists() else []) < 2:  # noqa: ASYNC110 - a file
            await asyncio.sleep(0.05)
    events = [json.loads(line) for line in log.read_text().splitlines()]
    references = [facts.report_ref(key, "target", target).hex() for target in (here.listing, other)]
    assert [(event["type"], event["data"]) for event in events] == [
        (facts.TARGET_WANTED, {"target_ref": reference}) for reference in references
    ]
    assert here.project.hex() not in log.read_text()
