"""Sockets that vanish while their command runs: the command goes on, and nobody hears of its refusal."""

import asyncio
import gc
import logging
from collections.abc import Callable

import pytest

from messaging.domain.errors import NotFound
from messaging.pipeline import Pipeline
from messaging.services.outcome import Outcome


async def vanish(pipeline: Pipeline, end: Callable[[], Outcome[None]]) -> list[str]:
    """Cancels who waits for a use case, then lets the use case end like this; what had ended."""
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), []

    async def use_case(tx: object) -> Outcome[None]:
        begun.set()
        await may_end.wait()
        ended.append("ended")
        return end()

    waiting = asyncio.create_task(pipeline.run(use_case))
    await begun.wait()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    may_end.set()
    await pipeline.stop()
    gc.collect()
    await asyncio.sleep(0)
    return ended


def refuse() -> Outcome[None]:
    raise NotFound("unknown, or not yours")


def fail() -> Outcome[None]:
    raise ZeroDivisionError


async def test_a_use_case_outlives_who_asked_for_it(pipeline: Pipeline) -> None:
    assert await vanish(pipeline, lambda: Outcome(None)) == ["ended"]


async def test_a_refusal_that_nobody_hears_is_not_logged(pipeline: Pipeline, caplog: pytest.LogCaptureFixture) -> None:
    await vanish(pipeline, refuse)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_failure_that_nobody_hears_is_logged_once(pipeline: Pipeline, caplog: pytest.LogCaptureFixture) -> None:
    await vanish(pipeline, fail)
    assert [record.name for record in caplog.records if record.levelno >= logging.WARNING] == ["pli.pipeline"]
