"""Contract of Resets, and of what Seats, Threads, Desks and Rosters do for a mailbox that begins anew."""

from messaging.domain.authorization import Grant, Operation
from messaging.domain.ids import EntryId, MailboxId, ResetId
from messaging.domain.seat import SeatState
from messaging.ports import ResetRow
from messaging.wire.rest import PreviousSeed, SeedWrap
from tests.contracts.store.world import World, of_mailbox

AT = 5_000


async def founded(world: World, *records: bytes) -> MailboxId:
    """A mailbox whose roster has these records, with a seed for one seat."""
    mailbox = await world.mailbox()
    grant = of_mailbox(mailbox)
    for index, signed in enumerate(records):
        head = world.roster_head(index)
        await world.commit(lambda tx, head=head, signed=signed: tx.rosters.append(grant, head, signed))  # type: ignore[misc]
    seed = SeedWrap(0, world.raw(), world.raw(32), world.raw(1168))
    await world.commit(lambda tx: tx.rosters.put_seeds(grant, [seed]))
    await world.commit(lambda tx: tx.rosters.put_prev(grant, PreviousSeed(1, world.raw(48))))
    return mailbox


def reset(world: World, mailbox: MailboxId, n: int = 1) -> ResetRow:
    return ResetRow(ResetId(world.raw()), mailbox, n, AT + n)


async def test_a_roster_that_ends_is_kept_aside_and_another_one_may_begin(world: World) -> None:
    mailbox, other = await founded(world, b"0", b"1"), await founded(world, b"other")
    grant, first, second = of_mailbox(mailbox), reset(world, mailbox), reset(world, mailbox, 2)
    assert await world.read(lambda tx: tx.resets.latest(mailbox)) is None

    await world.commit(lambda tx: tx.resets.begin(grant, first))

    assert await world.commit(lambda tx: tx.rosters.lock(mailbox)) is None
    assert await world.read(lambda tx: tx.rosters.records(grant)) == []
    assert await world.read(lambda tx: tx.rosters.prevs(grant)) == []
    assert await world.read(lambda tx: tx.rosters.kit_seeds(grant)) == []
    assert not (await world.read(lambda tx: tx.mailboxes.get([mailbox])))[mailbox].founded
    await world.commit(lambda tx: tx.rosters.append(grant, world.roster_head(0), b"anew"))
    await world.commit(lambda tx: tx.resets.begin(grant, second))
    assert await world.read(lambda tx: tx.resets.ended_rosters(grant)) == [[b"0", b"1"], [b"anew"]]
    assert await world.read(lambda tx: tx.resets.latest(mailbox)) == second
    assert await world.read(lambda tx: tx.resets.get(first.reset)) == first
    assert await world.read(lambda tx: tx.resets.get(ResetId(world.raw()))) is None
    assert await world.read(lambda tx: tx.rosters.records(of_mailbox(other))) == [b"other"]
    assert await world.read(lambda tx: tx.resets.ended_rosters(of_mailbox(other))) == []


async def test_all_seats_of_the_mailbox_end(world: World) -> None:
    mailbox, other = await world.mailbox(), await world.mailbox()
    seats = [await world.seat(mailbox, state=state) for state in ("active", "pending", "departed")]
    gone = await world.seat(mailbox, state="removed")
    elsewhere = await world.seat(other, seats[0].account)

    await world.commit(lambda tx: tx.seats.end_all(of_mailbox(mailbox), AT))

    assert await world.read(lambda tx: tx.seats.listed(of_mailbox(mailbox))) == []
    for row in seats:
        now = await world.read(lambda tx, row=row: tx.seats.get(row.seat))  # type: ignore[misc]
        assert now is not None
        assert (now.state, now.removed_at) == (SeatState.REMOVED.value, AT)
    before = await world.read(lambda tx: tx.seats.get(gone.seat))
    assert before is not None
    assert before.removed_at is None
    assert await world.commit(lambda tx: tx.seats.active([seats[0].seat, elsewhere.seat])) == {elsewhere.seat}
    await world.seat(mailbox, seats[0].account)


async def test_threads_of_the_mailbox_await_the_platforms_word(world: World) -> None:
    mailbox, peer = await world.mailbox(), await world.mailbox()
    threads = [await world.thread((mailbox, peer)), await world.thread((peer, mailbox))]
    others = await world.thread((peer, await world.mailbox()))
    ids = [row.thread for row in threads]
    grant = Grant(Operation.PLATFORM_RESET, mailbox=mailbox)
    await world.commit(lambda tx: tx.threads.demand_renewal(Grant(Operation.SEAT_REMOVE, mailbox=peer)))

    for _ in range(2):
        await world.commit(lambda tx: tx.threads.demand_reset(grant))

    rows = await world.read(lambda tx: tx.threads.get([*ids, others.thread]))
    assert [rows[thread].renew for thread in (*ids, others.thread)] == [0b0111, 0b1011, 0b0001]
    awaiting = await world.read(lambda tx: tx.threads.awaiting_reset(grant, 9))
    assert awaiting == sorted(((rows[ids[0]], 0), (rows[ids[1]], 1)), key=lambda each: each[0].thread)
    assert await world.read(lambda tx: tx.threads.awaiting_reset(grant, 1)) == awaiting[:1]
    assert await world.read(lambda tx: tx.threads.awaiting_reset(Grant(grant.operation, mailbox=peer), 9)) == []


async def test_a_desk_that_was_cleared_begins_with_its_first_entry(world: World) -> None:
    mailbox, other = await world.mailbox(), await world.mailbox()
    for each in (mailbox, mailbox, other):
        grant, entry = of_mailbox(each), EntryId(world.raw())
        await world.commit(lambda tx, g=grant, e=entry: tx.desks.append(g, e, b"note", 1))  # type: ignore[misc]

    await world.commit(lambda tx: tx.desks.clear(of_mailbox(mailbox)))

    assert await world.read(lambda tx: tx.desks.range(of_mailbox(mailbox), 0, 9, 999)) == ([], 0)
    row, _ = await world.commit(lambda tx: tx.desks.append(of_mailbox(mailbox), EntryId(world.raw()), b"new", 2))
    assert row.seq == 1
    assert (await world.read(lambda tx: tx.desks.range(of_mailbox(other), 0, 9, 999)))[1] == 1
