"""Somebody who lost their device and their code: a page says what can be done, and a colleague does it."""

from pathlib import Path

import pytest

from tests.journeys.people import cast
from tests.support.browser import Tab, chromium
from tests.support.server import running_service
from tests.web.browsing import MAYOR, SECRETARY, code_kept, first_use, inbox_of, opened, usable

pytestmark = [pytest.mark.slow, pytest.mark.browser]

HISTORY = ("Bonjour", "Nous cherchons une commune.")


async def test_a_colleague_lets_in_who_lost_everything(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, chromium() as browser:
        people = await cast(service)
        async with people.doctor.online() as doctor:
            await doctor.client.found(people.project)
            admin = await browser.open("secretary", inbox_of(service, "martine", SECRETARY))
            await first_use(admin)
            await admin.sees("Aucune conversation pour l’instant.")
            thread = await opened(doctor, people.listing)
            await thread.send(HISTORY[1])
            mayor = await browser.open("mayor", inbox_of(service, "yves", MAYOR))
            await _let_in(mayor, admin, tmp_path)

            lost = await browser.open("new device", inbox_of(service, "yves", MAYOR))
            await lost.sees("Un nouvel appareil")
            await lost.click(css="summary")
            await lost.sees("demandez-y un nouveau code dans les réglages")
            await lost.sees("un collègue qui administre la boîte peut vous y admettre à nouveau")
            await usable(lost, tmp_path / "without-code.png")
            # The platform opens another account for the same mayor, as the page says.
            again = await browser.open("new device", inbox_of(service, "yves, again", MAYOR))
            await _let_in(again, admin, tmp_path)

            await admin.click(role="link", name="Réglages")
            await admin.click(css=".people button")
            await admin.sees("Cette personne ne lira et n’écrira plus rien ici.")
            await usable(admin, tmp_path / "removing.png")
            await admin.click(css="dialog .primary")
            await admin.gone(css="dialog")
            await mayor.sees("Vous n’avez plus de place dans cette boîte.")
            await thread.send("Et le logement ?")
            await again.sees("Et le logement ?")
            assert await browser.complaints() == []


async def _let_in(newcomer: Tab, admin: Tab, shots: Path) -> None:
    """The twelve words are the same on both screens; what was said before can be read."""
    await code_kept(newcomer)
    await newcomer.button("Demander à la rejoindre")
    await newcomer.sees("Vos douze mots")
    await admin.sees("Quelqu’un demande à rejoindre la boîte")
    shown = [await tab.read(css=".twelve") for tab in (newcomer, admin)]
    assert shown[0] == shown[1]
    await admin.check("Les douze mots sont les mêmes")
    await usable(admin, shots / "admit.png")
    await admin.button("Admettre")
    await newcomer.click(role="link", name="Médecin généraliste")
    for text in HISTORY:
        await newcomer.sees(text)
