"""Contract of Rates and Carriage, and the sockets of an account: at two ends it is as at one."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from messaging.domain import limits
from messaging.domain.errors import Busy, NotFound, PliError
from messaging.domain.ids import AccountId
from messaging.domain.rates import Allowance, Rate
from messaging.fanout.carriage import LocalCarriage, SharedCarriage
from messaging.fanout.notes import Carried, Note, Taken
from messaging.fanout.places import PlaceSeal
from messaging.fanout.rates import LocalRates
from messaging.ports import Carriage, Place, Rates
from messaging.wire import closing
from tests.contracts.fanout.conftest import Ear, Ends, shared
from tests.contracts.store.world import World
from tests.support.redis import RedisServer, redis_of_its_own
from tests.support.waiting import until

BURST = 6
ALLOWANCES = {rate: Allowance(per_s=0.001, burst=BURST) for rate in Rate}


@dataclass(frozen=True)
class Sides:
    """What two processes have, or one has twice."""

    rates: tuple[Rates, Rates]
    carriages: tuple[Carriage, Carriage]
    ends: Ends | None

    async def settle(self) -> None:
        """Whatever was told at the first end so far came to the second."""
        if self.ends is not None:
            await asyncio.sleep(2 * limits.rates_told_every_s)
            await self.ends.settled(self.ends.first, self.ends.second)


@pytest.fixture(params=["redis", "cluster"])
async def two(request: pytest.FixtureRequest, world: World, patient: None) -> AsyncIterator[Ends]:
    servers = request.getfixturevalue(request.param)
    urls = [servers.url] if request.param == "redis" else [node.url for node in servers]
    async with AsyncExitStack() as stack:
        first, second = [await shared(stack, urls, world, ALLOWANCES) for _ in range(2)]
        yield Ends(first, second, world)


@pytest.fixture(
    params=["memory", pytest.param("redis", marks=pytest.mark.slow), pytest.param("cluster", marks=pytest.mark.slow)]
)
async def sides(request: pytest.FixtureRequest, world: World, patient: None) -> AsyncIterator[Sides]:
    if request.param == "memory":
        rates, carriage = LocalRates(asyncio.get_running_loop().time, ALLOWANCES), LocalCarriage()
        yield Sides((rates, rates), (carriage, carriage), None)
        return
    servers = request.getfixturevalue(request.param)
    urls = [servers.url] if request.param == "redis" else [node.url for node in servers]
    async with AsyncExitStack() as stack:
        first, second = [await shared(stack, urls, world, ALLOWANCES) for _ in range(2)]
        a, b = first.neighbours, second.neighbours
        yield Sides((a.rates, b.rates), (a.carriage, b.carriage), Ends(first, second, world))


def some_account() -> AccountId:
    return AccountId(os.urandom(16))


def takes(rates: Rates, rate: Rate, account: AccountId) -> bool:
    return rates.take(rate, account) == 0


# rates


async def test_an_account_may_ask_for_no_more_at_two_ends_than_at_one(sides: Sides) -> None:
    account, (first, second) = some_account(), sides.rates
    assert [takes(first, Rate.COMMANDS, account) for _ in range(BURST - 1)] == [True] * (BURST - 1)
    await sides.settle()
    assert [takes(second, Rate.COMMANDS, account) for _ in range(2)] == [True, False]


async def test_rates_and_accounts_are_apart_at_both_ends(sides: Sides) -> None:
    account, (first, second) = some_account(), sides.rates
    while takes(first, Rate.COMMANDS, account):
        pass
    await sides.settle()
    assert not takes(second, Rate.COMMANDS, account)
    assert takes(second, Rate.MESSAGES, account)
    assert takes(second, Rate.COMMANDS, some_account())


@pytest.mark.slow
async def test_without_redis_each_end_bounds_by_itself(world: World) -> None:
    with redis_of_its_own() as server:
        async with AsyncExitStack() as stack:
            hub = await shared(stack, [server.url], world, ALLOWANCES)
            server.kill()
            await until(lambda: hub.deaf)
            account = some_account()
            assert [takes(hub.neighbours.rates, Rate.COMMANDS, account) for _ in range(2 * BURST)].count(True) == BURST


# carriage


class Stream:
    """A stream of the second carrier, as the carriage sees it."""

    def __init__(self) -> None:
        self.key = os.urandom(32)
        self.taken: list[bytes] = []
        self.refusal: PliError | None = None

    def take(self, frame: bytes) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.taken.append(frame)


async def test_frames_reach_a_stream_at_the_other_end_whole_and_in_order(sides: Sides) -> None:
    stream, (first, second) = Stream(), sides.carriages
    first.stand(stream.key, stream.take)
    place = second.find(stream.key, first.sealed_place(stream.key))
    frames = [bytes([number]) * limits.frame_bytes_max for number in range(3)]
    for frame in frames:
        await second.hand_over(place, stream.key, frame)
    assert stream.taken == frames


async def test_a_refusal_comes_back_and_the_next_frame_is_taken(sides: Sides) -> None:
    stream, (first, second) = Stream(), sides.carriages
    first.stand(stream.key, stream.take)
    place = second.find(stream.key, first.sealed_place(stream.key))
    for refusal in (Busy("one at a time"), NotFound("it closes")):
        stream.refusal = refusal
        with pytest.raises(type(refusal)):
            await second.hand_over(place, stream.key, b"1")
    stream.refusal = None
    await second.hand_over(place, stream.key, b"2")
    assert stream.taken == [b"2"]


async def test_a_stream_that_nobody_has_or_that_ended_is_not_found(sides: Sides) -> None:
    stream, (first, second) = Stream(), sides.carriages
    for sealed in ("", "zz", "00", "00" * 36, first.sealed_place(os.urandom(32)), second.sealed_place(stream.key)):
        with pytest.raises(NotFound):
            second.find(stream.key, sealed)
    first.stand(stream.key, stream.take)
    place = second.find(stream.key, first.sealed_place(stream.key))
    first.end(stream.key)
    with pytest.raises(NotFound):
        await second.hand_over(place, stream.key, b"1")
    assert stream.taken == []


# between processes, without their wire


def carriage_of(told: list[Note]) -> SharedCarriage:
    """Of a process that another one heard nothing of yet."""

    def tell(_: bytes, note: Note) -> bool:
        told.append(note)
        return True

    return SharedCarriage(os.urandom(8), PlaceSeal(bytes(32), b"service", os.urandom), tell, lambda: False)


def test_who_has_no_stream_makes_no_process_ask_another() -> None:
    told: list[Note] = []
    first, second = carriage_of(told), carriage_of(told)
    key = os.urandom(32)
    sealed = first.sealed_place(key)
    for number in range(1_000):
        for other in ("", os.urandom(36).hex(), sealed):
            with pytest.raises(NotFound):
                second.find(number.to_bytes(32, "big"), other)
    assert told == []
    assert second.find(key, sealed) == first.here


def test_a_place_tells_its_client_nothing_and_is_never_the_same_twice() -> None:
    carriage = carriage_of([])
    key = os.urandom(32)
    one, other = carriage.sealed_place(key), carriage.sealed_place(key)
    assert one != other
    assert carriage.here.hex() not in one + other


async def test_a_process_that_went_holds_up_no_frames_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "stream_calls_to_one_max", 2)
    monkeypatch.setattr(limits, "stream_elsewhere_s", 60.0)
    told: list[Note] = []
    carriage, went, stands = carriage_of(told), Place(b"went"), Place(b"stands")
    held = [asyncio.create_task(carriage.hand_over(went, os.urandom(32), b"1")) for _ in range(2)]
    await until(lambda: len(told) == 2)
    with pytest.raises(Busy):
        await carriage.hand_over(went, os.urandom(32), b"2")
    asked = asyncio.create_task(carriage.hand_over(stands, os.urandom(32), b"3"))
    await until(lambda: len(told) == 3)
    note = told[-1]
    assert isinstance(note, Carried)
    carriage.hear_taken(stands, Taken(carriage.here, note.call, ""))
    await asked
    for task in held:
        task.cancel()
    await asyncio.gather(*held, return_exceptions=True)
    monkeypatch.setattr(limits, "stream_elsewhere_s", 0.01)
    with pytest.raises(NotFound):
        await carriage.hand_over(went, os.urandom(32), b"4")


@pytest.mark.slow
async def test_a_stream_behind_a_silent_redis_is_busy_and_nobody_waits(world: World) -> None:
    with redis_of_its_own() as server:
        async with AsyncExitStack() as stack:
            first, second = [await shared(stack, [server.url], world, ALLOWANCES) for _ in range(2)]
            stream = Stream()
            first.neighbours.carriage.stand(stream.key, stream.take)
            sealed = first.neighbours.carriage.sealed_place(stream.key)
            place = second.neighbours.carriage.find(stream.key, sealed)
            server.pause()
            await until(lambda: second.deaf)
            with pytest.raises(Busy):
                await second.neighbours.carriage.hand_over(place, stream.key, b"1")
            server.resume()
            await until(lambda: not first.deaf and not second.deaf)
            await asyncio.sleep(2 * limits.shared_away_s)
            await second.neighbours.carriage.hand_over(place, stream.key, b"2")
            assert stream.taken == [b"2"]


# the sockets of an account


async def joined(ends: Ends, end: int, account: AccountId, device: bytes) -> Ear:
    ear = Ear(account)
    ear.device = device
    (ends.first, ends.second)[end].join(ear, [])
    await asyncio.sleep(0.002)  # the next one is newer
    return ear


@pytest.mark.slow
async def test_an_account_has_no_more_sockets_at_two_ends_than_at_one(two: Ends) -> None:
    account = some_account()
    ears = [await joined(two, number % 2, account, bytes([number]) * 16) for number in range(5)]
    await two.settled(two.first, two.second)
    await two.settled(two.second, two.first)
    assert [ear.closed for ear in ears] == [[]] * 5
    late = await joined(two, 1, account, b"another device!!")
    await until(lambda: late.closed == [closing.TOO_MANY_CONNECTIONS])
    assert [ear.closed for ear in ears] == [[]] * 5


@pytest.mark.slow
async def test_a_device_replaces_its_oldest_socket_at_the_other_end(two: Ends) -> None:
    account, device = some_account(), b"one device......"
    ears = [await joined(two, 0, account, device) for _ in range(5)]
    late = await joined(two, 1, account, device)
    await until(lambda: ears[0].closed == [closing.TOO_MANY_CONNECTIONS])
    await two.settled(two.first, two.second)
    assert [ear.closed for ear in (*ears[1:], late)] == [[]] * 5


@pytest.mark.slow
async def test_sockets_that_went_make_room(two: Ends) -> None:
    account = some_account()
    ears = [await joined(two, 0, account, bytes([number]) * 16) for number in range(5)]
    kept = await joined(two, 1, account, bytes([0]) * 16)
    await until(lambda: bool(ears[0].closed))
    for ear in ears:
        two.first.leave(ear)
    await two.settled(two.first, two.second)
    more = [await joined(two, 1, account, bytes([number]) * 16) for number in range(10, 14)]
    await two.settled(two.first, two.second)
    await two.settled(two.second, two.first)
    assert [ear.closed for ear in (kept, *more)] == [[]] * 5


@pytest.mark.slow
async def test_a_process_that_says_nothing_any_more_holds_no_place(
    world: World, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "sweep_every_s", 0.1)
    monkeypatch.setattr(limits, "shared_origin_silent_s", 1.0)
    async with AsyncExitStack() as stack:
        living = await shared(stack, [redis.url], world)
        async with AsyncExitStack() as short:
            dies = await shared(short, [redis.url], world)
            ends, account = Ends(living, dies, world), some_account()
            ears = [await joined(ends, 1, account, bytes([number]) * 16) for number in range(4)]
            stays = await joined(ends, 0, account, b"stays...........")
            await until(lambda: living.neighbours.attendance.elsewhere(account) == 4)
        await until(lambda: living.neighbours.attendance.elsewhere(account) == 0)
        assert [ear.closed for ear in (stays, *ears)] == [[]] * 5
