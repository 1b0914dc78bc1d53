"""The web client's core where the line is bad: no WebSocket, a service that restarts, no network at all."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from tests.faults.proxy import Proxy
from tests.journeys.people import cast
from tests.support.ports import free_port
from tests.support.processes import ServiceProcess
from tests.support.server import running_service
from tests.support.web_core import OrderFailed
from tests.web.core_people import first_contact, holder, refusals, texts

pytestmark = pytest.mark.slow


async def test_the_same_where_websockets_are_blocked(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service:
        people = await cast(service)
        async with (
            people.secretary.online() as secretary,
            holder(service, people, tmp_path, blocks_websocket=True) as web,
        ):
            await secretary.client.found(people.village)
            await first_contact(web, people, secretary)
            await asyncio.gather(*(web.send(f"{n}") for n in range(5)))
            await secretary.reads("4")
            await secretary.thread.send("Bienvenue !")
            await web.reads("Bienvenue !")
            assert texts(web) == ["Bonjour", "0", "1", "2", "3", "4", "Bienvenue !"]
            assert not refusals(web)


async def test_a_restart_of_the_service_is_not_noticed(sqlite_url: str, tmp_path: Path) -> None:
    async with ServiceProcess(sqlite_url, tmp_path / "service") as service:
        people = await cast(service)
        async with people.secretary.online() as secretary:
            await secretary.client.found(people.village)
        async with holder(service, people, tmp_path) as web:
            async with people.secretary.online() as secretary:
                await first_contact(web, people, secretary)
            await service.kill()
            await web.until(lambda picture: not picture["connected"])
            for n in range(3):
                await web.send(f"{n}")
            assert [each["text"] for each in web.view["onItsWay"]] == ["0", "1", "2"]
            await service.start()
            await web.act("wake")
            await web.until(lambda _: texts(web) == ["Bonjour", "0", "1", "2"] and not web.view["onItsWay"])
            async with people.secretary.online() as secretary:
                await secretary.reads("2")
                await secretary.thread.send("Reçu.")
                await web.reads("Reçu.")
                assert [each.text for each in secretary.thread.messages] == ["Bonjour", "0", "1", "2", "Reçu."]
        await service.terminate()


async def test_what_was_written_offline_survives_a_reload(sqlite_url: str, tmp_path: Path) -> None:
    """Airplane mode: three messages, a reload without the network, then the network again."""
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, Proxy(service.port) as proxy:
        people = await cast(service)
        async with people.secretary.online() as secretary, holder(service, people, tmp_path, url=proxy.url) as web:
            await secretary.client.found(people.village)
            await first_contact(web, people, secretary)
            proxy.upstream = free_port()
            await proxy.cut()
            await web.until(lambda picture: not picture["connected"])
            await web.send("un")
            await web.send("deux")
            await web.close()
            await web.open()
            assert web.picture["stage"]["name"] == "open"
            opening = web.start("open", thread=web.thread)
            await web.reads("Bonjour")
            await web.until(lambda _: [each["text"] for each in web.view["onItsWay"]] == ["un", "deux"])
            await web.send("trois")
            proxy.upstream = service.port
            await web.act("wake")
            await secretary.reads("trois")
            await web.until(lambda _: texts(web) == ["Bonjour", "un", "deux", "trois"])
            with contextlib.suppress(OrderFailed):
                await opening
            assert [each.text for each in secretary.thread.messages] == ["Bonjour", "un", "deux", "trois"]
