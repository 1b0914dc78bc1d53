"""Prekeys are refilled before they run out, and derive again from the mailbox's seed alone."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from messaging.e2ee.pseudonym import verify_own
from messaging.wire.rest import OwnTarget
from pli_client.errors import ProblemError
from pli_client.mailbox import Mailbox
from pli_client.prekeys import batch_size, refill, refill_below
from tests.sdk.rig import HttpService, ScriptedLink, refusal, runtime
from tests.sdk.test_engine import state
from tests.sdk.test_mailbox import nobody
from tests.sdk.test_seating import founder
from tests.sdk.world import Stream, World

LOW, FULL, NEW = b"\x01" * 16, b"\x02" * 16, b"\x03" * 16
EMPTY = OwnTarget(NEW, 0, 0)


@pytest.fixture
def service() -> HttpService:
    made = HttpService()
    made.targets = [OwnTarget(LOW, refill_below - 1, 64), OwnTarget(FULL, refill_below, 64), EMPTY]
    return made


async def stocked(service: HttpService) -> Mailbox:
    """A mailbox that was just taken up."""
    mayor = await founder(service)
    parts = runtime(ScriptedLink([], {}, 0), mayor.keeper, service)
    made = Mailbox(parts, mayor.seating, mayor.view, await mayor.read(), nobody)
    await made.maintain(mayor.view)
    return made


async def test_a_target_that_nobody_can_write_to_yet_is_filled_at_once_and_others_later(service: HttpService) -> None:
    await stocked(service)
    assert [target for target, _ in service.published] == [NEW.hex()]


async def test_each_target_that_runs_low_is_refilled_at_its_own_moment(
    service: HttpService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pli_client.prekeys.refill_within_s", 0.0)
    made = await stocked(service)
    for task in list(made._runtime.tasks._running):
        await task
    assert [target for target, _ in service.published] == [NEW.hex(), LOW.hex()]


async def test_a_thread_that_was_opened_refills_its_own_target_only(service: HttpService) -> None:
    made = await stocked(service)
    service.published.clear()
    world = World()
    world.target = LOW
    made.opened(state(world))
    async with asyncio.timeout(30):
        while not service.published:  # noqa: ASYNC110 - the service tells nobody
            await asyncio.sleep(0.01)
    assert [target for target, _ in service.published] == [LOW.hex()]


async def test_no_two_prekeys_are_alike_and_each_derives_again(service: HttpService) -> None:
    """Also where the service says twice that no index was used: it does not choose them."""
    keys, entropy = World().town, Stream("indices")
    for _ in range(2):
        await refill(service.api(), keys, EMPTY, entropy)
    first, second = (batch.prekeys for _, batch in service.published)
    published = {prekey.pk_sign for prekey in (*first, *second)}
    assert len(published) == 2 * batch_size
    assert keys.prekeys(NEW, [second[7].index]) == [second[7]]
    for prekey in first[:3]:
        verify_own(keys.roster.identity_sign, keys.mailbox, prekey.pk_sign, prekey.pk_kem, prekey.own)


@pytest.mark.parametrize("code", ["conflict", "too_many"])
async def test_a_colleague_who_was_faster_is_no_error(
    service: HttpService, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(service, "_post_prekeys", _refusing(code))
    await refill(service.api(), World().town, EMPTY, Stream())


async def test_any_other_refusal_is_told(service: HttpService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_post_prekeys", _refusing("unverifiable"))
    with pytest.raises(ProblemError):
        await refill(service.api(), World().town, EMPTY, Stream())


def _refusing(code: str) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        return refusal(code, 409)

    return answer
