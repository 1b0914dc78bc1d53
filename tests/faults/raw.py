"""A socket that speaks the protocol and nothing more: it verifies nothing, resends nothing, and keeps what it heard."""

import asyncio
import os
from collections.abc import Iterable
from typing import Final, Self, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from messaging.wire import codec
from messaging.wire.commands import AnyCommand, Hello
from messaging.wire.events import AnyDown, Closing, Err, Welcome
from pli_client.http import Api
from tests.support.server import Deployed

ANSWER_S: Final = 20.0
_FRAME_BYTES_MAX: Final = 1_048_576

A = TypeVar("A", bound=AnyDown)


class Lost(Exception):
    """The connection ended before the answer; whether the command was carried out is unknown."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"the connection ended with {code}")
        self.code = code


class RefusedError(Exception):
    """The service answered with a problem."""

    def __init__(self, answer: Err) -> None:
        super().__init__(f"{answer.problem.code}: {answer.problem.detail}")
        self.code = answer.problem.code


async def dial(service: Deployed, api: Api, *, ticket: str = "") -> ClientConnection:
    """A socket with its hello sent, with a new ticket unless there is one; the welcome is not read yet.

    Raises: what the network and the service raise.
    """
    ticket = ticket or (await api.ticket()).ticket
    socket = await connect(
        service.ws_url,
        subprotocols=[Subprotocol("pli.v1")],
        compression=None,
        max_size=_FRAME_BYTES_MAX,
        ping_interval=None,
        close_timeout=1.0,
        proxy=None,
    )
    await socket.send(codec.encode(Hello(ref=0, ticket=ticket, device=os.urandom(16))), text=True)
    return socket


class RawSocket:
    """One connection, read by a task of its own."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._waiting: dict[int, asyncio.Future[AnyDown]] = {}
        self._next_ref = 1
        self._welcome: asyncio.Future[AnyDown] = asyncio.get_running_loop().create_future()
        self._waiting[0] = self._welcome
        self.heard: list[AnyDown] = []
        """What nobody asked for, in order."""
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, service: Deployed, api: Api, *, ticket: str = "") -> Self:
        """A greeted connection, with a new ticket unless there is one."""
        raw = cls(await dial(service, api, ticket=ticket))
        await raw._answer(raw._welcome)
        return raw

    @property
    def welcomed(self) -> Welcome:
        """What the service said of this account when it greeted."""
        answer = self._welcome.result()
        assert isinstance(answer, Welcome)
        return answer

    @property
    def is_over(self) -> bool:
        """Whether the connection ended."""
        return self._reading.done()

    async def request(self, command: AnyCommand, kind: type[A]) -> A:
        """Sends one command and returns its answer. Raises: RefusedError, Lost."""
        (answer,) = await self.requests([command])
        if isinstance(answer, Err):
            raise RefusedError(answer)
        assert isinstance(answer, kind), answer
        return answer

    async def requests(self, commands: Iterable[AnyCommand]) -> list[AnyDown]:
        """Sends commands in one frame and returns their answers, refusals too. Raises: Lost."""
        futures, encoded = [], []
        for command in commands:
            command.ref = self._next_ref
            self._next_ref += 1
            future: asyncio.Future[AnyDown] = asyncio.get_running_loop().create_future()
            self._waiting[command.ref] = future
            futures.append(future)
            encoded.append(codec.encode(command))
        try:
            await self._socket.send(codec.join(encoded), text=True)
        except ConnectionClosed:
            raise Lost(self._socket.close_code) from None
        return [await self._answer(future) for future in futures]

    async def closed(self) -> int | None:
        """Waits for the end of the connection; its close code."""
        async with asyncio.timeout(ANSWER_S):
            await asyncio.wait([self._reading])
        return self._socket.close_code

    async def close(self) -> None:
        await self._socket.close()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _answer(self, future: "asyncio.Future[AnyDown]") -> AnyDown:
        async with asyncio.timeout(ANSWER_S):
            return await future

    async def _read(self) -> None:
        try:
            async for frame in self._socket:
                for struct in codec.decode_downs(frame):
                    self._take(struct)
        except ConnectionClosed:
            pass
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(Lost(self._socket.close_code))
                future.exception()  # retrieved: nobody may be waiting for it
        self._waiting.clear()

    def _take(self, struct: AnyDown) -> None:
        ref = None if isinstance(struct, Closing) else getattr(struct, "ref", None)
        future = None if ref is None else self._waiting.pop(ref, None)
        if future is None:
            self.heard.append(struct)
        elif not future.done():
            future.set_result(struct)
