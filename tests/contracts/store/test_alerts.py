"""Contract of Alerts: whom to look at, what waits for them, links and browsers."""

from dataclasses import replace

import msgspec
import pytest

from messaging.domain import limits
from messaging.domain.alerts import Ledger, Quiet
from messaging.domain.ids import AccountId, SubscriptionId, ThreadId
from messaging.domain.receipt import ReadPosition
from messaging.domain.relation import Safety
from messaging.domain.seat import SeatState
from messaging.ports import AlertLinkRow, AlertRow, EventRow, PushChannel, ThreadRow
from tests.contracts.store.world import World, of_account, of_mailbox, of_party

DAY = 86_400_000


async def alerted(world: World, look_at: int = 5) -> AlertRow:
    row = AlertRow(await world.account(), Ledger(covered_until=1), look_at)
    await world.commit(lambda tx: tx.alerts.put(of_account(row.account), row))
    return row


async def test_settings_come_back_as_they_were_put(world: World) -> None:
    row = await alerted(world)
    grant = of_account(row.account)
    assert await world.read(lambda tx: tx.alerts.get(grant)) == row
    changed = AlertRow(
        row.account,
        Ledger(2, 3, 4, 5, 6),
        look_at=7,
        wanted=False,
        quiet=Quiet("Indian/Reunion", 1, 2, False),
        address="a@b.example",
        pending="c@d.example",
        asked=True,
        failing_since=8,
    )
    await world.commit(lambda tx: tx.alerts.put(grant, changed))
    assert await world.read(lambda tx: tx.alerts.get(grant)) == changed
    assert await world.read(lambda tx: tx.alerts.get(of_account(AccountId(world.raw())))) is None


async def test_those_who_waited_longest_are_looked_at_first(world: World) -> None:
    late, early, later = [await alerted(world, look_at) for look_at in (9, 3, 11)]
    assert await world.commit_each((2, 3), lambda tx, at: tx.alerts.due(at)) == [False, True]
    assert await world.commit(lambda tx: tx.alerts.take(10, 5)) == [early, late]
    assert await world.commit(lambda tx: tx.alerts.take(10, 1)) == [early]
    assert later in await world.commit(lambda tx: tx.alerts.take(11, 5))


@pytest.mark.slow
async def test_one_worker_looks_at_a_time(world: World) -> None:
    row = await alerted(world)
    if world.store.exclusive:
        assert await world.commit(lambda tx: tx.alerts.take(10, 5)) == [row]
        return
    async with world.store.transaction() as first, world.store.transaction() as second:
        assert await first.alerts.take(10, 5) == [row]
        assert await second.alerts.take(10, 5) == []


async def test_what_waits_is_the_peers_last_word_that_nobody_read(world: World) -> None:
    row = await alerted(world)
    mailbox = await world.mailbox()
    seat = await world.seat(mailbox, row.account)
    thread = await world.thread((await world.mailbox(), mailbox))

    async def found() -> list[tuple[ThreadId | None, str, int]]:
        listed = await world.read(lambda tx: tx.alerts.waiting(of_account(row.account), 10))
        assert all(each.mailbox == mailbox for each in listed)
        return [(each.thread, each.kind, each.since) for each in listed]

    assert await found() == []
    await world.say(thread.thread, 0)
    second = await world.say(thread.thread, 0)
    assert await found() == [(thread.thread, "message", second.at)]
    await append(world, thread, 3, "epoch", 0)
    assert await found() == [(thread.thread, "message", second.at)], "renewed keys are nobody's word"
    await append(world, thread, 4, "asked", 0)
    assert await found() == [(thread.thread, "asked", 1_004)]
    await move(world, thread, 1, 4)
    assert await found() == [], "read"
    await append(world, thread, 5, "epoch", 0)
    assert await found() == [], "keys that were renewed after that"
    await world.say(thread.thread, 0)
    assert len(await found()) == 1
    await world.say(thread.thread, 1)
    assert await found() == [], "answered"
    await world.say(thread.thread, 0)
    for safety in (Safety.FROZEN, Safety.BLOCKED):
        await decide(world, thread, safety)
        assert await found() == [], safety
    await decide(world, thread, Safety.NORMAL)
    assert len(await found()) == 1, "measures end"
    await decide(world, thread, Safety.BLOCKED)
    other = await world.thread((mailbox, await world.mailbox()))
    await world.say(other.thread, 1)
    assert [thread for thread, _, _ in await found()] == [other.thread]
    await world.commit(lambda tx: tx.seats.depart(of_mailbox(mailbox), seat.seat, SeatState.DEPARTED, 9))
    assert await found() == [], "no seat any more"


async def append(world: World, thread: ThreadRow, seq: int, kind: str, party: int) -> None:
    event = EventRow(thread.thread, seq, 1_000 + seq, kind, party, world.message_id(), b"p", b"p")
    async with world.store.transaction() as tx:
        row = (await tx.threads.lock([thread.thread]))[thread.thread]
        await tx.events.append([event])
        await tx.threads.update([msgspec.structs.replace(row, head_seq=seq)])


