"""One connection as a state machine without I/O: what came in, what may go out, when to close.

             hello ok              close(code)
  HELLO  ------------->  OPEN  ------------------>  CLOSING
     `-- anything else, or 5 s: CLOSING (4501, 4502)

The endpoint awaits; this module decides. Outbound structs gather here and leave several in a frame. Events that would
not fit are dropped all together and the socket closes with 4010: the log is the truth, and the client pulls it.
"""

from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Final

from messaging.domain import limits
from messaging.domain.authorization import Person
from messaging.domain.errors import Busy, Malformed, PliError
from messaging.domain.ids import AccountId
from messaging.wire import closing, codec
from messaging.wire.commands import AnyCommand, Hello
from messaging.wire.events import Closing, Err
from messaging.wire.problems import problem


class State(Enum):
    HELLO = auto()
    OPEN = auto()
    CLOSING = auto()


# By name: a member looked up in its class costs five times as much, and each frame looks at them several times.
_HELLO: Final = State.HELLO
_OPEN: Final = State.OPEN
_CLOSING: Final = State.CLOSING


class Session:
    """State of one socket. `wake` is called whenever there is something to write or the state became CLOSING."""

    __slots__ = (
        "_events",
        "_inbound_bytes",
        "_malformed",
        "_outbound",
        "_outbound_bytes",
        "_unacked",
        "_wake",
        "actor",
        "close_code",
        "device",
        "on_refresh",
        "state",
        "waste",
    )

    def __init__(self, wake: Callable[[], None], on_refresh: Callable[[], None]) -> None:
        self.state = _HELLO
        self.actor = Person(AccountId(b""), {})
        self.close_code: int | None = None
        self.device = b""
        self.on_refresh = on_refresh
        self._wake = wake
        self._outbound: deque[bytes] = deque()
        self._outbound_bytes = 0
        self._events = 0
        self._unacked = 0
        self._inbound_bytes = 0
        self._malformed = 0
        self.waste = 0
        """Frames that asked for nothing, and commands that were refused, since the window began."""

    @property
    def account(self) -> AccountId:
        return self.actor.account

    # what comes in

    @property
    def awaits_hello(self) -> bool:
        """Whether nothing came yet: only then is silence closed with 4502, not while a slow welcome is made."""
        return self.state is _HELLO and not self._unacked

    def receive(self, frame: str | bytes | None) -> list[AnyCommand]:
        """The commands of one frame that may be carried out; refusals are queued as answers, or close the session."""
        if self.state is _CLOSING:
            return []
        if frame is None:
            self._refuse([], Malformed("frames are text"))
            return []
        try:
            commands = codec.decode_commands(frame)
        except Malformed as error:
            self._refuse(codec.read_refs(frame), error)
            return []
        if self.state is _HELLO:
            if not self.awaits_hello or len(commands) != 1 or not isinstance(commands[0], Hello):
                self.close(closing.PROTOCOL_ERROR)
                return []
            self._unacked, self._inbound_bytes = 1, len(frame)
            return commands
        if not commands:
            self._count_waste()
        size = len(frame) // max(1, len(commands))
        admitted = [command for command in commands if self._admit(command, size)]
        return [] if self.close_code is not None else admitted

    def _admit(self, command: AnyCommand, size: int) -> bool:
        """`size`: about how many bytes of its frame are this command's."""
        if isinstance(command, Hello):
            self.close(closing.PROTOCOL_ERROR)
            return False
        if self._outbound_bytes > 2 * limits.outbound_bytes_max:
            # Answers count as given once they are queued: whoever asks on and reads none must not make them pile up.
            self.close(closing.TOO_MANY_REQUESTS)
            return False
        if self._unacked < limits.unacked_commands_max and self._inbound_bytes < limits.unacked_bytes_max:
            self._unacked += 1
            self._inbound_bytes += size
            return True
        self._count_waste()
        if self._outbound_bytes < limits.outbound_frame_bytes_max:
            self._queue_error(
                command.ref, Busy("too many unanswered commands", retry_after_ms=limits.busy_retry_after_ms)
            )
        else:
            # Whoever does not read the refusals either must not make them pile up.
            self.close(closing.TOO_MANY_REQUESTS)
        return False

    def _refuse(self, refs: Sequence[int], error: Malformed) -> None:
        """A broken frame is refused whole: each ref in it that can be read gets the error."""
        self._malformed += 1
        if self.state is _HELLO or self._malformed > limits.malformed_frames_max:
            self.close(closing.PROTOCOL_ERROR)
            return
        for ref in refs or (None,):
            self._queue_error(ref, error)

    # what goes out

    def open(self, actor: Person) -> None:
        """A hello was accepted. What is delivered from now on waits for `welcome`."""
        self.actor = actor

    def welcome(self, encoded: bytes) -> None:
        """The answer to hello goes first, before events that came while it was made."""
        self._count_answer()
        self._outbound.appendleft(encoded)
        self._outbound_bytes += len(encoded)
        if self.state is _HELLO:
            self.state = _OPEN
        self._wake()

    def answer(self, ref: int, encoded: bytes | PliError) -> None:
        """The one answer to a command."""
        self._count_answer()
        if isinstance(encoded, PliError):
            self._count_waste()
            self._queue_error(ref, encoded)
        else:
            self._queue(encoded)

    def _count_answer(self) -> None:
        """Which of the commands it answers is not looked up: each counts as much as the others that wait with it."""
        self._inbound_bytes -= self._inbound_bytes // self._unacked
        self._unacked -= 1

    def _count_waste(self) -> None:
        """Saying no costs little, but it costs: who goes on and on, whatever the answer is, must come anew."""
        self.waste += 1
        if self.waste > limits.waste_per_window_max:
            self.close(closing.TOO_MANY_REQUESTS)

    def deliver(self, encoded: bytes) -> None:
        """An event that nobody asked for; bounded."""
        if self.state is _CLOSING:
            return
        self._events += 1
        if self._events > limits.outbound_events_max or self._outbound_bytes > limits.outbound_bytes_max:
            self._outbound.clear()
            self._outbound_bytes = 0
            self.close(closing.RESYNC)
            return
        self._queue(encoded)

    def close(self, code: int, reconnect_after_ms: int | None = None) -> None:
        """Ends the session; what is queued is still written if the peer reads it in time. The first code stays."""
        if self.state is _CLOSING:
            return
        self.state = _CLOSING
        self.close_code = code
        self._queue(codec.encode(Closing(code=code, reconnect_after_ms=reconnect_after_ms)))

    def refresh(self) -> None:
        self.on_refresh()

    @property
    def has_room(self) -> bool:
        """Whether the answer to another read may be made: reads wait for a slow reader."""
        return self._outbound_bytes < limits.outbound_room_bytes

    @property
    def is_full(self) -> bool:
        """Whether what waits fills a frame."""
        return self._outbound_bytes >= limits.outbound_frame_bytes_max or self._events >= limits.outbound_events_max

    @property
    def writable(self) -> bool:
        """Whether there is something to write now. Before welcome nothing is, unless the session closes."""
        return bool(self._outbound) and self.state is not _HELLO

    def take(self) -> bytes:
        """The next frame to write: as many queued structs as fit."""
        parts = [self._outbound.popleft()]
        size = len(parts[0])
        while self._outbound and size + len(self._outbound[0]) < limits.outbound_frame_bytes_max:
            parts.append(self._outbound.popleft())
            size += len(parts[-1])
        self._outbound_bytes -= size
        if not self._outbound:
            self._events = 0
        return codec.join(parts)

    def _queue_error(self, ref: int | None, error: PliError) -> None:
        self._queue(codec.encode(Err(ref=ref, problem=problem(error))))

    def _queue(self, encoded: bytes) -> None:
        self._outbound.append(encoded)
        self._outbound_bytes += len(encoded)
        self._wake()
