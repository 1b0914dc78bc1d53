"""The real service, patched: behind some of its addresses sits somebody who reads and rewrites every struct.

`Patched` stands around the service's own application. Whoever connects to the address of a `Door` meets its lies; all
other addresses are the honest service's. A door without lies changes nothing, which is each test's control.
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from messaging.wire import codec
from messaging.wire.commands import AnyCommand, Command
from messaging.wire.events import AnyDown, Down, Problem
from messaging.wire.rest import AccountView, Claim, OwnTargets, PendingSeats, RosterView, ServiceInfo, VaultBody

C = TypeVar("C", bound=Command)
B = TypeVar("B", bound=msgspec.Struct)
T = TypeVar("T")

Lie = Callable[[T], object]
"""Gives what is said instead (or a list of it), None to withhold it; may be a coroutine."""

_BODIES: Final[dict[str, type[msgspec.Struct]]] = {
    "service": ServiceInfo,
    "account": AccountView,
    "vault": VaultBody,
    "roster": RosterView,
    "seats": PendingSeats,
    "targets": OwnTargets,
    "claims": Claim,
}
"""What an address answers, by its last part."""
_WITH_A_BODY: Final = (200, 201)
_NOT_FOUND: Final = Problem("/problems/not_found", "Not found", 404, "not_found")


class Door:
    """One way into the service, and the lies that are told there."""

    def __init__(self, name: str, url: str) -> None:
        self.url = f"{url}/{name}"
        self.swallowed: list[bytes] = []
        """The bodies of requests that were answered as done and went nowhere."""
        self._told: list[tuple[type[msgspec.Struct], Lie[Any]]] = []
        self._heard: list[tuple[type[Command], Lie[Any]]] = []
        self._swallows: set[tuple[str, str]] = set()
        self._redirect: str | None = None
        self._sockets: list[Callable[[Message], Awaitable[None]]] = []

    def tell(self, kind: type[B], lie: Lie[B]) -> None:
        """Changes what the service says: a struct of the socket, or the body of an answer (None: not found)."""
        self._told.append((kind, lie))

    def freeze(self, kind: type[B]) -> None:
        """Says for ever what it says the next time."""
        first: list[B] = []

        def lie(said: B) -> B:
            first.append(said)
            return first[0]

        self.tell(kind, lie)

    def overhear(self, kind: type[B]) -> list[B]:
        """Keeps what is said of a kind, as it is said."""
        kept: list[B] = []

        def lie(said: B) -> B:
            kept.append(said)
            return said

        self.tell(kind, lie)
        return kept

    def hear(self, kind: type[C], lie: Lie[C]) -> None:
        """Changes what a client says; a lie that gives a struct of the service answers in its place."""
        self._heard.append((kind, lie))

    def swallow(self, method: str, last: str) -> None:
        """Says that such a request was done, and does nothing."""
        self._swallows.add((method, last))

    def redirect(self, to: str) -> None:
        """Sends every request elsewhere."""
        self._redirect = to

    async def push(self, struct: AnyDown) -> None:
        """Says something of its own to everybody at this door."""
        for send in list(self._sockets):
            await _send_all(send, [struct])

    def be_honest(self) -> None:
        """Tells no lie from now on."""
        self._told.clear()
        self._heard.clear()
        self._swallows.clear()
        self._redirect = None

    async def say(self, struct: AnyDown) -> list[AnyDown]:
        """What a client is told in place of this."""
        said: list[AnyDown] = [struct]
        for kind, lie in self._told:
            said = [new for old in said for new in (await _all(lie, old) if isinstance(old, kind) else [old])]
        return said

    async def take(self, command: AnyCommand) -> list[Any]:
        """What reaches the service in place of this command, and what is answered instead."""
        taken: list[Any] = [command]
        for kind, lie in self._heard:
            taken = [new for old in taken for new in (await _all(lie, old) if isinstance(old, kind) else [old])]
        return taken

    async def request(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request."""
        last = scope["path"].rsplit("/", 1)[-1]
        if self._redirect is not None:
            await _answer(send, 307, b"", [(b"location", self._redirect.encode())])
            return
        if (scope["method"], last) in self._swallows:
            self.swallowed.append(await _whole(receive))
            await _answer(send, 204, b"")
            return
        status, body = 0, b""

        async def kept(message: Message) -> None:
            nonlocal status, body
            status = message.get("status", status)
            body += message.get("body", b"")

        await app(scope, receive, kept)
        kind = _BODIES.get(last)
        if status in _WITH_A_BODY and kind is not None:
            said: Any = msgspec.json.decode(body, type=kind)
            for wanted, lie in self._told:
                if said is not None and isinstance(said, wanted):
                    (said,) = await _all(lie, said) or [None]
            if said is not None:
                body = msgspec.json.encode(said)
            elif kind is VaultBody:
                status, body = 204, b""  # as of an account that has none
            else:
                status, body = 404, msgspec.json.encode(_NOT_FOUND)
        await _answer(send, status, body)

    async def socket(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """One WebSocket."""

        async def sending(message: Message) -> None:
            frame = message.get("text") or message.get("bytes")
            if message["type"] != "websocket.send" or frame is None:
                await send(message)
                return
            said = [new for old in codec.decode_downs(frame) for new in await self.say(old)]
            if said:
                await _send_all(send, said)

        async def receiving() -> Message:
            while True:
                message = await receive()
                frame = message.get("text") or message.get("bytes")
                if message["type"] != "websocket.receive" or frame is None:
                    return message
                taken = [new for old in codec.decode_commands(frame) for new in await self.take(old)]
                answers = [each for each in taken if isinstance(each, Down)]
                if answers:
                    await _send_all(send, answers)
                commands = [each for each in taken if isinstance(each, Command)]
                if commands:
                    return {"type": "websocket.receive", "text": _frame(commands)}

        self._sockets.append(send)
        try:
            await app(scope, receiving, sending)
        finally:
            self._sockets.remove(send)


class Patched:
    """The service's application, and the doors."""

    def __init__(self, app: ASGIApp) -> None:
        self.doors: dict[str, Door] = {}
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name, _, rest = scope["path"].removeprefix("/").partition("/")
        door = self.doors.get(name)
        if door is None:
            await self._app(scope, receive, send)
            return
        inside = {**scope, "path": f"/{rest}", "raw_path": f"/{rest}".encode()}
        way = door.request
        if scope["type"] == "websocket":
            # Without the direct path: it goes past ASGI's messages, which the door reads and rewrites.
            way, inside["extensions"] = door.socket, {}
        await way(self._app, inside, receive, send)


async def _all(lie: Lie[T], truth: T) -> Sequence[Any]:
    said = lie(truth)
    if inspect.isawaitable(said):
        said = await said
    if said is None:
        return []
    return said if isinstance(said, list) else [said]


def _frame(structs: Sequence[msgspec.Struct]) -> str:
    return codec.join([codec.encode(each) for each in structs]).decode()


async def _send_all(send: Callable[[Message], Awaitable[None]], said: Sequence[msgspec.Struct]) -> None:
    await send({"type": "websocket.send", "text": _frame(said)})


async def _whole(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


async def _answer(send: Send, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    said = [(b"content-type", b"application/json"), *headers]
    if status != 204:
        said.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": said})
    await send({"type": "http.response.body", "body": body})
