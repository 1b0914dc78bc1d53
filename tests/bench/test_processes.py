"""What a second process costs is told by the ratios of each round, not by medians that come from different ones."""

from bench.load import Measured
from bench.processes import table
from bench.rounds import Results


def _run(server_us: float) -> Measured:
    return Measured(1, 1.0, 1.0, 1.0, 1.0, 1.0, server_us, 0.5, 0.1)


def test_the_table_compares_within_rounds() -> None:
    results = Results()
    results.closed["one", "single"] = [_run(us) for us in (50.0, 100.0, 400.0)]
    results.closed["two", "single"] = [_run(us) for us in (100.0, 120.0, 480.0)]
    assert table(results).splitlines() == [
        "         server us  by one",
        "one          100.0    1.00",
        "two          120.0    1.20",
    ]


def test_without_one_process_nothing_is_compared() -> None:
    results = Results()
    results.closed["two", "single"] = [_run(100.0)]
    assert table(results).splitlines()[1:] == ["two          100.0       -"]
