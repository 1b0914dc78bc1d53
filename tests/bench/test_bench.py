"""The whole bench in one short round, with real processes: its figures are there and plausible, however slow."""

import json
import os
from pathlib import Path
from types import ModuleType

import pytest

from bench.__main__ import main
from bench.contenders import STORES, TWO_PROCESSES, stock
from bench.peers import PeerMissing, ejabberd, socketio
from tests.support.forking import Forked

KEYS = (
    *(f"{path}_ratio_{store}" for path in ("durable", "direct") for store in STORES),
    *(f"{path}_arrays_ratio_{store}" for path in ("durable", "direct") for store in STORES),
    "cpu_ratio_sqlite",
    "cpu_ratio_postgresql",
    "send_p99_ms_half_load",
    "send_p99_ms_half_load_sqlite",
    "send_p99_ms_half_load_postgresql",
    "idle_connection_kib",
)
PEERS = {
    "socket.io": (socketio, ("direct_vs_socketio", "direct_vs_socketio_sqlite", "direct_vs_socketio_postgresql")),
    "ejabberd": (ejabberd, ("vs_ejabberd",)),
}


def is_installed(peer: ModuleType) -> bool:
    try:
        peer.versions()
    except PeerMissing:
        return False
    return True


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("from_template")
def test_a_quick_bench_prints_its_table_and_writes_its_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "latest.json"

    code = main(["--quick", "--output", str(output)])

    done = capsys.readouterr()
    assert code == 0, done.err
    figures = json.loads(output.read_text(encoding="utf-8"))
    assert all(figures[key] > 0 for key in KEYS)
    # The service cannot need less CPU than what forgets everything. How fast either was is not asked here.
    assert all(0.01 < figures[f"cpu_ratio_{store}"] < 1 for store in STORES)
    assert figures["complete"]
    assert figures["growth"]["stored"] == 2_000
    assert all(us > 10 for us in (*figures["growth"]["few_us"], *figures["growth"]["many_us"]))
    assert 4 < figures["idle_connection_kib"] < 500
    assert figures["send_p99_ms_half_load"] == figures["send_p99_ms_half_load_sqlite"]
    runs = figures["runs"]["closed_loop"]
    assert all(run["messages"] > 0 and run["per_second"] > 0 for variant in runs.values() for run in variant)
    assert figures["report"]["relations"] == 2_000
    assert figures["report"]["seconds"] > 0.1
    assert 50 < figures["report"]["mib"] < 1_500
    # Where the machine is very busy, one process does not hear all that the other says.
    together = [] if f"{TWO_PROCESSES} is left out" in done.err else [TWO_PROCESSES]
    assert (figures["cpu_two_processes_ratio"] is None) is (not together)
    installed = [name for name, (peer, _) in PEERS.items() if is_installed(peer)]
    assert set(runs) == {
        *(f"{name} {shape}" for name in ("floor", *STORES, *map(stock, STORES)) for shape in ("single", "arrays")),
        *(f"{name} single" for name in (*together, *installed)),
    }
    for name, (_, keys) in PEERS.items():
        assert (f"{name} is not installed here" in done.err) is (name not in installed)
        assert all((figures[key] is None) is (name not in installed) for key in keys)
    assert all(key in done.out for key in KEYS)
    assert output.with_suffix(".svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.slow
def test_it_is_a_module_that_runs(tmp_path: Path) -> None:
    with (tmp_path / "output").open("w+b") as output:
        assert Forked("bench", ["--help"], os.environ, Path.cwd(), output).wait(60) == 0
        output.seek(0)
        assert b"--quick" in output.read()
