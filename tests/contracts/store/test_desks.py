"""Contract of Desks: the private log of each mailbox."""

import asyncio

import pytest

from messaging.domain.errors import Conflict
from messaging.domain.ids import EntryId, MailboxId
from messaging.ports import DeskRow
from tests.contracts.store.world import World, of_mailbox


async def test_entries_are_numbered_without_a_gap_in_each_mailbox(world: World) -> None:
    mine, other = await world.mailbox(), await world.mailbox()

    rows = [await _put(world, mine, world.entry_id(), b"draft %d" % n) for n in range(4)]
    elsewhere, _ = await _put(world, other, world.entry_id(), b"note")

    assert [(row.seq, fresh) for row, fresh in rows] == [(1, True), (2, True), (3, True), (4, True)]
    assert elsewhere.seq == 1
    assert await _range(world, mine) == ([row for row, _ in rows], 4)
    assert await _range(world, other) == ([elsewhere], 1)
    mailboxes = await world.read(lambda tx: tx.mailboxes.get([mine, other]))
    assert (mailboxes[mine].desk_seq, mailboxes[other].desk_seq) == (4, 1)


async def test_the_same_entry_again_is_the_stored_one_and_other_bytes_are_a_conflict(world: World) -> None:
    mailbox, other, entry = await world.mailbox(), await world.mailbox(), world.entry_id()
    first = await _put(world, mailbox, entry, b"draft", now=10)

    assert await _put(world, mailbox, entry, b"draft", now=99) == (first[0], False)
    with pytest.raises(Conflict):
        await _put(world, mailbox, entry, b"other")
    assert await _put(world, other, entry, b"other") == (DeskRow(1, entry, 10, b"other"), True)

    assert await _range(world, mailbox) == ([first[0]], 1)


async def test_concurrent_entries_leave_no_gap_and_no_double(world: World) -> None:
    mailbox = await world.mailbox()
    entries = [world.entry_id() for _ in range(15)]
    retried = [*entries, *entries]

    got = await asyncio.gather(*(_put(world, mailbox, entry, entry) for entry in retried))

    assert sorted(row.seq for row, fresh in got if fresh) == list(range(1, 16))
    rows, head = await _range(world, mailbox)
    assert ([row.seq for row in rows], head) == (list(range(1, 16)), 15)
    assert {row.entry for row in rows} == set(entries)


async def test_a_rolled_back_entry_leaves_no_gap(world: World) -> None:
    mailbox = await world.mailbox()

    with pytest.raises(ZeroDivisionError):
        async with world.store.transaction() as tx:
            await tx.desks.append(of_mailbox(mailbox), world.entry_id(), b"lost", 1)
            raise ZeroDivisionError

    row, _ = await _put(world, mailbox, world.entry_id(), b"kept")
    assert row.seq == 1


async def test_a_range_is_bounded_by_count_and_bytes_and_tells_the_head(world: World) -> None:
    mailbox = await world.mailbox()
    for size in (100, 100, 5_000, 10):
        await _put(world, mailbox, world.entry_id(), bytes(size))

    async def seqs(after: int, limit: int, bytes_max: int) -> tuple[list[int], int]:
        rows, head = await world.read(lambda tx: tx.desks.range(of_mailbox(mailbox), after, limit, bytes_max))
        return [row.seq for row in rows], head

    assert await seqs(0, 3, 10**6) == ([1, 2, 3], 4)
    assert await seqs(0, 10, 200) == ([1, 2], 4)
    assert await seqs(2, 10, 200) == ([3], 4)
    assert await seqs(4, 10, 200) == ([], 4)


async def _put(world: World, mailbox: MailboxId, entry: EntryId, blob: bytes, now: int = 10) -> tuple[DeskRow, bool]:
    return await world.commit(lambda tx: tx.desks.append(of_mailbox(mailbox), entry, blob, now))


async def _range(world: World, mailbox: MailboxId) -> tuple[list[DeskRow], int]:
    return await world.read(lambda tx: tx.desks.range(of_mailbox(mailbox), 0, 100, 10**6))
