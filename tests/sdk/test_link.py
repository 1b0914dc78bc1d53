"""The line: comes back after a loss, sends again what had no answer, and says when it is over.

The other end is a small scripted WebSocket server on the loopback interface.
"""

import asyncio
import base64
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import msgspec
import pytest
from msgspec import structs
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from messaging.wire import codec
from messaging.wire.commands import Hello, Pull, Refresh, Send
from messaging.wire.events import Ack, AnyDown, Err, Events, Ok, Problem, Receipt, Welcome
from messaging.wire.rest import TicketIssued
from pli_client.errors import Ended, ProblemError, TimedOut, Unreachable
from pli_client.http import Api
from pli_client.link import Link, expiry
from pli_client.session import Output, Session, Unasked, Welcomed
from tests.sdk.rig import refusal
from tests.sdk.world import NOW

THREAD = bytes(16)
Script = Callable[[ServerConnection, list[object]], Awaitable[None]]


def no_jitter(width: int) -> bytes:
    return bytes(width)


def welcome(ref: int) -> Welcome:
    return Welcome(
        ref=ref, now=1, service=bytes(16), stream_epoch=1, account=bytes(16), seats=[], threads=[], more=False
    )


class FakeService:
    """Gives tickets, greets, and then does what the script of each connection says; the last script stays."""

    def __init__(self, *scripts: Script) -> None:
        self.connections: list[list[object]] = []
        self.outputs: list[Output] = []
        self.tickets = 0
        self.token = "token"
        self.refuse_ticket: httpx.Response | None = None
        self._scripts = list(scripts)

    async def serve(self, socket: ServerConnection) -> None:
        received: list[object] = []
        self.connections.append(received)
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        (hello,) = codec.decode_commands(await socket.recv())
        assert isinstance(hello, Hello)
        await say(socket, welcome(hello.ref))
        await script(socket, received)

    def ticket(self, request: httpx.Request) -> httpx.Response:
        if self.refuse_ticket is not None:
            return self.refuse_ticket
        self.tickets += 1
        return httpx.Response(201, content=msgspec.json.encode(TicketIssued(f"t{self.tickets}", 60)))


async def say(socket: ServerConnection, struct: AnyDown) -> None:
    await socket.send(codec.encode(struct).decode())


async def listen(socket: ServerConnection, received: list[object]) -> list[object]:
    """The commands of the next frame."""
    commands = list(codec.decode_commands(await socket.recv()))
    received.extend(commands)
    return list(commands)


async def answer_all(socket: ServerConnection, received: list[object]) -> None:
    """A service as it should be: acks sends, gives empty pulls."""
    while True:
        for command in await listen(socket, received):
            if isinstance(command, Send):
                await say(socket, Ack(ref=command.ref, thread=THREAD, seq=7, at=1, proof=b""))
            elif isinstance(command, Pull):
                await say(socket, Events(ref=command.ref, thread=THREAD, events=[], head_seq=0))
            elif isinstance(command, Refresh):
                await say(socket, Ok(ref=command.ref))


@contextlib.asynccontextmanager
async def linked(service: FakeService, clock: Callable[[], int] = lambda: NOW) -> AsyncIterator[Link]:
    async def handle(socket: ServerConnection) -> None:
        await service.serve(socket)

    async with serve(handle, "127.0.0.1", 0, subprotocols=[Subprotocol("pli.v1")]) as server:
        port = server.sockets[0].getsockname()[1]
        api = Api("http://service.localhost", lambda: service.token, transport=httpx.MockTransport(service.ticket))
        session = Session(b"\x01" * 16, no_jitter)
        link = Link(f"http://127.0.0.1:{port}", api, session, service.outputs.append, clock)
        link.start()
        try:
            yield link
        finally:
            await link.close()
            await api.close()


async def ask(link: Link, timeout_s: float = 2.0) -> Events:
    return await link.request(Pull(ref=0, thread=THREAD, after=0), Events, timeout_s=timeout_s)


async def test_a_command_gets_its_answer() -> None:
    service = FakeService(answer_all)
    async with linked(service) as link:
        assert (await ask(link)).head_seq == 0
    assert [type(output) for output in service.outputs] == [Welcomed]


