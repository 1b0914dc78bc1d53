"""Senders that never give up: each keeps a few messages in flight, and sends again whatever had no ack.

What a sender remembers is what its user was promised: `acked` may not be missing from the log, or stand there twice.
"""

import asyncio
import os
from collections import deque
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from messaging.wire import closing, codec
from messaging.wire.commands import Send
from messaging.wire.events import Ack, AnyDown, Err
from pli_client.errors import ClientError
from pli_client.http import Api
from tests.faults.parties import Line
from tests.faults.raw import dial
from tests.support.server import Deployed

IN_FLIGHT: Final = 4
_PAUSE_S: Final = 0.05
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


class Sender:
    """One socket of one account, writing to some threads in turn."""

    def __init__(self, service: Deployed, api: Api, lines: Sequence[Line]) -> None:
        self.acked: dict[Key, Promise] = {}
        self.sent: dict[Key, bytes] = {}
        """The hash of the payload of every message that went out at least once."""
        self.broken: list[str] = []
        """Acks that contradict an earlier one, refusals, final close codes."""
        self.service = service
        self._api = api
        self._lines = deque(lines)
        self._unacked: dict[int, tuple[Key, bytes]] = {}
        self._next_ref = 1
        self._enough = False

    def finish(self) -> None:
        """No new messages; `run` ends once all that went out is acked."""
        self._enough = True

    async def run(self) -> None:
        while not self.broken and not (self._enough and not self._unacked):
            try:
                socket = await dial(self.service, self._api)
            except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed, ClientError):
                await asyncio.sleep(_PAUSE_S)
                continue
            try:
                await self._talk(socket)
            except ConnectionClosed:
                if socket.close_code in _FOR_GOOD:
                    self.broken.append(f"closed with {socket.close_code}")
                await asyncio.sleep(_PAUSE_S)
            finally:
                await socket.close()

    async def _talk(self, socket: ClientConnection) -> None:
        """Greets, sends again what waits, then keeps `IN_FLIGHT` messages in flight until it is over."""
        while _WELCOME not in str(await socket.recv()):
            pass
        for ref, (_, payload) in list(self._unacked.items()):
            await self._send(socket, ref, payload)
        while not self.broken:
            while not self._enough and len(self._unacked) < IN_FLIGHT:
                await self._send_new(socket)
            if not self._unacked:
                return
            frame = str(await socket.recv())
            if any(mark in frame for mark in _ANSWERS):
                for struct in codec.decode_downs(frame):
                    await self._take(socket, struct)

    async def _send_new(self, socket: ClientConnection) -> None:
        line = self._lines[0]
        self._lines.rotate(-1)
        msg_id = os.urandom(16)
        payload = line.message(msg_id, "Message")
        ref = self._next_ref
        self._next_ref += 1
        key = (line.thread, line.party, msg_id)
        self._unacked[ref] = (key, payload)
        self.sent[key] = sha256(payload).digest()
        await self._send(socket, ref, payload)

    async def _send(self, socket: ClientConnection, ref: int, payload: bytes) -> None:
        await socket.send(codec.encode(Send(ref=ref, payload=payload)), text=True)

    async def _take(self, socket: ClientConnection, struct: AnyDown) -> None:
        if isinstance(struct, Ack) and struct.ref in self._unacked:
            key, payload = self._unacked.pop(struct.ref)
            self.acked[key] = Promise(struct.seq, struct.at, struct.proof, sha256(payload).digest())
        elif isinstance(struct, Err) and struct.ref in self._unacked:
            if struct.problem.code != "busy":
                self.broken.append(f"refused: {struct.problem.code} {struct.problem.detail}")
                return
            await asyncio.sleep((struct.problem.retry_after_ms or 0) / 1_000)
            await self._send(socket, struct.ref, self._unacked[struct.ref][1])
