"""The widget in the demonstration's listing page, in a real Chromium; on the other side the Python SDK, or the inbox.

The page stands on another origin than the service, under a policy that allows the loader and the frame alone.
"""

import base64
import gzip
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from messaging import web
from messaging.demo.actors import Actor, Online
from messaging.demo.cast.main import SECRETARY, VILLAGE
from messaging.demo.cast.visitor import VISITOR, VISITORS_PROJECT
from messaging.demo.platform import Platform, standing_in
from messaging.demo.scenarios.scenario import SHOWN
from messaging.demo.stage import Stage, raised
from messaging.demo.words import telling as words
from pli_client import CardsReleased
from tests.support.browser import Browser, Tab, chromium
from tests.support.server import NO_TLS

pytestmark = [pytest.mark.slow, pytest.mark.browser]

DESKTOP = (1100, 820)
FRAME = {"frame": "/widget/"}
LOADER_BYTES_MAX = 5_000


def _packed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), mtime=0))


def test_the_loader_is_small() -> None:
    assert _packed(web.STATIC / "loader.js") <= LOADER_BYTES_MAX


@pytest.mark.parametrize(("page", "bytes_max"), [("widget.html", 100_000), ("inbox.html", 150_000)])
def test_a_page_boots_within_its_budget(page: str, bytes_max: int) -> None:
    """With all that it asks for before anything is shown."""
    html = (web.STATIC / page).read_text(encoding="utf-8")
    needed = re.findall(r'(?:src|href)="/(assets/[^"]+)"', html)
    assert any(name.endswith(".js") for name in needed)
    assert sum(_packed(web.STATIC / name) for name in (page, *needed)) <= bytes_max


async def test_the_frame_alone_says_where_it_belongs(tmp_path: Path) -> None:
    async with raised(tmp_path / "demo", 0) as (stage, _), chromium() as browser:
        await (await browser.open("alone", f"{stage.web_url}/widget/")).sees("s’ouvre dans celles de la plateforme")
        assert await browser.complaints() == []


async def _counts_what_came_while_hidden(page: Tab, town: Online, thread: bytes) -> None:
    """Escape closes, the focus goes back; nothing is read that nobody can see, also after a reload."""
    await page.press("Escape")
    await page.has(css="#write:focus")
    await town.client.thread(thread).send("Toujours là ?")
    await page.sees("1 réponse à lire")
    await page.reload()
    await page.sees("1 réponse à lire")
    await page.button("Messagerie, 1 conversation non lue")
    await page.sees("Toujours là", **FRAME)
    await page.has(css="button[aria-label='Messagerie']")
    await page.press("Escape")
    await page.has(css="button[aria-label='Messagerie']:focus")
    await page.press("Enter")
    await page.has(css="textarea:focus", **FRAME)


async def _opens_on_a_phone_with_the_code(
    browser: Browser, stage: Stage, platform: Platform, code: str, shots: Path
) -> None:
    """A browser that is new to the account; the widget takes the whole of a small screen."""
    phone = await browser.open("phone", platform.listing, size=(320, 640), beside=stage.web_url)
    await phone.button("Écrire à la commune")
    await phone.fill("Code de secours", code, **FRAME)
    await phone.shot(shots / "27-widget-phone-code.png")
    await phone.button("Ouvrir", **FRAME)
    await phone.sees("Les identités sont échangées", **FRAME)
    await phone.shot(shots / "28-widget-phone.png")
    box = await phone.run(
        "JSON.stringify(document.querySelector('div[lang]').shadowRoot.querySelector('iframe').getBoundingClientRect())"
    )
    assert {side: json.loads(box)[side] for side in ("x", "y", "width", "height")} == {
        "x": 0,
        "y": 0,
        "width": 320,
        "height": 640,
    }


async def test_between_a_listing_page_and_the_inbox_on_a_phone(tmp_path: Path) -> None:
    """Both came in by one click. The first message is written before anybody is there, and outlives a reload."""
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with raised(tmp_path / "demo", 0) as (stage, _), standing_in(stage) as platform, chromium() as browser:
        for party in (VILLAGE, VISITORS_PROJECT):
            await stage.register(party)
        page = await browser.open("listing", platform.listing, size=DESKTOP, beside=stage.web_url)
        await page.button("Écrire à la commune")
        await _first_use(page, FRAME)
        await page.fill("Votre premier message", "Bonjour, je suis médecin et votre cabinet m’intéresse.", **FRAME)
        await page.button("Envoyer", **FRAME)
        await page.sees("Premier message en attente", **FRAME)
        await page.shot(shots / "30-widget-waiting.png")
        assert await page.violations(**FRAME) == []
        inbox = await browser.open("inbox", platform.inboxes["martine"], beside=stage.web_url)
        await inbox.shot(shots / "31-door.png")
        assert await inbox.violations() == []
        await inbox.click(role="link", name="Ouvrir la messagerie")
        await _first_use(inbox, {})
        await inbox.button("Ouvrir la boîte")
        await inbox.sees("Aucune conversation pour l’instant.")
        await page.reload()
        await page.button("Écrire à la commune")
        await inbox.click(role="link", name="Médecin généraliste")
        await inbox.sees("Bonjour, je suis médecin et votre cabinet m’intéresse.")
        await inbox.fill("Votre message", "Bonjour ! Quand pourriez-vous venir ?")
        await inbox.button("Envoyer")
        await page.sees("Bonjour ! Quand pourriez-vous venir ?", **FRAME)
        whole: Mapping[str, str] = {}
        both = ((page, FRAME, VISITOR), (inbox, whole, SECRETARY))
        for tab, part, person in both:
            await tab.button("Échanger les identités", **part)
            await tab.fill("Nom", person.name, **part)
            await tab.button("Je consens", **part)
        for (tab, part, _), (_, _, other) in zip(both, reversed(both), strict=True):
            await tab.sees("Les identités sont échangées", **part)
            await tab.sees(other.name, **part)
        await inbox.sees("Profession attesté")
        await inbox.shot(shots / "32-inbox-revealed.png")
        assert await browser.complaints() == []


