"""A service restored from a backup, as the web client's core lives through it."""

import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.proxy import Proxy
from tests.journeys.people import Cast, Person, cast, trust_of
from tests.support.ports import free_port
from tests.support.server import Deployed, running_service
from tests.support.waiting import until
from tests.support.web_core import WebCore, b64
from tests.web.browsing import HOLDER
from tests.web.core_people import first_contact, holder, refusals, texts

pytestmark = pytest.mark.slow


def renew_token(service: Deployed, folder: Path, proxy: Proxy) -> None:
    """The platform’s keys are others each time that the service starts here."""
    (folder / "camille.token").write_text(service.token("camille", HOLDER))
    proxy.upstream = service.port


async def test_a_restored_backup_is_told_and_the_conversation_goes_on(sqlite_url: str, tmp_path: Path) -> None:
    """What the service lost is gone; what waited on this device is sealed again on the history that is left."""
    async with contextlib.AsyncExitStack() as stack:
        async with running_service(sqlite_url, tmp_path, with_worker=False) as service:
            proxy = await stack.enter_async_context(Proxy(service.port))
            people = await cast(service)
            web = await stack.enter_async_context(holder(service, people, tmp_path, url=proxy.url))
            async with people.secretary.online() as secretary:
                await secretary.client.found(people.village)
                await first_contact(web, people, secretary)
                await web.send("avant")
                await secretary.reads("avant")
        shutil.copy(tmp_path / "pli.sqlite3", tmp_path / "backup")
        async with running_service(sqlite_url, tmp_path, with_worker=False) as service:
            renew_token(service, tmp_path, proxy)
            await web.act("wake")
            await web.send("perdu")
            await web.until(lambda _: "perdu" in texts(web))
            proxy.upstream = free_port()
        await proxy.cut()
        await web.until(lambda picture: not picture["connected"])
        await web.send("attend")
        shutil.copy(tmp_path / "backup", tmp_path / "pli.sqlite3")
        async with running_service(sqlite_url, tmp_path, with_worker=False) as service:
            renew_token(service, tmp_path, proxy)
            await web.act("wake")
            await web.until(lambda _: texts(web) == ["Bonjour", "avant", "attend"])
            assert [item["type"] for item in web.items].count("restored") == 1
            assert not refusals(web)
            await web.until(lambda _: not web.view["onItsWay"])
            await web.until(lambda _: [each["text"] for each in web.view["lost"]] == ["perdu"])
            async with (await the_same(service, people.secretary)).online() as secretary:
                await secretary.reads("attend")
                await secretary.thread.send("Reçu.")
                await web.reads("Reçu.")
                for _ in range(2):
                    await web.act("sendAgain", thread=web.thread)
                await secretary.reads("perdu")
                expected = ["Bonjour", "avant", "attend", "Reçu.", "perdu"]
                assert [each.text for each in secretary.thread.messages] == expected
                await web.until(lambda _: not web.view["lost"] and texts(web) == expected)


async def the_same(service: Deployed, before: Person) -> Person:
    """A person with their device; the platform’s keys are others each time that the service starts here."""
    person = Person(service, await trust_of(service), before.subject, before.claims)
    person.device, person.recovery_code = before.device, before.recovery_code
    return person


@contextlib.asynccontextmanager
async def lost_conversation(
    sqlite_url: str, folder: Path, *, leaves: bool = False
) -> AsyncIterator[tuple[WebCore, Cast, Proxy, str]]:
    """A conversation that began after the backup, which is in place again; nothing runs. `leaves`: the page is gone as
    soon as it showed the last message as sent; else another one waits. Gives the holder, everybody, their line, and the
    conversation’s id."""
    async with contextlib.AsyncExitStack() as stack:
        async with running_service(sqlite_url, folder, with_worker=False) as service:
            proxy = await stack.enter_async_context(Proxy(service.port))
            people = await cast(service)
            web = await stack.enter_async_context(holder(service, people, folder, url=proxy.url))
            async with people.secretary.online() as secretary:
                await secretary.client.found(people.village)
        shutil.copy(folder / "pli.sqlite3", folder / "backup")
        async with running_service(sqlite_url, folder, with_worker=False) as service:
            renew_token(service, folder, proxy)
            await web.act("wake")
            async with (await the_same(service, people.secretary)).online() as secretary:
                await first_contact(web, people, secretary)
                await web.send("perdu aussi")
                await web.until(lambda _: "perdu aussi" in texts(web) and not web.view["onItsWay"])
                lost = web.thread
                if leaves:
                    await web.leave()
            proxy.upstream = free_port()
        await proxy.cut()
        if not leaves:
            await web.until(lambda picture: not picture["connected"])
            await web.send("attend")
        shutil.copy(folder / "backup", folder / "pli.sqlite3")
        yield web, people, proxy, lost


@pytest.mark.parametrize("leaves", [False, True], ids=["the page stands open", "the page is left at once"])
async def test_a_conversation_that_a_restored_backup_lacks_is_begun_again(
    sqlite_url: str, tmp_path: Path, *, leaves: bool
) -> None:
    """The service has none of it any more: what was written is offered, and goes out in a new conversation, once."""
    async with (
        lost_conversation(sqlite_url, tmp_path, leaves=leaves) as (web, people, proxy, lost),
        running_service(sqlite_url, tmp_path, with_worker=False) as service,
    ):
        renew_token(service, tmp_path, proxy)
        await (web.open() if leaves else web.act("wake"))
        await web.until(lambda picture: picture["gone"] and not picture["threads"])
        (gone,) = web.picture["gone"]
        assert (gone["thread"], gone["opened"]) == (lost, True)
        written = ["Bonjour", "perdu aussi"] if leaves else ["Bonjour", "perdu aussi", "attend"]
        assert [each["text"] for each in gone["own"]] == written
        assert not [name for name in await web.kept() if name.startswith("outbox")]
        for _ in range(2):
            await web.act("beginAgain", thread=lost)
        await web.until(lambda picture: len(picture["threads"]) == 1 and not picture["gone"])
        async with (await the_same(service, people.secretary)).online() as secretary:
            await secretary.reads(written[-1])
            assert [each.text for each in secretary.thread.messages] == written
            assert b64(secretary.thread.id) != lost


async def test_what_is_lost_is_told_also_where_the_line_breaks_while_it_is_found_out(
    sqlite_url: str, tmp_path: Path
) -> None:
    """The second welcome is asked for everything: then no list tells what is missing, but each conversation itself."""
    async with (
        lost_conversation(sqlite_url, tmp_path) as (web, _, proxy, lost),
        running_service(sqlite_url, tmp_path, with_worker=False) as service,
    ):
        renew_token(service, tmp_path, proxy)
        proxy.captured.clear()
        await web.act("wake")
        await until(lambda: b'"t":"welcome"' in proxy.captured)
        await proxy.cut()
        await web.until(lambda picture: not picture["threads"])
        assert [each["thread"] for each in web.picture["gone"]] == [lost]
