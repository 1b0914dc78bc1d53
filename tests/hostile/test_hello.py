"""Ways of not getting in: handshakes, hellos and tickets (PROTOCOL.md sections 2 and 3)."""

import contextlib
import json
import os
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
import pytest
from websockets.exceptions import InvalidStatus, NegotiationError

from messaging.domain import limits
from messaging.wire import closing, codec
from messaging.wire.commands import Hello, Refresh, Threads
from messaging.wire.rest import AccountRevoke, TicketIssued
from tests.support.server import Deployed, RunningService
from tests.support.sockets import Wire, dialled, greeted
from tests.support.streams import streamed
from tests.support.world import Someone, World, newcomer

pytestmark = [pytest.mark.hostile, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


def hello(ticket: str, ref: int = 0) -> Hello:
    return Hello(ref=ref, ticket=ticket, device=os.urandom(16))


async def end_of(wire: Wire, *frames: Any) -> int | None:
    """The close code after these frames; what comes before it is only `closing`."""
    for frame in frames:
        await wire.send(frame if isinstance(frame, str | bytes) else codec.encode(frame).decode())
    code = await wire.closed()
    assert all(struct["t"] == "closing" for struct in wire.heard), wire.heard
    return code


def said_nothing(service: Deployed, carrier: str) -> AbstractAsyncContextManager[Wire]:
    """A connection that said nothing yet."""
    return streamed(service) if carrier == "http" else dialled(service)


@pytest.mark.parametrize("subprotocol", [None, "pli.v2", "PLI.V1", "chat"])
async def test_the_subprotocol_must_be_ours(service: RunningService, subprotocol: str | None) -> None:
    with pytest.raises((InvalidStatus, NegotiationError)):
        async with dialled(service, subprotocol=subprotocol):
            pass


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1", "https://127.0.0.1.evil.example", ""],
)
async def test_the_origin_must_be_listed(service: RunningService, origin: str) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with dialled(service, origin=origin):
            pass
    assert caught.value.response.status_code == 403


async def test_our_own_origin_is_listed(service: RunningService) -> None:
    (own,) = service.service.settings.allowed_origins
    async with dialled(service, origin=own) as socket:
        assert await end_of(socket, "{}") == closing.PROTOCOL_ERROR


@pytest.mark.parametrize(
    "first",
    [
        '{"t":"threads","ref":1}',
        "[]",
        "{}",
        "",
        '{"t":"hello"}',
        '{"t":"hello","ref":0,"ticket":7,"device":"AAAAAAAAAAAAAAAAAAAAAA=="}',
        '{"t":"hello","ref":0,"ticket":"x","device":""}',
        b"binary",
    ],
)
async def test_the_first_frame_must_be_a_hello(service: RunningService, first: str | bytes, carrier: str) -> None:
    async with said_nothing(service, carrier) as socket:
        assert await end_of(socket, first) == closing.PROTOCOL_ERROR


@pytest.mark.parametrize("ticket", ["", "x", "A" * 43, "\0" * 43, "é" * 43, "../../etc/passwd", "' OR 1=1 --"])
async def test_a_ticket_that_nobody_issued(service: RunningService, ticket: str, carrier: str) -> None:
    async with said_nothing(service, carrier) as socket:
        assert await end_of(socket, hello(ticket)) == closing.BAD_TOKEN


async def test_silence_is_not_waited_for(service: RunningService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "hello_s", 0.1)
    async with dialled(service) as socket:
        assert await end_of(socket) == closing.HELLO_TIMEOUT


async def test_a_ticket_works_once(world: World, somebody: Someone, carrier: str) -> None:
    ticket = await world.ticket(somebody)
    async with greeted(world.service, ticket), said_nothing(world.service, carrier) as second:
        assert await end_of(second, hello(ticket.ticket)) == closing.BAD_TOKEN


async def test_a_ticket_is_used_up_by_a_hello_that_failed(world: World, somebody: Someone) -> None:
    """Also one whose socket vanished before the welcome: it may have been overheard."""
    ticket = await world.ticket(somebody)
    async with dialled(world.service) as first:
        await first.send(codec.encode(hello(ticket.ticket)).decode())
        await first.next()
    async with dialled(world.service) as second:
        assert await end_of(second, hello(ticket.ticket)) == closing.BAD_TOKEN


