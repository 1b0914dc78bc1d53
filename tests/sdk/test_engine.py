"""Working off a welcome: everything that it announced is read before `since` moves, over failures too."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec
import pytest

from messaging.domain.vocabulary import RECIPIENT
from messaging.wire.commands import AnyCommand, DeskPull, Threads
from messaging.wire.events import DeskEntries, Event, Receipt, ThreadOpened, ThreadsPage, ThreadState, Welcome
from messaging.wire.types import Presentation
from pli_client import MemoryStorage, Message, local
from pli_client.engine import Engine
from pli_client.errors import ClientError, StorageDamaged, TimedOut, WrongService
from pli_client.runtime import Runtime
from pli_client.session import Session, Unasked, Welcomed
from tests.sdk.rig import HttpService, ScriptedLink, next_event, runtime
from tests.sdk.test_seating import Person, founder
from tests.sdk.world import NOW, PREKEY_INDEX, SERVICE_ID, Stream, World
from tests.support.waiting import until

K = TypeVar("K")


class ListingLink(ScriptedLink):
    """A service with several threads and a list of them, in pages."""

    def __init__(self, worlds: Sequence[World]) -> None:
        super().__init__([], {}, PREKEY_INDEX)
        self.logs = {
            world.thread: ScriptedLink(world.service.entries, {0: world.opening.wraps}, PREKEY_INDEX)
            for world in worlds
        }
        self.pages: list[list[ThreadState]] = [[]]
        self.listed: list[tuple[int | None, bytes | None]] = []
        self.failed: ClientError | None = None

    def fail(self, reason: ClientError) -> None:
        self.failed = reason

    async def request(self, command: AnyCommand, kind: type[K], *, timeout_s: float | None) -> K:
        answer: object
        if isinstance(command, Threads):
            self.listed.append((command.since, command.after))
            if self.failures:
                self.failures -= 1
                raise TimedOut("the service did not answer in time")
            page = self.pages.pop(0)
            answer = ThreadsPage(ref=0, now=NOW, threads=page, more=bool(self.pages))
        elif isinstance(command, DeskPull):
            answer = DeskEntries(ref=0, mailbox=command.mailbox, entries=[], head_seq=0)
        else:
            log = self.logs[getattr(command, "thread", b"")]
            return await log.request(command, kind, timeout_s=timeout_s)
        assert isinstance(answer, kind)
        return answer


@dataclass
class Town:
    """A town hall's engine on one device, and what its service has."""

    mayor: Person
    worlds: Sequence[World]
    link: ListingLink
    parts: Runtime
    session: Session
    engine: Engine

    def welcome(self, *states: ThreadState, complete: bool = True, more: bool = False, now: int = NOW) -> Welcomed:
        self.session.open("ticket")
        made = Welcome(
            ref=1,
            now=now,
            service=SERVICE_ID,
            stream_epoch=1,
            account=bytes(16),
            seats=[self.mayor.view],
            threads=list(states),
            more=more,
        )
        self.session._announced = made
        return Welcomed(made, complete)

    async def work_off(self, welcomed: Welcomed) -> None:
        self.engine.handle(welcomed)
        async with asyncio.timeout(30):
            await self.engine.ready.wait()

    async def texts(self, count: int) -> set[str | None]:
        events = [await next_event(self.parts.inbox) for _ in range(count)]
        return {event.text for event in events if isinstance(event, Message)}


def state(world: World, seq: int | None = None) -> ThreadState:
    return ThreadState(
        thread=world.thread,
        mailbox=world.town.mailbox,
        party=RECIPIENT,
        target=world.target,
        peer=Presentation("Médecin", "Bretagne"),
        seq=len(world.service.entries) if seq is None else seq,
        epoch=0,
        opened_at=NOW,
        last_at=NOW,
        stage="solicited",
        read_seq=0,
        peer_read_seq=0,
        revealed=False,
    )


async def make_town(storage: MemoryStorage, mayor: Person, worlds: Sequence[World], sync: local.Sync) -> Town:
    link = ListingLink(worlds)
    parts = runtime(link, mayor.keeper, mayor.service, storage)
    session = Session(bytes(16), Stream("session"), since=sync.since, stream_epoch=sync.stream_epoch)
    engine = Engine(parts, session, mayor.seating, sync)
    await engine.start()
    return Town(mayor, worlds, link, parts, session, engine)


@pytest.fixture
async def mayor() -> Person:
    return await founder(HttpService())


@pytest.fixture
async def worlds(mayor: Person) -> list[World]:
    keys = await mayor.read()
    made = sorted((World(f"thread {n}", keys) for n in range(3)), key=lambda world: world.thread)
    for n, world in enumerate(made):
        world.say(0, f"bonjour {n}")
    return made


@pytest.fixture
async def town(mayor: Person, worlds: list[World]) -> Town:
    return await make_town(MemoryStorage(), mayor, worlds, local.Sync())


async def test_everything_is_read_before_since_moves(town: Town, worlds: list[World]) -> None:
    await town.work_off(town.welcome(*(state(world) for world in worlds)))
    assert await town.texts(3) == {"bonjour 0", "bonjour 1", "bonjour 2"}
    assert (town.session.since, town.session.stream_epoch) == (NOW, 1)
    assert town.link.listed == []


async def test_further_pages_are_listed_from_the_last_thread_on(town: Town, worlds: list[World]) -> None:
    town.link.pages = [[state(worlds[1])], [state(worlds[2])]]
    await town.work_off(town.welcome(state(worlds[0]), more=True))
    assert await town.texts(3) == {"bonjour 0", "bonjour 1", "bonjour 2"}
    assert town.link.listed == [(None, worlds[0].thread), (None, worlds[1].thread)]


