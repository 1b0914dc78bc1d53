"""What peers who pool their logs can learn from the times of renewals: not a removal, and not that two threads are one
party's. Months are simulated with the very schedule of the clients, devices that come and go, and people who leave.

Each test also tries a schedule that does give it away, so that it is known to find what it looks for. What is pooled
here, two hundred parties for a year, is far more than any observer has.

Messages are simulated as independent between threads: that a person answers all at one sitting shows by the messages'
own times, which no schedule of keys can hide. That somebody is online shows by them too: strangers here have the same
habits.
"""

import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any, Final

import pytest

from pli_client import schedule
from pli_client.schedule import DAY_MS, Standing, Window

HOUR: Final = 3_600_000
MONTHS: Final = 12
END: Final = MONTHS * 30 * DAY_MS
REMOVALS_APART: Final = 120 * DAY_MS
PARTIES: Final = 200
TURN: Final = 10 * 60_000
"""Of the simulated devices, which look less often than real ones."""


@dataclass
class SimulatedThread:
    """One side of a thread: its own pseudonym in force, and when it renewed."""

    id: bytes
    standing: Standing
    sends: list[int]
    renewed: list[int] = field(default_factory=list)
    ages: list[int] = field(default_factory=list)
    ages_after_removal: list[int] = field(default_factory=list)
    drawn: tuple[tuple[Standing, int] | None, Window] = (None, Window(0, 0))
    """The window as it stands, and for which pseudonym and how many generations."""


Reason = Callable[[Window, int, bytes, bytes, Standing], Window]


