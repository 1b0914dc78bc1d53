"""The private log of one mailbox: drafts, notes, assignments, blocks, sealed to its seats. Nothing of it reaches a
peer.
"""

import asyncio
from collections import defaultdict
from typing import Final

from messaging.domain import limits
from messaging.e2ee import desk
from messaging.e2ee.desk import Assignment, DeskContent, Draft, Hiding, Note
from messaging.e2ee.errors import E2EEError, Repeated
from messaging.wire.commands import DeskPull, DeskPut
from messaging.wire.events import DeskAck, DeskEntries, DeskEntry
from pli_client.keys import MailboxKeys
from pli_client.runtime import Runtime
from pli_client.views import DeskChanged, DeskLost, DeskNotRendered

early_max: Final = 256


class Desk:
    """What the seats of one mailbox keep for themselves, by thread.

    What was there when the client connected (up to `known_seq`) is read without an event for each entry.
    """

    def __init__(self, runtime: Runtime, keys: MailboxKeys, known_seq: int) -> None:
        self.seq = 0
        self.drafts: dict[bytes, str] = {}
        """The newest draft by thread; an empty one was taken back."""
        self.notes: defaultdict[bytes, list[str]] = defaultdict(list)
        self.assigned: dict[bytes, bytes | None] = {}
        """Which seat answers, by thread."""
        self.hidden: set[bytes] = set()
        """Threads whose peer is blocked."""
        self._runtime = runtime
        self._keys = keys
        self._known_seq = known_seq
        self._announced = 0
        self._lost_from = 0
        """How far the log went before the service was restored; 0 when that was told."""
        self._early: dict[int, DeskEntry] = {}
        self._seen: set[bytes] = set()
        self._reading = asyncio.Lock()

    async def draft(self, thread: bytes, text: str) -> None:
        """Keeps an unfinished message, for every seat and device of the mailbox."""
        await self._put(desk.encode_draft(thread, text))

    async def note(self, thread: bytes, text: str) -> None:
        """Adds a private note beside a thread."""
        await self._put(desk.encode_note(thread, text))

    async def assign(self, thread: bytes, seat: bytes | None) -> None:
        """Says which seat answers; None: nobody in particular."""
        await self._put(desk.encode_assignment(thread, seat))

    async def hide(self, thread: bytes, hidden: bool) -> None:
        """Hides a thread from all seats of the mailbox, or shows it again. See `Thread.block`."""
        await self._put(desk.encode_hiding(thread, hidden))

    def restart(self) -> None:
        """Reads the log anew: the service was restored from a backup. What is gone is told once that is known."""
        self._lost_from = max(self._lost_from, self.seq)
        self.seq = self._announced = 0
        self.drafts.clear()
        self.notes.clear()
        self.assigned.clear()
        self.hidden.clear()
        self._early.clear()
        self._seen.clear()

    async def reach(self, seq: int) -> None:
        """Reads the log up to `seq` at least. Raises: TimedOut, ProblemError, Ended."""
        self._announced = max(self._announced, seq)
        if self._lost_from > seq:
            self._runtime.inbox.put(DeskLost(self._keys.mailbox, self._lost_from - seq))
        self._known_seq, self._lost_from = max(seq, self._known_seq) if self._lost_from else self._known_seq, 0
        await self._catch_up()

    def offer(self, entry: DeskEntry) -> None:
        """Takes one entry as it came."""
        if entry.seq > self.seq and len(self._early) < early_max:
            self._early[entry.seq] = entry
        self._read_early()
        if entry.seq > self.seq:
            self._announced = max(self._announced, entry.seq)
            self._runtime.tasks.spawn(self._catch_up())

    async def _put(self, content: bytes) -> None:
        entry = self._runtime.new_id()
        blob = self._keys.seal_entry(entry, content, self._runtime.entropy)
        command = DeskPut(ref=0, mailbox=self._keys.mailbox, entry=entry, blob=blob)
        ack = await self._runtime.link.request(command, DeskAck, timeout_s=self._runtime.timeout_s)
        self.offer(DeskEntry(ack.seq, entry, ack.at, blob))

    async def _catch_up(self) -> None:
        async with self._reading:
            while self.seq < self._announced:
                before = self.seq
                command = DeskPull(ref=0, mailbox=self._keys.mailbox, after=self.seq, limit=limits.pull_events_max)
                answer = await self._runtime.link.request(command, DeskEntries, timeout_s=self._runtime.timeout_s)
                for entry in answer.entries:
                    if before < entry.seq <= before + limits.pull_events_max:
                        self._early.setdefault(entry.seq, entry)
                self._read_early()
                self._announced = max(answer.head_seq, self.seq)
                if self.seq == before:
                    return

    def _read_early(self) -> None:
        while (entry := self._early.pop(self.seq + 1, None)) is not None:
            self.seq = entry.seq
            try:
                if entry.entry in self._seen:
                    raise Repeated(f"the desk entry at seq {entry.seq} was shown before")
                content = desk.decode_desk(self._keys.open_entry(entry.entry, entry.blob))
            except E2EEError as refusal:
                self._runtime.inbox.put(DeskNotRendered(self._keys.mailbox, entry.seq, refusal))
                continue
            self._seen.add(entry.entry)
            self._take(content)
            if entry.seq > self._known_seq:
                self._runtime.inbox.put(DeskChanged(self._keys.mailbox, entry.seq, entry.at, content))

    def _take(self, content: DeskContent) -> None:
        if isinstance(content, Draft):
            self.drafts[content.thread] = content.text
        elif isinstance(content, Note):
            self.notes[content.thread].append(content.text)
        elif isinstance(content, Assignment):
            self.assigned[content.thread] = content.seat
        elif isinstance(content, Hiding):
            (self.hidden.add if content.hidden else self.hidden.discard)(content.thread)
