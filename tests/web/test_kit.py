"""The printed kit of a mailbox in a real Chromium: made, printed, and used to come in when nobody else is there."""

import os
from pathlib import Path

import pytest

from messaging.domain.vocabulary import MailboxKind, Role
from messaging.e2ee import recovery
from messaging.ports import MailboxClaim
from tests.journeys.people import cast
from tests.support.browser import chromium
from tests.support.server import running_service
from tests.web.browsing import first_use, opened

pytestmark = [pytest.mark.slow, pytest.mark.browser]

MARTINE = [MailboxClaim("mairie", MailboxKind.TERRITORY, Role.AGENT, True)]
HEIR = [MailboxClaim("mairie", MailboxKind.TERRITORY, Role.MAYOR, False)]


async def test_a_kit_that_was_printed_lets_somebody_in(sqlite_url: str, tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, chromium() as browser:
        people = await cast(service)
        martine = await browser.open("martine", f"{service.url}/inbox/#token={service.token('martine', MARTINE)}")
        await first_use(martine)
        async with people.doctor.online() as doctor:
            await doctor.client.found(people.project)
            await opened(doctor, people.listing)
        await martine.click(role="link", name="Réglages")
        await martine.button("Préparer une trousse")
        await martine.sees("La trousse est prête.")
        code = await martine.read(css=".kit .code")
        await martine.shot(shots / "61-kit.png")
        assert await martine.violations() == []
        await martine.shot(shots / "62-kit-printed.png", on_paper=True)
        await martine.button("Je l’ai rangée")
        await martine.sees("Trousses en service : 1.")
        await martine.close()

        heir = await browser.open("heir", f"{service.url}/inbox/#token={service.token('yves', HEIR)}")
        await heir.check("J’ai gardé ce code en lieu sûr")
        await heir.button("Continuer")
        await heir.click(text="J’ai la trousse de secours")
        await heir.fill("Code de la trousse", code[:-1])
        await heir.button("Entrer avec la trousse")
        await heir.sees("Ce n’est pas un code complet.")
        await heir.fill("Code de la trousse", recovery.new_code(os.urandom))
        await heir.button("Entrer avec la trousse")
        await heir.sees("Cette trousse n’est pas, ou n’est plus, celle de cette boîte.")
        assert await heir.violations() == []
        await heir.fill("Code de la trousse", code.lower().replace("-", " "))
        await heir.button("Entrer avec la trousse")
        await heir.click(role="link", name="Médecin généraliste")
        await heir.has(css=".message:has-text('Bonjour')")
        await heir.click(css=".back")
        await heir.click(role="link", name="Réglages")
        await heir.click(css="li:has-text('Trousse de secours') button")
        await heir.button("Retirer cette personne", css="dialog button.primary")
        await heir.gone(css="li:has-text('Trousse de secours')")
        assert await browser.complaints() == []
