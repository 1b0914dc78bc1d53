"""The group-commit writer: takes all messages that wait, writes them in one transaction with one stamp signature, and
answers after the commit, while the next one is written.

The wait for the commit is the batching window; only between large batches there is a timer, so that they do not follow
each other at once. Where the outcome of a commit is unknown nobody is told yes or no: the socket is closed with
"reconnect", and the same bytes sent again get the truth.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import Final, Protocol

from msgspec import Struct

from messaging.domain import limits
from messaging.domain.errors import Busy, PliError
from messaging.ports import Fanout, Listener, Overtaken, Store
from messaging.services import presenting
from messaging.services.context import Context
from messaging.services.messages import Accepted, Incoming, append_messages
from messaging.tally import Tally
from messaging.wire import closing, codec
from messaging.wire.events import Ack

log = logging.getLogger("pli.writer")

_COMMIT_MESSAGES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
_COMMIT_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_ANSWERS_AT_ONCE: Final = 32


class Sender(Listener, Protocol):
    """The socket a message came from: gets its answer by `ref`, and does not hear its own event."""

    def answer(self, ref: int, encoded: bytes | PliError) -> None: ...


class Waiting(Struct, gc=False):
    """A message that waits for its commit."""

    sender: Sender
    ref: int
    incoming: Incoming


_Result = Accepted | PliError | None
_Done = list[tuple[Waiting, _Result]]
"""What was written, or refused, and is to be answered."""


class Commits:
    """How large the commits were, and how long they took, of all writers of a process."""

    def __init__(self) -> None:
        self.messages: Final = Tally(_COMMIT_MESSAGES)
        self.seconds: Final = Tally(_COMMIT_SECONDS)


class Writer:
    """One of a process: the messages of a thread all go to the same one, in their order."""

    def __init__(self, lane: int, store: Store, fanout: Fanout, context: Context, commits: Commits) -> None:
        self._lane = lane
        self._store = store
        self._fanout = fanout
        self._context = context
        self._commits = commits
        self._waiting: deque[Waiting] = deque()
        self._held_bytes = 0
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def held_bytes(self) -> int:
        """Payloads of those that wait, and of those that are not answered yet."""
        return self._held_bytes

    @property
    def busy(self) -> bool:
        """Whether something was put in that is not answered yet."""
        return not self._settled.is_set()

    async def settled(self) -> None:
        """Returns when everything is answered that was put in."""
        await self._settled.wait()

    def put(self, item: Waiting) -> None:
        self._waiting.append(item)
        self._held_bytes += len(item.incoming.payload)
        self._settled.clear()
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled, which loses nothing while it is not `busy`."""
        loop = asyncio.get_running_loop()
        done: _Done = []
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting or done:
                began = loop.time()
                batch = self._take()
                done = await self._write(batch, done)
                if batch:
                    self._commits.messages.add(len(batch))
                    self._commits.seconds.add(loop.time() - began)
                wait = began + limits.writer_every_s - loop.time()
                if len(batch) >= limits.writer_busy_from and wait > 0:
                    # What a commit costs beside its messages is paid less often; nobody waits where few write.
                    await self._answer_all(done)
                    done = []
                    await asyncio.sleep(began + limits.writer_every_s - loop.time())
            self._settled.set()

    def _take(self) -> list[Waiting]:
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), limits.writer_batch_max))]

    async def _write(self, batch: list[Waiting], before: _Done) -> _Done:
        """Answers what was written before, and what became of this batch; that is to be answered next."""
        if not batch:
            await self._answer_all(before)
            return []
        writing = asyncio.create_task(self._written(batch))
        await asyncio.sleep(0)  # the database has it now
        await self._answer_all(before)
        return list(zip(batch, await writing, strict=True))

    async def _written(self, batch: list[Waiting]) -> Sequence[_Result]:
        """One transaction for the batch; if it fails as a whole, one for each, so that one bad item harms itself
        only. None: nobody knows what became of it.
        """
        try:
            return await self._append(batch)
        except PliError as refusal:
            return [refusal] * len(batch)
        except Exception:
            log.exception("a batch of %d messages failed", len(batch))
            return await self._written_apart(batch)

    async def _written_apart(self, batch: Sequence[Waiting]) -> Sequence[_Result]:
        """After a batch that failed, maybe in its very commit: who is told yes or no here is told the truth, and from
        where on the database is away nobody is told anything.
        """
        results: list[_Result] = []
        for item in batch:
            try:
                results += await self._append([item])
            except Busy:
                break
            except PliError as refusal:
                results.append(refusal)
            except Exception:
                log.exception("a message failed")
                results.append(None)
        return results + [None] * (len(batch) - len(results))

    async def _answer_all(self, done: _Done) -> None:
        """A few at a time: sockets are read in between, and the database is served."""
        for start in range(0, len(done), _ANSWERS_AT_ONCE):
            for item, result in done[start : start + _ANSWERS_AT_ONCE]:
                self._held_bytes -= len(item.incoming.payload)
                try:
                    self._answer(item, result)
                except Exception:
                    log.exception("an answer could not be queued")
            await asyncio.sleep(0)

    async def _append(self, batch: Sequence[Waiting]) -> list[Accepted | PliError]:
        """Once more where another program wrote to the database: it does so once."""
        try:
            return await self._append_once(batch)
        except Overtaken:
            return await self._append_once(batch)

    async def _append_once(self, batch: Sequence[Waiting]) -> list[Accepted | PliError]:
        context = self._context
        async with self._store.appending(self._lane) as log:
            incoming = [item.incoming for item in batch]
            return await append_messages(log, incoming, context.clock(), context.stamper)

    def _answer(self, item: Waiting, result: _Result) -> None:
        if result is None:
            item.sender.close(closing.GOING_AWAY)
            return
        if isinstance(result, PliError):
            item.sender.answer(item.ref, result)
            return
        row = result.row
        ack = Ack(ref=item.ref, thread=row.thread, seq=row.seq, at=row.at, proof=row.proof)
        item.sender.answer(item.ref, codec.encode(ack))
        # A replay too: its first commit may have died before anybody heard of it. Who has the seq ignores it.
        event = codec.encode(presenting.event(row))
        self._fanout.publish(result.audience, event, but=item.sender, mark=(row.thread, row.seq))
