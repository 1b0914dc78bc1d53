"""A frame of the second carrier that comes to another process finds its stream by what the service told the client."""

import asyncio
import hashlib
import json
import os
from pathlib import Path

import pytest

from messaging.app import system_clock
from messaging.domain.errors import NotFound
from messaging.fanout.shared import SharedHub
from tests.support.redis import redis_of_its_own
from tests.support.server import running_service
from tests.support.waiting import until
from tests.support.world import World, newcomer

pytestmark = [pytest.mark.hostile, pytest.mark.slow]


async def test_a_frame_finds_its_stream_from_another_process(postgres_url: str, tmp_path: Path) -> None:
    with redis_of_its_own() as redis:
        async with (
            running_service(postgres_url, tmp_path, redis_urls=[redis.url]) as running,
            World.made(running) as world,
        ):
            store = running.service.store
            key, monotonic = store.shared_key("pli/bulletin-key"), asyncio.get_running_loop().time
            other = SharedHub([redis.url], key, store, system_clock, os.urandom, monotonic=monotonic)
            await other.start()
            try:
                hub = running.service.hub
                assert isinstance(hub, SharedHub)
                await until(lambda: not other.deaf and not hub.deaf)
                async with world.stream(newcomer()) as stream:
                    of_stream = hashlib.sha256(stream.secret.encode()).digest()
                    place = other.neighbours.carriage.find(of_stream, stream.headers["pli-place"])
                    await other.neighbours.carriage.hand_over(place, of_stream, b'{"t":"threads","ref":7}')
                    assert json.loads(await stream.answer(7))["t"] == "threads"
                    with pytest.raises(NotFound):
                        other.neighbours.carriage.find(os.urandom(32), stream.headers["pli-place"])
            finally:
                await other.stop()
