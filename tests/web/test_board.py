"""The board, from a first contact to an installation that both sides confirmed and rated.

A town hall at its desk, and a project holder with a phone, each in a browser of their own.
"""

import os
from pathlib import Path

import pytest

from tests.journeys.people import cast
from tests.journeys.test_closing import told
from tests.support.browser import Tab, chromium
from tests.support.server import running_service
from tests.web.browsing import HOLDER, SECRETARY, first_use, inbox_of, opened, send, usable

pytestmark = [pytest.mark.slow, pytest.mark.browser]

DESK = (1280, 900)
PHONE = (390, 844)
CHOOSE_FILLED = """{
    const select = document.querySelector("dialog select");
    select.value = "filled";
    select.dispatchEvent(new Event("change", { bubbles: true }));
}"""
TOWN, PROJECT = "Commune", "Médecin généraliste"


async def declares(tab: Tab, what: str) -> None:
    """By the button of a card; the dialog asks whether it is meant."""
    await tab.button(what)
    await tab.button("Le déclarer")


async def rates(tab: Tab, satisfied: str, recommends: str, whom: str) -> None:
    await tab.button(f"Donner notre avis\u00a0: {whom}")
    for legend, score in (("Êtes-vous satisfait", satisfied), ("Recommanderiez-vous", recommends)):
        await tab.click(css=f"fieldset:has(legend:text('{legend}')) label:text-is('{score}')")
    await tab.button("Envoyer notre avis")


async def test_from_first_contact_to_an_installation_that_both_rate(sqlite_url: str, tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, chromium() as browser:
        people = await cast(service)
        async with people.doctor.online() as doctor:
            await doctor.client.found(people.project)
            town = await browser.open("town", inbox_of(service, "martine", SECRETARY), size=DESK, profile="town")
            await first_use(town)
            await opened(doctor, people.listing, "Bonjour, votre cabinet m’intéresse.")
        await town.click(role="link", name="Suivi")
        await town.sees("Premier contact")
        await town.sees("Répondre au premier message")
        await town.sees("À vous de répondre")
        await usable(town, shots / "60-board-first.png")
        await town.click(css=".stage a")
        await send(town, "Bonjour ! Venez donc nous voir.")
        await town.back()
        await town.sees("Échange engagé")
        await town.sees("Jamais vu par l’autre côté")

        holder = await browser.open("holder", inbox_of(service, "camille", HOLDER), size=PHONE, profile="holder")
        await holder.fill("Code de secours", people.doctor.recovery_code)
        await holder.button("Ouvrir")
        await holder.click(role="link", name=TOWN)
        await holder.sees("Bonjour ! Venez donc nous voir.")
        await holder.button("Retour aux conversations")
        await holder.click(role="link", name="Suivi")
        await holder.sees("Proposer une rencontre")
        await usable(holder, shots / "61-board-phone.png")
        by_keys = holder.keyboard
        await by_keys.click(role="button", name=f"Proposer une rencontre\u00a0: {TOWN}")
        await holder.sees("L’autre côté le verra dans la conversation.")
        await usable(holder, shots / "62-declaring-phone.png")
        await by_keys.click(role="button", name="Le déclarer")
        await holder.sees("L’autre côté doit répondre à votre proposition de rencontre")

        await town.sees("Répondre à la proposition de rencontre")
        await declares(town, f"Accepter la rencontre\u00a0: {PROJECT}")
        for tab in (town, holder):
            await tab.sees("Rencontre prévue")
        await declares(holder, f"La visite sur place a eu lieu\u00a0: {TOWN}")
        for tab in (town, holder):
            await tab.sees("Visite faite")
            await tab.sees("1 visite")

        await town.click(css=".stage a")
        await town.click(css=".menu summary")
        await town.button("Noter une étape")
        await town.check("Faire une offre")
        await usable(town, shots / "63-declaring.png")
        await town.button("Le déclarer")
        await holder.click(css=".stage a")
        await holder.sees("L’autre côté fait une offre.")
        await usable(holder, shots / "64-declared-phone.png")
        await declares(holder, "Accepter l’offre")
        await holder.gone(text="L’autre côté fait une offre.")
        await holder.button("Retour aux conversations")
        await holder.sees("Accord trouvé")

        await declares(holder, f"Le projet est installé\u00a0: {TOWN}")
        await holder.sees("L’autre côté doit confirmer l’installation")
        await town.sees("L’autre côté déclare que le projet est installé.")
        await town.back()
        await town.sees("Installation déclarée par l’autre côté")
        await town.has(css=".stage .facts")
        await usable(town, shots / "65-board-installation.png")
        await declares(town, f"Confirmer l’installation\u00a0: {PROJECT}")
        for tab in (town, holder):
            await tab.sees("Projet installé")
            await tab.sees("Installation confirmée des deux côtés")

        await rates(town, "Tout à fait", "Plutôt oui", PROJECT)
        await town.sees("Merci, votre avis est compté.")
        await usable(town, shots / "66-rated.png")
        await town.button("Fermer")
        await rates(town, "Pas du tout", "Plutôt oui", PROJECT)
        await town.sees("Votre côté a déjà donné son avis sur cette conversation.")
        await town.button("Fermer")
        await rates(holder, "Plutôt oui", "Moyennement", TOWN)
        await holder.sees("Merci, votre avis est compté.")
        await holder.button("Fermer")

        await town.button(f"Clore la conversation\u00a0: {PROJECT}")
        await town.run(CHOOSE_FILLED)
        await town.check("Dire aussi la raison à l’autre côté")
        await town.click(css="dialog .primary")
        await holder.sees("Clos par l’autre côté")
        await holder.sees("Le besoin est pourvu")
        await usable(holder, shots / "67-board-closed-phone.png")
        await holder.button(f"Rouvrir la conversation\u00a0: {TOWN}")
        for tab in (town, holder):
            await tab.sees("Projet installé")
        await usable(town, shots / "68-board-installed.png")
        assert await browser.complaints() == []
        facts = [fact["type"].removeprefix("fr.pli.relation.") for fact in await told(service)]
    elsewhere = ("fr.pli.target.wanted", "message.accepted", "stage.changed", "solicited")
    assert [kind for kind in facts if kind not in elsewhere] == [
        *("engaged", "meeting.proposed", "meeting.confirmed", "meeting.held", "offer.proposed", "offer.accepted"),
        *("installation.declared", "installation.confirmed", "rated", "rated", "closed", "reopened"),
    ]
