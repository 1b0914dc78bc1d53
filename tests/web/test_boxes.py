"""Somebody who sits in two mailboxes, in a real Chromium: both are in one list, or one of them alone."""

import os
from pathlib import Path

import pytest

from messaging.domain.vocabulary import MailboxKind, Role
from messaging.ports import MailboxClaim
from tests.journeys.people import cast
from tests.support.browser import chromium
from tests.support.server import running_service
from tests.web.browsing import first_use, opened

pytestmark = [pytest.mark.slow, pytest.mark.browser]

BOTH = [MailboxClaim(ref, MailboxKind.TERRITORY, Role.AGENT, True) for ref in ("mairie", "epci")]


async def test_two_mailboxes_of_one_person(sqlite_url: str, tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, chromium() as browser:
        people = await cast(service)
        await service.register_mailbox("epci", MailboxKind.TERRITORY)
        listings = [people.listing, await service.register_target("zone", "epci")]
        tab = await browser.open("martine", f"{service.url}/inbox/#token={service.token('martine', BOTH)}")
        await first_use(tab)
        await tab.button("Ouvrir la boîte")
        async with people.doctor.online() as doctor:
            await doctor.client.found(people.project)
            for listing in listings:
                await opened(doctor, listing)
        await tab.has(css=".threads li:nth-child(2)")
        await tab.shot(shots / "71-boxes.png")
        assert await tab.violations() == []
        for name in ("Collectivité 1", "Collectivité 2"):
            await tab.button(name)
            await tab.gone(css=".threads li:nth-child(2)")
            await tab.has(css=".threads li")
        await tab.button("Toutes les boîtes")
        await tab.has(css=".threads li:nth-child(2)")
        await tab.click(role="link", name="Réglages")
        await tab.sees("Collectivité 2")
        assert await browser.complaints() == []
