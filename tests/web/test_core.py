"""The web client's core and the Python SDK in one conversation, over the real service."""

import asyncio
from pathlib import Path

import pytest

from messaging.domain.vocabulary import MailboxKind, Role
from messaging.ports import MailboxClaim
from pli_client import CardsReleased, PeerRead
from tests.journeys.people import DOCTORS_CARD, MAYORS_CARD, cast, consent, trust_of
from tests.support.server import running_service
from tests.support.web_core import b64, new_id, web_core

pytestmark = pytest.mark.slow

HOLDER = [MailboxClaim("projet", MailboxKind.PROJECT, Role.HOLDER, True)]
CONSENT_TEXT = "J’accepte de montrer ces éléments de ma carte."


async def test_a_conversation_from_first_message_to_reveal(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service:
        people = await cast(service)
        trust = await trust_of(service)
        async with people.secretary.online() as mayor, web_core(service, trust, tmp_path, "doctor", HOLDER) as web:
            await mayor.client.found(people.village)
            opening = asyncio.create_task(web.open())
            code = await web.until(lambda picture: picture["stage"].get("code"))
            assert len(code) == 34
            await web.act("codeKept")
            await opening
            await web.until_open()
            await web.act("found", mailbox=b64(people.project))
            first = new_id()
            for _ in range(2):
                await web.act("write", mailbox=b64(people.project), target=b64(people.listing), id=first, text="Bonjour")
            await mayor.reads("Bonjour")
            await web.until(lambda picture: picture["threads"])
            await web.act("open", thread=web.thread)
            await mayor.thread.send("Bienvenue !")
            message = await web.reads("Bienvenue !")
            assert not message["own"]
            await web.send("Merci.")
            assert (await mayor.reads("Merci.")).author is None
            await web.reads("Merci.")
            assert [each["text"] for each in web.messages] == ["Bonjour", "Bienvenue !", "Merci."]

            await mayor.thread.read()
            await web.act("read", thread=web.thread, seq=message["seq"], share=True)
            assert web.view["readSeq"] == message["seq"]

            await web.act("ask", thread=web.thread, msgId=new_id())
            consented = {"fields": {"name": DOCTORS_CARD.name, "phone": DOCTORS_CARD.phone}, "text": CONSENT_TEXT}
            await web.act("consent", thread=web.thread, consent=consented | {"channel": "web", "attestation": None})
            assert [card["state"] for card in web.view["cards"]] == ["waiting"]
            await consent(mayor, MAYORS_CARD, "name")
            released = await mayor.until(CardsReleased)
            assert {card.fields["name"] for card in released.cards} == {DOCTORS_CARD.name, MAYORS_CARD.name}
            shown = await web.until(lambda _: next((each for each in web.items if each["type"] == "released"), None))
            assert {card["fields"]["name"] for card in shown["cards"]} == {DOCTORS_CARD.name, MAYORS_CARD.name}
            await web.until(lambda _: web.view["words"] == list(mayor.thread.words))
            assert not [each for each in web.items if each["type"] == "refused"]
            await web.act("read", thread=web.thread, seq=web.view["seq"], share=True)
            await mayor.until(PeerRead, lambda read: read.seq == web.view["seq"])
