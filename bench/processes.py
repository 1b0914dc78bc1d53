"""What a second process costs, and where: CPU of the servers for one message, on PostgreSQL, side by side.

one      one process, which needs no Redis
alone    one process that has a Redis, and nobody else at it: what is paid for being one of several
apart    two processes, both sides of a pair at the same one: smaller commits, and every word told to who needs none
two      two processes, each pair over both of them: every message crosses over (`cpu_two_processes_ratio`)

`python -m bench.processes --rounds 5` measures this alone. How fast they are says little here: compare the CPU.
"""

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

from bench.contenders import SINGLE, Contender
from bench.lineup import PROCESSES, Lineup
from bench.machine import Cores, pinned, raise_file_limit
from bench.rounds import Bench, Extent, Results, RunFailed
from bench.sealing import sealers
from bench.servers import ServerFailed
from tests.support.postgres import PostgresServer

PAIRS: Final = 25
THREADS_PER_PAIR: Final = 8


def measure(extent: Extent, names: Sequence[str]) -> Results:
    """Raises: RunFailed, ServerFailed."""
    cores, results = Cores.of_this_machine(), Results()
    bench = Bench(cores, extent)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pli-processes-")))
        pool = stack.enter_context(sealers(sorted(os.sched_getaffinity(0))))
        stack.enter_context(pinned([cores.generator]))
        postgres = PostgresServer()
        stack.callback(postgres.remove)
        postgres.start()
        contenders: list[Contender] = list(Lineup(stack, cores, extent, folder, postgres).processes(pool, names))
        for _ in bench.closed(contenders, results):
            pass
    return results


def table(results: Results) -> str:
    """Medians of the rounds, and of the rounds' ratios to one process."""
    one = results.closed.get((PROCESSES[0], SINGLE.name), [])
    lines = [f"{'':<8}{'server us':>10}{'by one':>8}"]
    for (name, _), runs in results.closed.items():
        ratios = [run.server_us / base.server_us for run, base in zip(runs, one, strict=False)]
        ratio = f"{median(ratios):.2f}" if ratios else "-"
        lines.append(f"{name:<8}{median(run.server_us for run in runs):>10.1f}{ratio:>8}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.processes", description="What a second process costs.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--run-s", type=float, default=2.5, help="about how long one run takes")
    parser.add_argument("--only", nargs="+", choices=PROCESSES, default=PROCESSES)
    options = parser.parse_args(arguments)
    raise_file_limit()
    extent = Extent(
        rounds=options.rounds,
        array_rounds=0,
        run_s=options.run_s,
        pairs=PAIRS,
        threads_per_pair=THREADS_PER_PAIR,
        idle_connections=0,
        stored=0,
        growth_runs=0,
        relations=0,
    )
    try:
        print(table(measure(extent, options.only)))
    except (RunFailed, ServerFailed) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
