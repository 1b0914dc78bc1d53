"""`python -m bench`: measures, prints one table, writes `bench/latest.json`; `--results` writes RESULTS.md too."""

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.contenders import SINGLE, Contender, Durable, Floor
from bench.idle import NotWelcome, idle_connection_kib
from bench.machine import Cores, describe, pinned, raise_file_limit
from bench.people import Town
from bench.report import Report
from bench.rounds import Bench, Extent, Results, RunFailed, median_rate
from bench.sealing import Sealers, sealers
from bench.servers import ServerFailed, floor, service
from tests.support.postgres import PostgresServer

FOLDER: Final = Path(__file__).parent
WHOLE: Final = Extent(rounds=3, run_s=5.0, pairs=25, threads_per_pair=8, idle_connections=1_000)
QUICK: Final = Extent(rounds=1, run_s=0.5, pairs=4, threads_per_pair=2, idle_connections=50)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    extent = QUICK if options.quick else WHOLE
    raise_file_limit()
    try:
        report = measure(extent)
    except (RunFailed, ServerFailed, NotWelcome) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(f"{report.table()}\n\n{report.summary()}")
    if report.warning():
        print(f"bench: {report.warning()}", file=sys.stderr)
    options.output.write_bytes(report.json())
    if options.results:
        (FOLDER / "RESULTS.md").write_text(report.page(), encoding="utf-8")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Durable sends beside a bare relay.")
    parser.add_argument("--quick", action="store_true", help="one short round: whether it works, not how fast")
    parser.add_argument("--output", type=Path, default=FOLDER / "latest.json", help="where the figures go, as JSON")
    parser.add_argument("--results", action="store_true", help="also write bench/RESULTS.md")
    return parser.parse_args(arguments)


def measure(extent: Extent) -> Report:
    """Starts everything, runs everything, ends everything. Raises: RunFailed, ServerFailed, NotWelcome."""
    cores = Cores.of_this_machine()
    with tempfile.TemporaryDirectory(prefix="pli-bench-") as name, sealers(sorted(os.sched_getaffinity(0))) as pool:
        folder = Path(name)
        # This process, and with it PostgreSQL, keeps off the core of what is measured.
        with pinned([cores.generator]), _postgres() as postgres:
            urls = {"sqlite": _sqlite_url(folder / "sqlite"), "postgresql": postgres.url(postgres.create_database())}
            results = _throughput(urls, cores, folder, pool, extent)
            idle = _idle(cores, folder / "idle", extent.idle_connections)
    return Report(results, idle, extent, describe())


def _throughput(urls: dict[str, str], cores: Cores, folder: Path, pool: Sealers, extent: Extent) -> Results:
    with contextlib.ExitStack() as stack:
        contenders: list[Contender] = [Floor(stack.enter_context(floor(cores, folder)), extent.clients)]
        for store, url in urls.items():
            running = stack.enter_context(service(url, cores, folder / store))
            town = stack.enter_context(contextlib.closing(Town(running)))
            pairs = [town.pair(number, extent.threads_per_pair) for number in range(extent.pairs)]
            contenders.append(Durable(store, running.server, town, pairs, pool))
        bench = Bench(contenders, cores, extent)
        closed = bench.closed()
        half = bench.at_rate({store: median_rate(closed[store, SINGLE.name]) / 2 for store in urls})
    return Results(closed, half)


def _idle(cores: Cores, folder: Path, connections: int) -> float:
    with service(_sqlite_url(folder), cores, folder) as running, contextlib.closing(Town(running)) as town:
        return idle_connection_kib(town, running.server.pid, connections)


def _sqlite_url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'pli.sqlite3'}"


@contextlib.contextmanager
def _postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


if __name__ == "__main__":
    sys.exit(main())
