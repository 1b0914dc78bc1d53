"""The variants side by side: every round runs each of them once, so that a slow minute of the machine slows all alike.

A variant is a contender and a shape of frames. A run is as long as its variant was fast before, within bounds.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
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

ATTEMPTS: Final = 2
"""Of a run over several processes. What one tells another may be lost where the machine is very busy; a client would
pull it, as it is asked to, and the generator does not."""


class RunFailed(Exception):
    """A run did not add up; the message holds what the generator said."""


class NotStored(RunFailed):
    """The store has not what was acknowledged."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured."""

    rounds: int
    """0: the warm-up is all there is, too short to say how fast anything is."""
    array_rounds: int
    """The first of them, in which arrays in frames run too."""
    run_s: float
    """About how long one run takes, after a warm-up."""
    pairs: int
    threads_per_pair: int
    idle_connections: int
    stored: int
    """Messages that a send meets in the larger of the two databases of `growth`."""
    growth_runs: int
    relations: int
    """That the report is made of."""

    @property
    def clients(self) -> int:
        return 2 * self.pairs


@dataclass(slots=True)
class Results:
    """Every run of every variant so far, by (contender, shape), in order of rounds."""

    closed: dict[tuple[str, str], list[Measured]] = field(default_factory=dict)
    """As fast as it goes."""
    half: dict[str, list[Measured]] = field(default_factory=dict)
    """By contender: at half of its rate with single frames."""
    durability: dict[str, str] = field(default_factory=dict)
    """By contender."""


class Bench:
    """Runs contenders in rounds. Raises: RunFailed."""

    def __init__(self, cores: Cores, extent: Extent) -> None:
        self.cores = cores
        self.extent = extent

    def closed(self, contenders: Sequence[Contender], results: Results) -> Iterator[None]:
        """Every variant as fast as it goes, interleaved; stops after each run, which then is in the results."""
        results.durability |= {contender.name: contender.durability for contender in contenders}
        warm_ups: dict[tuple[Contender, Shape], Measured] = {}
        for shape in (SINGLE, ARRAYS):
            for contender in contenders:
                warm_up = self._unless_lost(contender, shape, WARM_UP_MESSAGES) if shape in contender.shapes else None
                if warm_up is not None:
                    warm_ups[contender, shape] = warm_up
        if self.extent.rounds == 0:
            results.closed = {(who.name, shape.name): [run] for (who, shape), run in warm_ups.items()}
            yield
        for number in range(self.extent.rounds):
            for (contender, shape), warm_up in list(warm_ups.items()):
                if shape is SINGLE or number < self.extent.array_rounds:
                    measured = self._unless_lost(contender, shape, self._messages(warm_up.per_second))
                    if measured is None:
                        del warm_ups[contender, shape]
                        continue
                    results.closed.setdefault((contender.name, shape.name), []).append(measured)
                    yield

    def half(self, contenders: Sequence[Contender], results: Results) -> Iterator[None]:
        """Single frames at half of each one's own rate of arrivals, interleaved; stops after each run."""
        rates = [median_rate(results.closed[contender.name, SINGLE.name]) / 2 for contender in contenders]
        for _ in range(max(1, self.extent.rounds)):
            for contender, rate in zip(contenders, rates, strict=True):
                measured = self.run(contender, SINGLE, self._messages(rate), rate)
                results.half.setdefault(contender.name, []).append(measured)
                yield

    def _messages(self, per_second: float) -> int:
        """Of each connection, in a run at that speed."""
        wanted = int(per_second * self.extent.run_s / self.extent.clients)
        return max(ARRAYS.structs_per_frame, min(RUN_MESSAGES_MAX, wanted))

    def _unless_lost(self, contender: Contender, shape: Shape, messages: int) -> Measured | None:
        """As `run`; of several processes, None where one did not hear of a message in several runs."""
        if len(contender.pids) == 1:
            return self.run(contender, shape, messages)
        for _ in range(ATTEMPTS):
            try:
                return self.run(contender, shape, messages)
            except NotStored:
                raise
            except RunFailed as failed:
                print(f"bench: {failed}", file=sys.stderr, flush=True)
        print(f"bench: {contender.name} is left out after {ATTEMPTS} such runs", file=sys.stderr, flush=True)
        return None

    def run(self, contender: Contender, shape: Shape, messages: int, rate: float | None = None) -> Measured:
        """So many messages of each connection, at that rate of all (a second), or as fast as it goes."""
        load = Load(
            clients=contender.clients(messages // shape.structs_per_frame, shape),
            structs_per_frame=shape.structs_per_frame,
            frames_in_flight=shape.frames_in_flight,
            rate=rate,
            seed=messages,
            server_pids=list(contender.pids),
        )
        archive = contender.archive
        before = archive.rows() if archive else 0
        with pinned([self.cores.generator]):
            command = [sys.executable, "-m", "bench.generator"]
            done = subprocess.run(command, input=msgspec.msgpack.encode(load), capture_output=True, check=False)
        if done.returncode != 0:
            raise RunFailed(f"{contender.name}, {shape.name} frames: {done.stderr.decode(errors='replace')[-2_000:]}")
        measured = msgspec.msgpack.decode(done.stdout, type=Measured)
        if archive and archive.rows() - before != measured.messages * archive.rows_per_message:
            raise NotStored(
                f"{contender.name}: {archive.rows() - before} rows were stored of {measured.messages} messages, "
                f"{archive.rows_per_message} each"
            )
        print(_line(contender, shape, rate, measured), file=sys.stderr, flush=True)
        return measured


def _line(contender: Contender, shape: Shape, rate: float | None, measured: Measured) -> str:
    """What happened just now, for whoever waits."""
    pace = "as fast as it goes" if rate is None else f"at {rate:,.0f} a second"
    return (
        f"{contender.name:<18}{shape.name:<8}{pace:<22}{measured.per_second:>10,.0f} /s"
        f"  p99 {measured.complete_p99_ms:>7.1f} ms  {measured.server_us:>6.1f} us each"
        f"  server {measured.server_share:.2f}  generator {measured.generator_share:.2f}"
    )


def median_rate(runs: Sequence[Measured]) -> float:
    """Messages a second."""
    return median(run.per_second for run in runs)


def median_ratio(runs: Sequence[Measured], floor: Sequence[Measured]) -> float:
    """The median over its rounds, the first ones, of a variant's rate by the floor's in the same round."""
    return median(run.per_second / base.per_second for run, base in zip(runs, floor, strict=False))
