"""The direct path hands over what ASGI's messages would: whatever a peer sends, and however the network cuts it up."""

import asyncio
import random
from collections.abc import Callable, Sequence
from itertools import accumulate

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, Protocol

from messaging.domain import limits
from messaging.ws.direct import DIRECT, Wire, text_frame
from messaging.ws.transport import BoundedProtocol
from tests.ws.test_transport import HANDSHAKE, StuckWire

Heard = list[str | None]
"""What reached the application; None: a message that is no text."""


class Network(StuckWire):
    """Takes bytes and gets rid of them; closed is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.is_closed = False
        self.reads = True

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True

    def close(self) -> None:
        self.is_closed = True


class Peer:
    """A protocol with an application that hears by one of the two paths."""

    def __init__(self, *, direct: bool) -> None:
        self.network = Network()
        self.heard: Heard = []
        self.ended = asyncio.Event()
        self.rooms = 0
        self.wire: Wire | None = None
        self.accepting = asyncio.Event()
        self.send: Send
        self._direct = direct
        config = Config(
            self._app,
            interface="asgi3",
            ws=BoundedProtocol,
            ws_max_size=limits.frame_bytes_max,
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
        )
        self.protocol = BoundedProtocol(config=config, server_state=ServerState(), app_state={})
        self.protocol.connection_made(self.network)
        self.protocol.data_received(HANDSHAKE)

    async def opened(self) -> "Peer":
        self.accepting.set()
        async with asyncio.timeout(30):
            await self.network.was_written_to.wait()
        await settled()
        self.network.written.clear()
        return self

    async def end(self) -> None:
        self.protocol.connection_lost(None)
        async with asyncio.timeout(30):
            await self.ended.wait()

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await self.accepting.wait()
        self.send = send
        await send({"type": "websocket.accept"})
        if self._direct:
            self.wire = scope["extensions"][DIRECT]
            self.wire.attach(self.heard.append, self._count_room)
        while (message := await receive())["type"] == "websocket.receive":
            self.heard.append(message.get("text"))
        self.ended.set()

    def _count_room(self) -> None:
        self.rooms += 1


async def settled() -> None:
    """Lets the application hear all that came."""
    for _ in range(200):
        await asyncio.sleep(0)


async def hears(stream: bytes, cuts: Sequence[int], *, direct: bool) -> tuple[Heard, bytes]:
    """What the application heard of these bytes, cut there, and what the peer was written."""
    peer = await Peer(direct=direct).opened()
    for first, last in zip((0, *cuts), (*cuts, len(stream)), strict=True):
        if not peer.network.is_closed:
            peer.protocol.data_received(stream[first:last])
            await asyncio.sleep(0)
    await settled()
    await peer.end()
    return peer.heard, bytes(peer.network.written)


def masked(opcode: Opcode, data: bytes = b"", *, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=True)


def long_form(payload: bytes) -> bytes:
    """A text whose length is written in eight bytes, mask zero."""
    return b"\x81\xff" + len(payload).to_bytes(8, "big") + bytes(4) + payload


GOOD: list[Callable[[random.Random], bytes]] = [
    lambda rng: masked(Opcode.TEXT, rng.randbytes(rng.randrange(60)).hex().encode()),
    lambda rng: masked(Opcode.TEXT, b"x" * rng.choice((0, 125, 126, 127, 65_535, limits.frame_bytes_max))),
    lambda rng: masked(Opcode.TEXT, "é\N{MUSICAL SYMBOL G CLEF}".encode() * rng.randrange(9)),
    lambda rng: masked(Opcode.BINARY, b"\x00" * rng.randrange(300)),
    lambda rng: masked(Opcode.PING, b"p"),
    lambda rng: masked(Opcode.PONG),
    lambda rng: masked(Opcode.TEXT, b"\xc3", fin=False) + masked(Opcode.PING) + masked(Opcode.CONT, b"\xa9"),
    lambda rng: long_form(b"short"),
]
LAST: list[bytes] = [
    b"",  # none
    masked(Opcode.CLOSE, b"\x03\xe8"),
    masked(Opcode.TEXT, b"\xff"),
    masked(Opcode.TEXT, b"y" * (limits.frame_bytes_max + 1)),
    masked(Opcode.TEXT, b"a", fin=False) + masked(Opcode.TEXT, b"b"),
    masked(Opcode.CONT, b"of nothing"),
    b"\x81\x05hello",
    b"\x83\x80" + bytes(4),
    b"\xc1\x81" + bytes(5),
    b"\x89\xfe\x00\x7e" + bytes(130),
    b"\x81\xff" + b"\xff" * 8 + bytes(20),
]


@pytest.mark.parametrize("seed", range(44))
async def test_both_paths_hear_and_answer_the_same(seed: int) -> None:
    """However it is cut, a stream is heard as ASGI's messages carry it where each piece comes alone. (Of one read that
    holds an error, uvicorn drops also what came before the error.)"""
    rng = random.Random(seed)
    pieces = [rng.choice(GOOD)(rng) for _ in range(rng.randrange(9))]
    if seed % len(LAST):
        pieces += [LAST[seed % len(LAST)], masked(Opcode.TEXT, b"after the end")]
    stream = b"".join(pieces)
    cuts = sorted(rng.sample(range(len(stream) + 1), min(rng.choice((0, 1, 3, 30)), len(stream))))

    direct = await hears(stream, cuts, direct=True)

    assert direct == await hears(stream, list(accumulate(map(len, pieces)))[:-1], direct=False)


async def test_a_frame_may_come_byte_by_byte() -> None:
    stream = masked(Opcode.TEXT, b"z" * 200) + masked(Opcode.PING) + masked(Opcode.TEXT, b"end")
    heard, written = await hears(stream, range(1, len(stream)), direct=True)
    assert heard == ["z" * 200, "end"]
    assert written == b"\x8a\x00"


@pytest.mark.parametrize("cut", [0, 1, 5, 40, 60])
async def test_what_comes_before_the_handshake_is_answered_comes_first(cut: int) -> None:
    """No client of ours does it; nothing is lost, and order holds, also where it ends within a frame."""
    stream = masked(Opcode.TEXT, b"1" * 20) + masked(Opcode.TEXT, b"2" * 20) + masked(Opcode.TEXT, b"3")
    peer = Peer(direct=True)
    peer.protocol.data_received(stream[:cut])
    await peer.opened()
    peer.protocol.data_received(stream[cut:])
    peer.protocol.data_received(masked(Opcode.TEXT, b"4"))
    await settled()
    assert peer.heard == ["1" * 20, "2" * 20, "3", "4"]
    await peer.end()


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536, 131_072])
def test_what_is_written_is_one_text_message(size: int) -> None:
    codec = Protocol(CLIENT, max_size=None)
    codec.receive_data(text_frame(b"x" * size))
    (frame,) = codec.events_received()
    assert isinstance(frame, Frame)
    assert (frame.opcode, frame.fin, frame.data) == (Opcode.TEXT, True, b"x" * size)


async def test_nothing_is_written_behind_a_close() -> None:
    peer = await Peer(direct=True).opened()
    assert peer.wire is not None
    peer.wire.put(b"first")
    peer.protocol.data_received(masked(Opcode.CLOSE, b"\x03\xe8"))
    peer.wire.put(b"second")
    assert b"first" in peer.network.written
    assert b"second" not in peer.network.written
    await peer.end()


async def test_room_is_told_of_when_there_is_some_again(monkeypatch: pytest.MonkeyPatch) -> None:
    peer = await Peer(direct=True).opened()
    monkeypatch.setattr(peer.protocol, "_count_unsent", peer.network.get_write_buffer_size)
    assert peer.wire is not None
    peer.protocol.pause_writing()
    assert not peer.wire.has_room
    peer.protocol.resume_writing()
    assert (peer.wire.has_room, peer.rooms) == (True, 1)
    await peer.end()


async def test_a_read_of_countless_frames_lets_others_in_between() -> None:
    peer = await Peer(direct=True).opened()
    texts = [str(number) for number in range(3 * limits.frames_per_turn_max)]
    cut = masked(Opcode.TEXT, b"cut")
    peer.protocol.data_received(b"".join(masked(Opcode.TEXT, text.encode()) for text in texts) + cut[:-1])
    assert peer.heard == texts[: limits.frames_per_turn_max]
    assert not peer.network.reads, "more is not read meanwhile"
    await settled()
    assert peer.heard == texts
    assert peer.network.reads
    peer.protocol.data_received(cut[-1:])
    assert peer.heard[-1] == "cut"
    await peer.end()


async def test_behind_our_close_only_the_peers_own_is_read() -> None:
    peer = await Peer(direct=True).opened()
    await peer.send({"type": "websocket.close", "code": 4013})
    peer.protocol.data_received(masked(Opcode.TEXT, b"on and on") * 10)
    await settled()
    assert not peer.network.is_closed
    peer.protocol.data_received(masked(Opcode.CLOSE, b"\x0f\xad"))
    assert peer.network.is_closed
    assert peer.heard == []
    await peer.end()


async def test_who_sends_on_and_on_behind_our_close_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "after_close_bytes_max", 1_000)
    peer = await Peer(direct=True).opened()
    await peer.send({"type": "websocket.close", "code": 4013})
    for _ in range(100):
        peer.protocol.data_received(masked(Opcode.TEXT, b"on and on"))
    assert peer.network.was_aborted.is_set()
    await peer.end()
