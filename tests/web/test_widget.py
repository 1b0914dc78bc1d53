"""The widget in the demonstration's listing page, in a real Chromium; on the other side the Python SDK, or the inbox.

The page stands on another origin than the service, under a policy that allows the loader and the frame alone.
"""

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

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
from tests.web.browsing import code_kept, usable

pytestmark = [pytest.mark.slow, pytest.mark.browser]

DESKTOP = (1100, 820)
FRAME = {"frame": "/widget/"}


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
    await phone.click(css="summary", **FRAME)
    await phone.fill("Code de secours", code, **FRAME)
    await phone.has(css=".widget .bar", **FRAME)
    await usable(phone, shots / "27-widget-phone-code.png", **FRAME)
    await phone.button("Ouvrir", **FRAME)
    await phone.sees("Les identités sont échangées", **FRAME)
    await phone.shot(shots / "28-widget-phone.png")
    box = await phone.run(
        "JSON.stringify(document.querySelector('div[lang]').shadowRoot.querySelector('iframe').getBoundingClientRect())"
    )
    assert [json.loads(box)[side] for side in ("x", "y", "width", "height")] == [0, 0, 320, 640]
    await _keeps_the_page_waiting(phone)


async def _keeps_the_page_waiting(phone: Tab) -> None:
    """Behind the widget nothing can be reached: not by Tab, nor by a finger, nor by what assistive technology does."""
    await phone.reach(label="Votre message", **FRAME)
    for _ in range(12):
        await phone.press("Tab")
        assert await phone.run("document.activeElement.matches('div[lang], body')")
    assert await phone.run("document.querySelector('#write').focus() ?? document.activeElement.id") != "write"
    await phone.press("Tab")
    await phone.reach(label="Votre message", **FRAME)
    await phone.press("Escape")
    await phone.has(css="#write:focus")


async def _refused(page: Tab, shots: Path) -> None:
    """A first message that the service refuses for good stays with its author, until they let it go."""
    problem = {"type": "", "title": "", "status": 403, "code": "suspended", "retryable": False}
    answer = f"new Response({json.dumps(json.dumps(problem))}, {{status: 403}})"
    refusing = f"(url, ...more) => `${{url}}`.endsWith('/claims') ? {answer} : real(url, ...more)"
    await page.run(f"void (window.real = fetch, window.fetch = {refusing})", **FRAME)
    await page.fill("Votre premier message", "Bonjour !", **FRAME)
    await page.button("Envoyer", **FRAME)
    await page.sees("Premier message non envoyé", **FRAME)
    await page.sees("La modération a suspendu votre messagerie", **FRAME)
    await usable(page, shots / "29-widget-refused.png", **FRAME)
    await page.run("void (window.fetch = window.real)", **FRAME)
    await page.button("Oublier ce message", **FRAME)
    await page.gone(text="Premier message non envoyé", **FRAME)


async def test_between_a_listing_page_and_the_inbox_on_a_phone(tmp_path: Path) -> None:
    """Both came in by one click. The first message is written before anybody is there, and outlives a reload."""
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with raised(tmp_path / "demo", 0) as (stage, _), standing_in(stage) as platform, chromium() as browser:
        for party in (VILLAGE, VISITORS_PROJECT):
            await stage.register(party)
        page = await browser.open("listing", platform.listing, size=DESKTOP, beside=stage.web_url)
        await page.button("Écrire à la commune")
        await code_kept(page, **FRAME)
        await _refused(page, shots)
        await page.fill("Votre premier message", "Bonjour, je suis médecin et votre cabinet m’intéresse.", **FRAME)
        await page.button("Envoyer", **FRAME)
        await page.sees("Premier message en attente", **FRAME)
        await page.has(css=".beginning", **FRAME)
        await usable(page, shots / "30-widget-waiting.png", **FRAME)
        origins = f"{stage.web_url} {stage.platform_url}"
        inbox = await browser.open("inbox", platform.inboxes["martine"], beside=origins)
        await usable(inbox, shots / "31-door.png")
        await inbox.click(role="link", name="Ouvrir la messagerie")
        await code_kept(inbox)
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
            await tab.has(css=".preview .attested", **part)  # what the card will show beside, before anything is signed
            await tab.button("Je consens", **part)
        for (tab, part, _), (_, _, other) in zip(both, reversed(both), strict=True):
            await tab.sees("Les identités sont échangées", **part)
            await tab.sees(other.name, **part)
        await inbox.sees("Profession attesté")
        await page.sees("Code Insee attesté", **FRAME)
        await page.sees("Nom déclaré", **FRAME)
        await inbox.shot(shots / "32-inbox-revealed.png")
        assert await browser.complaints() == []