async def move(world: World, thread: ThreadRow, party: int, seq: int) -> None:
    await world.commit(lambda tx: tx.threads.move_position(of_party(thread, party), ReadPosition(own=seq)))


async def decide(world: World, thread: ThreadRow, safety: Safety) -> None:
    async with world.store.transaction() as tx:
        row = (await tx.threads.lock([thread.thread]))[thread.thread]
        await tx.threads.update([msgspec.structs.replace(row, safety=safety)])


async def test_colleagues_whom_mails_do_not_reach(world: World) -> None:
    mailbox, rows = await world.mailbox(), [await alerted(world) for _ in range(3)]
    seats = [await world.seat(mailbox, row.account) for row in rows]
    await world.seat(mailbox)
    for row, failing, wanted in zip(rows, (7, None, 7), (True, True, False), strict=True):
        changed = replace(row, failing_since=failing, wanted=wanted)
        await world.commit_each([changed], lambda tx, each: tx.alerts.put(of_account(each.account), each))
    assert await world.read(lambda tx: tx.alerts.unreached(of_mailbox(mailbox))) == [seats[0].seat]
    elsewhere = await world.mailbox()
    assert await world.read(lambda tx: tx.alerts.unreached(of_mailbox(elsewhere))) == []


async def test_a_link_lasts_until_its_time_is_over(world: World) -> None:
    account, thread = await world.account(), world.thread_id()
    row = AlertLinkRow(account, "open", thread, made_at=100, expires_at=200)
    await world.commit(lambda tx: tx.alerts.put_link(b"d" * 32, row))
    assert await world.read(lambda tx: tx.alerts.link(b"d" * 32, 199)) == row
    assert await world.read(lambda tx: tx.alerts.link(b"d" * 32, 200)) is None
    assert await world.read(lambda tx: tx.alerts.link(b"e" * 32, 199)) is None
    later = replace(row, thread=None, made_at=200, expires_at=300)
    await world.commit(lambda tx: tx.alerts.put_link(b"e" * 32, later))
    assert await world.read(lambda tx: tx.alerts.link(b"d" * 32, 0)) is None, "cleared away"
    assert await world.read(lambda tx: tx.alerts.link(b"e" * 32, 200)) == later


async def test_links_are_voided_and_counted(world: World) -> None:
    mine, other = [await world.account() for _ in range(2)]
    for n, (account, purpose) in enumerate(((mine, "confirm"), (mine, "open"), (other, "confirm"))):
        row = AlertLinkRow(account, purpose, None, made_at=n, expires_at=DAY)
        await world.commit_each([row], lambda tx, each: tx.alerts.put_link(bytes([each.made_at]) * 32, each))
    await world.commit(lambda tx: tx.alerts.void_links(of_account(mine), "confirm", "void"))
    purposes = [await world.commit_each([n], lambda tx, i: tx.alerts.link(bytes([i]) * 32, 5)) for n in range(3)]
    assert [found.purpose for (found,) in purposes if found] == ["void", "open", "confirm"]
    count = await world.read(lambda tx: tx.alerts.links_since(of_account(mine), ("confirm", "void"), 0))
    assert count == 1
    assert await world.read(lambda tx: tx.alerts.links_since(of_account(mine), ("confirm", "void"), 1)) == 0


async def test_browsers_are_kept_by_endpoint_and_only_so_many(world: World) -> None:
    account = await world.account()
    most = limits.push_subscriptions_max

    async def put(n: int, at: int, auth: bytes = b"a" * 16) -> SubscriptionId:
        channel = PushChannel(SubscriptionId(world.raw()), f"https://push.example/{n}", b"p" * 65, auth, at)
        return await world.commit(lambda tx: tx.alerts.put_push(of_account(account), channel))

    first = await put(0, 1)
    assert await put(0, 2, b"b" * 16) == first
    (found,) = await world.read(lambda tx: tx.alerts.pushes(of_account(account)))
    assert found == PushChannel(first, "https://push.example/0", b"p" * 65, b"b" * 16, 2)
    for n in range(1, most + 1):
        await put(n, 2 + n)
    kept = await world.read(lambda tx: tx.alerts.pushes(of_account(account)))
    assert [channel.endpoint for channel in kept] == [f"https://push.example/{n}" for n in range(most, 0, -1)]
    stranger = await world.account()
    assert await world.read(lambda tx: tx.alerts.pushes(of_account(stranger))) == []
    await world.commit(lambda tx: tx.alerts.delete_push(of_account(stranger), kept[0].subscription))
    await world.commit(lambda tx: tx.alerts.delete_push(of_account(account), kept[1].subscription))
    left = await world.read(lambda tx: tx.alerts.pushes(of_account(account)))
    assert left == [kept[0], *kept[2:]]
