"""The protocol as a client follows it, without any I/O: what to send, what an answer belongs to, when to come back.

         open()             welcome
  DOWN ---------> GREETING ---------> READY
   ^                 |                  |
   +---- closed() ---+------------------+---- closed(final code), end() ----> ENDED

Rules (PROTOCOL.md sections 2 to 4 and 7):
- Every command may be sent again: the service answers a repetition like the first time. So whatever had no answer when
  a connection ended goes out again after the next welcome, in its first order; a message says that it comes again.
- Nothing but `hello` goes out before the welcome.
- At most `in_flight_max` commands wait for their answer; the rest waits here, at most `waiting_max`.
- `since` moves only when all that a welcome announced was processed (`settle`); another stream epoch forgets it.
- Another stream epoch means a restored backup: what was sealed before is taken out, for its author to seal again.
- Close codes 4500 to 4999 are final, but for three that a bad network brings about: 4502 and 4504 are waited out, and a
  ticket that was not taken (4500) is replaced by a fresh one, once. After any other end the client comes back after a
  random part of a ceiling that doubles (full jitter), but not before the service said.
- What several threads have to send after an outage leaves thread by thread, each after its own random part of
  `spread_ms`, and never in one frame: events that share a commit would tell their peers that they talk to one party.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from messaging.domain import limits
from messaging.domain.errors import TooLarge
from messaging.e2ee.entropy import Entropy, draw
from messaging.e2ee.errors import E2EEError
from messaging.e2ee.message import parse_payload
from messaging.e2ee.notice import parse_notice
from messaging.e2ee.third import parse_invited, parse_joined
from messaging.wire import closing, codec
from messaging.wire.commands import Accept, AnyCommand, ConsentGive, Hello, Invite, Notice, Open, Rotate, Send
from messaging.wire.events import AnyDown, Closing, Err, Problem, Welcome
from messaging.wire.problems import problem
from pli_client.errors import Ended, Overloaded, ProblemError

in_flight_max: Final = 48
in_flight_bytes_max: Final = 65_536
"""Below what the service takes, by the longest command."""
"""Below the service's own bounds: an answer on its way must not make the next command `busy`, and all of them together
may stand in one frame."""
waiting_max: Final = 4_096
backoff_first_ms: Final = 500
backoff_max_ms: Final = 20_000
patient_max_ms: Final = 60_000
"""After 4502 and 4504: the service must have the time to notice which sockets are dead."""
spread_ms_default: Final = 8_000
bad_tickets_max: Final = 2
_CROWDED_OR_LATE: Final = frozenset({closing.HELLO_TIMEOUT, closing.TOO_MANY_CONNECTIONS})
frame_bytes_target: Final = 60_000
"""A frame is filled up to here; one single command may be longer, up to the service's bound."""
command_bytes_max: Final = limits.frame_bytes_max - 64
"""A message that comes again says so, too."""


class State(Enum):
    DOWN = "down"
    GREETING = "greeting"
    READY = "ready"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Answered:
    """The one answer to a command: its own kind of struct, or `Err`."""

    ref: int
    answer: AnyDown


@dataclass(frozen=True, slots=True)
class Welcomed:
    """A connection is ready. `complete` tells that the listed threads are all that changed since the last settling;
    otherwise all threads are to be listed and compared."""

    welcome: Welcome
    complete: bool
    held: Mapping[bytes, int] = field(default_factory=dict)
    """Threads with something to send, each with the ms after which to release it."""
    void: tuple[int, ...] = ()
    """The refs of commands that were taken out: sealed on a history that the service, restored from a backup, may not
    have any more."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The service did not take the hello, or could not read a frame; it closes next."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Unasked:
    """An event."""

    struct: AnyDown


Output = Answered | Welcomed | Refused | Unasked


@dataclass(slots=True)
class _Command:
    ref: int
    encoded: bytes
    thread: bytes | None
    """Whose peer sees when this was sent; None: nobody's."""
    is_sealed: bool
    """Whether it says which history its author had seen."""
    message: Send | None
    """What was submitted, if it is a message."""


