"""From a proposal to meet to an installation that both sides confirm, and what each thinks of it."""

from pathlib import Path

import pytest

from pli_client import ClosingReason, Step, StepTaken
from pli_client.errors import ProblemError
from tests.journeys.people import cast
from tests.journeys.test_closing import told
from tests.support.server import running_service

pytestmark = pytest.mark.slow

INITIATOR, RECIPIENT = {"side": "initiator"}, {"side": "recipient"}


async def test_two_sides_meet_agree_and_settle(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path, with_worker=False) as service:
        people = await cast(service)
        await people.settle()
        async with people.doctor.online() as doctor, people.mayor.online() as mayor:
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await mayor.reads("Bonjour")
            await mayor.thread.send("Bienvenue")
            proposed = await mayor.thread.mark(Step.MEETING_PROPOSED)
            heard = await doctor.until(StepTaken)
            assert (heard.own, heard.step, heard.seq) == (False, Step.MEETING_PROPOSED, proposed.seq)
            with pytest.raises(ProblemError, match="conflict"):
                await mayor.thread.mark(Step.MEETING_CONFIRMED)
            await doctor.thread.mark(Step.MEETING_CONFIRMED)
            for step in (Step.MEETING_HELD, Step.VISITED, Step.OFFER_PROPOSED):
                await doctor.thread.mark(step)
            await mayor.thread.mark(Step.OFFER_ACCEPTED)
            await mayor.thread.mark(Step.INSTALLED)
            with pytest.raises(ProblemError, match="conflict"):
                await mayor.thread.mark(Step.INSTALLED)
            await doctor.thread.mark(Step.INSTALLED)

            seq = doctor.thread.items[-1].seq
            await doctor.thread.rate(satisfied=5, recommends=4)
            await doctor.thread.rate(satisfied=5, recommends=4)
            with pytest.raises(ProblemError, match="conflict"):
                await doctor.thread.rate(satisfied=1, recommends=4)
            with pytest.raises(ProblemError, match="malformed"):
                await doctor.thread.rate(satisfied=6, recommends=1)
            await mayor.thread.rate(satisfied=4, recommends=5)
            closed = await mayor.thread.close(ClosingReason.FILLED)
            assert closed.seq == seq + 1, "a rating stands in no log"
            with pytest.raises(ProblemError, match="conflict"):
                await doctor.thread.mark(Step.VISITED)
            await mayor.thread.reopen()
            assert [item.step for item in mayor.thread.items if isinstance(item, StepTaken)][-1] is Step.INSTALLED
        facts = [(fact["type"].removeprefix("fr.pli.relation."), fact["data"]) for fact in await told(service)]
    assert [fact for fact in facts if fact[0] not in ("message.accepted", "stage.changed", "solicited")] == [
        ("engaged", {}),
        ("meeting.proposed", RECIPIENT),
        ("meeting.confirmed", INITIATOR),
        ("meeting.held", INITIATOR | {"visit": False}),
        ("meeting.held", INITIATOR | {"visit": True}),
        ("offer.proposed", INITIATOR),
        ("offer.accepted", RECIPIENT),
        ("installation.declared", RECIPIENT),
        ("installation.confirmed", INITIATOR),
        ("rated", INITIATOR | {"satisfied": 5, "recommends": 4}),
        ("rated", RECIPIENT | {"satisfied": 4, "recommends": 5}),
        ("closed", RECIPIENT | {"reason": "filled"}),
        ("reopened", RECIPIENT),
    ]
    assert [data["to"] for name, data in facts if name == "stage.changed"] == [
        *("engaged", "meeting_planned", "visited", "agreed", "installed", "closed", "installed")
    ]
