"""A person and their devices: what they do after a loss, what they see, what is gone; and two that write at once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec
import pytest

from messaging.e2ee.errors import BadRoster, RolledBack, WrongRecoveryCode
from messaging.e2ee.vault import Checkpoint
from messaging.wire.rest import RosterView, VaultBody
from pli_client import (
    Client,
    DeviceForgotten,
    MemoryStorage,
    Message,
    RosterAlarm,
    Storage,
    Thread,
)
from pli_client.devices import Device, device, encode_pin, name_bytes_max
from pli_client.errors import FirstMessageKept, RecoveryCodeNeeded, TimedOut
from pli_client.http import Api
from pli_client.vault import ROSTER, THREAD, VaultKeeper, this_device
from tests.sdk.people import Person, Place, first
from tests.sdk.proxy import proxy_to
from tests.sdk.rig import ACCOUNT, HttpService, Shown, opened_keeper
from tests.sdk.world import NOW, Stream

MAILBOX = b"\x01" * 16
HEADS = [bytes([n]) * 32 for n in range(6)]


def texts(thread: Thread) -> list[str | None]:
    return [message.text for message in thread.messages]


@contextlib.asynccontextmanager
async def talking(here: Place, mayor: Person, phone: Storage) -> AsyncIterator[tuple[Client, Client, Thread]]:
    """The mayor's phone and a doctor in one conversation of two messages."""
    async with mayor.client(phone) as me, here.doctor().client() as doctor:
        await me.found(here.town)
        thread = await (await doctor.found(here.project)).open(here.listing, "Bonjour")
        await first(me, Message)
        await me.thread(thread.id).send("Bienvenue")
        yield me, doctor, thread


@pytest.mark.slow
async def test_a_lost_phone_loses_nothing_that_had_left_it(here: Place) -> None:
    """They enter on a new phone with the code from the paper, and read everything, from the first message on."""
    mayor = here.mayor()
    async with talking(here, mayor, MemoryStorage()) as (me, doctor, thread):
        await me.mailbox(here.town).desk.note(thread.id, "Rappeler lundi")
        await thread.send("Avez-vous un cabinet ?")
        async with mayor.client(code=mayor.codes[0]) as new_phone:
            again = new_phone.thread(thread.id)
            await again.load()
            assert texts(again) == ["Bonjour", "Bienvenue", "Avez-vous un cabinet ?"]
            assert new_phone.mailbox(here.town).desk.notes[thread.id] == ["Rappeler lundi"]
            await again.send("Oui, depuis mars")
            await first(doctor, Message, lambda message: message.text == "Oui, depuis mars")


@pytest.mark.slow
async def test_what_never_left_the_lost_phone_is_lost_with_it(here: Place) -> None:
    """Exactly that: a message that was on its way, and a first message that waited."""
    mayor = here.mayor()
    other = await here.service.register_target("a project", "project")
    async with proxy_to(here.service.port) as proxy, here.doctor().client() as doctor:
        async with mayor.client(url=proxy.url, timeout_s=1.0) as phone:
            town = await phone.found(here.town)
            with pytest.raises(FirstMessageKept):
                await town.open(other, "Premier message")
            thread = await (await doctor.found(here.project)).open(here.listing, "Bonjour")
            await first(phone, Message)
            proxy.accepting = False
            proxy.cut()
            with pytest.raises(TimedOut):
                await phone.thread(thread.id).send("Jamais parti")
        async with mayor.client(code=mayor.codes[0]) as new_phone:
            await new_phone.thread(thread.id).load()
            assert texts(new_phone.thread(thread.id)) == ["Bonjour"]
            assert not new_phone.mailbox(here.town).waiting


@pytest.mark.slow
async def test_a_phone_that_was_forgotten_opens_nothing_any_more(here: Place) -> None:
    mayor, phone, laptop = here.mayor(), MemoryStorage(), MemoryStorage()
    async with talking(here, mayor, phone) as (lost, _, thread):
        async with mayor.client(laptop, code=mayor.codes[0]) as me:
            (found,) = [each for each in await me.devices() if not each.is_this]
            await me.forget_device(found.id)
            assert [each.is_this for each in await me.devices()] == [True]
            with pytest.raises(KeyError):
                await me.forget_device(found.id)
        old, new = mayor.codes
        lost._running.runtime.keeper.set_pin("roster", b"\x09" * 16, HEADS[1])
        await lost._running.engine._save_vault()
        await first(lost, DeviceForgotten)
    for refused, code in ((RecoveryCodeNeeded, None), (WrongRecoveryCode, old)):
        with pytest.raises(refused):
            async with mayor.client(phone, code=code):
                pass
    async with mayor.client(laptop) as me:
        await me.thread(thread.id).load()
        assert texts(me.thread(thread.id)) == ["Bonjour", "Bienvenue"]
    async with mayor.client(MemoryStorage(), code=new) as me:
        await me.thread(thread.id).load()
        assert texts(me.thread(thread.id)) == ["Bonjour", "Bienvenue"]


