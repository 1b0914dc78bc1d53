"""Connections that never say what they want: one address may have so many, and they end within ten seconds."""

import asyncio
import os
from typing import Final

import pytest

from messaging.domain import limits
from tests.steady.own_time import OwnTime
from tests.steady.probe import ask
from tests.steady.strangers import UPGRADE, Stranger
from tests.steady.watch import WELL_MS, Health, connections
from tests.support.processes import ServiceProcess

pytestmark = [pytest.mark.hostile, pytest.mark.slow, pytest.mark.timeout(300)]

ENDED_S: Final = 10.0
"""In the service's own time."""
ENDED_AT_ALL_S: Final = 60.0
ATTEMPTS: Final = 3
ELSEWHERE: Final = "127.0.0.2"
"""An address that is no trusted proxy's."""
AT_ONCE: Final = limits.half_open_per_address_max + 88
HEAD: Final = b"GET /v1/service HTTP/1.1\r\nHost: 127.0.0.1\r\n"
BEGUN: Final = (b"", b"GET /v1/ser", HEAD, UPGRADE[:-2])


async def opened(port: int) -> list[Stranger]:
    """As many as nobody needs, by turns with nothing, half a line, half a head, and half an upgrade."""
    strangers = []
    for number in range(AT_ONCE):
        strangers.append(await Stranger.connected(port, ELSEWHERE))
        strangers[-1].push(BEGUN[number % len(BEGUN)])
    return strangers


async def ended_s(pid: int, strangers: list[Stranger]) -> float:
    """How long it takes until the last one is gone. Half of them go on as if there were more to come."""
    ports, own = {each.port for each in strangers}, OwnTime(pid, os.getpid())
    began = own.now()
    async with asyncio.timeout(ENDED_AT_ALL_S):
        while connections(pid, ports):
            for each in strangers[2::4] + strangers[3::4]:
                each.push(b"X")
            await asyncio.sleep(0.2)
    return own.now() - began


async def test_half_open_connections_are_bounded_and_end(service: ServiceProcess) -> None:
    """Somebody from elsewhere is served meanwhile."""
    seen = []
    for _ in range(ATTEMPTS):
        health = Health(service)
        async with health.asked():
            strangers = await opened(service.port)
            # Who is one too many is accepted before it is let go: asked after all of them, by now it is gone.
            await asyncio.to_thread(ask, service.port)
            held = len(connections(service.pid, {each.port for each in strangers}))
            longest_s = await ended_s(service.pid, strangers)
        for each in strangers:
            each.close()
        assert held <= limits.half_open_per_address_max
        seen.append((longest_s, health.p99_ms))
        if longest_s <= ENDED_S and health.p99_ms <= WELL_MS:
            return
    raise AssertionError(f"(longest in s, p99 of /healthz in ms): {seen}")
