"""Contract of Thirds: invitations, who is in, and the keys that they were given."""

from dataclasses import replace

import pytest

from messaging.domain.authorization import Grant, Operation, Parties
from messaging.domain.errors import Conflict
from messaging.domain.ids import AccountId, MailboxId, TargetId
from messaging.domain.receipt import ReadPosition
from messaging.domain.third import ThirdState
from messaging.ports import PartyRow, ThirdRow, ThreadRow
from messaging.wire.types import Presentation
from tests.contracts.store.world import World, of_account, of_party


def stay(world: World, row: ThreadRow, mailbox: MailboxId | None = None) -> ThirdRow:
    return ThirdRow(
        thread=row.thread,
        third=world.raw(32),
        mailbox=mailbox or MailboxId(world.raw()),
        target=TargetId(world.raw()),
        prekey_index=2**32 - 1,
        own=world.raw(64),
        state=ThirdState.INVITED,
        history=True,
    )


def side_of(world: World, row: ThirdRow) -> PartyRow:
    shown = Presentation("Partenaire", "France", True, "Un accompagnement.")
    (_, template) = world.sides(world.thread_row((row.mailbox, row.mailbox)))
    return replace(template, thread=row.thread, party=2, mailbox=row.mailbox, presentation=shown)


async def entered(world: World, row: ThreadRow, mailbox: MailboxId | None = None) -> tuple[ThirdRow, PartyRow]:
    """Invited, and let in at the next event."""
    grant, invited = of_party(row, 1), stay(world, row, mailbox)
    await world.commit(lambda tx: tx.thirds.invite(of_party(row, 0), invited))
    present = replace(
        invited, state=ThirdState.PRESENT, joined_seq=row.head_seq + 1, joined_epoch=3, entry_head=world.raw(32)
    )
    side = side_of(world, present)
    await world.commit(lambda tx: tx.thirds.enter(grant, present, side, 0))
    return present, side


async def test_an_invitation_comes_back_and_lets_nobody_in(world: World) -> None:
    row = await world.thread()
    invited = stay(world, row)

    await world.commit(lambda tx: tx.thirds.invite(of_party(row, 0), invited))

    assert await world.read(lambda tx: tx.thirds.get(of_party(row, 1), invited.third)) == invited
    assert await world.read(lambda tx: tx.thirds.get(of_party(row, 1), world.raw(32))) is None
    other = await world.thread()
    assert await world.read(lambda tx: tx.thirds.get(of_party(other, 1), invited.third)) is None
    assert await world.read(lambda tx: tx.thirds.present(of_party(row, 1))) is None
    assert await world.read(lambda tx: tx.threads.parties(row.thread)) == row.parties
    async with world.store.transaction() as tx:
        with pytest.raises(Conflict):
            await tx.thirds.invite(of_party(row, 0), invited)


async def test_who_is_in_stands_in_the_thread_until_it_leaves(world: World) -> None:
    row, other = await world.thread(), await world.thread()
    present, side = await entered(world, row)
    grant = Grant(Operation.EVENTS_PULL, mailbox=present.mailbox, thread=row.thread, party=2)

    assert await world.read(lambda tx: tx.thirds.present(grant)) == present
    found = await world.read(lambda tx: tx.thirds.all_present([row.thread, other.thread]))
    assert found == {row.thread: present}
    parties = Parties(row.thread, row.mailboxes, present.mailbox)
    assert await world.read(lambda tx: tx.threads.parties(row.thread)) == parties
    assert (await world.commit(lambda tx: tx.threads.lock([row.thread])))[row.thread].parties == parties
    assert await world.read(lambda tx: tx.threads.side(grant)) == side
    recipients = await world.read(lambda tx: tx.threads.recipients([row.thread]))
    assert recipients == {row.thread: await world.read(lambda tx: tx.threads.side(of_party(row, 1)))}

    await world.commit(lambda tx: tx.thirds.leave(of_party(row, 0), present.third))

    assert await world.read(lambda tx: tx.thirds.present(grant)) is None
    assert await world.read(lambda tx: tx.threads.parties(row.thread)) == row.parties
    left = await world.read(lambda tx: tx.thirds.get(grant, present.third))
    assert left == replace(present, state=ThirdState.LEFT)
    again, _ = await entered(world, row, present.mailbox)
    assert await world.read(lambda tx: tx.thirds.present(grant)) == again


async def test_what_a_thread_writes_leaves_who_is_in_alone(world: World) -> None:
    row = await world.thread()
    present, _ = await entered(world, row)

    await world.say(row.thread)

    stored = (await world.read(lambda tx: tx.threads.get([row.thread])))[row.thread]
    assert (stored.head_seq, stored.third) == (1, present.mailbox)


