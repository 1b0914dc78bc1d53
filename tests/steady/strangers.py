"""Sockets that a test holds by hand: for what no client library would do. Only what the test reads is read."""

import asyncio
import contextlib
import socket
import struct
from typing import Final, Self

RECEIVE_BYTES: Final = 8_192
"""What the kernel takes for one of them: little, so that who does not read is noticed at once."""
UPGRADE: Final = (
    b"GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Protocol: pli.v1\r\n\r\n"
)
_ANSWER_S: Final = 60.0


def frame(payload: bytes, first: int = 0x81) -> bytes:
    """A client's frame, masked with zeros: bytes that cost its sender nothing. `first`: final and text."""
    size = len(payload)
    if size < 126:
        return bytes((first, 0x80 | size)) + bytes(4) + payload
    if size < 65_536:
        return bytes((first, 0x80 | 126)) + size.to_bytes(2, "big") + bytes(4) + payload
    return bytes((first, 0x80 | 127)) + size.to_bytes(8, "big") + bytes(4) + payload


class Stranger:
    """One TCP connection."""

    def __init__(self, held: socket.socket) -> None:
        self._held = held
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def connected(cls, port: int, address: str = "127.0.0.1") -> Self:
        """Over which nothing was said yet, from an address of this machine."""
        held = socket.socket()
        held.setblocking(False)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        held.bind((address, 0))
        stranger = cls(held)
        async with asyncio.timeout(_ANSWER_S):
            await stranger._loop.sock_connect(held, ("127.0.0.1", port))
        return stranger

    @classmethod
    async def upgraded(cls, port: int) -> Self:
        """With a WebSocket over which nothing was said yet."""
        stranger = await cls.connected(port)
        await stranger.say(UPGRADE)
        await stranger.until(b"\r\n\r\n")
        return stranger

    @classmethod
    async def greeted(cls, port: int, hello: bytes) -> Self:
        """With a WebSocket that was welcomed."""
        stranger = await cls.upgraded(port)
        await stranger.say(frame(hello))
        await stranger.until(b'"t":"welcome"')
        return stranger

    async def until(self, mark: bytes) -> bytes:
        """Reads on to it; what came."""
        heard = b""
        async with asyncio.timeout(_ANSWER_S):
            while mark not in heard:
                came = await self._loop.sock_recv(self._held, 65_536)
                assert came, f"the connection ended after {heard!r}"
                heard += came
        return heard

    @property
    def port(self) -> int:
        """Its own."""
        return int(self._held.getsockname()[1])

    async def say(self, data: bytes) -> None:
        async with asyncio.timeout(_ANSWER_S):
            await self._loop.sock_sendall(self._held, data)

    def push(self, data: bytes) -> int:
        """Says as much of it as the network takes at once; how many bytes."""
        try:
            return self._held.send(data)
        except OSError:
            return 0

    def sip(self, count: int) -> None:
        """Reads at most so many bytes, if there are any."""
        with contextlib.suppress(OSError):
            self._held.recv(count)

    async def flood(self, data: bytes) -> None:
        """Says it over and over until the connection ends."""
        with contextlib.suppress(OSError):
            while True:
                await self._loop.sock_sendall(self._held, data)

    async def ended(self) -> None:
        """Reads to the end."""
        with contextlib.suppress(OSError):
            while await self._loop.sock_recv(self._held, 65_536):
                pass

    def cut(self) -> None:
        """Ends it as a network that went away does, once somebody asks: with a reset."""
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._held.close()

    def close(self) -> None:
        self._held.close()
