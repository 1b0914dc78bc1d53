"""Contract of the Store: all or nothing, committed data only, and no transaction left open."""

import asyncio
import contextlib
import sqlite3

import asyncpg
import pytest

from messaging.domain.ids import AccountId
from messaging.ports import Transaction
from messaging.store import StoreError
from tests.contracts.store.world import World, of_party

ISSUER = "https://platform.example"


async def test_an_exception_leaves_nothing_of_a_transaction(world: World) -> None:
    row = await world.thread()

    with pytest.raises(ZeroDivisionError):
        async with world.store.transaction() as tx:
            await tx.accounts.ensure(ISSUER, "gone", AccountId(world.raw()))
            await tx.events.append([world.event(row.thread, 1)])
            raise ZeroDivisionError

    assert await world.read(lambda tx: tx.accounts.find(ISSUER, "gone")) is None
    assert await world.read(lambda tx: tx.events.range(of_party(row, 0), 0, 10, 10**6)) == []


async def test_what_is_not_committed_is_not_read(world: World) -> None:
    """Nor waited for."""
    row = await world.thread()
    written, was_read = asyncio.Event(), asyncio.Event()

    async def write(tx: Transaction) -> None:
        await tx.events.append([world.event(row.thread, 1)])
        written.set()
        await asyncio.wait_for(was_read.wait(), 20)

    async def read() -> int:
        await written.wait()
        events = await world.read(lambda tx: tx.events.range(of_party(row, 0), 0, 10, 10**6))
        was_read.set()
        return len(events)

    _, seen = await asyncio.gather(world.commit(write), read())

    assert seen == 0


async def test_a_reading_is_of_one_moment(world: World) -> None:
    row = await world.thread()
    async with world.store.reading() as tx:
        before = (await tx.threads.get([row.thread]))[row.thread].head_seq
        saying = asyncio.create_task(world.say(row.thread))
        await asyncio.sleep(0.05)
        after = await tx.events.range(of_party(row, 0), 0, 10, 10**6)

    await saying
    assert (before, after) == (0, [])


async def test_a_reading_writes_nothing(world: World) -> None:
    with pytest.raises((sqlite3.OperationalError, asyncpg.ReadOnlySQLTransactionError)):
        await world.read(lambda tx: tx.accounts.ensure(ISSUER, "mado", AccountId(world.raw())))

    assert await world.read(lambda tx: tx.accounts.find(ISSUER, "mado")) is None
    assert await world.account()


async def test_a_refusal_inside_leaves_the_rest_of_the_transaction_whole(world: World) -> None:
    row = await world.thread()
    async with world.store.transaction() as tx:
        await tx.accounts.ensure(ISSUER, "mado", AccountId(world.raw()))
        assert await tx.accounts.ensure(ISSUER, "mado", AccountId(world.raw())) is not None
        await tx.events.append([world.event(row.thread, 1)])

    assert len(await world.read(lambda tx: tx.events.range(of_party(row, 0), 0, 10, 10**6))) == 1


async def test_a_transaction_that_the_database_broke_does_not_pass_for_committed(world: World) -> None:
    row = await world.thread()
    event = world.event(row.thread, 1)
    with pytest.raises(StoreError, match="broken by an earlier error"):
        async with world.store.transaction() as tx:
            await tx.accounts.ensure(ISSUER, "mado", AccountId(world.raw()))
            await tx.events.append([event])
            with contextlib.suppress(StoreError):
                await tx.events.append([event])

    assert await world.read(lambda tx: tx.events.range(of_party(row, 0), 0, 10, 10**6)) == []
    assert await world.read(lambda tx: tx.accounts.find(ISSUER, "mado")) is None


@pytest.mark.parametrize("step", range(12))
async def test_a_cancelled_transaction_is_whole_or_absent_and_blocks_nobody(world: World, step: int) -> None:
    row = await world.thread()
    events = [world.event(row.thread, seq) for seq in range(1, 101)]

    async def write(tx: Transaction) -> None:
        await tx.threads.lock([row.thread])
        await tx.events.append(events[:50])
        await tx.events.append(events[50:])

    task = asyncio.create_task(world.commit(write))
    await asyncio.sleep(0.001 * step)
    task.cancel()
    ended = await asyncio.gather(task, return_exceptions=True)

    # A writer that comes after it is not held up, and finds all of it or nothing.
    async with asyncio.timeout(20), world.store.transaction() as tx:
        await tx.threads.lock([row.thread])
        stored = await tx.events.range(of_party(row, 0), 0, 1_000, 10**6)
    assert stored in ([], events)
    assert stored == events or isinstance(ended[0], asyncio.CancelledError)


async def test_many_transactions_at_once_all_get_their_turn(world: World) -> None:
    threads = [(await world.thread()).thread for _ in range(10)]

    async with asyncio.timeout(60):
        await asyncio.gather(*(world.say(threads[n % 10]) for n in range(60)))

    rows = await world.read(lambda tx: tx.threads.get(threads))
    assert {row.head_seq for row in rows.values()} == {6}


async def test_the_service_id_is_drawn_once(world: World) -> None:
    before = (world.store.service_id, world.store.stream_epoch)
    await world.store.close()

    await world.store.start()

    assert (world.store.service_id, world.store.stream_epoch) == before
    assert len(before[0]) == 16


async def test_messages_wait_for_no_more_than_one_of_many_transactions(world: World) -> None:
    """When everybody comes back at once, the tickets of all of them want to be written."""
    order: list[str] = []

    async def another() -> None:
        async with world.store.transaction() as tx:
            await tx.threads.get([])
            order.append("another")

    async def message() -> None:
        async with world.store.appending():
            order.append("message")

    async with world.store.transaction():
        others = [asyncio.create_task(another()) for _ in range(20)]
        await asyncio.sleep(0.05)
        sent = asyncio.create_task(message())
        await asyncio.sleep(0.05)
    await asyncio.gather(*others, sent)
    assert len(order) == 21
    if world.store.exclusive:
        assert order.index("message") <= 1
