"""One suite, every fan-out: two ends of it, which are one object in memory, and two processes' over Redis."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

import pytest

from messaging.app import system_clock
from messaging.domain import limits
from messaging.domain.authorization import Person, Seat
from messaging.domain.ids import AccountId, MailboxId
from messaging.domain.rates import ALLOWANCES, Allowance, Rate
from messaging.domain.seat import SeatState
from messaging.domain.vocabulary import MailboxKind
from messaging.fanout.hub import Hub
from messaging.fanout.shared import SharedHub
from messaging.ports import SeatRow
from messaging.store import create_store
from tests.contracts.conftest import RING
from tests.contracts.store.world import World
from tests.support.redis import RedisServer, cluster_of_three, redis_of_its_own
from tests.support.waiting import until

_SEAL_KEY: Final = b"\x03" * 32


class Ear:
    """A listener that remembers, and whose seats are those of the database."""

    def __init__(self, account: AccountId, *rows: SeatRow) -> None:
        seats = {row.mailbox: _seat(row) for row in rows}
        self.actor = Person(account, seats)
        self.device = b""
        self.heard: list[bytes] = []
        self.closed: list[int] = []
        self.refreshed = 0

    @property
    def account(self) -> AccountId:
        return self.actor.account

    def deliver(self, encoded: bytes) -> None:
        self.heard.append(encoded)

    def close(self, code: int) -> None:
        self.closed.append(code)

    def refresh(self) -> None:
        self.refreshed += 1


def _seat(row: SeatRow) -> Seat:
    return Seat(row.mailbox, MailboxKind.TERRITORY, row.role, row.admin, SeatState(row.state), row.seat)


@dataclass(frozen=True)
class Ends:
    """Two ends of a fan-out, over the mailboxes of one database."""

    first: Hub
    second: Hub
    world: World

    async def joined(self, end: Hub, *mailboxes: MailboxId, account: AccountId | None = None) -> Ear:
        """Somebody with a seat in each of these mailboxes listens to them at this end."""
        person = account or await self.world.account()
        ear = Ear(person, *[await self.world.seat(mailbox, person) for mailbox in mailboxes])
        end.join(ear, mailboxes, as_of=end.moment)
        return ear

    async def hears(self, holds: Callable[[], bool]) -> None:
        await until(holds)

    async def settled(self, end: Hub, other: Hub) -> None:
        """Whatever was said at `end` so far came to `other`."""
        mailbox = await self.world.mailbox()
        ear = await self.joined(other, mailbox)
        # One word in each shard, behind all that was said before it there.
        for first in range(8):
            key = MailboxId(bytes([first]) + bytes(15))
            end.publish([key, mailbox], bytes([first]))
        await until(lambda: len(set(ear.heard)) == 8)
        other.leave(ear)


@pytest.fixture
async def world(migrated_sqlite: str) -> AsyncIterator[World]:
    store = create_store(migrated_sqlite, RING, os.urandom)
    await store.start()
    try:
        yield World(store)
    finally:
        await store.close()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """For who wants to hear all that is said: on a busy machine a server that is there may look as if it were away."""
    monkeypatch.setattr(limits, "shared_publish_s", 10.0)
    monkeypatch.setattr(limits, "shared_silence_s", 30.0)


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisServer]:
    with redis_of_its_own() as server:
        yield server


@pytest.fixture(scope="session")
def cluster() -> Iterator[list[RedisServer]]:
    with cluster_of_three() as nodes:
        yield nodes


async def shared(
    stack: AsyncExitStack, urls: list[str], world: World, allowances: Mapping[Rate, Allowance] = ALLOWANCES
) -> SharedHub:
    """A started end over these servers, stopped with the stack."""
    monotonic = asyncio.get_running_loop().time
    hub = SharedHub(urls, _SEAL_KEY, world.store, system_clock, os.urandom, monotonic=monotonic, allowances=allowances)
    await hub.start()
    stack.push_async_callback(hub.stop)
    await until(lambda: not hub.deaf)
    return hub


@pytest.fixture(
    params=["memory", pytest.param("redis", marks=pytest.mark.slow), pytest.param("cluster", marks=pytest.mark.slow)]
)
async def ends(request: pytest.FixtureRequest, world: World, patient: None) -> AsyncIterator[Ends]:
    if request.param == "memory":
        hub = Hub()
        yield Ends(hub, hub, world)
        return
    if request.param == "redis":
        urls = [request.getfixturevalue("redis").url]
    else:
        urls = [node.url for node in request.getfixturevalue("cluster")]
    async with AsyncExitStack() as stack:
        first, second = await shared(stack, urls, world), await shared(stack, urls, world)
        yield Ends(first, second, world)
