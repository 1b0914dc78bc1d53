"""`python -m bench`: measures, prints one table, writes `bench/latest.json`; `--results` writes RESULTS.md too.

The figures are written as they come: one that is cut short leaves those that it has.
"""

import argparse
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NoReturn

from bench.contenders import STORES
from bench.figures import report as report_figures
from bench.growth import growth
from bench.idle import NotWelcome, idle_connection_kib
from bench.lineup import Lineup
from bench.machine import Cores, describe, pinned, raise_file_limit
from bench.people import Town
from bench.report import Report
from bench.rounds import Bench, Extent, RunFailed
from bench.sealing import Sealers, sealers
from bench.servers import ServerFailed, deployed, serving, sqlite_url
from tests.support.postgres import PostgresServer

FOLDER: Final = Path(__file__).parent
WHOLE: Final = Extent(
    rounds=3,
    array_rounds=1,
    run_s=2.5,
    pairs=25,
    threads_per_pair=8,
    idle_connections=500,
    stored=1_000_000,
    growth_runs=5,
    relations=1_000_000,
)
QUICK: Final = Extent(
    rounds=0,
    array_rounds=0,
    run_s=0.5,
    pairs=4,
    threads_per_pair=2,
    idle_connections=50,
    stored=2_000,
    growth_runs=1,
    relations=2_000,
)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    extent = QUICK if options.quick else WHOLE
    raise_file_limit()
    signal.signal(signal.SIGTERM, _end)
    report = Report(extent, describe())
    try:
        for _ in measure(report):
            options.output.write_bytes(report.json())
            options.output.with_suffix(".svg").write_text(report.plot(), encoding="utf-8")
    except (RunFailed, ServerFailed, NotWelcome) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    finally:
        print(f"{report.table()}\n\n{report.summary()}")
    if report.warning():
        print(f"bench: {report.warning()}", file=sys.stderr)
    if options.results:
        (FOLDER / "RESULTS.md").write_text(report.page(), encoding="utf-8")
        (FOLDER / "results.svg").write_text(report.plot(), encoding="utf-8")
    return 0


def _end(*_: object) -> NoReturn:
    raise SystemExit(1)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Durable sends beside a bare relay.")
    parser.add_argument("--quick", action="store_true", help="one short round: whether it works, not how fast")
    parser.add_argument("--output", type=Path, default=FOLDER / "latest.json", help="where the figures go, as JSON")
    parser.add_argument("--results", action="store_true", help="also write bench/RESULTS.md")
    return parser.parse_args(arguments)


def measure(report: Report) -> Iterator[None]:
    """Starts everything, runs everything, ends everything; stops whenever the report knows more.

    Raises: RunFailed, ServerFailed, NotWelcome.
    """
    cores, extent = Cores.of_this_machine(), report.extent
    bench = Bench(cores, extent)
    with tempfile.TemporaryDirectory(prefix="pli-bench-") as name, sealers(sorted(os.sched_getaffinity(0))) as pool:
        folder = Path(name)
        # This process, and with it PostgreSQL, keeps off the core of what is measured.
        with pinned([cores.generator]):
            yield from _throughput(bench, report, folder, pool)
            report.idle_kib = _idle(cores, folder / "idle", extent.idle_connections)
            yield
            report.growth = growth(bench, folder / "growth", pool)
            yield
        report.reported = report_figures(folder / "figures", extent.relations)
        report.complete = True
        yield


def _throughput(bench: Bench, report: Report, folder: Path, pool: Sealers) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        postgres = stack.enter_context(_postgres())
        lineup = Lineup(stack, bench.cores, bench.extent, folder, postgres)
        contenders = lineup.everybody(pool)
        report.machine |= lineup.versions()
        yield from bench.closed(contenders, report.results)
        yield from bench.half([each for each in contenders if each.name in STORES], report.results)


def _idle(cores: Cores, folder: Path, connections: int) -> float:
    with serving(deployed(sqlite_url(folder), folder), cores) as running, contextlib.closing(Town(running)) as town:
        return idle_connection_kib(town, running.server.pid, connections)


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
