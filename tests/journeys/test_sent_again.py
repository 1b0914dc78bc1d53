"""Sending again: a client that lost its ack, or is not sure, may repeat the same bytes; other bytes are a conflict."""

import asyncio
import os
from pathlib import Path

import pytest

from messaging.domain import limits
from messaging.domain.vocabulary import MailboxKind
from messaging.wire.commands import Send
from messaging.wire.events import Ack, Err
from tests.faults.parties import Party, close_all, open_thread
from tests.faults.proxy import Proxy
from tests.faults.raw import RefusedError
from tests.faults.stored_log import read_log
from tests.journeys.people import cast
from tests.support.server import running_service

pytestmark = pytest.mark.slow

ONCE = "Une seule fois."


async def test_a_lost_ack_leaves_one_row(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path) as service, Proxy(service.port) as line:
        people = await cast(service, url=line.url)
        await people.settle()
        async with people.doctor.online() as doctor, people.secretary.online() as secretary:
            thread = await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            line.mute()
            sending = asyncio.create_task(thread.send(ONCE))
            await secretary.reads(ONCE)
            assert not sending.done()
            connections = line.sockets
            await line.cut()
            line.unmute()
            message = await sending
            assert line.sockets > connections
            assert [m.text for m in thread.messages] == ["Bonjour", ONCE]
            await secretary.thread.send("Reçu.")
            await doctor.reads("Reçu.")
            assert [m.text for m in secretary.thread.messages] == ["Bonjour", ONCE, "Reçu."]
            assert len([e for e in secretary.happened if getattr(e, "text", None) == ONCE]) == 1
    log = await read_log(database_url, tmp_path / "copy")
    assert [event.seq for event in log.events if event.msg_id == message.msg_id] == [message.seq]
    assert len(log.events) == 4


async def test_same_bytes_get_the_same_ack_and_others_a_conflict(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path) as service:
        project = await Party.found(service, "projet", MailboxKind.PROJECT)
        village = await Party.found(service, "mairie", MailboxKind.TERRITORY, prekeys=1)
        socket, other = await project.socket(), await project.socket()
        line, _ = await open_thread(socket, project, village, service.service.store.service_id)
        msg_id = os.urandom(16)
        payload, twin = line.message(msg_id, ONCE), line.message(msg_id, ONCE)
        first = await socket.request(_send(payload), Ack)
        for again in (
            await socket.request(_send(payload), Ack),
            await other.request(_send(payload), Ack),
        ):
            assert (again.seq, again.at, again.proof) == (first.seq, first.at, first.proof)
        with pytest.raises(RefusedError, match="conflict"):
            await other.request(_send(twin), Ack)
        fresh = os.urandom(16)
        answers = await socket.requests(_send(line.message(fresh, text)) for text in ("A", "B"))
        assert [type(answer) for answer in answers] == [Ack, Err]
        await close_all(socket, other, project, village)
    log = await read_log(database_url, tmp_path / "copy")
    assert [event.payload for event in log.events if event.msg_id == msg_id] == [payload]
    assert [event.seq for event in log.events] == [1, 2, 3, 4]


async def test_what_says_that_it_comes_again_is_known_long_after(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path) as service:
        project = await Party.found(service, "projet", MailboxKind.PROJECT)
        village = await Party.found(service, "mairie", MailboxKind.TERRITORY, prekeys=1)
        socket, other = await project.socket(), await project.socket()
        line, _ = await open_thread(socket, project, village, service.service.store.service_id)
        payload = line.message(os.urandom(16), ONCE)
        first = await socket.request(_send(payload), Ack)
        for _ in range(0, limits.sent_again_within + 40, 40):
            texts = [line.message(os.urandom(16), "Entre-temps") for _ in range(40)]
            answers = await socket.requests(_send(text) for text in texts)
            assert {type(answer) for answer in answers} == {Ack}
        again = await other.request(Send(ref=0, payload=payload, again=True), Ack)
        assert (again.seq, again.at, again.proof) == (first.seq, first.at, first.proof)
        await close_all(socket, other, project, village)
    log = await read_log(database_url, tmp_path / "copy")
    assert [event.seq for event in log.events if event.payload == payload] == [first.seq]


def _send(payload: bytes) -> Send:
    return Send(ref=0, payload=payload)
