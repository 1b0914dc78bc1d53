"""Contract of Appending, the way of messages: what it reads is what is stored, and it stores all or nothing."""

import asyncio
import os
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from messaging.domain import limits
from messaging.domain.authorization import Grant, Operation
from messaging.domain.ids import MessageId, SeatId, ThreadId
from messaging.domain.relation import Safety
from messaging.ports import EventRow, OutboxRow, ThreadRow
from messaging.store import KeyRing, StoreError, create_store, migrate
from tests.contracts.store.world import World, of_mailbox, of_party


async def append(world: World, threads: Sequence[ThreadRow], events: Sequence[EventRow]) -> None:
    """As the writer does: the events, the heads moved to the last of them, and a fact each."""
    async with world.store.appending() as log:
        rows = await log.lock(sorted(row.thread for row in threads))
        heads = {event.thread: replace(rows[event.thread], head_seq=event.seq, head=world.raw(32)) for event in events}
        facts = [OutboxRow(rows[event.thread].subject, event.seq, "said", event.at, b"{}") for event in events]
        await log.store(events, list(heads.values()), facts)


async def stored(world: World, row: ThreadRow) -> list[EventRow]:
    return await world.read(lambda tx: tx.events.range(of_party(row, 0), 0, 10_000, 10**9))


@pytest.mark.parametrize("each", [1, 3, 90])
async def test_a_batch_is_stored_with_its_heads_and_facts(world: World, each: int) -> None:
    rows = [await world.thread() for _ in range(3)]
    for first in (1, 1 + each):
        await append(world, rows, [world.event(row.thread, first + n) for n in range(each) for row in rows])

    assert [len(await stored(world, row)) for row in rows] == [2 * each] * 3
    heads = await world.read(lambda tx: tx.threads.get([row.thread for row in rows]))
    assert {row.head_seq for row in heads.values()} == {2 * each}
    facts = await world.read(lambda tx: tx.outbox.take(10_000))
    assert [fact.n for _, fact in facts if fact.subject == rows[0].subject] == list(range(1, 2 * each + 1))


async def test_a_batch_may_have_no_facts(world: World) -> None:
    row = await world.thread()
    event = world.event(row.thread, 1)
    async with world.store.appending() as log:
        await log.store([event], list((await log.lock([row.thread])).values()), [])
    assert await stored(world, row) == [event]


async def test_what_was_only_looked_at_is_left_as_it_was(world: World) -> None:
    row, unknown = await world.thread(), world.thread_id()
    async with world.store.appending() as log:
        assert await log.lock(sorted([row.thread, unknown])) == {row.thread: row}
        assert await log.lock([]) == {}
        assert await log.active([]) == set()
        assert await log.find([]) == {}
    assert await stored(world, row) == []


async def found(world: World, row: ThreadRow, events: Sequence[EventRow]) -> list[EventRow]:
    """Those of the messages that a batch would find stored already."""
    async with world.store.appending() as log:
        await log.lock([row.thread])
        return list((await log.find([_key(event) for event in events])).values())


def _key(event: EventRow) -> tuple[ThreadId, int, MessageId]:
    assert event.msg_id is not None
    return event.thread, event.party, event.msg_id


async def test_messages_that_are_stored_already_are_found(world: World) -> None:
    row, other = await world.thread(), await world.thread()
    first, second = (world.event(row.thread, seq) for seq in (1, 2))
    await append(world, [row], [first])
    assert await found(world, row, [first, second]) == [first]
    await append(world, [row, other], [second, world.event(other.thread, 1)])
    assert await found(world, row, [first, second]) == [first, second]
    strangers = [
        replace(first, party=1 - first.party),
        replace(first, msg_id=MessageId(world.raw())),
    ]
    assert await found(world, row, strangers) == []


async def test_messages_that_came_another_way_are_found(world: World) -> None:
    """As they do where other processes write, or this one knew nothing of the thread."""
    row = await world.thread()
    mine = world.event(row.thread, 1)
    await append(world, [row], [mine])
    await found(world, row, [mine])
    others = [await world.say(row.thread) for _ in range(3)]
    assert await found(world, row, [mine, *others]) == [mine, *others]
    last = world.event(row.thread, 5)
    await append(world, [row], [last])
    assert await found(world, row, [mine, *others, last]) == [mine, *others, last]


async def test_a_batch_that_failed_is_not_found(world: World) -> None:
    row = await world.thread()
    first, lost = world.event(row.thread, 1), world.event(row.thread, 2)
    await append(world, [row], [first])
    assert await found(world, row, [first]) == [first]
    with pytest.raises(StoreError):
        await append(world, [row], [lost, world.event(row.thread, 1)])
    assert await found(world, row, [first, lost]) == [first]


async def test_only_the_last_messages_of_a_thread_are_looked_at(world: World) -> None:
    row = await world.thread()
    events = [world.event(row.thread, seq) for seq in range(1, limits.sent_again_within + 3)]
    await world.commit(lambda tx: tx.events.append(events))
    await world.commit(lambda tx: tx.threads.update([replace(row, head_seq=events[-1].seq, head=world.raw(32))]))
    assert await found(world, row, events) == events[1:], "the first has one too many behind it"


