"""What comes before a request is one: heads that are too large, too slow, or no HTTP at all."""

import asyncio
import contextlib
import socket
import struct

import pytest

from messaging.domain import limits
from tests.hostile.raw_http import asked, connected, exchange, status
from tests.support.server import RunningService
from tests.support.waiting import until

pytestmark = [pytest.mark.hostile, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

UPGRADE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: pli.v1\r\n"
)


def start(service: RunningService, path: str) -> bytes:
    """A head up to where more headers may follow."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{service.port}\r\n".encode()


async def test_a_handshake_with_a_huge_header_is_cut(service: RunningService) -> None:
    request = start(service, "/v1/ws") + UPGRADE + b"X: " + b"y" * 20_000 + b"\r\n\r\n"
    assert await exchange(service.port, request) == b""


async def test_a_head_without_end_is_cut(service: RunningService) -> None:
    answer = await exchange(service.port, start(service, "/v1/service") + b"X: ", *[b"y" * 65_536] * 100)
    assert status(answer) in (400, None)


async def test_a_head_of_countless_headers_is_cut(service: RunningService) -> None:
    answer = await exchange(service.port, start(service, "/v1/service"), *[b"X: y\r\n" * 10_000] * 100)
    assert status(answer) in (400, None)


async def test_a_head_that_does_not_come_is_not_waited_for(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "http_head_s", 0.2)
    for begun in (b"", b"GET", start(service, "/v1/service"), start(service, "/v1/service") + b"\r\nGET /healthz"):
        answer = await exchange(service.port, begun)
        assert status(answer) in (200, None)


async def half_open(service: RunningService, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """From one of this machine's addresses, of which the first is a trusted proxy's."""
    return await asyncio.open_connection("127.0.0.1", service.port, local_addr=(address, 0))


async def test_half_open_connections_of_a_trusted_proxy_are_of_all_its_clients(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "half_open_per_address_max", 8)
    opened = [await half_open(service, "127.0.0.1") for _ in range(20)]
    try:
        for _, writer in opened:
            writer.write(start(service, "/v1/service") + b"Connection: close\r\n\r\n")
        answers = await asyncio.gather(*(reader.read() for reader, _ in opened))
        assert {status(answer) for answer in answers} == {200}
    finally:
        for _, writer in opened:
            writer.close()


async def test_half_open_connections_of_one_address_are_bounded(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "half_open_per_address_max", 8)
    opened = [await half_open(service, "127.0.0.2") for _ in range(20)]
    try:
        for _, writer in opened:
            writer.write(start(service, "/v1/service"))
        ends = [asyncio.create_task(reader.read()) for reader, _ in opened]
        await until(lambda: sum(end.done() for end in ends) == 12)
        for _, writer in opened:
            writer.close()
        await asyncio.gather(*ends, return_exceptions=True)
    finally:
        for _, writer in opened:
            writer.close()
    answer = await exchange(service.port, start(service, "/v1/service") + b"Connection: close\r\n\r\n")
    assert status(answer) == 200


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 10,
        b"\0" * 100,
        b"GET\r\n\r\n",
        b"FOO / HTTP/1.1\r\n\r\n",
        b"CONNECT example:1 HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: a\0b\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
    ],
)
async def test_what_is_not_http(service: RunningService, request_bytes: bytes) -> None:
    assert status(await exchange(service.port, request_bytes, end=True)) in (400, None)


async def test_idle_connections_are_kept_for_long_while_they_are_few(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "http_idle_connections_max", 1)
    monkeypatch.setattr(limits, "http_idle_crowded_s", 0.05)
    request = start(service, "/v1/service") + b"\r\n"
    async with connected(service.port) as first, connected(service.port) as second:
        assert status(await asked(*first, request)) == status(await asked(*second, request)) == 200
        assert await second[0].read() == b""
        assert status(await asked(*first, request)) == 200
        first[1].get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    async with connected(service.port) as later:
        assert status(await asked(*later, request)) == 200
        await asyncio.sleep(4 * limits.http_idle_crowded_s)
        assert status(await asked(*later, request)) == 200, "one that was reset does not count"


SIZED = "Content-Length: 60000\r\n\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n\r\nffff\r\n"
"""The last header of a request, and what stands behind it before its body."""


@pytest.mark.parametrize(
    ("line", "rest", "more"),
    [
        ("GET /v1/service", "\r\n", b"\r\n"),
        ("GET /v1/service", SIZED, b"x"),
        ("GET /v1/service", CHUNKED, b"x"),
        ("PUT /v1/vault", SIZED, b"x"),
        ("POST /nowhere", CHUNKED, b"x"),
    ],
    ids=["an empty line", "a body of a GET", "a chunk of a GET", "without a token", "to nowhere"],
)
async def test_bytes_that_begin_no_request_keep_no_connection(
    service: RunningService, monkeypatch: pytest.MonkeyPatch, line: str, rest: str, more: bytes
) -> None:
    monkeypatch.setattr(limits, "http_idle_s", 0.4)
    monkeypatch.setattr(limits, "http_idle_crowded_s", 0.4)
    begun = f"{line} HTTP/1.1\r\nHost: 127.0.0.1:{service.port}\r\n{rest}".encode()
    async with connected(service.port) as (reader, writer):
        assert status(await asked(reader, writer, begun)) in (200, 401, 404)
        end = asyncio.create_task(reader.read())
        async with asyncio.timeout(10):
            while not end.done():  # what comes on and on does not keep it either
                writer.write(more)
                await asyncio.sleep(0.1)
        with contextlib.suppress(ConnectionError):
            await end


async def test_who_sent_an_empty_line_is_idle_all_the_same(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "http_idle_connections_max", 1)
    monkeypatch.setattr(limits, "http_idle_crowded_s", 0.05)
    request = start(service, "/v1/service") + b"\r\n"
    async with connected(service.port) as first, connected(service.port) as second:
        assert status(await asked(*first, request)) == 200
        first[1].write(b"\r\n")
        await asyncio.sleep(0.1)
        assert status(await asked(*second, request)) == 200
        async with asyncio.timeout(10):
            assert await second[0].read() == b"", "one is kept already"
        assert status(await asked(*first, request)) == 200, "an empty line before a request says nothing (RFC 9112 2.2)"


async def test_requests_in_one_write_are_answered_in_order(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With bodies, read or not, and a head that comes in pieces while the connection lay idle or was answering."""
    monkeypatch.setattr(limits, "http_idle_s", 0.4)
    get = start(service, "/v1/service") + b"\r\n"
    put = start(service, "/v1/vault").replace(b"GET", b"PUT") + b"Content-Length: 5\r\n\r\n12345"
    unknown = start(service, "/nowhere") + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    async with connected(service.port) as (reader, writer):
        assert status(await asked(reader, writer, get + put + unknown + get + b"\r\n" + get[:20])) == 200
        assert [status(await asked(reader, writer)) for _ in range(3)] == [401, 404, 200]
        await asyncio.sleep(0.8)  # not idle: a head is on its way
        assert status(await asked(reader, writer, get[20:])) == 200
        await asyncio.sleep(0.2)
        writer.write(put[:30])
        await asyncio.sleep(0.4)
        assert status(await asked(reader, writer, put[30:] + get)) == 401
        assert status(await asked(reader, writer)) == 200
        assert await reader.read() == b""


