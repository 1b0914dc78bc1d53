"""Bounds under the session: what costs memory or time without ever being a message (PROTOCOL.md section 8).

uvicorn answers pings whether or not anybody reads the pongs, gathers fragments without counting them, lets a peer that
stopped reading block a write for ever, and logs a traceback for text that is not UTF-8. All of it ends here.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.protocol import State

from messaging.connection.stall import StallWatch, count_unsent
from messaging.domain import limits
from messaging.wire import closing

_NOT_UTF_8: Final = CloseCode.INVALID_DATA
_TOO_MANY: Final = CloseCode.POLICY_VIOLATION


class BoundedProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol with the bounds that it lacks; given to `uvicorn.Config(ws=...)`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._control_frames = 0
        self._control_window_ends = 0.0
        self._stall = StallWatch(lambda: self._count_unsent(), self._end_stalled)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The request that asked for the upgrade is read right after this; what cannot be read is not answered."""
        super().connection_made(transport)
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

    def _tell_writer(self) -> None:
        """From here on `send` raises what ASGI has for a peer that is gone, instead of blaming the application."""
        self.disconnected = True

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
        else:
            super().send_receive_event_to_app()

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

    def connection_lost(self, exc: Exception | None) -> None:
        self._stall.stop()
        super().connection_lost(exc)

    def _end_stalled(self) -> None:
        """Without any progress it is closed, and then, as long again later, cut."""
        if self.close_sent:
            self.transport.abort()
        else:
            self._fail(closing.SLOW_CONSUMER, "")
            self._stall.start()

    def _count_unsent(self) -> int:
        return count_unsent(self.transport)

    def _fail(self, code: int, reason: str) -> None:
        """Ends the connection with a close frame behind what is still unwritten; nothing more is read."""
        if self.conn.state is State.OPEN:
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
