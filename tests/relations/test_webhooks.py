"""Deliveries to webhooks: nothing lost, in order per relation, whatever the consumer does and whoever dies."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from messaging.domain import limits
from messaging.ports import OutboxRow, WebhookRefusedError
from messaging.relations import facts
from messaging.relations.relay import Relay
from messaging.relations.webhooks import WebhookSender, pause_ms
from messaging.store import KeyRing, SqlStore, create_store, migrate
from tests.relations.test_relay import Sink
from tests.support.waiting import until

pytestmark = pytest.mark.slow

DAY_MS = 86_400_000


class Consumers:
    """Two endpoints that keep what they take; `answers` of one: how each next post ends."""

    names: Sequence[str] = ("crm", "lake")

    def __init__(self) -> None:
        self.took: dict[str, list[str]] = {name: [] for name in self.names}
        self.tried: list[tuple[str, str]] = []
        self.fails: set[str] = set()
        self.breaks: set[str] = set()
        self.gone: set[str] = set()
        self.hangs: dict[str, asyncio.Event] = {}

    async def post(self, name: str, webhook_id: str, event: bytes) -> bool:
        self.tried.append((name, webhook_id))
        assert f'"id":"{webhook_id}"'.encode() in event
        if name in self.hangs:
            await self.hangs[name].wait()
        if name in self.fails or webhook_id in self.fails:
            raise WebhookRefusedError("answered 500")
        if webhook_id in self.breaks:
            raise UnicodeError("label empty or too long")
        if name in self.gone:
            return False
        self.took[name].append(webhook_id)
        return True


class Scene:
    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.now = 1_790_000_000_000
        self.consumers = Consumers()
        self.sender = WebhookSender(store, self.consumers, lambda: self.now, lambda: 0.5)
        self.relay = Relay(
            store, Sink(), "https://m.example.org/events", webhooks=Consumers.names, clock=lambda: self.now
        )

    async def tell(self, rows: Sequence[OutboxRow]) -> None:
        async with self.store.transaction() as tx:
            await tx.outbox.append(rows)
        await self.relay.move_batch()

    async def send(self) -> None:
        while await self.sender.send_due():
            pass

    async def waits(self, *, dead: bool = False) -> list[str]:
        async with self.store.reading() as tx:
            return [
                f"{row.endpoint} {row.event_id[-1]} {row.says}" for row in await tx.webhooks.listed(0, 100, dead=dead)
            ]


@pytest.fixture
async def scene(database_url: str) -> AsyncIterator[Scene]:
    await migrate(database_url)
    store = create_store(database_url, KeyRing.generate(lambda count: bytes(range(count))), lambda count: bytes(count))
    await store.start()
    yield Scene(store)
    await store.close()


def events(subject: bytes, count: int) -> list[OutboxRow]:
    return [facts.message_accepted(subject * 16, n, 1_790_000_000_000, n % 2) for n in range(count)]


def ids(subject: bytes, *numbers: int) -> list[str]:
    return [f"{(subject * 16).hex()}-{n}" for n in numbers]


async def test_each_endpoint_gets_everything_in_order_per_relation(scene: Scene) -> None:
    await scene.tell(events(b"a", 4) + events(b"b", 3))
    await scene.send()
    for took in scene.consumers.took.values():
        assert [each for each in took if each in ids(b"a", *range(4))] == ids(b"a", 0, 1, 2, 3)
        assert [each for each in took if each in ids(b"b", *range(3))] == ids(b"b", 0, 1, 2)
    assert await scene.waits() == []


async def test_a_failure_holds_back_its_relation_and_nobody_else(scene: Scene) -> None:
    await scene.tell(events(b"a", 3) + events(b"b", 2))
    scene.consumers.fails = set(ids(b"a", 1))
    await scene.send()
    assert scene.consumers.took["crm"] == [*ids(b"a", 0), *ids(b"b", 0), *ids(b"b", 1)]
    assert "crm 1 answered 500" in await scene.waits()
    tried = len(scene.consumers.tried)
    await scene.send()
    assert len(scene.consumers.tried) == tried, "not before its pause is over"
    scene.consumers.fails.clear()
    scene.now += pause_ms(1, 0.5)
    await scene.send()
    assert scene.consumers.took["crm"][-2:] == ids(b"a", 1, 2)
    assert scene.consumers.tried.count(("crm", ids(b"a", 1)[0])) == 2, "under the same id"


async def test_a_post_that_breaks_is_an_attempt_of_its_delivery_alone(scene: Scene) -> None:
    await scene.tell(events(b"a", 2) + events(b"b", 2))
    scene.consumers.breaks = set(ids(b"a", 0))
    await scene.send()
    assert scene.consumers.took == {name: ids(b"b", 0, 1) for name in Consumers.names}
    assert "crm 0 could not be posted (UnicodeError)" in await scene.waits()
    for _ in range(12):
        scene.now += 7 * 3_600_000
        await scene.send()
    assert await scene.waits(dead=True) == [f"{name} 0 could not be posted (UnicodeError)" for name in Consumers.names]
    assert scene.consumers.took["crm"] == [*ids(b"b", 0, 1), *ids(b"a", 1)]


async def test_after_three_days_it_is_a_dead_letter_that_is_replayed(scene: Scene) -> None:
    await scene.tell(events(b"a", 2))
    scene.consumers.fails = set(ids(b"a", 0))
    for _ in range(30):
        await scene.send()
        scene.now += 6 * 3_600_000 + 3_600_000
    assert await scene.waits(dead=True) == ["crm 0 answered 500", "lake 0 answered 500"]
    assert scene.consumers.took["crm"] == ids(b"a", 1), "those behind it go on"
    tries = [each for each in scene.consumers.tried if each == ("crm", ids(b"a", 0)[0])]
    assert 5 < len(tries) < 30
    scene.consumers.fails.clear()
    async with scene.store.transaction() as tx:
        assert await tx.webhooks.replay("crm", scene.now) == 1
    await scene.send()
    assert scene.consumers.took == {"crm": ids(b"a", 1, 0), "lake": ids(b"a", 1)}


async def test_gone_disables_an_endpoint_until_it_is_enabled(scene: Scene) -> None:
    await scene.tell(events(b"a", 2))
    scene.consumers.gone = {"crm"}
    await scene.send()
    await scene.tell(events(b"b", 1))
    scene.now += 10 * DAY_MS
    await scene.send()
    assert [name for name, _ in scene.consumers.tried].count("crm") == 1
    assert scene.consumers.took["lake"] == [*ids(b"a", 0, 1), *ids(b"b", 0)]
    scene.consumers.gone.clear()
    async with scene.store.transaction() as tx:
        assert [name for name, _ in await tx.webhooks.disabled()] == ["crm"]
        assert await tx.webhooks.enable("crm", scene.now)
        assert not await tx.webhooks.enable("crm", scene.now)
    await scene.send()
    assert sorted(scene.consumers.took["crm"]) == sorted([*ids(b"a", 0, 1), *ids(b"b", 0)])


async def test_three_days_count_from_the_first_try(scene: Scene) -> None:
    """What waited for an endpoint that was disabled, for a worker, or behind a dead letter is tried for as long."""
    await scene.tell(events(b"a", 2))
    scene.consumers.fails = {"crm", *ids(b"a", 0)}
    await scene.send()
    scene.consumers.gone = {"crm"}
    scene.consumers.fails.discard("crm")
    scene.consumers.fails.discard(ids(b"a", 0)[0])
    scene.now += 6_000
    await scene.send()
    await scene.tell(events(b"b", 2))
    scene.now += 4 * DAY_MS
    scene.consumers.gone.clear()
    scene.consumers.fails = {"crm"}
    async with scene.store.transaction() as tx:
        assert await tx.webhooks.enable("crm", scene.now)
    await scene.send()
    assert await scene.waits(dead=True) == [], "one hiccup after it was enabled"
    assert "crm 0 answered 500" in await scene.waits()
    scene.now += 2 * DAY_MS
    await scene.send()
    assert await scene.waits(dead=True) == []
    scene.now += 2 * DAY_MS
    await scene.send()
    assert await scene.waits(dead=True) == ["crm 0 answered 500"] * 2
    assert "crm 1 answered 500" in await scene.waits(), "those behind them begin their own three days"
    scene.consumers.fails.clear()
    scene.now += 6_000
    await scene.send()
    assert scene.consumers.took["crm"] == [*ids(b"a", 1), *ids(b"b", 1)]


async def test_an_endpoint_that_hangs_delays_no_other(scene: Scene) -> None:
    hangs = asyncio.Event()
    scene.consumers.hangs = {"crm": hangs}
    await scene.tell([event for subject in range(40) for event in events(bytes([subject]), 2)])
    sending = asyncio.create_task(scene.sender.run())
    try:
        await until(lambda: len(scene.consumers.took["lake"]) == 80)
        assert [name for name, _ in scene.consumers.tried].count("crm") <= limits.webhooks_at_once
        hangs.set()
        await until(lambda: len(scene.consumers.took["crm"]) == 80)
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    assert scene.consumers.took["crm"].count(ids(b"\0", 0)[0]) == 1


async def test_who_dies_after_a_post_posts_again_under_the_same_id(scene: Scene) -> None:
    await scene.tell(events(b"a", 2))
    async with scene.store.transaction() as tx:
        taken = await tx.webhooks.take(["crm"], scene.now, scene.now + limits.webhook_lease_ms, 16)
    assert [row.event_id for row in taken] == ids(b"a", 0)
    await scene.send()
    assert scene.consumers.took["crm"] == [], "somebody may be posting it right now"
    scene.now += limits.webhook_lease_ms
    await asyncio.gather(scene.send(), scene.send())
    assert scene.consumers.took["crm"] == ids(b"a", 0, 1)


def test_the_pauses_grow_and_are_spread() -> None:
    assert [pause_ms(n, 0.5) for n in (1, 2, 9, 40)] == [5_000, 30_000, 21_600_000, 21_600_000]
    assert pause_ms(3, 0.0) == 90_000
    assert 149_000 < pause_ms(3, 0.999) < 150_000
