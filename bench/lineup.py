"""Who runs in a round, started: the floor, the service in each of its forms, and the peers that are installed here."""

import contextlib
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.contenders import SHAPES, SINGLE, STORES, TWO_PROCESSES, Archive, Contender, Durable, Floor, Shape, stock
from bench.machine import Cores
from bench.peers import PeerMissing, ejabberd, socketio
from bench.people import Town
from bench.rounds import Extent
from bench.sealing import Sealers
from bench.servers import Service, deployed, floor, serving, sqlite_file, sqlite_url
from tests.support.postgres import PostgresServer
from tests.support.redis import redis_of_its_own


@dataclass(frozen=True, slots=True)
class _Form:
    """The service as it runs."""

    name: str
    processes: Sequence[Service]
    archive: Archive
    shapes: Sequence[Shape] = SHAPES
    apart: bool = False
    """Whether both sides of a pair are at the same process."""


PROCESSES: Final = ("one", "alone", "apart", "two")
"""Forms of the service on PostgreSQL (`bench.processes`)."""


@dataclass(frozen=True, slots=True)
class Lineup:
    """Starts contenders, which end with the stack. Raises: ServerFailed, PostgresFailed, RedisFailed."""

    stack: ExitStack
    cores: Cores
    extent: Extent
    folder: Path
    postgres: PostgresServer

    def everybody(self, sealers: Sealers) -> list[Contender]:
        """In the order in which they run."""
        bare = Floor(self.stack.enter_context(floor(self.cores, self.folder)), self.extent.clients)
        return [bare, *self._durable(sealers), *self.peers()]

    def versions(self) -> dict[str, str]:
        """Of all that is no package of ours."""
        found = {"postgresql": self.postgres.sql("SHOW server_version").split()[0]}
        for versions in (socketio.versions, ejabberd.versions):
            with contextlib.suppress(PeerMissing):
                found |= versions()
        return found

    def _durable(self, sealers: Sealers) -> list[Durable]:
        """On each store with and without the direct path, and in two processes."""
        names = [name for store in STORES for name in (store, stock(store))]
        return self._peopled(
            [*(self._one_process(name) for name in names), self._two_processes(TWO_PROCESSES)], sealers
        )

    def processes(self, sealers: Sealers, names: Sequence[str]) -> list[Durable]:
        """Those of `PROCESSES`, with single frames."""
        forms = [self._of_processes(name) for name in names]
        return self._peopled([replace(form, shapes=(SINGLE,)) for form in forms], sealers)

    def _of_processes(self, name: str) -> _Form:
        match name:
            case "one":
                return self._one_process(name)
            case "alone":
                return self._with_redis(name, workers=(True,))
            case "apart":
                return replace(self._two_processes(name), apart=True)
            case _:
                return self._two_processes(name)

    def _peopled(self, forms: Sequence[_Form], sealers: Sealers) -> list[Durable]:
        """With people between whom threads are open."""
        towns = [self.stack.enter_context(contextlib.closing(Town(form.processes[0]))) for form in forms]
        with ThreadPoolExecutor(len(towns)) as founders:
            founded = founders.map(lambda town: town.pairs(self.extent.pairs, self.extent.threads_per_pair), towns)
        return [
            Durable(
                form.name,
                [process.server for process in form.processes],
                town,
                pairs,
                sealers,
                archive=form.archive,
                shapes=form.shapes,
                apart=form.apart,
            )
            for form, town, pairs in zip(forms, towns, founded, strict=True)
        ]

    def _one_process(self, name: str) -> _Form:
        folder = self.folder / name
        url, archive = _sqlite(folder) if name.startswith("sqlite") else _postgresql(self.postgres)
        process = serving(deployed(url, folder), self.cores, direct=not name.endswith(stock("")))
        return _Form(name, [self.stack.enter_context(process)], archive)

    def _two_processes(self, name: str) -> _Form:
        """One of them has the worker inside, so that both together do what one process alone does."""
        return replace(self._with_redis(name, workers=(True, False)), shapes=(SINGLE,))

    def _with_redis(self, name: str, workers: Sequence[bool]) -> _Form:
        """A process for each of these, with the worker inside or without."""
        url, archive = _postgresql(self.postgres)
        redis = self.stack.enter_context(redis_of_its_own())
        deployment = deployed(url, self.folder / name, redis.url)
        processes = [serving(deployment, self.cores, worker=worker) for worker in workers]
        return _Form(name, [self.stack.enter_context(process) for process in processes], archive)

    def peers(self) -> Iterator[Contender]:
        """Of each that is missing, one line on standard error."""
        clients = self.extent.clients
        peers: list[AbstractContextManager[Contender]] = [
            socketio.relay(self.cores, self.folder, clients),
            ejabberd.node(self.cores, self.folder / "ejabberd", self.postgres, clients),
        ]
        for peer in peers:
            try:
                yield self.stack.enter_context(peer)
            except PeerMissing as missing:
                print(f"bench: {missing}", file=sys.stderr)


def _sqlite(folder: Path) -> tuple[str, Archive]:
    """The URL of a new database in that folder, and where its messages are counted."""

    def rows() -> int:
        with contextlib.closing(sqlite3.connect(sqlite_file(folder))) as connection:
            count: int = connection.execute(_COUNT).fetchone()[0]
            return count

    return sqlite_url(folder), Archive(rows, rows_per_message=1)


def _postgresql(server: PostgresServer) -> tuple[str, Archive]:
    database = server.create_database()
    return server.url(database), Archive(lambda: int(server.sql(_COUNT, database)), rows_per_message=1)


_COUNT = "SELECT count(*) FROM events"
