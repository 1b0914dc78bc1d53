"""The platform's key set when it changes, or cannot be read: the log says so, and nobody fetches for each token."""

import asyncio
import json
import logging
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from messaging.demo.idp import ISSUER
from messaging.domain.errors import Busy, Unauthenticated
from messaging.identity.jwks import JwksVerifier

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
WARNING = "cannot be read as a JWK set"


def token(kid: str) -> str:
    return jwt.encode({"sub": "x"}, "s" * 32, headers={"kid": kid})


class Platform:
    """A key set that is there or not, a clock that stands but while it is asked, and how often it was."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0
        self.asked = 0
        self.takes_ms = 0
        self.text: str | None = None
        self.verifier = JwksVerifier(Path("jwks.json"), ISSUER, "pli", lambda: self.now)
        monkeypatch.setattr(self.verifier, "_text", self._answer)

    async def _answer(self) -> str:
        self.asked += 1
        await asyncio.sleep(0)
        self.now += self.takes_ms
        if self.text is None:
            raise OSError
        return self.text

    async def refused(self, kid: str = "a") -> type[BaseException] | None:
        try:
            await self.verifier.verify(token(kid))
        except Exception as error:
            return type(error)
        return None


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    return Platform(monkeypatch)


KEYS = '{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "b"}]}'


async def test_one_read_for_all_that_wait_and_one_line_in_the_log(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    platform.takes_ms = 5 * SECOND_MS  # as long as after a failure it is not asked again
    with caplog.at_level(logging.WARNING, "pli.identity"):
        assert set(await asyncio.gather(*(platform.refused() for _ in range(20)))) == {Busy}
    assert platform.asked == 1
    (line,) = caplog.messages
    assert line == "jwks.json cannot be read as a JWK set (OSError): tokens that it signs are refused"


async def test_it_is_read_again_five_seconds_after_a_failure_and_thirty_after_a_success(platform: Platform) -> None:
    for after_ms, asked in ((0, 1), (4 * SECOND_MS, 1), (5 * SECOND_MS, 2)):
        platform.now = after_ms
        assert await platform.refused() is Busy, "not Unauthenticated: nobody knows whose token it is"
        assert platform.asked == asked
    platform.text, platform.now = KEYS, 10 * SECOND_MS
    for after_ms, asked in ((10, 3), (39, 3), (40, 4)):
        platform.now = after_ms * SECOND_MS
        assert await platform.refused() is Unauthenticated
        assert platform.asked == asked


async def test_the_start_reads_it_once_and_keeps_no_token_waiting(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "pli.identity"):
        await platform.verifier.begin()
    assert [WARNING in line for line in caplog.messages] == [True]
    platform.text = KEYS
    assert await platform.refused() is Unauthenticated
    assert platform.asked == 2
    assert await platform.verifier.key_ids() == ["b"]


SIGNING = {kid: Ed25519PrivateKey.generate() for kid in ("old", "new")}


def key_set(*kids: str) -> str:
    return json.dumps(
        {"keys": [OKPAlgorithm.to_jwk(SIGNING[kid].public_key(), as_dict=True) | {"kid": kid} for kid in kids]}
    )


async def holds(platform: Platform, kid: str) -> type[BaseException] | None:
    """None: a token that this key signs now is accepted."""
    now = platform.now // 1_000
    claims = {"iss": ISSUER, "aud": "pli", "sub": "x", "iat": now, "exp": now + 60}
    try:
        await platform.verifier.verify(jwt.encode(claims, SIGNING[kid], algorithm="EdDSA", headers={"kid": kid}))
    except Exception as error:
        return type(error)
    return None


async def test_a_key_that_is_taken_out_holds_for_five_minutes(platform: Platform) -> None:
    platform.text = key_set("old", "new")
    assert await holds(platform, "old") is None
    platform.text = key_set("new")
    platform.now = 5 * MINUTE_MS - 1
    assert await holds(platform, "old") is None
    assert platform.asked == 1
    platform.now = 5 * MINUTE_MS
    assert await holds(platform, "old") is Unauthenticated
    assert [await holds(platform, "new") for _ in range(3)] == [None] * 3
    assert platform.asked == 2


async def test_keys_hold_for_an_hour_where_the_set_cannot_be_read(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    platform.text = key_set("old")
    assert await holds(platform, "old") is None
    platform.text, platform.now = None, 30 * MINUTE_MS
    with caplog.at_level(logging.WARNING, "pli.identity"):
        assert await asyncio.gather(*(holds(platform, "old") for _ in range(20))) == [None] * 20
    assert platform.asked == 2
    assert caplog.messages == ["jwks.json cannot be read as a JWK set (OSError): its keys hold for an hour"]
    platform.now = 60 * MINUTE_MS
    assert await holds(platform, "old") is Busy
    platform.text, platform.now = key_set("new"), 61 * MINUTE_MS
    assert await holds(platform, "old") is Unauthenticated
    assert await holds(platform, "new") is None


async def test_nobody_waits_for_a_set_that_is_read_again_but_who_reads_it(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.text = key_set("old")
    assert await holds(platform, "old") is None
    hangs = asyncio.Event()

    async def hung() -> str:
        await hangs.wait()
        raise OSError

    monkeypatch.setattr(platform.verifier, "_text", hung)
    platform.now = 5 * MINUTE_MS
    reading = asyncio.create_task(holds(platform, "old"))
    await asyncio.sleep(0)
    assert await asyncio.wait_for(holds(platform, "old"), 5) is None
    assert not reading.done()
    hangs.set()
    assert await reading is None


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "5", '{"keys": 5}', '{"keys": [{"kty": "RSA", "alg": ["x"]}]}', "[" * 100_000]
)
async def test_what_is_no_key_set(platform: Platform, text: str) -> None:
    platform.text = text
    assert await platform.refused() is Busy
