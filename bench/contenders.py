"""What is loaded: the floor, and the service on one store. Each makes the connections of a run, frames included."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bench.load import Client
from bench.people import Pair, Town
from bench.sealing import Sealers, blank_frames
from bench.servers import Server


@dataclass(frozen=True, slots=True)
class Shape:
    """How messages travel: structs in a frame, and frames of a connection that may wait for their ack."""

    name: str
    structs_per_frame: int
    frames_in_flight: int


SINGLE: Final = Shape("single", 1, 16)
ARRAYS: Final = Shape("arrays", 8, 2)


class Contender(Protocol):
    """Something that can be loaded."""

    @property
    def name(self) -> str: ...

    @property
    def server(self) -> Server: ...

    def clients(self, frames: int, shape: Shape) -> list[Client]:
        """The connections of one run, each with that many frames; to be used at once."""


class Floor:
    """The bare relay. It looks at nothing, so its payloads are random bytes of a real one's length."""

    name: Final = "floor"

    def __init__(self, server: Server, clients: int) -> None:
        self.server = server
        self._clients = clients

    def clients(self, frames: int, shape: Shape) -> list[Client]:
        return [self._client(number, frames, shape) for number in range(self._clients)]

    def _client(self, number: int, frames: int, shape: Shape) -> Client:
        blank = blank_frames(frames, shape.structs_per_frame)
        return Client(f"ws://{self.server.address}/{number}", None, blank)


class Durable:
    """The service on one store: real people, real threads, every message sealed for its thread."""

    def __init__(self, name: str, server: Server, town: Town, pairs: Sequence[Pair], sealers: Sealers) -> None:
        self.name = name
        self.server = server
        self._town = town
        self._pairs = pairs
        self._sealers = sealers

    def clients(self, frames: int, shape: Shape) -> list[Client]:
        authors = [side for pair in self._pairs for side in pair.authors]
        people = [person for pair in self._pairs for person in pair.people]
        sealed = self._sealers.seal(authors, frames, shape.structs_per_frame)
        url = f"ws://{self._town.address}/v1/ws"
        return [Client(url, self._town.hello(person), own) for person, own in zip(people, sealed, strict=True)]
