"""SIGTERM while hundreds do not read what they asked for, and others write: it is out in time with what it acked."""

import asyncio
import itertools
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from messaging.domain import limits
from tests.faults.fleet import Fleet
from tests.faults.log_checker import assert_nothing, check_chains, check_promises
from tests.faults.stored_log import StoredLog, read_log
from tests.steady.ordinary import Ordinary
from tests.steady.own_time import OwnTime
from tests.steady.slow import Slow, people, slow_one
from tests.steady.watch import connections
from tests.support.processes import ServiceProcess
from tests.support.scale import scaled

pytestmark = [pytest.mark.hostile, pytest.mark.slow, pytest.mark.soak, pytest.mark.timeout(600)]

STUCK: Final = 400
OUT_S: Final = 20.0
"""In the service's own time."""
ACKED: Final = 50
FULL_S: Final = 3.0
"""Until their buffers are full, and long before they would be cut for it."""


async def stuck(ordinary: Ordinary, port: int, count: int) -> list[Slow]:
    accounts = await people(ordinary, port, -(-count // limits.sockets_per_account_max))
    sockets = list(itertools.product(range(limits.sockets_per_account_max), accounts))[:count]
    return [await slow_one(ordinary, port, account, number, sips=False) for number, account in sockets]


def only(fleet: Fleet, log: StoredLog) -> StoredLog:
    """What it holds of the fleet's threads."""
    threads = {thread for thread, _, _ in fleet.sent}
    events = [event for event in log.events if event.thread in threads]
    return replace(log, events=events, threads=[row for row in log.threads if row.thread in threads])


async def out_s(service: ServiceProcess) -> float:
    """Ends it; how long that takes."""
    own = OwnTime(service.pid)
    began = own.now()
    ending = asyncio.create_task(service.terminate())
    while not ending.done():
        own.now()  # looked at once it is gone, it would not tell any more what it waited
        await asyncio.wait({ending}, timeout=0.1)
    await ending
    return own.now() - began


async def test_stuck_clients_do_not_keep_it_from_ending(
    service: ServiceProcess, ordinary: Ordinary, tmp_path: Path
) -> None:
    info = await service.info()
    fleet = await Fleet.made([service], info.service, pairs=2, sockets=(2, 2))
    try:
        async with fleet.sending():
            held = await stuck(ordinary, service.port, scaled(STUCK))
            await fleet.acked_more(ACKED)
            for each in held:
                each.go_on()
            await asyncio.sleep(FULL_S)
            assert connections(service.pid, {each.stranger.port for each in held}), "nobody is stuck"
            taken_s = await out_s(service)
            log = only(fleet, await read_log(service.database_url, tmp_path / "copy"))
            assert_nothing(check_promises(log, fleet.acked, fleet.sent))
            assert_nothing(check_chains(log, info))
            await service.start()
        assert set(fleet.acked) == set(fleet.sent)
    finally:
        await fleet.close()
    for each in held:
        each.stranger.close()
    print(taken_s)
    assert taken_s <= OUT_S
