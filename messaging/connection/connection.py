"""One connection: hands the frames that its pump brings to the session, and commands to whoever carries them out.

Only while there are commands other than `send` it has a task of its own, which carries them out in their order.
Nothing here decides: see `session`, `handlers` and the pipeline.
"""

import asyncio
import logging
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any, Final

from messaging.connection.handlers import HANDLERS, Write
from messaging.connection.pump import AnyPump, end
from messaging.connection.session import Session, State
from messaging.domain import limits
from messaging.domain.authorization import Person
from messaging.domain.errors import Busy, PliError, TokenExpired, Unauthenticated, Unverifiable
from messaging.domain.ids import AccountId
from messaging.domain.rates import Rate
from messaging.e2ee.errors import E2EEError
from messaging.e2ee.message import parse_payload
from messaging.pipeline import Pipeline
from messaging.ports import Fanout, Rates, SeatClaim, Store, Ticket, Transaction
from messaging.services import accounts, sync
from messaging.services.context import Context
from messaging.services.outcome import Outcome
from messaging.wire import closing, codec
from messaging.wire.commands import AnyCommand, Hello, Refresh
from messaging.wire.commands import Send as SendCommand
from messaging.wire.events import Ok, SeatsChanged, Welcome

log = logging.getLogger("pli.connection")

_MESSAGES: Final = Rate.MESSAGES


@dataclass(frozen=True, slots=True)
class Backend:
    """What a connection works with, the same for all of a process."""

    pipeline: Pipeline
    fanout: Fanout
    store: Store
    context: Context
    rates: Rates
    closed: Counter[int] = field(default_factory=Counter)
    """How many connections this side ended, by close code."""


