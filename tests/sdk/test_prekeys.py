"""Prekeys are refilled before they run out, and derive again from the mailbox's seed alone."""

from collections.abc import Callable

import httpx
import pytest

from messaging.e2ee.pseudonym import verify_own
from messaging.wire.rest import OwnTarget
from pli_client.errors import ProblemError
from pli_client.prekeys import batch_size, refill, refill_below
from tests.sdk.rig import HttpService, refusal
from tests.sdk.world import World

LOW, FULL, NEW = b"\x01" * 16, b"\x02" * 16, b"\x03" * 16


@pytest.fixture
def service() -> HttpService:
    made = HttpService()
    made.targets = [OwnTarget(LOW, refill_below - 1, 64), OwnTarget(FULL, refill_below, 64), OwnTarget(NEW, 0, 0)]
    return made


async def test_only_targets_that_run_low_are_refilled(service: HttpService) -> None:
    keys = World().town
    await refill(service.api(), keys)
    assert [target for target, _ in service.published] == [LOW.hex(), NEW.hex()]
    for (_, batch), first in zip(service.published, (64, 0), strict=True):
        assert [prekey.index for prekey in batch.prekeys] == list(range(first, first + batch_size))
        for prekey in batch.prekeys[:3]:
            verify_own(keys.roster.identity_sign, keys.mailbox, prekey.pk_sign, prekey.pk_kem, prekey.own)


async def test_no_two_prekeys_are_alike_and_each_derives_again(service: HttpService) -> None:
    keys = World().town
    await refill(service.api(), keys)
    first, second = (batch.prekeys for _, batch in service.published)
    published = [prekey.pk_sign for prekey in (*first, *second)]
    assert len(set(published)) == len(published)
    assert keys.prekeys(NEW, [7]) == [second[7]]


@pytest.mark.parametrize("code", ["conflict", "too_many"])
async def test_a_colleague_who_was_faster_is_no_error(
    service: HttpService, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(service, "_post_prekeys", _refusing(code))
    await refill(service.api(), World().town)


async def test_any_other_refusal_is_told(service: HttpService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_post_prekeys", _refusing("unverifiable"))
    with pytest.raises(ProblemError):
        await refill(service.api(), World().town)


def _refusing(code: str) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        return refusal(code, 409)

    return answer
