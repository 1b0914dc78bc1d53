"""Tokens that the platform did not sign for us."""

from base64 import urlsafe_b64encode

import msgspec
import pytest

from tests.hostile.raw_http import exchange, head, status
from tests.support.server import RunningService
from tests.support.world import World

pytestmark = [pytest.mark.hostile, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


def jwt_of(header: object, payload: bytes = b"e30", signature: bytes = b"AAAA") -> str:
    encoded = urlsafe_b64encode(msgspec.json.encode(header)).rstrip(b"=")
    return b".".join((encoded, payload, signature)).decode()


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "none", "kid": "KID"},
        {"alg": "HS256", "kid": "KID"},
        {"alg": "RS256", "kid": "KID"},
        {"alg": ["EdDSA"], "kid": "KID"},
        {"alg": None, "kid": "KID"},
        {"alg": "EdDSA", "kid": "KID"},
        {"alg": "EdDSA", "kid": 5},
        {"alg": "EdDSA", "kid": {"a": 1}},
        {"alg": "EdDSA", "kid": "KID", "crit": ["b64"], "b64": False},
        {"alg": "EdDSA", "kid": "KID", "jwk": {"kty": "OKP"}, "jku": "https://evil.example/keys"},
        [],
        "EdDSA",
        nested(400),
    ],
)
async def test_tokens_that_nobody_signed(service: RunningService, world: World, header: object) -> None:
    if isinstance(header, dict) and header.get("kid") == "KID":
        header = {**header, "kid": service.idp.jwks()["keys"][0]["kid"]}
    answer = await world.request("GET", "/v1/account", jwt_of(header))
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("token", ["x", "..", "a.b.c", "é.é.é", "A" * 20_000, "[" * 8_000, "\x7f" * 10])
async def test_tokens_that_are_none(service: RunningService, token: str) -> None:
    request = head(service, "GET /v1/account", f"Authorization: Bearer {token}")
    assert status(await exchange(service.port, request)) in (400, 401)


async def test_a_deep_token_is_only_a_bad_one(service: RunningService) -> None:
    deep = urlsafe_b64encode(b'{"alg":"EdDSA","x":' + b"[" * 2_900 + b"]" * 2_900 + b"}").rstrip(b"=").decode()
    request = head(service, "GET /v1/account", f"Authorization: Bearer {deep}.e30.AAAA")
    assert status(await exchange(service.port, request)) == 401


async def test_a_token_of_another_audience_or_time(service: RunningService, world: World) -> None:
    """An attestation is signed by the same key, and is no access token."""
    attestation = service.idp.attestation(bytes(32), {"insee": "22001"})
    answer = await world.request("GET", "/v1/account", attestation)
    assert answer.json()["code"] == "unauthenticated"
