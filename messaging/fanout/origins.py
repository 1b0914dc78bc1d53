"""In which order bulletins were made: what is missing shows, and none is taken twice.

Whoever runs the Redis cannot open a bulletin, but could keep one and put it back, or leave one out. Each has a number,
by its process and shard, and the time at which it was made.
"""

from collections import OrderedDict
from enum import Enum, auto

from messaging.domain import limits


class Order(Enum):
    NEXT = auto()
    GAP = auto()
    """Some before it did not come."""
    OLD = auto()
    """It came before."""
    OFF = auto()
    """It was made long before or after now: somebody kept it, or the clocks of its host and ours differ."""


class Origins:
    """The last number of each process and shard, for as many as may be heard."""

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[bytes, int], int] = OrderedDict()

    def order(self, origin: bytes, shard: int, n: int, at: int, now: int) -> Order:
        """`at`, `now`: ms. A process that was not heard before begins anywhere."""
        key = (origin, shard)
        last = self._last.get(key)
        if abs(now - at) > limits.shared_bulletin_ms_max:
            return Order.OFF
        if last is not None and n <= last:
            return Order.OLD
        self._last[key] = n
        self._last.move_to_end(key)
        if len(self._last) > limits.shared_origins_max:
            self._last.popitem(last=False)
        return Order.NEXT if last in (None, n - 1) else Order.GAP