async def test_a_seq_that_is_taken_stores_nothing(world: World) -> None:
    row = await world.thread()
    first = world.event(row.thread, 1)
    await append(world, [row], [first])
    with pytest.raises(StoreError):
        await append(world, [row], [world.event(row.thread, 2), world.event(row.thread, 1)])
    assert await stored(world, row) == [first]


async def test_what_others_wrote_in_between_is_seen(world: World) -> None:
    """Each time: a message by another way, a freeze, a thread that is gone."""
    row = await world.thread()
    await append(world, [row], [world.event(row.thread, 1)])

    await world.say(row.thread)
    async with world.store.appending() as log:
        assert (await log.lock([row.thread]))[row.thread].head_seq == 2

    async with world.store.transaction() as tx:
        locked = (await tx.threads.lock([row.thread]))[row.thread]
        await tx.threads.update([replace(locked, safety=Safety.FROZEN)])
    async with world.store.appending() as log:
        assert (await log.lock([row.thread]))[row.thread].safety is Safety.FROZEN

    async with world.store.transaction() as tx:
        await tx.threads.demand_renewal(of_mailbox(row.mailboxes[0]))
    async with world.store.appending() as log:
        assert (await log.lock([row.thread]))[row.thread].renew == 0b01


async def test_what_others_rolled_back_is_not_seen(world: World) -> None:
    row = await world.thread()
    await append(world, [row], [world.event(row.thread, 1)])
    with pytest.raises(ZeroDivisionError):
        async with world.store.transaction() as tx:
            await tx.threads.update([replace(row, safety=Safety.FROZEN)])
            raise ZeroDivisionError
    async with world.store.appending() as log:
        assert (await log.lock([row.thread]))[row.thread].safety is Safety.NORMAL


async def test_who_lost_a_seat_is_not_active(world: World) -> None:
    mailbox = await world.mailbox()
    seats = [await world.seat(mailbox) for _ in range(2)]
    asked: list[SeatId] = sorted(seat.seat for seat in seats)
    for _ in range(2):
        async with world.store.appending() as log:
            assert await log.active(asked) == set(asked)

    leaver = seats[0]
    grant = Grant(Operation.SEAT_REMOVE, mailbox=mailbox, seat=leaver.seat)
    await world.commit(lambda tx: tx.seats.remove(grant, leaver.seat, 9))

    async with world.store.appending() as log:
        assert await log.active(asked) == {seats[1].seat}


async def test_a_checkpoint_overtakes_nothing(world: World) -> None:
    row = await world.thread()
    for seq in range(1, 6):
        await append(world, [row], [world.event(row.thread, seq)])
        await world.store.checkpoint()
    assert len(await stored(world, row)) == 5


async def test_what_comes_again_is_looked_for_far_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "sent_again_within_long", limits.sent_again_within + 10)
    row = await world.thread()
    events = [world.event(row.thread, seq) for seq in range(1, limits.sent_again_within + 21)]
    await world.commit(lambda tx: tx.events.append(events))
    await world.commit(lambda tx: tx.threads.update([replace(row, head_seq=events[-1].seq, head=world.raw(32))]))
    too_far, far, near = events[8], events[9], events[19]
    stranger = replace(far, msg_id=MessageId(world.raw()))
    keys = [_key(event) for event in (too_far, far, near, stranger)]
    async with world.store.appending() as log:
        await log.lock([row.thread])
        assert list((await log.find(keys)).values()) == [near]
        assert list((await log.find(keys, keys)).values()) == [near, far]
        assert list((await log.find(keys, keys[:1])).values()) == [near]


@pytest.mark.slow
async def test_two_writers_share_a_seat_and_a_removal_comes_after_both(postgres_url: str) -> None:
    """A person writes in two conversations at once, and is removed meanwhile: nobody waits for ever."""
    await migrate(postgres_url)
    store = create_store(postgres_url, KeyRing({1: b"k" * 32}, 1, b"i" * 32), os.urandom)
    await store.start()
    world = World(store)
    mailbox = await world.mailbox()
    seat = (await world.seat(mailbox)).seat
    rows = [await world.thread() for _ in range(2)]
    grant = Grant(Operation.SEAT_REMOVE, mailbox=mailbox, seat=seat)
    events = [world.event(row.thread, 1) for row in rows]
    async with asyncio.timeout(20):
        async with store.appending(0) as first, store.appending(1) as second:
            for log, row in zip((first, second), rows, strict=True):
                await log.lock([row.thread])
                assert await log.active([seat]) == {seat}
            removal = asyncio.create_task(world.commit(lambda tx: tx.seats.remove(grant, seat, 9)))
            for log, row, event in zip((first, second), rows, events, strict=True):
                assert await log.find([_key(event)]) == {}
                await log.store([event], [replace(row, head_seq=1, head=world.raw(32))], [])
            assert not removal.done()
        await removal
    assert [await stored(world, row) for row in rows] == [[event] for event in events]
    async with store.appending(0) as log:
        assert await log.active([seat]) == set()
    await store.close()
