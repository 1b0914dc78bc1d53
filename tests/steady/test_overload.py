"""Ten times as much as may wait for a commit, for two minutes: `busy` to whom it does not fit, each message answered,
none of those that were acknowledged lost or doubled, and all as ever ten seconds later.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import msgspec
import pytest
import pytest_asyncio

from bench.sealing import TEXT, seal
from messaging.domain import limits
from messaging.e2ee.message import parse_payload
from tests.faults.log_checker import assert_nothing, check_seqs
from tests.faults.stored_log import read_log
from tests.steady.crush import WANTED, Crush, Crushed, Writer
from tests.steady.ordinary import Ordinary
from tests.steady.own_time import OwnTime
from tests.support.processes import ServiceProcess
from tests.support.scale import scale
from tests.support.started import carried_out

pytestmark = [pytest.mark.hostile, pytest.mark.slow, pytest.mark.soak, pytest.mark.timeout(900)]

TIMES: Final = 10
SECONDS: Final = 120.0
SOCKETS: Final = TIMES * limits.writer_queue_max // WANTED
QUIET_S: Final = 3.0
RECOVERY_S: Final = 10.0
"""In the service's own time."""
LOOK_S: Final = 2.0
SLOWER: Final = 2.0
NOTICEABLE_MS: Final = 25.0
"""Below, nobody notices."""


@pytest_asyncio.fixture
async def service(sqlite_url: str, tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    """That lets one account write as much as all together may."""
    async with ServiceProcess(sqlite_url, tmp_path / "service") as running:
        yield running
        assert not running.tracebacks()


async def writers(ordinary: Ordinary) -> list[Writer]:
    pairs = await asyncio.to_thread(ordinary.town.pairs, SOCKETS // 2, 1, 1_000)
    url = f"ws://{ordinary.town.address}/v1/ws"
    made: list[Writer] = []
    for pair in pairs:
        for person, (author,) in zip(pair.people, pair.authors, strict=True):
            payload = seal(author, author.pseudonym.sign, TEXT)
            id_at = payload.index(parse_payload(payload).msg_id)
            hello = await asyncio.to_thread(ordinary.town.hello, person)
            made.append(Writer(url, hello, payload, id_at, len(made)))
    return made


async def crush(all_writers: list[Writer], seconds: float, file: Path) -> Crushed:
    given = msgspec.msgpack.encode(Crush(all_writers, seconds))
    done = await carried_out("tests.steady.crush", str(file), given=given)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2_000:]
    return msgspec.msgpack.decode(file.read_bytes(), type=Crushed)


async def recovered_ms(ordinary: Ordinary, enough_ms: float) -> list[float]:
    """The p99 of short looks, one after the other, until one is as low as that or the time is over."""
    seen: list[float] = []
    own = OwnTime(ordinary.pid)
    began = own.now()
    while own.now() - began < RECOVERY_S and min(seen, default=enough_ms + 1) > enough_ms:
        seen.append((await ordinary.talk(LOOK_S)).complete_p99_ms)
    return seen


async def test_ten_times_too_much(service: ServiceProcess, ordinary: Ordinary, tmp_path: Path) -> None:
    quiet = await ordinary.talk(QUIET_S)
    crushed = await crush(await writers(ordinary), SECONDS * scale(), tmp_path / "crushed")
    after_ms = await recovered_ms(ordinary, max(SLOWER * quiet.complete_p99_ms, NOTICEABLE_MS))
    await service.terminate()
    log = await read_log(service.database_url, tmp_path / "copy")
    print(len(crushed.acked), crushed.busy, quiet.complete_p99_ms, after_ms)
    stored = {event.msg_id: (event.thread, event.seq) for event in log.events}
    assert crushed.acked, "nothing went through"
    assert [ack for ack in crushed.acked if stored.get(ack[0]) != ack[1:]] == []
    assert max(Counter(event.msg_id for event in log.events if event.msg_id).values()) == 1
    assert_nothing(check_seqs(log))
    assert crushed.busy, "nobody was told to wait"
    assert (crushed.unanswered, crushed.closed) == (0, 0)
    assert after_ms[-1] <= max(SLOWER * quiet.complete_p99_ms, NOTICEABLE_MS)
