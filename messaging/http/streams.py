"""The second carrier: frames of a client by HTTP, frames of the service by SSE (PROTOCOL.md section 2.1).

    POST /v1/stream     the hello; its answer is the event stream, and lasts as long as the connection
    POST /v1/commands   every other frame

A stream is found by the secret that its client drew. What a frame means is the connection's business.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from messaging.connection.connection import Backend, Connection
from messaging.connection.gate import Gate
from messaging.connection.pump import Pump
from messaging.connection.session import State
from messaging.domain import limits
from messaging.domain.errors import Busy, Conflict, Malformed, NotFound, PliError
from messaging.http.body import read_body
from messaging.http.exchange import empty_response, problem_response
from messaging.ports import Carriage
from messaging.wire import closing

HEADER: Final = "pli-stream"
PLACE_HEADER: Final = "pli-place"
_SECRET: Final = re.compile(r"[0-9a-f]{64}")
_HEADERS: Final = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
    (b"connection", b"close"),
)
_PADDING: Final = b":" + b" " * 2_048 + b"\n\n"
"""Some proxies hand on nothing before they have a buffer full."""


class Streams:
    """The streams of one process. The ASGI application behind `/v1/stream`, and the handler of `/v1/commands`."""

    def __init__(self, backend: Backend, gate: Gate, carriage: Carriage) -> None:
        self._backend = backend
        self._gate = gate
        self._carriage = carriage
        self._standing: dict[bytes, _Stream] = {}
        """By the hash of the secret: how long a look-up takes tells nothing of a secret."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            key, stream = await self._begun(Request(scope, receive), send)
        except PliError as error:
            await problem_response(error)(scope, receive, send)
            return
        self._standing[key] = stream
        self._carriage.stand(key, stream.take_frame)
        try:
            with self._gate.entered():
                await stream.run()
        finally:
            self._carriage.end(key)
            del self._standing[key]

    async def _begun(self, request: Request, send: Send) -> tuple[bytes, "_Stream"]:
        """Raises: Malformed, TooLarge, Conflict, Busy."""
        key = self._key(request)
        hello = await read_body(request, limits.frame_bytes_max, limits.hello_s)
        self._check_room(key)
        return key, _Stream(self._backend, hello, self._carriage.sealed_place(key), request.receive, send)

    async def command(self, request: Request) -> Response:
        """Hands one frame to its stream; 204 says that the stream has it."""
        try:
            key = self._key(request)
            stream = self._standing.get(key)
            if stream is None:
                await self._hand_over(key, request)
            else:
                await stream.take(request)
        except PliError as error:
            return problem_response(error)
        return empty_response()

    async def _hand_over(self, key: bytes, request: Request) -> None:
        """To the process where the stream stands. Raises: NotFound, Busy, TooLarge, Malformed."""
        place = self._carriage.find(key, request.headers.get(PLACE_HEADER, ""))
        frame = await read_body(request, limits.frame_bytes_max, limits.http_body_s)
        await self._carriage.hand_over(place, key, frame)

    def _key(self, request: Request) -> bytes:
        """Raises: Malformed."""
        if not self._gate.knows(request.headers.get("origin")):
            raise Malformed("pages of this origin may not connect")
        secret = request.headers.get(HEADER, "")
        if not _SECRET.fullmatch(secret):
            raise Malformed("the header Pli-Stream holds 64 lower-case hex digits")
        return hashlib.sha256(secret.encode()).digest()

    def _check_room(self, key: bytes) -> None:
        """Raises: Conflict, Busy."""
        if key in self._standing:
            raise Conflict("a stream of this secret stands: draw another one")
        if not self._gate.has_room:
            raise Busy("no further stream here now", retry_after_ms=limits.busy_retry_after_ms)


class _Stream:
    """One stream: its connection, and the one request at a time that brings a frame."""

    def __init__(self, backend: Backend, hello: bytes, place: str, receive: Receive, send: Send) -> None:
        self._events = EventStream(hello, place, receive, send)
        self._connection = Connection(backend, Pump(self._events))
        self._is_taking = False

    async def run(self) -> None:
        await self._events.begin()
        await self._connection.run()

    async def take(self, request: Request) -> None:
        """Raises: Busy, NotFound, TooLarge, Malformed."""
        if self._is_taking:
            raise _one_at_a_time()
        self._is_taking = True
        try:
            frame = await read_body(request, limits.frame_bytes_max, limits.http_body_s)
        finally:
            self._is_taking = False
        self._take(frame)

    def take_frame(self, frame: bytes) -> None:
        """One that came to another process. Raises: Busy, NotFound."""
        if self._is_taking:
            raise _one_at_a_time()
        self._take(frame)

    def _take(self, frame: bytes) -> None:
        """Raises: NotFound."""
        if self._connection.session.state is State.CLOSING:
            raise NotFound("unknown, or not yours")
        self._events.heard()
        self._connection.take(_text(frame))


class EventStream:
    """A `Carrier` over the answer to one request. `place`: what the client says with each frame, if anything."""

    def __init__(self, hello: bytes, place: str, receive: Receive, send: Send) -> None:
        self._hello = hello
        self._place = [(PLACE_HEADER.encode(), place.encode())] if place else []
        self._receive = receive
        self._send = send
        self._turn = asyncio.Lock()
        self._is_ended = False
        self._heard_at = asyncio.get_running_loop().time()

    def heard(self) -> None:
        """The client sent something."""
        self._heard_at = asyncio.get_running_loop().time()

    async def begin(self) -> None:
        await self._send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS, *self._place]})
        await self._put(_PADDING)

    async def read(self, take: Callable[[str | None], None], hang_up: Callable[[int], None]) -> None:
        hello, self._hello = self._hello, b""  # as large as a frame may be, and needed once
        take(_text(hello))
        gone = asyncio.create_task(self._until_gone())
        try:
            while not gone.done():
                await asyncio.wait({gone}, timeout=limits.stream_beat_s)
                if asyncio.get_running_loop().time() - self._heard_at > limits.stream_silence_s:
                    hang_up(closing.SLOW_CONSUMER)
                elif not self._turn.locked():
                    await self._put(b":\n\n")
        finally:
            gone.cancel()

    async def write(self, frame: bytes) -> None:
        await self._put(b"data: " + frame + b"\n\n")

    async def close(self, code: int) -> None:
        await self._put(b"event: close\ndata: %d\n\n" % code, is_last=True)

    async def _put(self, event: bytes, *, is_last: bool = False) -> None:
        """Frames and beats come from two tasks; nothing may follow the last event."""
        async with self._turn:
            if not self._is_ended:
                self._is_ended = is_last
                await self._send({"type": "http.response.body", "body": event, "more_body": not is_last})

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _one_at_a_time() -> Busy:
    return Busy("one request at a time", retry_after_ms=limits.busy_retry_after_ms)


def _text(body: bytes) -> str | None:
    """None: no text. A WebSocket ends over it; here it is one more broken frame."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None
