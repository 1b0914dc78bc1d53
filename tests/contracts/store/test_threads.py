"""Contract of Threads: heads, sides, pages, wraps."""

import asyncio
import dataclasses
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from messaging.domain.authorization import Grant, Operation, Parties
from messaging.domain.errors import Conflict, NotFound
from messaging.domain.ids import AccountId, MailboxId, ThreadId
from messaging.domain.receipt import ReadPosition
from messaging.domain.relation import Safety, Stage
from messaging.ports import ThreadRow, Transaction
from tests.contracts.store.world import World, of_account, of_party


async def test_a_thread_comes_back_as_it_was_created(world: World) -> None:
    row = await world.thread()

    assert await world.read(lambda tx: tx.threads.get([row.thread, world.thread_id()])) == {row.thread: row}
    assert await world.commit(lambda tx: tx.threads.lock([row.thread, world.thread_id()])) == {row.thread: row}
    assert await world.read(lambda tx: tx.threads.parties(row.thread)) == Parties(row.thread, row.mailboxes)
    assert await world.read(lambda tx: tx.threads.parties(world.thread_id())) is None
    assert await world.commit(lambda tx: tx.threads.lock([])) == {}


async def test_the_initiator_is_the_mailbox_of_the_grant(world: World) -> None:
    row = world.thread_row((MailboxId(world.raw()), MailboxId(world.raw())))
    mine = MailboxId(world.raw())
    grant = Grant(Operation.THREAD_OPEN, mailbox=mine, thread=row.thread, party=0)

    await world.commit(lambda tx: tx.threads.create(grant, row, world.sides(row)))

    stored = Parties(row.thread, (mine, row.mailboxes[1]))
    assert await world.read(lambda tx: tx.threads.parties(row.thread)) == stored
    assert (await world.read(lambda tx: tx.threads.side(of_party(row, 0)))).mailbox == mine


async def test_a_thread_id_is_taken_once_and_the_first_stays(world: World) -> None:
    row = await world.thread()
    twin = replace(world.thread_row((row.mailboxes[0], MailboxId(world.raw()))), thread=row.thread)

    async with world.store.transaction() as tx:
        with pytest.raises(Conflict):
            await tx.threads.create(of_party(row, 0), twin, world.sides(twin))

    assert await world.read(lambda tx: tx.threads.get([row.thread])) == {row.thread: row}


async def test_an_update_writes_what_may_change_and_nothing_else(world: World) -> None:
    rows = [await world.thread() for _ in range(5)]
    changed = [
        replace(
            row,
            epoch=2**32 - 1,
            record_hash=world.raw(32),
            head_seq=2**53 - 1,
            head=world.raw(32),
            last_at=2_000 + n,
            stage=Stage.ENGAGED,
            safety=Safety.FROZEN,
            humans=3,
            revealed=True,
            relation_n=9,
        )
        for n, row in enumerate(rows[:4])
    ]
    fixed = replace(rows[3], target=rows[0].target, opened_at=77, subject=world.raw(), first_record_hash=b"x" * 32)

    await world.commit(lambda tx: tx.threads.update([*changed[:3], fixed]))
    await world.commit(lambda tx: tx.threads.update([]))

    stored = await world.read(lambda tx: tx.threads.get([row.thread for row in rows]))
    assert stored == {row.thread: row for row in (*changed[:3], *rows[3:])}


@pytest.mark.parametrize("count", [1, 2, 3, 64, 129, 200])
async def test_batches_of_any_size_are_locked_and_updated_whole(world: World, count: int) -> None:
    rows = [await world.thread() for _ in range(3)] if count < 4 else await _many(world, count)
    ids = [row.thread for row in rows[:count]]

    async with world.store.transaction() as tx:
        locked = await tx.threads.lock(sorted(ids))
        await tx.threads.update([replace(row, head_seq=5) for row in locked.values()])

    assert set(locked) == set(ids)
    stored = await world.read(lambda tx: tx.threads.get(ids))
    assert {row.head_seq for row in stored.values()} == {5}


async def test_a_lock_makes_the_second_wait_and_see_what_the_first_wrote(world: World) -> None:
    thread = (await world.thread()).thread

    async def count_up() -> None:
        async with world.store.transaction() as tx:
            row = (await tx.threads.lock([thread]))[thread]
            await asyncio.sleep(0.002)
            await tx.threads.update([replace(row, head_seq=row.head_seq + 1)])

    await asyncio.gather(*(count_up() for _ in range(20)))

    assert (await world.read(lambda tx: tx.threads.get([thread])))[thread].head_seq == 20


