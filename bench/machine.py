"""The machine: which core runs what, its versions, and what a process used of it."""

import contextlib
import os
import platform
import resource
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import psutil

PACKAGES: Final = ("uvicorn", "starlette", "websockets", "uvloop", "msgspec", "cryptography", "sqlalchemy", "asyncpg")


@dataclass(frozen=True, slots=True)
class Cores:
    """One core for the process under test, another for the generator and PostgreSQL; the same one if there is one."""

    server: int
    generator: int

    @classmethod
    def of_this_machine(cls) -> "Cores":
        usable = sorted(os.sched_getaffinity(0))
        return cls(server=usable[0], generator=usable[-1])


@contextlib.contextmanager
def pinned(cores: Sequence[int]) -> Iterator[None]:
    """Processes started inside run on these cores only, with all their threads: they inherit what this one has."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def raise_file_limit() -> None:
    """As many open files as the system allows: this process and those it starts hold a socket a client."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def cpu_seconds(pid: int) -> float:
    """CPU that a process has used in all its threads, user and system, in seconds.

    The scheduler's own count, in ns, of the threads that live; without it the kernel's ticks of 10 ms.
    """
    tasks = list(Path(f"/proc/{pid}/task").glob("*/schedstat"))
    if tasks:
        return sum(map(_scheduled_ns, tasks)) / 1e9
    used = psutil.Process(pid).cpu_times()
    return float(used.user + used.system)


def _scheduled_ns(schedstat: Path) -> int:
    try:
        return int(schedstat.read_text(encoding="ascii").split()[0])
    except OSError:  # the thread ended just now
        return 0


def resident_kib(pid: int) -> float:
    """Resident memory of a process, KiB."""
    return float(psutil.Process(pid).memory_info().rss) / 1_024


def describe() -> dict[str, str]:
    """The machine and what runs on it, for the report."""
    memory_gib = psutil.virtual_memory().total / 2**30
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory_gib:.0f} GiB",
        "system": f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
