"""A seat is removed, or its mailbox begins anew, while whoever has it writes and reads as fast as they can: after the
commit, nothing of either.

Every race has a town hall of its own with two seats, and a thread with the one project, whose holder goes on talking.
Where in the thread's log the end stands is noted inside its own transaction, while it holds the thread.
"""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest

from messaging.domain.authorization import Actor, Grant, Operation
from messaging.domain.ids import MailboxId
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.ports import Transaction
from messaging.services import removals, resets
from messaging.services.context import Context
from messaging.services.outcome import Outcome
from messaging.services.removals import Checked
from messaging.wire.commands import AnyCommand, Consents, DeskPull, DeskPut, Pull, Read, Send, Threads, Wraps
from messaging.wire.events import Ack, DeskAck, DeskEvent, Err, Event, Events, ThreadsPage
from messaging.wire.platform import DepartureReport, ResetBegun, ResetRequest
from pli_client.http import Api
from tests.faults.raw import Lost, RawSocket, RefusedError
from tests.support.scale import scaled
from tests.support.server import running_service
from tests.support.talk import Line, claimed_opening
from tests.support.world import Box, Someone, World

pytestmark = [pytest.mark.slow, pytest.mark.soak, pytest.mark.hostile]

RACES: Final = 500
RESETS: Final = 100
AT_ONCE: Final = 6
TALK: Final = 8
"""Messages of either side, and readings, around each removal."""


@dataclass(frozen=True, slots=True)
class Leaver:
    """Who will be removed, with all that they keep: a connection, a ticket, a token, the keys."""

    person: Someone
    line: Line
    socket: RawSocket
    ticket: str
    token: str


@dataclass(frozen=True, slots=True)
class Course:
    """One town hall, its mayor, and both ends of its thread."""

    box: Box
    mayor: Someone
    at_mayor: RawSocket
    leaver: Leaver
    peer: Line
    thread: bytes


Ending = Callable[[World, Course], Awaitable[None]]
"""What ends the leaver's seat."""


class Heads:
    """How far each thread was when the end of a seat committed."""

    def __init__(self) -> None:
        self.by_mailbox: dict[bytes, int] = {}

    def around_reset(
        self, real: Callable[..., Awaitable[Outcome[ResetBegun]]]
    ) -> Callable[[Transaction, Actor, ResetRequest, Context], Awaitable[Outcome[ResetBegun]]]:
        async def noting(tx: Transaction, actor: Actor, body: ResetRequest, context: Context) -> Outcome[ResetBegun]:
            outcome = await real(tx, actor, body, context)
            mailbox = (await tx.mailboxes.find([body.mailbox_ref]))[body.mailbox_ref]
            ((row, _),) = await tx.threads.awaiting_reset(Grant(Operation.PLATFORM_RESET, mailbox=mailbox), 2)
            self.by_mailbox[mailbox] = row.head_seq
            return outcome

        return noting

    def around(
        self, real: Callable[..., Awaitable[Outcome[None]]]
    ) -> Callable[[Transaction, Actor, MailboxId, Checked, Context], Awaitable[Outcome[None]]]:
        async def noting(
            tx: Transaction, actor: Actor, mailbox: MailboxId, checked: Checked, context: Context
        ) -> Outcome[None]:
            outcome = await real(tx, actor, mailbox, checked, context)
            threads = await tx.threads.all_of(await removals.allowed(tx, actor, mailbox))
            (row,) = (await tx.threads.get(threads)).values()
            self.by_mailbox[mailbox] = row.head_seq
            return outcome

        return noting


