"""What is known of the last messages of each thread stays bounded, and holds only up to where the head was."""

from collections.abc import Iterable, Sequence

import pytest
from msgspec.structs import replace

from messaging.domain import limits
from messaging.domain.ids import MessageId, ThreadId
from messaging.ports import EventRow, ThreadRow
from messaging.store import recent
from messaging.store.recent import Recent
from tests.store.test_plans import ROW

FIRST, SECOND = ThreadId(b"1" * 16), ThreadId(b"2" * 16)
LAST = limits.sent_again_within


def row(thread: ThreadId, head_seq: int, history: bytes = b"h") -> ThreadRow:
    return replace(ROW, thread=thread, head_seq=head_seq, head=history + head_seq.to_bytes(31, "big"))


def message(number: int) -> MessageId:
    return MessageId(number.to_bytes(16, "big"))


def key(thread: ThreadId, seq: int) -> tuple[ThreadId, int, MessageId]:
    return thread, seq % 2, message(seq)


def write(known: Recent, thread: ThreadId, seqs: range) -> None:
    """As after a commit of these messages."""
    events = [EventRow(thread, seq, 0, "message", seq % 2, message(seq), b"", b"") for seq in seqs]
    known.wrote(events, [row(thread, seqs[-1])])


def read(known: Recent, rows: Sequence[ThreadRow]) -> list[tuple[ThreadId, int]]:
    """As the writer does, from logs that hold messages and nothing else."""
    unread = known.unread(rows)
    by_thread = {each.thread: each for each in rows}
    found = [
        (thread, seq, seq % 2, message(seq))
        for thread, after in unread
        for seq in range(after + 1, by_thread[thread].head_seq + 1)
    ]
    known.read([by_thread[thread] for thread, _ in unread], found)
    return unread


def known_of(known: Recent, thread: ThreadId, seqs: Iterable[int]) -> list[int]:
    asked = {key(thread, seq): seq for seq in seqs}
    return [asked[found] for found in known.among(asked)]


def test_a_thread_is_read_once_and_then_what_others_wrote() -> None:
    known = Recent()
    assert read(known, [row(FIRST, 5)]) == [(FIRST, 0)]
    assert read(known, [row(FIRST, 5)]) == []
    write(known, FIRST, range(6, 9))
    assert read(known, [row(FIRST, 8)]) == []
    assert read(known, [row(FIRST, 10), row(SECOND, 1)]) == [(FIRST, 8), (SECOND, 0)]
    assert known_of(known, FIRST, range(1, 12)) == list(range(1, 11))
    assert known.among([(FIRST, 0, message(1))]) == [], "of the other party"


def test_of_a_thread_that_is_not_known_each_message_may_be_there() -> None:
    assert known_of(Recent(), FIRST, [1, 2]) == [1, 2]


def test_only_the_last_are_read() -> None:
    known = Recent()
    assert read(known, [row(FIRST, 10_000)]) == [(FIRST, 10_000 - LAST - 1)]
    assert read(known, [row(FIRST, 20_000)]) == [(FIRST, 20_000 - LAST - 1)]


def test_another_head_is_another_history() -> None:
    """A backup came back under a process that lives: its seq may be the same, what stands there is not."""
    known = Recent()
    for there in (row(FIRST, 3), row(FIRST, 5, b"other")):
        read(known, [row(FIRST, 5)])
        assert read(known, [there]) == [(FIRST, 0)]


def test_a_database_that_is_another_is_not_known() -> None:
    known = Recent()
    read(known, [row(FIRST, 5)])
    known.forget()
    assert read(known, [row(FIRST, 5)]) == [(FIRST, 0)]


@pytest.mark.parametrize("bound", ["_THREADS_MAX", "_BYTES_MAX"])
def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    most = {"_THREADS_MAX": 3, "_BYTES_MAX": 3 * (LAST + 1) * 17 * 5 // 4}[bound]
    monkeypatch.setattr(recent, bound, most)
    known = Recent()
    for number in range(20):
        thread = ThreadId(number.to_bytes(16, "big"))
        read(known, [row(thread, 0)])
        write(known, thread, range(1, 1_000))
        write(known, thread, range(1_000, 1_001))
        assert known_of(known, thread, [1, 990 - LAST * 5 // 4, 1_000 - LAST, 1_000]) == [1_000 - LAST, 1_000]
    held = [len(each.keys) for each in known._threads.values()]
    assert sum(held) == known._bytes
    assert 1 < len(held) <= 4
    assert known.unread([row(thread, 1_000)]) == [], "the newest stays"


def test_events_of_the_service_move_the_head_only() -> None:
    known = Recent()
    read(known, [row(FIRST, 0)])
    known.wrote([EventRow(FIRST, 1, 0, "released", 255, None, b"", b"")], [row(FIRST, 1)])
    assert read(known, [row(FIRST, 1)]) == []
