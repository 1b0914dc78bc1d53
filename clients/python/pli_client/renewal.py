"""Renewing one's own side's keys in one thread: when it is time, and how it is done against whoever else does it.

All seats of a mailbox follow one schedule, and any of them may be the one: the loser of the compare-and-swap reads the
winner's record and has nothing left to do. What a rotation that got no answer has come to, the log tells.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from messaging.domain.errors import RotationNeeded, StaleEpoch, StaleHead, Unverifiable
from messaging.domain.vocabulary import EventKind
from messaging.e2ee import epoch
from messaging.e2ee.epoch import Opening
from messaging.e2ee.errors import E2EEError
from messaging.e2ee.pseudonym import thread_slot
from messaging.e2ee.third import make_share
from messaging.wire.commands import Rotate
from messaging.wire.events import Ack, LogEntry
from pli_client import schedule
from pli_client.errors import ClientError, PeerBeginsAnew, ProblemError, ResetAwaited, Unreachable
from pli_client.follower import Follower, patiently
from pli_client.log import ThreadLog
from pli_client.runtime import Runtime, log
from pli_client.schedule import Standing, Window

tries_max: Final = 8
"""Records made again in a row, as something was written meanwhile, before it is left for later."""

RENEWED: Final = frozenset({StaleEpoch.code, RotationNeeded.code})
"""Refusals that other bytes must answer: sealed again under the epoch in force, after a renewal where one is asked."""


class Renewal:
    """One thread's own pseudonym. `reread` reads the mailbox's roster again."""

    def __init__(self, runtime: Runtime, follower: Follower, reread: Callable[[], Awaitable[None]]) -> None:
        self._runtime = runtime
        self._follower = follower
        self._keys = follower.log.side.keys
        self._reread = reread
        self._one = asyncio.Lock()

    async def reread(self) -> None:
        """Reads the mailbox's roster again. Raises: BadRoster, BadSeed, ProblemError, Unreachable."""
        await self._reread()

    @property
    def _log(self) -> ThreadLog:
        """Another one after a restored backup."""
        return self._follower.log

    def window(self, standing: Standing, seq: int) -> Window:
        """When this pseudonym is to be renewed; `seq` is how far the thread's log goes."""
        keys, thread = self._keys, self._log.side.thread
        usual = schedule.routine(keys.seeds.get(standing.g, keys.seed), thread, standing)
        if standing.g != keys.roster.g:
            return schedule.cut_short(usual, keys.generation_seen, keys.seed, thread, standing)
        if seq - standing.seq >= schedule.events_max:
            full = self._log.epochs.full_at
            return usual if full is None else schedule.cut_short(usual, full, keys.seed, thread, standing)
        return usual

    async def before_message(self) -> bool:
        """Renews if the window is open, or a third party that left has the key; whether it did. A message never waits
        for more than an answer to that.
        """
        standing = self._log.epochs.standing
        if standing is None:
            return False
        if not self._log.is_exposed and self.window(standing, self._log.seq).opens > self._runtime.now():
            return False
        try:
            return await self.renew()
        except (ClientError, E2EEError) as error:
            log.info("keys could not be renewed before a message: %s", type(error).__name__)
            return False

    async def voiced(self) -> None:
        """Waits for nothing, but for keys under which something may be sealed now: where the own side begins anew, it
        gets them.

        Raises: ResetAwaited, PeerBeginsAnew; as `renew`.
        """
        if self._log.awaits_reset or self._log.peer_begins_anew:
            await self._follower.catch_up(pull=True)
        if self._log.begins_anew:
            await self.renew()
        if self._log.awaits_reset:
            raise ResetAwaited("this mailbox began anew; the platform has not vouched for it in this conversation yet")
        if self._log.peer_begins_anew:
            raise PeerBeginsAnew("the other side begins anew; write again once it has new keys")

    async def asked(self) -> None:
        """Renews because the service takes nothing from this side before.

        Raises: ProblemError that is final, Stopped, Ended; after any other refusal the same may be asked once more.
        """
        await patiently(self._reread)
        try:
            await patiently(self.renew)
        except ProblemError as error:
            if error.final:
                raise
            log.info("keys could not be renewed: %s", error.code)

    async def renew(self, seen: Standing | None = None) -> bool:
        """Renews one's own pseudonym and the epoch's key. False: a colleague renewed the one that was `seen` meanwhile.

        Raises: ProblemError, Unreachable, TimedOut, Stopped, Ended; what was sent may still have been taken.
        """
        before, anew = seen or self._log.epochs.standing, self._log.begins_anew
        if anew:
            # What this device knew of an own pseudonym is from before the reset.
            before = None
        async with self._one:
            for _ in range(tries_max):
                await self._follower.catch_up(pull=True)
                self._log.check_followed()
                if before is not None and self._log.epochs.standing != before:
                    return False
                if anew and not self._log.begins_anew:
                    return False
                before = self._log.epochs.standing
                try:
                    await self._tried(self._made())
                except ProblemError as error:
                    refusal = error
                    if error.code == Unverifiable.code:
                        # The roster went on since it was read: who vouches is the generation in force.
                        await self._reread()
                    elif error.code not in (StaleEpoch.code, StaleHead.code):
                        raise
                else:
                    return True
        raise refusal

    def _made(self) -> Opening:
        current, side = self._log.epochs[-1], self._log.side
        old = current.kept if self._log.begins_anew else current.own
        return epoch.make_rotation(
            current.record,
            party=side.party,
            old=old,
            new=self._keys.pseudonym(thread_slot(side.thread, current.record.n + 1)),
            thread_head=self._log.head,
            entropy=self._runtime.entropy,
        )

    async def _tried(self, made: Opening) -> None:
        side, third = self._log.side, self._log.third
        command = Rotate(
            ref=0,
            thread=side.thread,
            signed_record=made.signed,
            wraps=made.wraps,
            own=self._keys.own_signature(made.record.parties[side.party]),
            share=None if third is None else make_share(third, made.record, made.epoch_secret),
        )
        stream_epoch = self._follower.stream_epoch
        ack = await self._runtime.link.request(command, Ack, timeout_s=self._runtime.timeout_s)
        if ack.thread != side.thread:
            raise Unreachable("the service's ack is not for this conversation")
        self._log.epochs.add_wraps({made.record.n: made.wraps}, None)
        entry = LogEntry(ack.seq, ack.at, EventKind.EPOCH, side.party, made.signed, ack.proof)
        await self._follower.confirm(entry, stream_epoch)
