"""Rates of one process, and of one that is one of several: then it tells the others what it took, and hears theirs.

Nobody waits for anybody: each process decides by what it heard so far, and while Redis is away by its own count alone.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType

from messaging.domain import limits
from messaging.domain.rates import ALLOWANCES, Allowance, Buckets, Rate
from messaging.fanout.notes import Note, Spent

Tell = Callable[[bytes, Note], bool]
"""Tells the other processes a note, in order with what else is told of the same key; whether there was room."""


class LocalRates:
    """`messaging.ports.Rates` of this process. `monotonic`: seconds."""

    def __init__(
        self, monotonic: Callable[[], float], allowances: Mapping[Rate, Allowance] = MappingProxyType(dict(ALLOWANCES))
    ) -> None:
        self._monotonic = monotonic
        self._refused: Counter[Rate] = Counter()
        self._buckets: dict[str, Buckets] = {rate.value: Buckets(own) for rate, own in allowances.items()}

    @property
    def refused(self) -> Mapping[Rate, int]:
        return self._refused

    def take(self, rate: Rate, account: bytes) -> int:
        wait_ms = self._buckets[rate].take(account, self._monotonic())
        if wait_ms:
            self._refused[rate] += 1
        return wait_ms


class SharedRates(LocalRates):
    """Tells what it took a few times a second, not once for each."""

    def __init__(
        self,
        tell: Tell,
        monotonic: Callable[[], float],
        allowances: Mapping[Rate, Allowance] = MappingProxyType(dict(ALLOWANCES)),
    ) -> None:
        super().__init__(monotonic, allowances)
        self._tell = tell
        self._taken: Counter[tuple[Rate, bytes]] = Counter()
        self._telling: asyncio.TimerHandle | None = None

    def take(self, rate: Rate, account: bytes) -> int:
        wait_ms = super().take(rate, account)
        if not wait_ms:
            self._taken[rate, account] += 1
            if self._telling is None:
                loop = asyncio.get_running_loop()
                self._telling = loop.call_later(limits.rates_told_every_s, self._tell_taken)
        return wait_ms

    def _tell_taken(self) -> None:
        self._telling = None
        by_shard: dict[int, list[tuple[str, bytes, int]]] = {}
        for (rate, account), count in self._taken.items():
            by_shard.setdefault(account[0] % limits.shared_shards, []).append((rate.value, account, count))
        self._taken.clear()
        for counts in by_shard.values():
            for at in range(0, len(counts), limits.rates_told_max):
                chunk = counts[at : at + limits.rates_told_max]
                self._tell(chunk[0][1], Spent(chunk))

    def hear(self, origin: bytes, note: Spent) -> None:
        """What another process took."""
        now = self._monotonic()
        for rate, account, count in note.counts:
            buckets = self._buckets.get(rate)
            if buckets is not None:
                buckets.spend(account, count, now)

    def stop(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
