"""kill -9 of the service while fifty senders write: whatever was acknowledged is there, once, in a log without a gap.

The same for SIGTERM, which ends the process in order. After each life the database is read as the process left it; at
the end every chain and every stamp is verified.
"""

import asyncio
import random
from pathlib import Path

import pytest

from tests.faults.fleet import Fleet
from tests.faults.log_checker import assert_nothing, check_chains, check_facts, check_promises
from tests.faults.stored_log import read_log
from tests.support.processes import ServiceProcess
from tests.support.scale import scaled

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.soak]

_ACKS_A_LIFE = 100
_LONGER_S_MAX = 0.8


async def test_nothing_acknowledged_is_lost(database_url: str, tmp_path: Path) -> None:
    async with ServiceProcess(database_url, tmp_path / "service") as service:
        fleet = await Fleet.made(service, (await service.info()).service)
        try:
            async with fleet.sending():
                await _lives(service, fleet, tmp_path)
            await fleet.told(service.event_log)
            info = await service.info()
            await service.terminate()
        finally:
            await fleet.close()
    log = await read_log(database_url, tmp_path / "copy")
    assert set(fleet.acked) == set(fleet.sent)
    assert_nothing(check_promises(log, fleet.acked, fleet.sent))
    assert_nothing(check_chains(log, info))
    assert_nothing(check_facts(log, service.event_log))
    assert not service.tracebacks()


async def _lives(service: ServiceProcess, fleet: Fleet, folder: Path) -> None:
    """One life after the other, ended by kill -9 or, as by a deploy, by SIGTERM, in any order."""
    dice = random.Random(20)
    ends = [service.kill] * scaled(20) + [service.terminate] * scaled(10)
    dice.shuffle(ends)
    for end in ends:
        await fleet.acked_more(_ACKS_A_LIFE)
        await asyncio.sleep(dice.uniform(0.0, _LONGER_S_MAX))
        await end()
        promised, sent = fleet.acked, fleet.sent
        log = await read_log(service.database_url, folder / "copy")
        assert_nothing(check_promises(log, promised, sent))
        await service.start()
    await fleet.acked_more(_ACKS_A_LIFE)
