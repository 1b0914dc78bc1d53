"""The client: one account on one device, connected, with its mailboxes and conversations.

    async with Client(url, token=provider, device=storage, trust=trust, recovery=Recovery(show=print)) as me:
        thread = await me.mailboxes[0].open(target, "Bonjour…")
        async for event in me.events():
            ...

Entering opens the vault, connects, verifies the rosters, and returns once everything that happened meanwhile is read.
From then on the connection keeps itself up; leaving writes what is to be remembered.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from messaging.e2ee.entropy import Entropy
from messaging.wire.types import SeatView
from pli_client import local
from pli_client.carriers import Carrier
from pli_client.defaults import system_clock, system_entropy
from pli_client.devices import Device
from pli_client.engine import Engine
from pli_client.errors import ClientError, Ended, NotSeated, TimedOut
from pli_client.http import Api, TokenProvider
from pli_client.link import Link
from pli_client.mailbox import Mailbox
from pli_client.relating import Relation, board_order
from pli_client.runtime import Inbox, Runtime, Tasks
from pli_client.seating import Seating
from pli_client.session import Output, Session, State, spread_ms_default
from pli_client.storage import Storage
from pli_client.thread import Thread
from pli_client.trust import Trust
from pli_client.vault import Recovery, VaultKeeper, this_device
from pli_client.views import Happening, ServiceLost

entering_s: Final = 60.0
leaving_s: Final = 10.0
seat_poll_s: Final = 2.0


class SeatAsk:
    """A seat that was asked for: show the words, let an administrator compare them, wait."""

    def __init__(self, client: "Client", mailbox: bytes, words: tuple[str, ...]) -> None:
        self.mailbox = mailbox
        self.words = words
        self._client = client

    async def again(self) -> tuple[str, ...]:
        """The words for the roster of this moment: they change when somebody else is admitted first."""
        self.words = (await self._client.ask_seat(self.mailbox)).words
        return self.words

    async def admitted(self, *, timeout_s: float) -> Mailbox:
        """Waits for the admission and verifies it.

        Raises: TimedOut; BadRoster, when it was made on another roster than the one whose words were shown.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    mailbox = await self._client.seated(self.mailbox)
                    if mailbox is not None:
                        return mailbox
                    await self._client.seats_read(seat_poll_s)
        except TimeoutError as error:
            raise TimedOut("nobody admitted this seat yet") from error


