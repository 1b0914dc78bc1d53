"""What a bench says: `latest.json` for machines, a table for people."""

from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

import msgspec

from bench.contenders import ARRAYS, FORGETS, SINGLE, STORES, TWO_PROCESSES, stock
from bench.figures import Reported
from bench.growth import Growth
from bench.load import Measured
from bench.plot import Bar, svg
from bench.rounds import Extent, Results, median_rate, median_ratio

FLOOR: Final = ("floor", SINGLE.name)
MILLION: Final = 1_000_000
MAIN_STORE: Final = "sqlite"
PEER_STORE: Final = "postgresql"
"""On which ejabberd has its archive."""
BUSY_SHARE: Final = 0.8
"""A relay that is always asked for more uses its core whole, unless somebody else does."""


@dataclass(slots=True)
class Report:
    """All that was measured so far, with the machine it was measured on."""

    extent: Extent
    machine: dict[str, str]
    results: Results = field(default_factory=Results)
    idle_kib: float | None = None
    growth: Growth | None = None
    reported: Reported | None = None
    complete: bool = False

    def keys(self) -> dict[str, float | None]:
        """The figures that are compared from one version to the next, as far as they are known. Those of a peer that is
        missing here are None."""
        keys: dict[str, float | None] = {}
        for store in STORES:
            keys |= self._ratios(f"durable{{}}_ratio_{store}", stock(store)) | self._ratios(
                f"direct{{}}_ratio_{store}", store
            )
            keys |= self._cpu_ratio(store) | self._cpu_ratio(stock(store))
        keys |= self._beside_peers()
        for store, runs in self.results.half.items():
            keys[f"send_p99_ms_half_load_{store}"] = median(run.complete_p99_ms for run in runs)
            if store == MAIN_STORE:
                keys["send_p99_ms_half_load"] = keys[f"send_p99_ms_half_load_{store}"]
        if self.idle_kib is not None:
            keys["idle_connection_kib"] = self.idle_kib
        if self.growth is not None and self.growth.stored == MILLION:
            keys["growth_1m"] = self.growth.ratio
        if self.reported is not None and self.reported.relations == MILLION:
            keys["report_1m_s"], keys["report_1m_mib"] = self.reported.seconds, self.reported.mib
        return {name: value if value is None else round(value, 3) for name, value in keys.items()}

    def json(self) -> bytes:
        """`latest.json`: the keys, the machine, every run."""
        closed = {f"{contender} {shape}": runs for (contender, shape), runs in self.results.closed.items()}
        document: dict[str, Any] = {
            **self.keys(),
            "complete": self.complete,
            "extent": self.extent,
            "growth": self.growth,
            "report": self.reported,
            "machine": dict(self.machine),
            "runs": {"closed_loop": closed, "half_load": self.results.half},
        }
        return msgspec.json.format(msgspec.json.encode(document)) + b"\n"

    def table(self) -> str:
        """One table in Markdown: medians of the rounds."""
        rows = [_HEADER, _RULE]
        floor = self.results.closed.get(FLOOR, [])
        for (contender, shape), runs in self.results.closed.items():
            stored = self.results.durability[contender]
            rows.append(_row(contender, stored, shape, "full", runs, f"{median_ratio(runs, floor):.2f}"))
        for contender, runs in self.results.half.items():
            rows.append(_row(contender, self.results.durability[contender], SINGLE.name, "half", runs, ""))
        return "\n".join(rows)

    def warning(self) -> str:
        """What makes the rates worthless, or nothing."""
        share = _median(self.results.closed[FLOOR], "server_share")
        if share >= BUSY_SHARE:
            return ""
        return (
            f"The floor got {share:.0%} of its core: something else used this machine. The rates and what follows from "
            "them say little; CPU a message is less affected."
        )

    def summary(self) -> str:
        """The keys, one a line."""
        return "\n".join(f"{name:<36}{'-' if value is None else value:>10}" for name, value in self.keys().items())

    def plot(self) -> str:
        """The rates with single frames, as an SVG."""
        bars = []
        for (contender, shape), runs in self.results.closed.items():
            if shape == SINGLE.name:
                rates = [run.per_second for run in runs]
                stored = self.results.durability[contender]
                bars.append(Bar(contender, median_rate(runs), min(rates), max(rates), stored, stored != FORGETS))
        return svg(bars, f"{self._how()}; the whiskers are the slowest and the fastest round.")

    def _how(self) -> str:
        return (
            f"{self.extent.clients} connections with {SINGLE.frames_in_flight} messages waiting each, "
            f"medians of {self.extent.rounds} rounds"
        )

    def page(self) -> str:
        """RESULTS.md."""
        machine = "\n".join(f"| {name} | {value} |" for name, value in self.machine.items())
        return _PAGE.format(
            table=self.table(),
            summary=self.summary(),
            machine=machine,
            rounds=self.extent.rounds,
            array_rounds=self.extent.array_rounds,
            run_s=self.extent.run_s,
            idle=self.extent.idle_connections,
            clients=self.extent.clients,
            threads=self.extent.pairs * self.extent.threads_per_pair,
        )

    def _ratios(self, name: str, contender: str) -> dict[str, float]:
        """By the floor, with single frames and with arrays."""
        closed = self.results.closed
        return {
            name.format(word): median_ratio(closed[contender, shape.name], closed[FLOOR])
            for word, shape in (("", SINGLE), ("_arrays", ARRAYS))
            if (contender, shape.name) in closed
        }

    def _beside_peers(self) -> dict[str, float | None]:
        """The service by what a team would install instead, and by itself in two processes."""
        keys = {"vs_ejabberd": self._rate_ratio(PEER_STORE, "ejabberd")}
        for store in STORES:
            keys[f"direct_vs_socketio_{store}"] = self._rate_ratio(store, "socket.io")
        keys["direct_vs_socketio"] = keys[f"direct_vs_socketio_{MAIN_STORE}"]
        one, two = (self.results.closed.get((name, SINGLE.name), []) for name in (PEER_STORE, TWO_PROCESSES))
        ratios = [run.server_us / base.server_us for run, base in zip(two, one, strict=False)]
        return keys | {"cpu_two_processes_ratio": median(ratios) if ratios else None}

    def _rate_ratio(self, contender: str, peer: str) -> float | None:
        """The median of the rounds' ratios; None where one of them has not run."""
        runs, base = (self.results.closed.get((name, SINGLE.name), []) for name in (contender, peer))
        return median_ratio(runs, base) if runs and base else None

    def _cpu_ratio(self, contender: str) -> dict[str, float]:
        closed = self.results.closed
        if (contender, SINGLE.name) not in closed:
            return {}
        ratio = _median(closed[FLOOR], "server_us") / _median(closed[contender, SINGLE.name], "server_us")
        return {f"cpu_ratio_{contender.replace('-', '_')}": ratio}


