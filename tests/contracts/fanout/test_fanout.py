"""Contract of Fanout: whatever is said at one end is heard at the other, by whom it is for."""

from messaging.domain.ids import AccountId, MailboxId
from messaging.wire import closing
from tests.contracts.fanout.conftest import Ear, Ends
from tests.contracts.store.world import of_mailbox


async def test_it_is_heard_at_both_ends_by_those_of_the_mailbox_alone(ends: Ends) -> None:
    hall, project = await ends.world.mailbox(), await ends.world.mailbox()
    here, there = await ends.joined(ends.first, hall), await ends.joined(ends.second, hall)
    other = await ends.joined(ends.second, project)
    ends.first.publish([hall], b"1")
    await ends.hears(lambda: here.heard == there.heard == [b"1"])
    await ends.settled(ends.first, ends.second)
    assert (here.heard, there.heard, other.heard) == ([b"1"], [b"1"], [])


async def test_each_hears_it_once_and_in_order(ends: Ends) -> None:
    hall, project = await ends.world.mailbox(), await ends.world.mailbox()
    both = await ends.joined(ends.second, hall, project)
    said = [str(number).encode() for number in range(500)]
    for word in said:
        ends.first.publish([hall, project], word)
    await ends.settled(ends.first, ends.second)
    assert both.heard == said


async def test_the_one_it_came_from_does_not_hear_it(ends: Ends) -> None:
    hall = await ends.world.mailbox()
    origin, colleague = await ends.joined(ends.first, hall), await ends.joined(ends.second, hall)
    ends.first.publish([hall], b"1", but=origin)
    await ends.settled(ends.first, ends.second)
    await ends.settled(ends.first, ends.first)
    assert (origin.heard, colleague.heard) == ([], [b"1"])


async def test_who_left_hears_nothing(ends: Ends) -> None:
    hall = await ends.world.mailbox()
    ear = await ends.joined(ends.second, hall)
    ends.second.leave(ear)
    ends.first.publish([hall], b"1")
    await ends.settled(ends.first, ends.second)
    assert ear.heard == []


async def test_an_account_is_closed_and_told_of_its_seats_wherever_it_listens(ends: Ends) -> None:
    account = AccountId(await ends.world.account())
    ears = [await ends.joined(end, await ends.world.mailbox(), account=account) for end in (ends.first, ends.second)]
    other = await ends.joined(ends.second, await ends.world.mailbox())
    ends.first.refresh_account(account)
    ends.first.close_account(account, closing.REVOKED)
    await ends.hears(lambda: all(ear.closed == [closing.REVOKED] for ear in ears))
    await ends.settled(ends.first, ends.second)
    assert [ear.refreshed for ear in (*ears, other)] == [1, 1, 0]
    assert other.closed == []


async def test_who_is_removed_hears_nothing_of_what_came_after(ends: Ends) -> None:
    hall, project = await ends.world.mailbox(), await ends.world.mailbox()
    leaver, stays = await ends.joined(ends.second, hall, project), await ends.joined(ends.second, hall)
    await _remove(ends, leaver, hall)
    ends.first.publish([hall], b"after")
    ends.first.publish([hall, project], b"to another mailbox too")
    await ends.hears(lambda: stays.heard == [b"after", b"to another mailbox too"])
    await ends.settled(ends.first, ends.second)
    assert leaver.heard == [b"to another mailbox too"]


async def test_who_read_the_seats_before_a_removal_elsewhere_does_not_get_in(ends: Ends) -> None:
    hall = await ends.world.mailbox()
    leaver = await ends.joined(ends.second, hall)
    as_of = ends.second.moment
    await _remove(ends, leaver, hall)
    await ends.settled(ends.first, ends.second)
    ends.second.join(leaver, [hall], as_of=as_of)
    ends.first.publish([hall], b"after")
    await ends.settled(ends.first, ends.second)
    assert leaver.heard == []


async def _remove(ends: Ends, leaver: Ear, mailbox: MailboxId) -> None:
    """As the pipeline does it, at the first end."""
    seat = leaver.actor.seats[mailbox].seat
    assert seat is not None
    async with ends.world.store.transaction() as tx:
        await tx.seats.remove(of_mailbox(mailbox), seat, 2)
        ends.first.bar(leaver.account, mailbox)
    ends.first.lift(leaver.account, mailbox)
