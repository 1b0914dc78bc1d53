"""A client away for a thousand messages in fifty threads: it misses none, gets none twice, and the second time too."""

import asyncio
import os
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from messaging.domain.vocabulary import MailboxKind
from messaging.wire.commands import Send
from messaging.wire.events import Ack
from pli_client import Message, NotRendered
from tests.faults.parties import Line, Party, close_all, open_line
from tests.faults.raw import RawSocket
from tests.journeys.people import Online, cast
from tests.support.scale import scaled
from tests.support.server import RunningService, running_service
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.soak]

PROJECTS = 13
THREADS_A_PROJECT = 4
MESSAGES = 1_000
Said = defaultdict[bytes, list[str]]
"""What was written, by thread, in order."""


async def test_nothing_is_missed_and_nothing_comes_twice(database_url: str, tmp_path: Path) -> None:
    dice, said = random.Random(50), Said(list)
    async with running_service(database_url, tmp_path) as service:
        people = await cast(service)
        await people.settle()
        projects = [await Party.found(service, f"projet {n}", MailboxKind.PROJECT) for n in range(PROJECTS)]
        sockets = [await project.socket() for project in projects]
        lines = await asyncio.gather(
            *(_open(service, *each, people.listing, said) for each in zip(sockets, projects, strict=True))
        )
        for absence in range(2):
            before = {thread: len(texts) for thread, texts in said.items()} if absence else {}
            await asyncio.gather(*(_write(*each, dice, said) for each in zip(sockets, lines, strict=True)))
            async with people.secretary.online() as secretary:
                await _check(secretary, said, before)
        await close_all(*sockets, *projects)


async def _open(
    service: RunningService, socket: RawSocket, project: Party, listing: bytes, said: Said
) -> Sequence[Line]:
    lines: list[Line] = []
    for _ in range(THREADS_A_PROJECT):
        lines.append(await open_line(socket, project, listing, service.service.store.service_id))
        said[lines[-1].thread].append("Bonjour")
    return lines


async def _write(socket: RawSocket, lines: Sequence[Line], dice: random.Random, said: Said) -> None:
    """One project's part of the messages, on its threads at random; some threads may get none."""
    for number in range(scaled(MESSAGES) // PROJECTS):
        line = dice.choice(lines)
        text = f"Message {number}"
        await socket.request(Send(ref=0, payload=line.message(os.urandom(16), text)), Ack)
        said[line.thread].append(text)


async def _check(reader: Online, said: Mapping[bytes, Sequence[str]], before: Mapping[bytes, int]) -> None:
    """The conversations are whole; the events are those since the last visit, each once, in order by thread."""
    expected = {thread: list(texts[before.get(thread, 0) :]) for thread, texts in said.items()}
    count = sum(len(texts) for texts in expected.values())
    await until(lambda: len(reader.happened) >= count, 30.0)
    heard: defaultdict[bytes, list[str | None]] = defaultdict(list)
    for message in reader.heard(Message):
        heard[message.thread].append(message.text)
    assert heard == {thread: texts for thread, texts in expected.items() if texts}
    assert not reader.heard(NotRendered)
    await asyncio.gather(*(thread.load() for thread in reader.client.threads))
    whole = {thread.id: [message.text for message in thread.messages] for thread in reader.client.threads}
    assert whole == said
