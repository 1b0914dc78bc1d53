"""The processes of the service die, or are replaced, while fifty senders write: what was acknowledged is there, once.

Two processes over PostgreSQL and Redis; and the only one, on SQLite, whose database is read after each life as the
process left it.
"""

import asyncio
import random
from pathlib import Path
from typing import Final

import pytest

from tests.faults.log_checker import assert_nothing, check_promises
from tests.faults.stored_log import read_log
from tests.faults.trial import ACKS, Trial, tried
from tests.support.redis import RedisServer
from tests.support.scale import scaled

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.soak]

_LONGER_S_MAX: Final = 0.8


async def test_of_two_processes_either_may_die(postgres_url: str, tmp_path: Path, redis: RedisServer) -> None:
    dice = random.Random(100)

    async def breaks(trial: Trial) -> None:
        process = dice.choice(trial.processes)
        await asyncio.sleep(dice.uniform(0.0, _LONGER_S_MAX))
        await process.kill()
        await process.start()
        trial.fleet.spread()
        await trial.fleet.acked_more(ACKS)

    fault = "kill -9 of one of two server processes"
    await tried(fault, scaled(100), breaks, postgres_url, tmp_path, redis_urls=[redis.url])


async def test_restarts_one_after_the_other(postgres_url: str, tmp_path: Path, redis: RedisServer) -> None:
    async def breaks(trial: Trial) -> None:
        for process in trial.processes:
            await process.terminate()
            await process.start()
            trial.fleet.spread()
            await trial.fleet.acked_more(ACKS)

    fault = "rolling restart of two server processes (SIGTERM)"
    await tried(fault, scaled(20), breaks, postgres_url, tmp_path, redis_urls=[redis.url])


async def test_the_only_process_may_die(sqlite_url: str, tmp_path: Path) -> None:
    """By kill -9 or, as by a deploy, by SIGTERM, in any order."""
    kills, terminations, dice = scaled(20), scaled(10), random.Random(20)
    ends = ["kill"] * kills + ["terminate"] * terminations
    dice.shuffle(ends)

    async def breaks(trial: Trial) -> None:
        (service,), fleet = trial.processes, trial.fleet
        await asyncio.sleep(dice.uniform(0.0, _LONGER_S_MAX))
        await (service.terminate() if ends and ends.pop() == "terminate" else service.kill())
        promised, sent = fleet.acked, fleet.sent
        log = await read_log(service.database_url, tmp_path / "left")
        assert_nothing(check_promises(log, promised, sent))
        await service.start()
        await fleet.acked_more(ACKS)

    fault = "kill -9, or SIGTERM, of the only server process, on SQLite"
    await tried(fault, len(ends), breaks, sqlite_url, tmp_path, processes=1)
