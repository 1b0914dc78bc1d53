"""A recruiter in the widget is reported from the inbox, heard, stopped, told why, and contests it; in a real Chromium.

The moderators work with the Python SDK. Beside the journey: what is prepared outlives a reload and a lost network, and
nothing of a report stands in the database.
"""

import os
from pathlib import Path

import pytest

from messaging.domain.vocabulary import Measure
from messaging.wire.moderation import InBoth
from pli_client import CasesChanged, Moderator
from tests.canary.search import search
from tests.journeys.people import ROOT
from tests.moderation.people import FACTS, RULE, bench, moderating
from tests.support.browser import Browser, Tab, chromium
from tests.support.host_pages import HostPages, host_pages
from tests.support.server import RunningService, running_service
from tests.web.browsing import HOLDER, HOSTILE, SECRETARY, code_kept, first_use, inbox_of, send, usable

pytestmark = [pytest.mark.slow, pytest.mark.browser]

FRAME = {"frame": "/widget/"}
OFFER = "J’ai trois candidats pour vous, 4\u202f000\u00a0€ chacun."
WORDS = "C’est un cabinet de recrutement, il nous l’a dit au téléphone."
ANSWER = f"Je suis bien médecin, et j’aidais des confrères. {HOSTILE[0]} {HOSTILE[1]}"
APPEAL = "Mes messages ont été mal compris."


async def talking(service: RunningService, browser: Browser, host: HostPages, target: bytes) -> tuple[Tab, Tab]:
    """The widget of somebody who says to be a doctor, and the town hall's inbox: two messages each."""
    town = await browser.open("town", inbox_of(service, "martine", SECRETARY))
    await first_use(town)
    await town.sees("Aucune conversation pour l’instant.")
    token = service.token("camille", HOLDER)
    address = host.hold("/annonce", service.url, {"target": target.hex()}, token=token)
    page = await browser.open("page", address, size=(1100, 820), beside=service.url)
    await code_kept(page, **FRAME)
    await page.fill("Votre premier message", "Bonjour, je suis médecin.", **FRAME)
    await page.button("Envoyer", **FRAME)
    await town.click(role="link", name="Médecin généraliste")
    await town.sees("Bonjour, je suis médecin.")
    await send(town, "Bonjour docteur !")
    await page.sees("Bonjour docteur !", **FRAME)
    await send(page, OFFER, **FRAME)
    await town.sees(OFFER)
    return page, town


async def reported(browser: Browser, town: Tab, shots: Path) -> None:
    """By keyboard alone. A lost network loses nothing of what was prepared, and sends nothing of it by itself."""
    keys = town.keyboard
    await keys.click(css="summary[aria-label=Actions]")
    await keys.click(role="button", name="Signaler")
    await town.sees("vous n’êtes que deux")
    await town.has(css="dialog button[type=submit]:disabled")
    await keys.check(OFFER)
    await keys.reach(label="De quoi s’agit-il ?")
    await town.press("ArrowDown")
    await keys.fill("Vos mots pour la modération (facultatif)", WORDS)
    await usable(town, shots / "70-report.png")
    await keys.click(role="button", name="Relire avant d’envoyer")
    await town.sees("Voici ce qui sera remis, et rien d’autre")
    await town.sees("Recruteur qui se présente comme un candidat")
    assert await town.run("document.querySelectorAll('dialog .handed .opened').length") == 1
    assert await town.run("document.querySelectorAll('dialog .handed .closed').length") == 2
    assert "Bonjour docteur" not in await town.read(css="dialog .handed")
    await usable(town, shots / "71-report-preview.png")
    await browser.offline("town", True)
    await keys.click(role="button", name="Envoyer à la modération")
    await town.sees("Rien n’est parti")
    await browser.offline("town", False)
    await town.gone(css=".detail .status:has-text('Hors connexion')")
    await keys.click(role="button", name="Envoyer à la modération")
    await town.sees("Votre signalement est reçu")
    await town.sees("Référence")
    await usable(town, shots / "72-report-receipt.png")
    await keys.click(css="dialog button.primary")
    await town.has(css=".banner.case:has-text('Votre signalement est reçu.')")
    await town.has(css=".menu:not([open])")


async def heard(page: Tab, mona: Moderator, case: bytes, seqs: list[int], shots: Path) -> None:
    """The accused knows of nothing until they are asked; then which messages it is about, and nothing of the report."""
    await page.gone(css=".banner.case", **FRAME)
    await mona.hear(case, seqs)
    await page.sees("La modération vous interroge sur un de vos messages.", **FRAME)
    await page.button("Voir le dossier", **FRAME)
    await page.sees("Vous ne saurez ni qui les a signalés", **FRAME)
    assert OFFER in await page.read(css="dialog .questioned", **FRAME)
    assert "cabinet de recrutement" not in await page.read(css="dialog", **FRAME)
    assert "Recruteur" not in await page.read(css="dialog", **FRAME)
    await usable(page, shots / "73-hearing.png", **FRAME)
    await page.button("Répondre", **FRAME)
    await page.fill("Votre réponse", ANSWER, **FRAME)
    await page.click(css="dialog .choosing input >> nth=0", **FRAME)
    await page.button("Relire avant d’envoyer", **FRAME)
    await usable(page, shots / "74-answer-preview.png", **FRAME)
    assert await page.run("document.querySelectorAll('dialog img, dialog script').length", **FRAME) == 0
    await page.button("Envoyer à la modération", **FRAME)
    await page.sees("Votre réponse est reçue", **FRAME)
    await page.click(css="dialog button.primary", **FRAME)


