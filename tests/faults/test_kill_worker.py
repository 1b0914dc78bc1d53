"""kill -9 of workers under senders, and consumers that die, refuse or hang: every relation event comes, in order.

Several workers share the outbox; one that is stopped while it holds locks keeps them, and nothing else. Consumers are a
stream of Redis and a webhook.
"""

import asyncio
import base64
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest
from redis.asyncio import Redis

from messaging.domain import limits
from messaging.sinks.redis_stream import FIELD, STREAM
from tests.faults.fleet import Fleet
from tests.faults.log_checker import assert_nothing, check_facts, check_promises, doubled, lost
from tests.faults.measured import Measured, keep
from tests.faults.stored_log import StoredLog, read_log
from tests.support.consumer import Consumer, consumer
from tests.support.processes import ServiceProcess, WorkerProcess
from tests.support.redis import RedisServer
from tests.support.scale import scaled

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.soak]

_WORKERS: Final = 2
_PAIRS: Final = 4
_PER_S: Final = 60.0
"""What one worker can post, one after the other in each relation, beside all that this machine does meanwhile."""
_ACKS_A_LIFE: Final = 40
_FAILS_S: Final = 1.5
_EMPTIED_S: Final = 600.0
_SECRET: Final = f"whsec_{base64.b64encode(bytes(24)).decode()}"


@pytest.fixture
def stream() -> Iterator[RedisServer]:
    server = RedisServer("--appendonly", "yes", "--appendfsync", "always")
    try:
        server.start()
        yield server
    finally:
        server.remove()


async def test_workers_may_die_and_consumers_hang(postgres_url: str, tmp_path: Path, stream: RedisServer) -> None:
    began, settings = time.monotonic(), {"PLI_EVENT_STREAM": stream.url}
    async with (
        consumer() as crm,
        ServiceProcess(postgres_url, tmp_path / "service", environment=settings, with_worker=False) as service,
    ):
        webhooks = tmp_path / "webhooks.json"
        webhooks.write_text(json.dumps([{"name": "crm", "url": f"http://127.0.0.1:{crm.port}/", "secrets": [_SECRET]}]))
        workers = [service.worker(webhooks=webhooks) for _ in range(_WORKERS)]
        fleet = await Fleet.made([service], (await service.info()).service, pairs=_PAIRS, per_s=_PER_S)
        kills, sending_since = scaled(50), time.monotonic()
        try:
            async with fleet.sending():
                await _failures(service, workers, webhooks, stream, crm, fleet, kills)
            ended = time.monotonic()
            await _emptied(postgres_url)
            emptied_s = time.monotonic() - ended
        finally:
            await fleet.close()
            for worker in workers:
                worker.kill()
        assert not workers[0].tracebacks()
        told = await _written(stream, tmp_path / "told")
    posted = tmp_path / "posted"
    posted.write_bytes(b"".join(body + b"\n" for body in crm.took))
    log = await read_log(postgres_url, tmp_path / "copy")
    wrong = check_facts(log, told) + check_facts(log, posted)
    keep(_measured(kills, log, fleet, wrong, (began, sending_since, ended), emptied_s, len(crm.posts) - len(crm.took)))
    assert_nothing(check_promises(log, fleet.acked, fleet.sent))
    assert_nothing(wrong)


async def _failures(
    service: ServiceProcess,
    workers: list[WorkerProcess],
    webhooks: Path,
    stream: RedisServer,
    crm: Consumer,
    fleet: Fleet,
    kills: int,
) -> None:
    dice = random.Random(50)
    ends = ["worker"] * kills + ["stream dies", "stream hangs", "webhook refuses", "webhook hangs"] * scaled(10)
    dice.shuffle(ends)
    for end in ends:
        await fleet.acked_more(_ACKS_A_LIFE)
        which = dice.randrange(_WORKERS)
        match end:
            case "worker":
                workers[which].kill()
                workers[which] = service.worker(webhooks=webhooks)
            case "stream dies":
                stream.kill()
                await fleet.acked_more(_ACKS_A_LIFE)
                await asyncio.to_thread(stream.start)
            case "stream hangs":
                workers[which].pause()
                stream.pause()
                await fleet.acked_more(_ACKS_A_LIFE)
                stream.resume()
                workers[which].resume()
            case _:
                crm.status = 500 if end == "webhook refuses" else None
                await asyncio.sleep(_FAILS_S)
                crm.status = 204


async def _emptied(database_url: str) -> None:
    """Waits until nothing waits any more."""
    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    waiting = "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM webhook_deliveries)"
    try:
        # What was refused again and again is tried after hours: here they are over. What a worker has now stays its.
        later = limits.webhook_lease_ms + time.time() * 1_000
        await connection.execute(
            "UPDATE webhook_deliveries SET next_at = 0 WHERE attempts > 0 AND next_at > $1", int(later)
        )
        async with asyncio.timeout(_EMPTIED_S):
            while await connection.fetchval(waiting):  # noqa: ASYNC110 - nothing tells of the end
                await asyncio.sleep(0.5)
    finally:
        await connection.close()


async def _written(stream: RedisServer, file: Path) -> Path:
    """What consumers of the stream read, one event a line."""
    async with Redis.from_url(stream.url, protocol=2) as client:
        entries: Any = await client.xrange(STREAM)
    file.write_bytes(b"".join(fields[FIELD.encode()] + b"\n" for _, fields in entries))
    return file


def _measured(
    kills: int,
    log: StoredLog,
    fleet: Fleet,
    wrong: list[str],
    times: tuple[float, float, float],
    emptied_s: float,
    failed_posts: int,
) -> Measured:
    began, sending_since, ended = times
    return Measured(
        fault="kill -9 of one of two workers; consumers that die, refuse or hang",
        times=kills,
        clients=len(fleet.senders),
        acked=len(fleet.acked),
        per_s=round(len(fleet.acked) / (ended - sending_since), 1),
        lost=len(lost(log, fleet.acked)),
        doubled=len(doubled(log)),
        missing=len(wrong),
        converged_s=None,
        seconds=round(time.monotonic() - began, 1),
        also={"outbox and webhooks empty after, s": round(emptied_s, 1), "posts that failed": failed_posts},
    )
