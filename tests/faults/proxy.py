"""A bad line between a client and the service: it goes silent, breaks, leads elsewhere, and remembers what came down.

What the service sends is neither masked nor compressed, so that the bytes of all connections, HTTP and WebSocket, hold
every header and every struct as it is.
"""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

_CHUNK_BYTES: Final = 65_536


class Proxy:
    """Listens on a free port of the loopback interface and hands every connection on to the service's port."""

    def __init__(self, port: int) -> None:
        self.upstream = port
        """Where new connections lead; may be changed at any time."""
        self.captured = bytearray()
        """Everything that the service sent down, in the order in which it came."""
        self.sockets = 0
        """WebSocket connections so far."""
        self._down = asyncio.Event()
        self._down.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self.cut()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def mute(self) -> None:
        """From now on nothing comes down any more; what goes up still arrives. New connections wait too."""
        self._down.clear()

    def unmute(self) -> None:
        self._down.set()

    def silence(self) -> None:
        """The connections of this moment never bring anything down any more, and nobody is told; new ones work."""
        self._down.clear()
        self._down = asyncio.Event()
        self._down.set()

    async def cut(self) -> None:
        """Breaks every connection at once, without a close frame; what was held back is lost."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        up_writer: asyncio.StreamWriter | None = None
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._carry_up(reader, up_writer))
                both.create_task(self._carry_down(up_reader, writer))
        except (OSError, asyncio.CancelledError, ExceptionGroup):
            pass
        finally:
            self._tasks.discard(task)
            for end in filter(None, (writer, up_writer)):
                end.transport.abort()

    async def _carry_up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK_BYTES):
            self.sockets += data.startswith(b"GET /v1/ws ")
            writer.write(data)
            await writer.drain()
        with suppress(OSError):
            writer.write_eof()

    async def _carry_down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        down = self._down
        while data := await reader.read(_CHUNK_BYTES):
            await down.wait()
            self.captured += data
            writer.write(data)
            await writer.drain()
        with suppress(OSError):
            writer.write_eof()
