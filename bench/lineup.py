"""Who runs in a round, started: the floor, the service in each of its forms, and the peers that are installed here."""

import contextlib
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.contenders import SHAPES, SINGLE, STORES, TWO_PROCESSES, Archive, Contender, Durable, Floor, stock
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
        """On each store with and without the direct path, and in two processes; with people between whom threads are
        open."""
        names = [name for store in STORES for name in (store, stock(store))]
        forms = [*(self._one_process(name) for name in names), self._two_processes()]
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
                shapes=(SINGLE,) if form.name == TWO_PROCESSES else SHAPES,
            )
            for form, town, pairs in zip(forms, towns, founded, strict=True)
        ]

    def _one_process(self, name: str) -> _Form:
        folder = self.folder / name
        url, archive = _sqlite(folder) if name.startswith("sqlite") else _postgresql(self.postgres)
        process = serving(deployed(url, folder), self.cores, direct=name in STORES)
        return _Form(name, [self.stack.enter_context(process)], archive)

    def _two_processes(self) -> _Form:
        """One of them has the worker inside, so that both together do what one process alone does."""
        url, archive = _postgresql(self.postgres)
        redis = self.stack.enter_context(redis_of_its_own())
        deployment = deployed(url, self.folder / TWO_PROCESSES, redis.url)
        processes = [serving(deployment, self.cores, worker=worker) for worker in (True, False)]
        return _Form(TWO_PROCESSES, [self.stack.enter_context(process) for process in processes], archive)

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
