"""The inbox in the hands of somebody who has a keyboard alone, and hears what a screen reader says by itself."""

from pathlib import Path

import pytest

from pli_client import SeatAsked
from tests.journeys.people import CONSENT_TEXT, DOCTORS_CARD, cast
from tests.support.browser import chromium
from tests.support.server import running_service
from tests.web.browsing import MAYOR, code_kept, inbox_of, opened, send

pytestmark = [pytest.mark.slow, pytest.mark.browser]


async def test_the_inbox_by_keyboard_alone(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, chromium() as browser:
        people = await cast(service)
        async with people.secretary.online() as secretary, people.doctor.online() as doctor:
            await secretary.client.found(people.village)
            await doctor.client.found(people.project)
            opening = await browser.open("mayor", inbox_of(service, "yves", MAYOR), size=(1100, 800))
            keys = opening.keyboard
            await code_kept(keys)
            await keys.has(css="h1:focus", text="Messagerie")  # the screen before is gone with its button
            await keys.button("Demander à la rejoindre")
            asked = await secretary.until(SeatAsked)
            await secretary.client.mailbox(people.village).admit(asked.seat, asked.words)
            await keys.sees("Aucune conversation pour l’instant.")
            thread = await opened(doctor, people.listing)

            await keys.fill("Rechercher dans les conversations", "medecin", role="searchbox")
            await keys.click(role="link", name="Médecin généraliste")
            await keys.has(css=".conversation h1:focus")
            assert str(await keys.run("document.title")).endswith("Médecin généraliste – Pli")
            await keys.has(css=".message .words")  # what comes from here on is news
            await thread.send("Êtes-vous là ?")
            await keys.hears("Êtes-vous là ?")
            await send(keys, "Oui, bonjour !")
            await keys.has(css="textarea:focus")
            await secretary.reads("Oui, bonjour !")

            await keys.click(css=".menu summary")
            await keys.reach(label="Qui répond")
            await keys.press("ArrowDown")
            await keys.fill("Note privée", "À rappeler demain")
            await keys.button("Ajouter la note")
            await keys.has(css=".notes li")
            await keys.press("Escape")
            await keys.has(css=".menu:not([open]) summary:focus")
            desk = secretary.client.mailboxes[0].desk
            assert desk.notes[thread.id] == ["À rappeler demain"]
            assert desk.assigned[thread.id] in secretary.client.mailboxes[0].colleagues
            await keys.click(css=".menu summary")
            await keys.button("Clore la conversation")
            await keys.sees("Raison (pour les statistiques)")
            await keys.press("Escape")
            await keys.gone(text="Raison (pour les statistiques)")
            await keys.has(css=".menu:not([open]) summary:focus")

            await keys.button("Échanger les identités")
            await keys.fill("Nom", "Yves Kerambrun")
            await keys.press("Escape")
            await keys.gone(css="dialog")
            await keys.has(css=".banner button:focus")
            await keys.button("Échanger les identités")
            await keys.fill("Nom", "Yves Kerambrun")
            await keys.button("Je consens")
            await keys.hears("Vous avez consenti.")
            await thread.consent(DOCTORS_CARD, fields=("name",), text=CONSENT_TEXT)
            await keys.hears("Les identités sont échangées")
            await keys.hears(DOCTORS_CARD.name or "")
            await keys.click(role="link", name="Réglages")
            await keys.has(css=".settings h1:focus")
            await keys.back()
            await keys.has(css=".conversation h1:focus")
            assert await browser.complaints() == []