async def test_a_removed_seat_reads_and_writes_nothing_after_the_commit(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = Heads()
    monkeypatch.setattr(removals, "remove", heads.around(removals.remove))
    await _races(database_url, tmp_path, heads, scaled(RACES), _remove)


async def test_nobody_of_a_mailbox_that_begins_anew_does_either(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = Heads()
    monkeypatch.setattr(resets, "begin", heads.around_reset(resets.begin))
    await _races(database_url, tmp_path, heads, scaled(RESETS), _reset)


async def _races(url: str, folder: Path, heads: Heads, count: int, ending: Ending) -> None:
    few, ends = asyncio.Semaphore(AT_ONCE), []
    async with (
        running_service(url, folder, with_worker=False) as service,
        World.made(service) as world,
        AsyncExitStack() as end,
    ):
        at_peer = await _socket(world, world.holder, end)

        async def run(number: int) -> None:
            async with few, AsyncExitStack() as undo:
                course = await _course(world, number, undo)
                ends.append(await _race(world, course, at_peer, heads, random.Random(number), ending))

        await asyncio.gather(*(run(number) for number in range(count)))
    # The races are only worth something if the end came in the middle of them.
    assert sum(sent for sent, _ in ends) > len(ends)
    assert sum(later for _, later in ends) > len(ends)


async def _remove(world: World, course: Course) -> None:
    body = course.box.renewal(course.mayor, course.leaver.person.seat).body
    answer = await world.request("POST", course.box.removals, world.token(course.mayor), body)
    assert answer.status_code == 204, answer.text


async def _reset(world: World, course: Course) -> None:
    """The mayor leaves, and the platform has the town hall begin anew."""
    left = DepartureReport(course.box.ref, course.mayor.subject)
    await world.service.platform("POST", "/v1/platform/departures", left)
    await world.service.platform("POST", "/v1/platform/resets", ResetRequest(course.box.ref))


async def _course(world: World, number: int, undo: AsyncExitStack) -> Course:
    box = await world.register(f"town {number}", MailboxKind.TERRITORY)
    mayor = Someone(f"mayor {number}", (box.claim(Role.MAYOR, admin=True),))
    person = Someone(f"leaver {number}", (box.claim(Role.AGENT),))
    await world.found(box, mayor, Role.MAYOR)
    await world.seat(box, mayor, person, Role.AGENT)
    command, own, peer = await claimed_opening(world, (box, mayor), (world.project, world.holder), 1)
    at_mayor = await _socket(world, mayor, undo)
    await at_mayor.request(command, Ack)
    ticket = (await world.ticket(person)).ticket
    socket = await _socket(world, person, undo)
    line = replace(own, keys=box.keys(person))
    leaver = Leaver(person, line, socket, ticket, world.token(person))
    return Course(box, mayor, at_mayor, leaver, peer, own.thread)


async def _socket(world: World, person: Someone, undo: AsyncExitStack) -> RawSocket:
    api = Api(world.service.url, lambda: world.token(person), timeout_s=30.0)
    undo.push_async_callback(api.close)
    socket = await RawSocket.open(world.service, api)
    undo.push_async_callback(socket.close)
    return socket


async def _race(
    world: World, course: Course, at_peer: RawSocket, heads: Heads, rng: random.Random, ending: Ending
) -> tuple[int, int]:
    """Races, then tries everything once more; (what the leaver wrote, what the peer wrote after the end)."""
    leaver = course.leaver
    talking = asyncio.create_task(_talk(at_peer, course.peer))
    reached = asyncio.Event()
    writing = asyncio.create_task(_write(leaver, rng.randrange(TALK), reached))
    reading = asyncio.create_task(_read(leaver, course))
    await reached.wait()
    await ending(world, course)
    after = asyncio.create_task(_try_all(world, course))
    spoken, acks, seen = await asyncio.gather(talking, writing, reading)
    await after
    if ending is _remove:
        await course.at_mayor.request(_desk_put(course), DeskAck)
    spoken += await _talk(at_peer, course.peer)
    end = heads.by_mailbox[course.box.mailbox]
    heard = [event for event in leaver.socket.heard if isinstance(event, Event)]
    assert all(event.seq <= end for event in heard), (end, [event.seq for event in heard])
    assert all(seq <= end for seq in acks), (end, acks)
    assert all(seq <= end for seq in seen), (end, seen)
    assert not any(isinstance(event, DeskEvent) for event in leaver.socket.heard)
    return len(acks), sum(seq > end for seq in spoken)


async def _talk(socket: RawSocket, line: Line) -> list[int]:
    """The peer goes on: nothing of what happens in the town hall is refused to it."""
    return [(await socket.request(line.send(0, f"{n}"), Ack)).seq for n in range(TALK)]


async def _write(leaver: Leaver, first: int, reached: asyncio.Event) -> list[int]:
    """Writes as long as it may; `reached` once it has begun with the message after the `first` ones."""
    acks: list[int] = []
    try:
        for n in range(4 * TALK):
            if n == first:
                reached.set()
            acks.append((await leaver.socket.request(leaver.line.send(0, f"{n}"), Ack)).seq)
    except RefusedError as refused:
        assert refused.code == "not_found"
    except Lost:
        pass
    return acks


async def _read(leaver: Leaver, course: Course) -> set[int]:
    """Every seq that any answer told of."""
    seen: set[int] = set()
    try:
        for n in range(4 * TALK):
            if n % 2:
                pulled = await leaver.socket.request(Pull(ref=0, thread=course.thread, after=0), Events)
                seen |= {entry.seq for entry in pulled.events} | {pulled.head_seq}
            else:
                listed = await leaver.socket.request(Threads(ref=0), ThreadsPage)
                seen |= {state.seq for state in listed.threads}
    except RefusedError as refused:
        assert refused.code == "not_found"
    except Lost:
        pass
    return seen


def _desk_put(course: Course) -> DeskPut:
    return DeskPut(ref=0, mailbox=course.box.mailbox, entry=os.urandom(16), blob=b"a note")


def _commands(course: Course) -> list[AnyCommand]:
    thread, mailbox, line = course.thread, course.box.mailbox, course.leaver.line
    given = line.give(0, 1_790_000_000_000)
    return [
        Send(ref=0, payload=line.payload("Et pourtant")),
        Pull(ref=0, thread=thread, after=0),
        Wraps(ref=0, thread=thread),
        Read(ref=0, thread=thread, seq=1),
        DeskPull(ref=0, mailbox=mailbox, after=0),
        _desk_put(course),
        given,
        line.withdraw(0, given, 1_790_000_000_000),
        Consents(ref=0, thread=thread),
    ]


async def _try_all(world: World, course: Course) -> None:
    """From the moment on at which the administrator was told that it is done."""
    leaver = course.leaver
    await _refused_all(leaver.socket, course)
    api = Api(world.service.url, lambda: leaver.token)
    again = await RawSocket.open(world.service, api, ticket=leaver.ticket)
    assert again.welcomed.threads == []
    assert again.welcomed.seats == []
    await _refused_all(again, course)
    await again.close()
    await api.close()
    hexed = course.box.mailbox.hex()
    for method, path, body in (
        ("GET", f"/v1/mailboxes/{hexed}/roster", None),
        ("GET", f"/v1/mailboxes/{hexed}/targets", None),
        ("POST", f"/v1/mailboxes/{hexed}/seats", course.box.seat_request(Someone("", (), leaver.person.account_seed))),
        ("POST", f"/v1/targets/{course.box.target.hex()}/prekeys", course.box.next_prekeys(leaver.person, 1)),
    ):
        answer = await world.request(method, path, leaver.token, body)
        assert answer.status_code == 404, (path, answer.text)


async def _refused_all(socket: RawSocket, course: Course) -> None:
    for command in _commands(course):
        try:
            (answer,) = await socket.requests([command])
        except Lost as lost:
            assert lost.code in (4001, None, 1000)
            return
        assert isinstance(answer, Err), answer
        assert answer.problem.code == "not_found"
