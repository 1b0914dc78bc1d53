"""Two processes of one deployment on one PostgreSQL: clients come back to either, and both write one log."""

from pathlib import Path

import pytest

from tests.faults.fleet import Fleet
from tests.faults.log_checker import assert_nothing, check_chains, check_facts, check_promises
from tests.faults.proxy import Proxy
from tests.faults.stored_log import read_log
from tests.journeys.people import cast
from tests.support.processes import ServiceProcess

pytestmark = pytest.mark.slow


async def test_a_client_comes_back_to_the_other_process(postgres_url: str, tmp_path: Path) -> None:
    """A load balancer sends it here and there; what it missed in between is there at each welcome."""
    async with ServiceProcess(postgres_url, tmp_path) as first, first.another() as second, Proxy(first.port) as line:
        people = await cast(first, url=line.url)
        await people.settle()
        people.secretary.url = second.url
        async with people.doctor.online() as doctor:
            thread = await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            for number, process in enumerate((second, first, second)):
                async with people.secretary.online() as secretary:
                    await secretary.thread.send(f"Réponse {number}")
                line.upstream = process.port
                connections = line.sockets
                await line.cut()
                await doctor.reads(f"Réponse {number}")
                await thread.send(f"Suite {number}")
                assert line.sockets > connections
            texts = [message.text for message in thread.messages]
            async with people.secretary.online() as secretary:
                await secretary.thread.load()
                assert [message.text for message in secretary.thread.messages] == texts
    assert texts == ["Bonjour", *(f"{what} {n}" for n in range(3) for what in ("Réponse", "Suite"))]


async def test_two_processes_write_one_log(postgres_url: str, tmp_path: Path) -> None:
    """Half of the senders on each, on the same threads; both processes deliver relation events, in order."""
    async with ServiceProcess(postgres_url, tmp_path) as first, first.another() as second:
        info = await first.info()
        assert info == await second.info()
        fleet = await Fleet.made([first, second], info.service, pairs=2, witnessed=False)
        try:
            async with fleet.sending():
                await fleet.acked_more(300)
            await fleet.told(first.event_log)
        finally:
            await fleet.close()
        for process in (first, second):
            await process.terminate()
        assert not first.tracebacks() + second.tracebacks()
    log = await read_log(postgres_url, tmp_path)
    assert_nothing(check_promises(log, fleet.acked, fleet.sent))
    assert_nothing(check_chains(log, info))
    assert_nothing(check_facts(log, first.event_log))
