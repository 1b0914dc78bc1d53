"""The moderators' console in a real Chromium: cases from the report to the outcome, by mouse and by keyboard alone.

Participants have the SDK: what they see of all this is in `tests/moderation`.
"""

import json
import os
from pathlib import Path

import pytest

from messaging.demo.platform import standing_in
from messaging.demo.scenarios.recruiter import Recruiter
from messaging.demo.stage import raised
from messaging.demo.transcript import Transcript
from messaging.domain.vocabulary import Measure, ReportCategory
from messaging.wire.moderation import CaseView, OutsideNotice
from pli_client import CasesChanged, Froze
from tests.journeys.people import Online, Person, trust_of
from tests.moderation.people import Bench, bench
from tests.support.browser import Browser, Tab, chromium
from tests.support.server import Deployed, running_service
from tests.web.browsing import code_kept, inbox_of, usable
from tests.web.forging import FORGERIES, FORGING

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(600)]

KEEP_FILES = """
window.files = [];
const made = URL.createObjectURL;
URL.createObjectURL = (blob) => { window.files.push(blob.text()); return made.call(URL, blob); };
"""
DESK = (1280, 800)
OFFER = "J’ai trois candidats pour vous, 4\u202f000\u00a0€ chacun."
WORDS = "C’est un cabinet de recrutement."
FACTS_FR = "Dans {{messages}}, l’auteur se présente comme médecin, alors qu’il propose des candidats contre paiement."
FACTS_EN = "In {{messages}}, the author claims to be a doctor, but offers candidates for money."
CASE = "Recruteur qui se présente comme un candidat"


def console_of(service: Deployed, person: Person) -> str:
    """Where the platform sends a moderator who is signed in there."""
    return f"{service.url}/console/#token={service.token(person.subject, person.claims)}"


async def seated(browser: Browser, court: Bench, person: Person, script: str = "") -> Tab:
    """A moderator in a browser that is new to their account: their recovery code opens it."""
    tab = await browser.open(person.subject, console_of(court.service, person), size=DESK, script=script)
    await tab.fill("Code de secours", person.recovery_code)
    await tab.button("Ouvrir")
    await tab.sees("File d’attente")
    return tab


async def talk(court: Bench, recruiter: Online, mayor: Online) -> None:
    """Three messages, of which the last one gives the recruiter away."""
    await recruiter.client.mailboxes[0].open(court.people.listing, "Bonjour, je suis médecin.")
    await mayor.reads("Bonjour, je suis médecin.")
    await mayor.thread.send("Bonjour docteur !")
    await recruiter.reads("Bonjour docteur !")
    await recruiter.thread.send(OFFER)
    await mayor.reads(OFFER)


async def report(mayor: Online) -> bytes:
    offers = [each for each in mayor.thread.messages if each.text == OFFER]
    return (await mayor.thread.report(offers, ReportCategory.POSING, WORDS)).case


