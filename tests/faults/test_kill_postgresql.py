"""kill -9 of PostgreSQL itself under fifty senders: the service stays up, promises nothing it lost, and comes back.

And the control: a PostgreSQL that acknowledges before it wrote does lose what was promised, and that is found.
"""

import asyncio
import os
import random
import signal
import time
from pathlib import Path
from typing import Final

import pytest

from tests.faults.fleet import Fleet
from tests.faults.log_checker import check_promises, check_seqs, doubled, lost
from tests.faults.measured import Measured, keep
from tests.faults.senders import IN_FLIGHT
from tests.faults.stored_log import read_log
from tests.faults.trial import ACKS, Trial, tried
from tests.support.postgres import PostgresServer
from tests.support.processes import ServiceProcess
from tests.support.redis import RedisServer
from tests.support.scale import scaled

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.soak]

_LONGER_S_MAX: Final = 0.5
_WAL_WRITER: Final = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'"


class _Over(Exception):
    """Nobody waits for what was not acked."""


async def test_nothing_acknowledged_is_lost(own_postgres: PostgresServer, tmp_path: Path, redis: RedisServer) -> None:
    database_url, moment = own_postgres.url(own_postgres.create_database()), random.Random(2)

    async def breaks(trial: Trial) -> None:
        await trial.fleet.acked_more(ACKS)
        await asyncio.sleep(moment.uniform(0.0, _LONGER_S_MAX))
        own_postgres.kill()
        await asyncio.to_thread(own_postgres.start, same_port=True)

    # A batch whose commit nobody knows the end of is worth a failure in the log.
    await tried(
        "kill -9 of PostgreSQL", scaled(30), breaks, database_url, tmp_path, redis_urls=[redis.url], quiet=False
    )


@pytest.mark.parametrize("committing", ["on", "off"])
async def test_a_server_that_acknowledges_too_early_does_lose(
    own_postgres: PostgresServer, tmp_path: Path, committing: str
) -> None:
    """The control: a server that was told, under the feet of the service, to be careless. What it did not write is gone
    with it; its WAL writer, which would come by within 0.2 s, is held. Nobody else needs that one: not the server that
    writes before it acknowledges.
    """
    began, database_url = time.monotonic(), own_postgres.url(own_postgres.create_database())
    async with ServiceProcess(database_url, tmp_path / "service") as service:
        fleet = await Fleet.made([service], (await service.info()).service, pairs=2)
        own_postgres.sql(f"ALTER SYSTEM SET synchronous_commit = {committing}")
        own_postgres.sql("SELECT pg_reload_conf()")
        sending_since = time.monotonic()
        with pytest.raises(_Over):
            async with fleet.sending():
                await fleet.acked_more(ACKS)
                os.kill(int(own_postgres.sql(_WAL_WRITER)), signal.SIGSTOP)
                await fleet.acked_more(2 * IN_FLIGHT * len(fleet.senders))
                own_postgres.kill()
                sending_s = time.monotonic() - sending_since
                raise _Over
        await fleet.close()
        await asyncio.to_thread(own_postgres.start, same_port=True)
        log = await read_log(database_url, tmp_path / "copy")
    missed = lost(log, fleet.acked)
    if committing == "on":
        assert not missed
        return
    keep(
        Measured(
            fault="control: kill -9 of PostgreSQL with synchronous_commit=off, which must lose",
            times=1,
            clients=len(fleet.senders),
            acked=len(fleet.acked),
            per_s=round(len(fleet.acked) / sending_s, 1),
            lost=len(missed),
            doubled=len(doubled(log)),
            missing=len(check_seqs(log)),
            converged_s=None,
            seconds=round(time.monotonic() - began, 1),
        )
    )
    assert missed
    assert check_promises(log, fleet.acked, fleet.sent)
