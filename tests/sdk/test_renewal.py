"""Renewing one's own keys in a thread: before one's own message or at the window's end, once, by whoever is there."""

import asyncio
import dataclasses
from collections.abc import Callable
from typing import TypeVar, cast

import pytest

from messaging.domain.vocabulary import INITIATOR, RECIPIENT, EventKind, MessageKind
from messaging.e2ee import epoch, mailbox, pseudonym
from messaging.e2ee.content import encode_text
from messaging.e2ee.message import parse_payload
from messaging.e2ee.pseudonym import thread_slot, verify_own
from messaging.e2ee.roster import Generation
from messaging.wire.commands import AnyCommand, Rotate
from messaging.wire.events import Ack, LogEntry, Problem
from pli_client import MemoryStorage, Thread, local, schedule
from pli_client.desk import Desk
from pli_client.errors import ProblemError, TimedOut
from pli_client.link import Link
from pli_client.log import ThreadLog
from pli_client.rotating import Rotator
from pli_client.runtime import Runtime
from pli_client.views import Message
from tests.sdk.rig import HttpService, opened_keeper, runtime
from tests.sdk.test_engine import state
from tests.sdk.test_log import rotate
from tests.sdk.test_outbox import Sender, WritableLink
from tests.sdk.world import NOW, PREKEY_INDEX, World
from tests.support.waiting import until

K = TypeVar("K")
DAY = schedule.DAY_MS


def refused(code: str) -> ProblemError:
    return ProblemError(Problem(f"/problems/{code}", code, 409, code, retryable=True))


class RenewingLink(WritableLink):
    """A service that also takes the town hall's rotations, with the rules of the real one."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.rotations: list[Rotate] = []
        self.before: list[Callable[[], None]] = []
        """What happens at the service just before each of the next rotations."""
        self.must_renew = False
        self.is_silent = False
        """Whether a rotation that was taken gets no answer."""

    async def request(self, command: AnyCommand, kind: type[K], *, timeout_s: float | None) -> K:
        if not isinstance(command, Rotate):
            self.refusing = "rotation_needed" if self.must_renew else None
            return await super().request(command, kind, timeout_s=timeout_s)
        self.rotations.append(command)
        if self.before:
            self.before.pop(0)()
        record = epoch.parse_signed(command.signed_record).record
        if record.n <= self.in_force:
            raise refused("stale_epoch")
        if record.thread_head != self.world.service.head:
            raise refused("stale_head")
        entry = self.store(epoch.Opening(record, command.signed_record, command.wraps, b""), RECIPIENT)
        self.must_renew = False
        if self.is_silent:
            raise TimedOut("the service did not answer in time")
        answer: object = Ack(ref=0, thread=self.world.thread, seq=entry.seq, at=entry.at, proof=entry.proof)
        return cast(K, answer)

    def store(self, made: epoch.Opening, party: int) -> LogEntry:
        self.wraps[made.record.n] = made.wraps
        self.in_force = made.record.n
        return self.world.service.add(EventKind.EPOCH, party, made.signed)

    def other_side_rotates(self) -> None:
        """The doctor's rotation, stored and not yet heard of."""
        doctor = self.world.logs[INITIATOR]
        doctor.append(self.world.service.entries)
        self.store(rotate(self.world, INITIATOR), INITIATOR)

    def colleague_rotates(self) -> None:
        """Another seat of the town hall does what this one is about to do."""
        world, colleague = self.world, ThreadLog(self.world.logs[RECIPIENT].side, self.world.logs[0]._trust)
        colleague.epochs.add_wraps(self.wraps, PREKEY_INDEX)
        colleague.append(world.service.entries)
        current = colleague.epochs[-1]
        made = epoch.make_rotation(
            current.record,
            party=RECIPIENT,
            old=current.own,
            new=world.town.pseudonym(thread_slot(world.thread, current.record.n + 1)),
            thread_head=colleague.head,
            entropy=world.entropy,
        )
        self.store(made, RECIPIENT)


