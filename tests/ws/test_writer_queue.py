"""What waits for a commit is bounded by what it holds, too, not only by its number."""

from types import SimpleNamespace
from typing import Any

import pytest

from messaging.domain import limits
from messaging.domain.authorization import Person
from messaging.domain.errors import Busy, PliError
from messaging.domain.ids import AccountId
from messaging.pipeline import Pipeline
from tests.support.waiting import until

PARTS: Any = SimpleNamespace(thread=bytes(16))
"""Nobody comes to read more of them here."""
PAYLOAD = bytes(limits.payload_bytes_max)


class Socket:
    """Somebody who sends."""

    actor = Person(AccountId(b"a" * 16), {})
    account = actor.account
    device = bytes(16)

    def __init__(self) -> None:
        self.ends = 0

    def answer(self, ref: int, encoded: bytes | PliError) -> None:
        self.ends += 1

    def close(self, code: int) -> None:
        self.ends += 1

    def deliver(self, encoded: bytes) -> None: ...

    def refresh(self) -> None: ...


def fill(pipeline: Pipeline, socket: Socket) -> int:
    """Sends the longest messages until no more is taken; how many were."""
    for sent in range(limits.writer_queue_max):
        try:
            pipeline.send(socket, sent, PARTS, PAYLOAD)
        except Busy:
            return sent
    raise AssertionError("as many of the longest messages as of any may wait")


async def test_messages_that_wait_hold_so_much_and_no_more(pipeline: Pipeline) -> None:
    socket = Socket()
    most = fill(pipeline, socket)
    assert most * len(PAYLOAD) - limits.writer_queue_bytes_max in range(len(PAYLOAD))
    with pytest.raises(Busy):
        pipeline.send(socket, most, PARTS, b"")

    pipeline.start()
    await until(lambda: socket.ends == most)
    await pipeline.stop()
    assert fill(pipeline, socket) == most, "what was answered holds nothing any more"
