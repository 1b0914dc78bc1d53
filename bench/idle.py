"""Memory of a connection that says nothing and follows some conversations: the growth of the service with many of them,
over their number.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from bench.machine import resident_kib
from bench.people import PROTOCOL, Person, Town
from messaging.domain import limits

SETTLE_S: Final = 3.0
"""Long enough for what the handshakes left behind to be collected."""
ANSWER_S: Final = 10.0
THREADS: Final = 10
"""Of each account."""
_WARM_UP: Final = 25


class NotWelcome(Exception):
    """The service answered a hello with something else, or not at all."""


class _Idle(WSListener):
    """A socket that says hello and then only answers pings."""

    def __init__(self, hello: bytes) -> None:
        self._hello = hello
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.send(WSMsgType.TEXT, self._hello)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if not self.answer.done():
            self.answer.set_result(frame.get_payload_as_bytes())


def idle_connection_kib(town: Town, server_pid: int, connections: int) -> float:
    """KiB of resident memory an authenticated idle socket, of accounts with five of them and `THREADS` threads.

    Raises: NotWelcome.
    """
    accounts = -(-connections // limits.sockets_per_account_max)
    people = [person for pair in town.pairs(-(-accounts // 2), THREADS) for person in pair.people]
    sockets = [people[number // limits.sockets_per_account_max] for number in range(connections)]
    return asyncio.run(_measure(town, server_pid, sockets))


async def _measure(town: Town, server_pid: int, sockets: Sequence[Person]) -> float:
    # The first connections also pay for what is made once: imports, caches, the allocator's first arenas.
    for transport in await connected(town, sockets[:_WARM_UP]):
        transport.disconnect()
    await asyncio.sleep(SETTLE_S)
    before = resident_kib(server_pid)
    held = await connected(town, sockets)
    await asyncio.sleep(SETTLE_S)
    after = resident_kib(server_pid)
    for transport in held:
        transport.disconnect()
    return (after - before) / len(sockets)


async def connected(town: Town, sockets: Sequence[Person]) -> list[WSTransport]:
    """Their sockets, welcomed, one after the other. Raises: NotWelcome."""
    held = []
    for person in sockets:
        listener = _Idle(await asyncio.to_thread(town.hello, person))
        transport, _ = await ws_connect(
            lambda listener=listener: listener,
            f"ws://{town.address}/v1/ws",
            extra_headers={"Sec-WebSocket-Protocol": PROTOCOL},
        )
        await _welcome(listener)
        held.append(transport)
    return held


async def _welcome(listener: _Idle) -> None:
    try:
        answer = await asyncio.wait_for(listener.answer, ANSWER_S)
    except TimeoutError:
        raise NotWelcome(f"no answer to a hello within {ANSWER_S:g} s") from None
    if not answer.startswith(b'{"t":"welcome"'):
        raise NotWelcome(f"a hello was answered with {answer[:200]!r}")
