"""The wire between the processes: sharded pub/sub of one Redis, or of a cluster (Redis 7: SPUBLISH, SSUBSCRIBE).

At most once, and supervised: each server has a connection of its own, which is pinged and given up when it is silent,
since a half-open one says nothing and redis-py's `listen()` ends with the first long outage. Whoever subscribes anew
may have missed something, and says so (`gap`); whoever could not publish says so with its next bulletin.

No command is ever cancelled on a connection that is used again: it has a time-out of its own, which closes it.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Final, Protocol
from urllib.parse import urlsplit, urlunsplit

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.cluster import parse_cluster_slots
from redis.crc import key_slot
from redis.exceptions import RedisError

from messaging.domain import limits

log = logging.getLogger("pli.fanout")

_VERSION_MIN: Final = 7
_AWAY: Final = (RedisError, OSError, TimeoutError)

_Way = tuple[str | None, int]
"""Of a shard: its server, and the first shard there, which leads it."""


class Ear(Protocol):
    """Who hears what comes over the wire. Neither method blocks or raises."""

    def hear(self, shard: int, sealed: bytes) -> None: ...

    def gap(self) -> None:
        """Something may have been said that was not heard."""


class RedisWire:
    """Publishes to all processes of a deployment, and hears them."""

    def __init__(self, urls: Sequence[str], service: bytes, ear: Ear) -> None:
        self._nodes = _Nodes(urls, self._moved)
        self._channels = [f"pli:{service.hex()}:{shard}" for shard in range(limits.shared_shards)]
        self._shards = {channel.encode(): shard for shard, channel in enumerate(self._channels)}
        self._ear = ear
        self._deaf = set(range(limits.shared_shards))
        self._mute: set[int] = set()
        """Shards over which the last word was not taken: said once, not with each word."""
        self._ways: list[_Way] = [(None, shard) for shard in range(limits.shared_shards)]
        self._moves = [0] * limits.shared_shards
        """How often each shard's way changed: who subscribed before hears it no more, even if it came back."""

    @property
    def deaf(self) -> bool:
        """Whether a shard is not heard at the moment."""
        return bool(self._deaf)

    def _moved(self) -> None:
        """Where the channels are was asked. What now goes another way is not heard until somebody subscribed there: on
        its old server nothing is said any more, or its connection goes with the shard that led it."""
        urls = [self._nodes.known(channel) for channel in self._channels]
        ways = [(url, urls.index(url)) for url in urls]
        moved = [shard for shard, way in enumerate(ways) if way != self._ways[shard]]
        self._ways = ways
        for shard in moved:
            self._moves[shard] += 1
        if not self._deaf.issuperset(moved):
            log.warning("%d shards moved to another server, and are not heard until they are subscribed", len(moved))
            self._deaf.update(moved)
            self._ear.gap()

    async def close(self) -> None:
        """Once nobody hears or publishes any more."""
        await self._nodes.close()

    def lead(self, shard: int) -> int:
        """The first shard on the same server, as far as is known: what is told to one server takes one way there."""
        return self._ways[shard][1]

    async def publish(self, shard: int, sealed: bytes) -> bool:
        """Whether Redis took it."""
        channel = self._channels[shard]
        try:
            client = await self._nodes.of(channel)
            await client.spublish(channel, sealed)
        except Exception as error:
            if shard not in self._mute:
                log.warning("nothing can be told over shard %d: %s", shard, type(error).__name__)
            self._mute.add(shard)
            self._nodes.forget()
            return False
        self._mute.discard(shard)
        return True

    async def hear(self, shard: int) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._hear(shard)
            except Exception as error:
                # Whatever it was: one shard's must not end the hearing of all.
                led = self._led_by(shard)
                if led and self._deaf.isdisjoint(led):
                    log.warning("%d shards are not heard: %s", len(led), type(error).__name__)
                self._deaf.update(led)
                self._ear.gap()
                self._nodes.forget()
            await asyncio.sleep(limits.shared_ping_s)

    def _led_by(self, shard: int) -> dict[int, int]:
        """All that are heard over the connection of this one, each with its moves: none where another leads it."""
        return {each: self._moves[each] for each, (_, lead) in enumerate(self._ways) if lead == shard}

    async def _hear(self, shard: int) -> None:
        """One connection to its server, until it fails or has other shards; none where another shard's is there.
        Raises: RedisError, OSError, TimeoutError."""
        await self._nodes.url(self._channels[shard])
        led = self._led_by(shard)
        if not led:
            return
        async with self._nodes.listening(self._channels[shard]) as pubsub:
            for each in led:  # not in one command: in a cluster that takes channels of one slot
                await pubsub.ssubscribe(self._channels[each])
            loop = asyncio.get_running_loop()
            asked_at, silent = loop.time(), 0
            while True:
                message = await pubsub.get_message(timeout=limits.shared_ping_s)
                now = loop.time()
                if message is not None:
                    silent = 0
                    self._take(message, led)
                else:
                    # Counted, not timed: where this process stood still, what came meanwhile is read next.
                    silent += 1
                    if silent >= round(limits.shared_silence_s / limits.shared_ping_s):
                        raise TimeoutError
                if now - asked_at >= limits.shared_ping_s:
                    await pubsub.ping()
                    asked_at = now
                    if self._led_by(shard) != led:
                        raise ConnectionError

    def _take(self, message: dict[str, Any], led: Mapping[int, int]) -> None:
        """Raises: ConnectionError, when a shard moved to another node."""
        match message["type"]:
            case "ssubscribe":
                shard = self._shards[message["channel"]]
                if led[shard] == self._moves[shard]:
                    self._deaf.discard(shard)
                # What was said since the last connection ended is looked up.
                self._ear.gap()
            case "smessage":
                self._ear.hear(self._shards[message["channel"]], message["data"])
            case "sunsubscribe":
                raise ConnectionError


