"""Threads: a server that rolls back, forks, reorders, drops, inserts and replays, with the stamp key in its hands.

Whoever accepted a history of its making is bound to it, and refuses the other one: there a colleague reads on, who was
told no lie.
"""

import asyncio
import os
from collections.abc import Callable

import msgspec
import pytest

from messaging.e2ee.errors import (
    BadSeal,
    E2EEError,
    Fork,
    FutureSeen,
    Gap,
    Repeated,
    Rollback,
    TimeWentBack,
    WrongHeader,
)
from messaging.e2ee.restored import RESTORED, Restored, make_restored
from messaging.wire.commands import RestoreClaim, Send
from messaging.wire.events import Ack, LogEntry, RestoreExplained, ThreadOpened, Welcome
from pli_client import MemoryStorage, NotRendered, ServiceLost, Thread
from pli_client.errors import ProblemError, Stopped
from tests.hostile_server.book import Book, Retold, event, made
from tests.hostile_server.ground import LINES, WAIT_S, Account, Ground, first, hears, texts

pytestmark = [pytest.mark.hostile, pytest.mark.slow]

Change = Callable[[Book, list[LogEntry]], list[LogEntry]]


def refusals(thread: Thread) -> list[tuple[type[E2EEError], bool]]:
    return [(type(item.reason), item.stopped) for item in thread.items if isinstance(item, NotRendered)]


async def reads_on(ground: Ground, account: Account, *more: str, to: Account | None = None) -> None:
    """Honestly served again, this person reads all that is there, and the doctor (or `to`) hears the answer."""
    async with account.client() as me, (to or ground.doctor).client() as other:
        thread = me.thread(ground.thread)
        await thread.load()
        assert texts(thread) == [*LINES, *more]
        await thread.send("Nous continuons")
        await hears(other, "Nous continuons")


async def test_control_a_log_that_is_stamped_anew_reads_like_the_true_one(ground: Ground) -> None:
    door, book = ground.door(), ground.book
    Retold(door, book, book.stamped)
    async with ground.mayor.client(door) as mayor, ground.doctor.client() as doctor:
        thread = mayor.thread(ground.thread)
        await thread.load()
        await doctor.thread(ground.thread).send("Et le loyer ?")
        await hears(mayor, "Et le loyer ?")
        await thread.send("Modéré")
        await hears(doctor, "Modéré")
        assert texts(thread) == [*LINES, "Et le loyer ?", "Modéré"]
        assert refusals(thread) == []


def cut(book: Book, log: list[LogEntry]) -> list[LogEntry]:
    return log[:3]


def a_hole(book: Book, log: list[LogEntry]) -> list[LogEntry]:
    return [*log[:2], *log[3:]]


def a_hole_closed(book: Book, log: list[LogEntry]) -> list[LogEntry]:
    return book.stamped([*log[:2], *log[3:]])


def another_time(book: Book, log: list[LogEntry]) -> list[LogEntry]:
    return book.stamped([*log[:2], event(log[2], at=log[1].at), *log[3:]])


def time_back(book: Book, log: list[LogEntry]) -> list[LogEntry]:
    return book.stamped([*log[:2], event(log[2], at=log[1].at - 1), *log[3:]])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param(cut, Rollback, marks=pytest.mark.attack("rolls back a thread")),
        pytest.param(a_hole, Gap, marks=pytest.mark.attack("drops an event from the middle of a thread")),
        pytest.param(
            a_hole_closed, Rollback, marks=pytest.mark.attack("drops an event and closes the gap with new stamps")
        ),
        pytest.param(another_time, Fork, marks=pytest.mark.attack("shows a new device another history of a thread")),
        pytest.param(time_back, TimeWentBack, marks=pytest.mark.attack("dates an event before the one before it")),
    ],
)
async def test_a_history_that_is_not_the_one_seen(ground: Ground, change: Change, error: type[E2EEError]) -> None:
    """A device that is new to the account has the vault's word of how far the thread had come."""
    door, book = ground.door(), ground.book
    Retold(door, book, lambda log: change(book, log))
    async with ground.mayor.client(door, is_new=True) as mayor:
        thread = mayor.thread(ground.thread)
        await thread.load()
        assert refusals(thread)[-1] == (error, True)
        assert set(texts(thread)) <= set(LINES)
        with pytest.raises(Stopped):
            await thread.send("Bonjour ?")
    await reads_on(ground, ground.mayor)


@pytest.mark.attack("says that a thread has more than it gives")
async def test_events_that_are_announced_and_withheld(ground: Ground) -> None:
    door = ground.door()

    def one_more(told: Welcome) -> Welcome:
        return msgspec.structs.replace(told, threads=[msgspec.structs.replace(s, seq=s.seq + 1) for s in told.threads])

    door.tell(Welcome, one_more)
    async with ground.mayor.client(door) as mayor:
        thread = mayor.thread(ground.thread)
        await thread.load()
        assert refusals(thread) == [(Gap, True)]
    await reads_on(ground, ground.mayor)


