"""A case from the report to its outcome, everybody in Chromium: who writes in the widget reports, a town hall is
alerted by mail, asked and stopped, one moderator decides in the console, and another one overturns it there.
"""

import asyncio
import os
from pathlib import Path

import httpx
import msgspec
import pytest

from messaging.app import alerter, system_clock
from messaging.domain.alerts import Pace
from messaging.wire.alerts import AlertSettings
from tests.journeys.people import ROOT
from tests.moderation.people import bench
from tests.support.browser import Browser, Tab, chromium
from tests.support.host_pages import HostPages, host_pages
from tests.support.outside import MailServer, mail_server
from tests.support.server import NO_TLS, RunningService, running_service
from tests.web.browsing import HOLDER, SECRETARY, code_kept, first_use, inbox_of, send, usable
from tests.web.test_console import seated

pytestmark = [pytest.mark.slow, pytest.mark.browser]

FRAME = {"frame": "/widget/"}
CASE = "Demande d’argent"
DEMAND = "Un dossier prioritaire coûte 300 €, à verser d’avance."
WORDS = "Une mairie ne demande pas cela."
FACTS = ("La mairie demande un paiement pour un dossier prioritaire.", "The town hall asks to be paid for priority.")
RULE = ("Article 5 des conditions d’utilisation.", "Article 5 of the terms of use.")
WHY = ("Le message citait un escroc, pour mettre en garde.", "The message quoted a swindler, as a warning.")
STOPPED = "La modération a suspendu cette conversation : chacun peut la relire"
SOON = Pace(after=1, every=1, per_day_max=99, spread=1, look_every=1)
PARTS: tuple[dict[str, str], dict[str, str]] = ({}, FRAME)


class Post:
    """The mails to the town hall, which come soon and at any hour."""

    def __init__(self, service: RunningService, mail: MailServer) -> None:
        self._service = service
        self._mail = mail
        self._alerter = alerter(service.service.settings, service.service.store, system_clock, pace=SOON)

    async def enrol(self) -> None:
        headers = {"authorization": f"Bearer {self._service.token('martine', SECRETARY)}"}
        settings = AlertSettings(True, "secretariat@mairie.example", quiet_begins=0, quiet_ends=0, quiet_sundays=False)
        async with httpx.AsyncClient(base_url=self._service.url, headers=headers, verify=NO_TLS) as client:
            assert (await client.put("/v1/account/alerts", content=msgspec.json.encode(settings))).is_success
            await self._alerter.look()
            assert (await client.post(self._mail.link(-1, "alerts/confirm"))).is_success
        self._mail.mails.clear()

    async def link(self) -> str:
        """Where the next mail leads."""
        while not self._mail.mails:
            await self._alerter.look()
            await asyncio.sleep(0.01)
        return self._service.url + self._mail.link(0, "inbox/#/alerts")


