"""Hundreds who ask for much and read nothing, or a kilobyte a second: they go, and nobody else notices.

Each asks for pages of its thread; one of each account writes a long message, which goes to nine others who do not read
either.
"""

import asyncio
import itertools
import os
from collections.abc import Sequence
from typing import Final

import pytest

from bench.load import Measured
from bench.people import Person
from bench.sealing import Author
from messaging.domain import limits
from tests.steady.ordinary import Ordinary
from tests.steady.own_time import OwnTime
from tests.steady.slow import Slow, people, slow_one
from tests.steady.watch import Memory, connections
from tests.support.processes import ServiceProcess
from tests.support.scale import scale, scaled

pytestmark = [pytest.mark.hostile, pytest.mark.slow, pytest.mark.soak, pytest.mark.timeout(600)]

SOCKETS: Final = 400
"""Half of them read nothing at all."""
GONE_S: Final = 15.0
"""In the service's own time, as the times of pairs."""
GROWTH_MIB: Final = 64.0
SLOWER: Final = 2.0
NOTICEABLE_MS: Final = 25.0
"""Below, nobody notices."""
ATTEMPTS: Final = 3
QUIET_S: Final = 4.0
ARRIVE_S: Final = 20.0
"""Over which all of them come, at whole counts."""


class Crowd:
    """All of them."""

    def __init__(self, own: OwnTime) -> None:
        self._own = own
        self._standing: dict[int, Slow] = {}
        """By port."""
        self._began: dict[int, float] = {}
        self._stayed: list[float] = []

    async def come(self, ordinary: Ordinary, port: int, accounts: Sequence[tuple[Person, Author]]) -> None:
        """One by one, by turns of their accounts."""
        sockets = list(itertools.product(range(limits.sockets_per_account_max), accounts))
        for number, account in sockets:
            due = asyncio.create_task(asyncio.sleep(ARRIVE_S * scale() / len(sockets)))
            slow = await slow_one(ordinary, port, account, number, sips=bool(number % 2))
            self._began[slow.stranger.port] = self._own.now()
            slow.go_on()
            self._standing[slow.stranger.port] = slow
            await due

    async def stay_s(self, pid: int, coming: "asyncio.Task[None]") -> float:
        """Waits until the process let go of each; how long it kept the last one."""
        while self._standing or not coming.done():
            for port in self._standing.keys() - connections(pid, self._standing.keys()):
                gone = self._standing.pop(port)
                gone.stranger.close()
                self._stayed.append(self._own.now() - self._began.pop(port))
            for each in self._standing.values():
                each.go_on()
            await asyncio.sleep(1.0)
        await coming
        return max(self._stayed)


async def strained(
    ordinary: Ordinary, service: ServiceProcess, accounts: Sequence[tuple[Person, Author]]
) -> tuple[Measured, float, float]:
    """What pairs notice meanwhile, the longest stay, and by how much the process grew."""
    memory, crowd = Memory(service.pid), Crowd(OwnTime(service.pid, os.getpid()))
    async with memory.watched(), asyncio.timeout(120):
        talking = asyncio.create_task(ordinary.talk(ARRIVE_S * scale() + GONE_S))
        coming = asyncio.create_task(crowd.come(ordinary, service.port, accounts))
        longest_s = await crowd.stay_s(service.pid, coming)
        return await talking, longest_s, memory.growth_mib


async def test_who_hardly_reads_goes_and_nobody_notices(service: ServiceProcess, ordinary: Ordinary) -> None:
    accounts = await people(ordinary, service.port, -(-scaled(SOCKETS) // limits.sockets_per_account_max))
    seen = []
    for _ in range(ATTEMPTS):
        quiet = await ordinary.talk(QUIET_S)
        busy, longest_s, growth_mib = await strained(ordinary, service, accounts)
        seen.append((quiet.complete_p99_ms, busy.complete_p99_ms, longest_s, growth_mib))
        print(seen[-1])
        assert growth_mib <= GROWTH_MIB
        if longest_s <= GONE_S and busy.complete_p99_ms <= max(SLOWER * quiet.complete_p99_ms, NOTICEABLE_MS):
            return
    raise AssertionError(f"(p99 without, p99 with, longest stay, MiB): {seen}")