class Session:
    """One account's place in the protocol, over any number of connections."""

    def __init__(
        self,
        device: bytes,
        entropy: Entropy,
        *,
        since: int | None = None,
        stream_epoch: int | None = None,
        spread_ms: int = spread_ms_default,
    ) -> None:
        self.state = State.DOWN
        self.since = since
        self.stream_epoch = stream_epoch
        self._device = device
        self._entropy = entropy
        self._spread_ms = spread_ms
        self._held: set[bytes] = set()
        self._next_ref = 1
        self._hello: bytes | None = None
        self._waiting: deque[_Command] = deque()
        self._in_flight: dict[int, _Command] = {}
        self._announced: Welcome | None = None
        self._failures = 0
        self._bad_tickets = 0
        self._wait_at_least_ms = 0

    def submit(self, command: AnyCommand) -> int:
        """Queues a command; returns the ref that its answer will carry. Raises: Ended, Overloaded; ProblemError, for
        what is longer than a frame: the service would cut the connection instead of an answer, each time anew.
        """
        if self.state is State.ENDED:
            raise Ended("the client is closed")
        self.check_room()
        queued = self._encode(command)
        if len(queued.encoded) > command_bytes_max:
            raise ProblemError(problem(TooLarge("longer than a frame")))
        self._waiting.append(queued)
        return queued.ref

    def check_room(self) -> None:
        """Raises: Overloaded, when no further command is taken now."""
        if len(self._waiting) >= waiting_max:
            raise Overloaded(f"{waiting_max} commands wait already")

    def forget(self, ref: int) -> None:
        """Nobody waits for this answer any more: not sent again, and its answer is ignored."""
        self._in_flight.pop(ref, None)
        self._waiting = deque(command for command in self._waiting if command.ref != ref)

    def open(self, ticket: str) -> None:
        """A connection stands: greet on it."""
        if self.state is not State.DOWN:
            raise RuntimeError(f"cannot open a session that is {self.state.value}")
        self.state = State.GREETING
        self._wait_at_least_ms = 0
        hello = Hello(ref=0, ticket=ticket, device=self._device, since=self.since, stream_epoch=self.stream_epoch)
        self._hello = self._encode(hello).encoded

    def outgoing(self) -> list[bytes]:
        """The frames to send now, each one struct or an array of them; empty when there is nothing to say."""
        if self.state is State.GREETING and self._hello is not None:
            hello, self._hello = self._hello, None
            return [hello]
        if self.state is not State.READY:
            return []
        batch: list[_Command] = []
        held: list[_Command] = []
        while self._waiting and self._has_room():
            command = self._waiting.popleft()
            if command.thread in self._held:
                held.append(command)
                continue
            self._in_flight[command.ref] = command
            batch.append(command)
        self._waiting.extendleft(reversed(held))
        return list(_frames(batch))

    def _has_room(self) -> bool:
        """The service lets so many wait, and so many bytes of them."""
        held_bytes = sum(len(command.encoded) for command in self._in_flight.values())
        return len(self._in_flight) < in_flight_max and held_bytes < in_flight_bytes_max

    def hold(self, thread: bytes) -> int:
        """Keeps back what a thread sends until `release`; returns after how many ms that should be."""
        if self._spread_ms:
            self._held.add(thread)
        return self._drawn(self._spread_ms)

    def release(self, thread: bytes) -> None:
        self._held.discard(thread)

    def received(self, frame: str | bytes) -> list[Output]:
        """Takes one frame of the service. Raises: Malformed (messaging.domain.errors) for what is not the protocol."""
        outputs: list[Output] = []
        for struct in codec.decode_downs(frame):
            output = self._take(struct)
            if output is not None:
                outputs.append(output)
        return outputs

    def settle(self, welcome: Welcome) -> None:
        """All that this welcome announced is processed; ignored when a newer one came in between."""
        if welcome is self._announced:
            self.since = welcome.now
            self.stream_epoch = welcome.stream_epoch

    def closed(self, code: int) -> int | None:
        """The connection ended, or could not be made. Returns after how many ms to come back, or None: never."""
        if self.state is State.ENDED:
            return None
        if closing.is_final(code) and not self._is_worth_another_try(code):
            self.end()
            return None
        self.state = State.DOWN
        self._hello = None
        self._announced = None
        self._held.clear()
        unanswered = sorted(self._in_flight.values(), key=lambda command: command.ref)
        self._in_flight.clear()
        self._waiting.extendleft(map(self._sent_again, reversed(unanswered)))
        return self._delay(code)

    def _is_worth_another_try(self, code: int) -> bool:
        """What a bad network makes of a good client: sockets that the service still counts, a hello that came too late,
        a ticket that aged during a sleep. A fresh ticket that is not taken either is final.
        """
        if code == closing.BAD_TOKEN:
            self._bad_tickets += 1
            return self._bad_tickets < bad_tickets_max
        return code in _CROWDED_OR_LATE

    def end(self) -> None:
        """No further connection. Commands without an answer stay without."""
        self.state = State.ENDED
        self._waiting.clear()
        self._in_flight.clear()

    def _encode(self, command: AnyCommand) -> _Command:
        command.ref = self._next_ref
        self._next_ref += 1
        is_sealed = isinstance(command, Send | Notice | ConsentGive | Invite | Accept)
        message = command if isinstance(command, Send) else None
        return _Command(command.ref, codec.encode(command), _thread(command), is_sealed, message)

    def _sent_again(self, command: _Command) -> _Command:
        """As it is, but of a message the service is told that it may have it."""
        if command.message is None:
            return command
        command.message.again = True  # also for whoever submits it anew, after `busy` say
        command.message.ref = command.ref
        return replace(command, encoded=codec.encode(command.message))

    def _take(self, struct: AnyDown) -> Output | None:
        if isinstance(struct, Closing):
            self._wait_at_least_ms = struct.reconnect_after_ms or 0
            return None
        if isinstance(struct, Welcome):
            return self._welcomed(struct)
        ref = getattr(struct, "ref", None)
        if isinstance(struct, Err) and (ref is None or self.state is State.GREETING):
            return Refused(struct.problem)
        if ref is None:
            return Unasked(struct)
        if self._in_flight.pop(ref, None) is None:
            return None
        return Answered(ref, struct)

    def _welcomed(self, welcome: Welcome) -> Output | None:
        if self.state is not State.GREETING:
            return None
        self.state = State.READY
        self._failures = self._bad_tickets = 0
        self._announced = welcome
        void = self._void() if self.stream_epoch not in (None, welcome.stream_epoch) else ()
        waiting = dict.fromkeys(command.thread for command in self._waiting if command.thread is not None)
        complete = self.since is None or self.stream_epoch == welcome.stream_epoch
        if not complete:
            self.since = None
        return Welcomed(welcome, complete, {thread: self.hold(thread) for thread in waiting}, void)

    def _void(self) -> tuple[int, ...]:
        """Takes out what was sealed before the service was restored."""
        void = tuple(command.ref for command in self._waiting if command.is_sealed)
        self._waiting = deque(command for command in self._waiting if not command.is_sealed)
        return void

    def _delay(self, code: int) -> int:
        ceiling = min(backoff_max_ms, backoff_first_ms << min(self._failures, 16))
        if code == closing.TOO_MANY_REQUESTS:
            ceiling = backoff_max_ms
        if code in _CROWDED_OR_LATE:
            ceiling = patient_max_ms
        self._failures += 1
        return self._wait_at_least_ms + self._drawn(ceiling)

    def _drawn(self, ceiling_ms: int) -> int:
        return int.from_bytes(draw(self._entropy, 4), "big") * ceiling_ms // 2**32


