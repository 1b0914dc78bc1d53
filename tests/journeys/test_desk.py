"""The desk: drafts, notes and assignments reach every colleague, now or later, and nobody else."""

from pathlib import Path

import pytest

from messaging.wire.commands import DeskPull
from messaging.wire.events import DeskEntries
from pli_client import Assignment, DeskChanged, Draft, Note
from tests.faults.proxy import Proxy
from tests.faults.raw import RawSocket, RefusedError
from tests.journeys.people import Online, cast
from tests.support.server import running_service
from tests.support.waiting import until

pytestmark = pytest.mark.slow


async def test_the_desk_reaches_colleagues_only(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path) as service, Proxy(service.port) as line:
        people = await cast(service, url=line.url)
        await people.settle()
        async with people.doctor.online() as doctor, people.secretary.online() as secretary:
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await secretary.reads("Bonjour")
            thread, desk = secretary.thread.id, secretary.client.mailboxes[0].desk
            async with people.mayor.online() as mayor:
                await desk.draft(thread, "Cher docteur…")
                await desk.note(thread, "À rappeler lundi.")
                await desk.assign(thread, mayor.client.mailboxes[0].seat)
                await until(lambda: len(mayor.heard(DeskChanged)) == 3, 10.0)
                assert [event.content for event in mayor.heard(DeskChanged)] == [
                    Draft(thread, "Cher docteur…"),
                    Note(thread, "À rappeler lundi."),
                    Assignment(thread, mayor.client.mailboxes[0].seat),
                ]
                _holds_all(mayor, thread)
            await desk.draft(thread, "")
            async with people.mayor.online() as mayor:
                assert mayor.client.mailboxes[0].desk.drafts == {thread: ""}
                assert mayor.client.mailboxes[0].desk.notes[thread] == ["À rappeler lundi."]
            await doctor.thread.send("Encore moi")
            await secretary.reads("Encore moi")
            assert not doctor.heard(DeskChanged)
            assert b'"t":"desk' not in line.captured


async def test_a_peer_gets_the_answer_of_a_mailbox_that_does_not_exist(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service:
        people = await cast(service)
        await people.settle()
        async with people.secretary.online() as secretary:
            await secretary.client.mailboxes[0].desk.note(bytes(16), "Entre nous.")
        async with people.doctor.api() as api:
            socket = await RawSocket.open(service, api)
            answers = []
            for mailbox in (people.village, bytes(16)):
                with pytest.raises(RefusedError) as refused:
                    await socket.request(DeskPull(ref=0, mailbox=mailbox, after=0), DeskEntries)
                answers.append(str(refused.value))
            await socket.close()
        assert answers[0] == answers[1]
        assert answers[0].startswith("not_found")


def _holds_all(colleague: Online, thread: bytes) -> None:
    desk = colleague.client.mailboxes[0].desk
    assert desk.drafts == {thread: "Cher docteur…"}
    assert desk.notes[thread] == ["À rappeler lundi."]
    assert desk.assigned == {thread: colleague.client.mailboxes[0].seat}
