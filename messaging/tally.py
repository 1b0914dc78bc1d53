"""Counts by size: what a histogram is made of, without anybody who reads it."""

from bisect import bisect_left
from collections.abc import Sequence


class Tally:
    """How many values there were, by the smallest bound that is not below them."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        """`bounds`: ascending; above the last one a value counts as beyond."""
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[float | None, int]]:
        """(bound, how many values up to it); the last one, without a bound, counts all."""
        sums, seen = list[tuple[float | None, int]](), 0
        for bound, count in zip((*self.bounds, None), self.counts, strict=True):
            seen += count
            sums.append((bound, seen))
        return sums
