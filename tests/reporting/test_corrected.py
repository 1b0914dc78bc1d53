"""The operator's corrections: told, in the audit log, counted from then on, and said beside what was published."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec
import pytest
import pytest_asyncio
from msgspec.structs import replace

from messaging.domain.errors import Busy, Conflict, Malformed, NotFound
from messaging.domain.vocabulary import ClosingReason, MailboxKind
from messaging.e2ee.audit import AuditLeaf, parse_leaf
from messaging.e2ee.encoding import u64
from messaging.e2ee.suite import SigningKey
from messaging.moderation.audit import Auditor
from messaging.ports import OutboxRow
from messaging.relations import facts
from messaging.relations.relay import Relay
from messaging.reporting.calendar import DAY_MS, Month
from messaging.reporting.publication import Period, PeriodKind, may_count
from messaging.services import corrections, reporting
from messaging.services.corrections import Correction, Data, Reason
from messaging.services.reporting import PublishedCell
from messaging.store import SqlStore, migrate
from messaging.store.outbox import Outbox
from messaging.wire.rest import Dimensions
from tests.contracts.store.world import World
from tests.relations.test_relay import Sink
from tests.reporting.events import SOURCE, every_figure
from tests.reporting.test_delivery import opened
from tests.support.postgres import PostgresServer
from tests.support.waiting import until

pytestmark = pytest.mark.slow

MAY = Month(2025, 5)
NOW = Month(2025, 12).begins
AUDITOR = Auditor(b"s" * 16, SigningKey(b"k" * 32))


def subject(number: int) -> bytes:
    return bytes([number]) * 16


def life(number: int) -> list[OutboxRow]:
    """A relation of a village and a project of their own, answered the next day and closed."""
    of, at = subject(number), MAY.begins + number * 3_600_000
    refs = {"territory_ref": f"{number:064x}", "project_ref": f"{number + 100:064x}"}
    place = Dimensions(population_tier="<500", departement="22", region="53")
    return [
        facts.solicited(of, 0, at, origin=MailboxKind.PROJECT, dimensions=place, refs=refs),
        facts.message_accepted(of, 1, at, 0),
        facts.message_accepted(of, 2, at + DAY_MS, 1),
        facts.engaged(of, 3, at + DAY_MS),
        facts.closed(of, 4, at + 2 * DAY_MS, 0, ClosingReason.HOUSING),
    ]


@dataclass
class Office:
    """Where the operator sits: a store whose relay runs when it is asked to."""

    store: SqlStore
    sink: Sink = field(default_factory=Sink)
    now: int = NOW

    async def relayed(self) -> None:
        while await Relay(self.store, self.sink, SOURCE).move_batch():
            pass

    def numbers(self, number: int) -> list[int]:
        """Of the relation's events, as they went out."""
        told = [msgspec.json.decode(line)["id"].rpartition("-") for line in self.sink.written]
        return [int(n) for of, _, n in told if of == subject(number).hex()]

    async def correct(
        self, number: int, n: int, data: Data | None, reason: Reason = Reason.MISTAKE, *, as_told: bool = False
    ) -> bool:
        wanted = Correction(n, data, reason, as_told)
        async with self.store.transaction() as tx:
            told = (await corrections.correct(tx, subject(number), wanted, AUDITOR, self.now)).answer
        await self.relayed()
        return told

    async def counts(self, number: int, n: int) -> Data | None:
        async with self.store.reading() as tx:
            return (await corrections.history(tx, subject(number)))[n].data

    async def figures(self) -> list[PublishedCell]:
        await reporting.publish_due(self.store, self.now)
        async with self.store.reading() as tx:
            return await every_figure(tx)


@pytest_asyncio.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    made = await opened_office(database_url)
    yield made
    await made.store.close()


async def opened_office(database_url: str) -> Office:
    await migrate(database_url)
    made = Office(await opened(database_url))
    async with made.store.transaction() as tx:
        await tx.outbox.append([row for number in range(1, 8) for row in life(number)])
    await made.relayed()
    return made


@pytest_asyncio.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    await migrate(database_url)
    store = await opened(database_url)
    yield World(store)
    await store.close()