class Town(Sender):
    """The town hall with a clock of its own and a service that takes rotations."""

    link: RenewingLink
    now = NOW

    async def say_at(self, at: int, text: str) -> None:
        self.now = at
        await self.say(text)

    @property
    def window(self) -> schedule.Window:
        standing = self.follower.log.epochs.standing
        assert standing is not None
        return self.renewal.window(standing, self.follower.log.seq)

    @property
    def log(self) -> ThreadLog:
        return self.follower.log


@pytest.fixture
async def town() -> Town:
    world, service = World(), HttpService()
    world.talk((0, "Bonjour"))
    link = RenewingLink(world)
    parts = runtime(link, await opened_keeper(service, MemoryStorage(), "town"), service)
    made: Town
    parts = dataclasses.replace(parts, clock=lambda: made.now)
    made = Town(world, link, parts)
    await made.follower.catch_up(pull=True)
    link.asked.clear()
    return made


def new_generation(world: World, seen: int) -> bytes:
    """A seat of the town hall was removed: S_1 is in force, and this device sees it at `seen`."""
    seed = mailbox.new_seed(world.entropy)
    identity = mailbox.identity(seed, world.town.mailbox, 1)
    check = mailbox.seed_check(seed, world.town.mailbox, 1)
    made = Generation(1, identity.sign.public, identity.kem.public, check, world.town.roster.head)
    world.town.roster = dataclasses.replace(world.town.roster, generations=(*world.town.roster.generations, made))
    world.town.seeds = {**world.town.seeds, 1: seed}
    world.town.generation_seen = seen
    return seed


async def test_while_the_window_is_closed_a_message_renews_nothing(town: Town) -> None:
    await town.say_at(town.window.opens - 1, "Oui ?")
    assert town.link.rotations == []
    assert town.texts == ["Bonjour", "Oui ?"]


async def test_in_the_open_window_the_keys_are_renewed_just_before_the_own_message(town: Town) -> None:
    await town.say_at(town.window.opens, "Oui ?")
    (rotation,) = town.link.rotations
    kinds = [(entry.kind, entry.party) for entry in town.world.service.entries]
    assert kinds == [("epoch", 0), ("message", 0), ("epoch", 1), ("message", 1)]
    assert [parse_payload(payload).epoch for payload in town.link.sent] == [1]
    assert town.texts == ["Bonjour", "Oui ?"]
    assert await town.kept() == []
    new = epoch.parse_signed(rotation.signed_record).record.parties[RECIPIENT]
    verify_own(town.world.town.roster.identity_sign, town.world.town.mailbox, new.sign, new.kem, rotation.own)
    standing = town.log.epochs.standing
    assert standing is not None
    assert (standing.n, standing.seq, standing.g) == (1, 3, 0)


async def test_the_renewed_pseudonym_rests_again(town: Town) -> None:
    await town.say_at(town.window.opens, "Oui ?")
    await town.say_at(town.window.opens - 1, "Encore")
    assert len(town.link.rotations) == 1


async def test_what_was_sent_before_goes_again_as_it_is_whatever_the_window_says(town: Town) -> None:
    """It may be stored, and its id with other bytes would be a conflict."""
    log = town.world.logs[RECIPIENT]
    payload = log.seal(MessageKind.TEXT, b"\x01" * 16, encode_text("avant"), town.world.entropy)
    town.now = town.window.opens
    left = local.Outgoing(4, town.world.thread, b"\x01" * 16, "text", encode_text("avant"), payload)
    town.outbox.resume(left)
    await until(lambda: bool(town.link.sent))
    assert town.link.rotations == []
    assert town.link.sent == [payload]


async def test_after_a_removal_the_service_takes_nothing_before_the_renewal(town: Town) -> None:
    seed = new_generation(town.world, NOW + DAY)
    town.link.must_renew = True
    town.now = NOW  # the device's clock is late: nothing tells it to renew but the service
    await town.say("Bonjour Docteur")
    assert len(town.link.rotations) == 1
    assert town.rereadings == 1
    first, again = (parse_payload(payload) for payload in town.link.sent)
    assert (first.epoch, again.epoch) == (0, 1)
    assert first.msg_id == again.msg_id
    assert first.salt != again.salt
    assert town.texts[-1] == "Bonjour Docteur"
    assert town.log.epochs.standing is not None
    assert town.log.epochs.standing.g == 1
    assert town.log.epochs[-1].own.public == epoch_pseudonym(seed, town.world.thread, 1)


