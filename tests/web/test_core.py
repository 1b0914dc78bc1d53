"""The web client's core and the Python SDK in one conversation, over the real service."""

from pathlib import Path
from typing import Final

import pytest

from pli_client import CardsReleased, Closed, PeerRead
from pli_client.schedule import DAY_MS
from tests.journeys.clock import MovingClock
from tests.journeys.people import DOCTORS_CARD, MAYORS_CARD, cast, consent
from tests.support.server import running_service
from tests.support.web_core import b64, new_id
from tests.web.core_people import first_contact, holder, holder_again, refusals, texts

pytestmark = pytest.mark.slow

CONSENT_TEXT: Final = "J’accepte de montrer ces éléments de ma carte."


async def test_from_first_message_to_reveal(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service:
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
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service:
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


async def test_keys_are_renewed_on_both_sides(sqlite_url: str, tmp_path: Path) -> None:
    clock = MovingClock()
    async with running_service(sqlite_url, tmp_path, with_worker=False, clock=clock) as service:
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
