"""Keeps one thread's verified log up with the service's: events as they come, gaps pulled, keys fetched.

What came early waits for what is missing; a gap that does not close by itself within `gap_grace_s` is pulled. Whatever
the service announced it must also give: a log that ends before is stopped.

A log that must lead through a checkpoint is first read whole, in one range, as what explains a restored backup may
stand after the place where it differs (SPEC.md section 7.4). While it is not known whether the service was restored,
the follower is suspended: what comes is passed over, and whoever wants to read waits.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from messaging.domain import limits
from messaging.domain.vocabulary import EventKind
from messaging.e2ee.errors import BadInvitation, E2EEError, Gap
from messaging.wire.commands import Pull, Wraps
from messaging.wire.events import Events, LogEntry, WrapsList
from pli_client import local
from pli_client.errors import ClientError, ProblemError, ServiceRestored, ThreadGone, TimedOut, Unreachable
from pli_client.log import ThreadLog
from pli_client.runtime import Runtime
from pli_client.views import Item

gap_grace_s: Final = 0.1
"""An ack and the events around it may overtake each other on their way: wait this long before pulling."""
retry_s: Final = 2.0
early_max: Final = 1_024
"""Events kept that came before their turn; further ones are pulled later."""


class Follower:
    """One thread's log and what is known to lie beyond it. `on_items` gets what there is to show, in order."""

    def __init__(
        self,
        runtime: Runtime,
        log: ThreadLog,
        on_items: Callable[[list[Item]], None],
        reread: Callable[[], Awaitable[None]] | None = None,
        on_explained: Callable[[ThreadLog], Awaitable[None]] | None = None,
        *,
        stream_epoch: int | None = None,
    ) -> None:
        """`on_explained`: what to do first with a log that lacks what was seen, and says why."""
        self.log = log
        self.stream_epoch = stream_epoch
        """Of the history that `log` is on; another one than the connection's until it was compared."""
        self._runtime = runtime
        self._thread = log.side.thread
        self._on_items = on_items
        self._reread = reread
        self._on_explained = on_explained
        self._life = 0
        """Counts suspensions: what was asked in an earlier life is not taken."""
        self._is_over = False
        self._settled = asyncio.Event()
        if stream_epoch == runtime.stream.epoch:
            self._settled.set()
        self._announced = 0
        self._early: dict[int, LogEntry] = {}
        self._catching_up = asyncio.Lock()
        self._scheduled = False

    @property
    def behind(self) -> bool:
        """Whether the service has events that this log lacks."""
        return self.log.evidence is None and self.log.seq < self._announced

    @property
    def is_suspended(self) -> bool:
        return self._is_over or not self._settled.is_set()

    def suspend(self) -> None:
        """Takes nothing until `settle`: the service may have been restored from a backup."""
        self._settled.clear()
        self._life += 1
        self._early.clear()
        self._announced = 0

    def settle(self, stream_epoch: int | None, log: ThreadLog | None = None) -> None:
        """Goes on, on the log that it has, or on another one from its beginning."""
        if log is not None:
            self._life += 1
            self._early.clear()
            self._announced = 0
            self.log = log
        self.stream_epoch = stream_epoch
        self._settled.set()

    async def settled(self) -> None:
        """Waits while it is suspended. Raises: TimedOut, ThreadGone."""
        try:
            async with asyncio.timeout(self._runtime.timeout_s):
                await self._settled.wait()
        except TimeoutError as error:
            raise TimedOut("it is not known yet what the restored service still has") from error
        self.check_there()

    def end(self) -> None:
        """The restored service has nothing of the conversation: whoever waits is told."""
        self._is_over = True
        self._settled.set()

    def check_there(self) -> None:
        """Raises: ThreadGone."""
        if self._is_over:
            raise ThreadGone("the conversation is gone with what a restored service lost")

    def announce(self, seq: int) -> None:
        """The service says that its log reaches `seq`."""
        self._announced = max(self._announced, seq)

    def offer(self, entry: LogEntry) -> None:
        """Takes one event as it came: read at once when it is the next one, else kept until the gap is filled."""
        if self.log.evidence is not None or self.is_suspended:
            return
        self.announce(entry.seq)
        if entry.seq > self.log.seq and len(self._early) < early_max:
            self._early[entry.seq] = entry
        elif entry.seq <= self.log.seq:
            self._append([entry])
            return
        if not self._catching_up.locked():
            self._read_early()
        if self.behind:
            self.schedule(grace_s=gap_grace_s)

    async def catch_up(self, *, pull: bool = False, grace_s: float = 0.0) -> None:
        """Reads up to what the service announced; `pull` asks it in any case.

        Raises: TimedOut, ProblemError, Ended; what does not verify stops the log and is shown as such.
        """
        async with self._catching_up:
            await self.settled()
            while self.log.evidence is None and (pull or self.behind):
                if self.log.awaits_entry:
                    await self._enter()
                    continue
                if self.log.is_empty and self.log.checkpoint is not None:
                    pull = not await self._read_whole()
                    continue
                if not pull and self._read_early():
                    continue
                if grace_s and not pull:
                    await asyncio.sleep(grace_s)
                    grace_s = 0.0
                    continue
                pull = not await self._read_on([] if pull else self._early_run())

    async def _enter(self) -> None:
        """As a third party: asks how this mailbox came in, before anything is read."""
        life, log = self._life, self.log
        command = Wraps(ref=0, thread=self._thread, first=0)
        answer = await self._runtime.link.request(command, WrapsList, timeout_s=self._runtime.timeout_s)
        if life != self._life:
            await self.settled()
        elif answer.entry is None:
            self._show([log.stop(BadInvitation("the service does not tell how this third party came in"))])
        elif (stopped := log.enter(answer.entry, answer.prekey_index)) is not None:
            self._show([stopped])

    async def _read_on(self, early: list[LogEntry]) -> bool:
        """Reads these events, or else what the service gives next. Whether it counts: False after a suspension."""
        life = self._life
        run = early or await self._pull()
        await self._fetch_wraps(run)
        await self._fetch_seeds(run)
        if life != self._life:
            await self.settled()
            return False
        self._append(run)
        return True

    async def _read_whole(self) -> bool:
        """Reads the log in one range, however long it is. Whether it counts: False after a suspension."""
        life, expected = self._life, self._announced
        entries: list[LogEntry] = []
        while True:
            answer = await self._asked(entries[-1].seq if entries else 0)
            new = [entry for entry in answer.events if not entries or entry.seq > entries[-1].seq]
            entries += new
            if not new or entries[-1].seq >= answer.head_seq:
                break
        await self._fetch_wraps(entries)
        await self._fetch_seeds(entries)
        if life != self._life:
            await self.settled()
            return False
        reached = entries[-1].seq if entries else 0
        withheld = max(expected, answer.head_seq) > reached
        await self._take_whole(entries, max(expected, answer.head_seq) if withheld else None)
        return True

    async def _take_whole(self, entries: Sequence[LogEntry], withheld: int | None) -> None:
        log = self.log
        shown = log.append(entries) if entries else []
        if log.evidence is None:
            stopped = log.check_end(log.seq)
            if stopped is None and withheld is not None:
                stopped = log.stop(Gap(f"the service announced event {withheld} and does not give it"))
            if stopped is not None:
                shown = [stopped]
            elif log.explanation is not None and self._on_explained is not None:
                await self._on_explained(log)
        if log is self.log:
            self.announce(log.seq)
            self._show(shown)

    async def reach(self, seq: int) -> None:
        """Waits until the event `seq` was read. Raises as `catch_up`, and Stopped."""
        if self.log.seq < seq:
            self.announce(seq)
            await self.catch_up(grace_s=gap_grace_s)
        if self.log.seq < seq:
            self.log.check_followed()

    async def confirm(self, entry: LogEntry, stream_epoch: int | None) -> None:
        """Reads up to an event that an ack told of, and holds the ack against it: another event there is a fork.

        `stream_epoch`: this follower's when the ack came. Raises as `catch_up`, Stopped; ServiceRestored, when what was
        acked is of a history that is gone.
        """
        await self._check_stream(stream_epoch)
        self.offer(entry)
        await self.reach(entry.seq)
        await self._check_stream(stream_epoch)
        self.offer(entry)
        self.log.check_followed()

    async def _check_stream(self, stream_epoch: int | None) -> None:
        await self.settled()
        if self.stream_epoch != stream_epoch:
            raise ServiceRestored("the service was restored from a backup after it took this")

    def schedule(self, *, grace_s: float = 0.0) -> None:
        """Catches up in the background, and tries again while the service does not answer."""
        if not self._scheduled:
            self._scheduled = True
            self._runtime.tasks.spawn(self._catch_up_later(grace_s))

    async def _catch_up_later(self, grace_s: float) -> None:
        try:
            while self.behind:
                try:
                    await self.catch_up(grace_s=grace_s)
                except Unreachable:
                    await asyncio.sleep(retry_s)
        finally:
            self._scheduled = False

    def _early_run(self) -> list[LogEntry]:
        """The kept events that come next, without a gap."""
        run: list[LogEntry] = []
        while (entry := self._early.get(self.log.seq + 1 + len(run))) is not None:
            run.append(entry)
        return run

    def _read_early(self) -> bool:
        """Reads the kept events that come next, unless keys must be fetched first. Whether there were any."""
        run = self._early_run()
        if not run or self.log.first_epoch_without_wraps(run) is not None or self.log.lacks_seed(run):
            return False
        self._append(run)
        return True

    def _append(self, run: Sequence[LogEntry]) -> None:
        if self.log.evidence is not None:
            return
        shown = self.log.append(run)
        read = {entry.seq: entry for entry in run}
        for seq in sorted(seq for seq in self._early if seq <= self.log.seq):
            early = self._early.pop(seq)
            if early is not read.get(seq) and self.log.evidence is None:
                # Said twice: by an event and by an ack or a pull. Whatever is not the same is a fork.
                shown += self.log.append([early])
        self._show(shown)

    def _show(self, shown: list[Item]) -> None:
        if self.log.evidence is not None:
            self._early.clear()
            self._runtime.tasks.spawn(self._keep_evidence())
        self._on_items(shown)

    async def _asked(self, after: int) -> Events:
        command = Pull(ref=0, thread=self._thread, after=after, limit=limits.pull_events_max)
        return await self._runtime.link.request(command, Events, timeout_s=self._runtime.timeout_s)

    async def _pull(self) -> list[LogEntry]:
        expected, life = self._announced, self._life
        answer = await self._asked(self.log.seq)
        if life != self._life:
            return []
        stopped = self.log.check_end(answer.head_seq)
        is_new = any(entry.seq > self.log.seq for entry in answer.events)
        if stopped is None and (answer.head_seq < expected or (not is_new and self.log.seq < answer.head_seq)):
            stopped = self.log.stop(Gap(f"the service announced event {expected} and does not give it"))
        if stopped is not None:
            self._show([stopped])
            return []
        self.announce(answer.head_seq)
        return answer.events

    async def _fetch_wraps(self, run: Sequence[LogEntry]) -> None:
        first = self.log.first_epoch_without_wraps(run)
        end = self.log.epochs.next_n + sum(entry.kind == EventKind.EPOCH for entry in run)
        while first is not None and first < end:
            command = Wraps(ref=0, thread=self._thread, first=first)
            answer = await self._runtime.link.request(command, WrapsList, timeout_s=self._runtime.timeout_s)
            shares = answer.entry.shares if answer.entry is not None else []
            if self.log.side.is_third:
                self.log.epochs.add_shares({share.epoch: share.share for share in shares})
            else:
                self.log.epochs.add_wraps({e.epoch: e.wraps for e in answer.epochs}, answer.prekey_index)
            given = [each.epoch for each in (shares if self.log.side.is_third else answer.epochs)]
            following = given[-1] + 1 if answer.more and given else first
            first = following if following > first else None

    async def _fetch_seeds(self, run: Sequence[LogEntry]) -> None:
        """A colleague's first act after a removal may come before the news of it: the roster is read once more."""
        if self._reread is not None and self.log.lacks_seed(run):
            with contextlib.suppress(E2EEError):
                await self._reread()

    async def _keep_evidence(self) -> None:
        evidence = self.log.evidence
        if evidence is not None:
            kept = local.Evidence(
                reason=type(evidence.reason).__name__,
                seq=evidence.seq,
                entry=evidence.entry,
                own_seq=evidence.own_seq,
                own_head=evidence.own_head,
                own_proof=evidence.own_proof,
            )
            await local.save(self._runtime.storage, f"{local.EVIDENCE}{self._thread.hex()}", kept)


def _is_silence(error: Exception) -> bool:
    """What waiting mends: no answer."""
    return isinstance(error, Unreachable)


def is_passing(error: Exception) -> bool:
    """The same, or a refusal for the moment."""
    return _is_silence(error) or (isinstance(error, ProblemError) and not error.final)


async def patiently(reading: Callable[[], Awaitable[object]], mends: Callable[[Exception], bool] = _is_silence) -> None:
    """Does what the service must answer, however long it does not. Raises what waiting does not mend."""
    while True:
        try:
            await reading()
            return
        except ClientError as error:
            if not mends(error):
                raise
            await asyncio.sleep(retry_s)
