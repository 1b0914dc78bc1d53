"""Command -> use case -> commit -> publish: the one way a change takes, and the only place that publishes.

Two doors. `send` puts a message into the group-commit writer: one task takes all that wait, writes them in one
transaction with one stamp signature, answers after the commit, then takes what came meanwhile; the wait for the
commit is the batching window, there is no timer. `run` gives any other use case a transaction of its own.

A cancelled socket never cancels a transaction: both doors run in tasks of the pipeline. Where the outcome of a commit
is unknown nobody is told yes or no: the socket is closed with "reconnect", and the same bytes sent again get the
truth.
"""

import asyncio
import heapq
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from msgspec import Struct

from messaging.domain import limits
from messaging.domain.authorization import Person
from messaging.domain.errors import Busy, PliError
from messaging.domain.ids import AccountId, MailboxId
from messaging.e2ee.message import MessageParts
from messaging.ports import Fanout, Listener, Store, Transaction
from messaging.services import presenting
from messaging.services.context import Context
from messaging.services.messages import Accepted, Incoming, append_messages
from messaging.services.outcome import Outcome, Publication
from messaging.wire import closing, codec
from messaging.wire.events import Ack, Receipt

log = logging.getLogger("pli.pipeline")

T = TypeVar("T")
_LateKey = tuple[int, bytes, int]
"""(due in ms, thread, party)"""
UseCase = Callable[[Transaction], Awaitable[Outcome[T]]]
Query = Callable[[Transaction], Awaitable[T]]


class Sender(Listener, Protocol):
    """The socket a message came from: gets its answer by `ref`, and does not hear its own event."""

    @property
    def actor(self) -> Person: ...

    def answer(self, ref: int, encoded: bytes | PliError) -> None: ...


class _Waiting(Struct, gc=False):
    sender: Sender
    ref: int
    incoming: Incoming