async def test_only_the_platforms_own_page_gets_a_token(tmp_path: Path) -> None:
    async with raised(tmp_path / "demo", 0) as (stage, _), standing_in(stage) as platform:
        parts = urlsplit(stage.platform_url)
        url, host = f"http://127.0.0.1:{parts.port}", {"host": parts.netloc}
        async with httpx.AsyncClient(verify=NO_TLS, base_url=url, headers=host) as client:
            assert (await client.post("/jeton", headers={"origin": stage.platform_url})).status_code == 200
            assert (await client.post("/jeton", headers={"origin": stage.web_url})).status_code == 403
            assert (await client.post("/jeton")).status_code == 403
            key, own = base64.b64encode(bytes(32)), {"origin": stage.platform_url}
            assert (await client.post("/attestation", content=key)).status_code == 403
            assert (await client.post("/attestation", content=key, headers=own)).status_code == 200
            assert (await client.post("/attestation", content=key + key, headers=own)).status_code == 400
            door = urlsplit(platform.inboxes["yves"]).path
            assert (await client.get(door)).status_code == 200
            assert (await client.get(door, headers={"host": "attacker.example"})).status_code == 400
            assert (await client.get(door.replace("yves", "camille"))).status_code == 404


async def _first_use(tab: Tab, part: Mapping[str, str]) -> str:
    """The recovery code, once it was kept."""
    await tab.sees("Votre code de secours", **part)
    code = await tab.read(css=".code", **part)
    await tab.check("J’ai gardé ce code en lieu sûr", **part)
    await tab.button("Continuer", **part)
    return code


async def test_from_a_listing_page_to_the_reveal(tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with raised(tmp_path / "demo", 0) as (stage, _), standing_in(stage) as platform, chromium() as browser:
        for party in (VILLAGE, VISITORS_PROJECT):
            await stage.register(party)
        async with Actor(stage, VILLAGE, SECRETARY).online() as town:
            await town.client.found(town.wanted)
            page = await browser.open("listing", platform.listing, size=DESKTOP, beside=stage.web_url)
            await page.button("Se connecter")
            await page.shot(shots / "21-listing.png")
            assert await page.violations() == []
            await page.button("Écrire à la commune")
            code = await _first_use(page, FRAME)
            await page.fill("Votre premier message", "Bonjour, votre cabinet m’intéresse.", **FRAME)
            await page.shot(shots / "23-widget-first.png")
            assert await page.violations(**FRAME) == []
            await page.button("Envoyer", **FRAME)
            message = await town.reads("Bonjour, votre cabinet m’intéresse.")
            thread = town.client.thread(message.thread)
            await thread.send("Bonjour ! Quand pourriez-vous venir ?")
            await page.sees("Quand pourriez-vous venir", **FRAME)
            await page.shot(shots / "24-widget-thread.png")
            assert await page.violations(**FRAME) == []
            await _counts_what_came_while_hidden(page, town, message.thread)
            await page.button("Échanger les identités", **FRAME)
            await page.fill("Nom", VISITOR.name, **FRAME)
            await page.shot(shots / "25-widget-consent.png")
            assert await page.violations(**FRAME) == []
            await page.button("Je consens", **FRAME)
            await page.sees("Vous avez consenti", **FRAME)
            await town.consent(message.thread, SHOWN, words.CONSENT_TEXT)
            await town.until("cartes", CardsReleased)
            await page.sees("Les identités sont échangées", **FRAME)
            await page.sees(SECRETARY.name, **FRAME)
            await page.shot(shots / "26-widget-revealed.png")
            assert await page.violations(**FRAME) == []
            await _opens_on_a_phone_with_the_code(browser, stage, platform, code, shots)
            globals_left = await page.run("Object.keys(window).filter((name) => /pli/i.test(name))")
            assert globals_left == ["Pli"]
            assert await browser.complaints() == []
