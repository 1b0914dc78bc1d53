"""Keeps one thread's verified log up with the service's: events as they come, gaps pulled, keys fetched.

What came early waits for what is missing; a gap that does not close by itself within `gap_grace_s` is pulled. Whatever
the service announced it must also give: a log that ends before is stopped.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from messaging.domain import limits
from messaging.domain.vocabulary import EventKind
from messaging.e2ee.errors import E2EEError, Gap
from messaging.e2ee.vault import Checkpoint
from messaging.wire.commands import Pull, Wraps
from messaging.wire.events import Events, LogEntry, WrapsList
from pli_client import local
from pli_client.epochs import Side
from pli_client.errors import Unreachable
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
        side: Side,
        checkpoint: Checkpoint | None,
        on_items: Callable[[list[Item]], None],
        reread: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.log = ThreadLog(side, runtime.trust, checkpoint)
        self._runtime = runtime
        self._thread = side.thread
        self._on_items = on_items
        self._reread = reread
        self._announced = 0
        self._early: dict[int, LogEntry] = {}
        self._catching_up = asyncio.Lock()
        self._scheduled = False

    @property
    def behind(self) -> bool:
        """Whether the service has events that this log lacks."""
        return self.log.evidence is None and self.log.seq < self._announced

    def announce(self, seq: int) -> None:
        """The service says that its log reaches `seq`."""
        self._announced = max(self._announced, seq)

    def offer(self, entry: LogEntry) -> None:
        """Takes one event as it came: read at once when it is the next one, else kept until the gap is filled."""
        if self.log.evidence is not None:
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
            while self.log.evidence is None and (pull or self.behind):
                if not pull and self._read_early():
                    continue
                if grace_s and not pull:
                    await asyncio.sleep(grace_s)
                    grace_s = 0.0
                    continue
                run = [] if pull else self._early_run()
                pull = False
                run = run or await self._pull()
                await self._fetch_wraps(run)
                await self._fetch_seeds(run)
                self._append(run)

    async def reach(self, seq: int) -> None:
        """Waits until the event `seq` was read. Raises as `catch_up`, and Stopped."""
        if self.log.seq < seq:
            self.announce(seq)
            await self.catch_up(grace_s=gap_grace_s)
        if self.log.seq < seq:
            self.log.check_followed()

    async def confirm(self, entry: LogEntry) -> None:
        """Reads up to an event that an ack told of, and holds the ack against it: another event there is a fork.

        Raises as `catch_up`, and Stopped.
        """
        self.offer(entry)
        await self.reach(entry.seq)
        self.offer(entry)
        self.log.check_followed()

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

    async def _pull(self) -> list[LogEntry]:
        expected = self._announced
        command = Pull(ref=0, thread=self._thread, after=self.log.seq, limit=limits.pull_events_max)
        answer = await self._runtime.link.request(command, Events, timeout_s=self._runtime.timeout_s)
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
        end = len(self.log.epochs) + sum(entry.kind == EventKind.EPOCH for entry in run)
        while first is not None and first < end:
            command = Wraps(ref=0, thread=self._thread, first=first)
            answer = await self._runtime.link.request(command, WrapsList, timeout_s=self._runtime.timeout_s)
            self.log.epochs.add_wraps({e.epoch: e.wraps for e in answer.epochs}, answer.prekey_index)
            following = answer.epochs[-1].epoch + 1 if answer.more and answer.epochs else first
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


async def patiently(reading: Callable[[], Awaitable[object]]) -> None:
    """Does what the service must answer, however long it does not. Raises what waiting does not mend."""
    while True:
        try:
            await reading()
            return
        except Unreachable:
            await asyncio.sleep(retry_s)
