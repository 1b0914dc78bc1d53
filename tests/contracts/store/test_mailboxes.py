"""Contract of Mailboxes, Rosters and Seats."""

import asyncio
from dataclasses import replace

import pytest

from messaging.domain.errors import Conflict, NotFound, StaleHead
from messaging.domain.ids import MailboxId, SeatId
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.ports import MailboxRow, RosterHead, SeatRow, Transaction
from messaging.wire.rest import Dimensions, PendingSeat, PreviousSeed, SeedWrap
from messaging.wire.types import Presentation
from tests.contracts.store.world import DIMENSIONS, PRESENTATION, World, of_account, of_mailbox


async def test_a_mailbox_is_registered_once_and_updated_under_its_reference(world: World) -> None:
    mailbox = await world.mailbox("insee:22999")
    shown, dimensions = Presentation("EPCI", "Bretagne"), Dimensions(plan="plus")
    kind, new = MailboxKind.TERRITORY, MailboxId(world.raw())

    again = await world.commit(lambda tx: tx.mailboxes.put("insee:22999", new, kind, shown, dimensions))

    assert again == mailbox
    assert await world.read(lambda tx: tx.mailboxes.get([mailbox, new])) == {
        mailbox: MailboxRow(mailbox, kind, dimensions, founded=False, desk_seq=0)
    }
    assert await world.read(lambda tx: tx.mailboxes.alternatives([mailbox, new], 5)) == {mailbox: [(shown, 1)]}


async def test_the_kind_of_a_mailbox_never_changes(world: World) -> None:
    mailbox = await world.mailbox("ref")

    with pytest.raises(Conflict):
        await world.commit(
            lambda tx: tx.mailboxes.put("ref", MailboxId(world.raw()), MailboxKind.PROJECT, PRESENTATION, DIMENSIONS)
        )

    row = (await world.read(lambda tx: tx.mailboxes.get([mailbox])))[mailbox]
    assert row.kind is MailboxKind.TERRITORY


async def test_concurrent_registrations_of_one_reference_agree(world: World) -> None:
    got = await asyncio.gather(*(world.mailbox("one") for _ in range(12)))

    assert len(set(got)) == 1


async def test_only_registered_references_are_found(world: World) -> None:
    one, two = await world.mailbox("one"), await world.mailbox("two")

    found = await world.read(lambda tx: tx.mailboxes.find(["two", "three", "one"]))

    assert found == {"one": one, "two": two}
    assert await world.read(lambda tx: tx.mailboxes.find([])) == {}
    kinds = await world.read(lambda tx: tx.mailboxes.kinds(["two", "three"]))
    assert kinds == {"two": (two, MailboxKind.TERRITORY)}


async def test_a_roster_grows_record_by_record_and_only_there(world: World) -> None:
    mailbox, other = await world.mailbox(), await world.mailbox()
    heads = [world.roster_head(index) for index in range(3)]
    assert await world.commit(lambda tx: tx.rosters.lock(mailbox)) is None

    for head in heads:
        await _append(world, mailbox, head, b"signed %d" % head.index)

    assert await world.commit(lambda tx: tx.rosters.lock(mailbox)) == heads[2]
    assert await world.read(lambda tx: tx.rosters.head(mailbox)) == heads[2]
    assert await world.read(lambda tx: tx.rosters.head(other)) is None
    records = await world.read(lambda tx: tx.rosters.records(of_mailbox(mailbox)))
    assert records == [b"signed 0", b"signed 1", b"signed 2"]
    assert await world.read(lambda tx: tx.rosters.records(of_mailbox(other))) == []
    rows = await world.read(lambda tx: tx.mailboxes.get([mailbox, other]))
    assert (rows[mailbox].founded, rows[other].founded) == (True, False)


@pytest.mark.parametrize("index", [0, 1, 3])
async def test_a_taken_or_skipped_index_is_stale_and_changes_nothing(world: World, index: int) -> None:
    mailbox = await world.mailbox()
    heads = [world.roster_head(0), world.roster_head(1)]
    for head in heads:
        await _append(world, mailbox, head, b"first")

    async with world.store.transaction() as tx:
        with pytest.raises(StaleHead):
            await tx.rosters.append(of_mailbox(mailbox), world.roster_head(index), b"second")

    assert await world.read(lambda tx: tx.rosters.head(mailbox)) == heads[1]
    assert await world.read(lambda tx: tx.rosters.records(of_mailbox(mailbox))) == [b"first", b"first"]


async def test_of_concurrent_records_with_one_index_one_is_taken(world: World) -> None:
    mailbox = await world.mailbox()
    for index in range(4):
        heads = [world.roster_head(index) for _ in range(6)]

        got = await asyncio.gather(*(_append(world, mailbox, head, b"r") for head in heads), return_exceptions=True)

        assert [type(g) for g in got].count(StaleHead) == 5
        assert await world.read(lambda tx: tx.rosters.head(mailbox)) == heads[got.index(None)]
    assert len(await world.read(lambda tx: tx.rosters.records(of_mailbox(mailbox)))) == 4


