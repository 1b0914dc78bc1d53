"""First messages that nobody can receive yet: kept on this device, tried again, sent once somebody can.

Nobody enrolled at the target, or its prekeys are used up: the two look the same from here (SPEC.md section 5.2). What
waits is tried again ever more rarely, up to once an hour, and on each new connection. When several wait for one target
the first one opens the thread, and the others follow in it.

A message waits under the id that it will have in its thread, so that it is in one place after a crash too: whoever
finds an opening or an outgoing message with that id drops what waits.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from messaging.domain.vocabulary import INITIATOR, MessageKind
from messaging.e2ee import content
from pli_client import local, opening
from pli_client.errors import ClientError, ProblemError, Unreachable
from pli_client.keys import MailboxKeys
from pli_client.runtime import Runtime
from pli_client.thread import Thread
from pli_client.views import FirstMessageRefused, FirstMessageSent, FirstMessageWaits, WaitingMessage

retry_first_s: Final = 5.0
retry_max_s: Final = 3_600.0
waiting_max: Final = 100
"""First messages that wait in one mailbox on this device."""


class FirstMessages:
    """What one mailbox, on this device, has to say to targets where nobody can receive yet.

    `threads` gives the conversations that are known; `deliver` sends an opening to its end.
    """

    def __init__(
        self,
        runtime: Runtime,
        keys: MailboxKeys,
        threads: Callable[[], Sequence[Thread]],
        deliver: Callable[[local.Opening], Coroutine[Any, Any, Thread]],
    ) -> None:
        self._runtime = runtime
        self._keys = keys
        self._threads = threads
        self._deliver = deliver
        self._waiting: dict[bytes, local.FirstMessage] = {}
        self._opening: set[bytes] = set()
        """Targets to which an opening is on its way: what else waits for them waits for its thread."""
        self._deciding = asyncio.Lock()
        """Held while it is decided whether a message still waits: to cancel and to send exclude each other."""
        self._wake = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> tuple[WaitingMessage, ...]:
        """The oldest first."""
        return tuple(_shown(first) for first in self._in_order())

    def awaits(self, target: bytes) -> bool:
        """Whether something waits for this target already: what comes later must not pass it."""
        return any(first.target == target for first in self._waiting.values())

    @property
    def has_room(self) -> bool:
        return len(self._waiting) < waiting_max

    async def keep(self, target: bytes, text: str) -> WaitingMessage:
        """Keeps a first message and goes on trying to send it."""
        order = max((first.order for first in self._waiting.values()), default=-1) + 1
        first = local.FirstMessage(
            self._runtime.new_id(), self._keys.mailbox, target, text, self._runtime.clock(), order
        )
        await local.save(self._runtime.storage, name(first), first)
        behind_another = self.awaits(target)
        self._waiting[first.id] = first
        self._runtime.inbox.put(FirstMessageWaits(_shown(first)))
        self._start()
        if behind_another:
            self.wake()
        return _shown(first)

    async def cancel(self, message: bytes) -> bool:
        """Takes a message back; False when it went out already, or never waited."""
        async with self._deciding:
            first = self._waiting.get(message)
            if first is None:
                return False
            await self._drop(first)
        return True

    def resume(self, first: local.FirstMessage) -> None:
        """Takes up what an earlier run left, and tries it at once."""
        self._waiting[first.id] = first
        self._start()
        self.wake()

    def opens(self, target: bytes) -> None:
        """An opening to this target is on its way."""
        self._opening.add(target)

    def opened(self, target: bytes) -> None:
        """That opening arrived, or never will."""
        self._opening.discard(target)
        self.wake()

    def wake(self) -> None:
        """Tries what waits now: a connection is new, or a thread was opened."""
        if self._waiting:
            self._wake.set()

    def _start(self) -> None:
        if self._running is None or self._running.done():
            self._running = self._runtime.tasks.spawn(self._run())

    async def _run(self) -> None:
        pause_s = retry_first_s
        while self._waiting:
            woken = await self._pause(pause_s)
            pause_s = retry_first_s if woken else min(pause_s * 2, retry_max_s)
            await self._try_all()

    async def _pause(self, seconds: float) -> bool:
        """Whether it was woken before."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return False
        self._wake.clear()
        return True

    async def _try_all(self) -> None:
        asked: set[bytes] = set()
        for first in self._in_order():
            if first.target in self._opening or first.target in asked:
                continue
            try:
                await self._try(first)
            except ProblemError as refusal:
                asked.add(first.target)
                if refusal.final:
                    await self._refused(first, refusal)
            except Unreachable:
                return
            except ClientError:
                asked.add(first.target)

    async def _try(self, first: local.FirstMessage) -> None:
        async with self._deciding:
            if first.id not in self._waiting:
                return
            thread = self._thread_of(first.target)
            if thread is None:
                await self._open(first)
            else:
                await self._follow(thread, first)

    async def _open(self, first: local.FirstMessage) -> None:
        claim = await self._runtime.api.claim(first.target, self._keys.mailbox)
        made = opening.make(self._runtime, self._keys, first.target, claim, first.text, msg_id=first.id)
        await local.save(self._runtime.storage, opening.name(made), made)
        await self._drop(first)
        # Two peers who compare their clocks must not see that two first messages left together.
        self._runtime.link.hold(made.thread)
        self.opens(first.target)
        self._runtime.tasks.spawn(self._deliver(made))

    async def _follow(self, thread: Thread, first: local.FirstMessage) -> None:
        kept = await thread.outbox.keep(MessageKind.TEXT, content.encode_text(first.text), msg_id=first.id)
        await self._drop(first)
        thread.outbox.resume(kept)
        self._runtime.inbox.put(FirstMessageSent(_shown(first), thread.id))

    def _thread_of(self, target: bytes) -> Thread | None:
        """A conversation that this mailbox opened with the target."""
        for thread in self._threads():
            own = thread.mailbox == self._keys.mailbox and thread.state.party == INITIATOR
            if own and thread.state.target == target and thread.stopped is None:
                return thread
        return None

    async def _refused(self, first: local.FirstMessage, refusal: ProblemError) -> None:
        async with self._deciding:
            if first.id in self._waiting:
                await self._drop(first)
                self._runtime.inbox.put(FirstMessageRefused(_shown(first), refusal.problem))

    async def _drop(self, first: local.FirstMessage) -> None:
        await self._runtime.storage.delete(name(first))
        del self._waiting[first.id]

    def _in_order(self) -> list[local.FirstMessage]:
        return sorted(self._waiting.values(), key=lambda first: first.order)


def name(first: local.FirstMessage) -> str:
    """Under which name it is kept."""
    return local.FIRSTS + first.id.hex()


def _shown(first: local.FirstMessage) -> WaitingMessage:
    return WaitingMessage(first.id, first.mailbox, first.target, first.text, first.at)
