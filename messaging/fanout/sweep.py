"""Finds what the processes did not tell each other: the database is the truth, and this process looks into it.

Compared are the heads of the logs that its sockets follow with how far they were told, and the seats that they hear by
with those that are held. Of a thread that is a little ahead the events themselves are said, as if word of them had
come: nobody has to pull. Where it is far ahead, or has a third party, or nothing is known of it, who is behind gets the
thread's state, and of a desk its newest entry, and pulls the rest.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from messaging.domain import limits
from messaging.domain.authorization import Actor, Parties
from messaging.domain.errors import PliError
from messaging.domain.ids import AccountId, MailboxId, ThreadId
from messaging.domain.seat import SeatState
from messaging.fanout.marks import Marks
from messaging.ports import Clock, Listener, Mark, Store, Transaction, side_log
from messaging.services import presenting, sync
from messaging.wire import closing, codec
from messaging.wire.commands import DeskPull
from messaging.wire.events import DeskEvent, ThreadOpened

log = logging.getLogger("pli.fanout")

T = TypeVar("T")

Say = Callable[[Sequence[MailboxId], bytes, Mark], None]
"""Says one encoded event to the listeners of these mailboxes; how far its thread is then."""


class Audience(Protocol):
    """The sockets of this process."""

    def listeners(self) -> list[Listener]: ...

    def mailboxes(self) -> list[MailboxId]: ...

    def listening(self, mailboxes: Collection[MailboxId]) -> Iterable[tuple[Listener, MailboxId]]: ...

    def here_since(self, listener: Listener) -> int: ...


class _Ahead(NamedTuple):
    """Logs that are further than what was told of them."""

    heads: list[tuple[Parties, int]]
    desks: dict[MailboxId, int]


class _Told(NamedTuple):
    """What somebody who sits so hears of threads."""

    actor: Actor
    states: list[tuple[ThreadId, MailboxId, int, bytes]]
    """(thread, own mailbox, seq, encoded)"""
    has_more: bool


class Sweep:
    """One after the other; each looks at what changed since shortly before the last one began."""

    def __init__(
        self,
        audience: Audience,
        store: Store,
        clock: Clock,
        marks: Marks,
        is_deaf: Callable[[], bool] = lambda: False,
        say: Say | None = None,
    ) -> None:
        """`say`: says an event of the log to who has the seat for it; None: states are told."""
        self._audience = audience
        self._store = store
        self._clock = clock
        self._marks = marks
        self._is_deaf = is_deaf
        self._say = say
        self._since = clock() - limits.changed_since_margin_ms
        self.found = 0
        """Logs that were further than what was told of them, since the start."""

    async def run(self, *, people: bool = True) -> None:
        """`people`: whether to look at seats and revocations, too, and to tell the states of threads whose events
        cannot be said: that makes everybody who hears it pull, and closes who has too many. Raises: what the store
        raises; the next run then looks at the same."""
        began = self._clock()
        if people:
            for accounts in _chunks(sorted({listener.account for listener in self._audience.listeners()})):
                await self._look_at_people(accounts)
        heads: dict[ThreadId, tuple[Parties, int]] = {}
        desks: dict[MailboxId, int] = {}
        for mailboxes in _chunks(sorted(self._audience.mailboxes())):
            ahead = await self._look_at_logs(mailboxes)
            heads.update({parties.thread: (parties, seq) for parties, seq in ahead.heads})
            desks.update(ahead.desks)
        if (heads or desks) and not self._is_deaf():
            # What was committed just now is on its way: to tell of it here too costs everybody who hears it a pull.
            await asyncio.sleep(limits.sweep_grace_s)
        # Of all together: each thread once, and with one bound.
        await self._tell(_Ahead(list(heads.values()), desks), states=people)
        if people:  # or something may be left for the next run
            self._since = began - limits.changed_since_margin_ms

    async def _look_at_people(self, accounts: Sequence[AccountId]) -> None:
        async with self._store.reading() as tx:
            revoked = await tx.accounts.revoked_since(accounts, self._since)
            held = set(await tx.seats.held(accounts))
        among = set(accounts)
        for listener in self._audience.listeners():
            account = listener.account
            if account not in among:
                continue
            if revoked.get(account, -1) >= self._audience.here_since(listener):
                listener.close(closing.REVOKED)
            elif any(
                _differs(seat.state, (account, mailbox) in held) for mailbox, seat in listener.actor.seats.items()
            ):
                listener.refresh()

    async def _look_at_logs(self, mailboxes: Sequence[MailboxId]) -> _Ahead:
        async with self._store.reading() as tx:
            heads = await tx.threads.heads(mailboxes, self._since)
            desks = await tx.mailboxes.get(mailboxes)
        newest = {mailbox: row.desk_seq for mailbox, row in desks.items()}
        return _Ahead(self._threads_behind(heads), self._desks_behind(newest))

    async def _tell(self, found: _Ahead, *, states: bool) -> None:
        """Of what was not told meanwhile."""
        behind = {parties.thread: (parties, seq) for parties, seq in self._threads_behind(found.heads)}
        said = await self._say_events(behind.values())
        for thread in said:
            del behind[thread]
        if not states:
            behind.clear()
        count = len(said) + len(behind)
        concerned = {mailbox for parties, _ in behind.values() for mailbox in parties.audience}
        listeners = list({listener: None for listener, _ in self._audience.listening(concerned)})
        for some in _chunks(listeners):
            await self._tell_of_threads(some, behind.keys())
        for parties, seq in behind.values():
            self._marks.note((parties.thread, seq))
        ahead = self._desks_behind(found.desks)
        for pairs in _chunks(list(self._audience.listening(ahead.keys()))):
            await self._tell_of_desks(pairs, ahead)
        for mailbox, seq in ahead.items():
            self._marks.note((mailbox, seq))
        self.found += count
        if count and not self._is_deaf():  # while it is, that is how all is heard
            log.info("a sweep found %d threads that were further than what was told", count)

    async def _say_events(self, behind: Iterable[tuple[Parties, int]]) -> list[ThreadId]:
        """Says what was not told of these threads, and returns of which it could. To each socket no more than it may
        pull at once: more would close it, and then it pulls all of it."""
        said: list[ThreadId] = []
        if self._say is None:
            return said
        left = limits.sweep_events_max
        missing: list[tuple[Parties, range]] = []
        for parties, seq in behind:
            seqs = range(self._told_to_all(parties) + 1, seq + 1)
            # Who came in hears other words than the sides; and before something was told there is nothing to go on.
            if parties.third is None and seqs.start > 0 and len(seqs) <= min(left, limits.sweep_events_of_one_max):
                missing.append((parties, seqs))
                left -= len(seqs)
        told: Counter[Listener] = Counter()
        total = 0
        for some in _chunks(missing, limits.sweep_threads_at_once):
            if total > limits.sweep_bytes_max:
                break
            places = [(parties.thread, seq) for parties, seqs in some for seq in seqs]
            async with self._store.reading() as tx:
                found = {(row.thread, row.seq): row for row in await tx.events.at(places)}
            for parties, seqs in some:
                rows = [found.get((parties.thread, seq)) for seq in seqs]
                whole = [codec.encode(presenting.event(row)) for row in rows if row is not None]
                size = sum(map(len, whole))
                hearing = {listener for listener, _ in self._audience.listening(parties.mailboxes)}
                fullest = max((told[listener] for listener in hearing), default=0)
                if len(whole) < len(rows) or fullest + size > limits.sweep_bytes_to_one_max:
                    continue
                for seq, encoded in zip(seqs, whole, strict=True):
                    self._say(parties.mailboxes, encoded, (parties.thread, seq))
                told.update(dict.fromkeys(hearing, size))
                total += size
                said.append(parties.thread)
        return said

    def _told_to_all(self, parties: Parties) -> int:
        """How far the thread was told: to all, or to each in its own words."""
        sides = min(self._marks.told(side_log(parties.thread, mailbox)) for mailbox in parties.audience)
        return max(self._marks.told(parties.thread), sides)

    def _threads_behind(self, heads: Iterable[tuple[Parties, int]]) -> list[tuple[Parties, int]]:
        return [(parties, seq) for parties, seq in heads if self._is_behind(parties.thread, parties.audience, seq)]

    def _is_behind(self, thread: ThreadId, mailboxes: Iterable[MailboxId], seq: int) -> bool:
        """Whether one of these may not have heard so much: neither what is told to all nor what is told to it alone."""
        return self._marks.behind((thread, seq)) and any(
            self._marks.behind((side_log(thread, mailbox), seq)) for mailbox in mailboxes
        )

    def _desks_behind(self, desks: Mapping[MailboxId, int]) -> dict[MailboxId, int]:
        return {mailbox: seq for mailbox, seq in desks.items() if self._marks.behind((mailbox, seq))}

    async def _tell_of_threads(self, listeners: Sequence[Listener], threads: Collection[ThreadId]) -> None:
        """In one transaction, once for the sockets of one account that sit alike: where many listen, beginning and
        ending one for each would take longer than the time between two sweeps.
        """
        told: dict[AccountId, _Told] = {}
        async with self._store.reading() as tx:
            for listener in listeners:
                news = told.get(listener.account)
                if news is None or news.actor != listener.actor:
                    news = told[listener.account] = await self._told(tx, listener.actor, threads)
                for thread, mailbox, seq, encoded in news.states:
                    # What was told since this transaction began is newer: the state would take it back.
                    if self._is_behind(thread, [mailbox], seq):
                        listener.deliver(encoded)
                if news.has_more:
                    listener.close(closing.RESYNC)

    async def _told(self, tx: Transaction, actor: Actor, threads: Collection[ThreadId]) -> _Told:
        states, more = await sync.changed(tx, actor, self._since, None, self._clock())
        told = [
            (ThreadId(state.thread), MailboxId(state.mailbox), state.seq, codec.encode(ThreadOpened(state)))
            for state in states
            if state.thread in threads
        ]
        return _Told(actor, told, more)

    async def _tell_of_desks(self, pairs: Sequence[tuple[Listener, MailboxId]], ahead: Mapping[MailboxId, int]) -> None:
        async with self._store.reading() as tx:
            for listener, mailbox in pairs:
                entry = await _newest(tx, listener, mailbox, ahead[mailbox])
                if entry is not None:
                    listener.deliver(codec.encode(entry))


async def _newest(tx: Transaction, listener: Listener, mailbox: MailboxId, seq: int) -> DeskEvent | None:
    pulled = DeskPull(ref=0, mailbox=mailbox, after=max(0, seq - 1), limit=1)
    try:
        page = await sync.desk_pull(tx, listener.actor, pulled)
    except PliError:  # the seat ended meanwhile
        return None
    return DeskEvent(mailbox=mailbox, entry=page.entries[-1]) if page.entries else None


def _differs(state: SeatState, is_held: bool) -> bool:
    return (state is SeatState.ACTIVE) is not is_held


def _chunks(items: Sequence[T], most: int | None = None) -> Iterator[Sequence[T]]:
    size = most or limits.sweep_chunk_max
    for at in range(0, len(items), size):
        yield items[at : at + size]
