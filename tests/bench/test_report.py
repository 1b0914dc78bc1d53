"""What the figures of a bench say of its runs."""

from xml.etree import ElementTree

import pytest

from bench.__main__ import WHOLE
from bench.contenders import FORGETS, SINGLE, TWO_PROCESSES
from bench.load import Measured
from bench.plot import Bar, svg
from bench.report import Report
from bench.rounds import Results

SVG = "{http://www.w3.org/2000/svg}"


def run(per_second: float, server_us: float = 50.0) -> Measured:
    return Measured(1_000, per_second, 1.0, 2.0, 1.0, 2.0, server_us, 0.9, 0.4)


def drawn(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)  # noqa: S314 - it is our own


def report(**contenders: list[Measured]) -> Report:
    names = {name.replace("_", "-"): runs for name, runs in contenders.items()}
    closed = {(name, SINGLE.name): runs for name, runs in names.items()}
    forgets = ("floor", "socket.io")
    stored = {name: FORGETS if name in forgets else "PostgreSQL, before the ack" for name in names}
    return Report(WHOLE, {}, Results(closed, {}, stored))


def test_the_peers_are_compared_within_each_round() -> None:
    runs = {"floor": [run(20_000)] * 3, "socket.io": [run(10_000), run(5_000), run(8_000)]}
    runs |= {"sqlite": [run(11_000), run(10_000), run(8_000)], "postgresql": [run(9_000), run(6_000), run(12_000)]}
    keys = report(**runs, ejabberd=[run(900), run(500), run(1_000)]).keys()

    assert keys["vs_ejabberd"] == 12.0
    assert keys["direct_vs_socketio"] == keys["direct_vs_socketio_sqlite"] == 1.1
    assert keys["direct_vs_socketio_postgresql"] == 1.2


def test_a_peer_that_did_not_run_has_no_figure() -> None:
    keys = report(floor=[run(20_000)], sqlite=[run(11_000)], postgresql=[run(9_000)]).keys()

    assert keys["vs_ejabberd"] is None
    assert keys["direct_vs_socketio"] is None
    assert keys["cpu_two_processes_ratio"] is None
    assert keys["direct_ratio_sqlite"] == 0.55


def test_two_processes_are_compared_by_cpu() -> None:
    one, two = [run(9_000, 50.0), run(9_000, 40.0), run(9_000, 60.0)], [run(9_000, us) for us in (60.0, 50.0, 60.0)]

    keys = report(floor=[run(20_000)] * 3, postgresql=one, **{TWO_PROCESSES: two}).keys()

    assert keys["cpu_two_processes_ratio"] == 1.2


def test_the_table_says_what_each_stores() -> None:
    lines = report(floor=[run(20_000)], ejabberd=[run(900)]).table().splitlines()

    assert "| floor | nothing | single | full | 20,000 | 1.00 |" in lines[2]
    assert "| ejabberd | PostgreSQL, before the ack | single | full | 900 | 0.04 |" in lines[3]


def test_the_plot_has_a_bar_for_each_to_scale() -> None:
    picture = drawn(report(floor=[run(20_000), run(30_000), run(25_000)], ejabberd=[run(1_000)]).plot())

    bars = [each for each in picture.iter(f"{SVG}rect") if each.get("class") != "page"]
    texts = ["".join(each.itertext()) for each in picture.iter(f"{SVG}text")]
    assert [bar.get("class") for bar in bars] == ["forgets", "durable"]
    assert float(bars[0].get("width", 0)) == pytest.approx(25 * float(bars[1].get("width", 0)), rel=0.02)
    assert "25,000nothing" in texts
    assert "1,000PostgreSQL, before the ack" in texts


def test_a_plot_of_nothing_and_of_odd_names_is_an_svg() -> None:
    drawn(svg([], ""))
    picture = drawn(svg([Bar("<a & b>", 1.0, 1.0, 1.0, "<nothing>", False)], "<note>"))

    assert "<a & b>" in [each.text for each in picture.iter(f"{SVG}text")]