async def test_whoever_locks_a_roster_sees_what_the_one_before_wrote(world: World) -> None:
    mailbox = await world.mailbox()
    await _append(world, mailbox, world.roster_head(0), b"0")

    async def grow() -> None:
        async with world.store.transaction() as tx:
            head = await tx.rosters.lock(mailbox)
            assert head is not None
            await asyncio.sleep(0.005)
            await tx.rosters.append(of_mailbox(mailbox), world.roster_head(head.index + 1), b"next")

    await asyncio.gather(*(grow() for _ in range(8)))

    head = await world.read(lambda tx: tx.rosters.head(mailbox))
    assert head is not None
    assert head.index == 8


async def test_seeds_come_back_by_generation_and_only_to_their_seat(world: World) -> None:
    mailbox, other = await world.mailbox(), await world.mailbox()
    for each in (mailbox, other):
        await _append(world, each, world.roster_head(0), b"0")
    seat, colleague = SeatId(world.raw()), SeatId(world.raw())
    seeds = [SeedWrap(g, seat, world.raw(32), world.raw(1168)) for g in (2, 0, 1)]
    wrapped = [*seeds, SeedWrap(0, colleague, world.raw(32), world.raw(1168))]
    await world.commit_each(wrapped, lambda tx, seed: tx.rosters.put_seeds(of_mailbox(mailbox), [seed]))

    got = await world.read(lambda tx: tx.rosters.seeds(of_mailbox(mailbox, seat)))

    assert got == sorted(seeds, key=lambda s: s.g)
    assert await world.read(lambda tx: tx.rosters.seeds(of_mailbox(mailbox))) == []
    assert await world.read(lambda tx: tx.rosters.seeds(of_mailbox(other, seat))) == []


async def test_seeds_in_force_of_seats_that_nobody_holds_are_those_of_kits(world: World) -> None:
    mailbox = await world.mailbox()
    head = replace(world.roster_head(0), g=1)
    await _append(world, mailbox, head, b"0")
    held = await world.seat(mailbox)
    kit = SeatId(world.raw())
    wraps = [SeedWrap(g, seat, world.raw(32), world.raw(1168)) for g in (0, 1) for seat in (held.seat, kit)]
    await world.commit(lambda tx: tx.rosters.put_seeds(of_mailbox(mailbox), wraps))

    assert await world.read(lambda tx: tx.rosters.kit_seeds(of_mailbox(mailbox))) == [wraps[3]]
    assert await world.read(lambda tx: tx.rosters.has_seed(of_mailbox(mailbox), kit))
    await world.commit(lambda tx: tx.rosters.drop_seeds(of_mailbox(mailbox), kit))

    assert await world.read(lambda tx: tx.rosters.kit_seeds(of_mailbox(mailbox))) == []
    assert not await world.read(lambda tx: tx.rosters.has_seed(of_mailbox(mailbox), kit))
    assert await world.read(lambda tx: tx.rosters.seeds(of_mailbox(mailbox, held.seat))) == [wraps[0], wraps[2]]


async def test_sealed_seeds_come_back_by_generation_and_only_to_their_mailbox(world: World) -> None:
    mailbox, other = await world.mailbox(), await world.mailbox()
    for each in (mailbox, other):
        await _append(world, each, world.roster_head(0), b"0")
    given = [PreviousSeed(g, world.raw(48)) for g in (2, 1)]
    await world.commit_each(given, lambda tx, prev: tx.rosters.put_prev(of_mailbox(mailbox), prev))

    assert await world.read(lambda tx: tx.rosters.prevs(of_mailbox(mailbox))) == given[::-1]
    assert await world.read(lambda tx: tx.rosters.prevs(of_mailbox(other))) == []


async def test_only_an_active_seat_of_the_mailbox_is_removed_and_once(world: World) -> None:
    mine, other = await world.mailbox(), await world.mailbox()
    row, pending = await world.seat(mine), await world.seat(mine, state="pending")

    for mailbox, seat in ((other, row.seat), (mine, pending.seat)):
        with pytest.raises(Conflict):
            await _remove(world, mailbox, seat, 9)
    await _remove(world, mine, row.seat, 9)

    assert await world.read(lambda tx: tx.seats.get(row.seat)) == replace(row, state="removed", removed_at=9)
    assert await world.read(lambda tx: tx.seats.active([row.seat])) == set()
    with pytest.raises(Conflict):
        await _remove(world, mine, row.seat, 10)


async def _remove(world: World, mailbox: MailboxId, seat: SeatId, at: int) -> None:
    await world.commit(lambda tx: tx.seats.remove(of_mailbox(mailbox), seat, at))


async def test_an_account_has_all_its_seats_listed_removed_ones_too(world: World) -> None:
    account = await world.account()
    mailboxes = sorted([await world.mailbox(), await world.mailbox()])
    active = await world.seat(mailboxes[0], account)
    removed = await world.seat(mailboxes[1], account, "removed")
    back = await world.seat(mailboxes[1], account, "pending")
    await world.seat(mailboxes[0])

    listed = await world.read(lambda tx: tx.seats.of_account(account))

    assert sorted(listed, key=lambda s: s.seat) == sorted([active, removed, back], key=lambda s: s.seat)
    same = await world.read(lambda tx: tx.seats.of_same_accounts([removed.seat]))
    assert same == dict.fromkeys([active.seat, removed.seat, back.seat], account)
    assert await world.read(lambda tx: tx.seats.of_same_accounts([])) == {}


