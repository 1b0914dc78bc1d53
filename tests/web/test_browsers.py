"""What browsers do to a page: tabs, reloads, no network, another device; with the real service and real Chromium."""

import asyncio
from pathlib import Path

import pytest

from messaging.domain.vocabulary import MailboxKind, Role
from messaging.ports import MailboxClaim
from pli_client import Message, Thread
from pli_client.errors import FirstMessageKept
from tests.journeys.people import Online, cast
from tests.support.browser import Browser, Tab, chromium
from tests.support.server import RunningService, running_service

pytestmark = [pytest.mark.slow, pytest.mark.browser]

HOLDER = [MailboxClaim("projet", MailboxKind.PROJECT, Role.HOLDER, True)]


async def first_use(tab: Tab) -> str:
    """Keeps the recovery code and opens the mailbox; returns the code."""
    await tab.sees("Votre code de secours")
    code = await tab.read(css=".code")
    await tab.check("J’ai gardé ce code en lieu sûr")
    await tab.button("Continuer")
    await tab.button("Ouvrir la boîte")
    return code


async def entered(service: RunningService, browser: Browser, page: str, profile: str) -> Tab:
    token = service.token("camille", HOLDER)
    return await browser.open(page, f"{service.url}/inbox/#token={token}", profile=profile)


async def send(tab: Tab, text: str) -> None:
    await tab.fill("Votre message", text)
    await tab.button("Envoyer")


async def opened(online: Online, target: bytes) -> Thread:
    """Writes first, as soon as the other side’s browser has published its first prekeys."""
    while True:
        try:
            return await online.client.mailboxes[0].open(target, "Bonjour")
        except FirstMessageKept as kept:
            assert await online.client.mailboxes[0].cancel(kept.message)
            await asyncio.sleep(0.2)


def texts(online: Online) -> list[str | None]:
    return [message.text for message in online.thread.messages]


HOSTILE = (
    '<img src=x onerror="document.title=1"><script>document.title=1</script>',
    "\u202egro.elpmaxe\u202c \u2066\u2067 fin",
    "e" + "\u0301" * 10_000,
    "javascript:document.title=1",
)


async def test_hostile_texts_are_texts(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service, chromium() as browser:
        people = await cast(service)
        async with people.secretary.online() as secretary:
            await secretary.client.found(people.village)
            target = await service.register_target("projet", "projet")
            tab = await entered(service, browser, "one", "camille")
            await first_use(tab)
            thread = await opened(secretary, target)
            for text in (*HOSTILE, "fin"):
                await thread.send(text)
            await tab.click(role="link", name="Commune")
            await tab.has(css=".message:nth-of-type(7)")
            shown = await tab.run("[...document.querySelectorAll('.words')].map((each) => each.textContent)")
            assert shown == ["Bonjour", *HOSTILE, "fin"]
            assert await tab.run("document.querySelectorAll('.message img, .message script, .message a').length") == 0
            heights = await tab.run("[...document.querySelectorAll('.message')].map((each) => each.offsetHeight)")
            assert max(heights) < 844
            assert await browser.complaints() == []


async def test_tabs_no_network_and_another_device(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service, chromium() as browser:
        people = await cast(service)
        async with people.secretary.online() as secretary:
            await secretary.client.found(people.village)
            target = await service.register_target("projet", "projet")
            one = await entered(service, browser, "one", "camille")
            code = await first_use(one)
            thread = await opened(secretary, target)
            await one.click(role="link", name="Commune")
            await one.sees("Bonjour")

            two = await entered(service, browser, "two", "camille")
            await two.click(role="link", name="Commune")
            await send(two, "de l’autre onglet")
            await secretary.reads("de l’autre onglet")
            await one.sees("de l’autre onglet")

            await one.run("navigator.serviceWorker.ready.then(() => true)")
            await browser.offline("camille", True)
            for text in ("le premier", "le deuxième"):
                await send(one, text)
                await one.sees(text)  # only now it is kept
            await one.sees("Gardé, partira dès que possible")
            await two.close()
            await one.reload()
            await one.sees("Hors connexion.")
            await one.sees("Bonjour")
            await one.sees("le deuxième")
            await send(one, "le troisième")
            await browser.offline("camille", False)
            await secretary.reads("le troisième")
            expected = ["Bonjour", "de l’autre onglet", "le premier", "le deuxième", "le troisième"]
            assert texts(secretary) == expected

            three = await entered(service, browser, "three", "camille")
            await three.click(role="link", name="Commune")
            await three.sees("le troisième")
            await one.close()
            await send(three, "quatre")
            await secretary.reads("quatre")
            await thread.send("Bien reçu.")
            await three.sees("Bien reçu.")

            other = await entered(service, browser, "other", "other")
            await other.sees("Un nouvel appareil")
            await other.fill("Code de secours", "0000-0000-0000-0000-0000-0000-00H0")
            await other.button("Ouvrir")
            await other.sees("Ce n’est pas le code de ce compte.")
            await other.fill("Code de secours", code)
            await other.button("Ouvrir")
            await other.click(role="link", name="Commune")
            for text in (*expected, "quatre", "Bien reçu."):
                await other.sees(text)
            assert len(secretary.heard(Message)) == 5
            assert await browser.complaints() == []