def _frames(commands: Iterable[_Command]) -> Iterable[bytes]:
    """Packs commands into frames within the service's bounds, in order, the sends of one thread at most in each."""
    batch: list[bytes] = []
    size = 0
    of_thread: bytes | None = None
    for command in commands:
        is_another = None not in (of_thread, command.thread) and command.thread != of_thread
        if batch and (is_another or size + len(command.encoded) > frame_bytes_target):
            yield codec.join(batch)
            batch, size, of_thread = [], 0, None
        batch.append(command.encoded)
        size += len(command.encoded) + 1
        of_thread = command.thread or of_thread
    if batch:
        yield codec.join(batch)


def _thread(command: AnyCommand) -> bytes | None:
    """The thread that a command adds an event to."""
    if isinstance(command, Open | Rotate):
        return command.thread
    return _sent_thread(command) if isinstance(command, Send | Notice | Invite | Accept) else None


def _sent_thread(command: Send | Notice | Invite | Accept) -> bytes:
    """The thread of a payload; what is none goes as it is, for the service to refuse."""
    try:
        if isinstance(command, Invite):
            return parse_invited(command.payload).thread
        if isinstance(command, Accept):
            return parse_joined(command.payload).thread
        if isinstance(command, Notice):
            return parse_notice(command.payload).thread
        return parse_payload(command.payload).thread
    except E2EEError:
        return command.payload