async def test_overlapping_locks_do_not_deadlock(world: World) -> None:
    ids = [(await world.thread()).thread for _ in range(6)]

    async def touch(chosen: Sequence[ThreadId]) -> None:
        async with world.store.transaction() as tx:
            rows = await tx.threads.lock(chosen)
            await asyncio.sleep(0.002)
            await tx.threads.update(list(rows.values()))

    await asyncio.wait_for(
        asyncio.gather(*(touch(ids if n % 2 else ids[::-1]) for n in range(20))),
        timeout=20,
    )


async def test_a_mailbox_demands_renewal_of_its_own_side_in_all_its_threads(world: World) -> None:
    mine, other, third = (MailboxId(world.raw()) for _ in range(3))
    opened, received = await world.thread((mine, other)), await world.thread((other, mine))
    foreign = await world.thread((other, third))
    grant = Grant(Operation.SEAT_REMOVE, mailbox=mine)

    for _ in range(2):
        locked = await world.commit(lambda tx: tx.threads.lock_all(grant))
        await world.commit(lambda tx: tx.threads.demand_renewal(grant))

    assert locked == await world.read(lambda tx: tx.threads.all_of(grant)) == sorted([opened.thread, received.thread])
    rows = await world.read(lambda tx: tx.threads.get([opened.thread, received.thread, foreign.thread]))
    assert [rows[each.thread].renew for each in (opened, received, foreign)] == [0b01, 0b10, 0]
    await world.commit(lambda tx: tx.threads.demand_renewal(Grant(Operation.SEAT_REMOVE, mailbox=other)))
    rows = await world.read(lambda tx: tx.threads.get([opened.thread, received.thread]))
    assert [rows[each.thread].renew for each in (opened, received)] == [0b11, 0b11]
    cleared = replace(rows[opened.thread], renew=0b01)
    await world.commit(lambda tx: tx.threads.update([cleared]))
    assert (await world.read(lambda tx: tx.threads.get([opened.thread])))[opened.thread] == cleared


async def test_openings_are_counted_for_the_initiator(world: World) -> None:
    mine, other = MailboxId(world.raw()), MailboxId(world.raw())
    for at in (10, 20, 30):
        await world.thread((mine, other), at)

    counts = await world.commit_each((0, 20, 31), lambda tx, since: tx.threads.opened_since(mine, since))

    assert counts == [3, 2, 0]
    assert await world.read(lambda tx: tx.threads.opened_since(other, 0)) == 0


async def test_each_side_has_its_keys_and_its_position(world: World) -> None:
    row = world.thread_row((MailboxId(world.raw()), MailboxId(world.raw())))
    sides = world.sides(row)
    await world.commit(lambda tx: tx.threads.create(of_party(row, 0), row, sides))
    position = ReadPosition(own=9, shown=8, shown_before=7, shown_from=60_000)

    await world.commit(lambda tx: tx.threads.move_position(of_party(row, 1), position))

    assert await world.read(lambda tx: tx.threads.side(of_party(row, 0))) == sides[0]
    assert await world.commit(lambda tx: tx.threads.side(of_party(row, 1))) == dataclasses.replace(
        sides[1], position=position
    )
    with pytest.raises(NotFound):
        await world.read(lambda tx: tx.threads.side(of_account(AccountId(world.raw()))))


async def test_a_position_read_in_a_transaction_does_not_move_until_it_ends(world: World) -> None:
    row = await world.thread()
    grant = of_party(row, 0)

    async def advance(tx: Transaction) -> None:
        own = (await tx.threads.side(grant)).position.own
        await asyncio.sleep(0.002)
        await tx.threads.move_position(grant, ReadPosition(own=own + 1))

    await asyncio.gather(*(world.commit(advance) for _ in range(10)))

    assert (await world.read(lambda tx: tx.threads.side(grant))).position.own == 10


async def test_wraps_are_kept_by_epoch_for_the_thread_of_the_grant(world: World) -> None:
    row, other = await world.thread(), await world.thread()
    pairs = [(world.raw(1168), world.raw(1168)) for _ in range(4)]
    await world.commit_each(enumerate(pairs), lambda tx, pair: tx.threads.put_wraps(of_party(row, 0), *pair))

    got = await world.read(lambda tx: tx.threads.wraps(of_party(row, 1), 1, 2))

    assert got == [(1, pairs[1]), (2, pairs[2])]
    assert await world.read(lambda tx: tx.threads.wraps(of_party(other, 0), 0, 9)) == []


