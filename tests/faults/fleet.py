"""Fifty senders on twenty threads: ten pairs of mailboxes, five sockets a pair, and a witness of each mailbox.

Where there are several processes all are spread over them, and who loses its own goes to another.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from messaging.domain.vocabulary import MailboxKind
from messaging.relations.facts import MESSAGE_ACCEPTED
from tests.faults.log_checker import assert_nothing
from tests.faults.parties import Door, Party, open_thread
from tests.faults.senders import Acked, Key, Promise, Sender
from tests.faults.witnesses import Witness
from tests.support.server import Deployed
from tests.support.waiting import until

PAIRS: Final = 10
SOCKETS: Final = (3, 2)
"""Of the project and of the village; an account may have five, its witness included."""
THREADS_A_PAIR: Final = 2
MESSAGES_PER_S: Final = 200.0
SETTLE_S: Final = 90.0


@dataclass(slots=True)
class Fleet:
    """The senders and what they were promised, together."""

    parties: list[Party]
    senders: list[Sender]
    witnesses: list[Witness]
    converged_s: float = 0.0
    """From when the last faults were over, and nothing new was sent, until all was acked and heard by all."""

    @classmethod
    async def made(
        cls,
        services: Sequence[Deployed],
        service_id: bytes,
        *,
        pairs: int = PAIRS,
        sockets: tuple[int, int] = SOCKETS,
        per_s: float = MESSAGES_PER_S,
        witnessed: bool = True,
    ) -> Self:
        """Founds the mailboxes and opens the threads; nothing is sent yet.

        `per_s`: what all send together. `witnessed`: else nobody listens, as where processes tell each other nothing.
        """
        parties: list[Party] = []
        senders: list[Sender] = []
        witnesses: list[Witness] = []
        every_s = pairs * sum(sockets) / per_s
        for number in range(pairs):
            project = await Party.found(services[0], f"project {number}", MailboxKind.PROJECT)
            village = await Party.found(services[0], f"village {number}", MailboxKind.TERRITORY, prekeys=THREADS_A_PAIR)
            socket = await project.socket()
            opened = [await open_thread(socket, project, village, service_id) for _ in range(THREADS_A_PAIR)]
            await socket.close()
            for party, lines, count in zip((project, village), zip(*opened, strict=True), sockets, strict=True):
                doors = [party.door(service) for service in services]
                homes = [_turned(doors, len(senders) + turn) for turn in range(count)]
                senders += [Sender(home, lines, every_s=every_s) for home in homes]
                if witnessed:
                    witnesses.append(Witness(_turned(doors, len(parties)), [line.thread for line in lines]))
                parties.append(party)
        return cls(parties, senders, witnesses)

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """Senders at work, witnesses at theirs; may be entered again.

        On leaving, no new message goes out; whatever had no ack yet gets one, and the witnesses hear all, or it fails.
        """
        for sender in self.senders:
            sender.begin()
        listening = [asyncio.create_task(witness.run()) for witness in self.witnesses]
        sending = [asyncio.create_task(sender.run()) for sender in self.senders]
        try:
            yield
            ended = time.monotonic()
            for sender in self.senders:
                sender.finish()
            async with asyncio.timeout(SETTLE_S):
                await asyncio.gather(*sending)
                heads = self._heads()
                await until(lambda: bool(self._broken()) or all(each.is_at(heads) for each in self.witnesses), SETTLE_S)
            self.converged_s = time.monotonic() - ended
        finally:
            for task in (*sending, *listening):
                task.cancel()
            await asyncio.gather(*sending, *listening, return_exceptions=True)
        assert_nothing(self._broken())

    def spread(self) -> None:
        """Whoever found another process when its own was away goes back to it."""
        for sender in self.senders:
            sender.go_home()
        for witness in self.witnesses:
            witness.go_home()

    async def acked_more(self, count: int, *, within_s: float = SETTLE_S) -> None:
        """Waits until `count` further messages were acked."""
        goal = self._acked_count() + count
        await until(lambda: self._acked_count() >= goal, within_s)

    async def told(self, event_log: Path) -> None:
        """Waits until a relation event came out for every message that was sent, and for each thread's first one."""
        goal = len(self.sent) + len({thread for thread, _, _ in self.sent})
        await until(lambda: event_log.exists() and len(_accepted(event_log)) >= goal, SETTLE_S)

    @property
    def acked(self) -> dict[Key, Promise]:
        return {key: promise for sender in self.senders for key, promise in sender.acked.items()}

    @property
    def sent(self) -> dict[Key, bytes]:
        return {key: hashed for sender in self.senders for key, hashed in sender.sent.items()}

    @property
    def acks(self) -> dict[Key, Acked]:
        return {key: acked for sender in self.senders for key, acked in sender.acks.items()}

    async def close(self) -> None:
        for party in self.parties:
            await party.close()

    def _acked_count(self) -> int:
        return sum(len(sender.acked) for sender in self.senders)

    def _broken(self) -> list[str]:
        by_senders = [complaint for sender in self.senders for complaint in sender.broken]
        return by_senders + [complaint for witness in self.witnesses for complaint in witness.broken]

    def _heads(self) -> dict[bytes, int]:
        heads: defaultdict[bytes, int] = defaultdict(int)
        for (thread, _, _), promise in self.acked.items():
            heads[thread] = max(heads[thread], promise.seq)
        return heads


def _turned(doors: list[Door], by: int) -> list[Door]:
    """The same ones, another one first."""
    at = by % len(doors)
    return doors[at:] + doors[:at]


def _accepted(event_log: Path) -> set[bytes]:
    """The lines that tell of a message; one that was delivered twice is the same line."""
    return {line for line in event_log.read_bytes().splitlines() if MESSAGE_ACCEPTED.encode() in line}