async def test_a_seat_id_and_an_accounts_seat_are_taken_once(world: World) -> None:
    mailbox, account = await world.mailbox(), await world.account()
    row = await world.seat(mailbox, account)
    twice = world.seat_row(mailbox, account)
    same_id = replace(world.seat_row(mailbox, await world.account()), seat=row.seat)

    refused = await world.race([twice, same_id], lambda tx, taken: tx.seats.put(of_mailbox(mailbox), taken))
    assert [type(refusal) for refusal in refused] == [Conflict, Conflict]

    assert await world.read(lambda tx: tx.seats.of_account(account)) == [row]
    assert await world.read(lambda tx: tx.seats.count(mailbox)) == (1, 0)


async def test_a_seat_goes_into_the_mailbox_of_the_grant(world: World) -> None:
    mine, other = await world.mailbox(), await world.mailbox()
    row = world.seat_row(other, await world.account())

    await world.commit(lambda tx: tx.seats.put(of_mailbox(mine), row))

    assert await world.read(lambda tx: tx.seats.get(row.seat)) == replace(row, mailbox=mine)
    assert await world.read(lambda tx: tx.seats.get(SeatId(world.raw()))) is None
    with pytest.raises(NotFound):
        await world.commit(lambda tx: tx.seats.put(of_account(row.account), row))


async def test_only_a_waiting_seat_of_the_mailbox_is_activated(world: World) -> None:
    mine, other = await world.mailbox(), await world.mailbox()
    row = await world.seat(mine, state="pending")

    with pytest.raises(Conflict):
        await world.commit(lambda tx: tx.seats.activate(of_mailbox(other), row.seat, Role.AGENT, False))
    assert await world.commit(lambda tx: tx.seats.lock([row.seat])) == {row.seat: row}

    await world.commit(lambda tx: tx.seats.activate(of_mailbox(mine), row.seat, Role.AGENT, False))

    seated = replace(row, state="active", role=Role.AGENT, admin=False)
    assert await world.commit(lambda tx: tx.seats.lock([row.seat, SeatId(world.raw())])) == {row.seat: seated}
    with pytest.raises(Conflict):
        await world.commit(lambda tx: tx.seats.activate(of_mailbox(mine), row.seat, Role.MAYOR, True))


async def test_pending_seats_are_listed_oldest_first_with_counts(world: World) -> None:
    mailbox, other = await world.mailbox(), await world.mailbox()
    rows = [world.seat_row(mailbox, await world.account(), "pending", at) for at in (30, 10, 20)]
    await world.commit_each(rows, lambda tx, row: tx.seats.put(of_mailbox(mailbox), row))
    await world.seat(mailbox)
    await world.seat(mailbox, state="removed")
    await world.seat(other, state="pending")

    pending = await world.read(lambda tx: tx.seats.pending(of_mailbox(mailbox)))

    assert pending == [_pending(row) for row in sorted(rows, key=lambda r: r.asked_at)]
    assert await world.read(lambda tx: tx.seats.count(mailbox)) == (1, 3)


async def test_active_seats_are_told_from_the_others(world: World) -> None:
    mailbox = await world.mailbox()
    rows = [await world.seat(mailbox, state=state) for state in ("active", "pending", "removed", "active")]
    asked = [*(row.seat for row in rows), SeatId(world.raw())]

    for query in (world.read, world.commit):
        assert await query(lambda tx: tx.seats.active(asked)) == {rows[0].seat, rows[3].seat}
        assert await query(lambda tx: tx.seats.active([])) == set()
    assert await world.store.active_seats(asked) == {rows[0].seat, rows[3].seat}
    assert await world.store.active_seats([]) == set()


async def test_an_active_seat_is_held_until_the_transaction_ends(world: World) -> None:
    row = await world.seat(await world.mailbox(), state="pending")
    await world.commit(lambda tx: tx.seats.activate(of_mailbox(row.mailbox), row.seat, Role.MAYOR, True))
    held, order = asyncio.Event(), list[str]()

    async def send(tx: Transaction) -> None:
        assert await tx.seats.active([row.seat]) == {row.seat}
        held.set()
        await asyncio.sleep(0.05)
        order.append("sent")

    async def remove() -> None:
        await held.wait()
        await world.commit(lambda tx: tx.seats.lock([row.seat]))
        order.append("removed")

    await asyncio.gather(world.commit(send), remove())

    assert order == ["sent", "removed"]


async def _append(world: World, mailbox: MailboxId, head: RosterHead, signed: bytes) -> None:
    await world.commit(lambda tx: tx.rosters.append(of_mailbox(mailbox), head, signed))


def _pending(row: SeatRow) -> PendingSeat:
    return PendingSeat(row.seat, row.sign_pk, row.kem_pk, row.role, row.asked_at)
