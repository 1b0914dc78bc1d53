"""The conversations of one client: found by id, followed, remembered between two runs.

Each page that the service lists is compared with what is known; whatever is behind is read and verified, a few at a
time. What is remembered is written a little later, all that changed at once, and `since` always last: a crash in
between costs a second look, never a lost event.
"""

import asyncio
from typing import Final

import msgspec

from messaging.domain.errors import NotFound
from messaging.e2ee.vault import Checkpoint
from messaging.wire.commands import Threads
from messaging.wire.events import ThreadsPage, ThreadState
from pli_client import local, outbox, restoring, sent
from pli_client.errors import ProblemError
from pli_client.log import ThreadLog
from pli_client.losses import Losses
from pli_client.mailbox import Mailbox
from pli_client.runtime import Runtime, log
from pli_client.thread import Thread
from pli_client.views import StayEnded

readings_at_once: Final = 8
heard_max: Final = 1_000


class Catalogue:
    """All threads of the mailboxes that this client sits in."""

    def __init__(self, runtime: Runtime, mailboxes: dict[bytes, Mailbox]) -> None:
        self.threads: dict[bytes, Thread] = {}
        self._runtime = runtime
        self._mailboxes = mailboxes
        self._followed: dict[bytes, local.Followed] = {}
        self._changed: set[bytes] = set()
        self._heard: dict[bytes, int] = {}
        self._stated: set[bytes] = set()
        """Threads of which the service spoke since its history is the one in force."""
        self.losses = Losses(runtime)
        self._remembered: local.Sync | None = None
        self._reading = asyncio.Semaphore(readings_at_once)
        self._writing = asyncio.Lock()

    async def restore(self, stream_epoch: int | None) -> None:
        """Takes up what an earlier run remembered, on the service's history of that epoch. Raises: StorageDamaged."""
        await self.losses.restore()
        for followed in await local.load_all(self._runtime.storage, local.THREADS, local.Followed):
            if followed.stream_epoch is None:
                followed = msgspec.structs.replace(followed, stream_epoch=stream_epoch)
            self._followed[followed.state.thread] = followed

    def adopt_restored(self) -> None:
        """Makes threads of what was remembered, now that the mailboxes' keys are there."""
        for followed in list(self._followed.values()):
            self._know(followed.state)

    def know(self, state: ThreadState) -> Thread | None:
        """Takes a thread as the service states it; None while its mailbox has no keys here."""
        self._stated.add(state.thread)
        return self._know(state)

    def _know(self, state: ThreadState) -> Thread | None:
        """An account with seats on both sides of one thread follows it from the first side that is listed."""
        mailbox = self._mailboxes.get(state.mailbox)
        if mailbox is None:
            return None
        thread = self.threads.get(state.thread)
        if thread is None:
            followed = self._followed.pop(state.thread, None)
            thread = Thread(
                self._runtime,
                mailbox.keys,
                mailbox.desk,
                followed.state if followed else state,
                followed=followed,
                reread=mailbox.reread,
                on_tag=mailbox.check_tag,
                on_change=self._mark,
                on_lost=self._lost,
            )
            self.threads[state.thread] = thread
            if state.thread in self._heard:
                thread.follower.announce(self._heard.pop(state.thread))
                thread.follower.schedule()
        if thread.state.party == state.party:
            thread.update(state)
        return thread

    def heard(self, thread: bytes, seq: int) -> None:
        """An event of a thread that is not listed yet: it will know that there is more than the list may say."""
        if len(self._heard) < heard_max:
            self._heard[thread] = max(seq, self._heard.get(thread, 0))

    def drop(self, mailbox: bytes) -> None:
        """Follows no thread of a mailbox any more in which the account has no seat."""
        for thread_id in [t.id for t in self.threads.values() if t.mailbox == mailbox]:
            del self.threads[thread_id]
            self._changed.discard(thread_id)

    async def list_all(self, since: int | None, after: bytes | None) -> None:
        """Pages through the service's list and takes every state."""
        while True:
            command = Threads(ref=0, since=since, after=after)
            page = await self._runtime.link.request(command, ThreadsPage, timeout_s=self._runtime.timeout_s)
            for state in page.threads:
                self.know(state)
            last = page.threads[-1].thread if page.threads else b""
            if not page.more or last <= (after or b""):
                return
            after = last

    def suspend(self) -> None:
        """The service may have been restored from a backup: nothing is taken from it until `compare`."""
        self._stated.clear()
        for thread in self.threads.values():
            thread.follower.suspend()

    async def compare(self) -> None:
        """Holds what is suspended against what the service has now. Raises: Unreachable, ProblemError, Ended."""
        suspended = [thread for thread in self.threads.values() if thread.follower.is_suspended]
        if any(thread.id not in self._stated for thread in suspended):
            await self.list_all(None, None)
        gone = [thread for thread in suspended if thread.id not in self._stated]
        for thread in gone:
            await self._lost_whole(thread)
        await asyncio.gather(*(self._compare(thread) for thread in suspended if thread not in gone))

    async def _compare(self, thread: Thread) -> None:
        async with self._reading:
            await restoring.compare(self._runtime, thread)

    async def reread(self, thread: Thread) -> None:
        """A log that was stopped holds a `restored` event now, which may explain it."""
        thread.restart()
        await self._read(thread)

    async def _lost(self, thread: Thread, new: ThreadLog, old: ThreadLog | None) -> int:
        lost = await restoring.loss(self._runtime, thread, new, old)
        await self.losses.add(lost)
        return lost.from_seq

    async def _lost_whole(self, thread: Thread) -> None:
        unsent = await thread.outbox.end()
        if unsent or thread.seen is not None:
            await self.losses.add(await restoring.whole_loss(self._runtime, thread, unsent))
        await outbox.forget(self._runtime.storage, unsent)
        thread.follower.log.side.keys.forget_thread(thread.id)
        del self.threads[thread.id]
        self._changed.discard(thread.id)
        await self._runtime.storage.delete(local.THREADS + thread.id.hex())
        await sent.forget(self._runtime.storage, thread.id)

    async def catch_up(self) -> None:
        """Reads every thread that is behind, as far as the service went. Raises: TimedOut, Ended."""
        behind = [t for t in self.threads.values() if t.wants_reading or (t.is_third and t.id not in self._stated)]
        await asyncio.gather(*(self._read(thread) for thread in behind))

    async def remember(self, sync: local.Sync) -> None:
        """Writes what changed since the last time, then how far that brings this device."""
        async with self._writing:
            for thread_id in list(self._changed):
                thread = self.threads.get(thread_id)
                self._changed.discard(thread_id)
                if thread is not None:
                    await self._write(thread)
            if sync != self._remembered:
                await local.save(self._runtime.storage, local.SYNC, sync)
                self._remembered = sync

    def checkpoints(self) -> dict[bytes, Checkpoint]:
        """How far each thread was verified, for the vault."""
        points = ((thread.id, thread.for_vault) for thread in self.threads.values())
        return {thread: point for thread, point in points if point is not None}

    @property
    def restored(self) -> set[bytes]:
        """Threads of more than one history."""
        return {thread.id for thread in self.threads.values() if thread.history.explained}

    async def _write(self, thread: Thread) -> None:
        lately, thread.sent_lately = thread.sent_lately, []
        try:
            if lately:
                await sent.add(self._runtime.storage, thread.id, lately, self._runtime.clock())
            await local.save(self._runtime.storage, local.THREADS + thread.id.hex(), thread.followed())
        except BaseException:
            thread.sent_lately[:0] = lately
            self._changed.add(thread.id)
            raise

    def _mark(self, thread: Thread) -> None:
        self._changed.add(thread.id)

    async def _read(self, thread: Thread) -> None:
        """One thread that the service refuses (a seat that just ended) does not hold up the others."""
        async with self._reading:
            try:
                await thread.load()
            except ProblemError as error:
                if error.retryable:
                    raise
                if thread.is_third and error.code == NotFound.code:
                    await self._stay_ended(thread)
                    return
                log.info("a conversation could not be read: %s", error.code)

    async def _stay_ended(self, thread: Thread) -> None:
        """A third party that left, or was shown the door, has nothing here any more."""
        self.threads.pop(thread.id, None)
        self._changed.discard(thread.id)
        await self._runtime.storage.delete(local.THREADS + thread.id.hex())
        await sent.forget(self._runtime.storage, thread.id)
        self._runtime.inbox.put(StayEnded(thread.id, thread.mailbox))