class Party:
    """A mailbox with two threads, its devices' hours, and its removals."""

    def __init__(
        self, rng: random.Random, sittings: list[tuple[int, int]], *, removals: bool, reason: Reason, paced: bool
    ) -> None:
        self.rng = rng
        self.seeds = [rng.randbytes(32)]
        self.removals = _poisson(rng, REMOVALS_APART) if removals else []
        self.sittings = sittings
        self.threads = [
            SimulatedThread(rng.randbytes(16), Standing(0, rng.randrange(5 * DAY_MS), 1, 0), self._sends())
            for _ in range(2)
        ]
        self._reason = reason
        self._paced = paced
        self._seen: int | None = None

    def live(self) -> None:
        """Turn by turn through every sitting; turns in which nothing can happen are passed over."""
        left = list(self.removals)
        for begin, end in self.sittings:
            watched: int | None = None
            now = begin
            while now < end:
                while left and left[0] <= now:
                    left.pop(0)
                    self.seeds.append(self.rng.randbytes(32))
                    self._seen = now
                self._turn(now, watched)
                coming = [*left[:1], *(self._next(thread, now) for thread in self.threads)]
                now += TURN * max(1, -((now - min(coming)) // TURN))
                watched = now - TURN

    def _next(self, thread: SimulatedThread, now: int) -> int:
        """When something may happen in a thread, after this turn."""
        due = self._window(thread).due
        place = bisect_right(thread.sends, now)
        return min([max(due, now), *thread.sends[place : place + 1]])

    def _turn(self, now: int, watched: int | None) -> None:
        windows = {thread.id: self._window(thread) for thread in self.threads}
        for thread in self.threads:
            if self._sent(thread, now, watched) and windows[thread.id].opens <= now:
                self._renew(thread, now)
                del windows[thread.id]
        punctual, overdue = schedule.sort_due(windows, now, watched)
        for thread in self.threads:
            if thread.id in punctual:
                self._renew(thread, windows[thread.id].due)
            elif thread.id in overdue and self._takes_up():
                self._renew(thread, now + self.rng.randrange(TURN))

    def _takes_up(self) -> bool:
        return not self._paced or schedule.is_taken_up(self.rng.random(), TURN)

    def _window(self, thread: SimulatedThread) -> Window:
        key = (thread.standing, len(self.seeds))
        if thread.drawn[0] != key:
            window = schedule.routine(self.seeds[thread.standing.g], thread.id, thread.standing)
            if thread.standing.g != len(self.seeds) - 1 and self._seen is not None:
                window = self._reason(window, self._seen, self.seeds[-1], thread.id, thread.standing)
            thread.drawn = (key, window)
        return thread.drawn[1]

    def _renew(self, thread: SimulatedThread, at: int) -> None:
        ages = thread.ages if thread.standing.g == len(self.seeds) - 1 else thread.ages_after_removal
        ages.append(at - thread.standing.at)
        thread.renewed.append(at)
        thread.standing = Standing(thread.standing.n + 2, at, thread.standing.seq, len(self.seeds) - 1)

    def _sends(self) -> list[int]:
        """Each in a sitting, one in six days or so."""
        wanted = _poisson(self.rng, 6 * DAY_MS)
        begins = [begin for begin, _ in self.sittings]
        sends: list[int] = []
        for at in wanted:
            begin, end = self.sittings[min(bisect_left(begins, at), len(begins) - 1)]
            sends.append(self.rng.randrange(begin, end))
        return sorted(sends)

    @staticmethod
    def _sent(thread: SimulatedThread, now: int, watched: int | None) -> bool:
        since = now - TURN if watched is None else watched
        return bisect_right(thread.sends, since) < bisect_right(thread.sends, now)


def _poisson(rng: random.Random, mean: int) -> list[int]:
    times: list[int] = []
    at = 0.0
    while (at := at + rng.expovariate(1 / mean)) < END:
        times.append(int(at))
    return times


ALWAYS: Final = [(0, END)]


def _habit(rng: random.Random) -> list[int]:
    """When somebody comes home on most days, to the hour."""
    hour = rng.randrange(22) * HOUR
    return [day * DAY_MS + hour for day in range(MONTHS * 30) if rng.random() < 0.8]


def _sittings(rng: random.Random, habit: Sequence[int]) -> list[tuple[int, int]]:
    """One life by a habit: the moment and the length of each sitting are its own."""
    begins = [at + rng.randrange(2 * HOUR) for at in habit]
    return [(begin, begin + rng.randrange(HOUR // 3, 2 * HOUR)) for begin in begins]


def simulated(
    *,
    removals: bool,
    reason: Reason = schedule.cut_short,
    paced: bool = True,
    seed: int = 11,
    at_home: bool = False,
    silent: bool = False,
) -> list[Party]:
    """Parties two by two: strangers to each other with the same habits.

    `at_home`: they come home for an hour or so on most days, and are always online otherwise. `silent`: nobody writes.
    """
    rng = random.Random(seed)
    parties: list[Party] = []
    for _ in range(PARTIES // 2):
        habit = _habit(rng)
        for _ in range(2):
            sittings = _sittings(rng, habit) if at_home else ALWAYS
            party = Party(rng, sittings, removals=removals, reason=reason, paced=paced)
            if silent:
                for thread in party.threads:
                    thread.sends.clear()
            parties.append(party)
    for party in parties:
        party.live()
    return parties


def distance(one: Sequence[float], other: Sequence[float]) -> float:
    """Of Kolmogorov and Smirnov: the largest difference of the two distributions."""
    one, other = sorted(one), sorted(other)
    return max(abs(bisect_right(one, x) / len(one) - bisect_right(other, x) / len(other)) for x in (*one, *other))


def found_out(one: Sequence[float], other: Sequence[float]) -> float:
    """The distance in units of what chance gives in one case of a thousand: above 1 the two are told apart."""
    return distance(one, other) / (1.95 * sqrt(1 / len(one) + 1 / len(other)))


def at_once(usual: Window, at: int, seed: bytes, thread: bytes, standing: Standing) -> Window:
    """A bad schedule: whoever saw a removal renews everything now."""
    return Window(at, at)


@pytest.fixture(scope="module")
def quiet() -> list[Party]:
    """Parties that nobody ever left."""
    return simulated(removals=False, seed=5)


@pytest.fixture(scope="module")
def troubled() -> list[Party]:
    """Parties that somebody leaves every two months."""
    return simulated(removals=True)


def ages(parties: Sequence[Party], *, after_removal: bool) -> list[int]:
    lists = (t.ages_after_removal if after_removal else t.ages for party in parties for t in party.threads)
    return [age for each in lists for age in each]


def sample(values: Sequence[int], count: int) -> list[int]:
    return random.Random(3).sample(values, min(count, len(values)))


SEEN_BY_A_PEER: Final = 300
"""Renewals after a removal that one observer may collect: of a mailbox with hundreds of threads, say."""


def test_the_age_of_a_pseudonym_does_not_tell_why_it_was_renewed(quiet: list[Party], troubled: list[Party]) -> None:
    routine = sample(ages(quiet, after_removal=False), 4_000)
    removed = sample(ages(troubled, after_removal=True), SEEN_BY_A_PEER)
    assert len(removed) >= 100
    assert distance(routine, removed) < 0.1
    assert found_out(routine, removed) < 1


def test_an_even_draw_of_the_rest_would_tell() -> None:
    """Why the rest is drawn as it is: an even draw over the same 23 days ages visibly otherwise."""
    rng = random.Random(2)
    routine = [rng.random() * 23 + rng.random() * 7 for _ in range(4_000)]
    removed: list[float] = []
    while len(removed) < 1_000:
        at, left = 0.0, rng.uniform(100, 400)
        while (rest := rng.random() * 23) + (window := rng.random() * 7) + at < left:
            at += rest + window
        removed.append((rest + window) if at + rest < left else left - at + rng.random() * 7)
    assert found_out(routine, removed) > 1


Life = Mapping[str, Any]
ONLINE: Final[Life] = {}
AT_HOME: Final[Life] = {"at_home": True, "silent": True}


@pytest.mark.parametrize("life", [ONLINE, AT_HOME], ids=["always online", "at home now and then"])
def test_two_threads_of_one_party_renew_like_those_of_strangers(life: Life) -> None:
    """Also when somebody leaves, and when somebody comes home to what is overdue."""
    together, strangers = (_gaps(parties, shift) for parties in [simulated(removals=True, **life)] for shift in (0, 1))
    assert len(together) > 3_000
    assert distance(together, strangers) < 0.05
    assert _close(together) < _close(strangers) + 0.03


@pytest.mark.parametrize(
    ("life", "bad"),
    [(ONLINE, {"reason": at_once}), (AT_HOME, {"paced": False})],
    ids=["all at once after a removal", "all when one comes home"],
)
def test_a_schedule_that_ties_threads_together_is_found_out(life: Life, bad: Life) -> None:
    parties = simulated(removals=True, **life, **bad)
    together, strangers = _gaps(parties, 0), _gaps(parties, 1)
    assert distance(together, strangers) > 0.05
    assert _close(together) > _close(strangers) + 0.03


def test_nobody_waits_longer_than_thirty_days_where_somebody_is_there() -> None:
    party = Party(random.Random(1), ALWAYS, removals=True, reason=schedule.cut_short, paced=True)
    party.live()
    assert all(age <= 30 * DAY_MS + TURN for thread in party.threads for age in thread.ages)
    assert all(len(thread.renewed) > 12 for thread in party.threads)


def _gaps(parties: Sequence[Party], shift: int) -> list[int]:
    """From each renewal of a party's first thread to the nearest in its second (or, 1, in that of its like)."""
    gaps: list[int] = []
    for number, party in enumerate(parties):
        other = parties[number ^ shift].threads[1].renewed
        for at in party.threads[0].renewed:
            place = bisect_left(other, at)
            near = [abs(at - each) for each in other[max(0, place - 1) : place + 1]]
            if near:
                gaps.append(min(near))
    return gaps


def _close(gaps: Sequence[int]) -> float:
    """The share of renewals within a quarter of an hour of one in the other thread."""
    return sum(gap <= 15 * 60_000 for gap in gaps) / len(gaps)
