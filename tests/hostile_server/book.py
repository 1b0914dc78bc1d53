"""The log of a thread as a hostile server keeps it: it has the stamp key, so that it may chain and stamp what it likes.

What it cannot make are the contents: payloads are sealed and signed by the two sides.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from messaging.domain.authorization import Grant, Operation
from messaging.domain.ids import ThreadId
from messaging.e2ee import chain
from messaging.e2ee.stamp import Stamper
from messaging.services import presenting
from messaging.wire.commands import Pull
from messaging.wire.events import Ack, Event, Events, LogEntry, ThreadOpened, ThreadsPage, ThreadState, Welcome
from tests.hostile_server.door import Door
from tests.support.server import RunningService

_ALL: Final = 10_000_000

Retelling = Callable[[list[LogEntry]], list[LogEntry]]
"""From the log as it is to the log as it is shown."""


def event(entry: LogEntry, **changes: object) -> LogEntry:
    """An event with another field; its stamp is not made anew."""
    return msgspec.structs.replace(entry, **changes)


def made(kind: str, party: int, payload: bytes, at: int) -> LogEntry:
    """An event of the server's own, for `Book.stamped`."""
    return LogEntry(0, at, kind, party, payload, b"")


class Book:
    """One thread's log in the hands of the service."""

    def __init__(self, service: RunningService, thread: bytes) -> None:
        self.thread = thread
        self._service = service.service

    async def true(self) -> list[LogEntry]:
        """What the honest service has."""
        grant = Grant(Operation.EVENTS_PULL, thread=ThreadId(self.thread), party=0)
        rows = await self._service.pipeline.read(lambda tx: tx.events.range(grant, 0, _ALL, _ALL))
        return [presenting.log_entry(row) for row in rows]

    def stamped(self, entries: Sequence[LogEntry], stamper: Stamper | None = None) -> list[LogEntry]:
        """These events in this order as a log: numbered, chained, each stamped with the service's key, or another."""
        signing, told = stamper or self._service.context.stamper, list[LogEntry]()
        for seq, (each, head) in enumerate(zip(entries, self._heads(entries), strict=True), start=1):
            (proof,) = signing.stamp([(self.thread, seq, head)])
            told.append(event(each, seq=seq, proof=proof))
        return told

    def head(self, entries: Sequence[LogEntry]) -> bytes:
        """The head of a log of these events."""
        return self._heads(entries)[-1]

    def _heads(self, entries: Sequence[LogEntry]) -> list[bytes]:
        heads = [chain.head0(self._service.context.service_id, self.thread)]
        for seq, each in enumerate(entries, start=1):
            digest = chain.digest(each.kind, each.party, each.payload)
            heads.append(chain.next_head(heads[-1], seq, each.at, each.kind, each.party, digest))
        return heads[1:]


class Retold:
    """Shows another log of one thread at a door: in events, acks, answers to `pull`, and wherever its end is told."""

    def __init__(self, door: Door, book: Book, retelling: Retelling) -> None:
        self._book = book
        self._retelling = retelling
        self._sent = 0
        """How far events went out unasked."""
        door.hear(Pull, self._pulled)
        door.tell(Event, self._event)
        door.tell(Ack, self._ack)
        door.tell(Welcome, self._listed)
        door.tell(ThreadsPage, self._listed)
        door.tell(ThreadOpened, self._opened)

    async def shown(self) -> list[LogEntry]:
        return self._retelling(await self._book.true())

    async def _pulled(self, command: Pull) -> Pull | Events:
        if command.thread != self._book.thread:
            return command
        log = await self.shown()
        self._sent = max(self._sent, len(log))
        return Events(ref=command.ref, thread=command.thread, events=log[command.after :], head_seq=len(log))

    async def _event(self, told: Event) -> Event | list[Event]:
        if told.thread != self._book.thread:
            return told
        log = await self.shown()
        new, self._sent = log[self._sent :], max(self._sent, len(log))
        return [Event(thread=told.thread, **{name: getattr(each, name) for name in _FIELDS}) for each in new]

    async def _ack(self, ack: Ack) -> Ack:
        if ack.thread != self._book.thread:
            return ack
        (payload,) = [each.payload for each in await self._book.true() if each.seq == ack.seq]
        log = await self.shown()
        self._sent = max(self._sent, len(log))
        for each in reversed(log):
            if each.payload == payload:
                return Ack(ref=ack.ref, thread=ack.thread, seq=each.seq, at=each.at, proof=each.proof)
        return ack

    async def _listed(self, page: Welcome | ThreadsPage) -> Welcome | ThreadsPage:
        page.threads = [await self._state(state) for state in page.threads]
        return page

    async def _opened(self, opened: ThreadOpened) -> ThreadOpened:
        return ThreadOpened(state=await self._state(opened.state))

    async def _state(self, state: ThreadState) -> ThreadState:
        if state.thread != self._book.thread:
            return state
        log = await self.shown()
        self._sent = max(self._sent, len(log))
        return msgspec.structs.replace(state, seq=len(log))


_FIELDS: Final = LogEntry.__struct_fields__
