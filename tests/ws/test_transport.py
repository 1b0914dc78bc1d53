"""The transport's bounds where the network is too quick to show them: what the application meets after a cut.

Pings, fragments and slow readers are tried over real sockets in `tests/hostile`.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from messaging.domain import limits
from messaging.ws.transport import BoundedProtocol

HANDSHAKE = (
    b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class StuckWire(asyncio.Transport):
    """A transport that takes bytes and never gets rid of them: closing it has no end."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.was_written_to = asyncio.Event()
        self.was_aborted = asyncio.Event()

    def write(self, data: Any) -> None:
        self.written += data
        self.was_written_to.set()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return len(self.written)

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def abort(self) -> None:
        self.was_aborted.set()

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Connection:
    """A protocol over a stuck wire, with the application's ends of it."""

    def __init__(self) -> None:
        self.wire = StuckWire()
        self.receive: Receive
        self.send: Send
        self._let_go = asyncio.Event()
        config = Config(self._app, interface="asgi3", ws=BoundedProtocol, lifespan="off", log_config=None)
        self.protocol = BoundedProtocol(config=config, server_state=ServerState(), app_state={})

    async def open(self) -> None:
        self.protocol.connection_made(self.wire)
        self.protocol.data_received(HANDSHAKE)
        async with asyncio.timeout(30):
            await self.wire.was_written_to.wait()
        assert b"101" in self.wire.written, self.wire.written

    async def end(self) -> None:
        self._let_go.set()
        self.protocol.connection_lost(None)
        await asyncio.sleep(0)

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.receive, self.send = receive, send
        await receive()
        await send({"type": "websocket.accept"})
        await self._let_go.wait()

    def cut_by_bad_text(self) -> None:
        self.protocol.data_received(Frame(Opcode.TEXT, b"\xff").serialize(mask=True))

    def cut_by_size(self) -> None:
        self.protocol.data_received(Frame(Opcode.TEXT, bytes(20 * 2**20)).serialize(mask=True)[:14])

    def cut_by_silence(self) -> None:
        self.protocol.keepalive_timeout()


CUTS: list[Callable[[Connection], None]] = [
    Connection.cut_by_bad_text,
    Connection.cut_by_size,
    Connection.cut_by_silence,
]


@pytest.mark.parametrize("cut", CUTS)
async def test_a_write_after_a_cut_says_that_the_peer_is_gone(cut: Callable[[Connection], None]) -> None:
    connection = Connection()
    await connection.open()
    cut(connection)
    with pytest.raises(OSError):
        await connection.send({"type": "websocket.send", "text": "an answer"})
    await connection.end()


async def test_no_progress_closes_and_then_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "write_stall_s", 0.02)
    connection = Connection()
    monkeypatch.setattr(connection.protocol, "_count_unsent", connection.wire.get_write_buffer_size)
    await connection.open()
    connection.protocol.pause_writing()
    closed = len(connection.wire.written)
    async with asyncio.timeout(30):
        await connection.wire.was_aborted.wait()
    assert int.from_bytes(connection.wire.written[closed + 2 : closed + 4], "big") == 4008
    await connection.end()


async def test_progress_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "write_stall_s", 0.02)
    connection = Connection()
    unsent = iter(range(1_000_000_000, 0, -limits.write_progress_bytes_min))
    monkeypatch.setattr(connection.protocol, "_count_unsent", lambda: next(unsent))
    await connection.open()
    connection.protocol.pause_writing()
    await asyncio.sleep(0.2)
    assert not connection.wire.was_aborted.is_set()
    connection.protocol.resume_writing()
    await connection.send({"type": "websocket.send", "text": "an answer"})
    await connection.end()


async def test_an_upgrade_that_cannot_be_read_is_cut() -> None:
    connection = Connection()
    connection.protocol.connection_made(connection.wire)
    connection.protocol.data_received(HANDSHAKE[:-2] + b"X: " + b"y" * 20_000 + b"\r\n\r\n")
    await asyncio.sleep(0)
    assert connection.wire.was_aborted.is_set()
    await connection.end()


async def test_a_process_that_ends_says_nothing_to_who_just_said_goodbye() -> None:
    connection = Connection()
    await connection.open()
    connection.protocol.data_received(Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True))
    answered = bytes(connection.wire.written)
    connection.protocol.shutdown()
    assert bytes(connection.wire.written) == answered
    with pytest.raises(OSError):
        await connection.send({"type": "websocket.send", "text": "an answer"})
    await connection.end()
