"""What happens in a connected client: welcomes are worked off, events find their thread, progress is remembered.

A welcome is worked off whole: seats, then the list of threads, then every thread that is behind. Only then does `since`
move (PROTOCOL.md section 3). If the connection ends in between, the next welcome starts over.
"""

import asyncio
from collections.abc import Collection
from typing import Final

from messaging.domain.vocabulary import INITIATOR, EventKind
from messaging.e2ee.errors import E2EEError
from messaging.wire.events import (
    AnyDown,
    CardsChanged,
    CasesChanged,
    DeskEvent,
    Event,
    LogEntry,
    Receipt,
    SeatsChanged,
    ThreadOpened,
    ThreadState,
    Welcome,
)
from pli_client import local, views
from pli_client.catalogue import Catalogue
from pli_client.errors import (
    ClientError,
    Ended,
    FirstMessageKept,
    NotSeated,
    ProblemError,
    RecoveryCodeNeeded,
    ThreadGone,
    Unreachable,
    WrongService,
)
from pli_client.rotating import Rotator
from pli_client.runtime import Runtime, log
from pli_client.seating import Seating
from pli_client.seats import ACTIVE, Seats
from pli_client.session import Output, Session, State, Unasked, Welcomed
from pli_client.thread import Thread
from pli_client.views import DeviceForgotten, ServiceLost, VaultAlarm

remember_every_s: Final = 2.0
vault_every_s: Final = 600.0
retry_s: Final = 2.0
"""Between two attempts to work off a welcome while its connection stands and something else fails."""


