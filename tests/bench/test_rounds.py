"""A run counts only if its messages are where they are said to be."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.__main__ import QUICK
from bench.contenders import SINGLE, Archive, Floor, Shape
from bench.load import Client
from bench.machine import Cores
from bench.rounds import ATTEMPTS, Bench, NotStored, Results
from bench.servers import floor

MESSAGES = 20
"""Of each connection."""


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Floor]:
    with floor(Cores.of_this_machine(), tmp_path) as server:
        yield Floor(server, QUICK.clients)


@pytest.mark.slow
@pytest.mark.parametrize("missing", [0, 1])
def test_what_an_archive_lacks_fails_the_run(relay: Floor, missing: int) -> None:
    before, after = 100, 100 + 2 * MESSAGES * QUICK.clients - missing
    counted = itertools.chain([before], itertools.repeat(after))
    relay.archive = Archive(lambda: next(counted), rows_per_message=2)
    bench = Bench(Cores.of_this_machine(), QUICK)

    if missing:
        with pytest.raises(NotStored, match="319 rows were stored of 160 messages, 2 each"):
            bench.run(relay, SINGLE, MESSAGES)
    else:
        assert bench.run(relay, SINGLE, MESSAGES).messages == MESSAGES * QUICK.clients


class Crossed(Floor):
    """Every message reaches somebody, and not its sender's peer: as two processes of which one heard nothing."""

    def clients(self, frames: int, shape: Shape) -> list[Client]:
        first, *others = super().clients(frames, shape)
        return [*others, first]


@pytest.mark.slow
def test_what_several_processes_lose_again_and_again_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = Results()

    with floor(Cores.of_this_machine(), tmp_path) as server:
        crossed = Crossed(server, QUICK.clients)
        crossed.pids, crossed.shapes = [server.pid, server.pid], [SINGLE]
        assert [*Bench(Cores.of_this_machine(), QUICK).closed([crossed], results)] == [None]

    said = capsys.readouterr().err
    assert results.closed == {}
    assert said.count("floor, single frames") == ATTEMPTS
    assert said.endswith(f"bench: floor is left out after {ATTEMPTS} such runs\n")


@pytest.mark.slow
def test_what_several_processes_did_not_store_ends_the_bench(relay: Floor) -> None:
    relay.pids, relay.archive = [*relay.pids, *relay.pids], Archive(lambda: 0, rows_per_message=1)

    with pytest.raises(NotStored):
        [*Bench(Cores.of_this_machine(), QUICK).closed([relay], Results())]
