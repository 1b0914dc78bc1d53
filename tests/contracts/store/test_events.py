"""Contract of Events: the logs of threads."""

import pytest
from msgspec.structs import replace

from messaging.domain.ids import MessageId, ThreadId
from messaging.store import StoreError
from tests.contracts.store.world import World, of_party


@pytest.mark.parametrize("count", [1, 3, 128, 200])
async def test_a_batch_of_any_size_is_stored_as_it_was_given(world: World, count: int) -> None:
    row = await world.thread()
    events = [world.event(row.thread, seq, party=seq % 2) for seq in range(1, count + 1)]
    service = replace(events[-1], seq=count + 1, kind="released", party=255, msg_id=None, payload=b"", proof=b"")

    await world.commit(lambda tx: tx.events.append([*events, service]))
    await world.commit(lambda tx: tx.events.append([]))

    stored = await world.read(lambda tx: tx.events.range(of_party(row, 0), 0, 1_000, 10**9))
    assert stored == [*events, service]


async def test_a_notice_is_found_by_thread_party_and_id(world: World) -> None:
    row = await world.thread()
    known, written, stranger = MessageId(world.raw()), MessageId(world.raw()), ThreadId(world.raw())
    message = replace(world.event(row.thread, 1), msg_id=written)
    notice = replace(world.event(row.thread, 2), kind="closed", msg_id=known)
    await world.commit(lambda tx: tx.events.append([message, notice]))
    party = notice.party

    for query in (world.read, world.commit):
        assert await query(lambda tx: tx.events.notice(row.thread, party, known)) == notice
        assert await query(lambda tx: tx.events.notice(row.thread, 1 - party, known)) is None
        assert await query(lambda tx: tx.events.notice(stranger, party, known)) is None
        assert await query(lambda tx: tx.events.notice(row.thread, party, MessageId(world.raw()))) is None
        assert await query(lambda tx: tx.events.notice(row.thread, message.party, written)) is None


async def test_the_opening_message_is_the_second_event(world: World) -> None:
    row = await world.thread()
    assert await world.read(lambda tx: tx.events.opening(row.thread)) is None
    events = [await world.say(row.thread) for _ in range(3)]
    assert await world.read(lambda tx: tx.events.opening(row.thread)) == events[1]


@pytest.mark.parametrize("count", [0, 1, 3, 300])
async def test_what_stands_at_places_of_several_threads(world: World, count: int) -> None:
    """In each thread's order, each once; nothing where nothing stands."""
    rows = [await world.thread() for _ in range(2)]
    events = [world.event(row.thread, seq) for row in rows for seq in range(1, 302)]
    await world.commit(lambda tx: tx.events.append(events))
    nowhere = (ThreadId(world.raw()), 1)
    wanted = [(row.thread, seq) for row in rows for seq in range(2, 2 + count)]
    found = await world.read(lambda tx: tx.events.at([*wanted[::-1], nowhere]))
    given = {(event.thread, event.seq): event for event in events}
    assert found == [given[place] for place in sorted(wanted)]
    assert await world.read(lambda tx: tx.events.at([])) == []


async def test_a_seq_is_taken_once_as_the_last_defence(world: World) -> None:
    row = await world.thread()
    first = await world.say(row.thread)
    twin = world.event(row.thread, first.seq)

    with pytest.raises(StoreError):
        await world.commit(lambda tx: tx.events.append([world.event(row.thread, 2), twin]))

    assert await world.read(lambda tx: tx.events.range(of_party(row, 0), 0, 10, 10**6)) == [first]


async def test_the_id_of_a_notice_is_taken_once_a_side_as_the_last_defence(world: World) -> None:
    row = await world.thread()
    first = replace(world.event(row.thread, 1), kind="closed", party=0)
    await world.commit(lambda tx: tx.events.append([first]))
    same_side, other_side = replace(first, seq=2), replace(first, seq=2, party=1)

    with pytest.raises(StoreError):
        await world.commit(lambda tx: tx.events.append([same_side]))
    await world.commit(lambda tx: tx.events.append([other_side]))

    assert await world.read(lambda tx: tx.events.range(of_party(row, 0), 0, 10, 10**6)) == [first, other_side]


async def test_events_of_the_service_have_no_message_id_to_clash(world: World) -> None:
    row = await world.thread()
    events = [replace(world.event(row.thread, seq, party=255), kind="released", msg_id=None) for seq in (1, 2)]

    await world.commit(lambda tx: tx.events.append(events))

    assert await world.read(lambda tx: tx.events.range(of_party(row, 1), 0, 10, 10**6)) == events