class Engine:
    """One running client. `handle` takes what the link puts out; `ready` is set once a first welcome is worked off."""

    def __init__(self, runtime: Runtime, session: Session, seating: Seating, sync: local.Sync) -> None:
        self.listed = asyncio.Event()
        """Set once all mailboxes and threads are known, though perhaps not read yet."""
        self.ready = asyncio.Event()
        self.seats_read = asyncio.Event()
        """Set after each reading of the seats."""
        self.seats = Seats(runtime, seating, self._adopt, lambda: tuple(self.catalogue.threads.values()))
        self.catalogue = Catalogue(runtime, self.seats.mailboxes)
        self.rotator = Rotator(runtime, self.catalogue.threads, self._watches)
        self._runtime = runtime
        self._session = session
        self._listed = frozenset(sync.mailboxes)
        self._working_off: asyncio.Task[None] | None = None
        self._resumed = False
        self._is_forgotten = False
        self._reseating = asyncio.Lock()
        self._next_reseat: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Takes up what an earlier run left. Raises: StorageDamaged."""
        await self.catalogue.restore(self._session.stream_epoch)
        self._runtime.tasks.spawn(self._keep())
        self._runtime.tasks.spawn(self.rotator.run())

    def handle(self, output: Output) -> None:
        """Takes one output of the session that is no answer."""
        if isinstance(output, Welcomed):
            if self._working_off is not None:
                self._working_off.cancel()
            self._take_stream(output.welcome.stream_epoch)
            self._working_off = self._runtime.tasks.spawn(self._work_off(output))
        elif isinstance(output, Unasked):
            self._event(output.struct)

    def _take_stream(self, epoch: int) -> None:
        """Another stream epoch than before: nothing of the service is taken until it was held against what was seen."""
        stream = self._runtime.stream
        before, stream.epoch = stream.epoch, epoch
        if before not in (None, epoch):
            self.catalogue.suspend()
            for mailbox in self.seats.mailboxes.values():
                mailbox.desk.restart()

    async def reseat(self) -> None:
        """Reads seats and rosters again; a mailbox that is new gets all its threads.

        Whoever asks while a reading waits for its turn shares that one. Raises: ProblemError, Unreachable.
        """
        if self._next_reseat is None:
            self._next_reseat = self._runtime.tasks.spawn(self._reseat())
        await asyncio.shield(self._next_reseat)

    async def _reseat(self) -> None:
        async with self._reseating:
            self._next_reseat = None
            views = await self.seats.listed()
            is_new = any(view.state == ACTIVE and view.mailbox not in self._listed for view in views)
            if is_new and self._session.state is State.READY:
                # Until it heard of the seat the connection lists nothing of the mailbox, and that may be a while after.
                await self.seats.refresh()
            await self.seats.take(views)
            self._drop_gone()
            if self.seats.mailboxes.keys() - self._listed:
                await self.catalogue.list_all(None, None)
                await self.catalogue.catch_up()
                self._listed = frozenset(self.seats.mailboxes)
        self.seats_read.set()

    def _watches(self) -> bool:
        """Whether what this client knows of its threads is what the service has."""
        return self.ready.is_set() and self._session.state is State.READY

    async def send_again(self, lost: ServiceLost) -> Thread:
        """Sends again what a restored service lost of one conversation. Raises as `Client.send_again`."""
        losses = self.catalogue.losses
        kept = losses.of(lost.thread)
        thread = self.catalogue.threads.get(lost.thread)
        if thread is not None:
            for message in lost.own:
                await thread.send_again([message])
                await losses.settle(lost.thread, [message.msg_id])
            return thread
        if kept is not None and kept.party != INITIATOR:
            raise ThreadGone("the conversation is gone; the other side has to write again")
        return await self._begin_again(lost)

    async def _begin_again(self, lost: ServiceLost) -> Thread:
        """Opens a conversation anew, with all that was sent in the one that is gone."""
        mailbox = self.seats.mailboxes.get(lost.mailbox)
        if mailbox is None:
            raise NotSeated("the seat in this mailbox ended meanwhile")
        thread: Thread | None = None
        waits: FirstMessageKept | None = None
        for message in (each for each in lost.own if each.text):
            try:
                if thread is None:
                    thread = await mailbox.open(lost.target, message.text or "")
                else:
                    await thread.send(message.text or "")
            except FirstMessageKept as kept:
                waits = kept
            await self.catalogue.losses.settle(lost.thread, [message.msg_id])
        await self.catalogue.losses.let_go(lost.thread)
        if waits is not None or thread is None:
            raise waits or ThreadGone("nothing of the conversation is kept on this device")
        return thread

    async def close(self) -> None:
        """Writes what is to be remembered, here and in the vault."""
        await self._remember()
        await self._save_vault()

    async def _work_off(self, output: Welcomed) -> None:
        welcome = output.welcome
        if welcome.service != self._runtime.trust.service_id:
            self._runtime.link.fail(WrongService("the service is not the one that this client was configured for"))
            return
        self._runtime.skew.ms = welcome.now - self._runtime.clock()
        try:
            while True:
                if await self._worked_off(welcome, output.complete):
                    break
                await asyncio.sleep(retry_s)
        except Ended:
            return
        except Exception as error:
            # Storage that does not open, or a fault of this package: a client must not look alive and be deaf.
            self._runtime.link.fail(error if isinstance(error, ClientError) else Ended(repr(error)))
            raise
        self._session.settle(welcome)
        self._listed = frozenset(self.seats.mailboxes)
        await self._remember()
        self.ready.set()

    async def _worked_off(self, welcome: Welcome, complete: bool) -> bool:
        """One attempt; False when something on the way failed that may work the next time."""
        try:
            await self._compare_vault(welcome.stream_epoch)
            await self.seats.take(welcome.seats)
            self._drop_gone()
            self.catalogue.adopt_restored()
            await self._resume()
            for state in welcome.threads:
                self.catalogue.know(state)
            await self._list_rest(welcome, complete)
            await self.catalogue.compare()
            self.listed.set()
            await self.catalogue.catch_up()
        except (ProblemError, Unreachable) as error:
            log.info("a welcome could not be worked off: %s", type(error).__name__)
            return False
        return True

    async def _list_rest(self, welcome: Welcome, complete: bool) -> None:
        since = self._session.since
        is_new = bool(self.seats.mailboxes.keys() - self._listed)
        if not complete or (is_new and since is not None):
            await self.catalogue.list_all(None, None)
        elif welcome.more and welcome.threads:
            await self.catalogue.list_all(since, welcome.threads[-1].thread)

    async def _resume(self) -> None:
        """Sends what an earlier run left unsent; once."""
        if self._resumed:
            return
        storage = self._runtime.storage
        openings = await local.load_all(storage, local.OPENINGS, local.Opening)
        outgoing = await local.load_all(storage, local.OUTBOX, local.Outgoing)
        await self._resume_waiting({*(each.msg_id for each in openings), *(each.msg_id for each in outgoing)})
        for opening in openings:
            if opening.mailbox in self.seats.mailboxes:
                self._runtime.link.hold(opening.thread)
                self.seats.mailboxes[opening.mailbox].resume(opening)
        for thread_id in {message.thread for message in outgoing}:
            self._runtime.link.hold(thread_id)
        for message in sorted(outgoing, key=lambda m: m.order):
            thread = self.catalogue.threads.get(message.thread)
            if thread is not None:
                thread.outbox.resume(message)
        await self._take_lost([each for each in outgoing if each.thread not in self.catalogue.threads])
        self._resumed = True

    async def _take_lost(self, outgoing: Collection[local.Outgoing]) -> None:
        """What an earlier version left in conversations that a restored service lost."""
        for thread_id in {message.thread for message in outgoing}:
            unsent = [message for message in outgoing if message.thread == thread_id]
            await self.catalogue.losses.take(thread_id, sorted(unsent, key=lambda message: message.order))

    async def _resume_waiting(self, on_their_way: Collection[bytes]) -> None:
        """First messages that nobody could receive. What is an opening or in an outbox does not wait any more: the run
        before ended in between.
        """
        storage = self._runtime.storage
        for first in await local.load_all(storage, local.FIRSTS, local.FirstMessage):
            if first.id in on_their_way:
                await storage.delete(local.FIRSTS + first.id.hex())
            elif first.mailbox in self.seats.mailboxes:
                self.seats.mailboxes[first.mailbox].resume_waiting(first)

    def _drop_gone(self) -> None:
        active = {view.mailbox for view in self.seats.views.values() if view.state == ACTIVE}
        for ended in sorted(self._listed - active):
            self._runtime.inbox.put(views.SeatEnded(ended))
        for mailbox in {thread.mailbox for thread in self.catalogue.threads.values()} - self.seats.mailboxes.keys():
            self.catalogue.drop(mailbox)
        self._listed &= self.seats.mailboxes.keys()

    def _adopt(self, state: ThreadState) -> Thread:
        thread = self.catalogue.know(state)
        if thread is None:
            raise NotSeated("the seat in this mailbox ended meanwhile")
        return thread

    def _event(self, struct: AnyDown) -> None:
        match struct:
            case Event():
                self._thread_event(struct)
            case ThreadOpened():
                self._thread_opened(struct.state)
            case Receipt():
                thread = self.catalogue.threads.get(struct.thread)
                if thread is not None:
                    thread.receipt(struct)
            case DeskEvent():
                mailbox = self.seats.mailboxes.get(struct.mailbox)
                if mailbox is not None:
                    mailbox.desk.offer(struct.entry)
            case CardsChanged():
                self._runtime.inbox.put(views.CardsChanged(struct.thread))
            case CasesChanged():
                self._runtime.inbox.put(views.CasesChanged(struct.mailbox))
            case SeatsChanged():
                self._runtime.tasks.spawn(self.reseat())
            case _:
                return

    def _thread_event(self, event: Event) -> None:
        thread = self.catalogue.threads.get(event.thread)
        if thread is None:
            self.catalogue.heard(event.thread, event.seq)
            return
        entry = LogEntry(event.seq, event.at, event.kind, event.party, event.payload, event.proof)
        thread.follower.offer(entry)
        if event.kind == EventKind.RESTORED and thread.stopped is not None:
            self._runtime.tasks.spawn(self.catalogue.reread(thread))

    def _thread_opened(self, state: ThreadState) -> None:
        thread = self.catalogue.know(state)
        if thread is not None:
            thread.follower.schedule()
            self.seats.mailboxes[state.mailbox].opened(state)

    async def _keep(self) -> None:
        """Remembers now and then, the vault rarely: never on each message."""
        rounds = 0
        while True:
            await asyncio.sleep(remember_every_s)
            try:
                await self._remember()
            except OSError as error:
                log.warning("the device's storage cannot be written: %s", error.strerror)
            rounds += 1
            if rounds * remember_every_s >= vault_every_s:
                rounds = 0
                await self._save_vault()

    async def _remember(self) -> None:
        listed = tuple(sorted(self._listed))
        await self.catalogue.remember(local.Sync(self._session.since, self._session.stream_epoch, listed))

    async def _save_vault(self) -> None:
        """Moves the vault's checkpoints to where this device is; what fails is tried again the next time."""
        keeper = self._runtime.keeper
        try:
            keeper.set_thread_checkpoints(self.catalogue.checkpoints(), restored=self.catalogue.restored)
            await keeper.save()
        except RecoveryCodeNeeded:
            self._forgotten()
        except E2EEError as reason:
            self._runtime.inbox.put(VaultAlarm(reason))
        except ClientError as error:
            log.info("the vault was not saved: %s", type(error).__name__)

    async def _compare_vault(self, stream_epoch: int) -> None:
        """A service that was restored may have an older vault. Raises: ProblemError, Unreachable."""
        try:
            await self._runtime.keeper.see_stream(stream_epoch)
        except E2EEError as reason:
            self._runtime.inbox.put(VaultAlarm(reason))
        except RecoveryCodeNeeded:
            self._forgotten()

    def _forgotten(self) -> None:
        """Told once."""
        if not self._is_forgotten:
            self._is_forgotten = True
            self._runtime.inbox.put(DeviceForgotten())
