"""A village begins anew, in real Chromium: its own people follow knowingly, and the other side is told."""

import os
from pathlib import Path

import pytest

from messaging.app import system_clock
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.ports import MailboxClaim
from tests.journeys.people import cast
from tests.journeys.test_reset import Village
from tests.support.browser import Tab, chromium
from tests.support.server import running_service
from tests.web.browsing import SECRETARY, code_kept, entered, first_use, inbox_of, send, usable

pytestmark = [pytest.mark.slow, pytest.mark.browser]

DEPUTY = [MailboxClaim("mairie", MailboxKind.TERRITORY, Role.DEPUTY, False)]


async def admitted(newcomer: Tab, admin: Tab) -> None:
    """Both screens show the twelve words."""
    await newcomer.has(css=".twelve")
    await admin.check("Les douze mots sont les mêmes")
    await admin.button("Admettre")


async def test_a_village_begins_anew(sqlite_url: str, tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    later = [0]
    clock = lambda: system_clock() + later[0]  # noqa: E731 - moved by the village
    async with running_service(sqlite_url, tmp_path, with_worker=False, clock=clock) as service, chromium() as browser:
        village = Village(service, await cast(service), later)
        town = await browser.open("town", inbox_of(service, "martine", SECRETARY), profile="town")
        await first_use(town)
        deputy = await browser.open("deputy", inbox_of(service, "paul", DEPUTY))
        await code_kept(deputy)
        await deputy.button("Demander à la rejoindre")
        await admitted(deputy, town)
        await deputy.sees("Aucune conversation pour l’instant.")
        async with village.people.doctor.online() as writer:
            await writer.client.found(village.people.project)
        doctor = await entered(service, browser, "doctor", "doctor")
        await doctor.fill("Code de secours", village.people.doctor.recovery_code)
        await doctor.button("Ouvrir")
        async with village.people.doctor.online() as writer:
            await writer.client.mailboxes[0].open(village.people.listing, "Bonjour")
        await town.click(role="link", name="Médecin généraliste")
        await send(town, "Bonjour Docteur")
        await doctor.click(role="link", name="Commune")
        await doctor.sees("Bonjour Docteur")

        begun = await village.begin_anew()
        await town.sees("Vous n’avez plus de place dans cette boîte.")
        town = await browser.open("again", inbox_of(service, "martine", SECRETARY), profile="town")
        await town.sees("La boîte recommence")
        await usable(town, shots / "35-anew.png")
        await town.check("On me l’a annoncé de vive voix ou par écrit")
        await town.button("Ouvrir la boîte à nouveau")
        await town.click(role="link", name="Médecin généraliste")
        await town.sees("Vous pourrez écrire ici dès que la plateforme l’aura attesté")
        await usable(town, shots / "36-awaited.png")

        deputy = await browser.open("deputy again", inbox_of(service, "paul", DEPUTY), profile="deputy")
        await deputy.button("Demander à la rejoindre")
        await deputy.sees("La boîte recommence")
        await deputy.check("On me l’a annoncé de vive voix ou par écrit")
        await deputy.button("Accepter et demander une place")
        await town.button("Retour")
        await admitted(deputy, town)
        for tab in (deputy, town):
            await tab.click(role="link", name="Médecin généraliste")

        await village.vouch(begun)
        await doctor.sees("L’autre côté recommence, peut-être avec d’autres personnes.")
        await doctor.sees("n’est plus identifié")
        await usable(doctor, shots / "37-peer-anew.png")
        await send(town, "La nouvelle équipe")
        await doctor.sees("La nouvelle équipe")
        await send(doctor, "Enchanté")
        for tab in (town, deputy):
            await tab.sees("Enchanté")
        await send(deputy, "Moi aussi")
        await doctor.sees("Moi aussi")
        # Who lost their seat and asks once more, whatever of; two devices that write one vault at the same moment.
        expected = ("/roster)", "/cases)", "/targets)", "/v1/vault)")
        assert [each for each in await browser.complaints() if not each.endswith(expected)] == []
