"""How much an account may ask for in a time: token buckets, pure. Time is seconds of a clock that only goes forward.

A bucket starts full and fills again by the second. What other processes of the deployment saw of the same account is
taken out of it too, down to as much debt as a bucket holds: who spreads requests over processes waits as long as who
does not, but for what crossed on its way.
"""

from collections import OrderedDict
from enum import StrEnum
from math import ceil
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from messaging.domain import limits


class Rate(StrEnum):
    """What is counted, each apart from the others."""

    MESSAGES = "messages"
    AGAIN = "again"
    """Messages of which their sender says that they come again."""
    COMMANDS = "commands"
    """Of a socket, other than messages."""
    REQUESTS = "requests"
    """By HTTP, tickets too."""
    NOTICES = "notices"
    """Of people without an account: what stands for an account is where they come from."""


class Allowance(Struct, frozen=True):
    per_s: float
    burst: int
    """As many at once after a pause."""


ALLOWANCES: Final = MappingProxyType[Rate, Allowance](
    {
        Rate.MESSAGES: Allowance(limits.messages_per_s, limits.messages_per_s * limits.messages_burst_s),
        Rate.AGAIN: Allowance(limits.sent_again_per_s, limits.unacked_commands_max),
        Rate.COMMANDS: Allowance(limits.commands_per_s, limits.commands_burst_max),
        Rate.REQUESTS: Allowance(limits.requests_per_s, limits.requests_burst_max),
        Rate.NOTICES: Allowance(
            limits.unsigned_notices_per_address_and_hour / 3_600, limits.unsigned_notices_burst_max
        ),
    }
)


_WHOLE: Final = 1.0 - 1e-6
"""One, but for what is lost in rounding."""


class _Bucket(Struct, gc=False):
    left: float
    at: float


class Buckets:
    """The buckets of one rate, by account; the least used one is forgotten where there are too many."""

    def __init__(self, allowance: Allowance, most: int = limits.rate_accounts_max) -> None:
        self._allowance = allowance
        self._most = most
        self._buckets: OrderedDict[bytes, _Bucket] = OrderedDict()

    def take(self, account: bytes, now: float) -> int:
        """Takes one: 0. None left: after how many ms there will be one."""
        bucket = self._filled(account, now)
        if bucket.left >= _WHOLE:
            bucket.left -= 1.0
            return 0
        return max(1, ceil((1.0 - bucket.left) / self._allowance.per_s * 1_000))

    def spend(self, account: bytes, count: int, now: float) -> None:
        """Takes what was taken elsewhere, into debt if need be."""
        bucket = self._filled(account, now)
        bucket.left = max(-float(self._allowance.burst), bucket.left - count)

    def _filled(self, account: bytes, now: float) -> _Bucket:
        allowance = self._allowance
        bucket = self._buckets.get(account)
        if bucket is None:
            bucket = self._buckets[account] = _Bucket(float(allowance.burst), now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
            return bucket
        self._buckets.move_to_end(account)
        bucket.left = min(float(allowance.burst), bucket.left + (now - bucket.at) * allowance.per_s)
        bucket.at = now
        return bucket

    def __len__(self) -> int:
        return len(self._buckets)
