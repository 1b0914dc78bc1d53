"""Bounds under the session: what costs memory or time without ever being a message (PROTOCOL.md section 8).

uvicorn answers pings whether or not anybody reads the pongs, gathers fragments without counting them, lets a peer that
stopped reading block a write for ever, and logs a traceback for text that is not UTF-8. All of it ends here.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State

from messaging.connection.pump import Take
from messaging.connection.stall import StallWatch, count_unsent
from messaging.domain import limits
from messaging.wire import closing
from messaging.ws.direct import DIRECT, MASKED, OPCODE, WHOLE_TEXT, bounds, text_frame

try:
    from websockets.speedups import apply_mask
except ImportError:  # where no wheel is built for the platform
    from websockets.utils import apply_mask

_OPEN: Final = State.OPEN  # by name: looked up in its class it costs five times as much, twice a frame
_NOT_UTF_8: Final = CloseCode.INVALID_DATA
_TOO_MANY: Final = CloseCode.POLICY_VIOLATION


class BoundedProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol with the bounds that it lacks; given to `uvicorn.Config(ws=...)`."""

    is_direct = True
    """Whether it offers `messaging.ws.direct`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._control_frames = 0
        self._control_window_ends = 0.0
        self._take: Take | None = None
        self._on_room: Callable[[], None] = lambda: None
        self._is_between_frames = True
        self._rest = b""
        """The beginning of a frame."""
        self._passed_over_bytes = 0
        self._stall = StallWatch(lambda: self._count_unsent(), self._end_stalled)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The request that asked for the upgrade is read right after this; what cannot be read is not answered."""
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(limits.socket_buffer_bytes)
        self.loop.call_soon(self._check_handshake)

    def _check_handshake(self) -> None:
        if not self.handshake_initiated:
            self.transport.abort()

    def handle_parser_exception(self) -> None:
        """uvicorn's way of ending a connection that it closes itself; the application may have more to say."""
        super().handle_parser_exception()
        self._tell_writer()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._tell_writer()

    def shutdown(self) -> None:
        """uvicorn's end of a process: it answers a handshake under way, and the application need not any more."""
        is_open = self.conn.state is _OPEN
        if self.handshake_complete and not is_open:
            self.close_sent = True  # in answer to the peer's: uvicorn would send a second one, and fail as it ends
        super().shutdown()
        if not (self.handshake_complete and is_open):
            self._tell_writer()

    def _tell_writer(self) -> None:
        """From here on `send` raises what ASGI has for a peer that is gone, instead of blaming the application."""
        self.disconnected = True

    # the direct path

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.is_direct and not self.close_sent:  # sent where the handshake was refused
            extensions: dict[str, Any] = self.scope["extensions"] or {}
            extensions[DIRECT] = self

    def attach(self, take: Take, on_room: Callable[[], None]) -> None:
        """`messaging.ws.direct.Wire`. What came before the handshake was answered is in ASGI's queue."""
        self._take, self._on_room = take, on_room
        kept = [self.queue.get_nowait() for _ in range(self.queue.qsize())]
        for message in kept:
            if message["type"] == "websocket.receive":
                take(message.get("text"))
            else:
                self.queue.put_nowait(message)
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    @property
    def has_room(self) -> bool:
        return self.writable.is_set()

    def put(self, frame: bytes) -> None:
        if self.conn.state is _OPEN and not self.transport.is_closing():
            self.transport.write(text_frame(frame))

    def data_received(self, data: bytes) -> None:
        if self._take is None or not self._is_between_frames:
            # What comes before anybody takes it may end within a frame: then the codec goes on with it.
            self._is_between_frames = not self.handshake_initiated
            super().data_received(data)
        else:
            self._read_frames(self._rest + data if self._rest else data, self._take)

    def _read_frames(self, data: bytes, take: Take) -> None:
        """As many as one turn of the loop may be kept by; then it is the turn of others, and the rest is read on."""
        at, size, left = 0, len(data), limits.frames_per_turn_max
        while at < size:
            if not left:
                self.transport.pause_reading()
                self.loop.call_soon(self._read_on)
                break
            left -= 1
            found = bounds(data, at)
            if found is None:
                break
            start, end = found
            if data[at + 1] < MASKED or end - start > limits.frame_bytes_max:
                self._rest, self._is_between_frames = b"", False
                super().data_received(data[at:])
                return
            if end > size:
                break
            if self.conn.state is not _OPEN:
                self._pass_over(data, at, end)
            elif data[at] == WHOLE_TEXT and self.conn.current_size is None:
                self._take_text(apply_mask(data[start:end], data[start - 4 : start]), take)
            else:
                super().data_received(data[at:end])
            at = end
        self._rest = data[at:]

    def _read_on(self) -> None:
        rest, self._rest = self._rest, b""
        if self._take is not None and not self.transport.is_closing():
            self.transport.resume_reading()
            self._read_frames(rest, self._take)

    def _pass_over(self, data: bytes, at: int, end: int) -> None:
        """A frame behind our close: only the peer's own close is still read, for a while."""
        self._passed_over_bytes += end - at
        if data[at] & OPCODE == Opcode.CLOSE:
            super().data_received(data[at:end])
        elif self._passed_over_bytes > limits.after_close_bytes_max:
            self.transport.abort()

    def _take_text(self, payload: bytes, take: Take) -> None:
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            self._fail(_NOT_UTF_8, "")
        else:
            take(text)

    # reading

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) < limits.fragments_per_message_max:
            super().handle_cont(event)
        else:
            self._fail(_TOO_MANY, "too many fragments")

    def handle_ping(self) -> None:
        if self._may_control():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        if self._may_control():
            super().handle_pong(event)

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_utf_8(self.frames):
            self._fail(_NOT_UTF_8, "")
        elif self._take is None or self.close_sent:
            super().send_receive_event_to_app()
        else:
            self._take(b"".join(self.frames).decode() if self.curr_msg_data_type == "text" else None)
            self.frames = []

    def _may_control(self) -> bool:
        """Counts a control frame; the one too many ends the connection."""
        now = self.loop.time()
        if now >= self._control_window_ends:
            self._control_frames, self._control_window_ends = 0, now + limits.control_window_s
        self._control_frames += 1
        if self._control_frames > limits.control_frames_per_window_max:
            self._fail(_TOO_MANY, "too many control frames")
            return False
        return True

    # writing

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall.start()

    def resume_writing(self) -> None:
        self._stall.stop()
        super().resume_writing()
        self._on_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stall.stop()
        super().connection_lost(exc)

    def _end_stalled(self) -> None:
        """Without enough progress it is closed, and then, a moment later, cut."""
        if self.close_sent:
            self.transport.abort()
        else:
            self._fail(closing.SLOW_CONSUMER, "")
            self._stall.start(limits.last_word_s)

    def _count_unsent(self) -> int:
        return count_unsent(self.transport)

    def _fail(self, code: int, reason: str) -> None:
        """Ends the connection with a close frame behind what is still unwritten; nothing more is read."""
        if self.conn.state is _OPEN:
            self.conn.fail(code, reason)
            self.handle_parser_exception()
        else:
            self.transport.abort()


def _is_utf_8(fragments: list[bytes]) -> bool:
    try:
        b"".join(fragments).decode()
    except UnicodeDecodeError:
        return False
    return True
