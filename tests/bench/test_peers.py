"""The peers: left out with one line each where they are missing."""

import contextlib
import json
from pathlib import Path

import pytest

from bench.__main__ import QUICK
from bench.lineup import Lineup
from bench.machine import Cores
from bench.peers import ejabberd, socketio
from bench.report import Report
from tests.support.postgres import PostgresServer


@pytest.mark.slow
def test_a_missing_peer_is_left_out_with_a_line_and_its_keys_are_null(
    postgres: PostgresServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(ejabberd, "LIBRARIES", tmp_path)
    monkeypatch.setattr(socketio, "PACKAGES", tmp_path)

    with contextlib.ExitStack() as stack:
        lineup = Lineup(stack, Cores.of_this_machine(), QUICK, tmp_path, postgres)
        assert [*lineup.peers()] == []
        assert lineup.versions().keys() == {"postgresql"}

    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" is not installed")[0] for line in lines] == ["bench: socket.io", "bench: ejabberd"]
    figures = json.loads(Report(QUICK, {}).json())
    assert figures["vs_ejabberd"] is None
    assert figures["direct_vs_socketio"] is None
