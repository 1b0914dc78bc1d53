"""What many words between processes cost: few bulletins and few looks into the database, and nobody waits for them."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack

import pytest

from messaging.app import system_clock
from messaging.domain import limits
from messaging.domain.authorization import Parties
from messaging.domain.ids import MailboxId, SeatId
from messaging.fanout.bulletin import Bulletin
from messaging.fanout.shared import SharedHub
from messaging.ports import Listener
from tests.contracts.fanout.conftest import Ends, shared
from tests.contracts.store.world import World
from tests.support.redis import RedisServer, redis_of_its_own
from tests.support.waiting import until

pytestmark = pytest.mark.slow


@pytest.fixture
async def two(redis: RedisServer, world: World, patient: None) -> AsyncIterator[tuple[SharedHub, SharedHub]]:
    async with AsyncExitStack() as stack:
        yield await shared(stack, [redis.url], world), await shared(stack, [redis.url], world)


async def test_what_follows_closely_goes_together_whatever_it_is_about(
    two: tuple[SharedHub, SharedHub], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    ends = Ends(first, second, world)
    hall = await world.mailbox()
    ear = await ends.joined(second, hall)
    await ends.settled(first, second)
    heard: list[Bulletin] = []
    adopt = second._adopt

    def counted(bulletin: Bulletin) -> None:
        heard.append(bulletin)
        adopt(bulletin)

    monkeypatch.setattr(second, "_adopt", counted)
    monkeypatch.setattr(limits, "shared_every_s", 0.2)
    for number in range(200):
        first.publish([MailboxId(bytes([number]) + bytes(15)), hall], str(number).encode())
        await asyncio.sleep(0)
    await until(lambda: len(ear.heard) == 200)
    assert ear.heard == [str(number).encode() for number in range(200)]
    assert len(heard) <= 4, "one at once, one with all the rest, and maybe what was noted meanwhile"


async def test_the_first_word_after_a_pause_waits_for_nothing(
    two: tuple[SharedHub, SharedHub], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    ends = Ends(first, second, world)
    hall = await world.mailbox()
    ear = await ends.joined(second, hall)
    await ends.settled(first, second)
    await asyncio.sleep(3 * limits.rates_told_every_s)
    monkeypatch.setattr(limits, "shared_every_s", 20.0)
    began = time.monotonic()
    first.publish([hall], b"1")
    await until(lambda: ear.heard == [b"1"])
    assert time.monotonic() - began < 5


async def test_what_is_said_while_a_bulletin_is_lost_is_heard(
    two: tuple[SharedHub, SharedHub], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    hall = await world.mailbox()
    ear = await Ends(first, second, world).joined(second, hall)
    publish = first._wire.publish
    lost: list[bytes] = []

    async def slow(shard: int, sealed: bytes) -> bool:
        if lost:
            return await publish(shard, sealed)
        lost.append(sealed)
        first.publish([hall], b"meanwhile")
        return False

    monkeypatch.setattr(first._wire, "publish", slow)
    first.publish([hall], b"lost, and found by a sweep", mark=(hall, 1))
    first.publish([hall], b"a hint")
    await until(lambda: ear.heard == [b"a hint", b"meanwhile"], 10)


async def test_a_bulletin_that_cannot_be_made_ends_nothing(
    two: tuple[SharedHub, SharedHub], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    hall = await world.mailbox()
    ear = await Ends(first, second, world).joined(second, hall)
    gaps: list[int] = []
    monkeypatch.setattr(second, "gap", lambda: gaps.append(1))
    seal, odd = first._seal.seal, [ValueError("odd")]

    def once(shard: int, bulletin: Bulletin) -> bytes:
        if odd:
            raise odd.pop()
        return seal(shard, bulletin)

    monkeypatch.setattr(first._seal, "seal", once)
    first.publish([hall], b"lost")
    await until(lambda: not odd)
    first.publish([hall], b"told")
    await until(lambda: ear.heard == [b"told"], 10)
    assert gaps, "the others look into the database"


async def test_the_listeners_of_a_mailbox_are_gone_through_once_for_all_that_is_said_to_it(
    two: tuple[SharedHub, SharedHub], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = two
    hall = await world.mailbox()
    ears = [await Ends(*two, world).joined(first, hall) for _ in range(4)]
    walked: list[Listener] = []
    listening = first.listening

    def counted(mailboxes: Collection[MailboxId]) -> Iterator[tuple[Listener, MailboxId]]:
        for pair in listening(mailboxes):
            walked.append(pair[0])
            yield pair

    monkeypatch.setattr(first, "listening", counted)
    said = [str(number).encode() for number in range(50)]
    for number, word in enumerate(said):
        first.publish([hall], word, but=ears[number % 2])
    await until(lambda: ears[3].heard == said)
    assert len(walked) <= 2 * len(ears), "at once, or in two batches"
    assert [ear.heard for ear in ears] == [said[1::2], said[::2], said, said]


async def test_what_was_said_before_a_stop_is_heard(
    two: tuple[SharedHub, SharedHub], redis: RedisServer, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, second = two
    hall = await world.mailbox()
    ear = await Ends(*two, world).joined(second, hall)
    async with AsyncExitStack() as stack:
        stops = await shared(stack, [redis.url], world)
        monkeypatch.setattr(limits, "shared_every_s", 1.0)
        stops.publish([hall], b"1")
        await until(lambda: ear.heard == [b"1"])
        stops.publish([hall], b"2")
    await until(lambda: ear.heard == [b"1", b"2"], 10)


async def test_a_stop_does_not_wait_for_a_server_that_is_away(world: World) -> None:
    with redis_of_its_own() as server:
        async with AsyncExitStack() as stack:
            stops = await shared(stack, [server.url], world)
            server.pause()
            for first in range(limits.shared_shards):
                stops.publish([MailboxId(bytes([first]) + bytes(15))], b"1")
            began = time.monotonic()
            await stops.stop()
            took = time.monotonic() - began
            server.resume()
    assert took < 5


async def test_what_only_its_sender_would_hear_is_not_looked_up(
    two: tuple[SharedHub, SharedHub], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = two
    hall = await world.mailbox()
    sender = await Ends(*two, world).joined(first, hall)
    looked: list[int] = []
    active_seats = world.store.active_seats

    async def counted(seats: Sequence[SeatId]) -> set[SeatId]:
        looked.append(1)
        return await active_seats(seats)

    monkeypatch.setattr(world.store, "active_seats", counted)
    await until(lambda: not first._catches_up)
    first.publish([hall], b"own", but=sender)
    await until(lambda: first.unheard == 0)
    assert not looked
    first.publish([hall], b"another's")
    await until(lambda: sender.heard == [b"another's"])
    assert len(looked) == 1


async def test_own_bulletins_come_back_unopened(
    two: tuple[SharedHub, SharedHub], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    hall = await world.mailbox()
    ear = await Ends(first, second, world).joined(second, hall)
    opened: list[bytes] = []
    monkeypatch.setattr(first._seal, "open", lambda _, sealed: opened.append(sealed))
    for number in range(20):
        first.publish([hall], str(number).encode())
        await asyncio.sleep(2 * limits.shared_every_s)
    await until(lambda: len(ear.heard) == 20)
    assert len(opened) < 10, "what the other one noted meanwhile"


async def test_one_connection_to_a_server_hears_all_of_its_shards(
    two: tuple[SharedHub, SharedHub], redis: RedisServer
) -> None:
    await asyncio.sleep(2 * limits.shared_ping_s)
    hearing = redis.cli("CLIENT", "LIST", "TYPE", "pubsub").splitlines()
    mine = [line for line in hearing if f" ssub={limits.shared_shards} " in line]
    assert len([line for line in hearing if " ssub=" in line and line not in mine]) == 0
    assert len(mine) == 2


async def test_a_sweep_does_not_tell_what_is_on_its_way(
    two: tuple[SharedHub, SharedHub], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "sweep_grace_s", 1.0)
    first, second = two
    hall, project = await world.mailbox(), await world.mailbox()
    row = await world.thread((hall, project), at=system_clock())
    ear = await Ends(first, second, world).joined(second, hall)
    await until(lambda: second.found == 1)  # the opening, of which nobody told
    ear.heard.clear()
    looked: list[int] = []
    threads_behind = second._sweep._threads_behind

    def counted(heads: Iterable[tuple[Parties, int]]) -> list[tuple[Parties, int]]:
        behind = threads_behind(heads)
        looked.append(len(behind))
        return behind

    monkeypatch.setattr(second._sweep, "_threads_behind", counted)
    event = await world.say(row.thread)
    second.gap()
    await until(lambda: 1 in looked)
    first.publish(row.mailboxes, b"on its way", mark=(row.thread, event.seq))
    await until(lambda: bool(ear.heard))
    await asyncio.sleep(1.5)
    assert (ear.heard, second.found) == ([b"on its way"], 1)
