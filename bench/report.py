"""What a bench says: `latest.json` for machines, a table for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import msgspec

from bench.contenders import ARRAYS, SINGLE
from bench.load import Measured
from bench.rounds import Extent, Results, median_ratio

FLOOR: Final = ("floor", SINGLE.name)
MAIN_STORE: Final = "sqlite"
BUSY_SHARE: Final = 0.8
"""A relay that is always asked for more uses its core whole, unless somebody else does."""


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured, with the machine it was measured on."""

    results: Results
    idle_kib: float
    extent: Extent
    machine: Mapping[str, str]

    def keys(self) -> dict[str, float]:
        """The figures that are compared from one version to the next."""
        keys: dict[str, float] = {}
        for store in self.results.half:
            keys[f"durable_ratio_{store}"] = self._ratio(store, SINGLE.name)
            keys[f"durable_arrays_ratio_{store}"] = self._ratio(store, ARRAYS.name)
            keys[f"cpu_ratio_{store}"] = _median(self.results.closed[FLOOR], "server_us") / _median(
                self.results.closed[store, SINGLE.name], "server_us"
            )
            keys[f"send_p99_ms_half_load_{store}"] = median(run.complete_p99_ms for run in self.results.half[store])
        keys["send_p99_ms_half_load"] = keys[f"send_p99_ms_half_load_{MAIN_STORE}"]
        keys["idle_connection_kib"] = self.idle_kib
        return {name: round(value, 3) for name, value in keys.items()}

    def json(self) -> bytes:
        """`latest.json`: the keys, the machine, every run."""
        closed = {f"{contender} {shape}": runs for (contender, shape), runs in self.results.closed.items()}
        document: dict[str, Any] = {
            **self.keys(),
            "extent": self.extent,
            "machine": dict(self.machine),
            "runs": {"closed_loop": closed, "half_load": self.results.half},
        }
        return msgspec.json.format(msgspec.json.encode(document)) + b"\n"

    def table(self) -> str:
        """One table in Markdown: medians of the rounds."""
        rows = [_HEADER, _RULE]
        for (contender, shape), runs in self.results.closed.items():
            floor = self.results.closed[FLOOR]
            rows.append(_row(contender, shape, "full", runs, f"{median_ratio(runs, floor):.2f}"))
        for contender, runs in self.results.half.items():
            rows.append(_row(contender, SINGLE.name, "half", runs, ""))
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
        return "\n".join(f"{name:<36}{value:>10}" for name, value in self.keys().items())

    def page(self) -> str:
        """RESULTS.md."""
        machine = "\n".join(f"| {name} | {value} |" for name, value in self.machine.items())
        return _PAGE.format(
            table=self.table(),
            summary=self.summary(),
            machine=machine,
            rounds=self.extent.rounds,
            run_s=self.extent.run_s,
            idle=self.extent.idle_connections,
            clients=self.extent.clients,
            threads=self.extent.pairs * self.extent.threads_per_pair,
        )

    def _ratio(self, contender: str, shape: str) -> float:
        return median_ratio(self.results.closed[contender, shape], self.results.closed[FLOOR])


_PAGE: Final = """# Results

Written by `python -m bench --results` on a quiet machine; `make bench` measures again. What is measured, and how to
read it, is in [README.md](README.md).

{table}

```
{summary}
```

Medians of {rounds} interleaved rounds of about {run_s:g} s each, after a warm-up; {clients} connections, {threads}
threads. Ratios are medians of the rounds' own ratios to the floor with single frames. Idle: {idle:,} connections.

| machine | |
|---|---|
{machine}
"""

_HEADER: Final = (
    "| | frames | load | messages/s | of the floor | ack p99 ms | ack and delivery p50 ms | p99 ms "
    "| server us/message | server core | generator core |"
)
_RULE: Final = "|" + "---|" * 11


def _row(contender: str, shape: str, load: str, runs: list[Measured], ratio: str) -> str:
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
    return f"| {contender} | {shape} | {load} | " + " | ".join(cells) + " |"


def _median(runs: list[Measured], name: str) -> float:
    figures: list[float] = [getattr(run, name) for run in runs]
    return median(figures)
