"""What comes before a request is one: heads that are too large, too slow, or no HTTP at all."""

import asyncio
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