@pytest.mark.slow
async def test_without_device_and_code_a_colleague_still_has_the_history(here: Place) -> None:
    """The person cannot enter; the town hall loses nothing: its other seat reads on."""
    mayor, secretary = here.mayor(), here.secretary()
    async with talking(here, mayor, MemoryStorage()) as (me, _, thread), secretary.client() as colleague:
        asked = await colleague.ask_seat(here.town)
        await me.mailbox(here.town).admit((await me.mailbox(here.town).pending())[0].seat, asked.words)
        await asked.admitted(timeout_s=10)
        with pytest.raises(RecoveryCodeNeeded):
            async with mayor.client():
                pass
        await colleague.thread(thread.id).load()
        assert texts(colleague.thread(thread.id)) == ["Bonjour", "Bienvenue"]


@pytest.mark.slow
@pytest.mark.attack("shows a new device an old vault with an old roster")
async def test_a_fresh_device_that_is_shown_what_is_old_is_warned_by_a_colleague(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot know that vault and roster are old; the first message of a colleague whom they lack tells."""
    mayor, secretary = here.mayor(), here.secretary()
    async with talking(here, mayor, MemoryStorage()) as (me, _, thread), secretary.client() as colleague:
        old = await me._running.runtime.api.vault()
        asked = await colleague.ask_seat(here.town)
        await me.mailbox(here.town).admit((await me.mailbox(here.town).pending())[0].seat, asked.words)
        await asked.admitted(timeout_s=10)
        honest = Api.roster

        async def old_vault(api: Api) -> VaultBody | None:
            return old

        async def taken(api: Api, body: VaultBody) -> None:
            """The lie goes on."""

        async def old_roster(api: Api, mailbox: bytes) -> RosterView:
            view = await honest(api, mailbox)
            return msgspec.structs.replace(view, records=view.records[:1])

        monkeypatch.setattr(Api, "vault", old_vault)
        monkeypatch.setattr(Api, "put_vault", taken)
        monkeypatch.setattr(Api, "roster", old_roster)
        async with mayor.client(MemoryStorage(), code=mayor.codes[0]) as new_phone:
            assert len(new_phone.mailbox(here.town).colleagues) == 1
            await colleague.thread(thread.id).send("De la part du secrétariat")
            assert isinstance((await first(new_phone, RosterAlarm)).reason, BadRoster)


@pytest.fixture
def service() -> HttpService:
    return HttpService()


async def first_device(service: HttpService, storage: MemoryStorage, name: str = "") -> tuple[VaultKeeper, str]:
    entropy, shown = Stream("first"), Shown()
    known = await this_device(storage, ACCOUNT, entropy)
    keeper = VaultKeeper(service.api(), storage, known, entropy, name=name, clock=lambda: NOW)
    await keeper.open(shown.recovery)
    (code,) = shown.codes
    return keeper, code


async def test_a_person_knows_their_devices_by_the_names_they_gave(service: HttpService) -> None:
    keeper, code = await first_device(service, MemoryStorage(), "Ordinateur de la mairie")
    phone = await opened_keeper(service, MemoryStorage(), "phone", code)
    await keeper.reload()
    for one in (keeper, phone):
        assert {each.name for each in one.devices} == {"Ordinateur de la mairie", ""}
        assert [each.is_this for each in one.devices].count(True) == 1
    assert next(each for each in keeper.devices if each.is_this).added_at == NOW
    assert service.vault is not None
    assert b"Ordinateur" not in msgspec.json.encode(service.vault)


@pytest.mark.parametrize("name", ["", "Téléphone", "x" * 40, "é" * 20])
def test_a_name_fits_into_its_pin_and_is_cut_at_a_character(name: str) -> None:
    pin = encode_pin(name, 7)
    assert len(pin) == 32
    read = device(MAILBOX, pin, is_this=False)
    assert name.startswith(read.name)
    assert len(read.name.encode()) > name_bytes_max - 4 or read.name == name
    assert read.added_at == 7
    assert device(MAILBOX, None, is_this=True) == Device(MAILBOX, "", None, True)


async def test_two_devices_that_write_at_once_again_and_again_lose_nothing(service: HttpService) -> None:
    desk, code = await first_device(service, MemoryStorage())
    phone = await opened_keeper(service, MemoryStorage(), "phone", code)
    for n in range(20):
        desk.set_pin("seat", bytes([n]) * 16, HEADS[1])
        phone.set_checkpoint(ROSTER, MAILBOX, n, bytes([n]) * 32)
        phone.set_thread_checkpoints({bytes([n]) * 16: Checkpoint(n + 1, HEADS[2])})
        await asyncio.gather(desk.save(), phone.save())
    fresh = await opened_keeper(service, MemoryStorage(), "fresh", code)
    assert all(fresh.pin("seat", bytes([n]) * 16) == HEADS[1] for n in range(20))
    assert all(fresh.checkpoint(THREAD, bytes([n]) * 16) == Checkpoint(n + 1, HEADS[2]) for n in range(20))
    assert fresh.checkpoint(ROSTER, MAILBOX) == Checkpoint(19, bytes([19]) * 32)


async def test_the_old_code_goes_and_the_devices_stay(service: HttpService) -> None:
    storage, phones = MemoryStorage(), MemoryStorage()
    keeper, old = await first_device(service, storage)
    phone = await opened_keeper(service, phones, "phone", old)
    shown: list[str] = []
    await keeper.replace_code(shown.append)
    phone.set_pin(ROSTER, MAILBOX, HEADS[1])
    await phone.save()
    with pytest.raises(WrongRecoveryCode):
        await opened_keeper(service, MemoryStorage(), "thief", old)
    assert (await opened_keeper(service, MemoryStorage(), "new", shown[0])).pin(ROSTER, MAILBOX) == HEADS[1]


async def test_a_code_that_others_saw_takes_the_key_with_it(service: HttpService) -> None:
    phones = MemoryStorage()
    keeper, old = await first_device(service, MemoryStorage())
    await opened_keeper(service, phones, "phone", old)
    before = keeper._vk
    shown: list[str] = []
    await keeper.rekey(shown.append)
    assert keeper._vk != before
    with pytest.raises(RecoveryCodeNeeded):
        await opened_keeper(service, phones, "phone again")
    await opened_keeper(service, phones, "phone again", shown[0])


async def test_a_device_is_forgotten_and_the_typed_code_stays(service: HttpService) -> None:
    keeper, code = await first_device(service, MemoryStorage())
    with pytest.raises(WrongRecoveryCode):
        await keeper.rekey(lambda shown: None, "0000-0000-0000-0000-0000-0000-0000")
    await keeper.rekey(lambda shown: None, code)
    keeper.set_pin(ROSTER, MAILBOX, HEADS[1])
    await keeper.save()
    assert (await opened_keeper(service, MemoryStorage(), "new", code)).pin(ROSTER, MAILBOX) == HEADS[1]


async def test_a_device_that_writes_while_its_key_is_renewed_loses_nothing_it_wrote_before(
    service: HttpService,
) -> None:
    keeper, code = await first_device(service, MemoryStorage())
    phone = await opened_keeper(service, MemoryStorage(), "phone", code)
    phone.set_pin(ROSTER, MAILBOX, HEADS[1])
    results = await asyncio.gather(keeper.rekey(lambda shown: None, code), phone.save(), return_exceptions=True)
    assert results[0] is None
    fresh = await opened_keeper(service, MemoryStorage(), "new", code)
    assert fresh.pin(ROSTER, MAILBOX) == (HEADS[1] if results[1] is None else None)


async def test_a_restored_service_gets_the_newer_key_back_and_the_forgotten_device_stays_out(
    service: HttpService,
) -> None:
    """The backup has the old key, and a wrap of the device that was forgotten since."""
    storage, phones, tablets = MemoryStorage(), MemoryStorage(), MemoryStorage()
    keeper, code = await first_device(service, storage)
    await opened_keeper(service, phones, "phone", code)
    await keeper.see_stream(1)
    backup = service.vault
    keeper.set_pin(ROSTER, MAILBOX, HEADS[1])
    await keeper.rekey(lambda shown: None, code)
    tablet = await opened_keeper(service, tablets, "tablet", code)
    await tablet.see_stream(1)
    service.vault, service.stream_epoch = backup, 2
    again = await opened_keeper(service, storage, "again")
    assert again.pin(ROSTER, MAILBOX) == HEADS[1]
    with pytest.raises(RecoveryCodeNeeded):
        await opened_keeper(service, phones, "phone again")
    late = await opened_keeper(service, tablets, "tablet again", code)
    assert late.pin(ROSTER, MAILBOX) == HEADS[1]
    with pytest.raises(RecoveryCodeNeeded):
        await opened_keeper(service, phones, "phone once more")


async def test_an_old_vault_is_refused_to_a_running_device_unless_the_service_was_restored(
    service: HttpService,
) -> None:
    keeper, _ = await first_device(service, MemoryStorage())
    await keeper.see_stream(1)
    backup = service.vault
    keeper.set_pin(ROSTER, MAILBOX, HEADS[1])
    await keeper.save()
    service.vault = backup
    keeper.set_pin("seat", MAILBOX, HEADS[2])
    with pytest.raises(RolledBack):
        await keeper.save()
    service.stream_epoch = 2
    await keeper.save()
    assert (keeper.pin(ROSTER, MAILBOX), keeper.dirty) == (HEADS[1], False)


async def test_a_vault_that_a_restored_service_lost_whole_is_put_back(service: HttpService) -> None:
    storage = MemoryStorage()
    keeper, code = await first_device(service, storage)
    keeper.set_pin(ROSTER, MAILBOX, HEADS[1])
    await keeper.save()
    await keeper.see_stream(1)
    service.vault, service.stream_epoch = None, 2
    await opened_keeper(service, storage, "again")
    assert (await opened_keeper(service, MemoryStorage(), "new", code)).pin(ROSTER, MAILBOX) == HEADS[1]
