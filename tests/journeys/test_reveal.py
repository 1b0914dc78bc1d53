"""The main job, whole: an anonymous doctor, an offline village, two seats that answer, consent, and both identities."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from pli_client import CardsReleased, DeskChanged, NotRendered, Thread
from tests.journeys.people import DOCTORS_CARD, MAYORS_CARD, Cast, Online, cast, consent
from tests.support.server import running_service
from tests.support.waiting import until

pytestmark = pytest.mark.slow

FIRST, ANSWER, SECOND_ANSWER, NOTE = (
    "Je cherche une commune.",
    "Venez nous voir.",
    "Le cabinet est prêt.",
    "Très bien !",
)
EXPECTED = [
    "solicited",
    "message.accepted",
    "message.accepted",
    "engaged",
    "stage.changed",
    "message.accepted",
    "consent.given",
    "consent.given",
    "identities.revealed",
]


async def test_from_first_message_to_reveal(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path) as service:
        people = await cast(service)
        await people.settle()
        async with people.doctor.online() as doctor:
            await doctor.client.mailboxes[0].open(people.listing, FIRST)
            async with people.secretary.online() as secretary, people.mayor.online() as mayor:
                await _talk(doctor, secretary, mayor)
                await _reveal(people, doctor, secretary, mayor)
        await until(lambda: len(_types(tmp_path)) >= len(EXPECTED), 10.0)
    assert _types(tmp_path) == EXPECTED
    _check_facts(tmp_path)


async def _talk(doctor: Online, secretary: Online, mayor: Online) -> None:
    """The town hall was offline, reads, and answers from both seats; the doctor cannot tell who of them wrote."""
    for reader in (secretary, mayor):
        first = await reader.reads(FIRST)
        assert (first.own, first.author) == (False, None)
    await secretary.thread.send(ANSWER)
    await secretary.client.mailboxes[0].desk.note(secretary.thread.id, NOTE)
    await mayor.reads(ANSWER)
    await mayor.thread.send(SECOND_ANSWER)
    answers = [await doctor.reads(text) for text in (ANSWER, SECOND_ANSWER)]
    assert [(answer.own, answer.author) for answer in answers] == [(False, None), (False, None)]
    colleague = await secretary.reads(SECOND_ANSWER)
    assert colleague.author is not None
    assert colleague.author.seat == mayor.client.mailboxes[0].seat
    assert mayor.client.mailboxes[0].desk.notes[mayor.thread.id] == [NOTE]


async def _reveal(people: Cast, doctor: Online, secretary: Online, mayor: Online) -> None:
    await consent(doctor, DOCTORS_CARD, "name", "phone")
    for reader in (secretary, mayor):
        assert not reader.heard(CardsReleased)
        assert not reader.thread.state.revealed
    await consent(mayor, MAYORS_CARD, "name", "organisation")
    seen = [await reader.until(CardsReleased) for reader in (doctor, secretary, mayor)]
    assert len({event.seq for event in seen}) == 1
    for reader in (doctor, secretary, mayor):
        shown = {card.fields["name"]: card.fields for card in reader.thread.cards}
        assert shown == {
            "Dr Camille Le Goff": {"name": "Dr Camille Le Goff", "phone": "06 39 98 41 07"},
            "Yves Kerambrun": {"name": "Yves Kerambrun", "organisation": "Mairie (fictive)"},
        }
        assert _texts(reader.thread) == [FIRST, ANSWER, SECOND_ANSWER]
        assert len(reader.heard(CardsReleased)) == 1
        assert not reader.heard(NotRendered)
    assert not doctor.heard(DeskChanged)


def _texts(thread: Thread) -> list[str | None]:
    return [message.text for message in thread.messages]


def _facts(folder: Path) -> list[Mapping[str, object]]:
    event_log = folder / "events.jsonl"
    return [json.loads(line) for line in event_log.read_text().splitlines()] if event_log.exists() else []


def _types(folder: Path) -> list[str]:
    return [str(fact["type"]).removeprefix("fr.pli.relation.") for fact in _facts(folder)]


def _check_facts(folder: Path) -> None:
    """Every fact is a CloudEvent, numbered per relation, and says nothing that anybody wrote or is called."""
    numbers: defaultdict[object, list[int]] = defaultdict(list)
    for fact in _facts(folder):
        assert {"specversion", "id", "source", "type", "subject", "time", "dataschema"} <= fact.keys()
        numbers[fact["subject"]].append(int(str(fact["id"]).rpartition("-")[2]))
    assert all(drawn == list(range(len(drawn))) for drawn in numbers.values())
    text = (folder / "events.jsonl").read_text()
    said: Sequence[str] = (FIRST, ANSWER, SECOND_ANSWER, NOTE, "Camille", "Yves", "mairie", "projet", "annonce")
    assert not [word for word in said if word.lower() in text.lower()]
    assert not [word for word in said if json.dumps(word)[1:-1].lower() in text.lower()]
