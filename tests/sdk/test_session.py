"""The protocol core without a socket: what goes out, what goes out again, when to come back."""

import msgspec
import pytest

from messaging.domain import limits
from messaging.domain.errors import Malformed
from messaging.wire import closing, codec
from messaging.wire.commands import AnyCommand, DeskPut, Hello, Pull, Send
from messaging.wire.events import Ack, AnyDown, Closing, Err, Ok, Problem, Receipt, Welcome
from pli_client.errors import Ended, Overloaded, ProblemError
from pli_client.session import (
    Answered,
    Output,
    Refused,
    Session,
    State,
    Unasked,
    Welcomed,
    backoff_first_ms,
    backoff_max_ms,
    in_flight_max,
    patient_max_ms,
    spread_ms_default,
    waiting_max,
)
from tests.sdk.world import Stream

THREAD = bytes(16)


def highest(width: int) -> bytes:
    """`Entropy` that always draws the longest delay."""
    return b"\xff" * width


def lowest(width: int) -> bytes:
    return bytes(width)


def session(*, spread_ms: int = 0, **kwargs: int) -> Session:
    return Session(b"\x01" * 16, highest, spread_ms=spread_ms, **kwargs)


def welcome(now: int = 1_000, stream_epoch: int = 1) -> Welcome:
    return Welcome(
        ref=1,
        now=now,
        service=bytes(16),
        stream_epoch=stream_epoch,
        account=bytes(16),
        seats=[],
        threads=[],
        more=False,
    )


def give(to: Session, *structs: AnyDown) -> list[Output]:
    return to.received(codec.join(codec.encode(struct) for struct in structs))


def sent(by: Session) -> list[AnyCommand]:
    """What the session sends now, decoded as the service would."""
    return [command for frame in by.outgoing() for command in codec.decode_commands(frame)]


def connect(to: Session, **kwargs: int) -> list[Output]:
    to.open("ticket")
    to.outgoing()
    return give(to, welcome(**kwargs))


def pull(after: int) -> Pull:
    return Pull(ref=0, thread=THREAD, after=after)


def send(text: bytes) -> Send:
    return Send(ref=0, payload=text)


def position(of: Session) -> tuple[int | None, int | None]:
    return of.since, of.stream_epoch


def test_hello_goes_first_and_alone() -> None:
    s = session(since=5, stream_epoch=9)
    s.submit(pull(0))
    assert sent(s) == []
    s.open("ticket")
    (hello,) = sent(s)
    assert isinstance(hello, Hello)
    assert (hello.ticket, hello.since, hello.stream_epoch) == ("ticket", 5, 9)
    assert sent(s) == []
    give(s, welcome())
    assert [type(command) for command in sent(s)] == [Pull]


def test_answers_find_their_command() -> None:
    s = session()
    connect(s)
    first, second = s.submit(pull(1)), s.submit(pull(2))
    sent(s)
    problem = Problem("/problems/not_found", "Introuvable", 404, "not_found")
    outputs = give(s, Err(problem=problem, ref=second), Ok(ref=first))
    assert outputs == [Answered(second, Err(problem=problem, ref=second)), Answered(first, Ok(ref=first))]


def test_an_answer_that_nobody_asked_for_is_ignored() -> None:
    s = session()
    connect(s)
    assert give(s, Ok(ref=77)) == []


def test_events_pass_through() -> None:
    s = session()
    connect(s)
    receipt = Receipt(thread=THREAD, party=0, seq=1, at=1)
    assert give(s, receipt) == [Unasked(receipt)]


def test_events_of_a_later_version_are_left_out() -> None:
    s = session()
    connect(s)
    assert s.received(b'[{"t":"soon","x":1}]') == []
    with pytest.raises(Malformed):
        s.received(b'{"t":"ok"}')


def test_what_had_no_answer_goes_out_again_in_its_first_order_and_messages_say_so() -> None:
    s = session()
    connect(s)
    refs = [s.submit(send(text)) for text in (b"un", b"deux", b"trois")]
    before = sent(s)
    give(s, Ack(ref=refs[1], thread=THREAD, seq=3, at=1, proof=b""))
    s.submit(send(b"quatre"))
    s.closed(1006)
    s.open("ticket2")
    assert [type(command) for command in sent(s)] == [Hello]
    give(s, welcome())
    again = sent(s)
    assert [(c.ref, c.payload, c.again) for c in again if isinstance(c, Send)] == [
        (refs[0], b"un", True),
        (refs[2], b"trois", True),
        (refs[2] + 1, b"quatre", False),
    ]
    assert [c.again for c in before if isinstance(c, Send)] == [False] * 3


def test_the_answer_to_a_resent_command_is_given_once() -> None:
    s = session()
    connect(s)
    ref = s.submit(send(b"un"))
    sent(s)
    s.closed(4001)
    connect(s)
    sent(s)
    ack = Ack(ref=ref, thread=THREAD, seq=2, at=1, proof=b"")
    assert give(s, ack) == [Answered(ref, ack)]
    assert give(s, ack) == []


