"""Both pumps where the network is slow: what they take of a session meanwhile, and when reads may go on."""

import asyncio
from collections.abc import Callable
from typing import Any

from messaging.connection.pump import DirectPump, Pump, Take
from messaging.connection.session import Session
from messaging.domain import limits
from messaging.domain.authorization import Person
from messaging.domain.ids import AccountId
from messaging.wire import closing, codec
from messaging.wire.commands import Hello
from messaging.wire.events import Ok

EVENT = codec.encode(Ok(ref=0)) + b" " * 1_000


def greeted(wake: Callable[[], None]) -> Session:
    session = Session(wake, lambda: None)
    session.receive(codec.encode(Hello(ref=0, ticket="x", device=bytes(16))))
    session.open(Person(AccountId(b"a" * 16), {}))
    session.welcome(b'{"t":"welcome"}')
    return session


class FakeLine:
    """A `Line` with room, until a test says otherwise."""

    def __init__(self) -> None:
        self.has_room = True
        self.written: list[bytes] = []
        self.tell: Callable[[], None] = lambda: None
        self._gone = asyncio.Event()

    def attach(self, take: Take, on_room: Callable[[], None]) -> None:
        self.tell = on_room

    def put(self, frame: bytes) -> None:
        self.written.append(frame)

    async def until_gone(self) -> None:
        await self._gone.wait()

    async def close(self, code: int) -> None:
        self._gone.set()


class SlowCarrier:
    """A `Carrier` that ends a write when a test lets it."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()

    async def read(self, take: Take, hang_up: Any) -> None:
        await asyncio.Event().wait()

    async def write(self, frame: bytes) -> None:
        await self.may_end.wait()

    async def close(self, code: int) -> None:
        pass


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_any_number_of_events_in_one_turn_of_the_loop_reach_who_reads() -> None:
    """One commit may hold more for one socket than may wait for a slow one."""
    line = FakeLine()
    pump = DirectPump(line)
    session = greeted(pump.wake)
    running = asyncio.create_task(pump.run(session, lambda frame: None, lambda: None))
    await settled()
    for _ in range(2 * limits.outbound_events_max):
        session.deliver(EVENT)
    assert session.close_code is None
    await settled()
    assert sum(frame.count(b'"t":"ok"') for frame in line.written) == 2 * limits.outbound_events_max
    session.close(closing.GOING_AWAY)
    await running


async def test_events_of_one_turn_wait_where_the_network_has_no_room() -> None:
    line = FakeLine()
    pump = DirectPump(line)
    session = greeted(pump.wake)
    running = asyncio.create_task(pump.run(session, lambda frame: None, lambda: None))
    await settled()
    line.has_room = False
    before = len(line.written)
    for _ in range(2 * limits.outbound_events_max):
        session.deliver(EVENT)
    assert session.close_code == closing.RESYNC
    assert len(line.written) == before
    line.has_room = True
    line.tell()
    await running


async def test_reads_go_on_when_the_line_has_room_again() -> None:
    rooms: list[bool] = []
    line = FakeLine()
    pump = DirectPump(line)
    session = greeted(pump.wake)
    running = asyncio.create_task(pump.run(session, lambda frame: None, lambda: rooms.append(True)))
    await settled()
    rooms.clear()
    line.has_room = False
    pump.wake()
    await settled()
    assert not pump.has_room
    assert not rooms
    line.has_room = True
    line.tell()
    await settled()
    assert pump.has_room
    assert rooms
    session.close(closing.GOING_AWAY)
    await running


async def test_reads_wait_while_a_carrier_writes() -> None:
    rooms: list[bool] = []
    carrier = SlowCarrier()
    pump = Pump(carrier)
    session = greeted(pump.wake)
    running = asyncio.create_task(pump.run(session, lambda frame: None, lambda: rooms.append(True)))
    await settled()
    assert session.has_room
    assert not pump.has_room
    assert not rooms
    carrier.may_end.set()
    await settled()
    assert pump.has_room
    assert rooms
    session.close(closing.GOING_AWAY)
    await running
