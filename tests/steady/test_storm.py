"""Everybody's connection is cut at once and all come back at once, without the patience that clients have."""

import asyncio
import itertools
import json
import os
from typing import Final

import pytest

from bench.people import Person
from messaging.domain import limits
from messaging.wire import codec
from messaging.wire.commands import Hello
from tests.steady.ordinary import Ordinary
from tests.steady.own_time import OwnTime
from tests.steady.strangers import Stranger
from tests.steady.watch import connections
from tests.support.processes import ServiceProcess
from tests.support.scale import scale, scaled

pytestmark = [pytest.mark.hostile, pytest.mark.slow, pytest.mark.soak, pytest.mark.timeout(600)]

SOCKETS: Final = 500
BACK_S: Final = 15.0
"""In the service's own time, as the times of others."""
OTHERS_MS: Final = 250.0
SLOWER: Final = 2.0
"""Than before, where that is more."""
QUIET_S: Final = 3.0
TALK_S: Final = 5.0 + 10.0 * scale()
"""Of others meanwhile: two seconds before, and as long as it takes."""
ATTEMPTS: Final = 3


async def ticket(service: ServiceProcess, person: Person) -> str:
    """Over a connection of its own, as a client that lost all of them."""
    stranger = await Stranger.connected(service.port)
    token = service.token(person.subject, [person.claim])
    head = f"POST /v1/tickets HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\r\n"
    await stranger.say(head.encode())
    answer = await stranger.until(b"}")
    stranger.close()
    return str(json.loads(answer[answer.index(b"{") :])["ticket"])


async def back(service: ServiceProcess, person: Person, device: bytes) -> Stranger:
    hello = Hello(ref=0, ticket=await ticket(service, person), device=device)
    return await Stranger.greeted(service.port, codec.encode(hello))


async def test_all_come_back_at_once(service: ServiceProcess, ordinary: Ordinary) -> None:
    pairs = await asyncio.to_thread(ordinary.town.pairs, -(-scaled(SOCKETS) // 10), 1, 1_000)
    people = itertools.product(
        (person for pair in pairs for person in pair.people), range(limits.sockets_per_account_max)
    )
    everybody = [(person, os.urandom(16)) for person, _ in people][: scaled(SOCKETS)]
    held = [await back(service, *each) for each in everybody]
    seen = []
    for _ in range(ATTEMPTS):
        quiet = await ordinary.talk(QUIET_S)
        talking = asyncio.create_task(ordinary.talk(TALK_S))
        await asyncio.sleep(2.0)
        for each in held:
            each.cut()
        own = OwnTime(service.pid, os.getpid())
        began = own.now()
        held = await asyncio.gather(*(back(service, *each) for each in everybody))
        back_s = own.now() - began
        assert len(connections(service.pid, {each.port for each in held})) == len(everybody)
        seen.append((back_s, (await talking).complete_p99_ms))
        print(seen[-1])
        if back_s <= BACK_S and seen[-1][1] <= max(OTHERS_MS, SLOWER * quiet.complete_p99_ms):
            break
    else:
        raise AssertionError(f"(seconds until all were back, p99 of others in ms): {seen}")
    for each in held:
        each.close()
