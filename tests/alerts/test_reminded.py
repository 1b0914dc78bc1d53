"""Reminders as relation events: once for a side and a moment, however many of its people are reminded."""

from pathlib import Path

import pytest

from tests.alerts.town import DAY, HOUR, Town, next_monday, town
from tests.canary.planted import MARKER
from tests.journeys.test_closing import told

pytestmark = pytest.mark.slow

REMINDED = "fr.pli.relation.reminded"


async def reminded(here: Town) -> list[object]:
    return [event["data"] for event in await told(here.service) if event["type"] == REMINDED]


async def test_a_side_that_is_reminded_is_told_once_a_moment(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        world = here.world
        await here.enrol(world.agent)
        await here.enrol(world.mayor, "maire@mairie.example")
        await here.opening(world.project, world.holder)
        await here.later(HOUR)
        assert [event for event in await told(here.service) if event["type"] == REMINDED] == [], (
            "that was the first alert"
        )
        mails = len(here.mail.mails)

        here.clock.advance(3 * DAY - HOUR)
        here.mail.accepts = False
        await here.later(HOUR)
        assert await reminded(here) == [], "nobody got it"
        here.mail.accepts = True
        next_monday(here.clock)
        await here.later(2 * HOUR)
        assert len(here.mail.mails) == mails + 2
        assert await reminded(here) == [{"side": "recipient"}]

        next_monday(here.clock)
        await here.later(2 * HOUR)
        assert await reminded(here) == [{"side": "recipient"}] * 2
        events = await told(here.service)
        assert [int(event["id"].rpartition("-")[2]) for event in events] == list(range(len(events)))
        assert not [event for event in events if MARKER in str(event)]
