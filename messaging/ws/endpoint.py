"""The first carrier: a WebSocket of the subprotocol `pli.v1`, each frame one text message (PROTOCOL.md section 2)."""

from collections.abc import Callable
from typing import Final

from starlette.types import Receive, Scope, Send

from messaging.connection.connection import Backend, Connection
from messaging.connection.gate import Gate

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
            await Connection(self._backend, SocketCarrier(receive, send)).run()

    def _welcome_here(self, scope: Scope) -> bool:
        origin = dict(scope["headers"]).get(b"origin")
        return (
            self._gate.knows(None if origin is None else origin.decode("latin-1"))
            and SUBPROTOCOL in scope.get("subprotocols", ())
            and self._gate.has_room
        )


class SocketCarrier:
    """A `Carrier` over an accepted WebSocket."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send

    async def read(self, take: Callable[[str | None], None], hang_up: Callable[[int], None]) -> None:
        while (message := await self._receive())["type"] == "websocket.receive":
            take(message.get("text"))

    async def write(self, frame: bytes) -> None:
        await self._send({"type": "websocket.send", "text": frame.decode()})

    async def close(self, code: int) -> None:
        await self._send({"type": "websocket.close", "code": code})
