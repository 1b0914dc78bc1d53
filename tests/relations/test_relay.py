"""The relay delivers every committed relation event at least once, in order, and forgets none that a sink refused."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from messaging.domain import limits
from messaging.ports import OutboxRow, Store
from messaging.relations import facts
from messaging.relations.relay import Relay
from messaging.store import KeyRing, create_store, migrate

SOURCE = "https://messages.example.org/events"


class Sink:
    """Keeps what it is given; refuses as long as it is told to."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.refuses = False

    async def write(self, envelopes: Sequence[bytes]) -> None:
        if self.refuses:
            raise OSError("disk full")
        self.written += envelopes


class SlowSink(Sink):
    """Says when it is asked to write, and waits to be told that it may."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.may_write = asyncio.Event(), asyncio.Event()

    async def write(self, envelopes: Sequence[bytes]) -> None:
        self.asked.set()
        await self.may_write.wait()
        await super().write(envelopes)


def _entropy(count: int) -> bytes:
    return bytes(range(count))


@pytest.fixture
async def store(database_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    await migrate(database_url)
    opened = create_store(database_url, KeyRing.generate(_entropy), _entropy)
    await opened.start()
    yield opened
    await opened.close()


async def _commit(store: Store, rows: Sequence[OutboxRow]) -> None:
    async with store.transaction() as tx:
        await tx.outbox.append(rows)


def _rows(subject: bytes, count: int) -> list[OutboxRow]:
    return [facts.message_accepted(subject, n, 1_700_000_000_000 + n, n % 2) for n in range(count)]


async def test_moves_everything_once_in_order_and_forgets_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "outbox_batch_max", 500)
    await _commit(store, _rows(b"r" * 16, 700))
    sink = Sink()
    relay = Relay(store, sink, SOURCE)
    assert [await relay.move_batch() for _ in range(3)] == [500, 200, 0]
    ids = [json.loads(line)["id"] for line in sink.written]
    assert ids == [f"{(b'r' * 16).hex()}-{n}" for n in range(700)]


async def test_keeps_what_the_sink_refused(store: Store) -> None:
    await _commit(store, _rows(b"r" * 16, 3))
    sink = Sink()
    sink.refuses = True
    relay = Relay(store, sink, SOURCE)
    with pytest.raises(OSError, match="disk full"):
        await relay.move_batch()
    sink.refuses = False
    assert await relay.move_batch() == 3
    assert len(sink.written) == 3


async def test_a_stop_lets_the_batch_under_way_end(store: Store) -> None:
    """What the sink has got is not kept to be told again."""
    await _commit(store, _rows(b"r" * 16, 3))
    sink = SlowSink()
    running = asyncio.create_task(Relay(store, sink, SOURCE).run())
    await sink.asked.wait()
    running.cancel()
    await asyncio.sleep(0.05)
    sink.may_write.set()
    await asyncio.gather(running, return_exceptions=True)

    assert len(sink.written) == 3
    async with store.reading() as tx:
        assert await tx.outbox.take(10) == []


async def test_nothing_leaves_before_its_commit(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        async with store.transaction() as tx:
            await tx.outbox.append(_rows(b"r" * 16, 3))
            raise ZeroDivisionError
    sink = Sink()
    assert await Relay(store, sink, SOURCE).move_batch() == 0
    assert sink.written == []


async def test_an_envelope_is_a_cloud_event_without_text(store: Store) -> None:
    await _commit(store, [facts.engaged(b"r" * 16, 4, 1_700_000_000_123)])
    sink = Sink()
    await Relay(store, sink, SOURCE).move_batch()
    event = json.loads(sink.written[0])
    assert event == {
        "specversion": "1.0",
        "id": f"{(b'r' * 16).hex()}-4",
        "source": SOURCE,
        "type": "fr.pli.relation.engaged",
        "subject": (b"r" * 16).hex(),
        "time": "2023-11-14T22:13:20.123Z",
        "datacontenttype": "application/json",
        "dataschema": f"{SOURCE}/schemas/fr.pli.relation.engaged/1",
        "data": {},
    }
