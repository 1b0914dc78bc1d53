"""Stamps: a server that forges one, uses one again, or stamps with a key that nobody pinned."""

import os
from collections.abc import Callable

import msgspec
import pytest

from messaging.e2ee.errors import BadStamp, E2EEError
from messaging.e2ee.stamp import Stamper
from messaging.e2ee.suite import SigningKey
from messaging.wire.events import Ack, Event, LogEntry
from messaging.wire.rest import ServiceInfo
from pli_client import Client, NotRendered
from pli_client.errors import Stopped
from tests.hostile_server.book import Book, Retold
from tests.hostile_server.ground import LINES, Ground, first, hears, texts

pytestmark = [pytest.mark.hostile, pytest.mark.slow]

OTHER_KEY = SigningKey(os.urandom(32))

Proof = Callable[[Book, list[LogEntry], list[LogEntry]], bytes]
"""The proof that is shown for the last event of a log; the second log is another thread's."""


def by_another_key(book: Book, log: list[LogEntry], other: list[LogEntry]) -> bytes:
    return book.stamped(log, Stamper(OTHER_KEY))[-1].proof


def of_the_event_before(book: Book, log: list[LogEntry], other: list[LogEntry]) -> bytes:
    return log[-2].proof


def of_another_thread(book: Book, log: list[LogEntry], other: list[LogEntry]) -> bytes:
    return other[-1].proof


def of_another_history(book: Book, log: list[LogEntry], other: list[LogEntry]) -> bytes:
    return book.stamped([*log[:-1], msgspec.structs.replace(log[-1], at=log[-1].at + 1)])[-1].proof


def none(book: Book, log: list[LogEntry], other: list[LogEntry]) -> bytes:
    return b""


async def test_control_a_stamp_made_anew_proves_the_same(ground: Ground) -> None:
    door, book = ground.door(), ground.book

    async def again(told: Event) -> Event:
        return msgspec.structs.replace(told, proof=book.stamped(await book.true())[told.seq - 1].proof)

    door.tell(Event, again)
    async with ground.mayor.client(door) as mayor, ground.doctor.client() as doctor:
        await mayor.thread(ground.thread).load()
        await doctor.thread(ground.thread).send("Et le loyer ?")
        await hears(mayor, "Et le loyer ?")


LIES: dict[str, tuple[Proof, type[E2EEError]]] = {
    "forges a stamp": (by_another_key, BadStamp),
    "uses the stamp of another event again": (of_the_event_before, BadStamp),
    "uses the stamp of another thread": (of_another_thread, BadStamp),
    "stamps another history than it shows": (of_another_history, BadStamp),
    "gives no stamp": (none, BadStamp),
}


@pytest.mark.attack(*LIES)
async def test_a_stamp_that_does_not_prove_the_event(ground: Ground) -> None:
    """Of an event to one side, and of the ack to the other: nothing is shown, or said to be sent, by it."""
    async with ground.doctor.client() as doctor:
        second = await doctor.mailbox(ground.project).open(ground.place.listing, "Autre sujet")
        other = await Book(ground.service, second.id).true()
        said = list(LINES)
        for proof, error in LIES.values():
            assert await _refusals(ground, doctor, proof, other, said) == {error}
            said += ["Et le loyer ?", "Modéré"]
    async with ground.mayor.client() as mayor:
        await mayor.thread(ground.thread).load()
        assert texts(mayor.thread(ground.thread)) == said


async def _refusals(
    ground: Ground, doctor: Client, proof: Proof, other: list[LogEntry], said: list[str]
) -> set[type[Exception]]:
    """Why the mayor was not shown what the doctor wrote, and why the secretary's answer is not said to be sent."""
    doors, book = (ground.door(), ground.door()), ground.book

    async def lie(told: Event | Ack) -> Event | Ack:
        log = await book.true()
        return msgspec.structs.replace(told, proof=proof(book, log[: told.seq], other))

    async with (
        ground.mayor.copied().client(doors[0]) as mayor,
        ground.secretary.copied().client(doors[1]) as secretary,
    ):
        await mayor.thread(ground.thread).load()
        await secretary.thread(ground.thread).load()
        doors[0].tell(Event, lie)
        doors[1].tell(Ack, lie)
        await doctor.thread(ground.thread).send("Et le loyer ?")
        refused = await first(mayor, NotRendered)
        assert refused.stopped
        assert texts(mayor.thread(ground.thread)) == said
        with pytest.raises(Stopped) as stopped:
            await secretary.thread(ground.thread).send("Modéré")
        return {type(refused.reason), type(stopped.value.reason)}


@pytest.mark.attack("exchanges its stamp key")
async def test_a_stamp_key_that_was_not_pinned(ground: Ground) -> None:
    """Said openly, and used for everything: clients have the key from their configuration, and ask nobody for it."""
    door, book = ground.door(), ground.book
    door.tell(ServiceInfo, lambda info: msgspec.structs.replace(info, stamp_key=OTHER_KEY.public))
    Retold(door, book, lambda log: book.stamped(log, Stamper(OTHER_KEY)))
    async with ground.mayor.client(door, is_new=True) as mayor:
        thread = mayor.thread(ground.thread)
        await thread.load()
        assert isinstance(thread.stopped, BadStamp)
        assert texts(thread) == []
    async with ground.mayor.client() as mayor:
        await mayor.thread(ground.thread).load()
        assert texts(mayor.thread(ground.thread)) == list(LINES)
