"""What the parts of one client share: line, storage, keys, background tasks, and the events for the application."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final

from messaging.e2ee.entropy import Entropy, draw
from messaging.e2ee.errors import E2EEError
from pli_client.errors import ClientError
from pli_client.http import Api
from pli_client.link import Link, cancelled
from pli_client.storage import Storage
from pli_client.trust import Trust
from pli_client.vault import VaultKeeper
from pli_client.views import EventsLost, Happening

log: Final = logging.getLogger("pli_client")

events_max: Final = 10_000
"""Events that wait for the application; beyond it the oldest are dropped, and it is told how many."""


class Inbox:
    """The events for the application, in order, bounded. One reader.

    An event counts as handled when the reader asks for the next one: what was not handled comes again after a restart.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[Happening, Callable[[], None] | None]] = deque()
        self._taken: Callable[[], None] | None = None
        self._lost = 0
        self._wake = asyncio.Event()
        self._failure: ClientError | None = None

    def put(self, event: Happening, handled: Callable[[], None] | None = None) -> None:
        if len(self._waiting) >= events_max:
            _, dropped = self._waiting.popleft()
            self._lost += 1
            if dropped is not None:
                dropped()
        self._waiting.append((event, handled))
        self._wake.set()

    def fail(self, reason: ClientError) -> None:
        """No further events: the reader gets what waits, then the reason."""
        self._failure = reason
        self._wake.set()

    async def read(self) -> AsyncIterator[Happening]:
        """Yields for ever. Raises: Ended, or another ClientError, when the client ended for good."""
        while True:
            self._handle_last()
            if self._lost:
                lost, self._lost = self._lost, 0
                yield EventsLost(lost)
            elif self._waiting:
                event, self._taken = self._waiting.popleft()
                yield event
            elif self._failure is not None:
                raise self._failure
            else:
                self._wake.clear()
                await self._wake.wait()

    def _handle_last(self) -> None:
        taken, self._taken = self._taken, None
        if taken is not None:
            taken()


class Tasks:
    """Background tasks that end with the client. What they raise is expected to be mended by the next connection."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._done)
        return task

    async def close(self) -> None:
        await cancelled(*self._running)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, ClientError | E2EEError):
            log.info("background work ended with %s", type(error).__name__)
        elif error is not None:
            log.error("background work failed", exc_info=error)


@dataclass(slots=True)
class Skew:
    """By how much the service's clock is ahead of this device's, as its last welcome told."""

    ms: int = 0


@dataclass(slots=True)
class Stream:
    """Which history of the service the connection is on: another epoch means a restored backup."""

    epoch: int | None = None


@dataclass(frozen=True, slots=True)
class Runtime:
    """One client's parts. `timeout_s` bounds every call that waits for an answer."""

    api: Api
    link: Link
    keeper: VaultKeeper
    storage: Storage
    trust: Trust
    entropy: Entropy
    clock: Callable[[], int]
    timeout_s: float
    inbox: Inbox
    tasks: Tasks
    skew: Skew = field(default_factory=Skew)
    stream: Stream = field(default_factory=Stream)

    def now(self) -> int:
        """Ms by the service's clock: for what is counted from the times that it gave to events."""
        return self.clock() + self.skew.ms

    def new_id(self) -> bytes:
        return draw(self.entropy, 16)
