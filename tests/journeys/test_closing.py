"""Asking openly, closing with a reason that is told or not, writing on, and taking the conversation up again."""

import json
from pathlib import Path
from typing import Any

import pytest

from messaging.app import relay
from pli_client import Asked, Closed, ClosingReason, Message, Reopened
from pli_client.errors import ProblemError
from tests.journeys.people import cast
from tests.support.server import RunningService, running_service

pytestmark = pytest.mark.slow


async def test_a_conversation_is_closed_written_to_and_reopened(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path, with_worker=False) as service:
        people = await cast(service)
        await people.settle()
        async with people.doctor.online() as doctor, people.mayor.online() as mayor:
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await mayor.reads("Bonjour")
            asked = await doctor.thread.ask()
            heard = await mayor.until(Asked)
            assert (asked.own, heard.own, heard.seq) == (True, False, asked.seq)

            await doctor.thread.close(ClosingReason.HOUSING)
            assert (await mayor.until(Closed)).reason is ClosingReason.HOUSING
            with pytest.raises(ProblemError, match="conflict"):
                await mayor.thread.close(ClosingReason.OTHER)
            assert mayor.thread.closed
            await mayor.thread.send("Dommage, bonne route.")
            await doctor.reads("Dommage, bonne route.")
            assert doctor.thread.closed

            await doctor.thread.reopen()
            await mayor.until(Reopened)
            with pytest.raises(ProblemError, match="conflict"):
                await mayor.thread.reopen()
            assert not mayor.thread.closed

            await mayor.thread.close(ClosingReason.FILLED, tell=False)
            silent = await doctor.until(Closed, lambda event: not event.own)
            assert silent.reason is None
            assert not doctor.heard(Asked), "what this device said itself is no news"
            assert len(mayor.heard(Closed)) == 1
            assert all(item.seq for item in mayor.thread.items if isinstance(item, Message | Closed | Reopened))
        facts = await told(service)
    assert [(fact["type"].removeprefix("fr.pli.relation."), fact["data"]) for fact in facts][1:] == [
        ("message.accepted", {"side": "initiator", "human": True}),
        ("consent.requested", {"side": "initiator"}),
        ("closed", {"side": "initiator", "reason": "housing"}),
        ("stage.changed", {"from": "solicited", "to": "closed"}),
        ("message.accepted", {"side": "recipient", "human": True}),
        ("reopened", {"side": "initiator"}),
        ("stage.changed", {"from": "closed", "to": "engaged"}),
        ("closed", {"side": "recipient", "reason": "filled"}),
        ("stage.changed", {"from": "engaged", "to": "closed"}),
    ]


async def test_who_was_away_hears_of_a_closing_once_and_colleagues_read_it_too(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service:
        people = await cast(service)
        await people.settle()
        async with people.doctor.online() as doctor:
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
        async with people.mayor.online() as mayor:
            await mayor.reads("Bonjour")
            await mayor.thread.send("Nous avons trouvé.")
            await mayor.thread.close(ClosingReason.FILLED)
        async with people.doctor.online() as doctor:
            await doctor.reads("Nous avons trouvé.")
            closed = await doctor.until(Closed)
            assert closed.reason is ClosingReason.FILLED
        async with people.doctor.online() as doctor, people.secretary.online() as secretary:
            await doctor.thread.load()
            await secretary.thread.load()
            assert doctor.thread.closed
            assert secretary.thread.closed
            assert not doctor.heard(Closed), "it was handled before the restart"


async def test_what_is_said_holds_under_renewed_keys(sqlite_url: str, tmp_path: Path) -> None:
    """Each side signs with its pseudonym of the epoch in force, whoever renewed last."""
    async with running_service(sqlite_url, tmp_path) as service:
        people = await cast(service)
        await people.settle()
        async with people.doctor.online() as doctor, people.mayor.online() as mayor:
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await mayor.reads("Bonjour")
            await doctor.thread.renew_keys()
            await mayor.thread.ask()
            await doctor.until(Asked)
            await mayor.thread.renew_keys()
            await doctor.thread.close(ClosingReason.SCHOOL)
            assert (await mayor.until(Closed)).reason is ClosingReason.SCHOOL
            await mayor.thread.reopen()
            await doctor.until(Reopened)
            assert [len(each.thread.follower.log.epochs) for each in (doctor, mayor)] == [3, 3]


async def told(service: RunningService) -> list[dict[str, Any]]:
    """The relation events so far."""
    settings = service.service.settings
    while await relay(settings, service.service.store).move_batch():
        pass
    return [json.loads(line) for line in settings.event_log.read_text().splitlines()]