async def check(urls: Sequence[str]) -> str:
    """The versions of the servers behind these addresses. Raises: RedisError, OSError, also where one is too old."""
    nodes = _Nodes(urls)
    try:
        found = {await nodes.version(f"pli:check:{shard}") for shard in range(limits.shared_shards)}
    finally:
        await nodes.close()
    for version in found:
        if int(version.partition(".")[0]) < _VERSION_MIN:
            raise RedisError(f"Redis {version} has no sharded channels")
    return ", ".join(sorted(found))


class _Nodes:
    """Which server a channel is on: the one there is, or a node of the cluster."""

    def __init__(self, urls: Sequence[str], moved: Callable[[], None] = lambda: None) -> None:
        """`moved`: called whenever it was asked which they are."""
        self._seeds = list(urls)
        self._moved = moved
        self._slots: list[tuple[int, int, str]] | None = None
        self._clients: dict[str, Redis] = {}

    async def of(self, channel: str) -> Redis:
        """A client of its server. Raises: RedisError, OSError."""
        return self._client(await self.url(channel))

    @contextlib.asynccontextmanager
    async def listening(self, channel: str) -> AsyncIterator[PubSub]:
        """A connection for one subscription, closed in the end. Raises: RedisError, OSError."""
        async with _connect(await self.url(channel)) as client, client.pubsub() as pubsub:
            yield pubsub

    async def version(self, channel: str) -> str:
        """Of its server. Raises: RedisError, OSError."""
        version: str = (await (await self.of(channel)).info("server"))["redis_version"]
        return version

    def forget(self) -> None:
        """Where the channels are is asked again."""
        self._slots = None

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    def known(self, channel: str) -> str | None:
        """Its server, without asking."""
        slot = key_slot(channel.encode())
        return next((url for first, last, url in self._slots or () if first <= slot <= last), None)

    async def url(self, channel: str) -> str:
        """Its server. Raises: RedisError, OSError."""
        if self._slots is None:
            self._slots = await self._ask()
            self._moved()
        url = self.known(channel)
        if url is None:
            raise ConnectionError("no node serves this slot")
        return url

    async def _ask(self) -> list[tuple[int, int, str]]:
        """The slots of the first server that answers."""
        failure: Exception = ConnectionError("no Redis is configured")
        for url in self._seeds:
            try:
                return await self._slots_by(self._client(url), url)
            except _AWAY as error:
                failure = error
        raise failure

    async def _slots_by(self, client: Redis, url: str) -> list[tuple[int, int, str]]:
        info = await client.info("cluster")
        if not info["cluster_enabled"]:
            return [(0, 16_383, url)]
        slots = parse_cluster_slots(await client.cluster("SLOTS"))
        return [(first, last, _at(url, *nodes["primary"])) for (first, last), nodes in slots.items()]

    def _client(self, url: str) -> Redis:
        if url not in self._clients:
            self._clients[url] = _connect(url)
        return self._clients[url]


def _connect(url: str) -> Redis:
    wait = limits.shared_publish_s
    return Redis.from_url(
        url, protocol=2, socket_timeout=wait, socket_connect_timeout=wait, retry=Retry(NoBackoff(), 0)
    )


def _at(url: str, host: str, port: int) -> str:
    """The same user and scheme at another address; an empty host is the one that was asked."""
    parts = urlsplit(url)
    name = host or parts.hostname or ""
    user, separator, _ = parts.netloc.rpartition("@")
    shown = f"[{name}]" if ":" in name else name
    return urlunsplit(parts._replace(netloc=f"{user}{separator}{shown}:{port}", path=""))
