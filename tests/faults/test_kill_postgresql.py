"""kill -9 of PostgreSQL itself under fifty senders: the service stays up, promises nothing it lost, and comes back."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.fleet import Fleet
from tests.faults.log_checker import assert_nothing, check_chains, check_facts, check_promises
from tests.faults.stored_log import read_log
from tests.support.postgres import PostgresServer
from tests.support.processes import ServiceProcess, postgres_of_its_own
from tests.support.scale import scaled

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.soak]

_ACKS_A_LIFE = 100
_LONGER_S_MAX = 0.5


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    with postgres_of_its_own() as server:
        yield server


async def test_nothing_acknowledged_is_lost(own_postgres: PostgresServer, tmp_path: Path) -> None:
    database_url = own_postgres.url(own_postgres.create_database())
    moment = random.Random(2)
    async with ServiceProcess(database_url, tmp_path / "service") as service:
        fleet = await Fleet.made(service, (await service.info()).service)
        try:
            async with fleet.sending():
                for _ in range(scaled(10)):
                    await fleet.acked_more(_ACKS_A_LIFE)
                    await asyncio.sleep(moment.uniform(0.0, _LONGER_S_MAX))
                    own_postgres.kill()
                    await asyncio.to_thread(own_postgres.start, same_port=True)
                await fleet.acked_more(_ACKS_A_LIFE)
            await fleet.told(service.event_log)
            info = await service.info()
            await service.terminate()
        finally:
            await fleet.close()
    log = await read_log(database_url, tmp_path)
    assert set(fleet.acked) == set(fleet.sent)
    assert_nothing(check_promises(log, fleet.acked, fleet.sent))
    assert_nothing(check_chains(log, info))
    assert_nothing(check_facts(log, service.event_log))
