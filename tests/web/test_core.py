"""The web client's core and the Python SDK in one conversation, over the real service."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from messaging.domain.vocabulary import MailboxKind, Role
from messaging.ports import MailboxClaim
from pli_client import CardsReleased, Closed, PeerRead
from pli_client.schedule import DAY_MS
from tests.faults.proxy import Proxy
from tests.journeys.clock import MovingClock
from tests.journeys.people import DOCTORS_CARD, MAYORS_CARD, Cast, Online, Person, cast, consent, trust_of
from tests.support.ports import free_port
from tests.support.processes import ServiceProcess
from tests.support.server import Deployed, running_service
from tests.support.web_core import OrderFailed, WebCore, b64, new_id, web_core

pytestmark = pytest.mark.slow

HOLDER = [MailboxClaim("projet", MailboxKind.PROJECT, Role.HOLDER, True)]
SECRETARY = [MailboxClaim("mairie", MailboxKind.TERRITORY, Role.AGENT, True)]
MAYOR = [MailboxClaim("mairie", MailboxKind.TERRITORY, Role.MAYOR, False)]
CONSENT_TEXT = "J’accepte de montrer ces éléments de ma carte."


async def entered(web: WebCore) -> str:
    """Opens a new account and keeps its code."""
    opening = asyncio.create_task(web.open())
    code = str(await web.until(lambda picture: picture["stage"].get("code")))
    await web.act("codeKept")
    await opening
    await web.until_open()
    return code


@contextlib.asynccontextmanager
async def holder(
    service: Deployed, people: Cast, folder: Path, *, url: str = "", blocks_websocket: bool = False
) -> AsyncIterator[WebCore]:
    """The project's holder on the web, their mailbox founded."""
    trust = await trust_of(service)
    async with web_core(service, trust, folder, "camille", HOLDER, url=url, blocks_websocket=blocks_websocket) as web:
        web.code = await entered(web)
        await web.act("found", mailbox=b64(people.project))
        yield web


async def first_contact(web: WebCore, people: Cast, reader: Online) -> None:
    """From the web to the village; both have the conversation open then."""
    await web.act("write", mailbox=b64(people.project), target=b64(people.listing), id=new_id(), text="Bonjour")
    await reader.reads("Bonjour")
    await web.until(lambda picture: picture["threads"])
    await web.act("open", thread=web.thread)
    await web.reads("Bonjour")


def texts(web: WebCore) -> list[str]:
    return [each["text"] for each in web.messages]


def refusals(web: WebCore) -> list[str]:
    return [each["rule"] for each in web.items if each["type"] == "refused"]


