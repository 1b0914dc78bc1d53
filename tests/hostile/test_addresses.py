"""Addresses, names and handshakes that no client would use: there is one way to write each."""

import pytest

from messaging.wire.rest import ClaimRequest
from tests.hostile.raw_http import exchange, head, status
from tests.support.server import RunningService
from tests.support.world import Someone, World

pytestmark = [pytest.mark.hostile, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

NOT_FOUND = b'{"type":"/problems/not_found","title":"Introuvable","status":404,"code":"not_found","detail":'


@pytest.mark.parametrize(
    "path",
    [
        "/v1/mailboxes/{upper}/roster",
        "/v1/mailboxes/{id}%00/roster",
        "/v1/mailboxes/{id}%0a/roster",
        "/v1/mailboxes/%2e%2e/roster",
        "/v1/mailboxes/../{id}/roster",
        "/v1/mailboxes/{id}/./roster",
        "/v1/mailboxes/{id}/roster/",
        "/v1/mailboxes//{id}/roster",
        "//v1/mailboxes/{id}/roster",
        "/V1/mailboxes/{id}/roster",
        "/v1/mailboxes/{id}/roster%2f",
        "/v1/mailboxes/{id}/roster%3fx",
        "/v1/mailboxes/{id}/../../account",
        "/v1/mailboxes/+{id}/roster",
        "/v1/mailboxes/0x{id}/roster",
        "/v1/mailboxes/{id}{id}/roster",
        "/v1/mailboxes/{short}/roster",
        "/v1/mailboxes/{spaced}/roster",
        "/v1/mailboxes/{arabic}/roster",
        "/v1/mailboxes//roster",
        "/problems/%00",
        "/problems/..%2f..%2fetc%2fpasswd",
        "/problems/<script>",
        "/problems/",
        "/v1/nothing",
        "/.git/config",
        "*",
    ],
)
async def test_tricks_with_addresses_find_nothing(path: str, service: RunningService, world: World) -> None:
    """Also for who may read the roster: there is one way to write an address."""
    plain = world.town.mailbox.hex()
    spelt = path.format(
        id=plain,
        upper=plain.upper() if plain.upper() != plain else "A" * 32,
        short=plain[:-2],
        spaced="%20".join((plain[:16], plain[16:])),
        arabic="%D9%A1" * 32,
    )
    request = head(service, f"GET {spelt}", f"Authorization: Bearer {world.token(world.mayor)}")
    answer = await exchange(service.port, request)
    assert answer.startswith(b"HTTP/1.1 404")
    assert NOT_FOUND in answer


@pytest.mark.parametrize("line", ["DELETE /v1/vault", "POST /v1/service", "OPTIONS /v1/tickets", "TRACE /v1/account"])
async def test_methods_that_an_address_does_not_take(service: RunningService, line: str) -> None:
    answer = await exchange(service.port, head(service, line))
    assert b'"code":"malformed"' in answer


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1]", "127.0.0.1@evil.example"])
@pytest.mark.parametrize("path", ["/v1/service", "/healthz", "/v1/nothing"])
async def test_a_host_that_is_not_ours(service: RunningService, host: str, path: str) -> None:
    answer = await exchange(service.port, head(service, f"GET {path}", host=host))
    assert status(answer) == 400
    assert b'"code":"malformed"' in answer


UPGRADE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol: pli.v1",
)


@pytest.mark.parametrize(
    ("expected", "line", "host", "headers"),
    [
        (101, "GET /v1/ws", "127.0.0.1", UPGRADE),
        (403, "GET /v1/ws", "evil.example", UPGRADE),
        (403, "GET /v1/ws/", "127.0.0.1", UPGRADE),
        (403, "GET /v1/account", "127.0.0.1", UPGRADE),
        (403, "GET /v1/ws", "127.0.0.1", (*UPGRADE, "Origin: \xff\xfe")),
        (400, "GET /v1/ws", "127.0.0.1", (*UPGRADE, "Origin: https://a.example", "Origin: https://b.example")),
        (400, "GET /v1/ws", "127.0.0.1", UPGRADE[:3]),
        (400, "GET /v1/ws", "127.0.0.1", (*UPGRADE[:2], "Sec-WebSocket-Version: 8", *UPGRADE[3:])),
        (405, "POST /v1/ws", "127.0.0.1", UPGRADE),
        (404, "GET /v1/ws", "127.0.0.1", ()),
        (404, "GET /v1/ws", "127.0.0.1", ("Upgrade: h2c", "Connection: Upgrade")),
    ],
)
async def test_handshakes(
    service: RunningService, expected: int, line: str, host: str, headers: tuple[str, ...]
) -> None:
    assert status(await exchange(service.port, head(service, line, *headers, host=host))) == expected


async def test_a_claim_for_no_mailbox_of_mine_names_nothing(world: World, somebody: Someone) -> None:
    path = f"/v1/targets/{world.town.target.hex()}/claims"
    answer = await world.request("POST", path, world.token(somebody), ClaimRequest(world.project.mailbox))
    assert answer.content.startswith(NOT_FOUND)
