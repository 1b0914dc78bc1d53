"""Fifty senders on ten threads: five pairs of mailboxes, five sockets a side, all of a pair writing to both threads."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from messaging.domain.vocabulary import MailboxKind
from messaging.relations.facts import MESSAGE_ACCEPTED
from tests.faults.log_checker import assert_nothing
from tests.faults.parties import Party, open_thread
from tests.faults.senders import Key, Promise, Sender
from tests.support.server import Deployed
from tests.support.waiting import until

PAIRS: Final = 5
SOCKETS_A_SIDE: Final = 5
THREADS_A_PAIR: Final = 2
SETTLE_S: Final = 90.0


@dataclass(frozen=True, slots=True)
class Fleet:
    """The senders and what they were promised, together."""

    parties: list[Party]
    senders: list[Sender]

    @classmethod
    async def made(cls, service: Deployed, service_id: bytes, *, pairs: int = PAIRS) -> Self:
        """Founds the mailboxes and opens the threads; nothing is sent yet."""
        parties: list[Party] = []
        senders: list[Sender] = []
        for number in range(pairs):
            project = await Party.found(service, f"project {number}", MailboxKind.PROJECT)
            village = await Party.found(service, f"village {number}", MailboxKind.TERRITORY, prekeys=THREADS_A_PAIR)
            socket = await project.socket()
            opened = [await open_thread(socket, project, village, service_id) for _ in range(THREADS_A_PAIR)]
            await socket.close()
            parties += project, village
            for party, lines in zip((project, village), zip(*opened, strict=True), strict=True):
                senders += [Sender(service, party.api, lines) for _ in range(SOCKETS_A_SIDE)]
        return cls(parties, senders)

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """Senders at work. On leaving, no new message goes out, and whatever had no ack yet gets one, or it fails."""
        tasks = [asyncio.create_task(sender.run()) for sender in self.senders]
        try:
            yield
            for sender in self.senders:
                sender.finish()
            async with asyncio.timeout(SETTLE_S):
                await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        assert_nothing(complaint for sender in self.senders for complaint in sender.broken)

    async def acked_more(self, count: int, *, within_s: float = SETTLE_S) -> None:
        """Waits until `count` further messages were acked."""
        goal = len(self.acked) + count
        await until(lambda: len(self.acked) >= goal, within_s)

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

    async def close(self) -> None:
        for party in self.parties:
            await party.close()


def _accepted(event_log: Path) -> set[bytes]:
    """The lines that tell of a message; one that was delivered twice is the same line."""
    return {line for line in event_log.read_bytes().splitlines() if MESSAGE_ACCEPTED.encode() in line}
