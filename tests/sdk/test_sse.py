"""Server-sent events, in whatever pieces they come."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.domain.errors import Malformed
from pli_client.sse import EventParser, ServerEvent, event_bytes_max

STREAM = b': padding\n\ndata: {"t":"ok"}\n\n:\n\nid: 7\nretry: 1\ndata:[1]\r\n\r\nevent: close\ndata: 4001\n\n'
EVENTS = [ServerEvent("", b'{"t":"ok"}'), ServerEvent("", b"[1]"), ServerEvent("close", b"4001")]


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_events_are_whole_however_they_are_cut(cuts: list[int]) -> None:
    parser = EventParser()
    edges = [0, *sorted(cuts), len(STREAM)]
    found = [event for start, end in pairwise(edges) for event in parser.feed(STREAM[start:end])]
    assert found == EVENTS


def test_what_is_not_ended_is_not_given_out() -> None:
    parser = EventParser()
    assert list(parser.feed(b"data: {}\n")) == []
    assert list(parser.feed(b"\n")) == [ServerEvent("", b"{}")]


def test_lines_of_data_are_joined_and_nameless_nothing_is_no_event() -> None:
    assert list(EventParser().feed(b"event: x\n\ndata: a\ndata: b\n\n")) == [ServerEvent("", b"a\nb")]


@pytest.mark.hostile
@pytest.mark.parametrize("piece", [b"x" * 65_536, b"data: x\n" * 8_192, b"event: x\n" * 8_192])
def test_an_event_without_end_is_not_gathered(piece: bytes) -> None:
    parser = EventParser()
    with pytest.raises(Malformed):
        for _ in range(event_bytes_max // len(piece) + 8):
            list(parser.feed(piece))


@pytest.mark.hostile
def test_comments_without_end_are_not_gathered() -> None:
    parser = EventParser()
    for _ in range(100):
        assert list(parser.feed(b":\n\n" * 10_000)) == []
