"""The fan-out of a process that is one of several: its own sockets, and a wire to the other processes.

Whatever is said, here or elsewhere, waits until the seats of whoever would hear it were read again, after the commit
that it tells of: a seat that any process removed before hears nothing of what came after, even if word of the removal
was lost. Correctness needs nothing else of the wire; what it loses is found by the sweep.
"""

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final

from messaging.domain import limits
from messaging.domain.errors import Busy
from messaging.domain.ids import AccountId, MailboxId, SeatId
from messaging.domain.rates import ALLOWANCES, Allowance, Rate
from messaging.e2ee.entropy import Entropy, draw
from messaging.fanout import notes
from messaging.fanout.bulletin import Bulletin, BulletinSeal, Said, nonce
from messaging.fanout.filling import Heard, filled
from messaging.fanout.hub import Hub
from messaging.fanout.marks import Marks
from messaging.fanout.neighbours import Neighbours
from messaging.fanout.notes import Note
from messaging.fanout.origins import Order, Origins
from messaging.fanout.places import PlaceSeal
from messaging.fanout.redis import RedisWire
from messaging.fanout.sweep import Sweep
from messaging.fanout.unsaid import Unsaid
from messaging.ports import Clock, Listener, Mark, Store

log = logging.getLogger("pli.fanout")

_ORIGIN_BYTES: Final = 8
_GAPS_S: Final = 0.05
_CANCEL_S: Final = 0.1
_ECHOES_MAX: Final = 2 * limits.shared_shards


