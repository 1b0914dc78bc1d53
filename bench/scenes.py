"""What much of one thing costs: `python -m bench.scenes long`, `busy` or `idle`; on SQLite, by a real service.

long   one thread of 100,000 messages: its newest page, a page further back, and a send, beside a thread of two
busy   one mailbox of 5,000 threads: until a device is welcomed, and until it has listed all of them
idle   10,000 idle connections held: what 50 pairs who talk notice of them
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Final, Self, TypeVar

from msgspec import Struct
from websockets.sync.client import ClientConnection, connect

from bench.contenders import SINGLE, Durable
from bench.growth import fill
from bench.idle import THREADS, connected
from bench.machine import Cores, pinned, raise_file_limit
from bench.people import PROTOCOL, Pair, Person, Town
from bench.rounds import Bench, Extent
from bench.sealing import TEXT, Author, seal, sealers
from bench.servers import deployed, serving, sqlite_file, sqlite_url
from messaging.domain import limits
from messaging.domain.vocabulary import MailboxKind
from messaging.wire import codec
from messaging.wire.commands import AnyCommand, Pull, Send, Threads
from messaging.wire.events import Ack, AnyDown, Err, Events, ThreadsPage, Welcome

PAGE: Final = 50
"""Messages that a screen shows at first."""
_TIMES: Final = 60
_SENDS: Final = 300
_OPENINGS_EACH: Final = limits.threads_opened_per_mailbox_per_day_max
_FRAME_BYTES_MAX: Final = 2**20
_TALK_PER_S: Final = 500.0
_TALK_MESSAGES: Final = 60
"""Of each of those who talk, in a run."""

A = TypeVar("A", bound=AnyDown)


class Long(Struct, frozen=True):
    """Milliseconds: medians; the sends by turns with those of a short thread."""

    messages: int
    newest_page: float
    page_back: float
    send: float
    short_thread_send: float


class Busy(Struct, frozen=True):
    """Milliseconds: medians."""

    threads: int
    welcome: float
    listed: float
    welcome_kib: float


class Idle(Struct, frozen=True):
    """p99 of ack and delivery, milliseconds: medians of the runs, those without and with the connections by turns."""

    connections: int
    p99_without: float
    p99_with: float


class Client:
    """One person's socket; blocking, one command after the other."""

    def __init__(self, socket: ClientConnection, hello: bytes) -> None:
        self._socket = socket
        began = time.perf_counter()
        socket.send(hello, text=True)
        frame = socket.recv(decode=False)
        self.welcome_ms = (time.perf_counter() - began) * 1_000
        self.welcome_kib = len(frame) / 1_024
        (self.welcome,) = (down for down in codec.decode_downs(frame) if isinstance(down, Welcome))

    @classmethod
    @contextlib.contextmanager
    def of(cls, town: Town, person: Person) -> Iterator[Self]:
        hello, url = town.hello(person), f"ws://{town.address}/v1/ws"
        with connect(url, subprotocols=[PROTOCOL], compression=None, max_size=_FRAME_BYTES_MAX) as socket:
            yield cls(socket, hello)

    def ask(self, command: AnyCommand, kind: type[A]) -> A:
        self._socket.send(codec.encode(command), text=True)
        while True:
            for down in codec.decode_downs(self._socket.recv(decode=False)):
                if isinstance(down, kind):
                    return down
                if isinstance(down, Err):
                    raise RuntimeError(f"{command} was answered with {down}")


