"""HTTP as bytes, for requests that no library would send."""

import asyncio
import contextlib
from collections.abc import AsyncIterable, AsyncIterator
from typing import Final

from tests.support.server import Deployed

ANSWER_S: Final = 30.0


async def exchange(port: int, *parts: bytes, end: bool = False) -> bytes:
    """Everything that comes back for these bytes until the service closes, or the first answer is complete.

    `end`: says that nothing more will come. b"" where the service closed without a word.
    """
    async with connected(port) as (reader, writer):
        return await asked(reader, writer, *parts, end=end)


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *parts: bytes, end: bool = False) -> bytes:
    """The same on a connection that may be used again."""
    with contextlib.suppress(OSError):  # refused while it was being sent: the answer is there to be read
        for part in parts:
            writer.write(part)
            await writer.drain()
        if end:
            writer.write_eof()
    async with asyncio.timeout(ANSWER_S):
        head = b"".join([line async for line in _lines(reader)])
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        return head + (await reader.read(int(length[0].partition(b":")[2])) if length else b"")


async def _lines(reader: asyncio.StreamReader) -> AsyncIterable[bytes]:
    """The lines of a head, with the empty one at its end."""
    with contextlib.suppress(OSError):
        while line := await reader.readline():
            yield line
            if line == b"\r\n":
                return


def status(answer: bytes) -> int | None:
    """None where there was no answer."""
    return int(answer.split(b" ", 2)[1]) if answer else None


def head(service: Deployed, line: str, *headers: str, host: str = "127.0.0.1") -> bytes:
    """A request without a body: its line, Host, and these headers."""
    lines = [f"{line} HTTP/1.1", f"Host: {host}:{service.port}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")
