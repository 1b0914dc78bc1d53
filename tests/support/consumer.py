"""A server that webhooks are posted to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field


@dataclass
class Consumer:
    """Answers every post with `status`, or never."""

    status: int | None = 204
    port: int = 0
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    took: list[bytes] = field(default_factory=list)
    """The bodies of those that it answered well."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._answer(reader, writer)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:] if line)
        exact = {line.split(": ", 1)[0].lower(): line.split(": ", 1)[1] for line in head.splitlines()[1:] if line}
        self.posts.append((exact, await reader.readexactly(int(headers["content-length"]))))
        if self.status is None:
            await reader.read()
        else:
            if self.status < 300:
                self.took.append(self.posts[-1][1])
            location = f"location: http://127.0.0.1:{self.port}/elsewhere\r\n"
            writer.write(f"HTTP/1.1 {self.status} x\r\n{location}content-length: 0\r\n\r\n".encode())


@contextlib.asynccontextmanager
async def consumer(status: int | None = 204) -> AsyncIterator[Consumer]:
    made = Consumer(status)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