async def test_pages_that_do_not_advance_end_the_listing(town: Town, worlds: list[World]) -> None:
    town.link.pages = [[state(worlds[0])], [state(worlds[1])], [state(worlds[2])]]
    await town.work_off(town.welcome(state(worlds[0]), more=True))
    assert len(town.link.listed) == 1


async def test_after_a_resync_all_threads_are_listed(mayor: Person, worlds: list[World]) -> None:
    known = local.Sync(NOW - 5, 7, (worlds[0].town.mailbox,))
    town = await make_town(MemoryStorage(), mayor, worlds, known)
    town.link.pages = [[state(world) for world in worlds]]
    await town.work_off(town.welcome(complete=False))
    assert town.link.listed == [(None, None)]
    assert await town.texts(3) == {"bonjour 0", "bonjour 1", "bonjour 2"}


async def test_a_mailbox_that_is_new_here_is_listed_from_the_beginning(mayor: Person, worlds: list[World]) -> None:
    town = await make_town(MemoryStorage(), mayor, worlds, local.Sync(NOW - 5, 1, ()))
    town.link.pages = [[state(world) for world in worlds]]
    await town.work_off(town.welcome())
    assert town.link.listed == [(None, None)]


async def test_what_fails_on_the_way_is_tried_again(
    town: Town, worlds: list[World], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pli_client.engine.retry_s", 0.01)
    town.link.failures = 2
    town.link.pages = [[state(worlds[1])]]
    town.engine.handle(town.welcome(state(worlds[0]), more=True))
    await asyncio.sleep(0)
    assert town.session.since is None
    async with asyncio.timeout(30):
        await town.engine.ready.wait()
    assert len(town.link.listed) == 3
    assert await town.texts(2) == {"bonjour 0", "bonjour 1"}


async def test_a_newer_welcome_replaces_the_one_that_is_worked_off(town: Town, worlds: list[World]) -> None:
    town.engine.handle(town.welcome(state(worlds[0]), now=NOW))
    town.session.closed(1006)
    await town.work_off(town.welcome(state(worlds[0]), now=NOW + 9))
    assert town.session.since == NOW + 9


async def test_another_service_ends_it(town: Town) -> None:
    welcomed = town.welcome()
    welcomed.welcome.service = b"\x01" * 16
    town.engine.handle(welcomed)
    await until(lambda: town.link.failed is not None)
    assert isinstance(town.link.failed, WrongService)


async def test_an_event_of_a_thread_that_is_not_listed_yet_is_not_lost(town: Town, worlds: list[World]) -> None:
    read_elsewhere = msgspec.structs.replace(state(worlds[0]), read_seq=2)
    late = worlds[0].say(0, "entre-temps")
    town.engine.handle(
        Unasked(
            Event(
                thread=worlds[0].thread,
                seq=late.seq,
                at=late.at,
                kind=late.kind,
                party=late.party,
                payload=late.payload,
                proof=late.proof,
            )
        )
    )
    await town.work_off(town.welcome(read_elsewhere))
    assert await town.texts(1) == {"entre-temps"}


async def test_a_restart_shows_only_what_is_new(mayor: Person, worlds: list[World]) -> None:
    device = MemoryStorage()
    first_run = await make_town(device, mayor, worlds, local.Sync())
    await first_run.work_off(first_run.welcome(*(state(world) for world in worlds)))
    reader = first_run.parts.inbox.read()
    for _ in worlds:
        await anext(reader)
    nothing_more = asyncio.ensure_future(anext(reader))
    await asyncio.sleep(0)
    nothing_more.cancel()
    await first_run.engine.close()

    sync = await local.load(device, local.SYNC, local.Sync)
    assert sync is not None
    assert sync.since == NOW
    worlds[1].say(0, "et puis")
    second_run = await make_town(device, mayor, worlds, sync)
    await second_run.work_off(second_run.welcome(state(worlds[1]), now=NOW + 5))
    assert len(second_run.engine.catalogue.threads) == 3
    assert await second_run.texts(1) == {"et puis"}
    assert second_run.link.listed == []


async def test_storage_that_does_not_open_ends_it(town: Town) -> None:
    await town.parts.storage.put("outbox.1", b"\x00garbage")
    town.engine.handle(town.welcome())
    await until(lambda: town.link.failed is not None)
    assert isinstance(town.link.failed, StorageDamaged)


async def test_what_is_written_later_shows_whatever_the_service_says_was_read(town: Town, worlds: list[World]) -> None:
    await town.work_off(town.welcome(msgspec.structs.replace(state(worlds[0]), read_seq=1_000_000)))
    late = worlds[0].say(0, "plus tard")
    town.engine.handle(
        Unasked(
            Event(
                thread=worlds[0].thread,
                seq=late.seq,
                at=late.at,
                kind=late.kind,
                party=late.party,
                payload=late.payload,
                proof=late.proof,
            )
        )
    )
    assert await town.texts(1) == {"plus tard"}


async def test_a_state_that_a_receipt_overtook_takes_it_not_back(town: Town, worlds: list[World]) -> None:
    await town.work_off(town.welcome(state(worlds[0], 9)))
    thread = town.engine.catalogue.threads[worlds[0].thread]
    for party in (0, 1):
        town.engine.handle(Unasked(Receipt(thread=worlds[0].thread, party=party, seq=2, at=NOW)))
    town.engine.handle(Unasked(ThreadOpened(state(worlds[0], 9))))
    assert (thread.state.read_seq, thread.state.peer_read_seq) == (2, 2)
