"""What moves frames between a session and its carrier.

`Pump` awaits its carrier: a task reads, another writes. `DirectPump` awaits nothing: the frames of one read of the
network come in one call, and what a commit answered leaves in one write at the end of the loop's turn.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Protocol

from messaging.connection.session import Session

log = logging.getLogger("pli.connection")

Take = Callable[[str | None], None]
"""Takes one frame of the peer; None: one that is no text."""


class Carrier(Protocol):
    """What stands between a connection and the network."""

    async def read(self, take: Take, hang_up: Callable[[int], None]) -> None:
        """Hands over each frame as it comes; returns when the peer is gone.

        `hang_up` ends the connection in good order, with a close code.
        """
        ...

    async def write(self, frame: bytes) -> None:
        """Returns when the network has room for more. Raises: OSError, for a peer that is gone."""
        ...

    async def close(self, code: int) -> None:
        """Tells the peer the close code, behind all that was written. Raises: OSError."""
        ...


class Line(Protocol):
    """A carrier that takes and gives at once."""

    def attach(self, take: Take, on_room: Callable[[], None]) -> None:
        """From now on `take` gets each frame, and `on_room` is called when there is room again."""
        ...

    @property
    def has_room(self) -> bool: ...

    def put(self, frame: bytes) -> None:
        """Writes a frame; for a peer that is gone, nowhere."""
        ...

    async def until_gone(self) -> None:
        """Returns when the peer is gone, or this side closed."""
        ...

    async def close(self, code: int) -> None:
        """Tells the peer the close code, behind all that was written. Raises: OSError."""
        ...


class AnyPump(Protocol):
    """Either pump: one connection's."""

    @property
    def has_room(self) -> bool:
        """Whether the network takes what is written: if not, `on_room` is called when it does."""
        ...

    def wake(self) -> None:
        """There is something to write, or the session closed."""
        ...

    async def run(self, session: Session, take: Take, on_room: Callable[[], None]) -> None:
        """Until the connection has ended. `on_room`: the session has room for another answer."""
        ...


class Pump:
    """Over a carrier that is awaited."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._wake = asyncio.Event()
        self._is_writing = False

    @property
    def has_room(self) -> bool:
        return not self._is_writing

    def wake(self) -> None:
        self._wake.set()

    async def run(self, session: Session, take: Take, on_room: Callable[[], None]) -> None:
        writer = asyncio.create_task(self._write(session, on_room))
        reader = asyncio.create_task(self._carrier.read(take, session.close))
        try:
            await asyncio.wait((reader, writer), return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end(reader, writer)

    async def _write(self, session: Session, on_room: Callable[[], None]) -> None:
        """Until the session closes. The transport bounds how long a write may take (`connection.stall`)."""
        with contextlib.suppress(OSError):  # the peer is gone; the reader hears of it too
            await self._write_on(session, on_room)

    async def _write_on(self, session: Session, on_room: Callable[[], None]) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while session.writable:
                self._is_writing = True
                await self._carrier.write(session.take())
                self._is_writing = False
                if session.has_room:
                    on_room()
            if session.close_code is not None:
                await self._carrier.close(session.close_code)
                return


class DirectPump:
    """Over a line. Between two turns of the loop it holds nothing but what its line has no room for."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._loop = asyncio.get_running_loop()
        self._is_due = False
        self._session: Session | None = None
        self._on_room: Callable[[], None] = lambda: None
        self._closing: asyncio.Task[None] | None = None

    @property
    def has_room(self) -> bool:
        return self._line.has_room

    def wake(self) -> None:
        if self._session is not None and self._session.is_full and self._line.has_room:
            self._flush()  # what comes in one turn of the loop must not count as if the peer did not read it
        elif not self._is_due:
            self._is_due = True
            self._loop.call_soon(self._flush)

    async def run(self, session: Session, take: Take, on_room: Callable[[], None]) -> None:
        self._session, self._on_room = session, on_room
        self._line.attach(take, self.wake)
        try:
            await self._line.until_gone()
        finally:
            self._session = None
            if self._closing is not None:
                await end(self._closing)

    def _flush(self) -> None:
        self._is_due = False
        session, line = self._session, self._line
        if session is None:
            return
        while session.writable and line.has_room:
            line.put(session.take())
        if session.has_room and line.has_room:
            self._on_room()
        if session.close_code is not None and not session.writable and self._closing is None:
            self._closing = asyncio.create_task(self._close(session.close_code))

    async def _close(self, code: int) -> None:
        with contextlib.suppress(OSError):
            await self._line.close(code)


async def end(*tasks: "asyncio.Task[None] | None") -> None:
    """Ends tasks of a connection. None of them owns a transaction: those run in the pipeline and finish by themselves.

    An OSError is the peer's: it vanished while something was written (ClientDisconnected), or stalled.
    """
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    for result in await asyncio.gather(*running, return_exceptions=True):
        if isinstance(result, Exception) and not isinstance(result, OSError):
            log.error("a connection ended with %s", type(result).__name__, exc_info=result)
