"""A transport without room: who takes enough is waited for, who takes next to nothing is not."""

import asyncio
from itertools import count

import pytest

from messaging.connection.stall import StallWatch
from messaging.domain import limits
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "write_stall_s", 0.02)


@pytest.mark.parametrize("taken", [0, 1, limits.write_progress_bytes_min - 1])
async def test_too_little_is_a_stall(taken: int) -> None:
    unsent = count(10**9, -taken)
    stalled = asyncio.Event()
    StallWatch(lambda: next(unsent), stalled.set).start()
    await asyncio.wait_for(stalled.wait(), 20)


async def test_enough_is_waited_for_as_long_as_it_goes_on() -> None:
    asked, progress = 0, limits.write_progress_bytes_min
    stalled = asyncio.Event()

    def unsent() -> int:
        nonlocal asked
        asked += 1
        return 10**9 - min(asked, 12) * progress

    StallWatch(unsent, stalled.set).start()
    await until(lambda: asked > 10)
    assert not stalled.is_set()
    await asyncio.wait_for(stalled.wait(), 20)
