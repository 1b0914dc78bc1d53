"""The connection, kept up: tickets, the socket, coming back after a loss; and one future for each command.

The session decides, the transport carries; this module awaits and counts the seconds.
"""

import asyncio
import base64
import contextlib
import json
import logging
from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

from messaging.domain.errors import NotFound, RotationNeeded, StaleEpoch, Unauthenticated
from messaging.e2ee.entropy import Entropy
from messaging.wire.commands import AnyCommand, Refresh, Send
from messaging.wire.events import AnyDown, Err, Ok
from pli_client.carriers import Carrier, Carriers
from pli_client.defaults import system_entropy
from pli_client.errors import ClientError, Ended, Overloaded, ProblemError, ServiceRestored, TimedOut, Unreachable
from pli_client.http import Api
from pli_client.session import Answered, Output, Refused, Session, Welcomed
from pli_client.transport import ABNORMAL

A = TypeVar("A", bound=AnyDown)

_log: Final = logging.getLogger("pli_client")

busy_pause_ms: Final = 500
insist_first_s: Final = 1.0
insist_max_s: Final = 60.0
_cancel_again_s: Final = 0.5
refresh_before_s: Final = 60.0
"""A token is renewed on the live connection this long before it ends, or at half of what is left of it."""
_FINAL_PROBLEMS: Final = frozenset({Unauthenticated.code, NotFound.code})


