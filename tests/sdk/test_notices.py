"""What a side says openly, in its peer's log and its own; and what a service cannot make of it."""

from dataclasses import replace

import pytest

from messaging.domain.vocabulary import ClosingReason
from messaging.e2ee.errors import BadSignature, E2EEError, Repeated, WrongHeader
from messaging.e2ee.notice import make_notice, parse_notice
from messaging.wire.events import LogEntry
from pli_client.views import Asked, Closed, Item, Message, NotRendered, Reopened
from tests.sdk.world import World


@pytest.fixture
def world() -> World:
    world = World()
    world.talk((0, "Bonjour"), (1, "Bonjour à vous"))
    return world


def say(world: World, party: int, kind: str, reason: str | None = None) -> LogEntry:
    payload = world.logs[party].notice(kind, world.entropy(16), reason)
    return world.service.add(kind, party, payload)


def shown(world: World, *entries: LogEntry) -> list[Item]:
    """What both sides see of these; the same, but for whose it is."""
    mine, theirs = (log.append(entries) for log in world.logs)
    for one, other in zip(mine, theirs, strict=True):
        if isinstance(one, Asked | Closed | Reopened):
            assert isinstance(other, type(one))
            assert one == replace(other, own=one.own)
    return mine


def test_both_sides_see_what_was_said(world: World) -> None:
    (asked,) = shown(world, say(world, 0, "asked"))
    (closed,) = shown(world, say(world, 1, "closed", "housing"))
    (reopened,) = shown(world, say(world, 0, "reopened"))

    assert isinstance(asked, Asked)
    assert (asked.party, asked.own) == (0, True)
    assert isinstance(closed, Closed)
    assert (closed.party, closed.own, closed.reason) == (1, False, ClosingReason.HOUSING)
    assert isinstance(reopened, Reopened)


@pytest.mark.parametrize("reason", [None, "a_reason_of_a_later_version"])
def test_a_reason_that_is_not_told_or_not_known_is_none(world: World, reason: str | None) -> None:
    (closed,) = shown(world, say(world, 1, "closed", reason))
    assert isinstance(closed, Closed)
    assert closed.reason is None


def test_a_service_cannot_say_it_again_nor_in_the_others_name_nor_as_another_kind(world: World) -> None:
    closed = say(world, 0, "closed", "school")
    again = world.service.add("closed", 0, closed.payload)
    other = world.service.add("closed", 1, closed.payload)
    as_reopened = world.service.add("reopened", 0, closed.payload)
    _, *refused = shown(world, closed, again, other, as_reopened)
    assert reasons(refused) == [Repeated, WrongHeader, WrongHeader]


def test_a_service_cannot_make_one_up(world: World) -> None:
    said = parse_notice(world.logs[0].notice("closed", world.entropy(16), "abuse"))
    forged = make_notice(said, world.logs[1].epochs[-1].own.sign)
    assert reasons(shown(world, world.service.add("closed", 0, forged))) == [BadSignature]


def test_a_bad_notice_does_not_end_the_conversation(world: World) -> None:
    world.service.add("closed", 1, b"closed")
    bad = world.service.entries[-1]
    last = world.say(0, "Toujours là ?")
    refused, text = shown(world, bad, last)
    assert isinstance(refused, NotRendered)
    assert not refused.stopped
    assert isinstance(text, Message)


def reasons(items: list[Item]) -> list[type[E2EEError]]:
    assert all(isinstance(item, NotRendered) for item in items)
    return [type(item.reason) for item in items if isinstance(item, NotRendered)]