async def test_from_first_message_to_reveal(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service:
        people = await cast(service)
        async with people.secretary.online() as secretary, holder(service, people, tmp_path) as web:
            await secretary.client.found(people.village)
            first = new_id()
            for _ in range(2):
                target = {"mailbox": b64(people.project), "target": b64(people.listing)}
                await web.act("write", **target, id=first, text="Bonjour")
            await secretary.reads("Bonjour")
            await web.until(lambda picture: picture["threads"])
            await web.act("open", thread=web.thread)
            await secretary.thread.send("Bienvenue !")
            answer = await web.reads("Bienvenue !")
            sent = await web.send("Merci.")
            await web.send("Merci.", sent)
            await secretary.reads("Merci.")
            await web.reads("Merci.")
            assert texts(web) == ["Bonjour", "Bienvenue !", "Merci."]
            assert [message["own"] for message in web.messages] == [True, False, True]

            await secretary.thread.read()
            await web.act("read", thread=web.thread, seq=answer["seq"], share=True)
            assert web.view["readSeq"] == answer["seq"]

            await web.act("ask", thread=web.thread, msgId=new_id())
            consented = {"fields": {"name": DOCTORS_CARD.name, "phone": DOCTORS_CARD.phone}, "text": CONSENT_TEXT}
            await web.act("consent", thread=web.thread, consent=consented | {"channel": "web", "attestation": None})
            assert [card["state"] for card in web.view["cards"]] == ["waiting"]
            await consent(secretary, MAYORS_CARD, "name")
            released = await secretary.until(CardsReleased)
            names = {DOCTORS_CARD.name, MAYORS_CARD.name}
            assert {card.fields["name"] for card in released.cards} == names
            shown = await web.until(lambda _: next((each for each in web.items if each["type"] == "released"), None))
            assert {card["fields"]["name"] for card in shown["cards"]} == names
            await web.until(lambda _: web.view["words"] == list(secretary.thread.words))
            await web.act("read", thread=web.thread, seq=web.view["seq"], share=True)
            await secretary.until(PeerRead, lambda read: read.seq == web.view["seq"])

            await web.act("close", thread=web.thread, msgId=new_id(), reason="filled", tell=True)
            assert (await secretary.until(Closed)).reason == "filled"
            assert not refusals(web)


async def test_a_withdrawn_card_is_never_shown(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service:
        people = await cast(service)
        async with people.secretary.online() as secretary, holder(service, people, tmp_path) as web:
            await secretary.client.found(people.village)
            await first_contact(web, people, secretary)
            consented = {"fields": {"name": "Camille"}, "text": CONSENT_TEXT, "channel": "web", "attestation": None}
            (card,) = await web.act("consent", thread=web.thread, consent=consented)
            await web.act("withdraw", thread=web.thread, card=card)
            assert [each["state"] for each in web.view["cards"]] == ["withdrawn"]
            await consent(secretary, MAYORS_CARD)
            await secretary.thread.send("Et vous ?")
            await web.reads("Et vous ?")
            assert not secretary.heard(CardsReleased)


async def test_colleagues_on_the_web_and_on_the_sdk(sqlite_url: str, tmp_path: Path) -> None:
    """The web asks for a seat and is admitted, answers as the mailbox, and admits somebody itself."""
    async with running_service(sqlite_url, tmp_path) as service:
        people = await cast(service)
        trust = await trust_of(service)
        async with (
            people.secretary.online() as secretary,
            people.doctor.online() as doctor,
            web_core(service, trust, tmp_path, "yves", MAYOR) as web,
        ):
            await secretary.client.found(people.village)
            await doctor.client.found(people.project)
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await entered(web)
            words = await web.act("askSeat", mailbox=b64(people.village), again=False)
            assert words == await web.act("askSeat", mailbox=b64(people.village), again=False)
            (asked,) = await secretary.client.mailbox(people.village).pending()
            assert list(asked.words) == words
            await secretary.client.mailbox(people.village).admit(asked.seat, words)
            await web.until(lambda picture: picture["threads"])
            await web.act("open", thread=web.thread)
            await web.reads("Bonjour")
            await web.send("Bienvenue !")
            await doctor.reads("Bienvenue !")
            seen = await secretary.reads("Bienvenue !")
            assert seen.author is not None
            assert b64(seen.author.seat) == web.picture["mailboxes"][0]["seat"]
            await secretary.thread.send("Nous vous rappelons.")
            mine = await web.reads("Nous vous rappelons.")
            assert mine["own"]
            assert mine["author"]["seat"] == b64(secretary.client.mailbox(people.village).seat)

            await web.act("note", thread=web.thread, text="Rappeler lundi")
            await web.act("draft", thread=web.thread, text="Chère")
            desk = secretary.client.mailbox(people.village).desk
            await web.until(lambda _: web.view["notes"] and web.picture["threads"][0]["draft"] == "Chère")
            await desk.reach(2)
            assert desk.notes[secretary.thread.id] == ["Rappeler lundi"]
            assert desk.drafts[secretary.thread.id] == "Chère"
            await web.act("assign", thread=web.thread, seat=mine["author"]["seat"])
            await desk.reach(3)
            assert desk.assigned[secretary.thread.id] == secretary.client.mailbox(people.village).seat
            assert not refusals(web)
            assert not [each for each in web.notices if each["type"] == "rosterAlarm"]


async def test_the_web_admits_a_colleague(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service:
        people = await cast(service)
        async with people.spouse.online() as spouse, holder(service, people, tmp_path) as web:
            asking = await spouse.client.ask_seat(people.project)
            pending = await web.until(lambda picture: picture["mailboxes"][0]["pending"])
            assert pending[0]["words"] == list(asking.words)
            admission = {"mailbox": b64(people.project), "seat": pending[0]["seat"], "admin": False}
            with pytest.raises(OrderFailed, match="WordsDiffer"):
                await web.act("admit", **admission, words=[*pending[0]["words"][1:], "abaisser"])
            await web.act("admit", **admission, words=pending[0]["words"])
            mailbox = await asking.admitted(timeout_s=20)
            assert len(mailbox.colleagues) == len(web.picture["mailboxes"][0]["colleagues"]) == 2
            assert not web.picture["mailboxes"][0]["pending"]


async def test_keys_are_renewed_on_both_sides(sqlite_url: str, tmp_path: Path) -> None:
    clock = MovingClock()
    async with running_service(sqlite_url, tmp_path, clock=clock) as service:
        people = await cast(service)
        async with people.secretary.online() as secretary, holder(service, people, tmp_path) as web:
            await secretary.client.found(people.village)
            await first_contact(web, people, secretary)
            await secretary.thread.renew_keys()
            await web.send("un")
            await secretary.reads("un")
            assert secretary.thread.state.epoch == 1
        clock.advance(31 * DAY_MS)
        async with people.secretary.online() as secretary, holder_again(service, people, tmp_path, web) as again:
            await again.act("open", thread=again.thread)
            await again.reads("un")
            await again.send("deux")
            await secretary.reads("deux")
            assert secretary.thread.state.epoch == 2, "the web renewed its keys just before its own message"
            await secretary.thread.send("trois")
            await again.reads("trois")
            assert secretary.thread.state.epoch == 3
            assert texts(again) == ["Bonjour", "un", "deux", "trois"]
            assert again.view["words"] == list(secretary.thread.words)
            assert not refusals(again)


@contextlib.asynccontextmanager
async def holder_again(service: Deployed, people: Cast, folder: Path, before: WebCore) -> AsyncIterator[WebCore]:
    """The same person in a browser that is new to the account, with the recovery code at hand."""
    async with web_core(service, await trust_of(service), folder, "camille", HOLDER) as web:
        await web.open()
        assert web.picture["stage"] == {"name": "needsCode", "wrong": False}
        other = "0000-0000-0000-0000-0000-0000-00H0"
        await web.act("enterCode", code=other)
        assert web.picture["stage"] == {"name": "needsCode", "wrong": True}
        await web.act("enterCode", code=before.code)
        await web.until_open()
        yield web


async def test_the_same_where_websockets_are_blocked(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service:
        people = await cast(service)
        async with (
            people.secretary.online() as secretary,
            holder(service, people, tmp_path, blocks_websocket=True) as web,
        ):
            await secretary.client.found(people.village)
            await first_contact(web, people, secretary)
            await asyncio.gather(*(web.send(f"{n}") for n in range(5)))
            await secretary.reads("4")
            await secretary.thread.send("Bienvenue !")
            await web.reads("Bienvenue !")
            assert texts(web) == ["Bonjour", "0", "1", "2", "3", "4", "Bienvenue !"]
            assert not refusals(web)


async def test_a_restart_of_the_service_is_not_noticed(sqlite_url: str, tmp_path: Path) -> None:
    async with ServiceProcess(sqlite_url, tmp_path / "service") as service:
        people = await cast(service)
        async with people.secretary.online() as secretary:
            await secretary.client.found(people.village)
        async with holder(service, people, tmp_path) as web:
            async with people.secretary.online() as secretary:
                await first_contact(web, people, secretary)
            await service.kill()
            await web.until(lambda picture: not picture["connected"])
            for n in range(3):
                await web.send(f"{n}")
            assert [each["text"] for each in web.view["onItsWay"]] == ["0", "1", "2"]
            await service.start()
            await web.act("wake")
            await web.until(lambda _: texts(web) == ["Bonjour", "0", "1", "2"] and not web.view["onItsWay"])
            async with people.secretary.online() as secretary:
                await secretary.reads("2")
                await secretary.thread.send("Reçu.")
                await web.reads("Reçu.")
                assert [each.text for each in secretary.thread.messages] == ["Bonjour", "0", "1", "2", "Reçu."]
        await service.terminate()


async def test_what_was_written_offline_survives_a_reload(sqlite_url: str, tmp_path: Path) -> None:
    """Airplane mode: three messages, a reload without the network, then the network again."""
    async with running_service(sqlite_url, tmp_path) as service, Proxy(service.port) as proxy:
        people = await cast(service)
        async with people.secretary.online() as secretary, holder(service, people, tmp_path, url=proxy.url) as web:
            await secretary.client.found(people.village)
            await first_contact(web, people, secretary)
            proxy.upstream = free_port()
            await proxy.cut()
            await web.until(lambda picture: not picture["connected"])
            await web.send("un")
            await web.send("deux")
            await web.close()
            await web.open()
            assert web.picture["stage"]["name"] == "open"
            opening = web.start("open", thread=web.thread)
            await web.reads("Bonjour")
            await web.until(lambda _: [each["text"] for each in web.view["onItsWay"]] == ["un", "deux"])
            await web.send("trois")
            proxy.upstream = service.port
            await web.act("wake")
            await secretary.reads("trois")
            await web.until(lambda _: texts(web) == ["Bonjour", "un", "deux", "trois"])
            with contextlib.suppress(OrderFailed):
                await opening
            assert [each.text for each in secretary.thread.messages] == ["Bonjour", "un", "deux", "trois"]


async def test_a_restored_backup_is_told_and_the_conversation_goes_on(sqlite_url: str, tmp_path: Path) -> None:
    """What the service lost is gone; what waited on this device is sealed again on the history that is left."""
    async with contextlib.AsyncExitStack() as stack:
        async with running_service(sqlite_url, tmp_path) as service:
            proxy = await stack.enter_async_context(Proxy(service.port))
            people = await cast(service)
            web = await stack.enter_async_context(holder(service, people, tmp_path, url=proxy.url))
            async with people.secretary.online() as secretary:
                await secretary.client.found(people.village)
                await first_contact(web, people, secretary)
                await web.send("avant")
                await secretary.reads("avant")
        shutil.copy(tmp_path / "pli.sqlite3", tmp_path / "backup")
        async with running_service(sqlite_url, tmp_path) as service:
            renew_token(service, tmp_path, proxy)
            await web.act("wake")
            await web.send("perdu")
            await web.until(lambda _: "perdu" in texts(web))
            proxy.upstream = free_port()
        await proxy.cut()
        await web.until(lambda picture: not picture["connected"])
        await web.send("attend")
        shutil.copy(tmp_path / "backup", tmp_path / "pli.sqlite3")
        async with running_service(sqlite_url, tmp_path) as service:
            renew_token(service, tmp_path, proxy)
            await web.act("wake")
            await web.until(lambda _: texts(web) == ["Bonjour", "avant", "attend"])
            assert [item["type"] for item in web.items].count("restored") == 1
            assert not refusals(web)
            assert not web.view["onItsWay"]
            other = Person(service, await trust_of(service), "martine", SECRETARY)
            other.device, other.recovery_code = people.secretary.device, people.secretary.recovery_code
            async with other.online() as secretary:
                await secretary.reads("attend")
                await secretary.thread.send("Reçu.")
                await web.reads("Reçu.")
                assert [each.text for each in secretary.thread.messages] == ["Bonjour", "avant", "attend", "Reçu."]


def renew_token(service: Deployed, folder: Path, proxy: Proxy) -> None:
    """The platform’s keys are others each time that the service starts here."""
    (folder / "camille.token").write_text(service.token("camille", HOLDER))
    proxy.upstream = service.port