async def test_events_come_in_their_order() -> None:
    async def script(socket: ServerConnection, received: list[object]) -> None:
        for seq in range(3):
            await say(socket, Receipt(thread=THREAD, party=0, seq=seq, at=1))
        await answer_all(socket, received)

    service = FakeService(script)
    async with linked(service) as link:
        await ask(link)
    structs = [output.struct for output in service.outputs if isinstance(output, Unasked)]
    assert [struct.seq for struct in structs if isinstance(struct, Receipt)] == [0, 1, 2]


async def test_a_send_whose_ack_was_lost_goes_out_again_and_says_so() -> None:
    async def lose_the_ack(socket: ServerConnection, received: list[object]) -> None:
        await listen(socket, received)
        socket.transport.abort()

    service = FakeService(lose_the_ack, answer_all)
    async with linked(service) as link:
        ack = await link.request(Send(ref=0, payload=b"once"), Ack, timeout_s=2)
    assert ack.seq == 7
    (first,), (second,) = service.connections
    assert isinstance(first, Send)
    assert not first.again
    assert second == structs.replace(first, again=True)
    assert service.tickets == 2


@pytest.mark.parametrize("code", [1011, 4001, 4005, 4010])
async def test_it_comes_back_after_a_close_that_says_so(code: int) -> None:
    async def close(socket: ServerConnection, received: list[object]) -> None:
        await socket.close(code)

    service = FakeService(close, answer_all)
    async with linked(service) as link:
        await ask(link)
    assert len(service.connections) == 2


async def test_a_final_close_ends_it_and_tells_everyone() -> None:
    async def revoke(socket: ServerConnection, received: list[object]) -> None:
        await listen(socket, received)
        await socket.close(4503)

    service = FakeService(revoke)
    async with linked(service) as link:
        with pytest.raises(Ended) as caught:
            await ask(link)
        assert caught.value.code == 4503
        with pytest.raises(Ended):
            await ask(link)
    assert len(service.connections) == 1


async def test_a_refused_ticket_ends_it() -> None:
    service = FakeService(answer_all)
    service.refuse_ticket = refusal("unauthenticated", 401)
    async with linked(service) as link:
        with pytest.raises(ProblemError, match="unauthenticated"):
            await ask(link)
    assert service.connections == []


async def test_a_busy_ticket_office_is_asked_again() -> None:
    service = FakeService(answer_all)
    service.refuse_ticket = refusal("busy", 503, retryable=True)
    async with linked(service) as link:
        asking = asyncio.create_task(ask(link))
        await asyncio.sleep(0.05)
        service.refuse_ticket = None
        await asking


