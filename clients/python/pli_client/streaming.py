"""One connection of the second carrier: frames go by HTTP, frames come by SSE (PROTOCOL.md section 2.1).

A thin pump, like that of the WebSocket: it decides nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from messaging.domain.errors import Busy, Malformed
from messaging.e2ee.entropy import Entropy, draw
from pli_client.errors import ProblemError, Unreachable
from pli_client.http import Api
from pli_client.session import Output, Session, State
from pli_client.sse import EventParser
from pli_client.transport import ABNORMAL, greeting_s

secret_bytes: Final = 32
say_something_s: Final = 25.0
busy_pause_s: Final = 0.1
_NOTHING: Final = b"[]"
_CLOSE: Final = "close"


class StreamTransport:
    """Carries a session over one stream at a time."""

    def __init__(self, api: Api, session: Session, entropy: Entropy) -> None:
        self._api = api
        self._session = session
        self._entropy = entropy
        self._wake = asyncio.Event()
        self._running: asyncio.Task[int] | None = None

    def wake(self) -> None:
        """The session has something to send."""
        self._wake.set()

    async def run(self, ticket: str, on_output: Callable[[Output], None]) -> int:
        """Opens a stream with the hello, and pumps until it ends. Returns its close code.

        Raises: Unreachable, when no stream came about.
        """
        self._session.open(ticket)
        (hello,) = self._session.outgoing()
        secret = draw(self._entropy, secret_bytes).hex()
        try:
            async with self._api.stream(secret, hello) as (chunks, headers):
                return await self._pump(chunks, headers, on_output)
        except ProblemError as error:
            raise Unreachable(f"no stream: {error.code}") from error

    async def close(self) -> None:
        """Ends the stream, if there is one; `run` then returns."""
        if self._running is not None:
            self._running.cancel()

    async def _pump(
        self, chunks: AsyncIterator[bytes], headers: dict[str, str], on_output: Callable[[Output], None]
    ) -> int:
        """Whichever ends first, reading or writing, ends both."""
        self._running = asyncio.create_task(self._read(chunks, on_output))
        writer = asyncio.create_task(self._write(headers))
        tasks = (self._running, writer)
        try:
            done, _ = await asyncio.wait(tasks, timeout=greeting_s, return_when=asyncio.FIRST_COMPLETED)
            if not done and self._session.state is not State.GREETING:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            self._running = None
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, Malformed | Unreachable | ProblemError):
                raise result
        return results[0] if isinstance(results[0], int) else ABNORMAL

    async def _read(self, chunks: AsyncIterator[bytes], on_output: Callable[[Output], None]) -> int:
        parser = EventParser()
        async for chunk in chunks:
            for event in parser.feed(chunk):
                if event.name == _CLOSE:
                    return _code(event.data)
                if not event.name:
                    for output in self._session.received(event.data):
                        on_output(output)
                    self._wake.set()
        return ABNORMAL

    async def _write(self, headers: dict[str, str]) -> None:
        """One frame after the other. A request without an answer ends the stream: nobody knows whether it was taken."""
        while True:
            try:
                async with asyncio.timeout(say_something_s):
                    await self._wake.wait()
            except TimeoutError:
                await self._put(headers, _NOTHING)
            self._wake.clear()
            for frame in self._session.outgoing():
                await self._put(headers, frame)

    async def _put(self, headers: dict[str, str], frame: bytes) -> None:
        """Raises: Unreachable, ProblemError."""
        while True:
            try:
                await self._api.put_frame(headers, frame)
            except ProblemError as error:
                if error.code != Busy.code:
                    raise
                await asyncio.sleep((error.problem.retry_after_ms or 0) / 1_000 or busy_pause_s)
            else:
                return


def _code(data: bytes) -> int:
    return int(data) if data.isdigit() and len(data) == len("4000") else ABNORMAL
