"""Lost lines, lost acks, restarts, new devices: nothing is lost or doubled, and the user is told what is over."""

import asyncio
import contextlib
import dataclasses
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from messaging.domain.vocabulary import MessageKind
from messaging.e2ee.content import encode_text
from messaging.e2ee.errors import Rollback, RolledBack, WrongRecoveryCode
from messaging.store.beat import BeatFile
from messaging.wire.rest import AccountRevoke
from pli_client import Carrier, Client, MemoryStorage, Message, NotRendered, SendRefused, Thread, local
from pli_client.errors import Ended, RecoveryCodeNeeded, Stopped, TimedOut, Unreachable
from tests.sdk.people import Place, first, place
from tests.sdk.proxy import Proxy, proxy_to
from tests.sdk.world import Stream
from tests.support.scale import scaled
from tests.support.server import running_service

pytestmark = pytest.mark.slow

OVER_EITHER = pytest.mark.parametrize("carrier", [Carrier.WEBSOCKET, Carrier.HTTP])


@contextlib.asynccontextmanager
async def two(
    here: Place, town_url: str | None = None, carrier: Carrier = Carrier.AUTO
) -> AsyncIterator[tuple[Client, Client, Thread]]:
    """A mayor (perhaps behind a proxy) and a doctor in one conversation; both read what there is."""
    async with here.mayor().client(url=town_url, carrier=carrier) as mayor, here.doctor().client() as doctor:
        await mayor.found(here.town)
        thread = await (await doctor.found(here.project)).open(here.listing, "Bonjour")
        await first(mayor, Message)
        yield mayor, doctor, thread


def texts(thread: Thread) -> list[str | None]:
    return [message.text for message in thread.messages]


async def until_connected(me: Client, *, is_up: bool = True) -> None:
    async with asyncio.timeout(30):
        while me.connected is not is_up:  # noqa: ASYNC110 - the application polls, as a status line would
            await asyncio.sleep(0.01)


@OVER_EITHER
async def test_a_cut_line_is_mended_and_what_was_missed_comes(here: Place, carrier: Carrier) -> None:
    async with proxy_to(here.service.port) as proxy, two(here, proxy.url, carrier) as (mayor, _, thread):
        proxy.accepting = False
        proxy.cut()
        await until_connected(mayor, is_up=False)
        for n in range(5):
            await thread.send(f"pendant l’absence {n}")
        proxy.accepting = True
        for n in range(5):
            assert (await first(mayor, Message)).text == f"pendant l’absence {n}"
        assert texts(mayor.thread(thread.id)) == texts(thread)


@OVER_EITHER
async def test_a_message_whose_ack_was_lost_is_stored_once(here: Place, carrier: Carrier) -> None:
    async with proxy_to(here.service.port) as proxy, two(here, proxy.url, carrier) as (mayor, doctor, thread):
        proxy.answering = False
        sending = asyncio.create_task(mayor.thread(thread.id).send("une seule fois"))
        assert (await first(doctor, Message)).text == "une seule fois"
        proxy.answering = True
        proxy.cut()
        sent = await sending
        await mayor.thread(thread.id).send("et la suite")
        assert (await first(doctor, Message)).text == "et la suite"
        assert texts(thread) == ["Bonjour", "une seule fois", "et la suite"]
        assert sent.seq == 3


@OVER_EITHER
async def test_messages_written_without_a_line_go_out_in_order(here: Place, carrier: Carrier) -> None:
    async with proxy_to(here.service.port) as proxy, two(here, proxy.url, carrier) as (mayor, doctor, thread):
        proxy.accepting = False
        proxy.cut()
        await until_connected(mayor, is_up=False)
        there = mayor.thread(thread.id)
        sending = [asyncio.create_task(there.send(f"hors ligne {n}")) for n in range(3)]
        await asyncio.sleep(0.1)
        assert not any(task.done() for task in sending)
        proxy.accepting = True
        await asyncio.gather(*sending)
        for n in range(3):
            assert (await first(doctor, Message)).text == f"hors ligne {n}"


async def test_a_message_of_a_killed_client_goes_out_with_the_next_run(here: Place) -> None:
    mayor, device = here.mayor(), MemoryStorage()
    async with proxy_to(here.service.port) as proxy, here.doctor().client() as doctor:
        async with mayor.client(device) as me:
            await me.found(here.town)
            thread = await (await doctor.found(here.project)).open(here.listing, "Bonjour")
            await first(me, Message)
        async with mayor.client(device, url=proxy.url, timeout_s=0.5) as me:
            proxy.accepting = False
            proxy.cut()
            with pytest.raises(TimedOut):
                await me.thread(thread.id).send("avant de partir")
        assert len(await device.names("outbox.")) == 1
        async with mayor.client(device) as me:
            assert (await first(doctor, Message)).text == "avant de partir"
            await asyncio.sleep(0.1)
            assert await device.names("outbox.") == []
            assert texts(me.thread(thread.id)) == ["Bonjour", "avant de partir"]