def epoch_pseudonym(seed: bytes, thread: bytes, n: int) -> tuple[bytes, bytes]:
    return pseudonym.derive(seed, thread_slot(thread, n)).public


async def test_a_colleague_who_is_faster_leaves_nothing_to_do(town: Town) -> None:
    town.link.before = [town.link.colleague_rotates]
    assert await town.renewal.renew() is False
    assert len(town.link.rotations) == 1
    assert len(town.log.epochs) == 2
    assert await town.say("Oui ?") == 4


async def test_the_other_side_who_is_faster_is_followed(town: Town) -> None:
    town.link.before = [town.link.other_side_rotates]
    assert await town.renewal.renew() is True
    assert [epoch.parse_signed(r.signed_record).record.n for r in town.link.rotations] == [1, 2]
    assert town.log.epochs.standing is not None
    assert town.log.epochs.standing.n == 2


async def test_a_message_that_came_meanwhile_makes_it_again(town: Town) -> None:
    town.link.before = [lambda: void(town.world.say(0, "Vous êtes là ?"))] * 2
    assert await town.renewal.renew() is True
    assert len(town.link.rotations) == 3
    assert town.texts[-1] == "Vous êtes là ?"


def void(_: object) -> None: ...


async def test_a_renewal_without_an_answer_holds_up_no_message_and_is_found_in_the_log(town: Town) -> None:
    town.link.is_silent = True
    await town.say_at(town.window.opens, "Oui ?")
    assert town.texts == ["Bonjour", "Oui ?"]
    assert len(town.link.rotations) == 1
    assert town.log.epochs[-1].secret is not None
    town.link.is_silent = False
    await town.say_at(town.window.opens - 1, "Encore")
    assert len(town.link.rotations) == 1


async def test_a_roster_that_went_on_is_read_again(town: Town) -> None:
    refusals = [refused("unverifiable")]

    def refuse() -> None:
        raise refusals.pop()

    town.link.before = [refuse]
    assert await town.renewal.renew() is True
    assert town.rereadings == 1


async def test_a_renewal_that_never_gets_through_is_given_up(town: Town) -> None:
    town.link.before = [lambda: void(town.world.say(0, "…"))] * 99
    with pytest.raises(ProblemError, match="stale_head"):
        await town.renewal.renew()
    assert len(town.link.rotations) == 8


async def test_many_messages_open_the_window(town: Town) -> None:
    for _ in range(schedule.events_max - 2):
        town.world.talk((0, "a"))
    await town.follower.catch_up(pull=True)
    at = town.world.service.entries[-1].at
    assert town.log.epochs.full_at is None
    town.world.talk((0, "b"))
    await town.follower.catch_up(pull=True)
    assert town.log.epochs.full_at == at + 1
    assert town.window.opens == at + 1
    assert town.window.due < at + 1 + schedule.window_max_ms


# The renewals that no message brings about


class Watcher:
    """A device of the town hall that follows several threads, each with a service of its own."""

    def __init__(self, threads: dict[bytes, Thread], links: list[RenewingLink], parts: Runtime) -> None:
        self.threads = threads
        self.links = links
        self.parts = parts
        self.online = True
        self.now = NOW
        self.rotator = Rotator(parts, threads, lambda: self.online)

    @property
    def renewed(self) -> int:
        return sum(len(link.rotations) for link in self.links)

    async def turn(self, at: int) -> None:
        self.now = at
        await self.rotator.turn()
        for _ in range(50):
            await asyncio.sleep(0)


class Dispatch:
    """One line to all of them."""

    def __init__(self, links: list[RenewingLink]) -> None:
        self._links = {link.world.thread: link for link in links}

    async def request(self, command: AnyCommand, kind: type[K], *, timeout_s: float | None) -> K:
        thread: bytes = command.thread  # type: ignore[union-attr]
        return await self._links[thread].request(command, kind, timeout_s=timeout_s)


