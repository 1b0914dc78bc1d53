"""The variants side by side: every round runs each of them once, so that a slow minute of the machine slows all alike.

A variant is a contender and a shape of frames. A run is as long as its variant was fast before, within bounds.
"""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import msgspec

from bench.contenders import ARRAYS, SINGLE, Contender, Shape
from bench.load import Load, Measured
from bench.machine import Cores, pinned

WARM_UP_MESSAGES: Final = 96
"""Of each connection, before the first round: caches fill, and the variant's speed shows."""
RUN_MESSAGES_MAX: Final = 2_000
"""Of each connection: what waits to be sent must fit into memory."""


class RunFailed(Exception):
    """A run did not add up; the message holds what the generator said."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured."""

    rounds: int
    run_s: float
    """About how long one run takes, after a warm-up."""
    pairs: int
    threads_per_pair: int
    idle_connections: int

    @property
    def clients(self) -> int:
        return 2 * self.pairs


@dataclass(frozen=True, slots=True)
class Results:
    """Every run of every variant, by (contender, shape), in order of rounds."""

    closed: dict[tuple[str, str], list[Measured]]
    """As fast as it goes."""
    half: dict[str, list[Measured]]
    """By contender: at half of its rate with single frames."""


class Bench:
    """Runs the contenders in rounds. Raises: RunFailed."""

    def __init__(self, contenders: Sequence[Contender], cores: Cores, extent: Extent) -> None:
        self._contenders = contenders
        self._cores = cores
        self._extent = extent

    def closed(self) -> dict[tuple[str, str], list[Measured]]:
        """Every variant as fast as it goes, interleaved."""
        variants = [(contender, shape) for shape in (SINGLE, ARRAYS) for contender in self._contenders]
        speeds = [self._run(*variant, WARM_UP_MESSAGES, None).per_second for variant in variants]
        runs: dict[tuple[str, str], list[Measured]] = {}
        for _ in range(self._extent.rounds):
            for (contender, shape), speed in zip(variants, speeds, strict=True):
                measured = self._run(contender, shape, self._messages(speed), None)
                runs.setdefault((contender.name, shape.name), []).append(measured)
        return runs

    def at_rate(self, rates: dict[str, float]) -> dict[str, list[Measured]]:
        """The named contenders with single frames at a rate of arrivals (messages a second), interleaved."""
        runs: dict[str, list[Measured]] = {name: [] for name in rates}
        for _ in range(self._extent.rounds):
            for contender in self._contenders:
                rate = rates.get(contender.name)
                if rate is not None:
                    runs[contender.name].append(self._run(contender, SINGLE, self._messages(rate), rate))
        return runs

    def _messages(self, per_second: float) -> int:
        """Of each connection, in a run at that speed."""
        wanted = int(per_second * self._extent.run_s / self._extent.clients)
        return max(ARRAYS.structs_per_frame, min(RUN_MESSAGES_MAX, wanted))

    def _run(self, contender: Contender, shape: Shape, messages: int, rate: float | None) -> Measured:
        load = Load(
            clients=contender.clients(messages // shape.structs_per_frame, shape),
            structs_per_frame=shape.structs_per_frame,
            frames_in_flight=shape.frames_in_flight,
            rate=rate,
            seed=messages,
            server_pid=contender.server.pid,
        )
        with pinned([self._cores.generator]):
            command = [sys.executable, "-m", "bench.generator"]
            done = subprocess.run(command, input=msgspec.msgpack.encode(load), capture_output=True, check=False)
        if done.returncode != 0:
            raise RunFailed(f"{contender.name}, {shape.name} frames: {done.stderr.decode(errors='replace')[-2_000:]}")
        measured = msgspec.msgpack.decode(done.stdout, type=Measured)
        print(_line(contender, shape, rate, measured), file=sys.stderr, flush=True)
        return measured


def _line(contender: Contender, shape: Shape, rate: float | None, measured: Measured) -> str:
    """What happened just now, for whoever waits."""
    pace = "as fast as it goes" if rate is None else f"at {rate:,.0f} a second"
    return (
        f"{contender.name:<12}{shape.name:<8}{pace:<22}{measured.per_second:>10,.0f} /s"
        f"  p99 {measured.complete_p99_ms:>7.1f} ms  {measured.server_us:>6.1f} us each"
        f"  server {measured.server_share:.2f}  generator {measured.generator_share:.2f}"
    )


def median_rate(runs: Sequence[Measured]) -> float:
    """Messages a second."""
    return median(run.per_second for run in runs)


def median_ratio(runs: Sequence[Measured], floor: Sequence[Measured]) -> float:
    """The median over the rounds of a variant's rate by the floor's in the same round."""
    return median(run.per_second / base.per_second for run, base in zip(runs, floor, strict=True))