class SharedHub(Hub):
    """A `Fanout` over several processes. `start` it; whatever is said before waits."""

    def __init__(
        self,
        urls: Sequence[str],
        seal_key: bytes,
        store: Store,
        clock: Clock,
        entropy: Entropy,
        *,
        monotonic: Callable[[], float],
        allowances: Mapping[Rate, Allowance] = ALLOWANCES,
    ) -> None:
        """`urls`: of one Redis, or of some nodes of a cluster. `seal_key`: 32 bytes, the same in every process.
        `monotonic`: seconds.
        """
        super().__init__()
        self._store = store
        self._origin = draw(entropy, _ORIGIN_BYTES)
        self._seal = BulletinSeal(seal_key, store.service_id, entropy)
        self._wire = RedisWire(urls, store.service_id, self)
        self._marks = Marks(limits.marks_max)
        self._sweep = Sweep(self, store, clock, self._marks, lambda: self._wire.deaf, self._say_found)
        self._heard: deque[Heard] = deque()
        self._hears = asyncio.Event()
        self._found_is_told = asyncio.Event()
        """What the last sweep said was delivered, or lost: nothing of it waits."""
        self._found_is_told.set()
        self._unsaid = [Unsaid() for _ in range(limits.shared_shards)]
        self._ways = list(range(limits.shared_shards))
        """Over which shard's bulletins each shard's words go."""
        self._tells = [asyncio.Lock() for _ in range(limits.shared_shards)]
        self._origins = Origins()
        self._echoes: deque[bytes] = deque(maxlen=_ECHOES_MAX)
        """Of the last bulletins told here: they come back, and need not be opened."""
        places = PlaceSeal(seal_key, store.service_id, entropy)
        self.neighbours = Neighbours(
            self._origin, places, self._note, lambda: self._wire.deaf, clock, monotonic, allowances
        )
        self._sweeps = asyncio.Event()
        self._catches_up = False
        """Something may not have been heard, and no sweep that began after that has ended well."""
        self._asks = False
        """Something was not heard, and what the others would say of themselves is still to be asked again."""
        self._skew_told_at = -math.inf
        self._clock = clock
        self._since: dict[Listener, int] = {}
        """Since when a listener is here, ms: a revocation from then on ends it."""
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        shards = range(limits.shared_shards)
        each = (run(shard) for run in (self._wire.hear, self._speak_forever) for shard in shards)
        runs = (self._deliver_forever(), self._sweep_forever(), *each)
        self._tasks = [asyncio.create_task(run) for run in runs]

    async def stop(self) -> None:
        """What was said is told, as long as Redis takes it in time."""
        self.neighbours.rates.stop()
        self._tasks += [asyncio.create_task(self._tell_the_rest(shard)) for shard in range(limits.shared_shards)]
        await asyncio.wait(self._tasks[-limits.shared_shards :], timeout=limits.shared_publish_s)
        running = set(self._tasks)
        while running:
            # redis-py may take a cancellation for a time-out of its own, and go on.
            for task in running:
                task.cancel()
            _, running = await asyncio.wait(running, timeout=_CANCEL_S)
        for task in self._tasks:
            error = None if task.cancelled() else task.exception()
            if error is not None:
                log.error("the fan-out ended with %s", type(error).__name__, exc_info=error)
        self._tasks = []
        await self._wire.close()

    @property
    def deaf(self) -> bool:
        """Whether some of what other processes say is not heard at the moment."""
        return self._wire.deaf

    @property
    def unheard(self) -> int:
        """What waits to be delivered here."""
        return len(self._heard)

    @property
    def found(self) -> int:
        """Threads that were further than what was told of them, since the start."""
        return self._sweep.found

    # who is here

    def join(self, listener: Listener, mailboxes: Sequence[MailboxId], *, as_of: int = 0) -> None:
        is_new, since = listener not in self._since, self._since.get(listener, self._clock())
        super().join(listener, mailboxes, as_of=as_of)
        self._since[listener] = since
        if is_new:
            self.neighbours.attendance.came(listener)

    def leave(self, listener: Listener) -> None:
        super().leave(listener)
        if self._since.pop(listener, None) is not None:
            self.neighbours.attendance.went(listener)

    def here_since(self, listener: Listener) -> int:
        """ms; from then on a revocation of its account concerns it."""
        return self._since.get(listener, 0)

    # what is said here

    def publish(
        self, mailboxes: Sequence[MailboxId], encoded: bytes, *, but: Listener | None = None, mark: Mark | None = None
    ) -> None:
        self._take(Heard(mailboxes, encoded, but, mark))
        if mailboxes:
            # By its thread: what is told to each of its ends apart must not come before what was told to all.
            key = mailboxes[0] if mark is None else mark[0]
            self._of(key).say(Said(list(mailboxes), encoded, mark))

    def lift(self, account: AccountId, mailbox: MailboxId) -> None:
        super().lift(account, mailbox)
        self._of(account).remove(account, mailbox)

    def refresh_account(self, account: AccountId) -> None:
        super().refresh_account(account)
        self._of(account).refresh(account)

    def close_account(self, account: AccountId, code: int) -> None:
        super().close_account(account, code)
        self._of(account).close(account, code)

    def _note(self, key: bytes, note: Note) -> bool:
        return self._of(key).note(notes.encode(note))

    def _of(self, key: bytes) -> Unsaid:
        """What belongs to one key is told in order. All that goes to one server goes together: a bulletin costs much
        more than what stands in it. Where the lead moves, what comes goes the old way until nothing is on it."""
        shard = key[0] % limits.shared_shards
        way, lead = self._ways[shard], self._wire.lead(shard)
        if way != lead and not self._unsaid[way].waits and not self._tells[way].locked():
            self._ways[shard] = way = lead
        return self._unsaid[way]

    async def _speak_forever(self, shard: int) -> None:
        """A shard for itself: a node of the cluster that is away holds up no other. The first word after a pause is
        told at once; what follows it closely goes together."""
        loop = asyncio.get_running_loop()
        while True:
            await self._unsaid[shard].wait()
            began = loop.time()
            if await self._tell(shard):
                await asyncio.sleep(max(0, began + limits.shared_every_s - loop.time()))
            else:
                await asyncio.sleep(limits.shared_away_s)

    async def _tell_the_rest(self, shard: int) -> None:
        """At the end: nobody would miss it by a number that never comes."""
        async with self._tells[shard]:
            pass  # what is being told just now
        while self._unsaid[shard].waits and await self._tell(shard):
            pass

    async def _tell(self, shard: int) -> bool:
        """One bulletin of what waits. False: Redis did not take it, and what it held is lost but for hints; what was
        said meanwhile goes with the next one."""
        unsaid = self._unsaid[shard]
        async with self._tells[shard]:  # in the order of their numbers
            try:
                bulletin = unsaid.take(self._origin, self._clock())
                sealed = self._seal.seal(shard, bulletin)
                self._echoes.append(nonce(sealed))
                if await self._wire.publish(shard, sealed):
                    return True
                unsaid.miss(bulletin)
            except Exception:
                # Whatever it was: one bulletin's must not end the telling of all, and is not made again.
                log.exception("a bulletin over shard %d was not told", shard)
                unsaid.miss()
            # A server that is away holds up nothing that moved to another one.
            self._ways = [self._wire.lead(each) if way == shard else way for each, way in enumerate(self._ways)]
            return False

    # what is heard

    def hear(self, shard: int, sealed: bytes) -> None:
        """`messaging.fanout.redis.Ear`"""
        if nonce(sealed) in self._echoes:
            return
        bulletin = self._seal.open(shard, sealed)
        if bulletin is None:
            log.warning("what came over shard %d is no bulletin of this deployment", shard)
            self.gap()
        elif bulletin.origin != self._origin:
            self._hear_in_order(shard, bulletin)

    def _hear_in_order(self, shard: int, bulletin: Bulletin) -> None:
        now = self._clock()
        order = self._origins.order(bulletin.origin, shard, bulletin.n, bulletin.at, now)
        if order is Order.OLD:
            log.warning("a bulletin came over shard %d again", shard)
        elif order is Order.OFF:
            self._tell_of_skew((bulletin.at - now) / 1_000)
        else:
            self._adopt(bulletin)
        if order is not Order.NEXT:
            self.gap()

    def _tell_of_skew(self, off_s: float) -> None:
        """Once in a while: every bulletin of that process is refused, and nothing of it heard before the next sweep."""
        now = asyncio.get_running_loop().time()
        if now >= self._skew_told_at + limits.skew_told_every_s:
            self._skew_told_at = now
            log.error(
                "a bulletin is %+.0f s off this clock, and not heard: clocks of hosts differ, or it was kept", off_s
            )

    def _adopt(self, bulletin: Bulletin) -> None:
        for account, mailbox in bulletin.removed:
            self._end(AccountId(account), MailboxId(mailbox))
        for account, code in bulletin.closed:
            super().close_account(AccountId(account), code)
        for account in bulletin.refreshed:
            super().refresh_account(AccountId(account))
        self.neighbours.hear(bulletin.origin, bulletin.notes)
        for said in bulletin.said:
            self._take(Heard([MailboxId(mailbox) for mailbox in said.mailboxes], said.encoded, None, said.mark))
        if bulletin.lost:
            self.gap()

    def gap(self) -> None:
        """`messaging.fanout.redis.Ear`"""
        self._asks = self._catches_up = True
        self._sweeps.set()

    def _take(self, heard: Heard) -> None:
        if len(self._heard) >= limits.shared_unheard_max:
            # As if it had not come: what has no mark is found when its thread is listed again.
            self._heard.clear()
            self._found_is_told.set()
            self.gap()
            return
        self._heard.append(heard)
        self._hears.set()

    async def _deliver_forever(self) -> None:
        """What is heard after a pause is delivered at once; what follows it closely, together."""
        loop = asyncio.get_running_loop()
        while True:
            await self._hears.wait()
            self._hears.clear()
            while self._heard:
                began, batch = loop.time(), list(self._heard)
                self._heard.clear()
                try:
                    await self._deliver(batch)
                except Busy as error:
                    log.warning("%d events were not delivered; a sweep finds them: %s", len(batch), error)
                    self.gap()
                except Exception:
                    log.exception("%d events were not delivered; a sweep finds them", len(batch))
                    self.gap()
                if not self._found_is_told.is_set() and not any(heard.found for heard in self._heard):
                    self._found_is_told.set()
                await asyncio.sleep(max(0, began + limits.shared_every_s - loop.time()))

    async def _deliver(self, batch: Sequence[Heard]) -> None:
        """To whoever listens now, and still has the seat by which it does."""
        but: dict[MailboxId, set[Listener | None]] = {}
        for heard in batch:
            for mailbox in heard.mailboxes:
                but.setdefault(mailbox, set()).add(heard.but)
        # Once it hears again, a word would be told before those that only the next sweep finds.
        fills = self._wire.deaf or self._catches_up
        # Through the listeners of each mailbox once, however much is said to it. Who hears nothing but its own words is
        # not looked up, unless others' are put in before them.
        pairs = [pair for pair in self.listening(but) if fills or but[pair[1]] != {pair[0]}]
        listening = {pair: _seat(*pair) for pair in pairs}
        if listening:
            batch = await self._looked_up(batch, listening, fills=fills)
        for turn in _turns(batch):
            for heard in turn:
                self._say_in_turn(heard, listening.keys())
            await asyncio.sleep(0)

    async def _looked_up(
        self, batch: Sequence[Heard], listening: Mapping[tuple[Listener, MailboxId], SeatId | None], *, fills: bool
    ) -> Sequence[Heard]:
        """The batch, after it was seen who still has their seats: nobody else goes on listening. `fills`: with what is
        missing before it."""
        seats = sorted({seat for seat in listening.values() if seat is not None})
        if fills:
            async with self._store.reading() as tx:
                active = await tx.seats.active(seats)
                batch = await filled(tx, batch, self._marks)
        else:
            active = await self._store.active_seats(seats)
        for (listener, mailbox), seat in listening.items():
            if seat not in active:
                self._end(listener.account, mailbox)
        return batch

    def _say_in_turn(self, heard: Heard, among: Collection[tuple[Listener, MailboxId]]) -> None:
        if heard.mark is not None:
            if heard.found and not self._marks.behind(heard.mark):
                return
            self._marks.note(heard.mark)
        self._say(heard.mailboxes, heard.encoded, heard.but, among)

    def _end(self, account: AccountId, mailbox: MailboxId) -> None:
        """A seat ended in another process: its sockets stop hearing, then read where they sit."""
        self.bar(account, mailbox)
        super().lift(account, mailbox)
        super().refresh_account(account)

    def _say_found(self, mailboxes: Sequence[MailboxId], encoded: bytes, mark: Mark) -> None:
        """Like what came over the wire: to who still has the seat."""
        self._found_is_told.clear()
        self._take(Heard(mailboxes, encoded, None, mark, found=True))

    async def _swept(self, *, people: bool) -> bool:
        """Whether the database could be looked at. Ends when what was found is delivered: before that it does not count
        as told, and the next sweep would find it again."""
        try:
            await self._sweep.run(people=people)
            await self._found_is_told.wait()
        except Busy as error:
            log.warning("a sweep waits: %s", error)
            return False
        except Exception:
            log.exception("a sweep failed")
            return False
        self._catches_up = self._sweeps.is_set()  # a gap since it began
        return True

    async def _sweep_forever(self) -> None:
        loop = asyncio.get_running_loop()
        looked_at = asked_at = -math.inf
        while True:
            self._sweeps.clear()
            self.neighbours.attendance.beat()
            began = loop.time()
            people = not self._wire.deaf or began >= looked_at + limits.sweep_away_s
            looked_at = began if people else looked_at
            seen = await self._swept(people=people)
            ended = loop.time()
            took = ended - began if seen else math.inf
            wait = self._pause_s(took)
            try:
                # Not `wait_for`: in Python 3.11 that loses a stop which comes at the moment of the event.
                async with asyncio.timeout(wait):
                    await self._sweeps.wait()
                # Every shard that comes back says so: one sweep for all of them. And gaps may come without end, where
                # two clocks differ or somebody writes into Redis.
                due = ended + self._pause_s(took) if self._wire.deaf else asked_at + limits.sweep_away_s
                await asyncio.sleep(max(_GAPS_S, due - loop.time()))
            except TimeoutError:
                pass
            # What is asked of the others again makes them sweep, too.
            if self._asks and loop.time() >= asked_at + limits.sweep_away_s:
                self._asks, asked_at = False, loop.time()
                self.neighbours.attendance.gap()

    def _pause_s(self, took_s: float) -> float:
        """Until the next sweep, after one that took so long; infinity: the database was away."""
        if not self._wire.deaf and not self._asks and took_s < math.inf:
            return limits.sweep_every_s
        if not self._wire.deaf:
            return limits.sweep_away_s
        return min(max(limits.sweep_deaf_s, took_s / limits.sweep_deaf_share), limits.sweep_away_s)


def _seat(listener: Listener, mailbox: MailboxId) -> SeatId | None:
    seat = listener.actor.seats.get(mailbox)
    return None if seat is None else seat.seat


def _turns(batch: Sequence[Heard]) -> Iterator[Sequence[Heard]]:
    """The batch in parts that one socket takes, each in one turn of the loop."""
    begin = size = 0
    for at, heard in enumerate(batch):
        size += len(heard.encoded)
        if at > begin and (at >= begin + limits.shared_batch_max or size > limits.shared_batch_bytes_max):
            yield batch[begin:at]
            begin, size = at, len(heard.encoded)
    yield batch[begin:]
