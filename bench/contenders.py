"""What is loaded: the floor, and the service on one store. Each makes the connections of a run, frames included."""

from collections.abc import Callable, Sequence
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


SHAPES: Final = (SINGLE, ARRAYS)
STORES: Final = ("sqlite", "postgresql")
"""The service as it is served, on each: names of contenders."""
FORGETS: Final = "nothing"
"""The durability of what keeps no message."""
TWO_PROCESSES: Final = "postgresql-two"
"""The service in two processes on one PostgreSQL, with Redis between them."""


def stock(store: str) -> str:
    """The name of the service on this store without its direct path."""
    return f"{store}-stock"


@dataclass(frozen=True, slots=True)
class Archive:
    """Where a contender keeps messages: after a run all of them must be there."""

    rows: Callable[[], int]
    """How many there are now."""
    rows_per_message: int


class Contender(Protocol):
    """Something that can be loaded."""

    @property
    def name(self) -> str: ...

    @property
    def pids(self) -> Sequence[int]:
        """Its processes, whose CPU counts."""

    @property
    def shapes(self) -> Sequence[Shape]:
        """That it takes."""

    @property
    def durability(self) -> str:
        """What of a message is kept, and when: for the table."""

    @property
    def archive(self) -> Archive | None: ...

    def clients(self, frames: int, shape: Shape) -> list[Client]:
        """The connections of one run, each with that many frames; to be used at once."""


class Floor:
    """The bare relay. It looks at nothing, so its payloads are random bytes of a real one's length."""

    name: Final = "floor"
    durability: Final = FORGETS

    def __init__(self, server: Server, clients: int) -> None:
        self.pids: Sequence[int] = [server.pid]
        self.shapes: Sequence[Shape] = SHAPES
        self.archive: Archive | None = None
        self._address = server.address
        self._clients = clients

    def clients(self, frames: int, shape: Shape) -> list[Client]:
        return [self._client(number, frames, shape) for number in range(self._clients)]

    def _client(self, number: int, frames: int, shape: Shape) -> Client:
        blank = blank_frames(frames, shape.structs_per_frame)
        return Client(f"ws://{self._address}/{number}", None, blank)


class Durable:
    """The service on one store: real people, real threads, every message sealed for its thread.

    Of several servers each takes one side of every pair; `apart`: both sides of a pair, by turns.
    """

    def __init__(
        self,
        name: str,
        servers: Sequence[Server],
        town: Town,
        pairs: Sequence[Pair],
        sealers: Sealers,
        *,
        archive: Archive | None = None,
        shapes: Sequence[Shape] = SHAPES,
        apart: bool = False,
    ) -> None:
        self.name = name
        self.pids = [server.pid for server in servers]
        self.shapes = shapes
        self.durability = f"{'SQLite' if name.startswith('sqlite') else 'PostgreSQL'}, before the ack"
        self.archive = archive
        self._urls = [f"ws://{server.address}/v1/ws" for server in servers]
        self._town = town
        self._pairs = pairs
        self._sealers = sealers
        self._together = 2 if apart else 1
        """Clients in a row at one server."""

    def clients(self, frames: int, shape: Shape) -> list[Client]:
        authors = [side for pair in self._pairs for side in pair.authors]
        people = [person for pair in self._pairs for person in pair.people]
        sealed = self._sealers.seal(authors, frames, shape.structs_per_frame)
        return [
            Client(self._urls[number // self._together % len(self._urls)], self._town.hello(person), own)
            for number, (person, own) in enumerate(zip(people, sealed, strict=True))
        ]
