"""A third party in a conversation, from the web: let in and shown the door, and invited; the others have the SDK."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from messaging.domain.vocabulary import MailboxKind, Measure, ReportCategory, Role
from messaging.e2ee.encoding import frame
from messaging.ports import MailboxClaim
from pli_client import Message, ThirdInvited, ThirdJoined, ThirdLeft
from tests.journeys.people import DOCTORS_CARD, MAYORS_CARD, Person, cast, consent
from tests.journeys.test_third import guest, let_in, talking
from tests.moderation.people import FACTS, RULE, bench, moderating
from tests.support.browser import chromium
from tests.support.server import running_service
from tests.web.browsing import entered, first_use, inbox_of, opened, send, usable

pytestmark = [pytest.mark.slow, pytest.mark.browser]

FACILITATOR = [MailboxClaim("accompagnement", MailboxKind.PARTNER, Role.FACILITATOR, True)]


async def reads_all(person: Person) -> None:
    """What was said before the third party came in: its keys follow the joining."""
    while True:
        async with person.online() as third:
            await third.thread.load()
            if [message.text for message in third.thread.messages] == ["Bonjour", "Bonjour aussi"]:
                return


def target_code(target: bytes) -> str:
    """By which a target is invited: its bytes, and 20 bits of their hash, in base32."""
    hashed = sha256(frame("pli1/target-code", target)).digest()
    value = (int.from_bytes(target) << 2 << 20) | int.from_bytes(hashed[:3]) >> 4
    text = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[value >> 5 * place & 31] for place in reversed(range(30)))
    return "-".join(text[at : at + 5] for at in range(0, 30, 5))


async def test_a_facilitator_is_let_in_and_invited_from_the_web(sqlite_url: str, tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, chromium() as browser:
        people, facilitator, another = await cast(service), await guest(service), await guest(service, "autre")
        async with people.secretary.online() as town:
            await town.client.found(people.village)
            target = await service.register_target("projet", "projet")
            holder = await entered(service, browser, "holder", "holder")
            await first_use(holder)
            thread = await opened(town, target)
            await holder.click(role="link", name="Commune")
            await send(holder, "Bonjour aussi")
            await town.reads("Bonjour aussi")

            await thread.invite(facilitator.target, history=True)
            await holder.sees("L’autre côté propose d’inviter")
            await holder.sees("Ce tiers lirait toute la conversation, depuis son début")
            await usable(holder, shots / "38-third-proposed.png")
            await holder.button("Accepter")
            joined = await town.until(ThirdJoined)
            await reads_all(facilitator.person)
            async with facilitator.person.online() as third:
                await third.thread.send("Bonjour à vous deux")
                await holder.sees("Bonjour à vous deux")
                await holder.click(text="Mots de contrôle")
                await holder.sees(joined.words[0])
                await send(holder, "Merci")
                assert (await third.reads("Merci")).party == 1

                await holder.click(css=".menu summary")
                await holder.button("Mettre fin à la présence du tiers")
                await third.until(ThirdLeft)
                await send(holder, "Entre nous")
                await town.reads("Entre nous")

            await holder.click(css=".menu summary")
            await holder.button("Inviter un tiers")
            code = target_code(another.target)
            await holder.fill("Code de mise en relation", code[:-1] + "U")
            await holder.sees("Ce n’est pas un code de mise en relation complet")
            await holder.fill("Code de mise en relation", code.lower())
            await usable(holder, shots / "39-third-inviting.png")
            await holder.button("Proposer")
            theirs = await town.until(ThirdInvited, lambda each: not each.own)
            assert not theirs.history
            async with another.person.online() as third:
                await thread.accept_invitation(theirs)
                await third.until(ThirdJoined)
                await send(holder, "Rebonjour")
                await third.reads("Rebonjour")
                assert [message.text for message in third.heard(Message)] == ["Rebonjour"]
            assert await browser.complaints() == []


async def test_a_facilitator_reads_and_writes_in_the_inbox_what_is_theirs(sqlite_url: str, tmp_path: Path) -> None:
    """The two sides have the SDK; the third party has a browser, and sees what it may, after a reload too."""
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, chromium() as browser:
        facilitator = await guest(service)
        async with talking(service) as (_, doctor, mayor):
            who = facilitator.person
            address = inbox_of(service, who.subject, FACILITATOR)
            tab = await browser.open("guest", address, profile="guest")
            await tab.fill("Code de secours", who.recovery_code)
            await tab.button("Ouvrir")
            await tab.sees("Aucune conversation pour l’instant.")
            await tab.click(role="link", name="Réglages")
            await tab.sees("Donnez-le à qui veut vous inviter")
            assert await tab.read(css=".settings .code") == target_code(facilitator.target)
            await usable(tab, shots / "66-invitation-code.png")
            await tab.button("Retour aux conversations")

            await let_in(doctor, mayor, facilitator)
            await tab.click(role="link", name="Médecin généraliste et Commune")
            await doctor.thread.send("Bienvenue")
            await tab.has(css=".message:has-text('Bienvenue') .author:has-text('Médecin généraliste')")
            assert "Bonjour" not in await tab.read(css=".log")
            await send(tab, "Bonjour à vous deux")
            for side in (doctor, mayor):
                assert (await side.reads("Bonjour à vous deux")).party == 2
            await consent(doctor, DOCTORS_CARD)
            await consent(mayor, MAYORS_CARD)
            await tab.sees("Leurs cartes ne vous sont pas montrées.")
            await mayor.thread.renew_keys()
            await mayor.thread.send("Sous d’autres clés")
            await tab.has(css=".message:has-text('Sous d’autres clés') .author:has-text('Commune')")
            await tab.has(css=".lock")
            await usable(tab, shots / "63-as-third.png")
            await tab.reload()
            await tab.sees("Sous d’autres clés")
            assert str(DOCTORS_CARD.name) not in await tab.read(css="main")
            assert await tab.read(css=".message .words") == "Bienvenue"
            await tab.button("Retour aux conversations")
            await tab.sees("En tiers")
            await usable(tab, shots / "64-as-third-list.png")

            await tab.click(role="link", name="Médecin généraliste et Commune")
            await tab.click(css=".menu summary")
            await tab.button("Quitter la conversation")
            await usable(tab, shots / "65-leaving.png")
            await tab.click(css="dialog .primary")
            assert (await doctor.until(ThirdLeft)).party == 2
            await tab.sees("Votre présence dans une conversation a pris fin.")
            await tab.gone(role="link", name="Médecin généraliste et Commune")
            await doctor.thread.send("Entre nous")

            await let_in(doctor, mayor, facilitator, history=True)
            await tab.sees("Entre nous")
            assert (await tab.read(css=".log")).count("Bonjour") == 2
            await tab.close()
            await mayor.thread.end_third()
            tab = await browser.open("back", address, profile="guest")
            await tab.sees("Votre présence dans une conversation a pris fin.")
            await tab.sees("Aucune conversation pour l’instant.")
            assert await tab.violations() == []
            assert await browser.complaints() == []


async def test_a_facilitator_sees_that_moderators_stopped_the_conversation(sqlite_url: str, tmp_path: Path) -> None:
    """In the place of a composer whose messages would be refused; the reasons are the sides' own."""
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, chromium() as browser:
        court, facilitator = await bench(service), await guest(service)
        await court.seat()
        async with talking(service) as (_, doctor, mayor), court.sitting() as (first, _, _):
            await let_in(doctor, mayor, facilitator, history=True)
            address = inbox_of(service, facilitator.person.subject, FACILITATOR)
            tab = await browser.open("guest", address, profile="guest")
            await tab.fill("Code de secours", facilitator.person.recovery_code)
            await tab.button("Ouvrir")
            await tab.click(role="link", name="Médecin généraliste et Commune")
            await tab.has(css=".composer")

            (said,) = [each for each in mayor.thread.messages if each.text == "Bonjour"]
            case = (await mayor.thread.report([said], ReportCategory.OTHER, "")).case
            mona = moderating(first, court)
            await mona.claim(case)
            await mona.decide(case, mona.new_decision(Measure.FREEZE, rule=RULE, facts=FACTS, seqs=[said.seq]))
            await tab.sees("La modération a suspendu cette conversation : chacun peut la relire")
            await tab.sees("Les motifs sont adressés aux deux côtés.")
            await tab.gone(css=".composer")
            await usable(tab, shots / "67-as-third-stopped.png")
            assert await browser.complaints() == []
