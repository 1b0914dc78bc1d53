"""A server that takes one request on each connection, and ends instead of answering the next one: what a client meets
whose request crosses the end of an idle connection. No client can know it beforehand.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"


class OneEach:
    """`lines`: the requests that were read, with those that were not answered."""

    def __init__(self, answer: bytes) -> None:
        self.lines: list[str] = []
        self.url = ""
        self.is_over = False
        """Whether it answers nothing any more."""
        self._answer = answer
        self._connections: list[asyncio.Event] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended = asyncio.Event()
        self._connections.append(ended)
        with contextlib.suppress(asyncio.IncompleteReadError):
            await self._take(reader)
            if not self.is_over:
                writer.write(_ANSWER % (len(self._answer), self._answer))
                await self._take(reader)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        ended.set()

    async def ended(self) -> None:
        """Once its clients closed."""
        for each in self._connections:
            await each.wait()

    async def _take(self, reader: asyncio.StreamReader) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = [line for line in head.lower().split("\r\n") if line.startswith("content-length:")]
        await reader.readexactly(int(length[0].partition(":")[2]) if length else 0)
        self.lines.append(head.partition(" HTTP/")[0])


@contextlib.asynccontextmanager
async def one_each(answer: bytes) -> AsyncIterator[OneEach]:
    """`answer`: the body of each."""
    made = OneEach(answer)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        await made.ended()