async def test_an_upgrade_behind_an_unanswered_request_is_none(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request is answered, and the connection ends: it counts as idle no more, and no timer of it goes on."""
    monkeypatch.setattr(limits, "http_idle_connections_max", 1)
    monkeypatch.setattr(limits, "http_idle_crowded_s", 0.05)
    get, upgrade = start(service, "/v1/service") + b"\r\n", start(service, "/v1/ws") + UPGRADE + b"\r\n"
    for requests in (get + upgrade, get + get + upgrade + get):
        async with connected(service.port) as (reader, writer):
            assert status(await asked(reader, writer, requests)) == 200
            assert b" 101 " not in await reader.read()
    async with connected(service.port) as kept:
        assert status(await asked(*kept, get)) == 200
        await asyncio.sleep(4 * limits.http_idle_crowded_s)
        assert status(await asked(*kept, get)) == 200, "none that ended does count"


async def test_an_upgrade_behind_an_answered_request_lasts(
    service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "http_idle_s", 0.2)
    async with connected(service.port) as (reader, writer):
        assert status(await asked(reader, writer, start(service, "/v1/service") + b"\r\n")) == 200
        assert status(await asked(reader, writer, start(service, "/v1/ws") + UPGRADE + b"\r\n")) == 101
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.6):
                await reader.read(1)
