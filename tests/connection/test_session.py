"""The session as a state machine, without a socket: what may be carried out, what goes out and in which order, when it
ends (PROTOCOL.md sections 2, 3, 7 and 8).
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.connection.session import Session, State
from messaging.domain import limits
from messaging.domain.authorization import Person
from messaging.domain.errors import Conflict, Unverifiable
from messaging.domain.ids import AccountId
from messaging.wire import closing, codec
from messaging.wire.commands import Hello
from messaging.wire.events import Ok

DEVICE = "AAAAAAAAAAAAAAAAAAAAAA=="
HELLO = json.dumps({"t": "hello", "ref": 0, "ticket": "x", "device": DEVICE})
WELCOME = b'{"t":"welcome"}'
EVENT = b'{"t":"event"}'


def command(ref: int) -> dict[str, Any]:
    return {"t": "consents", "ref": ref, "thread": DEVICE}


def frame(*commands: dict[str, Any]) -> str:
    return json.dumps(commands[0] if len(commands) == 1 else commands)


class Peer:
    """A session and what its peer would read."""

    def __init__(self, *, welcomed: bool = True) -> None:
        self.woken = 0
        self.refreshed = 0
        self.session = Session(self._wake, self._refresh)
        if welcomed:
            self.session.receive(HELLO)
            self.session.open(Person(AccountId(b"a" * 16), {}))
            self.session.welcome(WELCOME)
            self.read()

    def read(self) -> list[dict[str, Any]]:
        """Every struct that would be written now."""
        structs: list[dict[str, Any]] = []
        while self.session.writable:
            decoded = json.loads(self.session.take())
            structs.extend(decoded if isinstance(decoded, list) else [decoded])
        return structs

    def _wake(self) -> None:
        self.woken += 1

    def _refresh(self) -> None:
        self.refreshed += 1


@pytest.mark.parametrize(
    "first",
    [
        frame(command(1)),
        f"[{HELLO},{HELLO}]",
        f"[{HELLO},{frame(command(1))}]",
        "[]",
        "{",
        json.dumps({"t": "later", "ref": 1}),
        None,
    ],
)
def test_the_first_frame_is_one_hello_or_the_last(first: str | None) -> None:
    peer = Peer(welcomed=False)
    assert peer.session.receive(first) == []
    assert peer.session.close_code == closing.PROTOCOL_ERROR
    assert peer.read() == [{"t": "closing", "code": closing.PROTOCOL_ERROR, "reconnect_after_ms": None}]


def test_a_hello_alone_may_come_in_an_array() -> None:
    (hello,) = Peer(welcomed=False).session.receive(f"[{HELLO}]")
    assert isinstance(hello, Hello)


@pytest.mark.parametrize("second", [HELLO, frame(command(1)), "[]"])
def test_nothing_comes_between_hello_and_welcome(second: str) -> None:
    peer = Peer(welcomed=False)
    assert len(peer.session.receive(HELLO)) == 1
    assert peer.session.receive(second) == []
    assert peer.session.close_code == closing.PROTOCOL_ERROR


def test_a_second_hello_ends_it_and_its_frame_is_not_carried_out() -> None:
    peer = Peer()
    assert peer.session.receive(f"[{frame(command(1))},{HELLO},{frame(command(2))}]") == []
    assert peer.session.close_code == closing.PROTOCOL_ERROR


def test_silence_is_over_with_the_hello() -> None:
    peer = Peer(welcomed=False)
    assert peer.session.awaits_hello
    peer.session.receive(HELLO)
    assert not peer.session.awaits_hello


def test_welcome_goes_before_what_came_while_it_was_made() -> None:
    peer = Peer(welcomed=False)
    peer.session.receive(HELLO)
    peer.session.open(Person(AccountId(b"a" * 16), {}))
    peer.session.deliver(EVENT)
    peer.session.deliver(EVENT)
    assert not peer.session.writable
    peer.session.welcome(WELCOME)
    assert [struct["t"] for struct in peer.read()] == ["welcome", "event", "event"]


def test_a_refused_hello_is_told_before_the_close() -> None:
    peer = Peer(welcomed=False)
    peer.session.receive(HELLO)
    peer.session.close(closing.BAD_TOKEN)
    assert peer.session.writable
    assert [struct["t"] for struct in peer.read()] == ["closing"]


def test_each_command_has_one_answer() -> None:
    peer = Peer()
    carried = peer.session.receive(frame(command(1), command(2), command(3)))
    assert [c.ref for c in carried] == [1, 2, 3]
    peer.session.answer(2, codec.encode(Ok(ref=2)))
    peer.session.answer(1, Conflict("why"))
    peer.session.answer(3, codec.encode(Ok(ref=3)))
    assert [(struct["t"], struct["ref"]) for struct in peer.read()] == [("ok", 2), ("err", 1), ("ok", 3)]


def test_a_broken_frame_answers_every_ref_that_can_be_read() -> None:
    peer = Peer()
    assert peer.session.receive(f'[{frame(command(1))},{{"t":"later","ref":2}}]') == []
    errors = peer.read()
    assert [struct["ref"] for struct in errors] == [1, 2]
    assert {struct["problem"]["code"] for struct in errors} == {"unknown_command"}


@pytest.mark.parametrize("broken", ["{", None])
def test_a_frame_without_a_ref_gets_an_error_without_one(broken: str | None) -> None:
    peer = Peer()
    assert peer.session.receive(broken) == []
    (error,) = peer.read()
    assert error["problem"]["code"] == "malformed"
    assert "ref" not in error


def test_unanswered_commands_are_bounded() -> None:
    peer = Peer()
    most = limits.unacked_commands_max
    assert len(peer.session.receive(frame(*map(command, range(most))))) == most
    assert peer.session.receive(frame(command(most))) == []
    (error,) = peer.read()
    assert (error["ref"], error["problem"]["code"]) == (most, "busy")
    assert error["problem"]["retry_after_ms"] > 0

    peer.session.answer(0, codec.encode(Ok(ref=0)))
    assert len(peer.session.receive(frame(command(most), command(most + 1)))) == 1


def test_what_unanswered_commands_hold_is_bounded() -> None:
    """A frame is as long as its sender likes; what waits of them is as much as two of the longest."""
    peer = Peer()
    long = frame(command(1)) + " " * (limits.frame_bytes_max - 100)
    assert all(len(peer.session.receive(long)) == 1 for _ in range(3))
    assert peer.session.receive(long) == []
    (error,) = peer.read()
    assert error["problem"]["code"] == "busy"

    for _ in range(3):
        peer.session.answer(1, codec.encode(Ok(ref=1)))
    assert all(len(peer.session.receive(long)) == 1 for _ in range(3)), "what was answered counts no more"
    assert peer.session.receive(long) == []


def test_who_floods_and_does_not_read_is_closed_before_refusals_pile_up() -> None:
    peer = Peer()
    flood = frame(*map(command, range(limits.commands_per_frame_max)))
    for _ in range(1_000):
        peer.session.receive(flood)
    assert peer.session.close_code == closing.TOO_MANY_REQUESTS
    assert sum(len(json.dumps(struct)) for struct in peer.read()) < 2 * limits.outbound_bytes_max


def test_who_asks_on_and_reads_no_answer_is_closed_before_answers_pile_up() -> None:
    """Also where each is answered at once, so that none ever waits."""
    peer = Peer()
    for _ in range(1_000):
        for admitted in peer.session.receive(frame(*map(command, range(limits.commands_per_frame_max)))):
            peer.session.answer(admitted.ref, Unverifiable("no message"))
    assert peer.session.close_code == closing.TOO_MANY_REQUESTS
    assert sum(len(json.dumps(struct)) for struct in peer.read()) < 3 * limits.outbound_bytes_max


def test_broken_frames_are_bounded() -> None:
    peer = Peer()
    for _ in range(limits.malformed_frames_max):
        peer.session.receive("{")
    assert peer.session.state is State.OPEN
    peer.session.receive("{")
    assert peer.session.close_code == closing.PROTOCOL_ERROR


def test_nothing_is_carried_out_once_it_closes() -> None:
    peer = Peer()
    peer.session.close(closing.GOING_AWAY)
    assert peer.session.receive(frame(command(1))) == []
    assert [struct["t"] for struct in peer.read()] == ["closing"]


def test_the_first_close_code_stays() -> None:
    peer = Peer()
    peer.session.close(closing.REVOKED, 5)
    peer.session.close(closing.GOING_AWAY, 7)
    assert peer.session.close_code == closing.REVOKED
    assert peer.read() == [{"t": "closing", "code": closing.REVOKED, "reconnect_after_ms": 5}]


def test_answers_that_come_while_it_closes_are_still_written() -> None:
    peer = Peer()
    peer.session.receive(frame(command(1)))
    peer.session.close(closing.GOING_AWAY)
    peer.session.answer(1, codec.encode(Ok(ref=1)))
    assert [struct["t"] for struct in peer.read()] == ["closing", "ok"]


def test_too_many_events_for_a_slow_socket_are_dropped_with_resync() -> None:
    peer = Peer()
    for _ in range(limits.outbound_events_max):
        peer.session.deliver(EVENT)
    assert peer.session.state is State.OPEN
    peer.session.deliver(EVENT)
    assert peer.session.close_code == closing.RESYNC
    assert [struct["t"] for struct in peer.read()] == ["closing"]


def test_too_many_bytes_for_a_slow_socket_are_dropped_with_resync() -> None:
    peer = Peer()
    large = json.dumps({"t": "event", "x": "y" * 60_000}).encode()
    for _ in range(10):
        peer.session.deliver(large)
    assert peer.session.close_code == closing.RESYNC
    assert [struct["t"] for struct in peer.read()] == ["closing"]


def test_a_socket_that_reads_gets_any_number_of_events() -> None:
    peer = Peer()
    for _ in range(10):
        for _ in range(limits.outbound_events_max):
            peer.session.deliver(EVENT)
        assert len(peer.read()) == limits.outbound_events_max
    assert peer.session.state is State.OPEN


def test_events_after_the_close_are_left_to_the_next_connection() -> None:
    peer = Peer()
    peer.session.close(closing.GOING_AWAY)
    peer.session.deliver(EVENT)
    assert [struct["t"] for struct in peer.read()] == ["closing"]


def test_what_waits_leaves_in_one_frame() -> None:
    peer = Peer()
    for ref in range(3):
        peer.session.deliver(codec.encode(Ok(ref=ref)))
    assert codec.decode_downs(peer.session.take()) == [Ok(ref=0), Ok(ref=1), Ok(ref=2)]
    assert not peer.session.writable


@given(st.lists(st.integers(2, 100_000), min_size=1, max_size=30))
def test_frames_are_bounded_and_nothing_is_lost_or_reordered(sizes: list[int]) -> None:
    session = Peer().session
    sent = [json.dumps("x" * (size - 2)).encode() for size in sizes]
    taken: list[str] = []

    def take() -> None:
        encoded = session.take()
        decoded = json.loads(encoded) if encoded[:1] == b"[" else [json.loads(encoded)]
        assert len(decoded) == 1 or len(encoded) <= limits.outbound_frame_bytes_max + len(decoded) + 1
        taken.extend(decoded)

    for ref, struct in enumerate(sent):
        while not session.has_room:
            take()  # as the connection does before it reads on
        session.receive(frame(command(ref)))
        session.answer(ref, struct)
    while session.writable:
        take()
    assert taken == [json.loads(struct) for struct in sent]
    assert session.has_room


def test_reads_wait_while_their_answers_do_not_fit() -> None:
    peer = Peer()
    peer.session.receive(frame(command(1), command(2)))
    assert peer.session.has_room
    peer.session.answer(1, b'"' + b"x" * limits.outbound_room_bytes + b'"')
    assert not peer.session.has_room
    peer.session.take()
    assert peer.session.has_room


def test_the_writer_is_woken_whenever_there_is_something_to_write() -> None:
    peer = Peer()
    before = peer.woken
    peer.session.deliver(EVENT)
    peer.session.receive("{")
    peer.session.close(closing.GOING_AWAY)
    assert peer.woken == before + 3


def test_refresh_goes_to_the_connection() -> None:
    peer = Peer()
    peer.session.refresh()
    assert peer.refreshed == 1