_PAGE: Final = """# Results

Written by `python -m bench --results` on a quiet machine; `make bench` measures again. What is measured, and how to
read it, is in [README.md](README.md). What holds when parts die under load is in [docs/faults.md](../docs/faults.md).

{table}

![Bars: messages a second of each of them with single frames](results.svg)

```
{summary}
```

Medians of {rounds} interleaved rounds ({array_rounds} with arrays), about {run_s:g} s a run, after a warm-up; {clients}
connections, {threads} threads. Ratios are medians of the rounds' own ratios to the floor with single frames. Idle:
{idle:,} connections.

| machine | |
|---|---|
{machine}
"""

_HEADER: Final = (
    "| | stored | frames | load | messages/s | of the floor | ack p99 ms | ack and delivery p50 ms | p99 ms "
    "| server us/message | server core | generator core |"
)
_RULE: Final = "|" + "---|" * 12


def _row(contender: str, stored: str, shape: str, load: str, runs: list[Measured], ratio: str) -> str:
    cells = [
        f"{_median(runs, 'per_second'):,.0f}",
        ratio,
        f"{_median(runs, 'ack_p99_ms'):.1f}",
        f"{_median(runs, 'complete_p50_ms'):.1f}",
        f"{_median(runs, 'complete_p99_ms'):.1f}",
        f"{_median(runs, 'server_us'):.0f}",
        f"{_median(runs, 'server_share'):.2f}",
        f"{_median(runs, 'generator_share'):.2f}",
    ]
    return f"| {contender} | {stored} | {shape} | {load} | " + " | ".join(cells) + " |"


def _median(runs: list[Measured], name: str) -> float:
    figures: list[float] = [getattr(run, name) for run in runs]
    return median(figures)
