"""What browsers do to a page: tabs, reloads, no network, another device; with the real service and real Chromium."""

from pathlib import Path

import pytest

from messaging.web import STATIC
from pli_client import Message
from tests.journeys.people import Online, cast
from tests.support.browser import chromium
from tests.support.server import running_service
from tests.web.browsing import entered, first_use, opened, send

pytestmark = [pytest.mark.slow, pytest.mark.browser]

CACHED = """caches.open("pli-inbox").then((cache) => cache.keys())
  .then((kept) => kept.map(({ url }) => new URL(url).pathname.split("/").at(-1)))"""


def texts(online: Online) -> list[str | None]:
    return [message.text for message in online.thread.messages]


def needed() -> set[str]:
    """The files of the inbox, and of no other page: its page names them, or one of them does."""
    files = {path.name: path.read_text(encoding="utf-8", errors="ignore") for path in (STATIC / "assets").iterdir()}
    found: set[str] = set()
    sources = [(STATIC / "inbox.html").read_text(encoding="utf-8")]
    while sources:
        source = sources.pop()
        new = {name for name in files if name in source} - found
        found |= new
        sources += [files[name] for name in new]
    assert any(name.startswith("inbox-") for name in found)
    return found


async def test_tabs_no_network_and_another_device(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, chromium() as browser:
        people = await cast(service)
        async with people.secretary.online() as secretary:
            await secretary.client.found(people.village)
            target = await service.register_target("projet", "projet")
            one = await entered(service, browser, "one", "camille", worker=True)
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
            assert needed() <= set(await one.run(CACHED)), "the page cannot start without the network"
            await browser.offline("camille", True)
            for text in ("le premier", "le deuxième"):
                await send(one, text)
                await one.sees(text)  # only now it is kept
            await one.sees("Gardé, partira dès que possible")
            assert await one.violations() == []
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
            await other.click(css="summary")
            assert await other.violations() == []
            await other.fill("Code de secours", code)
            await other.button("Ouvrir")
            await other.click(role="link", name="Commune")
            for text in (*expected, "quatre", "Bien reçu."):
                await other.sees(text)
            assert len(secretary.heard(Message)) == 5
            assert await browser.complaints() == []