async def test_everybody_in_a_browser_from_the_report_to_the_outcome(sqlite_url: str, tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with (
        mail_server() as mail,
        host_pages() as host,
        running_service(
            sqlite_url,
            tmp_path,
            embed_origins=[host.origin],
            moderation_root=ROOT.public,
            smtp_url=mail.url,
            with_worker=False,
        ) as service,
        chromium() as browser,
    ):
        court, post = await bench(service), Post(service, mail)
        await court.seat()
        page, town = await _talk(service, browser, host, court.people.listing)
        await post.enrol()
        await _report(page)
        mona = await seated(browser, court, court.first)
        await _ask(mona)
        await _follows_the_mail(await browser.open("mail", await post.link(), profile="town"), service, shots)
        await _freeze(mona)
        for tab, part in zip((town, page), PARTS, strict=True):
            await tab.sees(STOPPED, **part)
            await tab.gone(css=".composer", **part)
            await tab.button("Lire les motifs, et comment contester", **part)
            await tab.sees(FACTS[0], **part)
        await _contest(town)
        await page.press("Escape")

        noe = await seated(browser, court, court.second)
        await _overturn(noe, shots)
        for tab, part in zip((town, page), PARTS, strict=True):
            await tab.has(css=".composer", **part)
            await tab.button("Voir le dossier", **part)
            await tab.sees(WHY[0], **part)
        assert await browser.complaints() == []


async def _talk(service: RunningService, browser: Browser, host: HostPages, target: bytes) -> tuple[Tab, Tab]:
    """The widget of a doctor, and the inbox of the town hall, which asks for money."""
    town = await browser.open("town", inbox_of(service, "martine", SECRETARY))
    await first_use(town)
    await town.sees("Aucune conversation pour l’instant.")
    address = host.hold("/annonce", service.url, {"target": target.hex()}, token=service.token("camille", HOLDER))
    page = await browser.open("page", address, size=(1100, 820), beside=service.url)
    await code_kept(page, **FRAME)
    await page.fill("Votre premier message", "Bonjour, je suis médecin.", **FRAME)
    await page.button("Envoyer", **FRAME)
    await town.click(role="link", name="Médecin généraliste")
    await town.sees("Bonjour, je suis médecin.")
    await send(town, DEMAND)
    await page.sees(DEMAND, **FRAME)
    return page, town


async def _report(page: Tab) -> None:
    await page.click(css=".menu summary", **FRAME)
    await page.button("Signaler", **FRAME)
    await page.check(DEMAND, **FRAME)
    await page.reach(label="De quoi s’agit-il ?", **FRAME)
    await page.type("Demande")
    await page.fill("Vos mots pour la modération (facultatif)", WORDS, **FRAME)
    await page.button("Relire avant d’envoyer", **FRAME)
    await page.button("Envoyer à la modération", **FRAME)
    await page.sees("Votre signalement est reçu", **FRAME)
    await page.click(css="dialog button.primary", **FRAME)


async def _ask(mona: Tab) -> None:
    await mona.click(role="link", name=CASE)
    await mona.button("Prendre ce dossier")
    await mona.sees("preuve vérifiée")
    await mona.button("Afficher les contenus")
    await mona.sees(DEMAND)
    await mona.sees(WORDS)
    await mona.press("e")
    await mona.hears("La partie mise en cause est entendue")


async def _follows_the_mail(tab: Tab, service: RunningService, shots: Path) -> None:
    """The mail said nothing; signed in, its reader stands before what they are asked."""
    await tab.sees("connectez-vous sur la plateforme")
    await tab.go(inbox_of(service, "martine", SECRETARY))
    await tab.sees("Où en sont vos signalements")
    assert await tab.run("location.pathname") == "/inbox/signalements"
    await tab.sees("La modération vous interroge sur un de vos messages.")
    assert WORDS not in await tab.read(css="main")
    await usable(tab, shots / "81-cases-asked.png")
    await tab.close()


async def _freeze(mona: Tab) -> None:
    await mona.check("Conversation suspendue")
    for language, facts, rule in zip(("français", "anglais"), FACTS, RULE, strict=True):
        await mona.fill(f"Faits en {language}", facts)
        await mona.fill(f"Règle en {language}", rule)
    await mona.button("Décider et suivant")
    await mona.hears("La décision est en vigueur")


async def _contest(town: Tab) -> None:
    await town.button("Contester cette décision")
    await town.fill("Pourquoi vous contestez", "Je citais un escroc.")
    await town.button("Relire avant d’envoyer")
    await town.button("Envoyer à la modération")
    await town.sees("Votre recours est reçu")
    await town.click(css="dialog button.primary")


async def _overturn(noe: Tab, shots: Path) -> None:
    """Another moderator; with nothing in the place of what was decided, after a look at what could be."""
    await noe.click(role="link", name=CASE)
    await noe.button("Prendre ce dossier")
    await noe.button("Afficher les contenus")
    await noe.sees("Je citais un escroc.")
    await noe.check("Annuler la décision")
    await noe.check("Décider autrement à la place")
    await noe.check("Avertissement")
    await usable(noe, shots / "82-console-overturning.png")
    await noe.click(label="Décider autrement à la place")
    for language, reasons in zip(("français", "anglais"), WHY, strict=True):
        await noe.fill(f"Motifs en {language}", reasons)
    await noe.button("Trancher et suivant")
    await noe.hears("Le recours est tranché")
