"""What a side says openly: a server that closes a conversation in its name, or says again what it said."""

import os
from collections.abc import Callable

import pytest

from messaging.domain.vocabulary import ClosingReason, EventKind
from messaging.e2ee.errors import BadSignature, E2EEError, Repeated, WrongHeader
from messaging.e2ee.notice import Notice, make_notice, parse_notice
from messaging.e2ee.suite import SigningKey
from messaging.wire.events import LogEntry
from pli_client import NotRendered
from tests.hostile_server.book import Book, Retold, event, made
from tests.hostile_server.ground import Ground, hears

pytestmark = [pytest.mark.hostile, pytest.mark.slow]

Lie = Callable[[list[LogEntry], list[LogEntry], bytes], LogEntry]
"""From the log, another thread's, and R_0, to what is put at the end. The mayor closed both, and reopened this one."""


def said_again(log: list[LogEntry], other: list[LogEntry], record: bytes) -> LogEntry:
    return event(log[4], at=log[-1].at)


def as_another_kind(log: list[LogEntry], other: list[LogEntry], record: bytes) -> LogEntry:
    return event(log[5], kind=EventKind.CLOSED.value, at=log[-1].at)


def in_the_others_name(log: list[LogEntry], other: list[LogEntry], record: bytes) -> LogEntry:
    return event(log[4], party=0, at=log[-1].at)


def of_another_thread(log: list[LogEntry], other: list[LogEntry], record: bytes) -> LogEntry:
    return event(other[-1], at=log[-1].at)


def made_up(log: list[LogEntry], other: list[LogEntry], record: bytes) -> LogEntry:
    thread = parse_notice(log[4].payload).thread
    said = Notice(EventKind.CLOSED, thread, record, 1, os.urandom(16), 1, os.urandom(32), None)
    return made(EventKind.CLOSED, 1, make_notice(said, SigningKey(os.urandom(32))), log[-1].at)


LIES: dict[str, tuple[Lie, type[E2EEError]]] = {
    "replays a notice": (said_again, Repeated),
    "shows a notice as one of another kind": (as_another_kind, WrongHeader),
    "shows a notice in the other side's name": (in_the_others_name, WrongHeader),
    "replays a notice in another thread": (of_another_thread, WrongHeader),
    "makes up a notice": (made_up, BadSignature),
}


async def refused(ground: Ground, *lies: Lie) -> list[type[E2EEError]]:
    """The mayor closes and reopens; then these lies, and a word of the mayor's. Why the doctor was not shown them."""
    door, book = ground.door(), ground.book
    async with ground.mayor.client() as mayor, ground.doctor.client(door) as doctor:
        second = await doctor.mailbox(ground.project).open(ground.place.listing, "Autre sujet")
        await hears(mayor, "Autre sujet")
        thread = doctor.thread(ground.thread)
        await thread.load()
        record = thread.follower.log.epochs[0].record.hash
        await mayor.thread(second.id).close(ClosingReason.FILLED)
        other = await Book(ground.service, second.id).true()
        told: list[LogEntry] = []

        def retold(log: list[LogEntry]) -> list[LogEntry]:
            if len(log) < 7:
                return book.stamped(log)
            told[:] = told or [lie(log[:6], other, record) for lie in lies]
            return book.stamped([*log[:6], *told, *log[6:]])

        Retold(door, book, retold)
        await mayor.thread(ground.thread).close(ClosingReason.FILLED)
        await mayor.thread(ground.thread).reopen()
        await mayor.thread(ground.thread).send("Nous continuons")
        await hears(doctor, "Nous continuons")
        assert not thread.closed
        assert thread.stopped is None
        return [type(item.reason) for item in thread.items if isinstance(item, NotRendered)]


async def test_control_what_was_said_is_heard(ground: Ground) -> None:
    assert await refused(ground) == []


@pytest.mark.attack(*LIES)
async def test_what_nobody_said(ground: Ground) -> None:
    """It is not shown, the conversation is not closed by it, and goes on."""
    assert await refused(ground, *(lie for lie, _ in LIES.values())) == [error for _, error in LIES.values()]