async def test_a_range_starts_after_and_holds_at_most_its_limit(world: World) -> None:
    row, other = await world.thread(), await world.thread()
    events = [await world.say(row.thread) for _ in range(6)]
    await world.say(other.thread)

    async with world.store.reading() as tx:
        grant = of_party(row, 0)
        assert await tx.events.range(grant, 0, 3, 10**6) == events[:3]
        assert await tx.events.range(grant, 2, 3, 10**6) == events[2:5]
        assert await tx.events.range(grant, 4, 3, 10**6) == events[4:]
        assert await tx.events.range(grant, 6, 3, 10**6) == []


async def test_a_range_is_cut_by_bytes_but_never_to_nothing(world: World) -> None:
    row = await world.thread()
    sizes = [100, 100, 100, 5_000, 10, 10]
    events = [world.event(row.thread, seq, size=size) for seq, size in enumerate(sizes, 1)]
    await world.commit(lambda tx: tx.events.append(events))

    async def lengths(after: int, bytes_max: int) -> list[int]:
        got = await world.read(lambda tx: tx.events.range(of_party(row, 1), after, 100, bytes_max))
        return [event.seq for event in got]

    assert await lengths(0, 300) == [1, 2, 3]
    assert await lengths(0, 299) == [1, 2]
    assert await lengths(0, 1) == [1]
    assert await lengths(3, 300) == [4]
    assert await lengths(4, 300) == [5, 6]
    assert await lengths(0, 10**6) == [1, 2, 3, 4, 5, 6]


async def test_the_event_that_began_an_epoch_is_found_by_its_number(world: World) -> None:
    row, other = await world.thread(), await world.thread()
    events = [world.event(row.thread, seq) for seq in range(1, 8)]
    await world.commit(
        lambda tx: tx.events.append([*events, world.event(other.thread, 1), world.event(other.thread, 4)])
    )
    own = of_party(row, 1)
    await world.commit(lambda tx: tx.threads.put_rotation(own, 1, 4, world.raw(64)))
    await world.commit(lambda tx: tx.threads.put_rotation(own, 2, 6, world.raw(64)))

    found = [await world.read(lambda tx, n=n: tx.events.epoch(own, n)) for n in range(4)]  # type: ignore[misc]

    assert found == [events[0], events[3], events[5], None]
    assert await world.read(lambda tx: tx.events.epoch(of_party(other, 0), 1)) is None


async def test_all_events_of_one_kind_in_one_thread_in_order(world: World) -> None:
    row, other = await world.thread(), await world.thread()
    events = [world.event(row.thread, seq, party=seq % 2) for seq in range(1, 4)]
    rare = [replace(events[0], seq=seq, kind="restored", party=255, msg_id=None) for seq in (4, 6)]
    elsewhere = replace(rare[0], thread=other.thread, seq=1)
    await world.commit(lambda tx: tx.events.append([*events, *rare, elsewhere]))

    assert await world.read(lambda tx: tx.events.of_kind(of_party(row, 1), "restored")) == rare
    assert await world.read(lambda tx: tx.events.of_kind(of_party(row, 0), "released")) == []


async def test_what_says_whose_keys_are_in_force_is_found_among_messages(world: World) -> None:
    row, other = await world.thread(), await world.thread()
    kinds = ["epoch", "message", "joined", "epoch", "reset", "left", "released", "message", "epoch"]
    made = [replace(world.event(row.thread, seq), kind=kind) for seq, kind in enumerate(kinds, 1)]
    notice = [each if each.kind == "message" else replace(each, msg_id=None) for each in made]
    stored = [replace(each, at=1_000 + each.seq // 2) for each in notice]
    await world.commit(lambda tx: tx.events.append([*stored, replace(stored[0], thread=other.thread)]))
    own = of_party(row, 1)
    for n, seq in ((1, 4), (2, 9)):
        await world.commit(lambda tx, n=n, seq=seq: tx.threads.put_rotation(own, n, seq, world.raw(64)))  # type: ignore[misc]

    async def renewals(after: int, before: int, limit: int) -> list[int]:
        return [each.seq for each in await world.read(lambda tx: tx.events.renewals(own, after, before, limit))]

    assert await renewals(0, 100, 100) == [1, 3, 4, 5, 6, 9]
    assert await renewals(1, 9, 3) == [3, 4, 5]
    assert await renewals(6, 9, 3) == []
    assert (await world.read(lambda tx: tx.events.renewals(own, 0, 2, 9))) == [stored[0]]

    begun = [await world.read(lambda tx, seq=seq: tx.events.epoch_at(own, seq)) for seq in (1, 3, 4, 8, 9, 50)]  # type: ignore[misc]
    assert begun == [stored[each] for each in (0, 0, 3, 3, 8, 8)]
    until = [await world.read(lambda tx, at=at: tx.events.last_until(own, at)) for at in (999, 1_000, 1_002, 9_999)]  # type: ignore[misc]
    assert until == [0, 1, 5, 9]
