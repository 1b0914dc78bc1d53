"""Peers that never send a message and cost all the same: pings, fragments, and not reading (PROTOCOL.md section 8)."""

import asyncio
import json
import time

import pytest
from websockets.frames import Frame, Opcode

from messaging.connection.session import Session
from messaging.domain import limits
from messaging.wire import closing, codec
from messaging.wire.commands import Threads
from messaging.wire.events import Ok
from tests.support.server import RunningService
from tests.support.sockets import Socket
from tests.support.world import Someone, World

pytestmark = [
    pytest.mark.hostile,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("service", ["direct", "messages"], indirect=True, scope="module"),
]


def raw(opcode: Opcode, data: bytes = b"", *, fin: bool = True) -> bytes:
    """One frame as it stands on the wire, masked as a client's must be."""
    return Frame(opcode, data, fin).serialize(mask=True)


def write(socket: Socket, data: bytes) -> None:
    """Past the client library, which would not send this."""
    socket.connection.transport.write(data)


async def still_works(socket: Socket) -> None:
    assert json.loads(await socket.ask(Threads(ref=5)))["t"] == "threads"


async def test_some_pings_are_answered(world: World, somebody: Someone) -> None:
    async with world.socket(somebody) as socket:
        for _ in range(limits.control_frames_per_window_max // 2):
            await (await socket.connection.ping())
        await still_works(socket)


@pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.PONG])
async def test_a_flood_of_control_frames_is_cut(world: World, somebody: Someone, opcode: Opcode) -> None:
    async with world.socket(somebody) as socket:
        write(socket, raw(opcode) * 10_000)
        assert await socket.closed() == 1008


async def test_a_message_may_come_in_a_few_fragments(world: World, somebody: Someone) -> None:
    async with world.socket(somebody) as socket:
        parts = [b'{"t":"threads",', *[b" "] * (limits.fragments_per_message_max - 2), b'"ref":5}']
        frames = [raw(Opcode.CONT if index else Opcode.TEXT, part, fin=False) for index, part in enumerate(parts[:-1])]
        write(socket, b"".join(frames) + raw(Opcode.CONT, parts[-1]))
        assert json.loads(await socket.answer(5))["t"] == "threads"


@pytest.mark.parametrize("part", [b"", b"x"])
async def test_a_message_of_countless_fragments_is_cut(world: World, somebody: Someone, part: bytes) -> None:
    async with world.socket(somebody) as socket:
        write(socket, raw(Opcode.TEXT, b'"', fin=False) + raw(Opcode.CONT, part, fin=False) * 10_000)
        assert await socket.closed() == 1008


async def test_a_character_cut_by_fragments_is_whole(world: World, somebody: Someone) -> None:
    whole = '{"t":"threads","ref":5,"x":"é"}'.encode()
    cut = whole.index("é".encode()) + 1
    async with world.socket(somebody) as socket:
        write(socket, raw(Opcode.TEXT, whole[:cut], fin=False) + raw(Opcode.CONT, whole[cut:]))
        assert json.loads(await socket.answer(5))["t"] == "threads"


@pytest.mark.parametrize("header", [b"\x83\x80", b"\xf1\x80", b"\x81\x05hello", b"\x80\x80", b"\x89\xfe\x00\x7e"])
async def test_frames_against_rfc_6455_are_cut(world: World, somebody: Someone, header: bytes) -> None:
    """A reserved opcode, reserved bits, no mask, a continuation of nothing, a ping that is too long."""
    async with world.socket(somebody) as socket:
        write(socket, header + bytes(200))
        assert await socket.closed() == 1002


@pytest.mark.parametrize(
    "last",
    [raw(Opcode.TEXT, b"\xff"), raw(Opcode.TEXT, b" " * (limits.frame_bytes_max + 1))],
    ids=["no UTF-8", "too long"],
)
async def test_answers_for_who_was_cut_are_dropped(
    service: RunningService, world: World, somebody: Someone, last: bytes
) -> None:
    """The transport ends a connection before what came in just before is answered."""
    async with world.socket(somebody) as socket:
        write(socket, raw(Opcode.TEXT, b"{") * 5 + last)
        assert await socket.closed() in (1007, 1009)
    await gone(service, 5.0)


def session_of(service: RunningService) -> Session:
    (listener,) = service.service.hub.listeners()
    assert isinstance(listener, Session)
    return listener


async def gone(service: RunningService, within_s: float) -> None:
    """Waits until the service let go of every socket, and then for what it might log of it."""
    deadline = time.monotonic() + within_s
    while service.service.hub.sockets:
        assert time.monotonic() < deadline, "a socket is still held"
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.05)


async def test_who_reads_too_little_is_told_to_resync(service: RunningService, world: World, somebody: Someone) -> None:
    """Events are dropped, not gathered, once too much waits; whoever reads again learns it by the close code."""
    event = codec.encode(Ok(ref=0)) + b" " * 60_000
    async with world.socket(somebody, max_queue=1) as socket:
        session = session_of(service)
        for _ in range(1_000):
            session.deliver(event)
            await asyncio.sleep(0)
        assert session.close_code == closing.RESYNC
        assert await socket.closed() == closing.RESYNC
    await gone(service, 5.0)


async def test_who_never_reads_is_cut(
    service: RunningService, world: World, somebody: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where so much may wait that no resync ends it before."""
    monkeypatch.setattr(limits, "outbound_bytes_max", 2**30)
    monkeypatch.setattr(limits, "outbound_events_max", 10_000)
    monkeypatch.setattr(limits, "write_stall_s", 0.3)
    event = codec.encode(Ok(ref=0)) + b" " * 60_000
    async with world.socket(somebody, max_queue=1) as socket:
        socket.connection.transport.pause_reading()
        session = session_of(service)
        for _ in range(1_000):
            session.deliver(event)
            await asyncio.sleep(0)
        await gone(service, 5.0)
        socket.connection.transport.resume_reading()
        assert await socket.closed() in (closing.SLOW_CONSUMER, 1006)


async def test_whoever_reads_slowly_is_waited_for(
    service: RunningService, world: World, somebody: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad line that makes progress is not cut, however long one write takes."""
    monkeypatch.setattr(limits, "write_stall_s", 0.5)
    monkeypatch.setattr(limits, "outbound_bytes_max", 2**30)
    event = codec.encode(Ok(ref=0)) + b" " * 60_000
    async with world.socket(somebody, max_queue=1) as socket:
        session = session_of(service)
        for _ in range(200):
            session.deliver(event)
        transport = socket.connection.transport
        for _ in range(40):
            transport.pause_reading()
            await asyncio.sleep(0.05)
            transport.resume_reading()
            await socket.next()
        await still_works(socket)
