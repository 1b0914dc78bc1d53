"""Another column key: whoever seals at the switch is waited for, and pages reach every row once."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from messaging.domain.ids import MailboxId
from messaging.domain.vocabulary import MailboxKind
from messaging.ports import Transaction
from messaging.store import KeyRing, SqlStore, create_store, migrate, resealing
from messaging.store.errors import BadKeyRing
from messaging.store.sealing import Column
from messaging.store.tables import metadata
from messaging.wire.rest import Dimensions
from messaging.wire.types import Presentation

ONE = KeyRing({1: b"\x01" * 32}, 1, b"\x02" * 32)
TWO = KeyRing({1: b"\x01" * 32, 2: b"\x03" * 32}, 1, b"\x02" * 32)
SHOWN = Presentation("Commune", "Finistère")


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[SqlStore]:
    await migrate(database_url)
    opened = create_store(database_url, ONE, os.urandom)
    await opened.start()
    yield opened
    await opened.close()


async def seal_one(tx: Transaction, ref: str) -> None:
    await tx.mailboxes.put(ref, MailboxId(os.urandom(16)), MailboxKind.TERRITORY, SHOWN, Dimensions())


async def counted(store: SqlStore) -> dict[int, int]:
    return dict(await store.resealing().count(Column.MAILBOX_PRESENTATION))


async def test_the_switch_waits_for_whoever_seals_under_the_old_key(store: SqlStore) -> None:
    """Else a value could come under a key of which nothing is left by the count."""
    store.adopt_ring(TWO)
    async with store.transaction() as tx:
        await seal_one(tx, "before")
        switching = asyncio.create_task(store.resealing().use(2, instead_of=1))
        await asyncio.sleep(0.3)
        assert not switching.done()
    await switching
    async with store.transaction() as tx:
        await seal_one(tx, "after")
    assert await counted(store) == {1: 1, 2: 1}


async def test_pages_reach_every_row_and_leave_nothing(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resealing, "reseal_rows_max", 3)
    monkeypatch.setattr(resealing, "count_rows_max", 2)
    async with store.transaction() as tx:
        for number in range(10):
            await seal_one(tx, str(number))
    store.adopt_ring(TWO)
    work = store.resealing()
    await work.use(2, instead_of=1)
    after, pages = None, []
    while True:
        page = await work.page(Column.MAILBOX_PRESENTATION, 2, after)
        pages.append(page.resealed)
        after = page.last
        if after is None:
            break
    assert pages == [3, 3, 3, 1]
    assert await counted(store) == {2: 10}
    async with store.reading() as tx:
        found = await tx.mailboxes.find([str(number) for number in range(10)])
        alternatives = await tx.mailboxes.alternatives(list(found.values()), 1)
    assert list(alternatives.values()) == [[(SHOWN, 1)]] * 10


@pytest.mark.slow
async def test_a_row_that_somebody_holds_is_left_for_the_next_round(postgres_url: str) -> None:
    await migrate(postgres_url)
    store = create_store(postgres_url, TWO, os.urandom)
    await store.start()
    async with store.transaction() as tx:
        await seal_one(tx, "held")
    async with store.transaction() as tx:
        await store.resealing().use(2, instead_of=1)
        await seal_one(tx, "held")  # rewritten: held until the end of this transaction
        async with asyncio.timeout(30):
            assert (await store.resealing().page(Column.MAILBOX_PRESENTATION, 2, None)).resealed == 0
    assert await counted(store) == {2: 1}
    await store.close()


async def test_a_key_of_the_same_id_and_other_bytes_seals_nothing(store: SqlStore) -> None:
    store.adopt_ring(TWO)
    await store.resealing().use(2, instead_of=1)
    store.adopt_ring(KeyRing({1: b"\x01" * 32, 2: b"\x04" * 32}, 1, b"\x02" * 32))
    with pytest.raises(BadKeyRing, match="two places"):
        async with store.transaction() as tx:
            await seal_one(tx, "x")
    store.adopt_ring(ONE)
    with pytest.raises(BadKeyRing, match="lacks"):
        async with store.transaction() as tx:
            await seal_one(tx, "x")
    assert await counted(store) == {}


async def test_only_one_of_two_switches_is_made(store: SqlStore) -> None:
    store.adopt_ring(TWO)
    await store.resealing().use(2, instead_of=1)
    with pytest.raises(BadKeyRing, match="Another rotation"):
        await store.resealing().use(2, instead_of=1)


def test_every_sealed_column_is_a_column_whose_key_fits_its_place() -> None:
    """Bytes as they are, and numbers of one byte: the row key is the primary key, part by part."""
    for column in Column:
        table, name = column.value
        assert name in metadata.tables[table].c
        kinds = {type(key.type).__name__ for key in metadata.tables[table].primary_key.columns}
        assert kinds <= {"LargeBinary", "SmallInteger"}
