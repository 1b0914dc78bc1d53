"""The platform’s token ends in the middle of a conversation: renewed unseen, or asked for calmly; nothing is lost.

The inbox speaks over HTTP, as where WebSockets are blocked; the widget over a WebSocket.
"""

import asyncio
import os
from pathlib import Path

import pytest

from messaging.demo.cast.main import SECRETARY, VILLAGE
from messaging.demo.cast.visitor import VISITORS_PROJECT
from messaging.demo.platform import Platform, standing_in
from messaging.demo.stage import Stage, raised
from tests.support.browser import Browser, Tab, chromium
from tests.web.browsing import code_kept
from tests.web.test_widget import DESKTOP, FRAME

pytestmark = [pytest.mark.slow, pytest.mark.browser]

TOKEN_S = 5
EXPIRED = "Votre session a expiré."
ASKED = "performance.getEntriesByType('resource').map(({ name }) => name)"
TEXTS = "[...document.querySelectorAll('.words')].map((each) => each.textContent)"


async def _write(tab: Tab, *texts: str, **part: str) -> None:
    for text in texts:
        await tab.fill("Votre message", text, **part)
        await tab.button("Envoyer", **part)
        await tab.sees(text, **part)


async def _begun(browser: Browser, stage: Stage, platform: Platform) -> tuple[Tab, Tab]:
    """A conversation between the listing page's visitor and the town hall's secretary, who has it open."""
    both = f"{stage.web_url} {stage.platform_url}"
    inbox = await browser.open("inbox", platform.inboxes["martine"], beside=both, blocked=True, worker=True)
    await inbox.click(role="link", name="Ouvrir la messagerie")
    await code_kept(inbox)
    await inbox.button("Ouvrir la boîte")
    await inbox.sees("Aucune conversation pour l’instant.")
    page = await browser.open("listing", platform.listing, size=DESKTOP, beside=stage.web_url)
    await page.button("Écrire à la commune")
    await code_kept(page, **FRAME)
    await page.fill("Votre premier message", "Bonjour", **FRAME)
    await page.button("Envoyer", **FRAME)
    await inbox.click(role="link", name="Médecin généraliste")
    await inbox.sees("Bonjour")
    return page, inbox


async def test_a_token_ends_in_the_middle_of_a_conversation(tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with (
        raised(tmp_path / "demo", 0) as (stage, _),
        standing_in(stage, token_s=TOKEN_S) as platform,
        chromium() as browser,
    ):
        for party in (VILLAGE, VISITORS_PROJECT):
            await stage.register(party)
        page, inbox = await _begun(browser, stage, platform)
        await browser.offline("inbox", True)
        await _write(inbox, "mairie 1", "mairie 2", "mairie 3")
        await _write(page, "porteur 1", **FRAME)
        await asyncio.sleep(TOKEN_S + 1)  # the inbox’s token ends without a network
        await browser.offline("inbox", False)
        await page.sees("mairie 3", **FRAME)
        await inbox.sees("porteur 1")
        assert await browser.complaints() == []
        assert await inbox.run(f"{ASKED}.some((url) => url.endsWith('/v1/commands'))")

        platform.sessions.clear()
        await inbox.sees(EXPIRED)
        await page.sees(EXPIRED, **FRAME)
        await _write(inbox, "mairie 4", "mairie 5")
        await _write(page, "porteur 2", "porteur 3", **FRAME)
        await inbox.fill("Votre message", "à moitié écrit")
        await inbox.shot(shots / "33-sign-in-again.png")
        assert await inbox.violations() == []
        await page.shot(shots / "34-widget-sign-in-again.png")
        await inbox.button("Se reconnecter")
        await inbox.click(role="link", name=SECRETARY.name)
        await inbox.click(role="link", name="Ouvrir la messagerie")
        await inbox.sees("mairie 5")
        assert await inbox.read_value("Votre message") == "à moitié écrit"
        await page.run("fetch('/visite', { method: 'POST' })")
        await page.button("Se reconnecter", **FRAME)
        await inbox.sees("porteur 3")
        await page.sees("mairie 5", **FRAME)
        shown = await inbox.run(TEXTS)
        assert sorted(shown) == sorted({*shown})
        for side, count in (("mairie", 5), ("porteur", 3)):
            assert [text for text in shown if text.startswith(side)] == [f"{side} {n + 1}" for n in range(count)]
        assert await inbox.run("location.hash + sessionStorage.getItem('pli-place')") == "null"
