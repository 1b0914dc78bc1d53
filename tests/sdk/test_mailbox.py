"""A mailbox among colleagues: whoever saw another roster raises an alarm, whoever joined meanwhile does not."""

import asyncio
from dataclasses import dataclass

import pytest

from messaging.e2ee.errors import BadRoster
from messaging.wire.events import ThreadState
from pli_client import Mailbox, RosterAlarm, Thread
from pli_client.keys import SeatTag
from pli_client.runtime import Inbox
from tests.sdk.rig import HttpService, ScriptedLink, next_event, runtime
from tests.sdk.test_seating import Person, admit, founder, person


def nobody(state: ThreadState) -> Thread:
    raise AssertionError("no thread is opened here")


@dataclass
class Town:
    """A founded mailbox as its mayor's client has it, on a roster of this moment."""

    service: HttpService
    mayor: Person
    mailbox: Mailbox
    inbox: Inbox

    async def is_quiet(self) -> bool:
        """Whether nothing comes, after all that was going on is done."""
        try:
            async with asyncio.timeout(0.05):
                await anext(aiter(self.inbox.read()))
        except TimeoutError:
            return True
        return False


@pytest.fixture
async def town() -> Town:
    service = HttpService()
    mayor = await founder(service)
    parts = runtime(ScriptedLink([], {}, 0), mayor.keeper, service)
    mailbox = Mailbox(parts, mayor.seating, mayor.view, await mayor.read(), nobody)
    return Town(service, mayor, mailbox, parts.inbox)


async def test_a_colleague_on_our_roster_is_no_news(town: Town) -> None:
    asked = len(town.service.requests)
    town.mailbox.check_tag(SeatTag(town.mailbox.seat, town.mailbox.keys.roster.head))
    assert await town.is_quiet()
    assert len(town.service.requests) == asked


async def test_a_colleague_who_joined_meanwhile_is_found_by_reading_again(town: Town) -> None:
    secretary = await person(town.service, "secretary")
    await admit(town.service, town.mayor, secretary)
    theirs = await secretary.read()
    town.mailbox.check_tag(SeatTag(theirs.seat, theirs.roster.head))
    assert await town.is_quiet()
    assert theirs.seat in town.mailbox.colleagues


async def test_a_colleague_who_saw_another_roster_raises_one_alarm(town: Town) -> None:
    tag = SeatTag(town.mailbox.seat, b"\x09" * 32)
    town.mailbox.check_tag(tag)
    town.mailbox.check_tag(tag)
    alarm = await next_event(town.inbox)
    assert isinstance(alarm, RosterAlarm)
    assert isinstance(alarm.reason, BadRoster)
    town.mailbox.check_tag(tag)
    assert await town.is_quiet()


async def test_a_writer_whom_no_roster_seats_raises_an_alarm(town: Town) -> None:
    town.mailbox.check_tag(SeatTag(b"\x0f" * 16, town.mailbox.keys.roster.head))
    assert isinstance(await next_event(town.inbox), RosterAlarm)


async def test_a_roster_that_was_rolled_back_for_us_raises_an_alarm(town: Town) -> None:
    """The service shows the secretary's admission to the secretary and hides it from the mayor, who saw it before."""
    secretary = await person(town.service, "secretary")
    await admit(town.service, town.mayor, secretary)
    theirs = await secretary.read()
    await town.mailbox.reread()
    del town.service.records[-1]
    town.mailbox.check_tag(SeatTag(theirs.seat, b"\x08" * 32))
    alarm = await next_event(town.inbox)
    assert isinstance(alarm, RosterAlarm)
    assert "ends before" in str(alarm.reason)
