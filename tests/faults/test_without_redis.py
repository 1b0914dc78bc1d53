"""Redis stays away for minutes: nobody waits for it, and whoever listens at the other process hears within 2 s.

Compared are spans of one run, with Redis and without: the 99th percentile of the wait for an ack, by windows of 5 s, of
which the median counts. A machine that is busy with other work gets another try.
"""

import asyncio
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

import pytest

from tests.faults.fleet import Fleet
from tests.faults.trial import Trial, tried
from tests.support.redis import RedisServer
from tests.support.scale import scale

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.soak]

_IS_WHOLE: Final = scale() >= 1
_PRESENT_S: Final = 60.0 if _IS_WHOLE else 5.0
_ABSENT_S: Final = 300.0 if _IS_WHOLE else 10.0
_TRIES_MAX: Final = 3
_WINDOW_S: Final = 5.0
_ACK_RATIO_MAX: Final = 2.0
_DELIVERED_S_MAX: Final = 2.0


class _Span(NamedTuple):
    """What was acked in it; s."""

    ack_p99: float
    delivered_p99: float
    delivered_max: float
    """To who listens at another process than the sender's, after the ack."""


class _Try(NamedTuple):
    present: _Span
    absent: _Span

    @property
    def ratio(self) -> float:
        return self.absent.ack_p99 / self.present.ack_p99

    @property
    def holds(self) -> bool:
        return self.ratio <= _ACK_RATIO_MAX and self.absent.delivered_p99 <= _DELIVERED_S_MAX


async def test_nobody_waits_for_redis(postgres_url: str, tmp_path: Path, redis: RedisServer) -> None:
    spans: list[tuple[float, float, float]] = []

    async def breaks(trial: Trial) -> None:
        began = time.monotonic()
        await asyncio.sleep(_PRESENT_S)
        redis.kill()
        killed = time.monotonic()
        await asyncio.sleep(_ABSENT_S)
        spans.append((began, killed, time.monotonic()))
        # Whoever listens hears of the last ones, too, before they are looked at.
        await asyncio.sleep(_DELIVERED_S_MAX)
        if len(spans) < _TRIES_MAX and not _tries(trial.fleet, spans)[-1].holds:
            await asyncio.to_thread(redis.start)
            await breaks(trial)
        else:
            await asyncio.to_thread(redis.start)

    found: list[_Try] = []

    def also(trial: Trial) -> dict[str, float]:
        found.extend(_tries(trial.fleet, spans))
        best = _best(found)
        return {
            "ack p99 with Redis, ms": best.present.ack_p99 * 1_000,
            "ack p99 without, ms": best.absent.ack_p99 * 1_000,
            "ratio": best.ratio,
            "to the other process without Redis, p99, s": best.absent.delivered_p99,
            "at the most, s": best.absent.delivered_max,
        }

    await tried("Redis away for 5 minutes", 1, breaks, postgres_url, tmp_path, redis_urls=[redis.url], also=also)
    assert _best(found).holds, found


def _best(tries: list[_Try]) -> _Try:
    return min(tries, key=lambda each: (not each.holds, each.ratio))


def _tries(fleet: Fleet, spans: list[tuple[float, float, float]]) -> list[_Try]:
    return [_Try(_span(fleet, began, killed), _span(fleet, killed, ended)) for began, killed, ended in spans]


def _span(fleet: Fleet, begin: float, end: float) -> _Span:
    windows: defaultdict[int, list[float]] = defaultdict(list)
    delays: list[float] = []
    for sender in fleet.senders:
        listening = [each for each in fleet.witnesses if each.home is not sender.home]
        for key, acked in sender.acks.items():
            if begin <= acked.at < end:
                windows[int((acked.at - begin) / _WINDOW_S)].append(acked.wait_s)
                place = (key[0], sender.acked[key].seq)
                delays += [
                    each.heard[place].at - acked.at if place in each.heard else float("inf")
                    for each in listening
                    if key[0] in each.threads
                ]
    return _Span(median(map(_p99, windows.values())), _p99(delays), max(delays))


def _p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]