class Pipeline:
    """Owns the writer, the late publications, and the number of use cases that run at once."""

    def __init__(self, store: Store, fanout: Fanout, context: Context) -> None:
        self._store = store
        self._fanout = fanout
        self._context = context
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._writing = False
        self._late = _Late(fanout, context)
        self._tasks: set[asyncio.Task[object]] = set()
        self._running: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._running = {asyncio.create_task(self._write_forever()), asyncio.create_task(self._late.run())}

    async def stop(self) -> None:
        """Finishes what was accepted, then ends."""
        while self._waiting or self._tasks or self._writing:
            self._wake.set()
            await asyncio.sleep(0.01)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    @property
    def waiting(self) -> int:
        """Messages that wait for a commit."""
        return len(self._waiting)

    def send(self, sender: Sender, ref: int, parts: MessageParts, payload: bytes) -> None:
        """Queues a message; `sender.answer` is called after its commit. Raises: Busy, and nothing is stored."""
        if len(self._waiting) >= limits.writer_queue_max:
            raise Busy("too many messages wait", retry_after_ms=limits.busy_retry_after_ms)
        self._waiting.append(_Waiting(sender, ref, Incoming(sender.actor, parts, payload)))
        self._wake.set()

    async def run(self, use_case: UseCase[T], *, origin: Listener | None = None) -> T:
        """Runs a use case to its commit and publishes. Raises what the use case refuses with, and Busy."""
        if len(self._tasks) >= limits.writer_queue_max:
            raise Busy("too many requests wait", retry_after_ms=limits.busy_retry_after_ms)
        return await self._outlive(asyncio.create_task(self._commit(use_case, origin)))

    async def read(self, query: Query[T]) -> T:
        """Runs a query in a transaction that writes nothing."""
        if len(self._tasks) >= limits.writer_queue_max:
            raise Busy("too many requests wait", retry_after_ms=limits.busy_retry_after_ms)
        return await self._outlive(asyncio.create_task(self._query(query)))

    async def purge(self, tables: Sequence[str]) -> Mapping[str, str]:
        """Clears the database's files of what was deleted from these tables (`messaging.ports.Store.purge`)."""
        return await self._outlive(asyncio.create_task(self._purge(tables)))

    async def _purge(self, tables: Sequence[str]) -> Mapping[str, str]:
        return await self._store.purge(tables)

    async def _outlive(self, task: asyncio.Task[T]) -> T:
        """Awaits a task that goes on to its end, and is waited for at the stop, also when who asked for it is gone."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_nobody_asks)
            raise

    async def _query(self, query: Query[T]) -> T:
        async with self._store.reading() as tx:
            return await query(tx)

    async def _commit(self, use_case: UseCase[T], origin: Listener | None) -> T:
        barred: Sequence[tuple[AccountId, MailboxId]] = ()
        try:
            async with self._store.transaction() as tx:
                outcome = await use_case(tx)
                barred = outcome.bar
                for account, mailbox in barred:
                    self._fanout.bar(account, mailbox)
        except BaseException:
            # Nothing was committed, or nobody knows: their sockets read where they sit, and what they missed, again.
            self._lift(barred)
            for account, _ in barred:
                self._fanout.close_account(account, closing.RESYNC)
            raise
        self._lift(barred)
        self._publish(outcome, origin)
        return outcome.answer

    def _lift(self, barred: Sequence[tuple[AccountId, MailboxId]]) -> None:
        for account, mailbox in barred:
            self._fanout.lift(account, mailbox)

    def _publish(self, outcome: Outcome[T], origin: Listener | None) -> None:
        for account in outcome.close:
            self._fanout.close_account(account, closing.REVOKED)
        for account in outcome.refresh:
            self._fanout.refresh_account(account)
        for publication in outcome.publish:
            but = None if publication.to_sender else origin
            self._fanout.publish(publication.mailboxes, codec.encode(publication.struct), but=but)
        for due, publication in outcome.later:
            self._late.add(due, publication)

    async def _write_forever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                count = min(len(self._waiting), limits.writer_batch_max)
                batch = [self._waiting.popleft() for _ in range(count)]
                self._writing = True
                try:
                    await self._write(batch)
                finally:
                    self._writing = False

    async def _write(self, batch: list[_Waiting]) -> None:
        """One transaction for the batch; if it fails as a whole, one for each, so that one bad item harms itself
        only.
        """
        try:
            results = await self._append(batch)
        except PliError as refusal:
            for item in batch:
                item.sender.answer(item.ref, refusal)
            return
        except Exception:
            log.exception("a batch of %d messages failed", len(batch))
            if len(batch) > 1:
                for item in batch:
                    await self._write([item])
            else:
                batch[0].sender.close(closing.GOING_AWAY)
            return
        for item, result in zip(batch, results, strict=True):
            try:
                self._answer(item, result)
            except Exception:
                log.exception("an answer could not be queued")

    async def _append(self, batch: Sequence[_Waiting]) -> list[Accepted | PliError]:
        context = self._context
        async with self._store.transaction() as tx:
            return await append_messages(tx, [i.incoming for i in batch], context.clock(), context.stamper)

    def _answer(self, item: _Waiting, result: Accepted | PliError) -> None:
        if isinstance(result, PliError):
            item.sender.answer(item.ref, result)
            return
        row = result.row
        ack = Ack(ref=item.ref, thread=row.thread, seq=row.seq, at=row.at, proof=row.proof)
        item.sender.answer(item.ref, codec.encode(ack))
        # A replay too: its first commit may have died before anybody heard of it. Who has the seq ignores it.
        event = codec.encode(presenting.event(row))
        self._fanout.publish(result.parties.audience, event, but=item.sender)


def _nobody_asks(task: asyncio.Task[object]) -> None:
    """A refusal that nobody waits for any more is nobody's business; a failure still is ours."""
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, PliError):
        log.error("a use case failed after who asked for it had gone", exc_info=error)


class _Late:
    """Coarse receipts, each at the end of its minute. Bounded; what falls out is found by whoever lists threads.

    Of one side's receipts in one thread and minute only the last goes out: how often somebody read is nobody's news.
    """

    _most = 10_000

    def __init__(self, fanout: Fanout, context: Context) -> None:
        self._fanout = fanout
        self._clock = context.clock
        self._heap: list[_LateKey] = []
        self._last: dict[_LateKey, Publication] = {}

    def add(self, due: int, publication: Publication) -> None:
        receipt = publication.struct
        if not isinstance(receipt, Receipt) or len(self._heap) >= self._most:
            return
        key = (due, receipt.thread, receipt.party)
        if key not in self._last:
            heapq.heappush(self._heap, key)
        self._last[key] = publication

    async def run(self) -> None:
        while True:
            await asyncio.sleep(0.25)
            now = self._clock()
            while self._heap and self._heap[0][0] <= now:
                publication = self._last.pop(heapq.heappop(self._heap))
                self._fanout.publish(publication.mailboxes, codec.encode(publication.struct))
