"""Bodies that no client would send: each gets a problem, and none is read beyond its bound."""

import json

import pytest

from messaging.domain import limits
from tests.hostile.raw_http import exchange, head, status
from tests.support.server import RunningService
from tests.support.world import Someone, World

pytestmark = [pytest.mark.hostile, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


async def put(world: World, path: str, person: Someone, body: bytes, method: str = "PUT") -> tuple[int, str]:
    """(status, problem code) of a body as it is."""
    headers = {"authorization": f"Bearer {world.token(person)}"}
    answer = await world.client.request(method, path, headers=headers, content=body)
    return answer.status_code, json.loads(answer.content)["code"]


BODIES = {
    "empty": b"",
    "NUL": b"\0" * 16,
    "not UTF-8": b'{"version":1,"blob":"\xff"}',
    "cut": b'{"version":1',
    "a list": b"[]",
    "null": b"null",
    "deep": b"[" * 60_000,
    "deep and closed": b'{"version":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "deep unknown field": b'{"x":' + b"[" * 30_000 + b"]" * 30_000 + b',"version":1,"blob":"","wraps":[]}',
    "missing fields": b'{"version":1}',
    "no wraps": b'{"version":1,"blob":"","wraps":[]}',
    "version 0": b'{"version":0,"blob":"","wraps":[{"method":"m","id":"AAAAAAAAAAAAAAAAAAAAAA==","blob":""}]}',
    "version of text": b'{"version":"1","blob":"","wraps":[{"method":"m","id":"AAAAAAAAAAAAAAAAAAAAAA==","blob":""}]}',
    "endless number": b'{"version":' + b"9" * 60_000 + b"}",
    "short id": b'{"version":1,"blob":"","wraps":[{"method":"m","id":"AAAA","blob":""}]}',
    "lone surrogate": (
        b'{"version":1,"blob":"","wraps":[{"method":"\\ud800","id":"AAAAAAAAAAAAAAAAAAAAAA==","blob":""}]}'
    ),
    "a form": b"version=1&blob=",
    "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
}


@pytest.mark.parametrize("name", list(BODIES))
async def test_bodies_that_are_not_what_is_asked_for(name: str, world: World, somebody: Someone) -> None:
    assert await put(world, "/v1/vault", somebody, BODIES[name]) == (400, "malformed")


@pytest.mark.parametrize(
    ("method", "path", "most"),
    [
        ("PUT", "/v1/vault", limits.vault_body_bytes_max),
        ("POST", f"/v1/mailboxes/{'0' * 32}/seats", limits.http_body_bytes_max),
        ("POST", f"/v1/mailboxes/{'0' * 32}/roster", limits.http_body_bytes_max),
        ("POST", f"/v1/targets/{'0' * 32}/prekeys", limits.prekey_body_bytes_max),
        ("POST", f"/v1/targets/{'0' * 32}/claims", limits.http_body_bytes_max),
        ("PUT", "/v1/platform/mailboxes", limits.http_body_bytes_max),
    ],
)
async def test_bodies_are_bounded(world: World, somebody: Someone, method: str, path: str, most: int) -> None:
    assert (await put(world, path, somebody, b" " * most, method))[0] == 400
    assert await put(world, path, somebody, b" " * (most + 1), method) == (413, "too_large")


async def test_a_body_without_end_is_cut(service: RunningService, world: World, somebody: Someone) -> None:
    request = head(
        service, "PUT /v1/vault", f"Authorization: Bearer {world.token(somebody)}", "Transfer-Encoding: chunked"
    )
    chunk = b"10000\r\n" + bytes(65_536) + b"\r\n"
    assert status(await exchange(service.port, request, *[chunk] * 200)) == 413


async def test_a_body_that_stops_halfway_is_no_error_of_ours(
    service: RunningService, world: World, somebody: Someone
) -> None:
    request = head(service, "PUT /v1/vault", f"Authorization: Bearer {world.token(somebody)}", "Content-Length: 1000")
    assert await exchange(service.port, request, b"{", end=True) == b""
