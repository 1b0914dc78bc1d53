"""Which of the two carriers a connection takes: the WebSocket, or HTTP where something on the way blocks it."""

import asyncio
import contextlib
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from messaging.e2ee.entropy import Entropy
from pli_client.errors import Unreachable
from pli_client.http import Api
from pli_client.session import Output, Session, Welcomed
from pli_client.streaming import StreamTransport
from pli_client.transport import SocketTransport

try_socket_every_s: Final = 600.0
_OWN_CODES: Final = range(4_000, 5_000)


class Carrier(StrEnum):
    """What a client may use."""

    AUTO = "auto"
    """The WebSocket, and HTTP while that does not come about."""
    WEBSOCKET = "websocket"
    HTTP = "http"


class Carriers:
    """Carries a session over one connection at a time, of one carrier or the other.

    A connection that was never welcomed, nor closed by the service in its own words, says that its carrier is blocked:
    the next one takes the other. While HTTP stands the socket is tried now and then, beside it.
    """

    def __init__(self, url: str, api: Api, session: Session, entropy: Entropy, use: Carrier) -> None:
        self._socket = SocketTransport(url, session)
        self._stream = StreamTransport(api, session, entropy)
        self._use = use
        self._current: SocketTransport | StreamTransport = self._stream if use is Carrier.HTTP else self._socket

    @property
    def carrier(self) -> Carrier:
        """The one in use, or next to be tried."""
        return Carrier.HTTP if self._current is self._stream else Carrier.WEBSOCKET

    def wake(self) -> None:
        """The session has something to send."""
        self._current.wake()

    async def run(self, ticket: str, on_output: Callable[[Output], None]) -> int:
        """Connects, greets, and pumps until the connection ends. Returns its close code.

        Raises: Unreachable, when no connection came about.
        """
        was_welcomed = False

        def noted(output: Output) -> None:
            nonlocal was_welcomed
            was_welcomed = was_welcomed or isinstance(output, Welcomed)
            on_output(output)

        probe = asyncio.create_task(self._probe())
        code = 0
        try:
            code = await self._current.run(ticket, noted)
        finally:
            probe.cancel()
            await asyncio.gather(probe, return_exceptions=True)
            if not was_welcomed and code not in _OWN_CODES:
                self._change()
        return code

    async def _probe(self) -> None:
        """Ends the stream as soon as a socket comes about again: the next connection then takes that."""
        while self._use is Carrier.AUTO and self._current is self._stream:
            await asyncio.sleep(try_socket_every_s)
            with contextlib.suppress(Unreachable):
                await self._socket.probe()
                self._change()
                await self._stream.close()

    def _change(self) -> None:
        if self._use is Carrier.AUTO:
            self._current = self._stream if self._current is self._socket else self._socket