class Link:
    """One account's line to the service. `on_output` gets whatever is not an answer, in the order it came."""

    def __init__(
        self,
        url: str,
        api: Api,
        session: Session,
        on_output: Callable[[Output], None],
        clock: Callable[[], int],
        *,
        entropy: Entropy = system_entropy,
        carrier: Carrier = Carrier.AUTO,
    ) -> None:
        self._api = api
        self._session = session
        self._on_output = on_output
        self._clock = clock
        self._transport = Carriers(_socket_url(url), api, session, entropy, carrier)
        self._waiting: dict[int, asyncio.Future[AnyDown]] = {}
        self._releasing: list[asyncio.TimerHandle] = []
        self._running: asyncio.Task[None] | None = None
        self._refreshing: asyncio.Task[None] | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Fails with the reason when the link ends for good."""

    @property
    def carrier(self) -> Carrier:
        """The one in use, or next to be tried."""
        return self._transport.carrier

    def start(self) -> None:
        self._running = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Ends the link; whatever waits raises Ended."""
        await cancelled(self._running, self._refreshing)
        self._finish(Ended("the client was closed"))

    def fail(self, reason: ClientError) -> None:
        """Ends the link from within, for a reason that reconnecting would not change."""
        self._finish(reason)
        if self._running is not None:
            self._running.cancel()

    async def request(self, command: AnyCommand, kind: type[A], *, timeout_s: float | None) -> A:
        """Sends a command and waits for its answer, over reconnects too; `busy` is waited out.

        `timeout_s` None waits as long as the link lives. Raises: ProblemError, TimedOut, Ended, Overloaded;
        ServiceRestored, for what was sealed on a history that is gone.
        """
        try:
            async with asyncio.timeout(timeout_s):
                return await self._patiently(command, kind)
        except TimeoutError as error:
            raise TimedOut("the service did not answer in time") from error

    def check_room(self) -> None:
        """Raises: Overloaded, when too many commands wait: before anything is kept for a later send."""
        self._session.check_room()

    async def insist(self, command: AnyCommand, kind: type[A]) -> A:
        """Sends what the device keeps until the service took it or refused it for good.

        Whatever else comes (the service failed, nonsense, no room) is tried again, ever more slowly. Raises: Ended;
        ProblemError that is final, or `stale_epoch` and `rotation_needed`, which other bytes must answer.
        """
        pause_s = insist_first_s
        while True:
            advised_s = 0.0
            try:
                return await self.request(command, kind, timeout_s=None)
            except ProblemError as error:
                if error.final or error.code in (StaleEpoch.code, RotationNeeded.code):
                    raise
                advised_s = (error.problem.retry_after_ms or 0) / 1_000
            except (Unreachable, Overloaded):
                _log.info("a kept command got no answer; it is sent again")
                if isinstance(command, Send):
                    command.again = True
            await asyncio.sleep(max(pause_s, advised_s))
            pause_s = min(pause_s * 2, insist_max_s)

    async def _patiently(self, command: AnyCommand, kind: type[A]) -> A:
        while True:
            answer = await self._once(command)
            if isinstance(answer, kind):
                return answer
            if not isinstance(answer, Err):
                raise Unreachable(f"not an answer to this command: {type(answer).__name__}")
            if answer.problem.code != "busy":
                raise ProblemError(answer.problem)
            await asyncio.sleep((answer.problem.retry_after_ms or busy_pause_ms) / 1_000)

    async def _once(self, command: AnyCommand) -> AnyDown:
        if self.ended.done():
            self.ended.result()
        ref = self._session.submit(command)
        future: asyncio.Future[AnyDown] = asyncio.get_running_loop().create_future()
        self._waiting[ref] = future
        self._transport.wake()
        try:
            return await future
        finally:
            del self._waiting[ref]
            if future.cancelled():
                self._session.forget(ref)

    async def _run(self) -> None:
        """Connects again and again until the session says never."""
        try:
            while True:
                code, advised_ms = await self._connect()
                delay_ms = self._session.closed(code)
                self._stop_releasing()
                await cancelled(self._refreshing)
                if delay_ms is None:
                    self._finish(Ended(f"the service closed for good with {code}", code))
                    return
                await asyncio.sleep(max(delay_ms, advised_ms) / 1_000)
        except ClientError as error:
            self._finish(error)
        except Exception as error:
            # The application's token provider failed, or this package did: whoever waits must hear of it.
            ended = Ended(f"{type(error).__name__}: {error}")
            ended.__cause__ = error
            self._finish(ended)

    async def _connect(self) -> tuple[int, int]:
        """One connection, from ticket to end: its close code, and how many ms the service asks to wait.

        Raises: ProblemError, when a ticket was refused for good.
        """
        try:
            ticket = await self._api.ticket()
            return await self._transport.run(ticket.ticket, self._take), 0
        except Unreachable:
            return ABNORMAL, 0
        except ProblemError as error:
            if error.code in _FINAL_PROBLEMS:
                raise
            return ABNORMAL, error.problem.retry_after_ms or 0

    def _take(self, output: Output) -> None:
        if isinstance(output, Answered):
            future = self._waiting.get(output.ref)
            if future is not None and not future.done():
                future.set_result(output.answer)
            return
        if isinstance(output, Welcomed):
            self._refreshing = asyncio.create_task(self._refresh())
            for ref in output.void:
                future = self._waiting.get(ref)
                if future is not None and not future.done():
                    future.set_exception(ServiceRestored("the service was restored from a backup"))
            for thread, delay_ms in output.held.items():
                self._release_later(thread, delay_ms)
        if not isinstance(output, Refused):
            self._put_out(output)

    def hold(self, thread: bytes) -> None:
        """Lets what a thread sends wait for a random moment: for what an earlier run left, of several threads."""
        self._release_later(thread, self._session.hold(thread))

    def _release_later(self, thread: bytes, delay_ms: int) -> None:
        timer = asyncio.get_running_loop().call_later(delay_ms / 1_000, self._release, thread)
        self._releasing.append(timer)

    def _release(self, thread: bytes) -> None:
        self._session.release(thread)
        self._transport.wake()

    def _put_out(self, output: Output) -> None:
        """Nothing that comes down may end the line: what one output breaks is logged, the next one is taken."""
        try:
            self._on_output(output)
        except Exception:
            _log.exception("an event could not be taken: %s", type(output).__name__)

    async def _refresh(self) -> None:
        """Renews the token in time, for as long as this connection lives; a failure leaves it to close code 4005."""
        while True:
            expires_at = expiry(await self._api.token())
            if expires_at is None:
                return
            left_s = (expires_at - self._clock()) / 1_000
            await asyncio.sleep(max(1.0, left_s / 2, left_s - refresh_before_s))
            with contextlib.suppress(ClientError):
                await self._api.token(fresh=True)
                ticket = await self._api.ticket()
                await self.request(Refresh(ref=0, ticket=ticket.ticket), Ok, timeout_s=refresh_before_s)

    def _stop_releasing(self) -> None:
        """The next welcome draws anew."""
        for timer in self._releasing:
            timer.cancel()
        self._releasing.clear()

    def _finish(self, reason: ClientError) -> None:
        self._stop_releasing()
        self._session.end()
        if not self.ended.done():
            self.ended.set_exception(reason)
            self.ended.exception()  # retrieved: whoever asks later gets it from `request`
        for future in list(self._waiting.values()):
            if not future.done():
                future.set_exception(reason)


async def cancelled(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancels until all have ended, however: what is asked once may be taken for something else, and forgotten."""
    running = {task for task in tasks if task is not None and not task.done()}
    while running:
        for task in running:
            task.cancel()
        done, running = await asyncio.wait(running, timeout=_cancel_again_s)
        await asyncio.gather(*done, return_exceptions=True)  # what they raised is nobody's any more


def expiry(token: str) -> int | None:
    """When a platform token ends, in ms, as it says itself; None if it does not say. Nothing is verified here."""
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return int(claims["exp"]) * 1_000
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def _socket_url(url: str) -> str:
    """Where the socket is, on the same host: http -> ws, https -> wss."""
    parts = urlsplit(url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + "/v1/ws", "", ""))