async def told(tab: Tab, shot: Path, **part: str) -> None:
    """Nobody writes any more; why, for how long, and how to contest it."""
    await tab.sees("La modération a suspendu cette conversation : chacun peut la relire", **part)
    await tab.gone(css=".composer", **part)
    await tab.button("Lire les motifs, et comment contester", **part)
    for field in ("Décision", "Faits", "Fondement", "Étendue", "Durée", "Moyens automatisés", "Recours"):
        await tab.has(css=f"dialog .reasons dt:text-is('{field}')", **part)
    await tab.sees(FACTS.fr, **part)
    await usable(tab, shot, **part)


@pytest.mark.timeout(600)
async def test_from_a_report_to_the_outcome_on_both_sides(sqlite_url: str, tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with (
        host_pages() as host,
        running_service(
            sqlite_url, tmp_path, with_worker=False, embed_origins=[host.origin], moderation_root=ROOT.public
        ) as service,
        chromium() as browser,
    ):
        court = await bench(service)
        await court.seat()
        page, town = await talking(service, browser, host, court.people.listing)
        async with court.sitting() as (first, second, _):
            await reported(browser, town, shots)
            await second.until(CasesChanged)
            mona, noe = moderating(first, court), moderating(second, court)
            (waiting,) = (await mona.queue()).cases
            case = waiting.case
            await mona.claim(case)
            (report,) = (await mona.open(case)).statements
            assert report.verified is not None
            assert report.verified.statement.text == WORDS
            seqs = [opening.seq for opening in report.verified.statement.openings]
            await town.sees("La modération examine votre signalement.")

            await heard(page, mona, case, seqs, shots)
            answers = [each for each in (await mona.open(case)).statements if each.statement.kind == "answer"]
            assert [each.refusal for each in answers] == [None]
            assert [each.verified.statement.text for each in answers if each.verified] == [ANSWER]

            await mona.decide(case, mona.new_decision(Measure.FREEZE, rule=RULE, facts=FACTS, seqs=seqs))
            await told(town, shots / "75-reasons-reporter.png")
            assert ANSWER not in await town.read(css="dialog")
            await town.press("Escape")
            await told(page, shots / "76-reasons-accused.png", **FRAME)
            assert WORDS not in await page.read(css="dialog", **FRAME)
            await page.button("Contester cette décision", **FRAME)
            await page.fill("Pourquoi vous contestez", APPEAL, **FRAME)
            await page.button("Relire avant d’envoyer", **FRAME)
            await page.button("Envoyer à la modération", **FRAME)
            await page.sees("Votre recours est reçu", **FRAME)
            await page.click(css="dialog button.primary", **FRAME)
            await town.sees("Un recours est en cours d’examen.")

            await noe.claim(case)
            reasons = InBoth(fr="Les messages étaient ambigus.", en="The messages were ambiguous.")
            await noe.review(case, reasons, overturn=True)
            for tab, part in ((town, {}), (page, FRAME)):
                await tab.has(css=".composer", **part)
                await tab.sees("La suspension de cette conversation a pris fin.", **part)
                await tab.sees("L’issue du recours est connue.", **part)
                await tab.button("Voir le dossier", **part)
                await tab.sees("Les messages étaient ambigus.", **part)
                await tab.press("Escape")
            await town.has(css=".banner.case")
            await usable(town, shots / "76-case-known.png")
            await town.click(css=".back")
            await town.click(role="link", name="Signalements (1)")
            await town.sees("Où en sont vos signalements")
            await usable(town, shots / "77-cases.png")
            await page.click(css=".menu summary", **FRAME)
            await page.button("Signalements", **FRAME)
            await page.has(css="dialog .cases-list", **FRAME)
            await usable(page, shots / "77-cases-widget.png", **FRAME)
        assert await browser.complaints() == []
    files = [path for path in tmp_path.rglob("*") if path.is_file() and shots not in path.parents]
    stored = [(path.name, path.read_bytes()) for path in files]
    assert search({"the case": case}, stored), "it looks where things are stored"
    said = {"words": WORDS, "answer": ANSWER, "appeal": APPEAL, "message": OFFER}
    assert search({name: text.encode() for name, text in said.items()}, stored) == []


async def test_the_form_for_who_is_in_no_conversation(sqlite_url: str, tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, chromium() as browser:
        form = await browser.open("outside", f"{service.url}/signaler")
        await usable(form, shots / "78-notice-form.png")
        await form.run("document.querySelector('#category').value = 'posing'")
        await form.fill("Où l’avez-vous vu ?", "https://plateforme.example/annonces/12")
        await form.fill("Que se passe-t-il ?", "Cette annonce usurpe notre commune.")
        await form.check("Je déclare de bonne foi")
        await form.button("Envoyer à la modération")
        await form.sees("La modération a reçu votre notification.")
        code = await form.read(css=".code")
        await usable(form, shots / "79-notice-taken.png")
        await form.click(role="link", name="Retour au formulaire")
        await form.fill("Votre code de suivi", code)
        await form.button("Voir où elle en est")
        await form.sees("la modération va l’examiner")
        await usable(form, shots / "80-notice-followed.png")
        assert await browser.complaints() == []
