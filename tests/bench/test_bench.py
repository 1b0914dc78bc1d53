"""The whole bench in one short round, with real processes: its figures are there and plausible, however slow."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STORES = ("sqlite", "postgresql")
KEYS = (
    "durable_ratio_sqlite",
    "durable_ratio_postgresql",
    "durable_arrays_ratio_sqlite",
    "durable_arrays_ratio_postgresql",
    "cpu_ratio_sqlite",
    "cpu_ratio_postgresql",
    "send_p99_ms_half_load",
    "send_p99_ms_half_load_sqlite",
    "send_p99_ms_half_load_postgresql",
    "idle_connection_kib",
)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_quick_bench_prints_its_table_and_writes_its_figures(tmp_path: Path) -> None:
    output = tmp_path / "latest.json"

    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--output", str(output)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    figures = json.loads(output.read_text(encoding="utf-8"))
    assert all(figures[key] > 0 for key in KEYS)
    # The service cannot need less CPU than what forgets everything. How fast either was is not asked here.
    assert all(0.01 < figures[f"cpu_ratio_{store}"] < 1 for store in STORES)
    assert 4 < figures["idle_connection_kib"] < 500
    assert figures["send_p99_ms_half_load"] == figures["send_p99_ms_half_load_sqlite"]
    runs = figures["runs"]["closed_loop"]
    assert all(run["messages"] > 0 and run["per_second"] > 0 for variant in runs.values() for run in variant)
    assert set(runs) == {f"{name} {shape}" for name in ("floor", *STORES) for shape in ("single", "arrays")}
    assert all(key in done.stdout for key in KEYS)