@pytest.fixture
async def watcher(monkeypatch: pytest.MonkeyPatch) -> Watcher:
    monkeypatch.setattr("pli_client.rotating.turn_s", 0.001)
    first, service = World("one"), HttpService()
    worlds = [first, World("two", first.town), World("three", first.town)]
    for world in worlds:
        world.talk((0, "Bonjour"))
    links = [RenewingLink(world) for world in worlds]
    parts = runtime(Dispatch(links), await opened_keeper(service, MemoryStorage(), "watcher"), service)
    made: Watcher
    parts = dataclasses.replace(parts, link=cast(Link, Dispatch(links)), clock=lambda: made.now)
    threads: dict[bytes, Thread] = {}

    async def reread() -> None: ...

    for world in worlds:
        threads[world.thread] = Thread(
            parts,
            world.town,
            Desk(parts, world.town, 0),
            state(world),
            followed=None,
            reread=reread,
            on_tag=lambda tag: None,
            on_change=lambda thread: None,
        )
    made = Watcher(threads, links, parts)
    for thread in threads.values():
        await thread.load()
    return made


def window(thread: Thread) -> schedule.Window:
    assert thread.window is not None
    return thread.window


async def test_at_the_end_of_its_window_each_thread_is_renewed_at_its_own_time(watcher: Watcher) -> None:
    ends = sorted(window(thread).due for thread in watcher.threads.values())
    await watcher.turn(ends[0] - 1)
    assert watcher.renewed == 0
    for done, end in enumerate(ends, start=1):
        await watcher.turn(end)
        await until(lambda done=done: watcher.renewed >= done)  # type: ignore[misc]
        assert watcher.renewed == done


async def test_what_came_due_while_nobody_was_online_is_taken_up_by_chance(
    watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes home renews nothing in that minute because of it; else the threads would be known for one's."""
    draws: list[float] = []
    monkeypatch.setattr(Rotator, "_drawn", lambda self: draws.pop(0) if draws else 0.99)
    watcher.online = False
    home = max(window(thread).due for thread in watcher.threads.values()) + DAY
    await watcher.turn(home)
    watcher.online = True
    await watcher.turn(home)
    await watcher.turn(home + 60_000)
    await asyncio.sleep(0.02)
    assert watcher.renewed == 0
    draws[:] = [0.99, 0.0, 0.99]
    await watcher.turn(home + 120_000)
    await until(lambda: watcher.renewed > 0)
    assert watcher.renewed == 1, "each has its own chance"


async def test_a_thread_that_nobody_read_here_is_read_to_know_its_age(watcher: Watcher) -> None:
    world = World("four", next(iter(watcher.links)).world.town)
    link = RenewingLink(world)
    cast(Dispatch, watcher.parts.link)._links[world.thread] = link

    async def reread() -> None: ...

    unread = Thread(
        watcher.parts,
        world.town,
        Desk(watcher.parts, world.town, 0),
        state(world),
        followed=None,
        reread=reread,
        on_tag=lambda tag: None,
        on_change=lambda thread: None,
    )
    watcher.threads[world.thread] = unread
    assert unread.window is None
    await watcher.turn(NOW)
    assert unread.window is not None
    again = Thread(
        watcher.parts,
        world.town,
        Desk(watcher.parts, world.town, 0),
        state(world),
        followed=unread.followed(),
        reread=reread,
        on_tag=lambda tag: None,
        on_change=lambda thread: None,
    )
    assert again.window == unread.window, "what is remembered tells it after a restart"


def test_messages_under_both_keys_are_shown_alike() -> None:
    world = World()
    world.talk((0, "avant"))
    entry = world.service.add(EventKind.EPOCH, RECIPIENT, rotate(world, RECIPIENT).signed)
    for log in world.logs:
        log.append([entry])
    world.talk((1, "après"))
    for log in world.logs:
        assert [item.text for item in log.items if isinstance(item, Message)] == ["avant", "après"]
        assert log.epochs.standing is not None
        assert log.epochs.standing.n == log.side.party