async def test_a_page_lists_the_threads_of_mailboxes_where_the_account_sits(world: World) -> None:
    account, mine, peer = await world.account(), await world.mailbox(), await world.mailbox()
    await world.seat(mine, account)
    started, answered = await world.thread((mine, peer)), await world.thread((peer, mine))
    await world.thread((peer, MailboxId(world.raw())))

    page = await world.read(lambda tx: tx.threads.page(of_account(account), [mine, peer], 0, None, 10, 1 << 60))

    assert [(row, own.party, peer_side.party) for row, own, peer_side in page] == sorted(
        [(started, 0, 1), (answered, 1, 0)], key=lambda entry: entry[0].thread
    )
    assert all((own.mailbox, peer_side.mailbox) == (mine, peer) for _, own, peer_side in page)
    assert {own.presentation.group for _, own, _ in page} == {"Partie 0", "Partie 1"}
    assert await world.read(lambda tx: tx.threads.page(of_account(account), [], 0, None, 10, 1 << 60)) == []


@pytest.mark.parametrize("state", ["pending", "removed"])
async def test_a_page_shows_nothing_without_an_active_seat(world: World, state: str) -> None:
    account, mine = await world.account(), await world.mailbox()
    await world.seat(mine, account, state)
    await world.thread((mine, MailboxId(world.raw())))

    assert await world.read(lambda tx: tx.threads.page(of_account(account), [mine], 0, None, 10, 1 << 60)) == []


async def test_a_page_holds_what_changed_since(world: World) -> None:
    account, mine = await world.account(), await world.mailbox()
    await world.seat(mine, account)
    rows = [await world.thread((mine, MailboxId(world.raw())), at=1_000) for _ in range(4)]
    await world.commit(lambda tx: tx.threads.update([replace(rows[0], last_at=2_000), replace(rows[1], last_at=1_999)]))
    peer_read, own_read = ReadPosition(shown=1, shown_from=2_000), ReadPosition(own=1, shown=1, shown_from=5_000)
    await world.commit(lambda tx: tx.threads.move_position(of_party(rows[2], 1), peer_read))
    await world.commit(lambda tx: tx.threads.move_position(of_party(rows[3], 0), own_read))

    page = await world.read(lambda tx: tx.threads.page(of_account(account), [mine], 2_000, None, 10, 1 << 60))

    assert {row.thread for row, _, _ in page} == {rows[0].thread, rows[2].thread}


async def test_pages_follow_each_other_without_loss_and_keep_pairs_together(world: World) -> None:
    account = await world.account()
    mailboxes = [await world.mailbox() for _ in range(3)]
    for mailbox in mailboxes[:2]:
        await world.seat(mailbox, account)
    pairs = [(mailboxes[n % 3], mailboxes[(n + 1) % 3]) for n in range(12)]
    rows = [await world.thread(pair) for pair in pairs]
    wanted = sorted(
        (row.thread, party) for row in rows for party, mailbox in enumerate(row.mailboxes) if mailbox in mailboxes[:2]
    )

    for limit in (1, 2, 3, 5, 50):
        assert await _walk(world, account, mailboxes, limit) == wanted


async def _walk(world: World, account: AccountId, mailboxes: list[MailboxId], limit: int) -> list[tuple[bytes, int]]:
    seen: list[tuple[bytes, int]] = []
    after: ThreadId | None = None
    while True:
        async with world.store.reading() as tx:
            page = await tx.threads.page(of_account(account), mailboxes, 0, after, limit, 1 << 60)
        assert len(page) <= limit + 1
        if not page:
            return seen
        seen += [(row.thread, own.party) for row, own, _ in page]
        after = page[-1][0].thread


async def _many(world: World, count: int) -> list[ThreadRow]:
    pair = (MailboxId(world.raw()), MailboxId(world.raw()))
    rows = [world.thread_row(pair) for _ in range(count)]
    async with world.store.transaction() as tx:
        for row in rows:
            await tx.threads.create(of_party(row, 0), row, world.sides(row))
    return rows


async def test_a_closed_relation_remembers_where_it_stood_until_it_is_reopened(world: World) -> None:
    row, other = await world.thread(), await world.thread()
    await world.commit(lambda tx: tx.threads.close(of_party(row, 0), Stage.VISITED))
    await world.commit(lambda tx: tx.threads.close(of_party(other, 1), Stage.SOLICITED))

    assert await world.commit(lambda tx: tx.threads.reopen(of_party(row, 1))) is Stage.VISITED
    await world.commit(lambda tx: tx.threads.close(of_party(row, 1), Stage.AGREED))
    assert await world.commit(lambda tx: tx.threads.reopen(of_party(row, 0))) is Stage.AGREED
    assert await world.commit(lambda tx: tx.threads.reopen(of_party(other, 0))) is Stage.SOLICITED
