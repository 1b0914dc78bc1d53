"""The retention run: what its time has come for goes, and nothing else; a dry run says the same and changes nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import text

from messaging.app import system_clock
from messaging.domain import limits
from messaging.domain.ids import ThreadId
from messaging.domain.retention import DEFAULT_DAYS, Category, Schedule
from messaging.domain.vocabulary import Role
from messaging.services import retention
from messaging.wire.commands import Pull
from messaging.wire.platform import ErasureProof, ErasureRequest
from messaging.wire.rest import OwnTargets, TargetPut
from tests.canary.search import search
from tests.platform.conftest import Backend
from tests.platform.test_erasure import REF, files, opened
from tests.support.server import running_service
from tests.support.world import World, newcomer

pytestmark = pytest.mark.slow

DAY_MS = 86_400_000
SCHEDULE = Schedule(DEFAULT_DAYS)


class Time:
    """A clock that can be put forward."""

    def __init__(self) -> None:
        self.ahead = 0

    def __call__(self) -> int:
        return system_clock() + self.ahead


@pytest.fixture
def time() -> Time:
    return Time()


@pytest_asyncio.fixture
async def timed(database_url: str, tmp_path: Path, time: Time) -> AsyncIterator[Backend]:
    folder = tmp_path / "service"
    folder.mkdir()
    async with running_service(database_url, folder, clock=time) as service, World.made(service) as world:
        yield Backend(service, world, folder)


async def counts(backend: Backend) -> dict[str, int]:
    """The rows of each table. The outbox is left out: the worker empties it whenever it likes."""
    engine = backend.service.service.store._engine
    async with engine.connect() as connection:
        return {
            table: (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
            for table in (*retention.TABLES, "consent_register")
        }


async def run(backend: Backend) -> retention.RetentionReport:
    service = backend.service.service
    return await retention.apply(service.store, SCHEDULE, service.context.clock(), service.settings.backup_days)


async def rehearse(backend: Backend) -> retention.RetentionReport:
    service = backend.service.service
    return await retention.dry_run(service.store, SCHEDULE, service.context.clock())


async def test_nothing_that_is_young_goes(timed: Backend, time: Time) -> None:
    world = timed.world
    await opened(world)
    await world.ticket(world.mayor)
    await world.ask_seat(world.town, newcomer([world.town.claim(Role.DEPUTY)]))
    time.ahead = 20 * 3_600_000
    before = await counts(timed)
    report = await run(timed)
    assert {table: rows for each in report.categories.values() for table, rows in each.rows.items() if rows} == {}
    assert await counts(timed) == before


async def test_what_its_time_has_come_for_goes(timed: Backend, time: Time) -> None:
    world = timed.world
    initiator, _ = await opened(world)
    async with world.socket(world.holder) as socket:
        assert b'"t":"ok"' in await socket.ask(initiator.give(REF, time()))
    await world.ticket(world.mayor)
    await world.ask_seat(world.town, newcomer([world.town.claim(Role.DEPUTY)]))
    await timed.request("PUT", "targets", TargetPut("another listing", "town"), headers={"idempotency-key": "1"})
    await timed.ask("POST", "erasures", ErasureProof, ErasureRequest("nobody"))
    payload = initiator.payload("Rien d’autre")
    time.ahead = (DEFAULT_DAYS[Category.THREADS] + 1) * DAY_MS

    rehearsed = await rehearse(timed)
    before = await counts(timed)
    report = await run(timed)
    after = await counts(timed)

    assert await counts(timed) == after
    expected = {
        "tickets": {"tickets": 1},
        "answers": {"answers": 1},
        "erased_people": {"erased_people": 1},
        "pending_seats": {"seats": 1},
        "claims": {"prekeys": 1},
    }
    assert {name: report.categories[name].rows for name in expected} == expected
    assert {name: rehearsed.categories[name].rows for name in expected} == expected
    assert rehearsed.categories["threads"].rows == {"threads": 1}
    gone = report.categories["threads"].rows
    assert gone == {
        **{"events": 2, "wraps": 1, "positions": 2, "parties": 2, "escrow": 1, "cards": 1, "closings": 0, "threads": 1},
        **{"rotations": 0, "progress": 0, "shares": 0, "thirds": 0},
        **{f"moderation_{name}": 0 for name in ("cases", "decisions", "notices", "statements", "told", "unmaskings")},
    }
    assert (report.dry_run, rehearsed.dry_run) == (False, True)
    assert report.backups_expire_at == report.at + 30 * DAY_MS
    assert after["consent_register"] == before["consent_register"] == 1
    assert after["prekeys"] == before["prekeys"], "that an index was used is remembered"
    async with world.socket(world.mayor) as mayor:
        assert b"not_found" in await mayor.ask(Pull(ref=REF, thread=initiator.thread, after=0))
    assert search({"message": payload[-64:]}, files(timed.folder)) == []


async def test_a_used_prekey_forgets_who_claimed_it_and_stays_used(timed: Backend, time: Time) -> None:
    world = timed.world
    await opened(world)
    path = f"/v1/mailboxes/{world.town.mailbox.hex()}/targets"
    before = msgspec.json.decode(await world.expect(world.mayor, "GET", path), type=OwnTargets)
    time.ahead = 31 * DAY_MS
    await run(timed)
    assert msgspec.json.decode(await world.expect(world.mayor, "GET", path), type=OwnTargets) == before
    async with timed.service.service.store.reading() as tx:
        claimant = await tx.mailboxes.find([world.project.ref])
        assert await tx.targets.claims_since(claimant[world.project.ref], 0) == {}


async def test_many_conversations_go_in_small_transactions(
    timed: Backend, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "retention_threads_max", 2)
    monkeypatch.setattr(limits, "retention_batch_max", 2)
    world = timed.world
    lines = [(await opened(world))[0] for _ in range(4)]
    for _ in range(5):
        await world.ask_seat(world.town, newcomer([world.town.claim(Role.DEPUTY)]))
    time.ahead = (DEFAULT_DAYS[Category.THREADS] + 1) * DAY_MS
    async with world.socket(world.holder) as socket:
        assert b'"t":"ack"' in await socket.ask(lines[0].send(REF))

    report = await run(timed)

    assert report.categories["threads"].rows["threads"] == 3
    assert report.categories["pending_seats"].rows == {"seats": 5}
    async with timed.service.service.store.reading() as tx:
        left = await tx.threads.get([ThreadId(line.thread) for line in lines])
    assert list(left) == [lines[0].thread]


async def test_funders_hear_that_a_relation_ended(timed: Backend, time: Time) -> None:
    world = timed.world
    await opened(world)
    time.ahead = (DEFAULT_DAYS[Category.THREADS] + 1) * DAY_MS
    await run(timed)
    log = timed.service.service.settings.event_log
    for _ in range(100):
        lines = log.read_text().splitlines() if log.exists() else []
        types = [msgspec.json.decode(line)["type"] for line in lines]
        if "fr.pli.relation.purged" in types:
            break
        await asyncio.sleep(0.05)
    assert types[-1] == "fr.pli.relation.purged"
