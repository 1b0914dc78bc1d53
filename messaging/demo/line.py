"""A person's line to the service that keeps all that the service sends over its sockets.

A TCP relay in front of the service, as any network is. WebSocket frames of a server are neither masked nor, here,
compressed (RFC 6455 section 5.1), so what travels is read without a key: JSON, one struct or an array of them a frame.
"""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final, cast
from urllib.parse import urlsplit

import msgspec

_UPGRADED: Final = b"HTTP/1.1 101 "
_TEXT: Final = 1
_ID_CHARS_MIN: Final = 16
"""Words of the protocol are shorter than any id, key, signature or sealed text in base64."""

Struct = dict[str, Any]


class Line:
    """`url` is where a client connects to be heard."""

    def __init__(self, url: str) -> None:
        self._host, self._port = urlsplit(url).hostname or "", urlsplit(url).port or 0
        self._came: list[bytearray] = []
        self._carrying: set[asyncio.Task[None]] = set()
        self.url = ""

    def about(self, thread: bytes) -> list[Struct]:
        """Everything that the service sent about one conversation, in order, inside whatever struct it came."""
        wanted = base64.b64encode(thread).decode()
        return [found for frame in self._frames() for found in _naming(msgspec.json.decode(frame), wanted)]

    def _frames(self) -> Iterator[bytes]:
        for came in self._came:
            head, _, rest = bytes(came).partition(b"\r\n\r\n")
            if head.startswith(_UPGRADED):
                yield from _text_frames(rest)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either end closes it."""
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._carrying.add(task)
        came = bytearray()
        self._came.append(came)
        up_reader, up_writer = await asyncio.open_connection(self._host, self._port)
        with contextlib.suppress(asyncio.CancelledError):
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(_pump(reader, up_writer, bytearray()))
                    both.create_task(_pump(up_reader, writer, came))
            except* OSError:
                pass
            finally:
                up_writer.close()
                writer.close()
                self._carrying.discard(task)

    async def close(self) -> None:
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)


@contextlib.asynccontextmanager
async def line_to(url: str) -> AsyncIterator[Line]:
    """A line that stands until it is left."""
    line = Line(url)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    line.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        server.close()
        await line.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, keep: bytearray) -> None:
    while data := await reader.read(65_536):
        keep += data
        writer.write(data)
        await writer.drain()
    writer.close()


def _text_frames(stream: bytes) -> Iterator[bytes]:
    """The payloads of the text frames of a server; the service sends each whole."""
    at = 0
    while at + 2 <= len(stream):
        opcode, size = stream[at] & 0x0F, stream[at + 1]
        at += 2
        if size > 125:
            width = 2 if size == 126 else 8
            size = int.from_bytes(stream[at : at + width], "big")
            at += width
        if opcode == _TEXT and at + size <= len(stream):
            yield stream[at : at + size]
        at += size


def _naming(value: object, thread: str) -> Iterator[Struct]:
    """The innermost structs that name this thread."""
    if isinstance(value, list):
        for each in value:
            yield from _naming(each, thread)
    elif isinstance(value, dict):
        if value.get("thread") == thread:
            yield cast(Struct, value)
        else:
            for each in value.values():
                yield from _naming(each, thread)


def without_what_is_drawn(struct: Struct) -> bytes:
    """A struct as JSON, with ids, keys and sealed bytes replaced by their length, and without the moment and the number
    of the question that it answers: two conversations differ in these whatever happens in them."""
    return msgspec.json.encode({name: _plain(value) for name, value in struct.items() if name not in _CLOCK_AND_COUNT})


_CLOCK_AND_COUNT: Final = frozenset({"ref", "at", "opened_at", "last_at", "now"})


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if name not in _CLOCK_AND_COUNT}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, str) and len(value) >= _ID_CHARS_MIN and _is_base64(value):
        return len(value)
    return value


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except ValueError:
        return False
