"""Contract of the Outbox: relation events on their way out."""

import asyncio

import pytest
from msgspec.structs import replace

from messaging.ports import OutboxRow, Transaction
from messaging.store.errors import Refused
from tests.contracts.store.world import World


@pytest.mark.parametrize("count", [1, 5, 200])
async def test_events_come_out_as_they_went_in_oldest_first(world: World, count: int) -> None:
    rows = [OutboxRow(world.raw(), n, "fr.pli.relation.solicited", 1_000 + n, b'{"n":%d}' % n) for n in range(count)]
    await world.commit(lambda tx: tx.outbox.append(rows))
    await world.commit(lambda tx: tx.outbox.append([]))

    taken = await world.commit(lambda tx: tx.outbox.take(1_000))

    assert [row for _, row in taken] == rows


async def test_what_was_taken_stays_until_it_is_deleted(world: World) -> None:
    rows = [_row(world, n) for n in range(6)]
    await world.commit(lambda tx: tx.outbox.append(rows))

    first = await world.commit(lambda tx: tx.outbox.take(4))
    assert first == await world.commit(lambda tx: tx.outbox.take(4))
    await world.commit(lambda tx: tx.outbox.delete([key for key, _ in first]))

    assert [row for _, row in await world.commit(lambda tx: tx.outbox.take(4))] == rows[4:]


async def test_a_key_is_never_used_again(world: World) -> None:
    keys: list[int] = []
    for n in range(3):
        await world.commit_each([n], lambda tx, i: tx.outbox.append([_row(world, i)]))
        (taken,) = await world.commit(lambda tx: tx.outbox.take(10))
        keys.append(taken[0])
        await world.commit_each([taken[0]], lambda tx, key: tx.outbox.delete([key]))

    assert keys == sorted(set(keys))


async def test_events_of_a_relation_come_out_in_commit_order_under_concurrent_writers(world: World) -> None:
    threads = [(await world.thread()) for _ in range(4)]
    relayed: list[OutboxRow] = []

    async def write(n: int) -> None:
        for _ in range(12):
            await world.say(threads[n % 4].thread)

    async def relay() -> None:
        while len(relayed) < 8 * 12:
            async with world.store.transaction() as tx:
                taken = await tx.outbox.take(7)
                relayed.extend(row for _, row in taken)
                await tx.outbox.delete([key for key, _ in taken])
            await asyncio.sleep(0.001)

    await asyncio.wait_for(asyncio.gather(relay(), *(write(n) for n in range(8))), timeout=60)

    for row in threads:
        assert [event.n for event in relayed if event.subject == row.subject] == list(range(24))


async def test_of_two_relays_at_once_one_gets_nothing(world: World) -> None:
    rows = [_row(world, n) for n in range(3)]
    await world.commit(lambda tx: tx.outbox.append(rows))
    delivered: list[OutboxRow] = []

    async def relay(tx: Transaction, _n: int) -> None:
        taken = await tx.outbox.take(10)
        await asyncio.sleep(0.02)
        delivered.extend(row for _, row in taken)
        await tx.outbox.delete([key for key, _ in taken])

    await world.race(range(3), relay)

    assert delivered == rows


async def test_who_took_what_another_relay_deleted_writes_nothing(world: World) -> None:
    rows = [_row(world, n) for n in range(3)]
    await world.commit(lambda tx: tx.outbox.append(rows))
    keys = [key for key, _ in await world.commit(lambda tx: tx.outbox.take(10))]
    await world.commit(lambda tx: tx.outbox.delete(keys[1:2]))

    async def forget(tx: Transaction) -> None:
        await tx.outbox.append([_row(world, 9)])
        await tx.outbox.delete(keys)

    with pytest.raises(Refused):
        await world.commit(forget)

    assert [row for _, row in await world.commit(lambda tx: tx.outbox.take(10))] == [rows[0], rows[2]]


async def test_an_event_exists_only_with_what_it_tells(world: World) -> None:
    row = await world.thread()

    with pytest.raises(ZeroDivisionError):
        async with world.store.transaction() as tx:
            await tx.threads.update([replace(row, relation_n=1)])
            await tx.outbox.append([_row(world, 0)])
            raise ZeroDivisionError

    assert await world.commit(lambda tx: tx.outbox.take(10)) == []


def _row(world: World, n: int) -> OutboxRow:
    return OutboxRow(world.raw(), n, "type", 1, b"{}")
