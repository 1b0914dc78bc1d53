"""What waits to be told to the other processes over one shard.

Of a bulletin that Redis may not have taken, a sweep of the others finds what has a mark, removals and revocations. What
it would not find is told again until it was taken: hints (a receipt; seats, cards or cases changed), of which hearing
twice is harmless.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from itertools import chain

import msgspec

from messaging.domain import limits
from messaging.domain.ids import AccountId, MailboxId
from messaging.fanout.bulletin import Bulletin, Said


class Unsaid:
    """Bounded: beyond the bound what is said counts as lost, and notes are dropped."""

    def __init__(self) -> None:
        self._wake = asyncio.Event()
        self._said: deque[Said] = deque()
        self._again: dict[tuple[tuple[bytes, ...], bytes], Said] = {}
        """Hints that were lost, the oldest first: each once."""
        self._notes: deque[msgspec.Raw] = deque()
        self._notes_bytes = 0
        self._removed: list[tuple[bytes, bytes]] = []
        self._refreshed: dict[bytes, None] = {}
        """Hints too: each account once, with a bound of their own."""
        self._closed: list[tuple[bytes, int]] = []
        self._lost = False
        self._n = 0

    def say(self, said: Said) -> None:
        self._said.append(said)
        self._added()

    def remove(self, account: AccountId, mailbox: MailboxId) -> None:
        self._removed.append((account, mailbox))
        self._added()

    def refresh(self, account: AccountId) -> None:
        self._refreshed[account] = None
        self._trim()
        self._added()

    def close(self, account: AccountId, code: int) -> None:
        self._closed.append((account, code))
        self._added()

    def note(self, note: msgspec.Raw) -> bool:
        """Whether there was room for it."""
        size = len(memoryview(note))
        if self._notes_bytes + size > limits.shared_notes_bytes_max:
            return False
        self._notes.append(note)
        self._notes_bytes += size
        self._wake.set()
        return True

    def miss(self, bulletin: Bulletin | None = None) -> None:
        """The last bulletin was not told, and that is to be said. What waits still is told, and hints of `bulletin`."""
        if bulletin is not None:
            self._keep(chain(bulletin.said, self._again.values()))  # it was before what was lost meanwhile
            self._refreshed = dict.fromkeys(chain(bulletin.refreshed, self._refreshed))
            self._trim()
        self._lost = True
        self._wake.set()

    def lose(self) -> None:
        """What waits will not be told, and that is to be said; but hints still are."""
        self._keep(chain(self._again.values(), self._said))
        for waiting in (self._said, self._notes, self._removed, self._closed):
            waiting.clear()
        self._notes_bytes = 0
        self.miss()

    def _keep(self, lost: Iterable[Said]) -> None:
        """Of these, in their order, the hints: each where it was said last."""
        again: dict[tuple[tuple[bytes, ...], bytes], Said] = {}
        for said in lost:
            if said.mark is None:
                key = (tuple(said.mailboxes), said.encoded)
                again.pop(key, None)
                again[key] = said
        for key in list(again)[: -limits.shared_again_max]:
            del again[key]
        self._again = again

    def _trim(self) -> None:
        """Of accounts, too, the oldest drop out; and that something was lost is said."""
        while len(self._refreshed) > limits.shared_unsaid_max:
            del self._refreshed[next(iter(self._refreshed))]
            self._lost = True

    @property
    def waits(self) -> bool:
        """Whether something does."""
        return self._wake.is_set()

    async def wait(self) -> None:
        """Until something waits."""
        await self._wake.wait()

    def take(self, origin: bytes, now: int) -> Bulletin:
        """As much as one bulletin holds."""
        said, notes = list(self._again.values()), list[msgspec.Raw]()
        size = sum(len(each.encoded) for each in said)
        self._again.clear()
        while self._said and size < limits.shared_bulletin_bytes_max:
            said.append(self._said.popleft())
            size += len(said[-1].encoded)
        while self._notes and size < limits.shared_bulletin_bytes_max:
            notes.append(self._notes.popleft())
            self._notes_bytes -= len(memoryview(notes[-1]))
            size += len(memoryview(notes[-1]))
        self._n += 1
        lists = (said, self._removed, list(self._refreshed), self._closed)
        bulletin = Bulletin(origin, *lists, self._lost, notes, self._n, now)
        self._removed, self._refreshed, self._closed, self._lost = [], {}, [], False
        if not self._said and not self._notes:
            self._wake.clear()
        return bulletin

    def _added(self) -> None:
        if len(self._said) + len(self._removed) + len(self._closed) > limits.shared_unsaid_max:
            self.lose()
        self._wake.set()
