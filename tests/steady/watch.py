"""What is seen of a strained process from outside: its connections, its memory, how soon it says that it is well."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Collection
from statistics import quantiles
from typing import Final

import psutil

from bench.machine import resident_kib
from tests.support.processes import ServiceProcess

WELL_MS: Final = 100.0
_LOOK_EVERY_S: Final = 0.1


def connections(pid: int, ports: Collection[int]) -> set[int]:
    """Of these ports of clients, those to which the process holds a connection."""
    held = psutil.Process(pid).net_connections("tcp4")
    return {each.raddr.port for each in held if each.raddr and each.raddr.port in ports}


class Memory:
    """Resident memory of a process, from when the watch begins."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._before = self._peak = resident_kib(pid)

    @property
    def growth_mib(self) -> float:
        """At its highest."""
        return (self._peak - self._before) / 1_024

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            self._peak = max(self._peak, resident_kib(self._pid))
            await asyncio.sleep(_LOOK_EVERY_S)


class Health:
    """`/healthz`, asked by a process of its own (`tests.steady.probe`), over a new connection each time."""

    def __init__(self, service: ServiceProcess) -> None:
        self.seconds: list[float] = []
        """How long each answer took, from when it was due to be asked for, in the service's own time."""
        self._service = service

    @property
    def p99_ms(self) -> float:
        return quantiles(self.seconds, n=100)[98] * 1_000

    @contextlib.asynccontextmanager
    async def asked(self) -> AsyncIterator[None]:
        asks = (sys.executable, "-m", "tests.steady.probe", str(self._service.port), str(self._service.pid))
        probe = await asyncio.create_subprocess_exec(*asks, stdin=-1, stdout=-1)
        assert probe.stdout is not None
        await probe.stdout.readline()
        try:
            yield
        finally:
            answered, _ = await probe.communicate(b"")
        assert probe.returncode == 0, "the service was not well"
        self.seconds = json.loads(answered)
