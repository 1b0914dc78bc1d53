"""One WebSocket connection: a thin pump between the session and the network. It decides nothing."""

import asyncio
from collections.abc import Callable
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.typing import Subprotocol

from messaging.domain.errors import Malformed
from pli_client.errors import Unreachable
from pli_client.session import Output, Session, State

SUBPROTOCOL: Final = Subprotocol("pli.v1")
frame_bytes_max: Final = 1_048_576
connect_s: Final = 8.0
greeting_s: Final = 10.0
ping_s: Final = 20.0
close_s: Final = 2.0
ABNORMAL: Final = 1006
"""What RFC 6455 calls an end without a close frame."""
_PROTOCOL_ERROR: Final = 1002


class SocketTransport:
    """Carries a session over one WebSocket at a time."""

    def __init__(self, url: str, session: Session) -> None:
        self._url = url
        self._session = session
        self._wake = asyncio.Event()
        self._socket: ClientConnection | None = None

    def wake(self) -> None:
        """The session has something to send."""
        self._wake.set()

    async def run(self, ticket: str, on_output: Callable[[Output], None]) -> int:
        """Connects, greets, and pumps until the connection ends. Returns its close code.

        Raises: Unreachable, when no connection came about.
        """
        socket = await self._dial()
        self._socket = socket
        try:
            return await self._pump(socket, ticket, on_output)
        finally:
            self._socket = None
            await socket.close()

    async def probe(self) -> None:
        """Whether a connection would come about; nothing is said over it. Raises: Unreachable."""
        socket = await self._dial()
        await socket.close()

    async def _dial(self) -> ClientConnection:
        try:
            return await connect(
                self._url,
                subprotocols=[SUBPROTOCOL],
                compression=None,
                max_size=frame_bytes_max,
                open_timeout=connect_s,
                ping_interval=ping_s,
                ping_timeout=ping_s,
                close_timeout=close_s,
            )
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
            raise Unreachable(f"no WebSocket connection: {type(error).__name__}: {error}") from error

    async def close(self) -> None:
        """Ends the connection, if there is one; `run` then returns."""
        if self._socket is not None:
            await self._socket.close()

    async def _pump(self, socket: ClientConnection, ticket: str, on_output: Callable[[Output], None]) -> int:
        self._session.open(ticket)
        self._wake.set()
        writer = asyncio.create_task(self._write(socket))
        greeting = asyncio.create_task(self._give_up_greeting(socket))
        try:
            async for frame in socket:
                for output in self._session.received(frame):
                    on_output(output)
                self._wake.set()
        except ConnectionClosed:
            pass
        except Malformed:
            await socket.close(_PROTOCOL_ERROR)
        finally:
            writer.cancel()
            greeting.cancel()
            await asyncio.gather(writer, greeting, return_exceptions=True)
        return ABNORMAL if socket.close_code is None else socket.close_code

    async def _give_up_greeting(self, socket: ClientConnection) -> None:
        """A service that takes the connection and never greets is as good as none."""
        await asyncio.sleep(greeting_s)
        if self._session.state is State.GREETING:
            await socket.close()

    async def _write(self, socket: ClientConnection) -> None:
        """Sends what the session has whenever it is woken; ends with the connection, which the reader notices."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                for frame in self._session.outgoing():
                    await socket.send(frame, text=True)
        except ConnectionClosed:
            return
