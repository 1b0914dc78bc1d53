"""A TCP proxy between a client and the service, whose lines can be cut, made deaf one way, or refused.

It may also be one of those that do not understand WebSockets.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Proxy:
    """`url` is where clients connect."""

    def __init__(self, port: int) -> None:
        self.port = port
        """Of the service; may change while it is away."""
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self.accepting = True
        self.answering = True
        """False: what the service says is swallowed from now on."""
        self.accepted = 0
        self.refuses_sockets = False
        """True: a request for a WebSocket is answered by the proxy itself."""
        self.swallows_sockets = False
        """True: a WebSocket comes about, and nothing ever comes back over it."""
        self.refused = 0

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    def cut(self) -> None:
        """Every line is gone, without a goodbye."""
        for line in self._lines:
            line.cancel()

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.accepting:
            writer.transport.abort()
            return
        self.accepted += 1
        line = asyncio.current_task()
        assert line is not None
        self._lines.add(line)
        try:
            await self._carry(reader, writer)
        except (asyncio.CancelledError, OSError):
            writer.transport.abort()
        finally:
            self._lines.discard(line)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.read(65_536)
        is_socket = b"upgrade: websocket" in first.lower()
        if is_socket and self.refuses_sockets:
            self.refused += 1
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            writer.close()
            return
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            up_writer.write(first)
            if is_socket and self.swallows_sockets:
                writer.write(await up_reader.readuntil(b"\r\n\r\n"))
                while await up_reader.read(65_536):
                    pass
                return
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, up_writer, up=True))
                both.create_task(self._pump(up_reader, writer, up=False))
        finally:
            up_writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool) -> None:
        while data := await reader.read(65_536):
            if up or self.answering:
                writer.write(data)
                await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def proxy_to(port: int) -> AsyncIterator[Proxy]:
    proxy = Proxy(port)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()