async def test_shares_are_kept_once_and_go_with_the_stay(world: World) -> None:
    row, other = await world.thread(), await world.thread()
    (present, _), (elsewhere, _) = await entered(world, row), await entered(world, other)
    grant = of_party(row, 0)
    first, second, twin = world.raw(1168), world.raw(1168), world.raw(1168)

    await world.commit(lambda tx: tx.thirds.put_shares(grant, present.third, [(4, second), (0, first)]))
    await world.commit(lambda tx: tx.thirds.put_shares(grant, present.third, [(4, twin)]))
    await world.commit(lambda tx: tx.thirds.put_shares(of_party(other, 0), elsewhere.third, [(1, twin)]))

    assert await world.read(lambda tx: tx.thirds.shares(grant, present.third, 0, 9)) == [(0, first), (4, second)]
    assert await world.read(lambda tx: tx.thirds.shares(grant, present.third, 1, 9)) == [(4, second)]
    assert await world.read(lambda tx: tx.thirds.shares(grant, present.third, 0, 1)) == [(0, first)]
    await world.commit(lambda tx: tx.thirds.leave(grant, present.third))
    assert await world.read(lambda tx: tx.thirds.shares(grant, present.third, 0, 9)) == []
    assert len(await world.read(lambda tx: tx.thirds.shares(of_party(other, 0), elsewhere.third, 0, 9))) == 1


async def test_a_thread_is_listed_for_its_third_party_beside_the_initiators_side(world: World) -> None:
    account = await world.account()
    mailbox = await world.mailbox()
    await world.seat(mailbox, account)
    row = await world.thread()
    present, side = await entered(world, row, mailbox)
    grant = of_account(account)

    ((listed, own, peer),) = await world.read(lambda tx: tx.threads.page(grant, [mailbox], 0, None, 10, 2_000))

    assert (listed.thread, own, peer.party) == (row.thread, side, 0)
    await world.commit(lambda tx: tx.thirds.leave(of_party(row, 0), present.third))
    assert await world.read(lambda tx: tx.threads.page(grant, [mailbox], 0, None, 10, 2_000)) == []


async def test_a_page_does_not_part_the_three_of_one_account(world: World) -> None:
    account = await world.account()
    mailboxes = [await world.mailbox() for _ in range(3)]
    for mailbox in mailboxes:
        await world.seat(mailbox, account)
    rows = [await world.thread((mailboxes[0], mailboxes[1])) for _ in range(2)]
    for row in rows:
        await entered(world, row, mailboxes[2])
    grant = of_account(account)

    page = await world.read(lambda tx: tx.threads.page(grant, mailboxes, 0, None, 1, 2_000))

    assert [own.party for _, own, _ in page] == [0, 1, 2]
    assert len({row.thread for row, _, _ in page}) == 1


async def test_a_forgotten_thread_takes_its_stays_along(world: World) -> None:
    row = await world.thread()
    present, _ = await entered(world, row)
    await world.commit(lambda tx: tx.thirds.put_shares(of_party(row, 0), present.third, [(0, world.raw(1168))]))

    await world.commit(lambda tx: tx.threads.put_rotation(of_party(row, 0), 1, 2, world.raw(64)))

    gone = await world.commit(lambda tx: tx.retiring.forget_threads([row.thread]))

    counted = [gone[name] for name in ("thirds", "shares", "rotations", "parties", "threads")]
    assert counted == [1, 1, 1, 3, 1]


async def test_that_a_side_read_is_no_change_to_a_third_party(world: World) -> None:
    """Nor when it did: to the other side the same is one."""
    account, mailbox, peer = await world.account(), await world.mailbox(), await world.account()
    await world.seat(mailbox, account)
    row = await world.thread((await world.mailbox(), await world.mailbox()), at=1_000)
    await world.seat(row.mailboxes[1], peer)
    await entered(world, row, mailbox)
    read = ReadPosition(own=1, shown=1, shown_from=2_000)
    await world.commit_each((0, 1), lambda tx, each: tx.threads.move_position(of_party(row, each), read))

    async def listed(who: AccountId, box: MailboxId, since: int) -> int:
        return len(await world.read(lambda tx: tx.threads.page(of_account(who), [box], since, None, 10, 1 << 60)))

    assert [await listed(peer, row.mailboxes[1], since) for since in (1_000, 2_000)] == [1, 1]
    assert [await listed(account, mailbox, since) for since in (1_000, 2_000)] == [1, 0]
