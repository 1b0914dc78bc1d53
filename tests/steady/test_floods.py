"""Floods of what costs its sender nothing are cut within a second, and the service says meanwhile that it is well."""

import asyncio
import time
from typing import Final

import pytest

from messaging.wire import codec
from messaging.wire.commands import Hello
from tests.steady.strangers import Stranger, frame
from tests.steady.watch import Health
from tests.support.processes import ServiceProcess
from tests.support.scale import scaled
from tests.support.world import World, newcomer

pytestmark = [pytest.mark.hostile, pytest.mark.slow, pytest.mark.soak, pytest.mark.timeout(600)]

CUT_S: Final = 1.0
ATTEMPTS: Final = 4
AT_ONCE: Final = 8
FLOODERS: Final = 200
"""Of each flood, one after the other, some at once."""

TEXT, CONT, PING, PONG = 0x01, 0x00, 0x89, 0x8A
"""First bytes of frames: of text and continuations, those that are not the last."""
FLOODS: Final = {
    "continuations": (frame(b'"', TEXT), frame(b"", CONT) * 8_192),
    "fragments of one byte": (frame(b'"', TEXT), frame(b"x", CONT) * 8_192),
    "pings": (b"", frame(b"", PING) * 8_192),
    "pongs": (b"", frame(bytes(125), PONG) * 512),
    "empty lists": (b"", frame(b"[]") * 8_192),
    "broken frames": (b"", frame(b"{") * 8_192),
    "commands": (b"", frame(b'{"t":"threads","ref":1}') * 2_048),
    "messages that are none": (b"", frame(b'{"t":"send","ref":1,"payload":"AAAA"}') * 2_048),
}
"""How each begins, and what then comes over and over."""


async def hello(world: World) -> bytes:
    """Of an account that nobody knows."""
    ticket = await world.ticket(newcomer())
    return codec.encode(Hello(ref=0, ticket=ticket.ticket, device=bytes(16)))


async def cut_s(world: World, port: int, flood: str, *, greeted: bool) -> float:
    """How long one flood goes on."""
    first, rest = FLOODS[flood]
    stranger = await (Stranger.greeted(port, await hello(world)) if greeted else Stranger.upgraded(port))
    began = time.monotonic()
    if first:
        await stranger.say(first)
    flooding = asyncio.create_task(stranger.flood(rest))
    async with asyncio.timeout(60):
        await stranger.ended()
    taken = time.monotonic() - began
    flooding.cancel()
    await asyncio.gather(flooding, return_exceptions=True)
    stranger.close()
    return taken


async def flooders(world: World, port: int, flood: str) -> float:
    """Some at once, one after the other; the longest of their floods, seconds."""
    left = iter(range(scaled(FLOODERS)))

    async def one_after_the_other() -> float:
        return max([await cut_s(world, port, flood, greeted=bool(number % 2)) for number in left], default=0.0)

    return max(await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE))))


@pytest.mark.parametrize("flood", list(FLOODS))
async def test_a_flood_is_cut_within_a_second(service: ServiceProcess, flood: str) -> None:
    seen = []
    async with World.made(service) as world:
        for _ in range(ATTEMPTS):
            bound_ms, health = await Health.bound_ms(service.port), Health()
            async with health.asked(service.port):
                longest_s = await flooders(world, service.port, flood)
            seen.append((longest_s, health.p99_ms, bound_ms))
            print(flood, seen[-1])
            if longest_s <= CUT_S and health.p99_ms <= bound_ms:
                return
    raise AssertionError(f"(longest flood in s, p99 of /healthz in ms, its bound): {seen}")
