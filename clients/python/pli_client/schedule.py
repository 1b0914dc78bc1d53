"""When a side of a thread renews its keys (SPEC.md section 5.5). Pure: keys, times and counts in, times out.

Peers who pool their logs must not tell a removal from a rotation, nor two threads of one party from two of strangers.
Hence every time is drawn for each thread apart, out of the mailbox's seed, so that all colleagues draw the same:

- A pseudonym rests for a while drawn from an exponential distribution (mean 7 days, cut at 23 days). How long it has
  rested then says nothing of how long it goes on: a removal in the middle of it leaves no trace in the ages.
- Then a window of up to 7 days, drawn evenly, is open: the keys are renewed just before one's own next message, or, if
  none comes, at the window's end.
- A removal, or 500 messages, opens the window at once instead. In one that stands open already they change nothing.

The longest is 30 days. A window whose end came while nobody was online is taken up later by chance, thread by thread.
"""

from collections.abc import Mapping
from math import expm1, log1p
from typing import Final, NamedTuple

from messaging.e2ee.encoding import u32
from messaging.e2ee.suite import kdf

DAY_MS: Final = 86_400_000
rest_mean_ms: Final = 7 * DAY_MS
rest_max_ms: Final = 23 * DAY_MS
window_max_ms: Final = 7 * DAY_MS
overdue_mean_ms: Final = DAY_MS // 6
"""Of the time online until an overdue window is taken up: for somebody who comes for an hour a day, four days."""
events_max: Final = 500
"""Events of the log under one own pseudonym."""


class Standing(NamedTuple):
    """One's own pseudonym in force: since which epoch, which time (ms) and which seq of the log, from which seed."""

    n: int
    at: int
    seq: int
    g: int


class Window(NamedTuple):
    """From `opens` (ms) on the keys are renewed with one's own next message, at `due` in any case."""

    opens: int
    due: int


def routine(seed: bytes, thread: bytes, standing: Standing) -> Window:
    """The window of a pseudonym that nothing cuts short; `seed` is the one that it was derived from."""
    rest, open_for = _drawn(seed, thread, standing.n)
    opens = standing.at + int(_rest(rest))
    return Window(opens, opens + int(open_for * window_max_ms))


def cut_short(usual: Window, at: int, seed: bytes, thread: bytes, standing: Standing) -> Window:
    """The window where there was a reason to renew at `at` (ms): a removal, or many events; `seed` is in force then."""
    if at >= usual.opens:
        return usual
    _, open_for = _drawn(seed, thread, standing.n)
    return Window(at, at + int(open_for * window_max_ms))


def sort_due(windows: Mapping[bytes, Window], now: int, watched_since: int | None) -> tuple[list[bytes], list[bytes]]:
    """Of the threads whose window ended by `now`: those whose end came while this device watched, and those overdue."""
    ended = [thread for thread, window in windows.items() if window.due <= now]
    punctual = [t for t in ended if watched_since is not None and windows[t].due > watched_since]
    return punctual, [thread for thread in ended if thread not in punctual]


def is_taken_up(fraction: float, turn_ms: int) -> bool:
    """Whether an overdue window is taken up in a turn of so many ms online, given a fraction drawn for it alone.

    Each thread waits by itself and without a memory, so that it is no more with another of its party than with anyone
    else's who is online at these times.
    """
    return fraction < turn_ms / overdue_mean_ms


def _drawn(seed: bytes, thread: bytes, n: int) -> tuple[float, float]:
    """Two fractions, at least 0 and below 1."""
    raw = kdf(seed, "pli1/rotation-time", thread, u32(n))
    return _fraction(raw[:8]), _fraction(raw[8:16])


def _fraction(raw: bytes) -> float:
    return (int.from_bytes(raw, "big") >> 11) / 2**53


def _rest(fraction: float) -> float:
    """Of the exponential distribution cut at `rest_max_ms`, by its inverse; ms."""
    return -rest_mean_ms * log1p(fraction * expm1(-rest_max_ms / rest_mean_ms))