class Client:
    """One account on one device. Use it as an async context manager, once.

    token: gives a fresh token of the platform. device: this device's own storage. recovery: how the person sees a new
    account's recovery code, and enters it on a new device. timeout_s bounds every call that waits for an answer.
    spread_s: within how long after an outage the threads send what waited, each at its own random moment; 0 lets peers
    who compare their clocks guess that they talk to one party. device_name: what the person calls this device, at most
    24 bytes; only their own devices see it. carrier: whether it falls back to HTTP where WebSockets are blocked.
    """

    def __init__(
        self,
        url: str,
        *,
        token: TokenProvider,
        device: Storage,
        trust: Trust,
        recovery: Recovery,
        timeout_s: float = 20.0,
        spread_s: float = spread_ms_default / 1_000,
        device_name: str = "",
        carrier: Carrier = Carrier.AUTO,
        entropy: Entropy = system_entropy,
        clock: Callable[[], int] = system_clock,
    ) -> None:
        self._url = url
        self._token = token
        self._storage = device
        self._trust = trust
        self._recovery = recovery
        self._timeout_s = timeout_s
        self._spread_ms = int(spread_s * 1_000)
        self._device_name = device_name
        self._carrier = carrier
        self._entropy = entropy
        self._clock = clock
        self._inbox = Inbox()
        self._parts: _Parts | None = None

    async def __aenter__(self) -> Self:
        """Opens the vault, connects and catches up; what takes longer than `entering_s` to read is read later.

        Raises: RecoveryCodeNeeded, WrongRecoveryCode, BadVault, StorageDamaged, WrongService, ProblemError,
        Unreachable, TimedOut, Ended.
        """
        try:
            async with asyncio.timeout(entering_s):
                await self._enter()
        except TimeoutError as error:
            if self._parts is None or not self._parts.engine.listed.is_set():
                await self._leave()
                raise TimedOut("the client could not connect in time") from error
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._parts is not None:
            with contextlib.suppress(ClientError, TimeoutError):
                async with asyncio.timeout(leaving_s):
                    await self._parts.engine.close()
        await self._leave()

    @property
    def account(self) -> bytes:
        """The account's id."""
        return self._running.runtime.keeper.device.account

    @property
    def connected(self) -> bool:
        """Whether a connection stands at this moment; without one, sends wait and reads are as of the last one."""
        return self._parts is not None and self._parts.session.state is State.READY

    @property
    def carrier(self) -> Carrier:
        """What connects this client, or is tried next."""
        return self._carrier if self._parts is None else self._parts.runtime.link.carrier

    @property
    def seats(self) -> Sequence[SeatView]:
        """What the platform lets this account be, mailbox by mailbox: asked for, pending or active."""
        return tuple(self._running.engine.seats.views.values())

    @property
    def mailboxes(self) -> Sequence[Mailbox]:
        """The mailboxes with an active seat and a roster that verified, in order of id."""
        return tuple(mailbox for _, mailbox in sorted(self._running.engine.seats.mailboxes.items()))

    @property
    def threads(self) -> Sequence[Thread]:
        """All conversations, the latest first."""
        known = self._running.engine.catalogue.threads.values()
        return tuple(sorted(known, key=lambda thread: thread.state.last_at, reverse=True))

    async def board(self) -> list[Relation]:
        """How far each conversation came that nobody blocked, by stage, and in each what waits longest first. Reads and
        verifies those that were not read yet. Raises: as `Thread.load`.
        """
        shown = [thread for thread in self.threads if not thread.hidden]
        for thread in shown:
            if not thread.items:
                await thread.load()
        return sorted((thread.relation for thread in shown), key=board_order)

    def mailbox(self, mailbox: bytes) -> Mailbox:
        """Raises: KeyError."""
        return self._running.engine.seats.mailboxes[mailbox]

    def thread(self, thread: bytes) -> Thread:
        """Raises: KeyError."""
        return self._running.engine.catalogue.threads[thread]

    def events(self) -> AsyncIterator[Happening]:
        """What happens, in order, from where the application left off; one reader. Ends by raising Ended.

        An event counts as handled when the next one is asked for; what was not comes again after a restart.
        """
        return self._inbox.read()

    async def devices(self) -> Sequence[Device]:
        """The devices that open this account by themselves. Raises: ProblemError, Unreachable, BadVault."""
        keeper = self._running.runtime.keeper
        await keeper.reload()
        return keeper.devices

    async def forget_device(self, device: bytes, *, code: str | None = None) -> None:
        """Takes a lost device out of the account. A new key seals the vault from now on, so that all other devices need
        the recovery code once more.

        code: the account's recovery code, which then stays; without it a new one is shown, and the old one opens
        nothing any more. What the device held until now it still holds: have the platform end its sessions, and where
        somebody may have opened it, an administrator of each mailbox replace this seat.
        Raises: KeyError (no such device, or this one), WrongRecoveryCode, ProblemError, Unreachable, BadVault.
        """
        if not any(each.id == device and not each.is_this for each in await self.devices()):
            raise KeyError(device)
        await self._running.runtime.keeper.rekey(self._recovery.show, code)

    async def new_recovery_code(self, *, seen_by_others: bool = False) -> None:
        """Shows a new recovery code; the old one opens nothing any more.

        seen_by_others: somebody else may have the old one: then a new key seals the vault, and other devices need the
        new code. Raises: ProblemError, Unreachable, BadVault.
        """
        keeper = self._running.runtime.keeper
        if seen_by_others:
            await keeper.rekey(self._recovery.show)
        else:
            await keeper.replace_code(self._recovery.show)

    @property
    def lost(self) -> Sequence[ServiceLost]:
        """What restored backups cost this person, and what they did not decide about yet."""
        return self._running.engine.catalogue.losses.all

    async def send_again(self, lost: ServiceLost) -> Thread:
        """Sends again what only this device still has, in its conversation; where that is gone itself, in a new one.

        Raises: FirstMessageKept (nobody can receive at the moment: it goes out by itself), ThreadGone (the other side
        has to write again), TimedOut, ProblemError, Stopped.
        """
        return await self._running.engine.send_again(lost)

    async def let_go(self, lost: ServiceLost) -> None:
        """Forgets what was lost."""
        await self._running.engine.catalogue.losses.let_go(lost.thread)

    async def found(self, mailbox: bytes, *, after_reset: bool = False) -> Mailbox:
        """Founds a mailbox: this account becomes its first administrator.

        after_reset: where this account saw the mailbox before, the person knows that the platform had it begin anew.
        What was said until then stays closed: nobody has its keys any more. Each conversation is taken up with new keys
        once the platform's word stands in it (`Thread.awaits_reset`).
        Raises: NotSeated (the platform does not name us), ProblemError (`stale_head`: founded already, ask for a seat),
        ResetUnaccepted (this account saw the mailbox before).
        """
        running = self._running
        await running.seating.found(await running.engine.seats.view(mailbox), after_reset=after_reset)
        seated = await self.seated(mailbox)
        if seated is None:
            raise NotSeated("the service does not list the mailbox that was just founded")
        return seated

    async def accept_reset(self, mailbox: bytes) -> None:
        """Accepts that a mailbox which this account saw before began anew (ResetUnaccepted): then ask for a seat.

        Only for a person who knows of the reset from the platform or their town hall, and not from this service. What
        is shown next is trusted for nothing but the twelve words, to be compared as ever. It is not taken back.
        Raises: NotSeated, BadRoster (the service shows a roster that ended before, or none), ProblemError, Unreachable.
        """
        running = self._running
        view = await running.engine.seats.view(mailbox)
        await running.seating.accept_reset(view.mailbox)
        await running.runtime.keeper.save()

    async def ask_seat(self, mailbox: bytes) -> SeatAsk:
        """Asks for a seat in a founded mailbox. Show the words; an administrator compares them and admits.

        Raises: NotSeated, BadRoster, ResetUnaccepted (it began anew: `accept_reset`), ProblemError.
        """
        running = self._running
        words = await running.seating.ask(await running.engine.seats.view(mailbox))
        return SeatAsk(self, mailbox, words)

    async def enter_with_kit(self, mailbox: bytes, code: str) -> Mailbox:
        """Takes a mailbox over with its printed kit: this account gets a seat as administrator, and all of the history.

        Then `Mailbox.remove` ends the seats that must not stay, and the used kit's.
        Raises: NotSeated (the platform does not name us there), WrongRecoveryCode (mistyped), BadRoster (not a kit of
        this mailbox), ProblemError.
        """
        running = self._running
        await running.seating.enter_with_kit(await running.engine.seats.view(mailbox), code)
        entered = await self.seated(mailbox)
        if entered is None:
            raise NotSeated("the service does not list the seat that the kit admitted")
        return entered

    async def seated(self, mailbox: bytes) -> Mailbox | None:
        """The mailbox, if our seat in it is active by now; its threads are read then.

        Raises: BadRoster and others, when it is active but does not verify.
        """
        engine = self._running.engine
        await engine.reseat()
        refusal = engine.seats.unsound.get(mailbox)
        if refusal is not None:
            raise refusal
        return engine.seats.mailboxes.get(mailbox)

    async def seats_read(self, timeout_s: float) -> None:
        """Waits until the seats were read once more, as the service says that they changed, or for `timeout_s`."""
        event = self._running.engine.seats_read
        event.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await event.wait()

    @property
    def _running(self) -> "_Parts":
        if self._parts is None:
            raise Ended("the client is not entered, or was left")
        return self._parts

    async def _enter(self) -> None:
        api = Api(self._url, self._token, timeout_s=self._timeout_s)
        tasks = Tasks()
        async with contextlib.AsyncExitStack() as undo:
            undo.push_async_callback(api.close)
            undo.push_async_callback(tasks.close)
            account = await api.account()
            device = await this_device(self._storage, account.account, self._entropy)
            keeper = VaultKeeper(
                api,
                self._storage,
                device,
                self._entropy,
                name=self._device_name,
                clock=self._clock,
                notify=self._inbox.put,
            )
            await keeper.open(self._recovery)
            sync = await local.load(self._storage, local.SYNC, local.Sync) or local.Sync()
            session = Session(
                device.device,
                self._entropy,
                since=sync.since,
                stream_epoch=sync.stream_epoch,
                spread_ms=self._spread_ms,
            )
            link = Link(
                self._url, api, session, self._handle, self._clock, entropy=self._entropy, carrier=self._carrier
            )
            undo.push_async_callback(link.close)
            runtime = Runtime(
                api=api,
                link=link,
                keeper=keeper,
                storage=self._storage,
                trust=self._trust,
                entropy=self._entropy,
                clock=self._clock,
                timeout_s=self._timeout_s,
                inbox=self._inbox,
                tasks=tasks,
            )
            seating = Seating(api, keeper, self._storage, self._entropy)
            engine = Engine(runtime, session, seating, sync)
            await engine.start()
            self._parts = _Parts(runtime, session, seating, engine, undo.pop_all())
        link.ended.add_done_callback(self._on_ended)
        link.start()
        await self._first_welcome(self._parts)

    async def _first_welcome(self, parts: "_Parts") -> None:
        """Waits until a welcome was worked off, or the link ended for good. Raises what ended it."""
        ready = asyncio.ensure_future(parts.engine.ready.wait())
        try:
            await asyncio.wait((ready, parts.runtime.link.ended), return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
        if parts.runtime.link.ended.done():
            parts.runtime.link.ended.result()

    def _handle(self, output: Output) -> None:
        self._running.engine.handle(output)

    def _on_ended(self, ended: asyncio.Future[None]) -> None:
        reason = None if ended.cancelled() else ended.exception()
        self._inbox.fail(reason if isinstance(reason, ClientError) else Ended("the client was closed"))

    async def _leave(self) -> None:
        if self._parts is not None:
            parts, self._parts = self._parts, None
            await parts.undo.aclose()


@dataclass(frozen=True, slots=True)
class _Parts:
    """What an entered client consists of; `undo` closes it all."""

    runtime: Runtime
    session: Session
    seating: Seating
    engine: Engine
    undo: contextlib.AsyncExitStack
