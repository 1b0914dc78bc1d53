"""The numbers of a process: what happened is counted, and nobody is named."""

from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from messaging.config import ConfigError
from messaging.metrics import published
from messaging.tally import Tally
from messaging.wire import closing, codec
from messaging.wire.commands import Hello
from tests.support.ports import free_port
from tests.support.server import NO_TLS, RunningService, running_service
from tests.support.talk import claimed_opening
from tests.support.waiting import until
from tests.support.world import World


async def _numbers(port: int) -> dict[tuple[str, str], float]:
    """By name and label."""
    async with httpx.AsyncClient(verify=NO_TLS) as client:
        text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(sample.name, "".join(sample.labels.values())): sample.value for sample in samples}


async def test_what_happens_is_counted(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path) as service:
        port = free_port()
        with published(("127.0.0.1", port), service.service.backend):
            await _talk(service)
            await until(lambda: service.service.hub.sockets == 0)
            numbers = await _numbers(port)
    assert numbers["pli_commit_messages_count", ""] >= 1
    assert numbers["pli_commit_messages_bucket", "1.0"] == numbers["pli_commit_messages_bucket", "+Inf"]
    assert numbers["pli_commit_messages_sum", ""] == 2
    assert numbers["pli_commit_seconds_sum", ""] > 0
    assert numbers["pli_sockets", ""] == numbers["pli_messages_waiting", ""] == 0
    assert numbers["pli_closed_total", str(closing.PROTOCOL_ERROR)] == 1
    assert numbers["process_cpu_seconds_total", ""] > 0


async def _talk(service: RunningService) -> None:
    """An opening, two messages, and somebody who breaks the protocol."""
    async with World.made(service) as world, world.socket(world.holder) as socket:
        opening, line, _ = await claimed_opening(world, (world.project, world.holder), (world.town, world.mayor), 1)
        await socket.ask(opening)
        for ref in (10, 11):
            await socket.ask(line.send(ref))
        async with world.socket(world.holder) as rude:
            ticket = (await world.ticket(world.holder)).ticket
            await rude.send(codec.encode(Hello(ref=2, ticket=ticket, device=bytes(16))).decode())
            assert await rude.closed() == closing.PROTOCOL_ERROR


async def test_nowhere_without_an_address_and_said_where_it_is_taken(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service:
        backend = service.service.backend
        address = ("127.0.0.1", free_port())
        with (
            published(None, backend),
            published(address, backend),
            pytest.raises(ConfigError, match="PLI_METRICS"),
            published(address, backend),
        ):
            pass


def test_a_tally_counts_up_to_its_bounds() -> None:
    tally = Tally((1, 10))
    for value in (0, 1, 1.5, 10, 11):
        tally.add(value)
    assert tally.buckets() == [(1, 2), (10, 4), (None, 5)]
    assert tally.total == 23.5
