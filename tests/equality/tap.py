"""Sockets and requests by hand, so that every byte that the service sends is kept: what one observer saw, in order.

The records are the whole HTTP answer (status line, headers, body), the WebSocket handshake, each struct of each frame,
and close frames. Not kept: pings, which the transport sends by a timer and with a payload of its own; how structs were
gathered into frames, which depends on what was waiting when the socket could be written; the `Date` of a refused
handshake, which is the machine's clock.
"""

import asyncio
import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

import msgspec
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Origin, Subprotocol
from websockets.uri import parse_uri

from messaging.wire import codec
from messaging.wire.commands import AnyCommand
from messaging.wire.events import AnyDown, Err
from tests.equality.script import Script

A = TypeVar("A", bound=AnyDown)

ANSWER_S: Final = 30.0
_DATE: Final = re.compile(rb"(?i)\r\ndate: [^\r]*")
_structs: Final = msgspec.json.Decoder(list[msgspec.Raw])


class Seen(NamedTuple):
    """One record: in which step, on which channel, what."""

    step: str
    channel: str
    data: bytes


class Tap:
    """All that one observer saw."""

    def __init__(self, script: Script, name: str = "nobody") -> None:
        self.seen: list[Seen] = []
        self.websocket_key = base64.b64encode(name.encode().ljust(16)[:16]).decode()
        """The nonce of this observer's handshakes, since the service's answer depends on it."""
        self._script = script

    def take(self, channel: str, data: bytes) -> None:
        self.seen.append(Seen(self._script.step, channel, data))


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer taken apart."""

    status: int
    body: bytes


async def request(
    tap: Tap,
    port: int,
    method: str,
    path: str,
    *,
    token: str | None = None,
    body: object = None,
    headers: Sequence[str] = (),
) -> Answer:
    """One request on a connection of its own."""
    content = b"" if body is None else msgspec.json.encode(body)
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close", *headers]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        raw = await asyncio.wait_for(reader.read(), ANSWER_S)
    finally:
        writer.close()
        await writer.wait_closed()
    tap.take(f"http {method}", raw)
    head, _, rest = raw.partition(b"\r\n\r\n")
    return Answer(int(head.split(b" ", 2)[1]), rest)


class Socket:
    """One WebSocket of one observer."""

    def __init__(self, tap: Tap, port: int, origin: str | None) -> None:
        self.heard: list[AnyDown] = []
        """What nobody asked for, in order."""
        self._tap = tap
        self._port = port
        self._ref = 0
        self._answers: dict[int, AnyDown] = {}
        self._something = asyncio.Condition()
        self._protocol = ClientProtocol(
            parse_uri(f"ws://127.0.0.1:{port}/v1/ws"),
            origin=None if origin is None else Origin(origin),
            subprotocols=[Subprotocol("pli.v1")],
            max_size=2**20,
        )
        self._protocol.key = tap.websocket_key
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter
        self._reading: asyncio.Task[None]

    @classmethod
    async def connect(cls, tap: Tap, port: int, *, origin: str | None = None) -> "Socket":
        """Raises: InvalidHandshake, when the service did not take it."""
        socket = cls(tap, port, origin)
        socket._reader, socket._writer = await asyncio.open_connection("127.0.0.1", port)
        socket._protocol.send_request(socket._protocol.connect())
        socket._flush()
        socket._reading = asyncio.create_task(socket._read())
        await socket._until(lambda: socket._protocol.state is not State.CONNECTING or socket._reading.done())
        if isinstance(socket._protocol.handshake_exc, InvalidHandshake):
            await socket.close()
            raise socket._protocol.handshake_exc
        return socket

    async def close(self) -> None:
        """Closes from this end, and waits for the other."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(1000)
            self._flush()
        self._writer.close()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def ask(self, command: AnyCommand) -> AnyDown:
        """Sends a command; returns its answer, which may be an `Err`."""
        self._ref += 1
        command.ref = ref = self._ref
        self.send(msgspec.json.encode(command))
        await self._until(lambda: ref in self._answers)
        return self._answers.pop(ref)

    async def answer(self, command: AnyCommand, kind: type[A]) -> A:
        """Sends a command that must be answered by such a struct."""
        answer = await self.ask(command)
        assert isinstance(answer, kind), answer
        return answer

    async def closes(self, command: AnyCommand) -> None:
        """Sends a command after which the service closes, and waits for that."""
        self.send(msgspec.json.encode(command))
        await self._until(lambda: self._reading.done() or self._protocol.state is not State.OPEN)
        await self.close()

    def send(self, frame: bytes) -> None:
        self._protocol.send_text(frame)
        self._flush()

    async def hears(self, kind: type[AnyDown], count: int) -> None:
        """Waits until that many structs of this kind came unasked."""
        await self._until(lambda: sum(isinstance(struct, kind) for struct in self.heard) >= count)

    async def _until(self, done: Callable[[], bool]) -> None:
        async with self._something:
            await asyncio.wait_for(self._something.wait_for(done), ANSWER_S)

    async def _read(self) -> None:
        try:
            while data := await self._reader.read(65_536):
                self._protocol.receive_data(data)
                await self._take_events()
            self._protocol.receive_eof()
            await self._take_events()
        finally:
            async with self._something:
                self._something.notify_all()

    async def _take_events(self) -> None:
        for event in self._protocol.events_received():
            if isinstance(event, Response):
                self._tap.take("ws handshake", _DATE.sub(b"", event.serialize()))
            elif isinstance(event, Frame):
                self._take_frame(event)
        self._flush()
        async with self._something:
            self._something.notify_all()

    def _take_frame(self, frame: Frame) -> None:
        if frame.opcode is Opcode.CLOSE:
            self._tap.take("ws close", bytes(frame.data))
        elif frame.opcode not in (Opcode.PING, Opcode.PONG):
            assert frame.opcode is Opcode.TEXT and frame.fin
            self._take_structs(bytes(frame.data))

    def _take_structs(self, frame: bytes) -> None:
        for raw in _structs.decode(frame) if frame.startswith(b"[") else [frame]:
            self._tap.take("ws", bytes(raw))
        for struct in codec.decode_downs(frame):
            ref = getattr(struct, "ref", None)
            if ref is None or (isinstance(struct, Err) and struct.ref is None):
                self.heard.append(struct)
            else:
                self._answers[ref] = struct

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._writer.write(data)