@pytest.mark.attack("drops what it acknowledged and says that a backup was restored")
async def test_a_backup_that_was_none(ground: Ground) -> None:
    """Told to the person, with what only their device has now: a lie, but not an unseen one."""
    door, book = ground.door(), ground.book

    def restored(log: list[LogEntry]) -> list[LogEntry]:
        head = Restored(len(log), book.head(log), 1, 2)
        lie = made(RESTORED, 255, make_restored(head), log[-1].at)
        return book.stamped([*log[:3], lie, made("later", 255, b"", log[-1].at)])

    Retold(door, book, restored)
    async with ground.doctor.client(door) as doctor:
        lost = await first(doctor, ServiceLost)
        assert (lost.thread, [each.text for each in lost.own]) == (ground.thread, [LINES[2]])
        assert texts(doctor.thread(ground.thread)) == list(LINES[:2])


@pytest.mark.attack("says that a backup was restored, and that a shortened thread has all that was seen")
async def test_a_restored_claim_that_lies(ground: Ground) -> None:
    """The device shows the stamp of what it saw; told that it is still there, it reads, and finds that it is not."""
    door, book = ground.door(), ground.book
    async with ground.mayor.client(door) as mayor:
        await mayor.thread(ground.thread).load()
    asked: list[RestoreClaim] = []

    def still_there(claim: RestoreClaim) -> RestoreExplained:
        asked.append(claim)
        return RestoreExplained(ref=claim.ref, thread=claim.thread, seq=0)

    door.hear(RestoreClaim, still_there)
    door.tell(Welcome, lambda told: msgspec.structs.replace(told, stream_epoch=told.stream_epoch + 1))
    Retold(door, book, lambda log: log[:3])
    async with ground.mayor.client(door) as mayor:
        refused = await first(mayor, NotRendered)
        assert (type(refused.reason), refused.stopped) == (Rollback, True)
        assert [claim.seq for claim in asked] == [4]
    await reads_on(ground, ground.mayor)


@pytest.mark.attack("makes up a conversation")
async def test_a_conversation_that_nobody_opened(ground: Ground) -> None:
    """It stands in the list, as a peer could open one at any time; there is nothing in it that could be read."""
    door = ground.door()
    async with ground.mayor.client(door) as mayor:
        known = mayor.thread(ground.thread).state
        await door.push(ThreadOpened(state=msgspec.structs.replace(known, thread=os.urandom(16), seq=2)))
        async with asyncio.timeout(WAIT_S):
            while len(mayor.threads) < 2:  # noqa: ASYNC110 - the application polls, as a screen would
                await asyncio.sleep(0.01)
        (made_up,) = [thread for thread in mayor.threads if thread.id != ground.thread]
        with pytest.raises(ProblemError):
            await made_up.load()
        assert made_up.items == ()
    await reads_on(ground, ground.mayor)


@pytest.mark.attack("puts an answer before what it answers")
async def test_events_in_another_order(ground: Ground) -> None:
    """It may order what nobody read yet; but each message says what its author had seen."""
    door, book = ground.door(), ground.book

    def reordered(log: list[LogEntry]) -> list[LogEntry]:
        if len(log) < 6:
            return log[:4]
        return book.stamped([*log[:4], event(log[5], at=log[4].at), event(log[4], at=log[5].at), *log[6:]])

    Retold(door, book, reordered)
    async with ground.mayor.client(door) as mayor, ground.doctor.client() as doctor:
        thread = mayor.thread(ground.thread)
        await thread.load()
        for text in ("Refusez", "Non, je plaisante"):
            await doctor.thread(ground.thread).send(text)
        refused = await first(mayor, NotRendered)
        assert isinstance(refused.reason, FutureSeen)
        await hears(mayor, "Refusez")
        await doctor.thread(ground.thread).send("Vous m’avez lu ?")
        assert isinstance((await first(mayor, NotRendered)).reason, Fork)
        assert "Vous m’avez lu ?" not in texts(thread)
    await reads_on(ground, ground.secretary, "Refusez", "Non, je plaisante", "Vous m’avez lu ?")


def garbled(log: list[LogEntry], other: list[LogEntry]) -> LogEntry:
    payload = log[1].payload
    return made("message", 0, payload[:-1] + bytes([payload[-1] ^ 1]), log[-1].at)


def said_again(log: list[LogEntry], other: list[LogEntry]) -> LogEntry:
    return event(log[1], at=log[-1].at)


def in_the_others_name(log: list[LogEntry], other: list[LogEntry]) -> LogEntry:
    return event(log[1], at=log[-1].at, party=1)


def in_its_own_name(log: list[LogEntry], other: list[LogEntry]) -> LogEntry:
    return event(log[1], at=log[-1].at, party=255)