async def test_a_recruiter_is_reported_heard_frozen_and_heard_again(sqlite_url: str, tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, chromium() as browser:
        court = await bench(service)
        await court.settle()
        people = court.people
        async with people.doctor.online() as recruiter, people.mayor.online() as mayor:
            await talk(court, recruiter, mayor)
            mona = await seated(browser, court, court.first)
            await mona.sees("Rien n’attend.")
            case = await report(mayor)
            await mona.hears(f"Un nouveau dossier attend\u00a0: {CASE}")
            assert str(await mona.run("document.title")).startswith("(1) ")
            await mona.has(css=".cases a")
            await mona.sees("Charge et délais")
            await usable(mona, shots / "71-console-queue.png")

            await mona.click(role="link", name=CASE)
            await mona.sees("Vous l’aurez pendant 24 heures.")
            await mona.has(css=".detail .marks .chip")
            await usable(mona, shots / "72-console-free.png")
            await mona.press("c")
            await mona.sees("preuve vérifiée")
            assert OFFER not in await mona.run("document.body.textContent"), (
                "nothing is in the page before it is asked for"
            )
            await mona.shot(shots / "73-console-veiled.png")
            await mona.press("m")
            await mona.sees(OFFER)
            await mona.sees(WORDS)
            assert await mona.run("document.querySelectorAll('.exhibit.closed').length") == 2
            await mona.has(css=".exhibit.proven")
            await mona.sees("Les parties, sous leurs pseudonymes")
            await mona.sees("Chronologie")
            await usable(mona, shots / "74-console-case.png")

            await mona.press("e")
            await mona.hears("La partie mise en cause est entendue")
            await recruiter.until(CasesChanged)
            introduction = [each for each in recruiter.thread.messages if each.own][:1]
            await recruiter.thread.answer_case(case, "Je suis bien médecin.", introduction)
            await mona.sees("Ce dossier a changé depuis que vous l’avez ouvert.")
            await mona.button("Relire le dossier")
            await mona.sees("Je suis bien médecin.")
            await mona.sees("Bonjour, je suis médecin.")

            await decide(mona, shots)
            for side in (recruiter, mayor):
                assert (await side.until(Froze)).frozen
            (accused,) = await recruiter.client.mailboxes[0].cases()
            assert (accused.measure, accused.progress) == (Measure.FREEZE, "decided")
            assert "Dans le message 4, l’auteur se présente comme médecin" in accused.statements[0].fr
            assert "In message 4, the author claims to be a doctor" in accused.statements[0].en
            await mona.sees("Rien n’attend.")

            await recruiter.thread.appeal(case, "J’aidais des confrères.")
            noe = await seated(browser, court, court.second)
            await noe.click(role="link", name=CASE)
            await noe.button("Prendre ce dossier")
            await noe.button("Afficher les contenus")
            await noe.sees("Recours de la partie 1")
            await noe.sees("J’aidais des confrères.")
            await noe.sees("Décisions de ce dossier")
            await noe.sees("Vous n’avez pris aucune part à la décision contestée.")
            await noe.sees("Ce qui a été adressé aux parties")
            await usable(noe, shots / "76-console-appeal.png")
            await noe.check("Confirmer la décision")
            await noe.fill("Motifs en français", "Les messages sont clairs.")
            await noe.button("Trancher et suivant")
            await noe.sees("écrivez les motifs dans les deux langues")
            await noe.fill("Motifs en anglais", "The messages are clear.")
            await noe.button("Trancher et suivant")
            await noe.hears("Le recours est tranché")
            for side in (recruiter, mayor):
                (view,) = await side.client.mailboxes[0].cases()
                assert view.progress == "upheld"
                assert "Les messages sont clairs." in view.statements[-1].fr
            await mona.sees("Rien n’attend.")
            await _audited(mona, noe, shots)
            assert await browser.complaints() == []


async def _audited(mona: Tab, noe: Tab, shots: Path) -> None:
    """The log of all this: whole in its proofs, and of the other's acts in the case the hash alone."""
    await mona.press("l")
    await mona.sees("Journal consulté")
    await usable(mona, shots / "77-console-trail.png")
    for tab, acts, others in (
        (mona, {"Partie entendue", "Décision"}, {"Décision confirmée"}),
        (noe, {"Décision confirmée"}, {"Partie entendue", "Décision"}),
    ):
        await tab.press("l")
        await tab.sees("Journal consulté")
        shown = set(await tab.run("[...document.querySelectorAll('.trail strong')].map((each) => each.textContent)"))
        assert acts <= shown
        assert not others & shown
        await tab.sees("Dossier d’un collègue, empreinte")
    await mona.run(KEEP_FILES)
    for form in ("JSON", "CSV"):
        await mona.run("window.heard.length = 0")
        await mona.button(f"Exporter en {form}")
        await mona.hears("inscriptions exportées ; l’export est lui-même inscrit.".replace(" ;", "\u202f;"))
    files = await mona.run("Promise.all(window.files)")
    lines = [json.loads(line) for line in files[0].splitlines()]
    assert "— pli-audit/" in lines[0]["checkpoint"]
    assert (lines[1]["kind"], lines[-1]["position"]) == ("exported", 0)
    assert len(files[1].split("\r\n")) == len(lines) + 2, "with a head, one entry more, and the last line's end"


async def decide(tab: Tab, shots: Path) -> None:
    """Freezes, with reasons: refused as long as anything is missing."""
    await tab.button("Décider et suivant")
    await tab.sees("La décision ne peut pas partir")
    for missing in ("choisissez une mesure", "remplissez chaque champ entre accolades"):
        await tab.sees(missing)
    await tab.check("Conversation suspendue")
    await tab.fill("Faits en français", FACTS_FR)
    await tab.fill("Faits en anglais", FACTS_EN)
    await tab.fill("Règle en français", "Article 4 des conditions d’utilisation.")
    await tab.button("Relire ce qui sera adressé")
    await tab.sees("remplissez chaque champ entre accolades")
    await usable(tab, shots / "75-console-faults.png")
    await tab.fill("Règle en anglais", "Article 4 of the terms of use.")
    await tab.button("Relire ce qui sera adressé")
    await tab.sees("La conversation est suspendue")
    await usable(tab, shots / "75-console-decision.png")
    await tab.button("Décider et suivant")
    await tab.hears("La décision est en vigueur")


async def test_two_moderators_by_keyboard_alone(sqlite_url: str, tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, chromium() as browser:
        court = await bench(service)
        await court.settle()
        people = court.people
        async with people.doctor.online() as recruiter, people.mayor.online() as mayor:
            await talk(court, recruiter, mayor)
            case = await report(mayor)
            mona = (await seated(browser, court, court.first)).keyboard
            noe = (await seated(browser, court, court.second)).keyboard
            await mona.sees("Libre")
            await mona.press("?")
            await mona.sees("Ils n’agissent pas pendant que vous écrivez.")
            await usable(mona, shots / "78-console-help.png")
            await mona.press("c")
            await mona.press("Escape")
            await mona.gone(css="dialog")
            await mona.sees("Libre")

            await mona.press("j")
            await mona.has(css=".case h1:focus")
            await mona.press("c")
            await mona.sees("preuve vérifiée")
            await mona.press("m")
            await mona.sees(OFFER)

            # Who is behind the pseudonym: a second act, for which the other one is asked.
            await mona.click(css=".case details summary")
            await mona.fill("Raison", "La commune porte plainte : rien de cela ne prend le dossier.")
            await mona.click(css=".case details button")
            await mona.hears("La demande attend un second modérateur.")
            await noe.sees("Attend un second modérateur")
            await noe.press("j")
            await noe.press("c")
            await noe.sees("La commune porte plainte")
            assert OFFER not in await noe.run("document.body.textContent")
            await noe.has(role="button", name="Approuver")
            await usable(noe, shots / "79-console-second.png")
            await noe.button("Approuver")
            await noe.hears("Vous avez approuvé")
            await mona.button("Relire le dossier")
            await mona.button("Voir l’identité")
            await mona.sees(f"Messagerie {people.project.hex()}")

            # A suspension takes both.
            await mona.press("d")
            await mona.has(css="#decision:focus")
            await mona.reach(label="Aucune mesure")
            for _ in range(4):
                await mona.press("ArrowDown")
            await mona.fill("Faits en français", FACTS_FR)
            await mona.fill("Faits en anglais", FACTS_EN)
            await mona.fill("Règle en français", "Article 4.")
            await mona.fill("Règle en anglais", "Article 4.")
            await mona.press("Control+Enter")
            await mona.has(css=".alarm:focus")
            await mona.sees("donnez une durée de 1 à 730 jours")
            await mona.press("d")
            await mona.fill("Durée en jours", "30")
            await mona.press("Control+Enter")
            await mona.hears("La décision est proposée")
            assert await recruiter.client.mailboxes[0].cases() == [], "nothing happens before the second one approved"
            await noe.button("Relire le dossier")
            await noe.sees("Messagerie suspendue")
            await noe.button("Approuver")
            await noe.sees("Rien n’attend.")
            view = await only(recruiter, case)
            assert (view.measure, view.unmasked) == (Measure.SUSPENSION, 0)
            await mona.sees("Rien n’attend.")
            assert await browser.complaints() == []


async def only(online: Online, case: bytes) -> CaseView:
    (found,) = [each for each in await online.client.mailboxes[0].cases() if each.case == case]
    return found


async def test_what_is_forged_is_not_shown_and_who_has_no_part_sees_nothing(sqlite_url: str, tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, chromium() as browser:
        court = await bench(service)
        await court.settle()
        async with court.people.doctor.online() as recruiter, court.people.mayor.online() as mayor:
            await talk(court, recruiter, mayor)
            case = await report(mayor)
            mona = await seated(browser, court, court.first, FORGING)
            await mona.click(role="link", name=CASE)
            await mona.button("Prendre ce dossier")
            await mona.sees("preuve vérifiée")
            await mona.press("m")
            await mona.sees(OFFER)
            for name, (says, _) in FORGERIES.items():
                await mona.run(f"window.forged = {json.dumps(name)}")
                await mona.button("Relire le dossier")
                await mona.sees(says)
                await mona.sees("Règle enfreinte")
                assert OFFER not in await mona.run("document.body.textContent"), name
                await mona.run("window.forged = undefined")
                await mona.button("Relire le dossier")
                await mona.gone(text="Règle enfreinte")
            await mona.run("window.forged = 'cut'")
            await mona.button("Relire le dossier")
            await mona.sees("Règle enfreinte")
            await usable(mona, shots / "80-console-forged.png")

            address = f"{service.url}/console/d/{case.hex()}"
            olive = await seated(browser, court, court.third)
            await olive.sees("Rien n’attend.")
            await olive.go(address)
            await olive.sees("Ce dossier n’est pas, ou plus, à vous.")
            staff = f"{address}#token={service.token('staff', [])}"
            nobody = await browser.open("staff", staff, size=DESK)
            await code_kept(nobody)
            await nobody.sees("Ce compte n’a pas de place à la modération.")
            await usable(nobody, shots / "82-console-no-seat.png")
            for tab in (olive, nobody):
                assert CASE not in await tab.run("document.body.textContent")
            await _told_from_outside(court, olive, shots)
            assert await browser.complaints() == []


async def _told_from_outside(court: Bench, tab: Tab, shots: Path) -> None:
    outsider = Person(court.service, await trust_of(court.service), "un voisin", [])
    words = "Cette annonce n’est pas de notre commune."
    api = outsider.api()
    await api.send_notice(OutsideNotice(b"\x01" * 16, ReportCategory.POSING, words, True))
    await api.close()
    await tab.click(role="link", name=CASE)
    await tab.button("Prendre ce dossier")
    await tab.sees("Notifications extérieures")
    await tab.button("Afficher les contenus")
    await tab.sees(words)
    await usable(tab, shots / "83-console-outside.png")


async def test_the_first_founds_the_mailbox_and_admits_the_next(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, chromium() as browser:
        court = await bench(service)
        mona = await browser.open("mona", console_of(service, court.first))
        await code_kept(mona)
        await mona.button("Ouvrir la boîte")
        await mona.sees("Rien n’attend.")
        noe = await browser.open("noé", console_of(service, court.second))
        await code_kept(noe)
        await noe.button("Demander à la rejoindre")
        await noe.sees("Vos douze mots")
        await mona.sees("Quelqu’un demande")
        twelve = "[...document.querySelectorAll('.twelve li')].map((each) => each.textContent)"
        words = await noe.run(twelve)
        assert len(words) == 12
        assert await mona.run(twelve) == words
        await mona.check("Les douze mots sont les mêmes")
        await mona.button("Admettre")
        await noe.sees("Rien n’attend.")
        # The platform signs people in for the inbox: who came from another page of ours is led back to it.
        await mona.run("sessionStorage.setItem('pli-place', '/console/journal')")
        await mona.go(inbox_of(service, court.first.subject, court.first.claims))
        await mona.sees("Journal consulté")
        assert await mona.run("location.pathname + location.hash") == "/console/journal"
        assert await browser.complaints() == []


async def test_the_demo_opens_the_console_by_one_click(tmp_path: Path) -> None:
    async with raised(tmp_path / "demo", 0) as (stage, _), standing_in(stage) as platform, chromium() as browser:
        await Recruiter(stage, Transcript()).run()
        beside = f"{stage.web_url} {stage.platform_url}"
        assert sorted(platform.consoles) == ["mona", "noe"]
        mona = await browser.open("mona", platform.consoles["mona"], size=DESK, beside=beside)
        code = await mona.read(css=".code")
        await mona.click(role="link", name="Ouvrir la console")
        await mona.fill("Code de secours", code)
        await mona.button("Ouvrir")
        await mona.click(role="link", name="Demande d’argent")
        await mona.button("Prendre ce dossier")
        await mona.sees("preuve vérifiée")
        assert await browser.complaints() == []
