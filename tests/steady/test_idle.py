"""Thousands of open pages in which nobody writes: they stay, cost little, and those who talk notice nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio
from picows import WSTransport

from bench.idle import SETTLE_S, connected
from bench.machine import resident_kib
from bench.people import Person, Town
from messaging.domain import limits
from messaging.domain.vocabulary import MailboxKind
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
TALK_S: Final = 3.0 + 27.0 * scale()
"""With whole counts longer than the service's pings are apart."""


@pytest_asyncio.fixture
async def ordinary(service: ServiceProcess) -> AsyncIterator[Ordinary]:
    founded = await Ordinary.founded(service, scaled(PAIRS))
    yield founded
    founded.town.close()


async def everybody(town: Town) -> list[WSTransport]:
    """All of the idle ones, as many of each account as it may have."""

    def person(number: int) -> Person:
        return town.person(f"idle-{number}", MailboxKind.PROJECT)

    accounts = -(-scaled(SOCKETS) // limits.sockets_per_account_max)
    people = await asyncio.to_thread(lambda: [person(number) for number in range(accounts)])
    sockets = [people[number // limits.sockets_per_account_max] for number in range(scaled(SOCKETS))]
    return await connected(town, sockets)


async def test_thousands_say_nothing_and_nobody_notices(service: ServiceProcess, ordinary: Ordinary) -> None:
    quiet_ms = (await ordinary.talk(TALK_S)).complete_p99_ms
    before = resident_kib(service.pid)
    held = await everybody(ordinary.town)
    await asyncio.sleep(SETTLE_S)
    each_kib = (resident_kib(service.pid) - before) / len(held)
    print(f"{len(held)} sockets, {each_kib:.1f} KiB each")
    seen = [quiet_ms]
    for _ in range(ATTEMPTS):
        seen.append((await ordinary.talk(TALK_S)).complete_p99_ms)
        print(seen)
        if seen[-1] <= max(SLOWER * quiet_ms, NOTICEABLE_MS):
            break
    else:
        raise AssertionError(f"p99 without, then with, ms: {seen}")
    ports = {transport.underlying_transport.get_extra_info("sockname")[1] for transport in held}
    assert len(connections(service.pid, ports)) == scaled(SOCKETS)
    assert each_kib <= KIB
    for transport in held:
        transport.disconnect()