async def test_a_correction_is_an_event_and_a_leaf(office: Office) -> None:
    assert await office.correct(1, 4, {"reason": "filled"})
    assert not await office.correct(1, 4, {"reason": "filled"}), "it counts so already"
    assert await office.correct(1, 4, None)
    assert await office.counts(1, 4) is None
    assert await office.correct(1, 4, {}, as_told=True)
    assert await office.counts(1, 4) == {"side": "initiator", "reason": "housing"}
    told = [line for line in office.sink.written if b"relation.corrected" in line]
    assert [line.partition(b'"data":')[2] for line in told] == [
        b'{"n":4,"data":{"side":"initiator","reason":"filled"}}}',
        b'{"n":4,"data":null}}',
        b'{"n":4,"data":{"side":"initiator","reason":"housing"}}}',
    ]
    ids = [f'"id":"{subject(1).hex()}-{n}"'.encode() for n in (5, 6, 7)]
    assert all(id_ in line for id_, line in zip(ids, told, strict=True))
    async with office.store.reading() as tx:
        leaves = [parse_leaf(leaf) for _, leaf in await tx.audit.leaves(0, 10)]
    assert leaves == [AuditLeaf(NOW, "corrected", about=subject(1) + u64(4), detail=b"mistake")] * 3


NO_EVENT: list[tuple[int, Data | None, type[Exception]]] = [
    (0, {"department": "48"}, Malformed),
    (0, {"departement": "4800"}, Malformed),
    (0, {"territory_ref": "ab" * 32}, Malformed),
    (0, {"origin_side": "nobody"}, Malformed),
    (1, {"human": "perhaps"}, Malformed),
    (4, {"reason": "Mme Quéré a déménagé"}, Malformed),
    (4, {"side": "third"}, Malformed),
    (9, None, NotFound),
]


async def test_what_no_event_could_say_is_refused(office: Office) -> None:
    for n, data, refused in NO_EVENT:
        with pytest.raises(refused):
            await office.correct(1, n, data)
    async with office.store.reading() as tx:
        assert await tx.audit.leaves(0, 10) == []
        assert await tx.book.corrections() == []


async def test_corrections_are_not_corrected_and_wait_for_what_is_on_its_way(office: Office) -> None:
    assert await office.correct(1, 1, None)
    with pytest.raises(Conflict):
        await office.correct(1, 5, None)
    with pytest.raises(NotFound):
        await office.correct(99, 0, None)
    async with office.store.transaction() as tx:
        await tx.outbox.append([facts.reopened(subject(2), 5, NOW, 0)])
    with pytest.raises(Busy):
        await office.correct(2, 0, None)
    await office.relayed()
    assert await office.correct(2, 0, None)