async def test_a_token_provider_that_fails_is_told_to_whoever_waits() -> None:
    service = FakeService(answer_all)
    api = Api("http://service.localhost", lambda: str(1 // 0), transport=httpx.MockTransport(service.ticket))
    link = Link("http://127.0.0.1:9", api, Session(bytes(16), no_jitter), service.outputs.append, lambda: NOW)
    link.start()
    with pytest.raises(Ended, match="ZeroDivisionError"):
        await ask(link)
    await link.close()


async def test_a_refusal_is_an_error_and_busy_is_waited_out() -> None:
    async def busy_then_no(socket: ServerConnection, received: list[object]) -> None:
        for code, retry_after_ms in (("busy", 10), ("not_found", None)):
            (command,) = await listen(socket, received)
            assert isinstance(command, Pull)
            problem = Problem(f"/problems/{code}", code, 400, code, retry_after_ms=retry_after_ms)
            await say(socket, Err(problem=problem, ref=command.ref))
        await answer_all(socket, received)

    service = FakeService(busy_then_no)
    async with linked(service) as link:
        with pytest.raises(ProblemError) as caught:
            await ask(link)
        assert caught.value.code == "not_found"
        await ask(link)


async def test_an_answer_of_another_kind_is_no_answer() -> None:
    async def confused(socket: ServerConnection, received: list[object]) -> None:
        (command,) = await listen(socket, received)
        assert isinstance(command, Pull)
        await say(socket, Ok(ref=command.ref))
        await socket.wait_closed()

    async with linked(FakeService(confused)) as link:
        with pytest.raises(Unreachable):
            await ask(link)


async def test_a_question_without_an_answer_times_out_and_is_not_asked_again() -> None:
    async def silent(socket: ServerConnection, received: list[object]) -> None:
        await listen(socket, received)
        await asyncio.sleep(0.2)
        await socket.close(4001)

    service = FakeService(silent, answer_all)
    async with linked(service) as link:
        with pytest.raises(TimedOut):
            await ask(link, timeout_s=0.1)
        await link.request(Send(ref=0, payload=b"next"), Ack, timeout_s=2)
    assert [type(command) for command in service.connections[1]] == [Send]


async def test_nonsense_closes_the_connection_and_it_comes_back() -> None:
    codes: list[int | None] = []

    async def nonsense(socket: ServerConnection, received: list[object]) -> None:
        await socket.send('{"t":"ack"}')
        await socket.wait_closed()
        codes.append(socket.close_code)

    service = FakeService(nonsense, answer_all)
    async with linked(service) as link:
        await ask(link)
    assert len(service.connections) == 2
    assert codes == [1002]


async def test_closing_ends_whoever_waits() -> None:
    async def silent(socket: ServerConnection, received: list[object]) -> None:
        await socket.wait_closed()

    async with linked(FakeService(silent)) as link:
        asking = asyncio.create_task(ask(link))
        await asyncio.sleep(0.05)
        await link.close()
        with pytest.raises(Ended, match="closed"):
            await asking


def token_until(seconds: float) -> str:
    claims = json.dumps({"exp": int(time.time() + seconds)}).encode()
    return "e30." + base64.urlsafe_b64encode(claims).rstrip(b"=").decode() + ".c2ln"


def system_clock() -> int:
    return int(time.time() * 1_000)


async def test_a_token_is_renewed_on_the_live_connection_before_it_ends() -> None:
    service = FakeService(answer_all)
    service.token = token_until(3)
    async with linked(service, system_clock) as link:
        await ask(link)
        service.token = token_until(3_600)
        await asyncio.sleep(1.7)
        await ask(link)
    (received,) = service.connections
    assert [type(command) for command in received] == [Pull, Refresh, Pull]
    assert service.tickets == 2


@pytest.mark.parametrize("token", ["", "opaque", "a.b", "a.!!.c", "a.bnVsbA.c", "a.e30.c"])
def test_a_token_that_says_no_end_is_left_alone(token: str) -> None:
    assert expiry(token) is None


def test_a_token_says_when_it_ends() -> None:
    claims = base64.urlsafe_b64encode(b'{"exp": 12}').rstrip(b"=").decode()
    assert expiry(f"e30.{claims}.c2ln") == 12_000


async def test_an_event_that_cannot_be_taken_does_not_end_the_line() -> None:
    async def eventful(socket: ServerConnection, received: list[object]) -> None:
        await say(socket, Receipt(thread=THREAD, party=0, seq=1, at=1))
        await answer_all(socket, received)

    service = FakeService(eventful)
    service.outputs = Stumbling()
    async with linked(service) as link:
        await ask(link)
    assert len(service.connections) == 1


class Stumbling(list[Output]):
    """What takes the outputs, and fails at every event."""

    def append(self, output: Output) -> None:
        if isinstance(output, Unasked):
            raise ValueError("fault")
        super().append(output)


async def test_a_service_that_never_greets_is_left_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pli_client.transport.greeting_s", 0.1)

    class Mute(FakeService):
        async def serve(self, socket: ServerConnection) -> None:
            if self.connections:
                await super().serve(socket)
                return
            self.connections.append([])
            await socket.wait_closed()

    service = Mute(answer_all)
    async with linked(service) as link:
        await ask(link)
    assert len(service.connections) == 2


async def test_a_ticket_that_aged_is_replaced() -> None:
    async def aged(socket: ServerConnection, received: list[object]) -> None:
        await socket.close(4500)

    service = FakeService(aged, answer_all)
    async with linked(service) as link:
        await ask(link)
    assert service.tickets == 2