def from_elsewhere(log: list[LogEntry], other: list[LogEntry]) -> LogEntry:
    return event(other[1], at=log[-1].at)


LIES: dict[str, tuple[Callable[[list[LogEntry], list[LogEntry]], LogEntry], type[E2EEError]]] = {
    "alters a message": (garbled, BadSeal),
    "replays a message": (said_again, Repeated),
    "shows a message in the other side's name": (in_the_others_name, WrongHeader),
    "shows a message in its own name": (in_its_own_name, WrongHeader),
    "replays a message in another thread": (from_elsewhere, WrongHeader),
}


@pytest.mark.attack(*LIES)
async def test_messages_that_nobody_wrote_there(ground: Ground) -> None:
    """They are not shown and the log goes on, up to the first word of somebody who did not see them: a fork."""
    door, book = ground.door(), ground.book
    async with ground.doctor.client() as doctor:
        second = await doctor.mailbox(ground.project).open(ground.place.listing, "Autre sujet")
        other = await Book(ground.service, second.id).true()

        def retold(log: list[LogEntry]) -> list[LogEntry]:
            return book.stamped([*log[:4], *(lie(log[:4], other) for lie, _ in LIES.values()), *log[4:]])

        Retold(door, book, retold)
        async with ground.mayor.client(door) as mayor:
            thread = mayor.thread(ground.thread)
            await thread.load()
            assert refusals(thread) == [(error, False) for _, error in LIES.values()]
            assert texts(thread) == list(LINES)
            await doctor.thread(ground.thread).send("Et le loyer ?")
            await hears(mayor, "Et le loyer ?")
            await doctor.thread(ground.thread).send("Vous êtes là ?")
            assert isinstance((await first(mayor, NotRendered, lambda item: item.stopped)).reason, Fork)
    await reads_on(ground, ground.secretary, "Et le loyer ?", "Vous êtes là ?")


@pytest.mark.attack("forks a thread between its sides")
async def test_each_side_a_history_of_its_own(ground: Ground) -> None:
    """Both are stamped; the first word of one side to the other tells."""
    door, book = ground.door(), ground.book
    Retold(door, book, lambda log: book.stamped([*log[:4], *(event(each, at=each.at + 5) for each in log[4:])]))
    async with ground.mayor.client() as mayor, ground.doctor.client(door) as doctor:
        await mayor.thread(ground.thread).send("Oui, depuis mars")
        await hears(doctor, "Oui, depuis mars")
        await doctor.thread(ground.thread).send("Je viens le voir")
        refused = await first(mayor, NotRendered)
        assert isinstance(refused.reason, Fork)
        assert refused.stopped
        assert "Je viens le voir" not in texts(mayor.thread(ground.thread))
        names = await mayor._running.runtime.storage.names("evidence.")
        assert names == [f"evidence.{ground.thread.hex()}"]
        with pytest.raises(Stopped):
            await mayor.thread(ground.thread).send("Vous m’entendez ?")


@pytest.mark.attack("acknowledges a message and drops it")
async def test_an_ack_for_what_is_not_kept(ground: Ground) -> None:
    """It stamps a place for it that it gives to something else: the next event there tells."""
    door, book = ground.door(), ground.book

    async def acked(command: Send) -> Ack:
        log = await book.true()
        (*_, last) = book.stamped([*log, made("message", 0, command.payload, log[-1].at + 1)])
        return Ack(ref=command.ref, thread=ground.thread, seq=last.seq, at=last.at, proof=last.proof)

    async with ground.mayor.client() as mayor, ground.doctor.client(door) as doctor:
        await doctor.thread(ground.thread).load()
        door.hear(Send, acked)
        await doctor.thread(ground.thread).send("Perdu")
        await mayor.thread(ground.thread).send("Vous êtes là ?")
        refused = await first(doctor, NotRendered)
        assert isinstance(refused.reason, Fork)
        assert refused.stopped
    await reads_on(ground, ground.mayor, "Vous êtes là ?", to=ground.secretary)


@pytest.mark.attack("acknowledges a message and never takes it")
async def test_an_ack_without_a_place(ground: Ground) -> None:
    """An ack without a stamp of its place is none: the message is not said to be sent, and stays on the device."""
    door = ground.door()
    door.hear(Send, lambda c: Ack(ref=c.ref, thread=ground.thread, seq=5, at=2**41, proof=os.urandom(96)))
    device = ground.doctor.device
    async with ground.doctor.client(door) as doctor:
        await doctor.thread(ground.thread).load()
        with pytest.raises(Stopped):
            await doctor.thread(ground.thread).send("Perdu ?")
        assert len(await device.names("outbox.")) == 1
    async with ground.mayor.client() as mayor, ground.doctor.client():
        await hears(mayor, "Perdu ?")
    assert isinstance(device, MemoryStorage)
