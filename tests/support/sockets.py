"""A connection of the tests: sends what it is told, right or wrong, and hands out the very bytes that came back."""

import asyncio
import contextlib
import json
import os
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from messaging.wire import codec
from messaging.wire.commands import AnyCommand, Hello
from messaging.wire.rest import TicketIssued
from tests.support.server import Deployed

ANSWER_S: Final = 30.0
_raws: Final = msgspec.json.Decoder(list[msgspec.Raw])


class Wire(ABC):
    """One connection. `ask` reads on until the answer; what nobody asked for gathers in `heard`."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self._structs: list[bytes] = []

    @abstractmethod
    async def send(self, frame: str | bytes) -> None: ...

    @abstractmethod
    async def receive(self) -> bytes:
        """The next frame. Raises: ConnectionClosed."""

    @property
    @abstractmethod
    def close_code(self) -> int | None:
        """None while it stands, and where there was none."""

    async def next(self) -> bytes:
        """The next struct, encoded as it came. Raises: ConnectionClosed, TimeoutError."""
        if not self._structs:
            async with asyncio.timeout(ANSWER_S):
                frame = await self.receive()
            self._structs = [bytes(raw) for raw in _raws.decode(frame)] if frame[:1] == b"[" else [bytes(frame)]
        return self._structs.pop(0)

    async def answer(self, ref: int | None) -> bytes:
        """The struct that answers `ref` (None: an error without one), encoded as it came."""
        while True:
            encoded = await self.next()
            struct = json.loads(encoded)
            if struct["t"] != "closing" and struct.get("ref") == ref and ("ref" in struct or struct["t"] == "err"):
                return encoded
            self.heard.append(struct)

    async def ask(self, command: AnyCommand) -> bytes:
        """Sends one command and returns its answer as it came."""
        await self.send(codec.encode(command).decode())
        return await self.answer(command.ref)

    async def closed(self) -> int | None:
        """Reads to the end; the close code, None where there was none."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                self.heard.append(json.loads(await self.next()))
        return self.close_code


class Socket(Wire):
    """A WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__()
        self.connection = connection

    async def send(self, frame: str | bytes) -> None:
        await self.connection.send(frame)

    async def receive(self) -> bytes:
        return await self.connection.recv(decode=False)

    @property
    def close_code(self) -> int | None:
        return self.connection.close_code


@contextlib.asynccontextmanager
async def dialled(
    service: Deployed,
    *,
    subprotocol: str | None = "pli.v1",
    origin: str | None = None,
    max_queue: int | None = None,
) -> AsyncIterator[Socket]:
    """A socket that said nothing yet. `max_queue`: frames that the test holds before it
    stops reading, answers no pings any more and is given up in the end; None: however many."""
    connection = await connect(
        service.ws_url,
        subprotocols=None if subprotocol is None else [Subprotocol(subprotocol)],
        origin=None if origin is None else Origin(origin),
        compression=None,
        max_size=1_048_576,
        ping_interval=None,
        close_timeout=1.0,
        max_queue=max_queue,
        proxy=None,
    )
    try:
        yield Socket(connection)
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def greeted(
    service: Deployed, ticket: TicketIssued, *, device: bytes | None = None, max_queue: int | None = None
) -> AsyncIterator[Socket]:
    """A socket that was welcomed; of a device of its own, unless `device` is given."""
    async with dialled(service, max_queue=max_queue) as socket:
        await greet(socket, ticket, device)
        yield socket


async def greet(wire: Wire, ticket: TicketIssued, device: bytes | None = None) -> None:
    """Says hello and reads the welcome."""
    await wire.ask(Hello(ref=0, ticket=ticket.ticket, device=device or os.urandom(16)))