async def test_a_ticket_grows_old(
    world: World, somebody: Someone, monkeypatch: pytest.MonkeyPatch, carrier: str
) -> None:
    monkeypatch.setattr(limits, "ticket_s", 0)
    ticket = await world.ticket(somebody)
    async with said_nothing(world.service, carrier) as socket:
        assert await end_of(socket, hello(ticket.ticket)) == closing.BAD_TOKEN


async def test_the_token_behind_a_ticket_may_not_outlive_it(
    service: RunningService, world: World, carrier: str
) -> None:
    answer = await world.request("POST", "/v1/tickets", service.token("brief", [], lifetime_s=1))
    async with said_nothing(service, carrier) as socket:
        await socket.send(codec.encode(hello(msgspec.json.decode(answer.content, type=TicketIssued).ticket)).decode())
        assert await socket.closed() == closing.TOKEN_EXPIRED


async def test_the_same_hello_twice(world: World, somebody: Someone, carrier: str) -> None:
    ticket = await world.ticket(somebody)
    async with said_nothing(world.service, carrier) as socket:
        frame = codec.encode(hello(ticket.ticket)).decode()
        await socket.send(frame)
        await socket.send(frame)
        assert await socket.closed() == closing.PROTOCOL_ERROR


async def test_a_second_hello_with_a_good_ticket(world: World, somebody: Someone, carrier: str) -> None:
    second = await world.ticket(somebody)
    async with world.wire(somebody, carrier) as socket:
        await socket.send(codec.encode(hello(second.ticket, 1)).decode())
        assert await socket.closed() == closing.PROTOCOL_ERROR


async def test_nobody_takes_over_anothers_socket(world: World, somebody: Someone, carrier: str) -> None:
    foreign = await world.ticket(newcomer())
    async with world.wire(somebody, carrier) as socket:
        answer = json.loads(await socket.ask(Refresh(ref=1, ticket=foreign.ticket)))
        assert answer["problem"]["code"] == "unauthenticated"
        assert json.loads(await socket.ask(Threads(ref=2)))["t"] == "threads"


async def test_sockets_of_an_account_are_bounded(world: World, somebody: Someone, carrier: str) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(limits.sockets_per_account_max):
            await stack.enter_async_context(world.wire(somebody, carrier))
        one_more = await stack.enter_async_context(said_nothing(world.service, carrier))
        assert await end_of(one_more, hello((await world.ticket(somebody)).ticket)) == closing.TOO_MANY_CONNECTIONS


async def test_a_device_at_the_bound_replaces_its_own_oldest_socket(world: World, somebody: Someone) -> None:
    device = os.urandom(16)
    async with contextlib.AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(greeted(world.service, await world.ticket(somebody), device=of))
            for of in (os.urandom(16), device, device, os.urandom(16), os.urandom(16))
        ]
        newest = greeted(world.service, await world.ticket(somebody), device=device)
        await stack.enter_async_context(newest)
        assert await opened[1].closed() == closing.TOO_MANY_CONNECTIONS
        for left in (opened[0], *opened[2:]):
            assert json.loads(await left.ask(Threads(ref=1)))["t"] == "threads"


async def test_a_process_that_drains_takes_nobody(service: RunningService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.service, "draining", True)
    with pytest.raises(InvalidStatus) as caught:
        async with dialled(service):
            pass
    assert caught.value.response.status_code == 403


async def test_sockets_of_a_process_are_bounded_also_before_they_greet(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "sockets_per_process_max", 1)
    async with dialled(service):
        with pytest.raises(InvalidStatus) as caught:
            async with dialled(service):
                pass
        assert caught.value.response.status_code == 403


async def test_revocation_ends_the_sockets_and_tickets_of_an_account(
    service: RunningService, world: World, carrier: str
) -> None:
    somebody = newcomer()
    unused = await world.ticket(somebody)
    async with world.wire(somebody, carrier) as socket, said_nothing(service, carrier) as other:
        await service.platform("POST", "/v1/platform/revocations", AccountRevoke(somebody.subject))
        assert await socket.closed() == closing.REVOKED
        assert await end_of(other, hello(unused.ticket)) == closing.BAD_TOKEN