def test_a_lost_hello_is_not_sent_again_on_the_next_connection() -> None:
    s = session()
    s.open("first")
    sent(s)
    s.closed(1006)
    s.open("second")
    (hello,) = sent(s)
    assert isinstance(hello, Hello)
    assert hello.ticket == "second"
    give(s, welcome())
    assert sent(s) == []


def test_what_was_forgotten_is_not_sent_again() -> None:
    s = session()
    connect(s)
    ref, kept = s.submit(pull(1)), s.submit(pull(2))
    waiting = s.submit(pull(3))
    s.forget(waiting)
    sent(s)
    s.forget(ref)
    s.closed(1006)
    connect(s)
    assert [command.ref for command in sent(s)] == [kept]


def test_at_most_a_window_waits_for_answers() -> None:
    s = session()
    connect(s)
    refs = [s.submit(pull(n)) for n in range(in_flight_max + 5)]
    assert len(sent(s)) == in_flight_max
    assert sent(s) == []
    give(s, Ok(ref=refs[0]), Ok(ref=refs[1]))
    assert [command.ref for command in sent(s)] == refs[in_flight_max : in_flight_max + 2]


def test_what_is_longer_than_a_frame_is_refused_before_it_cuts_the_connection() -> None:
    s = session()
    connect(s)
    with pytest.raises(ProblemError) as refused:
        s.submit(DeskPut(ref=0, mailbox=THREAD, entry=THREAD, blob=b"x" * limits.frame_bytes_max))
    assert refused.value.code == "too_large"
    assert refused.value.final
    assert sent(s) == []


def test_frames_stay_within_what_the_service_takes() -> None:
    s = session()
    connect(s)
    payload = b"x" * limits.payload_bytes_max
    for _ in range(3):
        s.submit(send(payload))
    for _ in range(20):
        s.submit(send(b"short"))
    refs = []
    while frames := s.outgoing():
        assert all(len(frame) <= limits.frame_bytes_max for frame in frames)
        assert sum(map(len, frames)) < limits.unacked_bytes_max
        batch = [command.ref for frame in frames for command in codec.decode_commands(frame)]
        give(s, *(Ok(ref=ref) for ref in batch))
        refs += batch
    assert refs == sorted(refs)
    assert len(refs) == 23


def test_a_whole_window_may_stand_in_one_frame() -> None:
    assert in_flight_max <= limits.commands_per_frame_max
    assert in_flight_max < limits.unacked_commands_max


def test_too_many_waiting_commands_are_refused() -> None:
    s = session()
    for n in range(waiting_max):
        s.submit(pull(n))
    with pytest.raises(Overloaded):
        s.submit(pull(0))


# since


def test_since_moves_only_when_the_welcome_was_settled() -> None:
    s = session()
    (output,) = connect(s, now=1_000)
    assert output == Welcomed(welcome(1_000), complete=True)
    s.closed(1006)
    assert s.since is None
    (second,) = connect(s, now=2_000)
    assert isinstance(second, Welcomed)
    s.settle(second.welcome)
    assert position(s) == (2_000, 1)
    s.closed(1006)
    s.open("ticket")
    (hello,) = sent(s)
    assert isinstance(hello, Hello)
    assert hello.since == 2_000


def test_settling_a_welcome_of_an_earlier_connection_changes_nothing() -> None:
    s = session()
    (first,) = connect(s, now=1_000)
    s.closed(1006)
    connect(s, now=2_000)
    assert isinstance(first, Welcomed)
    s.settle(first.welcome)
    assert s.since is None


def test_a_welcome_after_since_lists_all_that_changed() -> None:
    s = session(since=500, stream_epoch=1)
    (output,) = connect(s, now=1_000)
    assert isinstance(output, Welcomed)
    assert output.complete
    assert s.since == 500


def test_another_stream_epoch_forgets_since_until_all_is_compared() -> None:
    s = session(since=500, stream_epoch=1)
    (output,) = connect(s, now=1_000, stream_epoch=2)
    assert isinstance(output, Welcomed)
    assert not output.complete
    assert s.since is None
    s.closed(1006)
    (again,) = connect(s, now=1_500, stream_epoch=2)
    assert isinstance(again, Welcomed)
    assert again.complete
    s.settle(again.welcome)
    assert position(s) == (1_500, 2)


def test_what_was_sealed_before_a_restored_backup_is_taken_out_for_its_author() -> None:
    s = session(since=500, stream_epoch=1)
    connect(s, now=1_000)
    in_flight, reading = s.submit(send(b"in flight")), s.submit(pull(3))
    sent(s)
    s.closed(1006)
    waiting = s.submit(send(b"waiting"))
    (same,) = connect(s, now=1_500)
    assert isinstance(same, Welcomed)
    assert same.void == ()
    s.closed(1006)
    (other,) = connect(s, now=2_000, stream_epoch=2)
    assert isinstance(other, Welcomed)
    assert set(other.void) == {in_flight, waiting}
    assert [command.ref for command in sent(s)] == [reading]


# coming back


