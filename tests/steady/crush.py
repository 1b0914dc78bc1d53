"""`python -m tests.steady.crush FILE`: many who write at once, much more than they may, and try again what is refused.

It reads a `Crush` (MessagePack) from its standard input and writes a `Crushed` to the file. Every message is one of its
own: a sealed one under another id, which the service cannot tell from a good one. Each must get its answer.
"""

import asyncio
import itertools
import sys
import time
from base64 import b64decode, b64encode
from collections import deque
from pathlib import Path
from typing import Final

import msgspec
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

WANTED: Final = 256
"""Messages of one socket that want to be stored, at any moment: four times as many as it may have unanswered."""
PAUSE_S: Final = 2.5
"""Before what was refused is sent again: so that the socket is not closed for it, also by a service that a busy machine
kept from reading for seconds, and then finds all of it in one window."""
_A_FRAME: Final = 48
_SETTLE_S: Final = 30.0
"""Within which all must be answered at the end."""


class Writer(msgspec.Struct, frozen=True):
    url: str
    hello: bytes
    payload: bytes
    id_at: int
    """Where in the payload its message's id stands, 16 bytes."""
    number: int
    """Which no other writer of the run has."""


class Crush(msgspec.Struct, frozen=True):
    writers: list[Writer]
    seconds: float


class Crushed(msgspec.Struct, frozen=True):
    acked: list[tuple[bytes, bytes, int]]
    """(message id, thread, seq)"""
    busy: int
    unanswered: int
    closed: int
    """Sockets that were closed on us."""


class _Ack(msgspec.Struct, tag_field="t", tag="ack", gc=False):
    ref: int
    thread: str
    seq: int


class _Problem(msgspec.Struct):
    code: str


class _Err(msgspec.Struct, tag_field="t", tag="err", gc=False):
    ref: int
    problem: _Problem


class _Event(msgspec.Struct, tag_field="t", tag="event", gc=False):
    pass


class _Welcome(msgspec.Struct, tag_field="t", tag="welcome"):
    pass


class _Closing(msgspec.Struct, tag_field="t", tag="closing"):
    code: int


_Down = _Ack | _Err | _Event | _Welcome | _Closing
_decode: Final = msgspec.json.Decoder(_Down | list[_Down]).decode


class Connection(WSListener):
    """One writer's socket."""

    def __init__(self, writer: Writer) -> None:
        self.acked: list[tuple[bytes, bytes, int]] = []
        self.busy = 0
        self.waiting: set[int] = set()
        """Refs that have no answer yet."""
        self.is_closed = False
        self.ready = asyncio.Event()
        self._writer = writer
        self._refs = itertools.count()
        self._refused: deque[int] = deque()
        self._again: asyncio.TimerHandle | None = None
        self._ends = False
        self._transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        transport.send(WSMsgType.TEXT, self._writer.hello)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.is_closed = True
        self.ready.set()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not WSMsgType.TEXT:
            return
        downs = _decode(frame.get_payload_as_memoryview())
        before = len(self.acked)
        for down in downs if isinstance(downs, list) else (downs,):
            self._take(down)
        if not self._ends and len(self.acked) > before:
            self._send([next(self._refs) for _ in range(len(self.acked) - before)])

    def _take(self, down: _Down) -> None:
        if type(down) is _Ack:
            self.waiting.discard(down.ref)
            self.acked.append((self._id(down.ref), b64decode(down.thread), down.seq))
        elif type(down) is _Err:
            assert down.problem.code == "busy", down
            self.waiting.discard(down.ref)
            self.busy += 1
            self._refused.append(down.ref)
            if self._again is None and not self._ends:
                self._again = asyncio.get_running_loop().call_later(PAUSE_S, self._send_again)
        elif type(down) is _Welcome:
            self.ready.set()

    def begin(self) -> None:
        self._send([next(self._refs) for _ in range(WANTED)])

    def _send_again(self) -> None:
        self._again = None
        refs = [*self._refused]
        self._refused.clear()
        if not self._ends:
            self._send(refs)

    def _send(self, refs: list[int]) -> None:
        if self._transport is None or self.is_closed:
            return
        self.waiting.update(refs)
        sends = [b'{"t":"send","ref":%d,"payload":"%s"}' % (ref, b64encode(self._payload(ref))) for ref in refs]
        for first in range(0, len(sends), _A_FRAME):
            self._transport.send(WSMsgType.TEXT, b"[" + b",".join(sends[first : first + _A_FRAME]) + b"]")

    def _payload(self, ref: int) -> bytes:
        payload, at = self._writer.payload, self._writer.id_at
        return payload[:at] + self._id(ref) + payload[at + 16 :]

    def _id(self, ref: int) -> bytes:
        return self._writer.number.to_bytes(8, "big") + ref.to_bytes(8, "big")

    def end(self) -> None:
        """Nothing more is sent."""
        self._ends = True

    def disconnect(self) -> None:
        if self._transport is not None:
            self._transport.disconnect()


async def run(crush: Crush) -> Crushed:
    connections = [Connection(writer) for writer in crush.writers]
    for connection, writer in zip(connections, crush.writers, strict=True):
        headers = {"Sec-WebSocket-Protocol": "pli.v1"}
        await ws_connect(lambda own=connection: own, writer.url, extra_headers=headers, max_frame_size=2**20)
        await connection.ready.wait()
    for connection in connections:
        connection.begin()
    await asyncio.sleep(crush.seconds)
    for connection in connections:
        connection.end()
    ends = time.monotonic() + _SETTLE_S
    while any(each.waiting and not each.is_closed for each in connections) and time.monotonic() < ends:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    closed = sum(each.is_closed for each in connections)
    for connection in connections:
        connection.disconnect()
    return Crushed(
        acked=[ack for each in connections for ack in each.acked],
        busy=sum(each.busy for each in connections),
        unanswered=sum(len(each.waiting) for each in connections if not each.is_closed),
        closed=closed,
    )


def main() -> None:
    crushed = uvloop.run(run(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Crush)))
    Path(sys.argv[1]).write_bytes(msgspec.msgpack.encode(crushed))


if __name__ == "__main__":
    main()