async def test_what_was_not_handled_comes_again_and_what_was_does_not(here: Place) -> None:
    mayor, device = here.mayor(), MemoryStorage()
    async with here.doctor().client() as doctor:
        async with mayor.client(device) as me:
            await me.found(here.town)
            thread = await (await doctor.found(here.project)).open(here.listing, "un")
            await thread.send("deux")
            assert [(await first(me, Message)).text for _ in range(2)] == ["un", "deux"]
        await thread.send("trois")
        async with mayor.client(device) as me:
            assert [(await first(me, Message)).text for _ in range(2)] == ["deux", "trois"]


async def test_after_days_everything_is_there_once(here: Place) -> None:
    """Several threads grow while the town hall is away; it comes back with a device that knew half of them."""
    threads_count, messages = scaled(50), scaled(1_000)
    mayor, device = here.mayor(), MemoryStorage()
    targets = [await here.service.register_target(f"listing-{n}", "town") for n in range(threads_count)]
    async with here.doctor().client() as doctor:
        project = await doctor.found(here.project)
        async with mayor.client(device) as me:
            await me.found(here.town)
            threads = [await project.open(target, "début") for target in targets[: threads_count // 2]]
            for _ in threads:
                await first(me, Message)
        threads += [await project.open(target, "début") for target in targets[threads_count // 2 :]]
        await asyncio.gather(*(threads[n % len(threads)].send(f"{n}") for n in range(messages)))
        async with mayor.client(device) as me:
            for thread in threads:
                await me.thread(thread.id).load()
                assert texts(me.thread(thread.id)) == texts(thread)
            last_of_the_first_run = 1
            new = messages + len(threads) - threads_count // 2 + last_of_the_first_run
            seen = [await first(me, Message) for _ in range(new)]
            assert len({(message.thread, message.seq) for message in seen}) == new


async def test_a_new_device_with_the_code_reads_the_history(here: Place) -> None:
    mayor = here.mayor()
    async with here.doctor().client() as doctor:
        async with mayor.client() as me:
            await me.found(here.town)
            thread = await (await doctor.found(here.project)).open(here.listing, "Bonjour")
            await first(me, Message)
            await me.thread(thread.id).send("Bienvenue")
        with pytest.raises(RecoveryCodeNeeded):
            async with mayor.client():
                pass
        with pytest.raises(WrongRecoveryCode):
            async with mayor.client(code="0000-0000-0000-0000-0000-0000-0000"):
                pass
        (code,) = mayor.codes
        async with mayor.client(code=code.lower()) as me:
            await me.thread(thread.id).load()
            assert texts(me.thread(thread.id)) == ["Bonjour", "Bienvenue"]
            await me.thread(thread.id).send("depuis le nouveau téléphone")
        await first(doctor, Message, lambda m: m.text == "depuis le nouveau téléphone")


async def test_two_devices_of_one_person_are_both_up_to_date(here: Place) -> None:
    mayor = here.mayor()
    async with mayor.client() as desk, here.doctor().client() as doctor:
        await desk.found(here.town)
        async with mayor.client(code=mayor.codes[0]) as phone:
            thread = await (await doctor.found(here.project)).open(here.listing, "Bonjour")
            assert (await first(phone, Message)).text == "Bonjour"
            await phone.thread(thread.id).send("réponse du téléphone")
            heard = await first(desk, Message, lambda m: m.own)
            assert heard.text == "réponse du téléphone"


async def test_an_account_that_was_revoked_hears_that_it_is_over(here: Place) -> None:
    async with here.doctor().client() as doctor:
        await doctor.found(here.project)
        body = AccountRevoke("doctor")
        await here.service.platform("POST", "/v1/platform/revocations", body)
        with pytest.raises(Ended) as caught:
            async for _ in doctor.events():
                pass
        assert caught.value.code == 4503


async def test_a_short_token_is_renewed_without_a_break(here: Place) -> None:
    doctor = here.doctor()
    doctor.lifetime_s = 3
    async with proxy_to(here.service.port) as proxy, doctor.client(url=proxy.url) as me:
        lines = proxy.accepted
        await asyncio.sleep(3.5)
        assert me.connected
        await me.found(here.project)
        assert proxy.accepted - lines <= 2  # HTTP for tickets and founding; the socket stayed


async def test_a_service_that_is_down_is_unreachable(here: Place) -> None:
    async with proxy_to(here.service.port) as proxy:
        proxy.accepting = False
        with pytest.raises(Unreachable):
            async with here.doctor().client(url=proxy.url, timeout_s=1):
                pass


async def test_a_first_contact_of_a_killed_client_goes_out_with_the_next_run(here: Place) -> None:
    doctor, device = here.doctor(), MemoryStorage()
    async with here.mayor().client() as mayor, proxy_to(here.service.port) as proxy:
        await mayor.found(here.town)
        async with doctor.client(device) as me:
            await me.found(here.project)
        async with doctor.client(device, url=proxy.url, timeout_s=0.5) as me:
            opening = asyncio.create_task(me.mailbox(here.project).open(here.listing, "Bonjour ?"))
            async with asyncio.timeout(30):
                while not await device.names("opening."):  # noqa: ASYNC110 - storage tells nobody of a change
                    await asyncio.sleep(0)
            silence(proxy)
            with contextlib.suppress(TimedOut):
                await opening
        async with doctor.client(device) as me:
            assert (await first(mayor, Message)).text == "Bonjour ?"
            async with asyncio.timeout(30):
                while await device.names("opening."):  # noqa: ASYNC110 - storage tells nobody of a change
                    await asyncio.sleep(0.01)
            (thread,) = me.threads
            await thread.load()
            assert texts(thread) == ["Bonjour ?"]


def silence(proxy: Proxy) -> None:
    proxy.accepting = False
    proxy.cut()


async def test_a_refusal_that_nobody_waits_for_is_an_event(here: Place) -> None:
    """An earlier run left a message whose id was used for other bytes: it can never be sent."""
    mayor, device = here.mayor(), MemoryStorage()
    async with here.doctor().client() as doctor:
        async with mayor.client(device) as me:
            await me.found(here.town)
            thread = await (await doctor.found(here.project)).open(here.listing, "Bonjour")
            await first(me, Message)
            sent = await me.thread(thread.id).send("oui")
            log = me.thread(thread.id).follower.log
            other = log.seal(MessageKind.TEXT, sent.msg_id, encode_text("non"), Stream())
        left = local.Outgoing(0, thread.id, sent.msg_id, "text", encode_text("non"), other)
        await local.save(device, f"outbox.{thread.id.hex()}.{sent.msg_id.hex()}", left)
        async with mayor.client(device) as me:
            refused = await first(me, SendRefused)
            assert (refused.thread, refused.msg_id, refused.problem.code) == (thread.id, sent.msg_id, "conflict")
            assert await device.names("outbox.") == []


def beat_file(database: Path) -> Path:
    """By which the service notices that its database is an older copy; without it nobody says so."""
    return BeatFile(database).path


async def test_a_service_that_comes_back_with_an_older_log_is_noticed(sqlite_url: str, tmp_path: Path) -> None:
    """Behind a running client the service is put back to a backup: what the client saw and the service lost shows."""
    database, backup = Path(sqlite_url.removeprefix("sqlite+aiosqlite:///")), tmp_path / "backup"
    doctors_device = MemoryStorage()
    async with running_service(sqlite_url, tmp_path) as service:
        here = await place(service)
        async with here.doctor().client(doctors_device) as doctor, here.mayor().client() as mayor:
            await mayor.found(here.town)
            thread = await (await doctor.found(here.project)).open(here.listing, "un")
    shutil.copy(database, backup)
    async with contextlib.AsyncExitStack() as stack:
        async with running_service(sqlite_url, tmp_path) as service:
            again = dataclasses.replace(here, service=service)
            proxy = await stack.enter_async_context(proxy_to(service.port))
            doctor = await stack.enter_async_context(again.doctor().client(doctors_device, url=proxy.url))
            await doctor.thread(thread.id).send("perdu")
        proxy.cut()
        shutil.copy(backup, database)
        beat_file(database).unlink()
        async with running_service(sqlite_url, tmp_path) as service:
            again.service = service
            proxy.port = service.port
            shown = await first(doctor, NotRendered)
            assert shown.stopped
            assert isinstance(shown.reason, Rollback)
            with pytest.raises(Stopped):
                await doctor.thread(thread.id).send("encore")


async def test_a_vault_older_than_this_device_saw_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    database, backup = Path(sqlite_url.removeprefix("sqlite+aiosqlite:///")), tmp_path / "backup"
    device = MemoryStorage()
    async with running_service(sqlite_url, tmp_path) as service:
        here = await place(service)
        async with here.doctor().client(device):
            pass
    shutil.copy(database, backup)
    async with running_service(sqlite_url, tmp_path) as service:
        here.service = service
        async with here.doctor().client(device) as doctor:
            await doctor.found(here.project)
    shutil.copy(backup, database)
    beat_file(database).unlink()
    async with running_service(sqlite_url, tmp_path) as service:
        here.service = service
        with pytest.raises(RolledBack):
            async with here.doctor().client(device):
                pass


async def test_what_was_sent_here_is_no_event_after_a_restart_either(here: Place) -> None:
    doctor, device = here.doctor(), MemoryStorage()
    async with here.mayor().client() as mayor:
        await mayor.found(here.town)
        async with doctor.client(device) as me:
            thread = await (await me.found(here.project)).open(here.listing, "un")
            await thread.send("deux")
        async with doctor.client(device) as me:
            assert me.thread(thread.id).messages == ()
            await first(mayor, Message, lambda m: m.text == "deux")
            await mayor.thread(thread.id).send("trois")
            assert (await first(me, Message)).text == "trois"
