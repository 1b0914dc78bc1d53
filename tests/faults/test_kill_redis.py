"""Redis dies, hangs, or stays away under two processes and their senders: nothing is lost, and all hear in the end."""

import asyncio
import random
from pathlib import Path
from typing import Final

import pytest

from tests.faults.trial import ACKS, Trial, tried
from tests.support.redis import RedisServer, cluster_of_three
from tests.support.scale import scale, scaled

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.soak]

_SILENCE_S: Final = max(3.0, 30.0 * scale())
_LOST_S: Final = max(5.0, 60.0 * scale())


async def test_redis_may_die(postgres_url: str, tmp_path: Path, redis: RedisServer) -> None:
    dice = random.Random(30)

    async def breaks(trial: Trial) -> None:
        await asyncio.sleep(dice.uniform(0.0, 1.0))
        redis.kill()
        await trial.fleet.acked_more(ACKS)
        await asyncio.sleep(dice.uniform(0.0, 1.0))
        await asyncio.to_thread(redis.start)

    await tried("kill -9 of Redis", scaled(30), breaks, postgres_url, tmp_path, redis_urls=[redis.url])


async def test_redis_may_hang(postgres_url: str, tmp_path: Path, redis: RedisServer) -> None:
    dice = random.Random(10)

    async def breaks(trial: Trial) -> None:
        await asyncio.sleep(dice.uniform(0.0, 1.0))
        redis.pause()
        await asyncio.sleep(_SILENCE_S)
        await trial.fleet.acked_more(ACKS)
        redis.resume()

    fault = "Redis paused for 30 s (SIGSTOP)"
    await tried(fault, scaled(10), breaks, postgres_url, tmp_path, redis_urls=[redis.url])


async def test_a_node_of_the_cluster_may_be_lost(postgres_url: str, tmp_path: Path) -> None:
    """For good: what was said over its shards is looked up until the end."""
    with cluster_of_three() as nodes:
        left = [nodes[1]]

        async def breaks(trial: Trial) -> None:
            await asyncio.sleep(1.0)
            while left:
                left.pop().kill()
            await asyncio.sleep(_LOST_S)

        urls = [node.url for node in nodes]
        fault = "a node of a Redis Cluster of three lost for good"
        await tried(fault, 1, breaks, postgres_url, tmp_path, redis_urls=urls)
