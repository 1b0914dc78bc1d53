"""What comes before a request is one: heads that are too large, too slow, or no HTTP at all."""

import pytest

from messaging.domain import limits
from tests.hostile.raw_http import exchange, status
from tests.support.server import RunningService

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
