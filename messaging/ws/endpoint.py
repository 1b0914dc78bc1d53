"""The first carrier: a WebSocket of the subprotocol `pli.v1`, each frame one text message (PROTOCOL.md section 2)."""

from collections.abc import Callable
from typing import Final

from starlette.types import Receive, Scope, Send

from messaging.connection.connection import Backend, Connection
from messaging.connection.gate import Gate
from messaging.connection.pump import AnyPump, DirectPump, Pump, Take
from messaging.ws.direct import DIRECT, Wire

SUBPROTOCOL: Final = "pli.v1"


class Endpoint:
    """The ASGI application behind `/v1/ws`."""

    def __init__(self, backend: Backend, gate: Gate) -> None:
        self._backend = backend
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if not self._welcome_here(scope):
            await send({"type": "websocket.close", "code": 1008})
            return
        with self._gate.entered():
            await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
            await Connection(self._backend, _pump(scope, receive, send)).run()

    def _welcome_here(self, scope: Scope) -> bool:
        origin = dict(scope["headers"]).get(b"origin")
        return (
            self._gate.knows(None if origin is None else origin.decode("latin-1"))
            and SUBPROTOCOL in scope.get("subprotocols", ())
            and self._gate.has_room
        )


def _pump(scope: Scope, receive: Receive, send: Send) -> AnyPump:
    """Direct where the server offers it; over ASGI's own messages with any other."""
    wire: Wire | None = scope.get("extensions", {}).get(DIRECT)
    if wire is None:
        return Pump(SocketCarrier(receive, send))
    return DirectPump(SocketLine(wire, receive, send))


class SocketLine:
    """A `Line` over an accepted WebSocket of a server that offers the extension."""

    def __init__(self, wire: Wire, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self.attach = wire.attach
        self.put = wire.put
        self._wire = wire

    @property
    def has_room(self) -> bool:
        return self._wire.has_room

    async def until_gone(self) -> None:
        while (await self._receive())["type"] != "websocket.disconnect":
            pass

    async def close(self, code: int) -> None:
        await self._send({"type": "websocket.close", "code": code})


class SocketCarrier:
    """A `Carrier` over an accepted WebSocket."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send

    async def read(self, take: Take, hang_up: Callable[[int], None]) -> None:
        while (message := await self._receive())["type"] == "websocket.receive":
            take(message.get("text"))

    async def write(self, frame: bytes) -> None:
        await self._send({"type": "websocket.send", "text": frame.decode()})

    async def close(self, code: int) -> None:
        await self._send({"type": "websocket.close", "code": code})
