"""The second carrier's own edges (PROTOCOL.md section 2.1); frames and hellos: with the WebSocket's."""

import asyncio
import contextlib
import hashlib
import json
import os
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from messaging.connection.session import Session
from messaging.domain import limits
from messaging.domain.errors import Busy
from messaging.ports import Place
from messaging.wire import closing, codec
from messaging.wire.commands import Hello, Threads
from messaging.wire.events import Ok
from messaging.wire.rest import AccountRevoke
from tests.hostile.raw_http import exchange, head, status
from tests.support.server import NO_TLS, RunningService
from tests.support.streams import Stream, streamed
from tests.support.world import Someone, World

pytestmark = [pytest.mark.hostile, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SECRET = "0123456789abcdef" * 4


@pytest.fixture
async def client(service: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=service.url, verify=NO_TLS) as made:
        yield made


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["code"])


async def gone(service: RunningService) -> None:
    """Waits until the service let go of every connection."""
    deadline = time.monotonic() + 30.0
    while service.service.hub.sockets:
        assert time.monotonic() < deadline, "a stream is still held"
        await asyncio.sleep(0.02)


async def still_works(stream: Stream) -> None:
    assert json.loads(await stream.ask(Threads(ref=5)))["t"] == "threads"


async def test_nothing_between_may_keep_or_hold_back_a_stream(world: World, somebody: Someone) -> None:
    async with world.stream(somebody) as stream:
        assert stream.response is not None
        headers = stream.response.headers
        assert headers["content-type"] == "text/event-stream"
        assert headers["cache-control"] == "no-store, no-transform"
        assert headers["x-accel-buffering"] == "no"
        assert "pli-place" not in headers, "a process that is alone has no other to name"
        assert not {name for name in headers if name.startswith("access-control")}
        await still_works(stream)
        assert stream.statuses == [204]


@pytest.mark.parametrize("path", ["/v1/stream", "/v1/commands"])
@pytest.mark.parametrize("secret", [None, "", "x" * 64, SECRET.upper(), SECRET[1:], SECRET + "0", SECRET[:-1] + "g"])
async def test_the_secret_has_one_form(client: httpx.AsyncClient, path: str, secret: str | None) -> None:
    headers = {} if secret is None else {"pli-stream": secret}
    answer = await client.post(path, headers=headers, content=b"{}")
    assert (answer.status_code, code_of(answer)) == (400, "malformed")


