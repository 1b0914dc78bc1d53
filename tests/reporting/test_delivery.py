"""How events come changes no figure: in any order, repeated, with torn lines, through the store and its restarts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from messaging.ports import OutboxRow
from messaging.relations import facts
from messaging.relations.relay import Relay
from messaging.reporting.publication import PeriodKind
from messaging.services import reporting
from messaging.services.reporting import PublishedCell
from messaging.store import KeyRing, SqlStore, create_store, migrate
from tests.relations.test_relay import Sink
from tests.reporting.events import FIRST, NOW, SOURCE, cohorts, every_figure, figures, lines, rows, shuffled

RELATIONS = 700


@pytest.mark.slow
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32), repeated=st.floats(0, 0.5))
def test_order_and_repetition_change_nothing(seed: int, repeated: float) -> None:
    told = lines(rows(RELATIONS))
    again = shuffled(told, seed)[: int(len(told) * repeated)]
    strange = [b'{"id": "torn', b'{"id":"x-1","type":"fr.pli.relation.later","subject":"x","time":"","data":{}}']
    assert cohorts(figures(shuffled([*told, *again, *strange], seed + 1))) == cohorts(figures(told))


@pytest.mark.slow
def test_an_event_that_is_missing_changes_something() -> None:
    told = lines(rows(RELATIONS))
    fewer = [line for line in told if b"identities.revealed" not in line]
    assert cohorts(figures(fewer)) != cohorts(figures(told))


@pytest.mark.slow
def test_a_correction_counts_wherever_it_comes() -> None:
    of = rows(RELATIONS)
    revealed = [row for row in of if row.type == facts.IDENTITIES_REVEALED]
    voided = lines([facts.corrected(row.subject, 900, row.at, row.n, None) for row in revealed])
    without = lines([row for row in of if row.type != facts.IDENTITIES_REVEALED])
    assert cohorts(figures([*voided, *lines(of)])) == cohorts(figures(without))
    gone = cohorts(figures([*lines(of), *lines(never_opened(of, FIRST))]))
    assert {cell.value for cell in gone if cell.measure in ("contacts", "projects")} == {0}


@pytest.mark.slow
async def test_the_store_counts_what_the_events_say(database_url: str) -> None:
    """Its relay stops and starts, its sink gets some twice; what was published stays, whatever comes later."""
    of = rows(RELATIONS)
    await migrate(database_url)
    store, sink = await opened(database_url), Sink()
    async with store.transaction() as tx:
        await tx.outbox.append(of)
    sink.refuses = True
    with pytest.raises(OSError, match="disk full"):
        await Relay(store, sink, SOURCE).move_batch()
    sink.refuses = False
    await Relay(store, sink, SOURCE).move_batch()
    assert await reporting.publish_due(store, NOW) == [], "what waits could be of any period"
    await store.close()

    store = await opened(database_url)
    await drained(store, sink)
    made = await reporting.publish_due(store, NOW)
    told = await published(store)
    counted = [
        PublishedCell(period.kind, *structs.astuple(cell))
        for period, cells in figures(lines(of)).items()
        for cell in cells
    ]
    assert len(made) > 30
    assert {named(cell): cell.value for cell in told} == {named(cell): cell.value for cell in counted}
    assert {cell.kind for cell in told} >= {PeriodKind.MONTH, PeriodKind.WAITING}

    async with store.transaction() as tx:
        await tx.outbox.append(never_opened(of, NOW))
    await drained(store, sink)
    assert await reporting.publish_due(store, NOW) == []
    assert await published(store) == told
    await store.close()


def named(cell: PublishedCell) -> tuple[str, ...]:
    return cell.kind.value, cell.period, cell.table, cell.row, cell.column, cell.measure


def never_opened(of: list[OutboxRow], at: int) -> list[OutboxRow]:
    return [facts.corrected(row.subject, 950, at, 0, None) for row in of if row.n == 0]


async def opened(url: str) -> SqlStore:
    store = create_store(url, KeyRing.generate(lambda count: bytes(range(count))), lambda count: bytes(range(count)))
    await store.start()
    return store


async def drained(store: SqlStore, sink: Sink) -> None:
    while await Relay(store, sink, SOURCE).move_batch():
        pass


async def published(store: SqlStore) -> list[PublishedCell]:
    """What stands, and not of what of it something was corrected since."""
    async with store.reading() as tx:
        return [cell for cell in await every_figure(tx) if cell.table != "corrected"]
