"""Senders that never give up: each has a few messages in flight, and sends again whatever had no ack, to any process.

What a sender remembers is what its user was promised: `acked` may not be missing from the log, or stand there twice.
"""

import asyncio
import math
import os
import time
from collections import deque
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from messaging.wire import closing, codec
from messaging.wire.commands import Send
from messaging.wire.events import Ack, AnyDown, Err
from tests.faults.parties import Door, Line, enter
from tests.support.server import Deployed

IN_FLIGHT: Final = 4
_PAUSE_S: Final = 0.05
_LOOK_S: Final = 0.5
_WELCOME: Final = '"t":"welcome"'
_ANSWERS: Final = ('"t":"ack"', '"t":"err"')
_FOR_GOOD: Final = {closing.BAD_TOKEN, closing.PROTOCOL_ERROR, closing.REVOKED}

Key = tuple[bytes, int, bytes]
"""(thread, party, message id)"""


class Promise(NamedTuple):
    """What an ack says, and of which bytes."""

    seq: int
    at: int
    proof: bytes
    payload_hash: bytes


class Acked(NamedTuple):
    """When an ack came, and how long its sender waited for it since the message first went out; s, monotonic."""

    at: float
    wait_s: float


class _Waiting(NamedTuple):
    key: Key
    payload: bytes
    since: float
    """When it first went out; s, monotonic."""


class Sender:
    """One socket of one account, writing to some threads in turn."""

    def __init__(self, doors: Sequence[Door], lines: Sequence[Line], *, every_s: float = 0.0) -> None:
        """`doors`: where it connects, the first that lets it in. `every_s`: from one new message to the next at the
        least; 0: as soon as fewer than `IN_FLIGHT` wait.
        """
        self.acked: dict[Key, Promise] = {}
        self.sent: dict[Key, bytes] = {}
        """The hash of the payload of every message that went out at least once."""
        self.acks: dict[Key, Acked] = {}
        self.broken: list[str] = []
        """Acks that contradict an earlier one, refusals, final close codes."""
        self._doors = doors
        self._every_s = every_s
        self._lines = deque(lines)
        self._unacked: dict[int, _Waiting] = {}
        self._carried: frozenset[int] = frozenset()
        """Sent on a connection that ended: they may be stored, and say so (PROTOCOL.md section 4.3)."""
        self._again: dict[int, float] = {}
        """When what was refused as busy goes out again; s, monotonic."""
        self._next_ref = 1
        self._next_at = 0.0
        self._enough = False
        self._at_home = True
        self._leaves = False

    @property
    def home(self) -> Deployed:
        """The process that it is at, as long as that one runs."""
        return self._doors[0].service

    def begin(self) -> None:
        """`run` goes on until `finish`."""
        self._enough = False

    def finish(self) -> None:
        """No new messages; `run` ends once all that went out is acked."""
        self._enough = True

    def go_home(self) -> None:
        """Who is elsewhere connects anew, to the first door that lets it in."""
        self._leaves = not self._at_home

    async def run(self) -> None:
        while not self.broken and not (self._enough and not self._unacked):
            entered = await enter(self._doors)
            if entered is None:
                await asyncio.sleep(_PAUSE_S)
                continue
            socket, self._at_home = entered
            self._leaves = False
            try:
                await self._talk(socket)
            except ConnectionClosed:
                if socket.close_code in _FOR_GOOD:
                    self.broken.append(f"closed with {socket.close_code}")
                await asyncio.sleep(_PAUSE_S)
            finally:
                await socket.close()

    async def _talk(self, socket: ClientConnection) -> None:
        """Greets, sends again what waits, then goes on with new messages until it is over."""
        while _WELCOME not in str(await socket.recv()):
            pass
        self._carried = frozenset(self._unacked)
        self._again = dict.fromkeys(self._unacked, 0.0)
        while not self.broken and not self._leaves:
            if self._enough and not self._unacked:
                return
            await self._send_due(socket)
            frame = await _frame(socket, self._next_due() - time.monotonic())
            if any(mark in frame for mark in _ANSWERS):
                for struct in codec.decode_downs(frame):
                    self._take(struct)

    async def _send_due(self, socket: ClientConnection) -> None:
        now = time.monotonic()
        for ref in [ref for ref, at in self._again.items() if at <= now]:
            del self._again[ref]
            await self._send(socket, ref, self._unacked[ref].payload)
        while self._may_send() and self._next_at <= time.monotonic():
            await self._send_new(socket)

    def _next_due(self) -> float:
        """When something is to be sent; infinity, where an answer has to come first."""
        return min([*self._again.values(), self._next_at if self._may_send() else math.inf])

    def _may_send(self) -> bool:
        return not self._enough and len(self._unacked) < IN_FLIGHT

    async def _send_new(self, socket: ClientConnection) -> None:
        line = self._lines[0]
        self._lines.rotate(-1)
        msg_id = os.urandom(16)
        payload = line.message(msg_id, "Message")
        ref = self._next_ref
        self._next_ref += 1
        key = (line.thread, line.party, msg_id)
        now = time.monotonic()
        self._next_at = max(now, self._next_at + self._every_s)
        self._unacked[ref] = _Waiting(key, payload, now)
        self.sent[key] = sha256(payload).digest()
        await self._send(socket, ref, payload)

    async def _send(self, socket: ClientConnection, ref: int, payload: bytes) -> None:
        await socket.send(codec.encode(Send(ref=ref, payload=payload, again=ref in self._carried)), text=True)

    def _take(self, struct: AnyDown) -> None:
        if isinstance(struct, Ack) and struct.ref in self._unacked:
            key, payload, since = self._unacked.pop(struct.ref)
            self._again.pop(struct.ref, None)
            now = time.monotonic()
            self.acks[key] = Acked(now, now - since)
            self.acked[key] = Promise(struct.seq, struct.at, struct.proof, sha256(payload).digest())
        elif isinstance(struct, Err) and struct.ref in self._unacked:
            if struct.problem.code != "busy":
                self.broken.append(f"refused: {struct.problem.code} {struct.problem.detail}")
            self._again[struct.ref] = time.monotonic() + (struct.problem.retry_after_ms or 0) / 1_000


async def _frame(socket: ClientConnection, within_s: float) -> str:
    """The next frame; empty where none comes in time. Raises: ConnectionClosed."""
    try:
        async with asyncio.timeout(max(0.0, min(within_s, _LOOK_S))):
            return str(await socket.recv())
    except TimeoutError:
        return ""