@pytest.mark.parametrize("path", ["/v1/stream", "/v1/commands"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_pages_of_other_origins_stay_outside(client: httpx.AsyncClient, path: str, origin: str) -> None:
    answer = await client.post(path, headers={"pli-stream": SECRET, "origin": origin}, content=b"{}")
    assert (answer.status_code, code_of(answer)) == (400, "malformed")
    preflight = await client.options(path, headers={"origin": origin, "access-control-request-method": "POST"})
    assert not {name for name in preflight.headers if name.startswith("access-control")}


async def test_a_page_of_our_own_gets_in(service: RunningService, world: World, somebody: Someone) -> None:
    (own,) = service.service.settings.allowed_origins
    async with streamed(service, origin=own) as stream:
        await stream.ask(Hello(ref=0, ticket=(await world.ticket(somebody)).ticket, device=os.urandom(16)))
        await still_works(stream)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/v1/stream", "/v1/commands"])
async def test_only_posts_are_answered(client: httpx.AsyncClient, path: str, method: str) -> None:
    assert code_of(await client.request(method, path, headers={"pli-stream": SECRET})) == "malformed"


async def test_a_stream_that_nobody_opened_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/commands", headers={"pli-stream": SECRET}, content=b"[]")
    assert (answer.status_code, code_of(answer)) == (404, "not_found")


async def test_a_frame_for_a_stream_of_another_process_is_handed_on(
    service: RunningService, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`tests/contracts/fanout` has what lies between the processes."""
    taken: list[bytes] = []
    refusals = [Busy("one at a time", retry_after_ms=100)]

    def take(frame: bytes) -> None:
        if refusals:
            raise refusals.pop()
        taken.append(frame)

    carriage = service.service._carriage
    find, said = carriage.find, set()

    def found(key: bytes, sealed: str) -> Place:
        said.add(sealed)
        return find(key, sealed)

    monkeypatch.setattr(carriage, "find", found)
    key = hashlib.sha256(SECRET.encode()).digest()
    carriage.stand(key, take)
    try:
        headers = {"pli-stream": SECRET, "pli-place": "00ff"}
        answers = [
            await client.post("/v1/commands", headers=headers, content=content)
            for content in (b"[]", b"[]", b"x" * (limits.frame_bytes_max + 1), b"last")
        ]
    finally:
        carriage.end(key)
    assert [answer.status_code for answer in answers] == [503, 204, 413, 204]
    assert taken == [b"[]", b"last"]
    assert said == {"00ff"}
    assert code_of(await client.post("/v1/commands", headers=headers, content=b"[]")) == "not_found"


async def test_a_secret_opens_one_stream_at_a_time(client: httpx.AsyncClient, world: World, somebody: Someone) -> None:
    async with world.stream(somebody) as stream:
        answer = await client.post("/v1/stream", headers=stream.headers, content=b"{}")
        assert (answer.status_code, code_of(answer)) == (409, "conflict")
        await still_works(stream)


async def test_a_process_that_drains_or_is_full_takes_nobody(
    service: RunningService, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for of, name, value in ((service.service, "draining", True), (limits, "sockets_per_process_max", 0)):
        with monkeypatch.context() as patch:
            patch.setattr(of, name, value)
            answer = await client.post("/v1/stream", headers={"pli-stream": SECRET}, content=b"{}")
        assert (answer.status_code, code_of(answer)) == (503, "busy")


async def test_frames_are_bounded_and_a_refused_one_is_not_taken(
    client: httpx.AsyncClient, world: World, somebody: Someone
) -> None:
    command = b'{"t":"threads","ref":1}'
    most = limits.frame_bytes_max
    answer = await client.post("/v1/stream", headers={"pli-stream": SECRET}, content=b" " * (most + 1))
    assert (answer.status_code, code_of(answer)) == (413, "too_large")
    async with world.stream(somebody) as stream:
        await stream.send(command + b" " * (most - len(command)))
        assert json.loads(await stream.answer(1))["t"] == "threads"
        await stream.send(command.replace(b"1", b"2") + b" " * (most - len(command) + 1))
        await still_works(stream)
        assert stream.statuses == [204, 413, 204]
        assert not stream.heard


async def test_text_that_is_not_utf_8_is_malformed(world: World, somebody: Someone) -> None:
    async with world.stream(somebody) as stream:
        await stream.send(b'{"t":"threads","ref":1,"x":"\xff"}')
        assert json.loads(await stream.next())["problem"]["code"] == "malformed"
        await still_works(stream)


async def test_a_hello_is_not_waited_for(service: RunningService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "hello_s", 0.1)
    request = head(service, "POST /v1/stream", f"Pli-Stream: {SECRET}", "Content-Length: 10")
    assert status(await exchange(service.port, request, b"{")) == 400


async def test_one_request_at_a_time(service: RunningService, world: World, somebody: Someone) -> None:
    async with world.stream(somebody) as stream:
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        writer.write(head(service, "POST /v1/commands", f"Pli-Stream: {stream.secret}", "Content-Length: 2") + b"[")
        await writer.drain()
        async with asyncio.timeout(30):
            while not stream.statuses or stream.statuses[-1] != 503:
                await stream.send("[]")
        writer.write(b"]")
        assert b" 204 " in await reader.readline()
        writer.close()
        await still_works(stream)


async def test_a_request_that_broke_off_leaves_the_stream(
    service: RunningService, world: World, somebody: Someone
) -> None:
    async with world.stream(somebody) as stream:
        request = head(service, "POST /v1/commands", f"Pli-Stream: {stream.secret}", "Content-Length: 30")
        assert await exchange(service.port, request, b'{"t":"threads"', end=True) == b""
        async with asyncio.timeout(30):
            while not stream.statuses or stream.statuses[-1] != 204:
                await stream.send("[]")
        await still_works(stream)


async def test_who_says_nothing_is_let_go(
    service: RunningService, world: World, somebody: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "stream_beat_s", 0.05)
    monkeypatch.setattr(limits, "stream_silence_s", 1.5)
    async with world.stream(somebody) as stream:
        for _ in range(12):
            await stream.send("[]")
            await asyncio.sleep(0.15)
        assert stream.statuses == [204] * 12
        assert await stream.closed() == closing.SLOW_CONSUMER
        assert stream.beats > 3
        await stream.send("[]")
        assert stream.statuses[-1] == 404
    await gone(service)


async def test_a_client_that_vanishes_is_let_go(service: RunningService, world: World, somebody: Someone) -> None:
    async with world.stream(somebody):
        assert service.service.hub.sockets == 1
    await gone(service)


async def test_who_never_reads_is_cut(
    service: RunningService, world: World, somebody: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "write_stall_s", 0.3)
    event = codec.encode(Ok(ref=0)) + b" " * 60_000
    async with world.stream(somebody) as stream:
        (listener,) = service.service.hub.listeners()
        assert isinstance(listener, Session)
        for _ in range(1_000):
            listener.deliver(event)
            await asyncio.sleep(0)
        await gone(service)
        assert await stream.closed() in (closing.RESYNC, None)


async def test_both_carriers_of_one_account_count_together_and_hear_the_same(
    service: RunningService, world: World, somebody: Someone
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        wires = [
            await stack.enter_async_context(world.wire(somebody, carrier))
            for carrier in ("websocket", "http", "http", "websocket", "http")
        ]
        one_more = await stack.enter_async_context(streamed(service))
        await one_more.send(codec.encode(Hello(ref=0, ticket=(await world.ticket(somebody)).ticket, device=bytes(16))))
        assert await one_more.closed() == closing.TOO_MANY_CONNECTIONS
        await service.platform("POST", "/v1/platform/revocations", AccountRevoke(somebody.subject))
        assert {await wire.closed() for wire in wires} == {closing.REVOKED}
        assert len({json.dumps(wire.heard) for wire in wires}) == 1