def _ms(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1_000


def long_thread(cores: Cores, folder: Path, messages: int) -> Long:
    """Two pairs with one thread each, of which one is filled beneath the service while it rests."""
    deployment = deployed(sqlite_url(folder), folder)
    with serving(deployment, cores) as running, contextlib.closing(Town(running)) as town:
        (full,) = town.pairs(1, 1)
    fill(sqlite_file(folder), messages)
    with serving(deployment, cores) as running, contextlib.closing(Town(running)) as town:
        (short,) = town.pairs(1, 1, first=1)
        with Client.of(town, full.people[0]) as client, Client.of(town, short.people[0]) as beside:
            author = full.authors[0][0]
            head = client.ask(Pull(ref=1, thread=author.thread, after=0, limit=1), Events).head_seq

            def page(before: int) -> float:
                pull = Pull(ref=1, thread=author.thread, after=before - PAGE, limit=PAGE)
                return _ms(lambda: client.ask(pull, Events))

            newest = [page(head) for _ in range(_TIMES)]
            back = [page(head - number * head // (2 * _TIMES)) for number in range(_TIMES)]
            sends = [(_send(client, author), _send(beside, short.authors[0][0])) for _ in range(_SENDS)]
    long_ms, short_ms = zip(*sends, strict=True)
    return Long(head, median(newest), median(back), median(long_ms), median(short_ms))


def _send(client: Client, author: Author) -> float:
    """Until the ack."""
    send = Send(ref=2, payload=seal(author, author.pseudonym.sign, TEXT))
    return _ms(lambda: client.ask(send, Ack))


def busy_mailbox(cores: Cores, folder: Path, threads: int) -> Busy:
    with serving(deployed(sqlite_url(folder), folder), cores) as running, contextlib.closing(Town(running)) as town:
        mayor = town.person("town", MailboxKind.TERRITORY)
        for number, first in enumerate(range(0, threads, _OPENINGS_EACH)):
            holder = town.person(f"holder-{number}", MailboxKind.PROJECT)
            listings = [f"listing-{thread}" for thread in range(first, min(threads, first + _OPENINGS_EACH))]
            town.opened(holder, mayor, listings)
        welcomes, listed, sizes = [], [], []
        for _ in range(_TIMES // 3):
            with Client.of(town, mayor) as client:
                welcomes.append(client.welcome_ms)
                sizes.append(client.welcome_kib)
                began, found = time.perf_counter(), len(client.welcome.threads)
                after, more = client.welcome.threads[-1].thread, client.welcome.more
                while more:
                    page = client.ask(Threads(ref=1, after=after), ThreadsPage)
                    found, more = found + len(page.threads), page.more
                    after = page.threads[-1].thread if page.threads else after
                listed.append(client.welcome_ms + (time.perf_counter() - began) * 1_000)
                assert found == threads, f"{found} threads were listed"
    return Busy(threads, median(welcomes), median(listed), median(sizes))


def idle_crowd(cores: Cores, folder: Path, connections: int, pairs: int = 50, runs: int = 5) -> Idle:
    with (
        sealers([cores.generator]) as pool,
        serving(deployed(sqlite_url(folder), folder), cores) as running,
        contextlib.closing(Town(running)) as town,
    ):
        talking = Durable("sqlite", [running.server], town, town.pairs(pairs, 1), pool)
        accounts = -(-connections // limits.sockets_per_account_max)
        idle = town.pairs(-(-accounts // 2), THREADS, first=pairs)
        bench = Bench(cores, Extent(1, 0, 1.0, pairs, 1, connections, 0, 0, 0))
        return asyncio.run(_held(bench, talking, town, idle, connections, runs))


async def _held(bench: Bench, talking: Durable, town: Town, idle: Sequence[Pair], connections: int, runs: int) -> Idle:
    people = [person for pair in idle for person in pair.people] * limits.sockets_per_account_max

    async def p99() -> float:
        run = await asyncio.to_thread(bench.run, talking, SINGLE, _TALK_MESSAGES, _TALK_PER_S)
        return run.complete_p99_ms

    await p99()
    without = [await p99() for _ in range(runs)]
    held = await connected(town, people[:connections])
    with_them = [await p99() for _ in range(runs)]
    for transport in held:
        transport.disconnect()
    return Idle(connections, median(without), median(with_them))


SCENES: Final = {"long": (long_thread, 100_000), "busy": (busy_mailbox, 5_000), "idle": (idle_crowd, 10_000)}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.scenes", description="What much of one thing costs.")
    parser.add_argument("scene", choices=SCENES)
    parser.add_argument("--count", type=int, help="messages, threads or connections")
    options = parser.parse_args(arguments)
    raise_file_limit()
    cores = Cores.of_this_machine()
    measure, usual = SCENES[options.scene]
    with tempfile.TemporaryDirectory(prefix="pli-scene-") as folder, pinned([cores.generator]):
        print(measure(cores, Path(folder) / "service", options.count or usual))
    return 0


if __name__ == "__main__":
    sys.exit(main())
