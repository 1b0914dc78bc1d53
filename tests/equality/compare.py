"""Whether two runs showed an observer the same, and if not, where they part."""

from collections.abc import Sequence
from itertools import zip_longest

from tests.equality.tap import Seen

_AROUND = 60
_SHOWN = 12


def differences(one: Sequence[Seen], other: Sequence[Seen]) -> list[str]:
    """One line for each record that is not the same bytes, in the same step, on the same channel."""
    pairs = zip_longest(one, other)
    return [_line(left, right) for left, right in pairs if left != right]


def report(found: Sequence[str]) -> str:
    """What a failed test prints."""
    return f"{len(found)} records differ:\n" + "\n".join(found[:_SHOWN])


def _line(left: Seen | None, right: Seen | None) -> str:
    if left is None or right is None:
        there = left or right
        assert there is not None
        return f"only in one run: {there.step} / {there.channel}: {there.data[: 2 * _AROUND]!r}"
    where = f"{left.step} / {left.channel}"
    if (left.step, left.channel) != (right.step, right.channel):
        where += f" against {right.step} / {right.channel}"
    at = next((i for i, (a, b) in enumerate(zip(left.data, right.data, strict=False)) if a != b), 0)
    start = max(0, at - _AROUND)
    return f"{where}, byte {at}: {left.data[start : at + _AROUND]!r} against {right.data[start : at + _AROUND]!r}"
