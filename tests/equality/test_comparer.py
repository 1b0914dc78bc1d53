"""The comparison finds what it is there to find: services that leak, each in one place, do not pass."""

import asyncio
from pathlib import Path

import pytest

from tests.equality import leaks
from tests.equality.cast import OTHER_TOWN
from tests.equality.compare import differences
from tests.equality.play import Plot, play
from tests.equality.tap import Seen
from tests.equality.unseeded import Kept

pytestmark = pytest.mark.equality

RUN = (Seen("one", "ws", b'{"t":"ok"}'), Seen("two", "http GET", b"HTTP/1.1 200 OK\r\n\r\n{}"))


def test_equal_runs_have_no_differences() -> None:
    assert differences(RUN, list(RUN)) == []


@pytest.mark.parametrize(
    "other",
    [
        [RUN[0], RUN[1]._replace(data=b"HTTP/1.1 200 OK\r\n\r\n{ }")],
        [RUN[0], RUN[1]._replace(step="three")],
        [RUN[0], RUN[1]._replace(channel="ws")],
        [RUN[0]],
        [*RUN, RUN[0]],
        [RUN[1], RUN[0]],
    ],
    ids=["a byte", "another step", "another channel", "one less", "one more", "another order"],
)
def test_every_kind_of_difference_is_found(other: list[Seen]) -> None:
    assert differences(RUN, other)
    assert differences(other, RUN)


@pytest.mark.slow
def test_leaks_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three leaks at once, in both runs: the peer's mailbox id in a thread's state, the owner of a target in a refusal,
    and the subject of a token in the log. Each shows to the one who hears of it."""
    leaks.mailbox_to_the_peer(monkeypatch)
    leaks.owner_to_outsiders(monkeypatch)
    leaks.subject_to_the_log(monkeypatch)
    kept = Kept()
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    one = asyncio.run(play(Plot(a_initiates=False), tmp_path / "one", kept, replaying=False))
    plot = Plot(a_initiates=False, identity=OTHER_TOWN, other_ids=True)
    other = asyncio.run(play(plot, tmp_path / "other", kept, replaying=True))
    assert any('"words":"' in line for line in differences(one.peer, other.peer))
    in_refusals = differences(one.outsider, other.outsider)
    assert in_refusals
    assert all("http POST" in line for line in in_refusals)
    in_log = differences(one.log, other.log)
    assert in_log
    assert all(line.startswith("A ") and "pli.identity" in line for line in in_log)
