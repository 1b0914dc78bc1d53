"""Thousands of open pages in which nobody writes: they stay, cost little, and those who talk notice nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio
from picows import WSTransport

from bench.idle import SETTLE_S, connected
from bench.machine import resident_kib
from messaging.domain import limits
from tests.steady.ordinary import Ordinary
from tests.steady.watch import connections
from tests.support.processes import ServiceProcess
from tests.support.scale import scale, scaled

pytestmark = [pytest.mark.hostile, pytest.mark.slow, pytest.mark.soak, pytest.mark.timeout(3_600)]

SOCKETS: Final = 10_000
PAIRS: Final = 50
KIB: Final = 36.0
"""Of each idle socket."""
SLOWER: Final = 2.0
NOTICEABLE_MS: Final = 25.0
"""Below, nobody notices."""
ATTEMPTS: Final = 3
TALK_S: Final = 5.0 + 25.0 * scale()
"""With whole counts longer than the service's pings are apart."""


@pytest_asyncio.fixture
async def ordinary(service: ServiceProcess) -> AsyncIterator[Ordinary]:
    founded = await Ordinary.founded(service, scaled(PAIRS))
    yield founded
    founded.town.close()


async def everybody(ordinary: Ordinary) -> list[WSTransport]:
    """All of the idle ones, as many of each account as it may have."""
    accounts = -(-scaled(SOCKETS) // limits.sockets_per_account_max)
    pairs = await asyncio.to_thread(ordinary.town.pairs, -(-accounts // 2), 1, 1_000)
    people = [person for pair in pairs for person in pair.people]
    sockets = [people[number // limits.sockets_per_account_max] for number in range(scaled(SOCKETS))]
    return await connected(ordinary.town, sockets)


async def test_thousands_say_nothing_and_nobody_notices(service: ServiceProcess, ordinary: Ordinary) -> None:
    quiet = [await ordinary.talk(TALK_S) for _ in range(ATTEMPTS)]
    before = resident_kib(service.pid)
    held = await everybody(ordinary)
    await asyncio.sleep(SETTLE_S)
    each_kib = (resident_kib(service.pid) - before) / len(held)
    print(f"{len(held)} sockets, {each_kib:.1f} KiB each")
    seen = []
    for alone in quiet:
        busy = await ordinary.talk(TALK_S)
        seen.append((alone.complete_p99_ms, busy.complete_p99_ms))
        print(seen[-1])
        if busy.complete_p99_ms <= max(SLOWER * alone.complete_p99_ms, NOTICEABLE_MS):
            break
    else:
        raise AssertionError(f"(p99 without, p99 with, ms): {seen}")
    ports = {transport.underlying_transport.get_extra_info("sockname")[1] for transport in held}
    assert len(connections(service.pid, ports)) == scaled(SOCKETS)
    assert each_kib <= KIB
    for transport in held:
        transport.disconnect()
