"""Command -> use case -> commit -> publish: the one way a change takes, and the only place that publishes.

Two doors. `send` puts a message into a group-commit writer (`messaging.writer`); `run` gives any other use case a
transaction of its own. A cancelled socket never cancels a transaction: both doors run in tasks of the pipeline.
"""

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

from messaging.domain import limits
from messaging.domain.errors import Busy, PliError
from messaging.domain.ids import AccountId, MailboxId
from messaging.e2ee.message import MessageParts
from messaging.ports import Fanout, Listener, Mark, Store, Transaction, side_log
from messaging.services.context import Context
from messaging.services.messages import Incoming
from messaging.services.outcome import Outcome, Publication
from messaging.wire import closing, codec
from messaging.wire.events import AnyDown, DeskEvent, Event, Receipt, ThreadOpened
from messaging.writer import Commits, Sender, Waiting, Writer

log = logging.getLogger("pli.pipeline")

T = TypeVar("T")
_LateKey = tuple[int, bytes, int]
"""(due in ms, thread, party)"""
UseCase = Callable[[Transaction], Awaitable[Outcome[T]]]
Query = Callable[[Transaction], Awaitable[T]]


class Pipeline:
    """Owns the writers, the late publications, and the number of use cases that run at once."""

    def __init__(self, store: Store, fanout: Fanout, context: Context, *, alone: bool = True) -> None:
        """`alone`: whether no other process is to write to this store."""
        self._store = store
        self._fanout = fanout
        self._context = context
        self.commits: Final = Commits()
        lanes = limits.writers_per_process if alone and not store.exclusive else 1
        self._writers = [Writer(lane, store, fanout, context, self.commits) for lane in range(lanes)]
        self._late = _Late(fanout, context)
        self._tasks: set[asyncio.Task[object]] = set()
        self._running: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        runs = [*(writer.run() for writer in self._writers), self._late.run()]
        self._running = {asyncio.create_task(each) for each in runs}

    async def stop(self) -> None:
        """Finishes what was accepted, then ends."""
        while self._tasks or any(writer.busy for writer in self._writers):
            if self._tasks:
                await asyncio.wait(self._tasks)
            for writer in self._writers:
                await writer.settled()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    @property
    def waiting(self) -> int:
        """Messages that wait for a commit."""
        return sum([writer.waiting for writer in self._writers])

    @property
    def running(self) -> int:
        """Other transactions that are under way."""
        return len(self._tasks)

    def send(self, sender: Sender, ref: int, parts: MessageParts, payload: bytes, *, again: bool = False) -> None:
        """Queues a message; `sender.answer` is called after its commit. `again`: it may be stored already, long ago.
        Raises: Busy, and nothing is stored."""
        held_bytes = sum([writer.held_bytes for writer in self._writers])
        if self.waiting >= limits.writer_queue_max or held_bytes >= limits.writer_queue_bytes_max:
            raise Busy("too many messages wait", retry_after_ms=limits.busy_retry_after_ms)
        writer = self._writers[parts.thread[-1] % len(self._writers)]
        writer.put(Waiting(sender, ref, Incoming(sender.actor, parts, payload, again)))

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
            encoded = codec.encode(publication.struct)
            for mailboxes, mark in _marked(publication):
                self._fanout.publish(mailboxes, encoded, but=but, mark=mark)
        for due, publication in outcome.later:
            self._late.add(due, publication)


def _marked(publication: Publication) -> list[tuple[Sequence[MailboxId], Mark | None]]:
    """To whom it is told, with how far the log is then that they hear."""
    struct = publication.struct
    if publication.aside and isinstance(struct, Event):
        return [([mailbox], (side_log(struct.thread, mailbox), struct.seq)) for mailbox in publication.mailboxes]
    return [(publication.mailboxes, _mark(struct))]


def _mark(struct: AnyDown) -> Mark | None:
    match struct:
        case Event():
            return struct.thread, struct.seq
        case ThreadOpened():
            # To one side only: it says nothing of what the other one heard.
            return side_log(struct.state.thread, struct.state.mailbox), struct.state.seq
        case DeskEvent():
            return struct.mailbox, struct.entry.seq
    return None


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
