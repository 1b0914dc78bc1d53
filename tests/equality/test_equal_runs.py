"""Two runs of one seed that differ in who A is: until both consented, nobody but A's own side can tell them apart.

Randomness (service and every client) and time are the test's; steps happen one after the other. What is compared, byte
for byte and in order, is all that the service sent to the peer B and to an outsider O (HTTP headers, refusals and close
frames included), all that it logged at DEBUG, and its relation events.

Two things are not governed by the seed, HPKE outputs and the ciphertext of seat tags; `unseeded` says why the second
run gets those of the first, and why that is still the right comparison. That the wraps that B sees were all given again
proves that what went into them was the same.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from messaging.relations import facts
from tests.canary.search import search
from tests.equality.cast import OTHER_TOWN, TOWN, presentation
from tests.equality.compare import differences, report
from tests.equality.play import Plot, Run, play
from tests.equality.tap import Seen
from tests.equality.unseeded import Kept

pytestmark = [pytest.mark.equality, pytest.mark.slow]


class Baseline(NamedTuple):
    """The run that the others are compared with, and what it kept for them."""

    plot: Plot
    run: Run
    kept: Kept


@pytest.fixture(scope="module", params=[False, True], ids=["A is written to", "A writes first"])
def baseline(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Baseline:
    plot, kept = Plot(a_initiates=request.param), Kept()
    folder = tmp_path_factory.mktemp("baseline")
    return Baseline(plot, asyncio.run(play(plot, folder, kept, replaying=False)), kept)


Again = Callable[[Plot], Run]


@pytest.fixture
def again(baseline: Baseline, tmp_path: Path) -> Again:
    """Plays another plot with the randomness that the baseline had."""

    def play_again(plot: Plot) -> Run:
        run = asyncio.run(play(plot, tmp_path, baseline.kept, replaying=True))
        made = baseline.kept.wraps_of("pli1/wrap")
        assert run.wraps_again == made == 2, "a wrap that B sees was made of other inputs"
        return run

    return play_again


def assert_equal(one: Sequence[Seen], other: Sequence[Seen]) -> None:
    found = differences(one, other)
    assert not found, report(found)


def test_the_two_towns_differ_in_identity_only() -> None:
    assert TOWN.dimensions == OTHER_TOWN.dimensions
    assert presentation(TOWN) == presentation(OTHER_TOWN)
    assert TOWN.like != OTHER_TOWN.like
    assert not set(TOWN.card.values()) & set(OTHER_TOWN.card.values())
    assert not {TOWN.ref, *TOWN.subjects} & {OTHER_TOWN.ref, *OTHER_TOWN.subjects}


def test_who_a_is_changes_nothing(baseline: Baseline, again: Again) -> None:
    """Another name, e-mail address, phone number, commune and platform reference, other tokens, other account keys."""
    other = again(replace(baseline.plot, identity=OTHER_TOWN))
    for seen, theirs in ((baseline.run.peer, other.peer), (baseline.run.outsider, other.outsider)):
        assert len(seen) > 75
        assert_equal(seen, theirs)
    assert_equal(baseline.run.log, other.log)
    assert baseline.run.log, "a failure of the service is part of the play: there is something to compare"
    assert_equal(baseline.run.events, other.events)
    assert len(baseline.run.events) > 10
    assert baseline.run.revealed == TOWN.card, "after mutual consent B reads who it was"
    assert other.revealed == OTHER_TOWN.card


def test_a_consent_that_was_not_released_changes_nothing(baseline: Baseline, again: Again) -> None:
    """In one run A consents, withdraws and consents again; in the other it never does."""
    other = again(replace(baseline.plot, consents=False))
    assert_equal(baseline.run.peer, other.peer)
    assert_equal(baseline.run.outsider, other.outsider)


def test_a_rating_changes_nothing(baseline: Baseline, again: Again) -> None:
    """The figures hear of it, and nobody else."""
    other = again(replace(baseline.plot, rates=True))
    assert_equal(baseline.run.peer, other.peer)
    assert_equal(baseline.run.outsider, other.outsider)
    assert_equal(baseline.run.log, other.log)
    assert any(b"relation.rated" in event.data for event in other.events)


def test_what_names_a_relation_and_its_parties_in_events_is_seen_by_nobody(baseline: Baseline) -> None:
    """And nobody can compute it: the references are HMACs under a key that stays in the service."""
    run = baseline.run
    told = [json.loads(event.data) for event in run.events]
    (opened,) = (event["data"] for event in told if event["type"] == facts.SOLICITED)
    names = {"the relation": told[0]["subject"], **{name: opened[name] for name in ("territory_ref", "project_ref")}}
    places = [(seen.step, seen.data) for seen in (*run.peer, *run.outsider, *run.log)]
    assert search({name: bytes.fromhex(value) for name, value in names.items()}, places) == []
    assert len({facts.report_ref(bytes([n]) * 32, "territory", b"m" * 16) for n in range(9)}) == 9


def test_a_block_is_silence(baseline: Baseline, again: Again) -> None:
    """In one run A says nothing any more; in the other it blocked B, and its devices read on. B writes, asks, closes,
    reopens, leaves and comes back: every byte that it gets is the same. So is what the outsider gets.

    The relation events differ by what A took back, which the platform may know and a peer may not.
    """
    other = again(replace(baseline.plot, blocks=True))
    assert_equal(baseline.run.peer, other.peer)
    assert_equal(baseline.run.outsider, other.outsider)
    only = differences(other.events, [event for event in other.events if b"consent.withdrawn" not in event.data])
    assert only, "the block did take back what waited"


def test_another_a_with_another_life_changes_nothing(baseline: Baseline, again: Again) -> None:
    """A is another town, another mailbox, other accounts and other seats in the service's own books; it has a second
    seat, which is connected all along and writes one of the answers; and in between it talks to somebody else, who uses
    up the prekeys of another target of A's.

    The relation events differ, as they must: their `territory_ref` is the pseudonym of a mailbox, for reports only.
    """
    plot = replace(baseline.plot, identity=OTHER_TOWN, other_ids=True, colleague=True, elsewhere=True)
    other = again(plot)
    assert_equal(baseline.run.peer, other.peer)
    assert_equal(baseline.run.outsider, other.outsider)
    assert_equal(baseline.run.log, other.log)
    assert differences(baseline.run.events, other.events)
