"""The widget in a listing page on one side, the inbox on a phone on the other: two real browsers, the real service."""

import os
from pathlib import Path

import pytest

from messaging.domain.vocabulary import MailboxKind, Role
from messaging.ports import MailboxClaim
from tests.journeys.people import cast
from tests.support.browser import Tab, chromium
from tests.support.server import running_service

pytestmark = pytest.mark.slow

SECRETARY = [MailboxClaim("mairie", MailboxKind.TERRITORY, Role.AGENT, True)]
HOLDER = [MailboxClaim("projet", MailboxKind.PROJECT, Role.HOLDER, True)]
DESKTOP = (1100, 820)


async def first_use(tab: Tab, **frame: str) -> None:
    await tab.sees("Votre code de secours", **frame)
    await tab.check("J’ai gardé ce code en lieu sûr", **frame)
    await tab.button("Continuer", **frame)
    await tab.button("Ouvrir la boîte", **frame)


async def test_from_a_listing_page_to_the_reveal(sqlite_url: str, tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    widget = {"frame": "/widget/"}
    async with running_service(sqlite_url, tmp_path) as service, chromium() as browser:
        people = await cast(service)
        inbox = await browser.open("town", f"{service.url}/inbox/#token={service.token('martine', SECRETARY)}")
        await first_use(inbox)
        fragment = f"token={service.token('camille', HOLDER)}&target={people.listing.hex()}"
        page = await browser.open("listing", f"{service.url}/demo/#{fragment}", size=DESKTOP)
        await page.button("Écrire à la commune")
        await first_use(page, **widget)
        await page.fill("Votre premier message", "Bonjour, je suis médecin et votre cabinet m’intéresse.", **widget)
        await page.shot(shots / "11-widget-first.png")
        await page.button("Envoyer", **widget)
        await inbox.click(role="link", name="Médecin généraliste")
        await inbox.sees("Bonjour, je suis médecin et votre cabinet m’intéresse.")
        await inbox.fill("Votre message", "Bonjour ! Quand pourriez-vous venir ?")
        await inbox.button("Envoyer")
        await page.sees("Bonjour ! Quand pourriez-vous venir ?", **widget)
        await page.shot(shots / "12-widget-thread.png")
        for tab, name, frame in ((page, "Dr Camille Le Goff", widget), (inbox, "Martine Le Bihan", {})):
            await tab.button("Échanger les identités", **frame)
            await tab.fill("Nom", name, **frame)
            await tab.button("Je consens", **frame)
        for tab, other, frame in ((page, "Martine Le Bihan", widget), (inbox, "Dr Camille Le Goff", {})):
            await tab.sees("Les identités sont échangées", **frame)
            await tab.sees(other, **frame)
        await page.shot(shots / "13-widget-revealed.png")
        await page.reload()
        await page.button("Écrire à la commune")
        await page.sees("Les identités sont échangées", **widget)
        assert await browser.complaints() == []
