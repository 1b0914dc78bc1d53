"""One mailbox in which this account has a seat, as the application holds it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

from messaging.domain.errors import Busy, StaleHead, TargetNotReady
from messaging.domain.vocabulary import INITIATOR, MailboxKind
from messaging.e2ee.entropy import draw
from messaging.e2ee.errors import BadRoster, E2EEError
from messaging.e2ee.roster import SeatKeys
from messaging.wire.events import ThreadState
from messaging.wire.moderation import CaseView
from messaging.wire.types import SeatView
from pli_client import local, opening, prekeys
from pli_client.desk import Desk
from pli_client.errors import (
    ClientError,
    FirstMessageKept,
    NotSeated,
    ProblemError,
    ServiceRestored,
    TimedOut,
    Unreachable,
)
from pli_client.first import FirstMessages
from pli_client.keys import MailboxKeys, SeatTag
from pli_client.moderating import Moderator
from pli_client.runtime import Runtime
from pli_client.seating import Seating
from pli_client.thread import Thread
from pli_client.views import FirstMessageSent, RosterAlarm, SeatAsked, SendRefused, WaitingMessage

T = TypeVar("T")

changes_max: Final = 8
"""Attempts at one change of the roster, each on what came first."""
_COLLEAGUE_WAS_FASTER: Final = frozenset({StaleHead.code, Busy.code})


class Mailbox:
    """A party that talks. People come and go by its roster; it owns the conversations and the keys."""

    def __init__(
        self,
        runtime: Runtime,
        seating: Seating,
        view: SeatView,
        keys: MailboxKeys,
        adopt: Callable[[ThreadState], Thread],
        threads: Callable[[], Sequence[Thread]] = tuple,
    ) -> None:
        self.view = view
        self.keys = keys
        self.desk = Desk(runtime, keys, view.desk_seq)
        self._first = FirstMessages(runtime, keys, threads, self._deliver_alone)
        self._runtime = runtime
        self._seating = seating
        self._adopt = adopt
        self._doubted: set[SeatTag] = set()
        self._announced: set[tuple[bytes, bytes]] = set()
        self._refilling: set[bytes] = set()
        self._rereading = asyncio.Lock()

    @property
    def id(self) -> bytes:
        return self.view.mailbox

    @property
    def seat(self) -> bytes:
        """One's own seat."""
        return self.keys.seat

    @property
    def identity_key(self) -> bytes:
        """I_g, Ed25519, 32 bytes: what the platform's attestations must name (`cnf`)."""
        return self.keys.roster.identity_sign

    @property
    def colleagues(self) -> Mapping[bytes, SeatKeys]:
        """Every present seat of the verified roster, one's own too; printed kits have the role `kit`."""
        return self.keys.roster.seats

    async def open(self, target: bytes, text: str) -> Thread:
        """Writes to a target for the first time, under a fresh pseudonym; returns the new conversation.

        Where nobody can receive yet the message is kept: `waiting` lists it, and it goes out by itself.
        Raises: FirstMessageKept, ProblemError (`too_many`), TimedOut (it is kept, and goes out later), Stopped (the
        log that the service shows is not the one that we opened).
        """
        self._runtime.link.check_room()
        if self._first.awaits(target) and self._first.has_room:
            raise FirstMessageKept((await self._first.keep(target, text)).id)
        try:
            claim = await self._runtime.api.claim(target, self.id)
        except ProblemError as refusal:
            if refusal.code != TargetNotReady.code or not self._first.has_room:
                raise
            raise FirstMessageKept((await self._first.keep(target, text)).id) from refusal
        made = opening.make(self._runtime, self.keys, target, claim, text, msg_id=self._runtime.new_id())
        await local.save(self._runtime.storage, opening.name(made), made)
        attended = asyncio.Event()
        attended.set()
        delivery = self._runtime.tasks.spawn(self._deliver(made, attended))
        try:
            async with asyncio.timeout(self._runtime.timeout_s):
                return await asyncio.shield(delivery)
        except TimeoutError as error:
            raise TimedOut("not committed yet; the first message is kept and goes out later") from error
        finally:
            if not delivery.done():
                attended.clear()

    async def cases(self) -> Sequence[CaseView]:
        """Where the cases stand that this mailbox reported, or is asked about. Raises: ProblemError, Unreachable."""
        return (await self._runtime.api.cases(self.id)).cases

    @property
    def moderator(self) -> Moderator:
        """What a moderator does, for the moderators' own mailbox. Raises: NotSeated, for any other."""
        if self.view.kind is not MailboxKind.MODERATION:
            raise NotSeated("only moderators moderate")
        return Moderator(self._runtime, self.keys)

    @property
    def waiting(self) -> Sequence[WaitingMessage]:
        """First messages that nobody can receive yet, the oldest first; on this device only."""
        return self._first.waiting

    async def cancel(self, message: bytes) -> bool:
        """Takes back a first message that waits, by its id; False when it went out already."""
        return await self._first.cancel(message)

    def resume(self, made: local.Opening) -> None:
        """Sends a first contact that an earlier run left, as it was."""
        self._first.opens(made.target)
        self._runtime.tasks.spawn(self._deliver_alone(made))

    def resume_waiting(self, first: local.FirstMessage) -> None:
        """Takes up a first message that waited in an earlier run."""
        self._first.resume(first)

    async def pending(self) -> Sequence[SeatAsked]:
        """Who asks for a seat, each with twelve words to compare; for administrators. Raises: ProblemError."""
        await self.reread()
        return await self._seating.pending(self.keys)

    async def admit(self, seat: bytes, words: Sequence[str], *, admin: bool = False) -> None:
        """Admits whoever shows these twelve words on their own screen, and gives them the mailbox's history.

        Raises: WordsDiffer, NotSeated, BadRoster, ProblemError (`stale_head`: compare the new words).
        """
        await self.reread()
        await self._seating.admit(self.keys, seat, tuple(words), admin=admin)
        await self.reread()

    async def remove(self, seat: bytes) -> None:
        """Ends a colleague's seat, or that of a printed kit: with its commit they read and write nothing more here.

        The mailbox gets a new seed, which its remaining seats hold, and new prekeys; each conversation renews its keys
        by itself. For administrators. What is unknown after Unreachable is found out by calling again.

        Raises: NotSeated (never had a seat here), BadRoster (one's own seat, the last administrator), ProblemError,
        Unreachable.
        """
        await self._renew(seat)

    async def rotate(self) -> None:
        """Renews the mailbox's seed and removes nobody, as when others may have read a device. Raises as `remove`."""
        await self._renew(None)

    async def make_kit(self) -> str:
        """Makes an administrator on paper: a code to print and to lock away, shown this once.

        With it, whoever the platform names for this mailbox takes it over (`Client.enter_with_kit`) when no
        administrator is left, or none who can be trusted. Remove the kit's seat (role `kit`) when it was used or lost.

        Raises: ProblemError, Unreachable (it may be seated without a code: remove it).
        """
        return await self._on_the_newest_roster(lambda: self._seating.admit_kit(self.keys))

    async def _renew(self, seat: bytes | None) -> None:
        async def once() -> None:
            roster = self.keys.roster
            if seat is not None and seat not in roster.seats:
                if seat not in roster.ended:
                    raise NotSeated("nobody has, or had, this seat here")
                return
            await self._seating.remove(self.keys, seat)

        await self._on_the_newest_roster(once)

    async def _on_the_newest_roster(self, change: Callable[[], Awaitable[T]]) -> T:
        """Changes the roster, again on what came first in between; reads it before and after."""
        for attempt in range(changes_max):
            await self.reread()
            try:
                done = await change()
            except ProblemError as error:
                if error.code not in _COLLEAGUE_WAS_FASTER or attempt == changes_max - 1:
                    raise
                await asyncio.sleep((error.problem.retry_after_ms or 0) / 1_000)
                continue
            await self.reread()
            return done
        raise AssertionError("the last attempt returns or raises")

    async def reread(self) -> None:
        """Reads the roster again and verifies that it continues what was seen. Raises: BadRoster, BadSeed."""
        async with self._rereading:
            fresh = await self._seating.read(self.view)
            self.keys.roster, self.keys.seeds = fresh.roster, fresh.seeds
            await self._see_generation()

    async def maintain(self, view: SeatView) -> None:
        """Does what a seat does for its mailbox on each connection: requests, prekeys, desk."""
        self.view = view
        await self._see_generation()
        if view.admin:
            await self._announce_requests()
        await self._stock()
        await self.desk.reach(view.desk_seq)
        self._first.wake()

    async def _see_generation(self) -> None:
        """Remembers when this device first saw the generation in force: renewals are counted from there."""
        name, g = local.GENERATIONS + self.id.hex(), self.keys.roster.g
        known = await local.load(self._runtime.storage, name, local.Generation)
        if known is None or known.g != g:
            known = local.Generation(g, self._runtime.now())
            await local.save(self._runtime.storage, name, known)
        self.keys.generation_seen = known.seen

    def check_tag(self, tag: SeatTag) -> None:
        """A colleague wrote: they must be on the roster, and have known no other roster than ours.

        SPEC.md section 4: this is how a roster rolled back to one of the seats is noticed by the others.
        """
        if not self._vouched(tag) and tag not in self._doubted:
            self._doubted.add(tag)
            self._runtime.tasks.spawn(self._check_doubt(tag))

    def opened(self, state: ThreadState) -> None:
        """Somebody opened a thread with this mailbox: one prekey of its target is gone."""
        if state.party != INITIATOR:
            self._runtime.tasks.spawn(self._refill(state.target))

    async def _stock(self) -> None:
        """First batches at once, as nobody can write to those targets before; the others later, one by one."""
        for own in (await self._runtime.api.targets(self.id)).targets:
            if own.available >= prekeys.refill_below:
                continue
            if own.next_index == 0:
                await prekeys.refill(self._runtime.api, self.keys, own, self._runtime.entropy)
            elif own.target not in self._refilling:
                self._refilling.add(own.target)
                drawn = int.from_bytes(draw(self._runtime.entropy, 4), "big") / 2**32
                self._runtime.tasks.spawn(self._refill(own.target, prekeys.refill_within_s * drawn))

    async def _refill(self, target: bytes, delay_s: float = 0.0) -> None:
        """Refills one target, if it still runs low then."""
        try:
            await asyncio.sleep(delay_s)
            for own in (await self._runtime.api.targets(self.id)).targets:
                if own.target == target and own.available < prekeys.refill_below:
                    await prekeys.refill(self._runtime.api, self.keys, own, self._runtime.entropy)
        finally:
            self._refilling.discard(target)

    async def _deliver_alone(self, made: local.Opening) -> Thread:
        """Sends an opening that nobody waits for; the application hears of its end."""
        return await self._deliver(made, asyncio.Event())

    async def _deliver(self, made: local.Opening, attended: asyncio.Event) -> Thread:
        """Sends an opening to its end; tells the application of it unless somebody waits for it."""
        try:
            state, entry = await opening.deliver(self._runtime, made)
        except ProblemError as error:
            await self._not_opened(made, error, attended=attended.is_set())
            raise
        thread = self._adopt(state)
        self._first.opened(made.target)
        if not attended.is_set():
            self._runtime.inbox.put(FirstMessageSent(self._waiting_message(made), made.thread))
        try:
            await thread.load()
            await thread.follower.confirm(entry, thread.follower.stream_epoch)
        except (Unreachable, ServiceRestored):
            thread.follower.schedule()
        else:
            for message in thread.messages:
                if message.msg_id == made.msg_id:
                    thread.remember_sent(message)
            await self._runtime.storage.delete(opening.name(made))
        return thread

    async def _not_opened(self, made: local.Opening, error: ProblemError, *, attended: bool) -> None:
        """A refusal for good. A claim that is void is no reason to lose a message: it waits for another one."""
        if not attended and made.text is not None and error.code in opening.CLAIM_AGAIN and self._first.has_room:
            await self._first.keep(made.target, made.text)
        elif not attended:
            self._runtime.inbox.put(SendRefused(made.thread, made.msg_id, error.problem))
        await self._runtime.storage.delete(opening.name(made))
        self._first.opened(made.target)

    def _waiting_message(self, made: local.Opening) -> WaitingMessage:
        return WaitingMessage(made.msg_id, self.id, made.target, made.text or "", self._runtime.clock())

    async def _check_doubt(self, tag: SeatTag) -> None:
        """The roster may have grown since it was read: only a fresh reading that still lacks the tag is an alarm."""
        try:
            await self.reread()
        except E2EEError as refusal:
            self._runtime.inbox.put(RosterAlarm(self.id, refusal))
            return
        except ClientError:
            self._doubted.discard(tag)
            raise
        if not self._vouched(tag):
            reason = BadRoster("a colleague's message was written on another roster than the one shown here")
            self._runtime.inbox.put(RosterAlarm(self.id, reason))

    def _vouched(self, tag: SeatTag) -> bool:
        return self.keys.roster.was_seated(tag.seat, tag.roster_head)

    async def _announce_requests(self) -> None:
        """Tells the application of each request once for the words it has now, and of each departure once."""
        for waiting in await self._seating.waiting(self.keys):
            key = (waiting.seat, self.keys.roster.head if isinstance(waiting, SeatAsked) else b"")
            if key not in self._announced:
                self._announced.add(key)
                self._runtime.inbox.put(waiting)
