"""What a writer knows of the last messages of each log, so that a message that is sent again is found.

An index on the ids of all messages costs more than everything else of a send once the table has grown: ids are random,
so that every insert writes to another page. Whoever sends again was not answered, and sends again soon: the last events
of the thread are enough. They are read once, when a thread is written to for the first time; from then on what this
process wrote is known, and what others wrote in between is read. What says that it comes again is looked for further
back, in the table (`messaging.store.appending`).
"""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from messaging.domain import limits
from messaging.domain.ids import MessageId, ThreadId
from messaging.ports import EventRow, ThreadRow

_KEY_BYTES: Final = 17
_KEPT_BYTES: Final = (limits.sent_again_within + 1) * _KEY_BYTES
_KEPT_BYTES_MAX: Final = _KEPT_BYTES * 5 // 4
"""Of one thread: it is cut back when it has a quarter more."""
_THREADS_MAX: Final = 16_384
_BYTES_MAX: Final = 8_388_608
"""Of all threads; beyond either, the one that was read first is forgotten, and read again when it is needed."""
_PARTY_BYTES: Final = tuple(bytes([party]) for party in range(256))


class _Thread(Struct, gc=False):
    head_seq: int
    head: bytes
    """Up to which event all are known."""
    keys: bytes
    """Message id and party of each, in order: 17 bytes that cost nothing beside themselves."""


class Recent:
    """Of one writer. What it knows of a thread holds while the thread is locked and its head is where it was."""

    def __init__(self) -> None:
        self._threads: dict[ThreadId, _Thread] = {}
        self._bytes = 0

    def unread(self, rows: Iterable[ThreadRow]) -> list[tuple[ThreadId, int]]:
        """(thread, after): of which of these locked threads the events after a seq are to be read first."""
        found: list[tuple[ThreadId, int]] = []
        for row in rows:
            known = self._threads.get(row.thread)
            if known is None or known.head != row.head:
                since = 0 if known is None or known.head_seq >= row.head_seq else known.head_seq
                found.append((row.thread, max(since, row.head_seq - limits.sent_again_within - 1, 0)))
        return found

    def read(self, rows: Iterable[ThreadRow], found: Iterable[tuple[ThreadId, int, int, MessageId]]) -> None:
        """What was read for `unread`: the threads, and (thread, seq, party, message id) in order of seq."""
        keys: dict[ThreadId, list[bytes]] = {}
        for thread, _, party, message in found:
            keys.setdefault(thread, []).append(message + _PARTY_BYTES[party])
        for row in rows:
            known = self._threads.pop(row.thread, None)
            held = b"" if known is None or known.head_seq >= row.head_seq else known.keys
            self._bytes -= 0 if known is None else len(known.keys)
            grown = _cut(held + b"".join(keys.get(row.thread, ())))
            self._threads[row.thread] = _Thread(row.head_seq, row.head, grown)
            self._bytes += len(grown)

    def wrote(self, events: Sequence[EventRow], threads: Iterable[ThreadRow]) -> None:
        """What was committed just now: events in order, and the threads as they are since."""
        known, party_bytes = self._threads, _PARTY_BYTES
        for event in events:
            thread = known.get(event.thread)
            if thread is not None and event.msg_id is not None:
                thread.keys += event.msg_id + party_bytes[event.party]
                self._bytes += _KEY_BYTES
        for row in threads:
            thread = known.get(row.thread)
            if thread is not None:
                thread.head_seq, thread.head = row.head_seq, row.head
                if len(thread.keys) > _KEPT_BYTES_MAX:
                    self._bytes -= len(thread.keys) - _KEPT_BYTES
                    thread.keys = _cut(thread.keys)
        while len(known) > _THREADS_MAX or self._bytes > _BYTES_MAX:
            self._bytes -= len(known.pop(next(iter(known))).keys)

    def among(self, messages: Iterable[tuple[ThreadId, int, MessageId]]) -> list[tuple[ThreadId, int, MessageId]]:
        """Those (thread, party, message id) that may be among the last of their threads: all of a thread that is not
        known any more."""
        threads, party_bytes = self._threads, _PARTY_BYTES
        return [
            key
            for key in messages
            if (known := threads.get(key[0])) is None or key[2] + party_bytes[key[1]] in known.keys
        ]

    def forget(self) -> None:
        """The database is another than it was."""
        self._threads.clear()
        self._bytes = 0


def _cut(keys: bytes) -> bytes:
    return keys[-_KEPT_BYTES:]
