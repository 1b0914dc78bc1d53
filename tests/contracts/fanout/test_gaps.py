"""Gaps without end, as of clocks that differ or of others who write to Redis: no storm of sweeps, and none is lost."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import pairwise

import pytest

from messaging.domain import limits
from messaging.domain.errors import Busy
from messaging.fanout.bulletin import Bulletin, BulletinSeal
from messaging.fanout.shared import SharedHub
from tests.contracts.store.world import World
from tests.support.waiting import until

KEY = b"\x03" * 32
NOWHERE = "redis://127.0.0.1:1"
NOW = 1_800_000_000_000


@pytest.fixture
async def hub(world: World) -> SharedHub:
    """One that was not started: what it hears is put to its ear."""
    return SharedHub([NOWHERE], KEY, world.store, lambda: NOW, os.urandom, monotonic=asyncio.get_running_loop().time)


@pytest.fixture
async def sweeps(hub: SharedHub, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[float]]:
    """When each sweep began."""
    began: list[float] = []

    async def run(*, people: bool) -> None:
        began.append(asyncio.get_running_loop().time())

    monkeypatch.setattr(hub._sweep, "run", run)
    monkeypatch.setattr(hub._wire, "_deaf", set())
    monkeypatch.setattr(limits, "sweep_every_s", 600.0)
    monkeypatch.setattr(limits, "sweep_away_s", 0.4)
    task = asyncio.create_task(hub._sweep_forever())
    await until(lambda: len(began) == 1)
    yield began
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_gaps_without_end_make_few_sweeps_and_the_last_is_not_lost(hub: SharedHub, sweeps: list[float]) -> None:
    time = asyncio.get_running_loop().time
    start = time()
    while time() < start + 1.0:
        hub.hear(0, b"garbage")
        last = time()
        await asyncio.sleep(0.01)
    assert len(sweeps) <= 2 + (time() - start) / limits.sweep_away_s
    await until(lambda: sweeps[-1] >= last)


async def test_a_first_gap_does_not_wait(hub: SharedHub, sweeps: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "sweep_away_s", 600.0)
    hub.gap()
    await until(lambda: len(sweeps) == 2)


async def test_a_sweep_that_found_no_database_is_made_again_soon(
    hub: SharedHub, sweeps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*, people: bool) -> None:
        sweeps.append(asyncio.get_running_loop().time())
        raise Busy("the database is away")

    monkeypatch.setattr(hub._sweep, "run", fail)
    hub.gap()
    await until(lambda: len(sweeps) == 4)


@pytest.mark.parametrize("off_s", [-90, 90])
async def test_a_clock_that_is_off_is_an_error_told_once(
    hub: SharedHub, world: World, caplog: pytest.LogCaptureFixture, off_s: int
) -> None:
    seal = BulletinSeal(KEY, world.store.service_id, os.urandom)
    with caplog.at_level(logging.WARNING, "pli.fanout"):
        for n in range(1, 4):
            made = Bulletin(b"elsewhere", n=n, at=NOW + off_s * 1_000)
            hub.hear(0, seal.seal(0, made))
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert f"{off_s:+d} s" in record.getMessage()
    assert hub._sweeps.is_set()


async def test_while_deaf_it_is_looked_often_whatever_gaps_come(
    hub: SharedHub, sweeps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "sweep_deaf_s", 0.02)
    monkeypatch.setattr(limits, "sweep_away_s", 600.0)
    asked: list[int] = []
    monkeypatch.setattr(hub.neighbours.attendance, "gap", lambda: asked.append(1))
    monkeypatch.setattr(hub._wire, "_deaf", {3})
    hub.gap()
    await until(lambda: len(sweeps) == 4)
    hub.gap()
    await until(lambda: len(sweeps) == 8)
    assert len(asked) == 1, "the others are asked no more often than before"


async def test_what_was_to_be_asked_of_the_others_is_asked_later(
    hub: SharedHub, sweeps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(hub.neighbours.attendance, "gap", lambda: asked.append(1))
    monkeypatch.setattr(limits, "sweep_deaf_s", 0.02)
    monkeypatch.setattr(hub._wire, "_deaf", {3})
    hub.gap()
    await until(lambda: len(asked) == 1)
    hub.gap()
    await until(lambda: not hub._sweeps.is_set())
    monkeypatch.setattr(hub._wire, "_deaf", set())
    await until(lambda: len(asked) == 2)


async def test_long_sweeps_leave_time_between_them(
    hub: SharedHub, sweeps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(*, people: bool) -> None:
        sweeps.append(asyncio.get_running_loop().time())
        looked.append(people)
        await asyncio.sleep(0.05)

    looked: list[bool] = []
    monkeypatch.setattr(hub._sweep, "run", run)
    monkeypatch.setattr(limits, "sweep_deaf_s", 0.01)
    monkeypatch.setattr(limits, "sweep_deaf_share", 0.2)
    monkeypatch.setattr(limits, "sweep_away_s", 0.6)
    monkeypatch.setattr(hub._wire, "_deaf", {3})
    hub.gap()
    await until(lambda: len(sweeps) == 7)
    pauses = [later - earlier for earlier, later in pairwise(sweeps[1:])]
    assert min(pauses) > 0.25
    assert not all(looked), "seats are looked at less often"
    assert sum(looked) >= 2
