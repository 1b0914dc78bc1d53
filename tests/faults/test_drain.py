"""SIGTERM under load, as every deploy does: the process ends by itself, and nobody who was acked lost anything."""

from pathlib import Path

import pytest

from tests.faults.fleet import Fleet
from tests.faults.log_checker import assert_nothing, check_chains, check_facts, check_promises
from tests.faults.stored_log import read_log
from tests.support.processes import ServiceProcess
from tests.support.scale import scaled

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.soak]


async def test_a_deploy_loses_nothing(database_url: str, tmp_path: Path) -> None:
    async with ServiceProcess(database_url, tmp_path / "service") as service:
        fleet = await Fleet.made(service, (await service.info()).service)
        try:
            async with fleet.sending():
                for _ in range(scaled(10)):
                    await fleet.acked_more(100)
                    await service.terminate()
                    log = await read_log(database_url, tmp_path / "copy")
                    assert_nothing(check_promises(log, fleet.acked, fleet.sent))
                    await service.start()
                await fleet.acked_more(100)
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