@pytest.mark.parametrize("code", [1000, 1001, 1006, 1011, 4001, 4005, 4008, 4010])
def test_a_lost_connection_comes_back_soon(code: int) -> None:
    s = session()
    connect(s)
    delay = s.closed(code)
    assert delay is not None
    assert 0 <= delay <= backoff_first_ms


@pytest.mark.parametrize("code", [closing.PROTOCOL_ERROR, closing.REVOKED, 4999])
def test_a_final_code_ends_the_session(code: int) -> None:
    s = session()
    connect(s)
    s.submit(pull(0))
    assert s.closed(code) is None
    assert s.state is State.ENDED
    with pytest.raises(Ended):
        s.submit(pull(0))
    assert s.closed(1006) is None


def test_a_fresh_ticket_that_is_not_taken_either_is_final() -> None:
    s = session()
    s.open("aged during a sleep")
    assert s.closed(closing.BAD_TOKEN) is not None
    connect(s)
    assert s.closed(closing.BAD_TOKEN) is not None
    s.open("fresh")
    assert s.closed(closing.BAD_TOKEN) is None
    assert s.state is State.ENDED


@pytest.mark.parametrize("code", [closing.HELLO_TIMEOUT, closing.TOO_MANY_CONNECTIONS])
def test_a_crowded_or_slow_network_is_waited_out(code: int) -> None:
    s = session()
    for _ in range(5):
        s.open("ticket")
        assert s.closed(code) == patient_max_ms - 1


def test_the_delay_doubles_up_to_its_ceiling_and_a_welcome_starts_anew() -> None:
    s = session()
    delays = [s.closed(1006) for _ in range(9)]
    assert delays == [min(backoff_max_ms, backoff_first_ms << n) - 1 for n in range(9)]
    connect(s)
    assert s.closed(1006) == backoff_first_ms - 1


def test_the_delay_is_full_jitter() -> None:
    s = Session(b"\x01" * 16, lowest)
    assert [s.closed(1006) for _ in range(5)] == [0] * 5


def test_the_service_says_how_long_to_wait_at_least() -> None:
    s = session()
    connect(s)
    assert give(s, Closing(code=4001, reconnect_after_ms=3_000)) == []
    assert s.closed(4001) == 3_000 + backoff_first_ms - 1
    connect(s)
    assert s.closed(1006) == backoff_first_ms - 1


def test_too_many_requests_waits_long_at_once() -> None:
    s = session()
    connect(s)
    assert s.closed(closing.TOO_MANY_REQUESTS) == backoff_max_ms - 1


def test_a_refused_hello_says_why() -> None:
    s = session()
    s.open("ticket")
    sent(s)
    problem = Problem("/problems/unauthenticated", "Connexion nécessaire", 401, "unauthenticated")
    assert give(s, Err(problem=problem, ref=1)) == [Refused(problem)]
    assert s.closed(closing.REVOKED) is None


def test_a_frame_that_the_service_could_not_read_says_so() -> None:
    s = session()
    connect(s)
    problem = Problem("/problems/malformed", "Demande illisible", 400, "malformed")
    assert give(s, Err(problem=problem)) == [Refused(problem)]


def test_commands_keep_their_bytes_when_the_caller_reuses_the_struct() -> None:
    s = session()
    command = pull(1)
    first, second = s.submit(command), s.submit(command)
    connect(s)
    assert [msgspec.structs.asdict(c)["ref"] for c in sent(s)] == [first, second]


# what peers could compare


def frames(by: Session) -> list[list[AnyCommand]]:
    return [list(codec.decode_commands(frame)) for frame in by.outgoing()]


def test_after_an_outage_each_thread_waits_for_a_moment_of_its_own() -> None:
    s = Session(bytes(16), Stream("moments"))
    for text in (b"A", b"B", b"C"):
        s.submit(send(text))
    (welcomed,) = connect(s)
    assert isinstance(welcomed, Welcomed)
    assert list(welcomed.held) == [b"A", b"B", b"C"]
    assert len(set(welcomed.held.values())) == 3
    assert all(0 <= delay_ms <= spread_ms_default for delay_ms in welcomed.held.values())
    assert sent(s) == []
    s.submit(pull(0))
    assert [type(command) for command in sent(s)] == [Pull]
    s.release(b"B")
    (command,) = sent(s)
    assert isinstance(command, Send)
    assert command.payload == b"B"


def test_what_had_no_answer_when_the_line_broke_waits_too() -> None:
    s = session(spread_ms=spread_ms_default)
    connect(s)
    s.submit(send(b"A"))
    assert len(sent(s)) == 1
    s.closed(1006)
    (welcomed,) = connect(s)
    assert isinstance(welcomed, Welcomed)
    assert list(welcomed.held) == [b"A"]
    assert sent(s) == []


def test_two_threads_never_share_a_frame() -> None:
    s = session()
    connect(s)
    for text in (b"A", b"A", b"B"):
        s.submit(send(text))
    s.submit(pull(0))
    assert [len(commands) for commands in frames(s)] == [2, 2]
