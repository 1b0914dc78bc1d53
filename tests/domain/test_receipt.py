"""Receipts: never back, never more than was read, and by the minute until identities are revealed."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from messaging.domain.receipt import ReadPosition, advance, visible

MINUTE_MS = 60_000


@dataclass(frozen=True)
class Seen:
    """A person saw the log up to `seq`, `wait` ms after the time before."""

    wait: int
    seq: int
    share: bool


seen = st.builds(Seen, st.integers(0, 3 * MINUTE_MS), st.integers(0, 40), st.booleans())
starts = st.integers(0, 10 * MINUTE_MS)


def replay(steps: list[Seen], start: int, coarse_ms: int) -> list[tuple[int, ReadPosition]]:
    """(time, position) after each step."""
    now, position = start, ReadPosition()
    history = []
    for step in steps:
        now += step.wait
        position = advance(position, step.seq, now, share=step.share, coarse_ms=coarse_ms)
        history.append((now, position))
    return history


def shown_at(history: list[tuple[int, ReadPosition]], now: int) -> int:
    """What the peer sees at a time: by the last position made before it."""
    past = [position for at, position in history if at <= now]
    return visible(past[-1] if past else ReadPosition(), now)


@given(st.lists(seen, max_size=20), starts, st.sampled_from([0, MINUTE_MS]))
def test_nothing_goes_back_or_beyond_what_was_read(steps: list[Seen], start: int, coarse_ms: int) -> None:
    before, peer = ReadPosition(), 0
    for (now, position), step in zip(replay(steps, start, coarse_ms), steps, strict=True):
        assert position.own == max(before.own, step.seq)
        assert peer <= visible(before, now) <= visible(position, now) <= visible(position, now + MINUTE_MS)
        assert visible(position, now + MINUTE_MS) <= position.own
        before, peer = position, visible(position, now)


@given(st.lists(seen, max_size=20), starts)
def test_before_reveal_a_minute_shows_only_what_earlier_minutes_read(steps: list[Seen], start: int) -> None:
    history = replay(steps, start, MINUTE_MS)
    for now, _ in history:
        minute = now - now % MINUTE_MS
        earlier = [(at, position) for at, position in history if at < minute]
        expected = max((position.shown for _, position in earlier), default=0)
        assert {shown_at(history, at) for at in (minute, now, minute + MINUTE_MS - 1)} == {expected}


@given(st.lists(seen, max_size=20), starts)
def test_after_reveal_the_peer_sees_it_at_once(steps: list[Seen], start: int) -> None:
    shared = 0
    for (now, position), step in zip(replay(steps, start, 0), steps, strict=True):
        shared = max(shared, step.seq) if step.share else shared
        assert visible(position, now) == shared


@given(st.lists(seen, max_size=10), st.lists(seen, max_size=10), starts)
def test_a_reveal_between_does_not_take_back_what_was_shown(before: list[Seen], after: list[Seen], start: int) -> None:
    history = replay(before, start, MINUTE_MS)
    now, position = history[-1] if history else (start, ReadPosition())
    for step in after:
        peer = visible(position, now)
        now += step.wait
        position = advance(position, step.seq, now, share=step.share, coarse_ms=0)
        assert visible(position, now) >= peer


@given(st.lists(seen, max_size=20), starts)
def test_what_is_not_shared_does_not_show(steps: list[Seen], start: int) -> None:
    silent = [Seen(step.wait, step.seq, share=False) for step in steps]
    for now, position in replay(silent, start, MINUTE_MS):
        assert visible(position, now + MINUTE_MS) == 0
