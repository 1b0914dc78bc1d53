"""How long a report takes, and how much memory, over so many simulated relations: from a store with nothing published.

The histories are simulated into a database first, which is not measured. Then `pli report` counts and publishes
everything that is due, in a process of its own: the time from its start to its end, and its greatest resident memory.

`python -m bench.figures --relations 100000` measures this alone.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from bench.rounds import RunFailed

FIRST, UNTIL = "2023-01", "2026-01"


class Reported(Struct, frozen=True):
    relations: int
    seconds: float
    mib: float
    cpu_seconds: float
    """On all cores: what a busy machine changes less."""


def report(folder: Path, relations: int) -> Reported:
    """Raises: RunFailed."""
    folder.mkdir(parents=True)
    _pli(folder, "migrate")
    _pli(folder, "simulate", "--relations", str(relations), "--first", FIRST, "--until", UNTIL)
    begun = time.perf_counter()
    used = _pli(folder, "report", "--format", "parquet", "--output", str(folder / "figures.parquet"))
    seconds = time.perf_counter() - begun
    if not (folder / "figures.parquet").stat().st_size:
        raise RunFailed("the report is empty")
    return Reported(relations, seconds, used.ru_maxrss / 1_024, used.ru_utime + used.ru_stime)


def _pli(folder: Path, *arguments: str) -> resource.struct_rusage:
    """What one command used. Raises: RunFailed."""
    command = [sys.executable, "-m", "messaging.cli", *arguments]
    started = subprocess.Popen(command, env=os.environ | {"PLI_DATA_DIR": str(folder)}, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode:
        raise RunFailed(f"pli {arguments[0]} ended with {started.returncode}")
    return usage


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.figures", description="How long a report takes.")
    parser.add_argument("--relations", type=int, default=1_000_000)
    with tempfile.TemporaryDirectory(prefix="pli-figures-") as folder:
        found = report(Path(folder) / "data", parser.parse_args(arguments).relations)
    print(
        f"{found.relations:,} relations: {found.seconds:.1f} s, {found.cpu_seconds:.1f} s of CPU, {found.mib:.0f} MiB"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