async def test_an_event_that_goes_out_meanwhile_keeps_its_number(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process relays the relation's last event while the correction asks whether one is on its way."""
    office = await opened_office(postgres_url)
    holds = Outbox.holds

    async def relayed_first(outbox: Outbox, of: bytes) -> bool:
        await office.relayed()
        return await holds(outbox, of)

    async with office.store.transaction() as tx:
        await tx.outbox.append([facts.reopened(subject(2), 5, NOW, 0)])
    monkeypatch.setattr(Outbox, "holds", relayed_first)
    assert await office.correct(2, 0, None)
    assert office.numbers(2) == list(range(7))
    await office.store.close()


async def test_of_two_corrections_at_once_one_waits_and_sees_the_other(
    postgres: PostgresServer, postgres_url: str
) -> None:
    office = await opened_office(postgres_url)
    async with office.store.transaction() as tx:
        await corrections.correct(tx, subject(2), Correction(0, None, Reason.TEST), AUDITOR, NOW)
        second = asyncio.create_task(office.correct(2, 1, None))
        await until(lambda: second.done() or "t" in postgres.sql("SELECT NOT granted FROM pg_locks"))
    with pytest.raises(Busy):
        await second
    await office.relayed()
    assert await office.correct(2, 1, None)
    assert office.numbers(2) == list(range(7))
    await office.store.close()


async def test_a_book_that_ends_elsewhere_than_its_conversation_is_not_corrected(world: World) -> None:
    row = await world.thread()
    started = facts.solicited(row.subject, 0, NOW, origin=MailboxKind.PROJECT, dimensions=Dimensions(), refs={})
    await world.commit(lambda tx: tx.book.append([started, facts.engaged(row.subject, 1, NOW)]))
    wanted = Correction(0, None, Reason.TEST)
    with pytest.raises(Conflict):
        await world.commit(lambda tx: corrections.correct(tx, row.subject, wanted, AUDITOR, NOW))
    await world.commit(lambda tx: tx.threads.update([replace(row, relation_n=2)]))
    assert (await world.commit(lambda tx: corrections.correct(tx, row.subject, wanted, AUDITOR, NOW))).answer
    ((_, told),) = await world.commit(lambda tx: tx.outbox.take(10))
    assert (told.type, told.n) == (facts.CORRECTED, 2)
    assert (await world.read(lambda tx: tx.threads.get([row.thread])))[row.thread].relation_n == 3


async def test_figures_count_what_is_right_and_say_what_was_published_before(office: Office) -> None:
    """Seven relations, one of a test account and one in another département, before the month is published; and one
    more of a test account before the year is. Its month less its year would be that one, so it stays in both.
    """
    assert await office.correct(1, 0, None, Reason.TEST)
    assert await office.correct(2, 0, {"departement": "29", "qualified_offer": "true"}, Reason.DIMENSION)
    assert (await office.counts(2, 0) or {})["qualified_offer"] is True
    office.now += DAY_MS
    before = await office.figures()
    assert contacts(before) == {"month 2025-05": 6}
    assert not [cell for cell in before if cell.table == "corrected"]

    office.now = Month(2026, 5).begins
    assert await office.correct(3, 0, None, Reason.TEST)
    office.now += DAY_MS
    after = await office.figures()
    assert contacts(after) == {"month 2025-05": 6, "year 2025": 6}
    marked = {f"{cell.kind} {cell.period}" for cell in after if cell.table == "corrected"}
    assert marked >= {"month 2025-05", "year 2025", "waiting 2025-05", "waiting 2025-10"}
    assert not marked & {"month 2025-06", "waiting 2026-04"}, "made since, or of other relations"
    assert set(map(str, before)) <= set(map(str, after)), "what was published stays"
    assert outcomes(after, "year 2025") == outcomes(after, "month 2025-05")


def contacts(cells: list[PublishedCell]) -> dict[str, float | None]:
    """Of the cohorts that there are."""
    found = [cell for cell in cells if (cell.table, cell.measure) == ("total", "contacts") and cell.value != 0]
    return {f"{cell.kind} {cell.period}": cell.value for cell in found}


def outcomes(cells: list[PublishedCell], of: str) -> dict[str, float | None]:
    wanted = ("contacts", "reciprocal", "identified", "answered_5", "answered_15")
    return {
        cell.measure: cell.value
        for cell in cells
        if f"{cell.kind} {cell.period}" == of and cell.table == "total" and cell.measure in wanted
    }


async def test_nothing_is_published_while_a_correction_waits(office: Office) -> None:
    wanted = Correction(0, None, Reason.TEST)
    async with office.store.transaction() as tx:
        await corrections.correct(tx, subject(1), wanted, AUDITOR, NOW)
    assert await reporting.publish_due(office.store, NOW) == []
    await office.relayed()
    assert await reporting.publish_due(office.store, NOW)


def test_which_publications_may_count_a_relation() -> None:
    at = Month(2025, 5).begins
    found = [
        Period(kind, name)
        for kind in PeriodKind
        for name in ("2024-12", "2025-04", "2025-05", "2025-06", "2025", "2024")
    ]
    counted = {
        (period.kind.value, period.name)
        for period in found
        if (period.kind in (PeriodKind.YEAR, PeriodKind.LATE) or "-" in period.name) and may_count(period, at)
    }
    assert counted == {
        *(("month", "2025-04"), ("month", "2025-05"), ("year", "2025-05"), ("year", "2025"), ("late", "2025-05")),
        *(("late", "2025"), ("waiting", "2025-05"), ("waiting", "2025-06")),
    }
