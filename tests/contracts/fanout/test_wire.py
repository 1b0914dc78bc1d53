"""Which channels count as heard while they move from server to server, as a cluster's do: on servers made up here."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from messaging.domain import limits
from messaging.fanout.redis import RedisWire
from tests.support.waiting import until

A, B = "redis://a", "redis://b"
ALL = range(limits.shared_shards)


class _Ear:
    def __init__(self) -> None:
        self.gaps = 0

    def hear(self, shard: int, sealed: bytes) -> None:
        pass

    def gap(self) -> None:
        self.gaps += 1


class _Subscription:
    """A connection to one server, which answers what it is told."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.channels: set[str] = set()
        self._told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def ssubscribe(self, channel: str) -> None:
        self.channels.add(channel)
        self._told.put_nowait({"type": "ssubscribe", "channel": channel.encode()})

    async def ping(self) -> None:
        self._told.put_nowait({"type": "pong"})

    async def get_message(self, timeout: float) -> dict[str, Any] | None:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                return await self._told.get()
        return None


class _Servers:
    """Where each channel is, as the test says, and who listens."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}
        self.open: list[_Subscription] = []
        self.refuse = False

    def known(self, channel: str) -> str | None:
        return self.places.get(channel)

    async def url(self, channel: str) -> str:
        return self.places[channel]

    def forget(self) -> None:
        pass

    @asynccontextmanager
    async def listening(self, channel: str) -> AsyncIterator[_Subscription]:
        if self.refuse:
            raise ConnectionError
        made = _Subscription(self.places[channel])
        self.open.append(made)
        try:
            yield made
        finally:
            self.open.remove(made)


class _Cluster:
    """A wire over these servers, heard on all shards."""

    def __init__(self, wire: RedisWire, servers: _Servers, ear: _Ear) -> None:
        self.wire, self.servers, self.ear = wire, servers, ear

    def move(self, to: str, *shards: int) -> None:
        for shard in shards:
            self.servers.places[self.wire._channels[shard]] = to
        self.wire._moved()

    def unheard(self) -> list[int]:
        """Shards to which nobody listens where they are."""
        places = self.servers.places
        heard = {channel for each in self.servers.open for channel in each.channels if places[channel] == each.url}
        return [shard for shard in ALL if self.wire._channels[shard] not in heard]


@pytest.fixture
async def cluster(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[_Cluster]:
    monkeypatch.setattr(limits, "shared_ping_s", 0.02)
    monkeypatch.setattr(limits, "shared_silence_s", 5.0)
    ear, servers = _Ear(), _Servers()
    wire = RedisWire([A], bytes(16), ear)
    monkeypatch.setattr(wire, "_nodes", servers)
    made = _Cluster(wire, servers, ear)
    made.move(A, *ALL)
    tasks = [asyncio.create_task(wire.hear(shard)) for shard in ALL]
    await until(lambda: not wire.deaf)
    yield made
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _heard_again(cluster: _Cluster) -> None:
    await until(lambda: not cluster.wire.deaf)
    assert cluster.unheard() == []


@pytest.mark.parametrize("moved", [(0,), (3,), (4, 5, 6, 7), tuple(ALL)])
async def test_who_moves_is_deaf_until_it_is_heard_there(
    cluster: _Cluster, moved: tuple[int, ...], caplog: pytest.LogCaptureFixture
) -> None:
    gaps = cluster.ear.gaps
    cluster.move(B, *moved)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "moved" in caplog.text
    assert cluster.wire.deaf
    assert cluster.ear.gaps > gaps
    await _heard_again(cluster)


async def test_whose_lead_moves_away_is_deaf_while_nobody_hears_it(cluster: _Cluster) -> None:
    """The connection that it was heard over goes with the lead; a new one may be long in coming."""
    cluster.servers.refuse = True
    cluster.move(B, 0)
    assert cluster.wire._deaf == set(ALL)
    await until(lambda: len(cluster.unheard()) == len(ALL))
    assert cluster.wire._deaf == set(ALL)
    cluster.servers.refuse = False
    await _heard_again(cluster)


async def test_who_moves_there_and_back_is_not_deaf_for_ever(cluster: _Cluster) -> None:
    """So soon that no connection missed it; what was said over there meanwhile is looked up."""
    gaps = cluster.ear.gaps
    cluster.move(B, 7)
    cluster.move(A, 7)
    assert cluster.wire.deaf
    assert cluster.ear.gaps > gaps
    await until(lambda: not cluster.wire.deaf, 5)
    assert cluster.unheard() == []


async def test_what_is_asked_again_and_has_not_moved_is_heard_on(
    cluster: _Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    gaps = cluster.ear.gaps
    cluster.wire._moved()
    assert not caplog.records
    assert (cluster.wire.deaf, cluster.ear.gaps) == (False, gaps)


async def test_a_process_that_stood_still_itself_goes_on_hearing(
    cluster: _Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Redis said meanwhile is read after that."""
    monkeypatch.setattr(limits, "shared_silence_s", 0.06)
    gaps = cluster.ear.gaps
    for _ in range(5):
        time.sleep(0.2)  # noqa: ASYNC251  the loop is to stand still
        await asyncio.sleep(0.03)
    assert (cluster.wire.deaf, cluster.ear.gaps) == (False, gaps)


async def test_a_server_that_says_nothing_is_given_up(cluster: _Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "shared_silence_s", 0.06)

    async def silent(self: _Subscription) -> None:
        pass

    monkeypatch.setattr(_Subscription, "ping", silent)
    (before,) = cluster.servers.open
    await until(lambda: before not in cluster.servers.open)
    assert cluster.ear.gaps
