"""The platform's key set when it cannot be read: the log says so, and nobody fetches for each token."""

import asyncio
import logging
from pathlib import Path

import jwt
import pytest

from messaging.demo.idp import ISSUER
from messaging.domain.errors import Busy, Unauthenticated
from messaging.identity.jwks import JwksVerifier

SECOND_MS = 1_000
WARNING = "cannot be read as a JWK set"


def token(kid: str) -> str:
    return jwt.encode({"sub": "x"}, "s" * 32, headers={"kid": kid})


class Platform:
    """A key set that is there or not, a clock that stands, and how often it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0
        self.asked = 0
        self.text: str | None = None
        self.verifier = JwksVerifier(Path("jwks.json"), ISSUER, "pli", lambda: self.now)
        monkeypatch.setattr(self.verifier, "_text", self._answer)

    async def _answer(self) -> str:
        self.asked += 1
        await asyncio.sleep(0)
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


@pytest.mark.parametrize("text", ["", "[]", "null", "5", '{"keys": 5}', "[" * 100_000])
async def test_what_is_no_key_set(platform: Platform, text: str) -> None:
    platform.text = text
    assert await platform.refused() is Busy
