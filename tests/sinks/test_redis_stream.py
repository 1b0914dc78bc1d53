"""The sink of relation events in a Redis stream, and the consumer of the documents, which deduplicates."""

import asyncio
import json
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from messaging.sinks.redis_stream import FIELD, STREAM, RedisStreamSink
from tests.support.redis import RedisServer, redis_of_its_own

pytestmark = pytest.mark.slow

_CONSUMER = Path(__file__).parents[2] / "docs/examples/consume_events.py"


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with redis_of_its_own() as server:
        yield server


def _envelopes(first: int, last: int) -> list[bytes]:
    return [json.dumps({"id": f"r/{n}", "type": "fr.pli.relation.solicited.1"}).encode() for n in range(first, last)]


async def test_events_are_there_whole_and_in_order(redis: RedisServer) -> None:
    sink = RedisStreamSink(redis.url)
    await sink.write(_envelopes(0, 3))
    await sink.write(_envelopes(3, 500))
    await sink.close()
    lines = redis.cli("--raw", "xrange", STREAM, "-", "+").splitlines()
    assert lines[1::3] == [FIELD] * 500
    assert [line.encode() for line in lines[2::3]] == _envelopes(0, 500)


async def test_a_server_that_is_away_is_said_and_comes_back(redis: RedisServer) -> None:
    sink = RedisStreamSink(redis.url)
    redis.kill()
    with pytest.raises((RedisError, OSError)):
        await sink.write(_envelopes(0, 1))
    redis.start()
    await sink.write(_envelopes(0, 1))
    assert not await sink.check()
    redis.cli("config", "set", "appendonly", "yes")
    assert await sink.check()
    await sink.close()


async def test_consumers_that_die_and_events_that_come_twice_are_counted_once(
    redis: RedisServer, tmp_path: Path
) -> None:
    sink = RedisStreamSink(redis.url)
    for first in (0, 0, 100, 0):  # the same batch thrice
        await sink.write(_envelopes(first, first + 100))
    await sink.close()
    books = tmp_path / "events.sqlite3"
    command = [sys.executable, "-W", "error", str(_CONSUMER), redis.url, str(books), "one"]
    for lives_s in (0.2, 0.4, None):  # killed before its first event, or in the middle; then it may end
        process = await asyncio.create_subprocess_exec(*command)
        if lives_s is not None:
            await asyncio.sleep(lives_s)
            process.kill()
        code = await process.wait()
    assert code == 0
    with sqlite3.connect(books) as database:
        done = {row[0] for row in database.execute("SELECT id FROM done")}
    database.close()
    assert done == {f"r/{n}" for n in range(200)}
    assert "pending\n0\n" in redis.cli("--raw", "xinfo", "groups", STREAM)


async def test_what_a_dead_consumer_took_is_taken_over_and_the_stream_keeps_what_a_group_did_not_have(
    redis: RedisServer, tmp_path: Path
) -> None:
    sink = RedisStreamSink(redis.url)
    await sink.write(_envelopes(0, 150))
    await sink.close()
    for group in ("counting", "others"):
        redis.cli("xgroup", "create", STREAM, group, "0")
    redis.cli("xreadgroup", "group", "counting", "gone", "count", "120", "streams", STREAM, ">")
    redis.cli("xreadgroup", "group", "others", "slow", "count", "50", "streams", STREAM, ">")
    books = tmp_path / "events.sqlite3"

    async def run(idle_s: str) -> tuple[int, int]:
        """How many events are counted, and how many are kept, then."""
        command = [sys.executable, "-W", "error", str(_CONSUMER), redis.url, str(books), "one", idle_s]
        process = await asyncio.create_subprocess_exec(*command)
        assert await process.wait() == 0
        with sqlite3.connect(books) as database:
            ((done,),) = database.execute("SELECT count(*) FROM done")
        database.close()
        return done, int(redis.cli("xlen", STREAM))

    assert await run("60") == (30, 150)
    assert await run("0") == (150, 150)
    entries = redis.cli("--raw", "xrange", STREAM, "-", "+").splitlines()[::3]
    redis.cli("xack", STREAM, "others", *entries[:20])
    assert await run("0") == (150, 130)
    redis.cli("xgroup", "destroy", STREAM, "others")
    assert await run("0") == (150, 1)
