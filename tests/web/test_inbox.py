"""The inbox in a real Chromium, on a phone's screen, against the real service and the Python SDK."""

import os
from pathlib import Path

import pytest

from pli_client import CardsReleased
from tests.journeys.people import CONSENT_TEXT, DOCTORS_CARD, cast
from tests.support.browser import chromium
from tests.support.server import running_service
from tests.web.browsing import SECRETARY, code_kept, inbox_of, opened, usable

pytestmark = [pytest.mark.slow, pytest.mark.browser]


async def test_from_first_use_to_reveal_on_a_phone(sqlite_url: str, tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, chromium() as browser:
        people = await cast(service)
        async with people.doctor.online() as doctor:
            await doctor.client.found(people.project)
            tab = await browser.open("martine", inbox_of(service, "martine", SECRETARY))
            await tab.sees("Votre code de secours")
            await usable(tab, shots / "01-code.png")
            assert len(await code_kept(tab)) == 34
            await tab.sees("Ouvrir la boîte")
            await usable(tab, shots / "02-found.png")
            await tab.button("Ouvrir la boîte")
            await tab.sees("Aucune conversation pour l’instant.")
            await opened(doctor, people.listing, "Bonjour, votre annonce m’intéresse beaucoup.")
            await tab.sees("Médecin généraliste")
            await tab.sees("Non lu")
            await usable(tab, shots / "03-list.png")
            await tab.click(role="link", name="Médecin généraliste")
            await tab.sees("Bonjour, votre annonce m’intéresse beaucoup.")
            await usable(tab, shots / "04-thread.png")
            await tab.fill("Votre message", "Bonjour ! Appelez-moi au 06 12 34 56 78.")
            await tab.sees("Ce message semble contenir un numéro de téléphone.")
            await usable(tab, shots / "05-guard.png")
            await tab.fill("Votre message", "Bonjour ! La mairie serait ravie de vous rencontrer.")
            await tab.button("Envoyer")
            await doctor.reads("Bonjour ! La mairie serait ravie de vous rencontrer.")
            await doctor.thread.ask()
            await tab.sees("L’autre côté propose d’échanger vos identités.")
            await tab.button("Échanger les identités")
            await tab.fill("Organisme", "Mairie de Plouvorn (fictive)")
            await tab.fill("Nom", "Martine Le Bihan")
            await tab.sees("La plateforme n’atteste rien : votre carte sera entièrement déclarée.")
            await usable(tab, shots / "06-consent.png")
            await tab.button("Je consens")
            await tab.sees("Vous avez consenti.")
            assert await tab.read_value("Votre message") == "", "what was sent is no draft any more"
            await usable(tab, shots / "07-waiting.png")
            vouched = {"profession": "Médecin généraliste"}
            attestation = service.idp.attestation(doctor.client.mailboxes[0].identity_key, vouched)
            fields = ("name", "phone")
            await doctor.thread.consent(DOCTORS_CARD, fields=fields, text=CONSENT_TEXT, attestation=attestation)
            released = await doctor.until(CardsReleased)
            assert {card.fields["name"] for card in released.cards} == {DOCTORS_CARD.name, "Martine Le Bihan"}
            await tab.sees("Les identités sont échangées")
            await tab.sees(DOCTORS_CARD.name or "")
            await tab.has(css=".card .attested")
            await usable(tab, shots / "08-revealed.png")
            assert await browser.complaints() == []
