"""Pairs that talk as ever while a test strains the service: what they notice of it.

The bench's load generator, in a process of its own (`tests.steady.talker`): messages are due at random times whatever
was answered, each is acked once and delivered once, or the run fails. Times are the service's and the generator's own.
"""

import asyncio
from typing import Final, Self

import msgspec

from bench.load import Client, Load, Measured
from bench.people import Pair, Town
from bench.sealing import seal_frames
from bench.servers import Server, Service
from tests.support.processes import ServiceProcess
from tests.support.started import carried_out

PER_S: Final = 100.0
"""Of all pairs together: far from what a process takes."""
_PAIRS: Final = 4
_THREADS: Final = 2


class TalkFailed(AssertionError):
    """A message was lost, doubled or refused; the message holds what the generator said."""


def town_of(service: ServiceProcess) -> Town:
    """Everybody who uses a running process."""
    return Town(Service(Server(service.pid, f"127.0.0.1:{service.port}"), service.idp))


class Ordinary:
    """Some pairs of one service."""

    def __init__(self, town: Town, pairs: list[Pair], pid: int) -> None:
        self.town = town
        self._pairs = pairs
        self.pid = pid
        """Of the process that serves them."""

    @classmethod
    async def founded(cls, service: ServiceProcess, pairs: int = _PAIRS) -> Self:
        town = town_of(service)
        return cls(town, await asyncio.to_thread(town.pairs, pairs, _THREADS), service.pid)

    async def talk(self, seconds: float) -> Measured:
        """For about so long. Raises: TalkFailed."""
        load = await asyncio.to_thread(self._load, seconds)
        done = await carried_out("tests.steady.talker", given=msgspec.msgpack.encode(load))
        if done.returncode:
            raise TalkFailed(done.stderr.decode(errors="replace")[-2_000:])
        return msgspec.msgpack.decode(done.stdout, type=Measured)

    def _load(self, seconds: float) -> Load:
        url, frames = f"ws://{self.town.address}/v1/ws", round(PER_S * seconds / (2 * len(self._pairs)))
        clients = [
            Client(url, self.town.hello(person), seal_frames(authors, frames, 1))
            for pair in self._pairs
            for person, authors in zip(pair.people, pair.authors, strict=True)
        ]
        return Load(clients, 1, 1, PER_S, seed=round(seconds), server_pids=[self.pid])
