"""The events for the application: in order, bounded, handled when the next one is asked for."""

from functools import partial

import pytest

from pli_client import CardsChanged, EventsLost
from pli_client.errors import Ended
from pli_client.runtime import Inbox, events_max
from pli_client.views import Happening

EVENTS = [CardsChanged(bytes([n]) * 16) for n in range(4)]


async def test_events_come_in_order() -> None:
    inbox = Inbox()
    for event in EVENTS:
        inbox.put(event)
    reader = inbox.read()
    assert [await anext(reader) for _ in EVENTS] == EVENTS


async def test_an_event_is_handled_when_the_next_is_asked_for_by_any_reader() -> None:
    inbox = Inbox()
    handled: list[int] = []
    for n, event in enumerate(EVENTS[:3]):
        inbox.put(event, partial(handled.append, n))
    assert await anext(inbox.read()) == EVENTS[0]
    assert handled == []
    assert await anext(inbox.read()) == EVENTS[1]
    assert handled == [0]


async def test_the_oldest_are_dropped_and_it_is_said_how_many() -> None:
    inbox = Inbox()
    dropped: list[int] = []
    inbox.put(EVENTS[0], partial(dropped.append, 0))
    for _ in range(events_max):
        inbox.put(EVENTS[1])
    inbox.put(EVENTS[2])
    reader = inbox.read()
    assert await anext(reader) == EventsLost(2)
    assert dropped == [0]
    rest: list[Happening] = [await anext(reader) for _ in range(events_max)]
    assert rest[-1] == EVENTS[2]


async def test_what_waits_is_still_given_before_the_end() -> None:
    inbox = Inbox()
    inbox.put(EVENTS[0])
    inbox.fail(Ended("revoked", 4503))
    reader = inbox.read()
    assert await anext(reader) == EVENTS[0]
    with pytest.raises(Ended, match="revoked"):
        await anext(reader)