class Connection:
    """One accepted connection, from hello to its end."""

    def __init__(self, backend: Backend, pump: AnyPump) -> None:
        self._backend = backend
        self._pump = pump
        self._loop = asyncio.get_running_loop()
        self._window_ends = 0.0
        self._room = asyncio.Event()
        self.session = Session(pump.wake, self._on_refresh)
        self._claims: tuple[SeatClaim, ...] = ()
        self._issued_at = 0
        self._queue: deque[AnyCommand] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._rereader: asyncio.Task[None] | None = None
        self._seats_stale = False
        self._expiry: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        hello_timer = self._loop.call_later(limits.hello_s, self._hello_timeout)
        try:
            await self._pump.run(self.session, self.take, self._room.set)
        finally:
            hello_timer.cancel()
            if self._expiry is not None:
                self._expiry.cancel()
            self._backend.fanout.leave(self.session)
            self.session.state = State.CLOSING
            if self.session.close_code is not None:
                self._backend.closed[self.session.close_code] += 1
            await end(self._worker, self._rereader)

    def _hello_timeout(self) -> None:
        if self.session.awaits_hello:
            self.session.close(closing.HELLO_TIMEOUT)

    # reading

    def take(self, frame: str | None) -> None:
        """One frame of the peer; None: one that is no text."""
        now = self._loop.time()
        if now >= self._window_ends:
            self.session.waste, self._window_ends = 0, now + limits.waste_window_s
        for command in self.session.receive(frame):
            if isinstance(command, SendCommand):
                self._enqueue(command)
            else:
                self._queue.append(command)
                if self._worker is None or self._worker.done():
                    self._worker = asyncio.create_task(self._work())

    def _enqueue(self, command: SendCommand) -> None:
        try:
            self._pace(_MESSAGES)
            parts = parse_payload(command.payload)
            self._backend.pipeline.send(
                self.session, command.ref, parts, command.payload, again=self._is_again(command)
            )
        except PliError as error:
            self.session.answer(command.ref, error)
        except E2EEError as error:
            self.session.answer(command.ref, Unverifiable(str(error)))

    def _is_again(self, command: SendCommand) -> bool:
        """Beyond what is allowed a message is looked for among the last ones, as any."""
        return command.again and not self._backend.rates.take(Rate.AGAIN, self.session.account)

    def _pace(self, rate: Rate) -> None:
        """Raises: Busy, where the account asked for more than one may in this time."""
        wait_ms = self._backend.rates.take(rate, self.session.account)
        if wait_ms:
            # There is one sooner, but not for all that wait: who asks again for each at once is only refused again.
            wait_ms = max(wait_ms, limits.busy_retry_after_ms)
            raise Busy("this account asks for more than one may in this time", retry_after_ms=wait_ms)

    async def _work(self) -> None:
        """Carries out the queued commands one by one; waits while the peer does not read."""
        while self._queue:
            while not (self.session.has_room and self._pump.has_room):
                self._room.clear()
                await self._room.wait()
            command = self._queue.popleft()
            if isinstance(command, Hello):
                await self._hello(command)
            else:
                await self._carry_out(command)

    async def _carry_out(self, command: AnyCommand) -> None:
        try:
            self._pace(Rate.COMMANDS)
            encoded: bytes | PliError = codec.encode(await self._result(command))
        except PliError as error:
            encoded = error
        except Exception:
            # Nobody knows whether it was committed: no answer, and the same bytes sent again get the truth.
            log.exception("a command failed")
            self.session.close(closing.GOING_AWAY)
            return
        self.session.answer(command.ref, encoded)

    async def _result(self, command: AnyCommand) -> Any:
        if isinstance(command, Refresh):
            await self._redeem(command.ticket)
            return Ok(ref=command.ref)
        handler = HANDLERS[type(command)]
        actor, context = self.session.actor, self._backend.context
        if isinstance(handler, Write):
            run = handler.run
            return await self._backend.pipeline.run(lambda tx: run(tx, actor, command, context), origin=self.session)
        query = handler.run
        return await self._backend.pipeline.read(lambda tx: query(tx, actor, command, context))

    # hello, refresh, seats

    async def _hello(self, command: Hello) -> None:
        fanout, session = self._backend.fanout, self.session
        now = self._backend.context.clock()
        try:
            actor, as_of = await self._redeem(command.ticket)
            if not self._make_room(actor.account, command.device):
                session.close(closing.TOO_MANY_CONNECTIONS)
                return
            session.device = command.device
            session.open(actor)
            fanout.join(session, sync.active_mailboxes(actor), as_of=as_of)
            welcome = await self._backend.pipeline.read(lambda tx: self._welcome(tx, command, now))
        except TokenExpired:
            session.close(closing.TOKEN_EXPIRED)
        except Unauthenticated:
            session.close(closing.BAD_TOKEN)
        except PliError:
            session.close(closing.TOO_MANY_REQUESTS)
        except Exception:
            log.exception("hello failed")
            session.close(closing.GOING_AWAY)
        else:
            session.welcome(codec.encode(welcome))

    def _make_room(self, account: AccountId, device: bytes) -> bool:
        """Whether the account may have one more socket. At the bound, a device replaces its own oldest one: after a
        bad stretch of network it may be a dead line that nobody closed.
        """
        sockets = self._backend.fanout.sockets_of(account)
        if len(sockets) < limits.sockets_per_account_max:
            return True
        replaced = next((socket for socket in sockets if socket.device == device), None)
        if replaced is None:
            return False
        replaced.close(closing.TOO_MANY_CONNECTIONS)
        self._backend.fanout.leave(replaced)
        return True

    async def _redeem(self, ticket: str) -> tuple[Person, int]:
        """Who the ticket is for, and as of which moment of the fan-out."""
        as_of = self._backend.fanout.moment
        now = self._backend.context.clock()

        async def use_case(tx: Transaction) -> Outcome[tuple[Ticket, Person]]:
            return Outcome(await accounts.redeem(tx, ticket, now))

        found, actor = await self._backend.pipeline.run(use_case)
        if self.session.account and self.session.account != actor.account:
            raise Unauthenticated("the ticket is of another account")
        self._claims, self._issued_at, self._quota = found.seats, found.token_issued_at, found.openings_per_day
        self._expire_in((found.token_expires_at - now) / 1_000)
        if self.session.account:
            self._adopt(actor, as_of)
        return actor, as_of

    def _expire_in(self, seconds: float) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        self._expiry = self._loop.call_later(seconds, self.session.close, closing.TOKEN_EXPIRED)

    async def _welcome(self, tx: Transaction, command: Hello, redeemed_at: int) -> Welcome:
        """Reads after joining: what commits from now on is also delivered, so that nothing falls between."""
        as_of = self._backend.fanout.moment
        account = self.session.account
        if await tx.accounts.revoked_at(account) >= redeemed_at:
            raise Unauthenticated("this token was revoked")
        actor = await self._person(tx)
        self._adopt(actor, as_of)
        store, now = self._backend.store, self._backend.context.clock()
        since = command.since if command.stream_epoch == store.stream_epoch else None
        states, more = await sync.changed(tx, actor, since, None, now)
        return Welcome(
            ref=command.ref,
            now=now,
            service=store.service_id,
            stream_epoch=store.stream_epoch,
            account=account,
            seats=await accounts.seat_views(tx, actor),
            threads=states,
            more=more,
        )

    def _adopt(self, actor: Person, as_of: int) -> None:
        """`as_of`: the fan-out's moment before these seats were read; a seat that was removed since hears nothing."""
        if self.session.state is not State.CLOSING:
            self.session.open(actor)
            self._backend.fanout.join(self.session, sync.active_mailboxes(actor), as_of=as_of)

    def _on_refresh(self) -> None:
        self._seats_stale = True
        if self._rereader is None or self._rereader.done():
            self._rereader = asyncio.create_task(self._reread_seats())

    async def _reread_seats(self) -> None:
        """Adopts the seats as they are now; asked again meanwhile, it reads again."""
        while self._seats_stale:
            self._seats_stale = False
            before, as_of = self.session.actor, self._backend.fanout.moment
            try:
                actor = await self._backend.pipeline.read(self._person)
            except Exception:
                log.exception("seats could not be read again")
                self.session.close(closing.GOING_AWAY)
                return
            self._adopt(actor, as_of)
            for mailbox in sorted(before.seats.keys() | actor.seats.keys()):
                if before.seats.get(mailbox) != actor.seats.get(mailbox):
                    self.session.deliver(codec.encode(SeatsChanged(mailbox=mailbox)))
            if sync.active_mailboxes(before) and not sync.active_mailboxes(actor):
                self.session.close(closing.GOING_AWAY)

    async def _person(self, tx: Transaction) -> Person:
        return await accounts.person(tx, self.session.account, self._claims, self._issued_at, self._quota)
