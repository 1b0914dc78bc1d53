"""A service restored from a backup, seen by who uses it in a browser: what it lost is offered to be sent again."""

import contextlib
import os
import shutil
from pathlib import Path

import pytest

from messaging.domain.vocabulary import MailboxKind, Role
from messaging.ports import MailboxClaim
from tests.faults.proxy import Proxy
from tests.journeys.people import Person, cast, trust_of
from tests.support.browser import chromium
from tests.support.ports import free_port
from tests.support.server import RunningService, running_service
from tests.web.browsing import HOLDER, first_use, opened, send, usable

pytestmark = [pytest.mark.slow, pytest.mark.browser]

CLAIMS = [MailboxClaim("mairie", MailboxKind.TERRITORY, Role.AGENT, True)]


async def the_same(service: RunningService, before: Person) -> Person:
    """The secretary with her device; the platform’s keys are others each time that the service starts here."""
    person = Person(service, await trust_of(service), before.subject, CLAIMS)
    person.device, person.recovery_code = before.device, before.recovery_code
    return person


async def test_what_a_restored_service_lost_is_offered(sqlite_url: str, tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    database, backup = tmp_path / "pli.sqlite3", tmp_path / "backup"
    async with contextlib.AsyncExitStack() as stack:
        browser = await stack.enter_async_context(chromium())
        proxy = await stack.enter_async_context(Proxy(free_port()))
        async with running_service(sqlite_url, tmp_path, with_worker=False, also_at=proxy.url) as service:
            proxy.upstream = service.port
            people = await cast(service)
            targets = [await service.register_target(name, "projet") for name in ("projet", "autre")]
            door = f"{proxy.url}/inbox/#token="
            tab = await browser.open("before", door + service.token("camille", HOLDER), profile="camille")
            await first_use(tab)
            async with people.secretary.online() as town:
                await town.client.found(people.village)
                await opened(town, targets[0])
                await tab.sees("Bonjour")
            await tab.close()
        shutil.copy(database, backup)
        async with running_service(sqlite_url, tmp_path, with_worker=False, also_at=proxy.url) as service:
            proxy.upstream = service.port
            tab = await browser.open("meanwhile", door + service.token("camille", HOLDER), profile="camille")
            await tab.click(role="link", name="Commune")
            await send(tab, "Perdu")
            await tab.sees("Envoyé")
            async with (await the_same(service, people.secretary)).online() as town:
                await town.client.mailboxes[0].open(targets[1], "Une autre")
                await tab.button("Retour aux conversations")
                await tab.click(css=".threads a:has-text('Une autre')")
                await send(tab, "Perdu aussi")
                await tab.sees("Envoyé")
        shutil.copy(backup, database)
        async with running_service(sqlite_url, tmp_path, with_worker=False, also_at=proxy.url) as service:
            proxy.upstream = service.port
            # The page stood open all the while; its person comes from the platform once more.
            await tab.go(door + service.token("camille", HOLDER))
            await tab.sees("Conversation perdue")
            await tab.sees("Perdu aussi")
            await usable(tab, shots / "67-conversation-lost.png")
            await tab.button("Oublier cette conversation")
            await tab.gone(text="Conversation perdue")
            await tab.click(css=".threads a")
            await tab.sees("n’a plus ces messages que vous aviez envoyés")
            await usable(tab, shots / "68-messages-lost.png")
            await tab.button("Les renvoyer")
            async with (await the_same(service, people.secretary)).online() as town:
                await town.thread.load()
                await town.reads("Perdu")