async def test_only_the_platforms_own_page_gets_a_token(tmp_path: Path) -> None:
    async with raised(tmp_path / "demo", 0) as (stage, _), standing_in(stage) as platform:
        await stage.register(VILLAGE)
        parts = urlsplit(stage.platform_url)
        url, host = f"http://127.0.0.1:{parts.port}", {"host": parts.netloc}
        async with httpx.AsyncClient(verify=NO_TLS, base_url=url, headers=host) as client:
            own, inbox = {"origin": stage.platform_url}, {"origin": stage.web_url}
            assert (await client.post("/jeton", headers=own)).status_code == 401
            assert (await client.post("/visite", headers=inbox)).status_code == 403
            assert (await client.post("/visite", headers=own)).status_code == 204
            assert (await client.post("/jeton", headers=own)).status_code == 200
            assert (await client.post("/jeton", headers={"origin": "https://attacker.example"})).status_code == 403
            assert (await client.post("/jeton")).status_code == 403
            assert (await client.post("/jeton", headers=inbox)).status_code == 204
            key = base64.b64encode(bytes(32))
            assert (await client.post("/attestation", content=key)).status_code == 403
            assert (await client.post("/attestation", content=key, headers=own)).status_code == 200
            assert (await client.post("/attestation", content=key + key, headers=own)).status_code == 400
            door = urlsplit(platform.inboxes["yves"]).path
            assert (await client.get(door)).status_code == 200
            answer = await client.post("/jeton", headers=inbox)
            assert answer.status_code == 200
            assert answer.headers["access-control-allow-origin"] == stage.web_url
            assert (await client.post("/jeton", headers=inbox, content=b"somebody")).status_code == 204
            assert (await client.request("DELETE", "/visite", headers=own)).status_code == 204
            assert (await client.post("/jeton", headers=own)).status_code == 401
            assert (await client.get(door, headers={"host": "attacker.example"})).status_code == 400
            assert (await client.get(door.replace("yves", "camille"))).status_code == 404


async def _says_where_it_belongs(browser: Browser, stage: Stage) -> None:
    """The frame opened by itself."""
    alone = await browser.open("alone", f"{stage.web_url}/widget/")
    await alone.sees("s’ouvre dans celles de la plateforme")
    assert await alone.violations() == []


async def test_from_a_listing_page_to_the_reveal_by_keyboard_alone(tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with raised(tmp_path / "demo", 0) as (stage, _), standing_in(stage) as platform, chromium() as browser:
        for party in (VILLAGE, VISITORS_PROJECT):
            await stage.register(party)
        async with Actor(stage, VILLAGE, SECRETARY).online() as town:
            await town.client.found(town.wanted)
            await _says_where_it_belongs(browser, stage)
            mouse = await browser.open("listing", platform.listing, size=DESKTOP, beside=stage.web_url)
            page = mouse.keyboard
            await page.button("Se connecter")
            await usable(page, shots / "21-listing.png")
            await page.button("Écrire à la commune")
            code = await code_kept(page, **FRAME)
            await page.fill("Votre premier message", "Bonjour, votre cabinet m’intéresse.", **FRAME)
            await usable(page, shots / "23-widget-first.png", **FRAME)
            await page.button("Envoyer", **FRAME)
            await page.sees("Bonjour, votre cabinet m’intéresse.", **FRAME)
            message = await town.reads("Bonjour, votre cabinet m’intéresse.")
            thread = town.client.thread(message.thread)
            await thread.send("Bonjour ! Quand pourriez-vous venir ?")
            await page.sees("Quand pourriez-vous venir", **FRAME)
            await usable(page, shots / "24-widget-thread.png", **FRAME)
            await thread.send("Prenez votre temps.")
            await page.hears("Prenez votre temps.", **FRAME)
            await _counts_what_came_while_hidden(page, town, message.thread)
            await page.button("Échanger les identités", **FRAME)
            await page.sees("Ce que vous acceptez de montrer", **FRAME)
            await page.press("Escape")
            await page.gone(css="dialog[open]", **FRAME)
            await page.has(css=".banner button:focus", **FRAME)
            await page.press("Enter")
            await page.fill("Nom", VISITOR.name, **FRAME)
            await usable(page, shots / "25-widget-consent.png", **FRAME)
            await page.button("Je consens", **FRAME)
            await page.hears("Vous avez consenti", **FRAME)
            await town.consent(message.thread, SHOWN, words.CONSENT_TEXT)
            await town.until("cartes", CardsReleased)
            await page.hears("Les identités sont échangées", **FRAME)
            await page.hears(SECRETARY.name, **FRAME)
            await usable(page, shots / "26-widget-revealed.png", **FRAME)
            await _opens_on_a_phone_with_the_code(browser, stage, platform, code, shots)
            globals_left = await page.run("Object.keys(window).filter((name) => /pli/i.test(name))")
            assert globals_left == ["Pli"]
            assert await browser.complaints() == []
