"""The command `rotate` on the real service: what it takes, what it refuses, and what it does to what crosses it."""

import asyncio
import contextlib
import itertools
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from messaging.app import system_clock
from messaging.domain.authorization import Grant, Operation
from messaging.domain.ids import MailboxId, ThreadId
from messaging.domain.relation import Safety
from messaging.domain.vocabulary import INITIATOR, RECIPIENT, SERVICE, EventKind
from messaging.e2ee import epoch, pseudonym
from messaging.e2ee.encoding import frame
from messaging.e2ee.epoch import EpochRecord
from messaging.e2ee.pseudonym import Pseudonym, PublicPseudonym
from messaging.e2ee.release import parse_released
from messaging.e2ee.reset import make_reset
from messaging.services.mailboxes import roster_head
from messaging.services.messages import NewEvent, append_events
from messaging.wire.commands import AnyCommand, Pull, Rotate, Wraps
from messaging.wire.events import Events, LogEntry, WrapsList
from tests.support.server import RunningService, running_service
from tests.support.talk import Line, claimed_opening, log_head
from tests.support.world import Someone, World

pytestmark = pytest.mark.slow

REF = 9


@dataclass
class Talk:
    """A thread of the project with the town hall, and both ends of it."""

    service: RunningService
    world: World
    doctor: Line
    town: Line

    @property
    def thread(self) -> bytes:
        return self.doctor.thread

    def who(self, line: Line) -> Someone:
        return self.world.mayor if line.party == RECIPIENT else self.world.holder

    async def head(self) -> bytes:
        return await log_head(self.world, self.world.holder, self.thread)

    async def tell(self, who: Someone, command: AnyCommand) -> dict[str, Any]:
        async with self.world.socket(who) as socket:
            answer: dict[str, Any] = json.loads(await socket.ask(command))
        return answer

    async def told(self, who: Someone, command: AnyCommand) -> str:
        """The type of the answer, or the problem's code."""
        return code(await self.tell(who, command))

    async def log(self) -> list[LogEntry]:
        async with self.world.socket(self.world.holder) as socket:
            answer = await socket.ask(Pull(ref=REF, thread=self.thread, after=0))
        return msgspec.json.decode(answer, type=Events).events

    async def rotated(self, line: Line) -> Line:
        """A side rotates; its end of the thread in the new epoch."""
        command, after = line.rotation(REF, await self.head())
        assert await self.told(self.who(line), command) == "ack"
        return after


def code(answer: dict[str, Any]) -> str:
    return str(answer["problem"]["code"] if answer["t"] == "err" else answer["t"])


@contextlib.asynccontextmanager
async def talking(url: str, folder: Path) -> AsyncIterator[Talk]:
    async with running_service(url, folder, with_worker=False) as service, World.made(service) as world:
        command, doctor, town = await claimed_opening(
            world, (world.project, world.holder), (world.town, world.mayor), REF
        )
        talk = Talk(service, world, doctor, town)
        assert await talk.told(world.holder, command) == "ack"
        yield talk


@pytest.fixture
async def talk(database_url: str, tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(database_url, tmp_path) as made:
        yield made


@pytest.fixture
async def small(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Talk]:
    """The same on SQLite only, for what does not depend on the store."""
    async with talking(sqlite_url, tmp_path) as made:
        yield made


async def test_both_sides_renew_in_turn_and_talk_on(talk: Talk) -> None:
    town = await talk.rotated(talk.town)
    first_secret, doctor = town.secret, talk.doctor.following(town)
    assert await talk.told(talk.world.holder, doctor.send(REF)) == "ack"
    doctor = await talk.rotated(doctor)
    town = town.following(doctor)
    assert await talk.told(talk.world.agent, town.send(REF)) == "ack"

    log = await talk.log()
    assert [(e.kind, e.party) for e in log] == [
        ("epoch", 0),
        ("message", 0),
        ("epoch", 1),
        ("message", 0),
        ("epoch", 0),
        ("message", 1),
    ]
    first = epoch.verify_first(log[0].payload, thread=talk.thread, head_0=talk.doctor.head_0)
    second = epoch.verify_rotation(first, log[2].payload, party=RECIPIENT)
    third = epoch.verify_rotation(second, log[4].payload, party=INITIATOR)
    async with talk.world.socket(talk.world.holder) as socket:
        wraps = msgspec.json.decode(await socket.ask(Wraps(ref=REF, thread=talk.thread)), type=WrapsList)
    assert [each.epoch for each in wraps.epochs] == [0, 1, 2]
    assert epoch.open_epoch(second, wraps.epochs[1].wraps, INITIATOR, talk.doctor.own.kem) == first_secret
    assert epoch.open_epoch(third, wraps.epochs[2].wraps, INITIATOR, doctor.own.kem) == doctor.secret


async def test_the_same_bytes_again_get_the_first_ack(talk: Talk) -> None:
    command, town = talk.town.rotation(REF, await talk.head())
    first = await talk.tell(talk.world.mayor, command)
    assert await talk.tell(talk.world.mayor, command) == first
    assert await talk.told(talk.world.mayor, town.send(REF)) == "ack"
    doctor = await talk.rotated(talk.doctor.following(town))
    assert await talk.tell(talk.world.mayor, command) == first, "also after another epoch"
    assert await talk.told(talk.world.holder, command) == "not_found", "it is the town's"
    assert [e.kind for e in await talk.log()].count("epoch") == 3
    assert await talk.told(talk.world.holder, doctor.send(REF)) == "ack"


async def test_the_loser_is_told_that_another_record_came_first(talk: Talk) -> None:
    head = await talk.head()
    mine, _ = talk.town.rotation(REF, head)
    theirs, _ = talk.doctor.rotation(REF, head)
    twin, _ = talk.town.rotation(REF, head)
    assert await talk.told(talk.world.mayor, mine) == "ack"
    assert await talk.told(talk.world.holder, theirs) == "stale_epoch"
    assert await talk.told(talk.world.mayor, twin) == "stale_epoch", "a colleague's, of the same pseudonym"
    assert await talk.told(talk.world.holder, talk.doctor.send(REF)) == "stale_epoch"


async def test_a_record_made_on_an_old_head_is_made_again(talk: Talk) -> None:
    command, _ = talk.town.rotation(REF, await talk.head())
    assert await talk.told(talk.world.holder, talk.doctor.send(REF)) == "ack"
    assert await talk.told(talk.world.mayor, command) == "stale_head"
    await talk.rotated(talk.town)


async def test_both_sides_rotate_at_once_many_times(talk: Talk) -> None:
    """One record a number, whoever it is; the loser follows and may go on."""
    lines = [talk.doctor, talk.town]
    async with talk.world.socket(talk.world.holder) as holder, talk.world.socket(talk.world.mayor) as mayor:
        for n in range(1, 13):
            head = await talk.head()
            made = [line.rotation(REF, head) for line in lines]
            order = [0, 1] if n % 2 else [1, 0]
            asks = [(holder, mayor)[party].ask(made[party][0]) for party in order]
            answers = dict(zip(order, [json.loads(a) for a in await asyncio.gather(*asks)], strict=True))
            codes = {party: code(answer) for party, answer in answers.items()}
            assert sorted(codes.values()) == ["ack", "stale_epoch"]
            winner = next(party for party, told in codes.items() if told == "ack")
            lines[winner] = made[winner][1]
            lines[1 - winner] = lines[1 - winner].following(lines[winner])
    records = [epoch.parse_signed(e.payload).record for e in await talk.log() if e.kind == "epoch"]
    assert [record.n for record in records] == list(range(13))
    assert all(after.prev == before.hash for before, after in itertools.pairwise(records))


async def test_a_send_and_a_rotation_at_once(talk: Talk) -> None:
    """Either order may win; the log is one history, and what lost was stored nowhere."""
    doctor, town = talk.doctor, talk.town
    seen: set[tuple[str, str]] = set()
    async with talk.world.socket(talk.world.holder) as holder, talk.world.socket(talk.world.mayor) as mayor:
        for n in range(16):
            command, after = town.rotation(REF, await talk.head())
            send = doctor.send(REF)
            asks = [holder.ask(send), mayor.ask(command)]
            if n % 2:
                sent, rotated = [code(json.loads(a)) for a in await asyncio.gather(*asks)]
            else:
                rotated, sent = [code(json.loads(a)) for a in await asyncio.gather(*reversed(asks))]
            seen.add((sent, rotated))
            assert (sent, rotated) in {("ack", "stale_head"), ("stale_epoch", "ack")}
            if rotated == "ack":
                town, doctor = after, doctor.following(after)
            stored = [e.payload for e in await talk.log()]
            assert (send.payload in stored) == (sent == "ack")
            assert (command.signed_record in stored) == (rotated == "ack")
    assert seen


async def test_a_rotation_that_lies(small: Talk) -> None:
    talk = small
    head = await talk.head()
    good, _ = talk.town.rotation(REF, head)
    other, _ = talk.town.rotation(REF, head)
    stranger = pseudonym.derive(os.urandom(32), pseudonym.thread_slot(talk.thread, 1))
    unvouched, _ = talk.town.rotation(REF, head, stranger)
    old_only = _resigned(good, talk.town, old=None)
    for lying, told in (
        (msgspec.structs.replace(good, signed_record=_flipped(good.signed_record)), "unverifiable"),
        (msgspec.structs.replace(good, signed_record=b"noise"), "unverifiable"),
        (msgspec.structs.replace(good, wraps=good.wraps[::-1]), "unverifiable"),
        (msgspec.structs.replace(good, wraps=other.wraps), "unverifiable"),
        (msgspec.structs.replace(good, own=bytes(64)), "unverifiable"),
        (msgspec.structs.replace(unvouched, own=good.own), "unverifiable"),
        (msgspec.structs.replace(good, thread=os.urandom(16)), "not_found"),
        (old_only, "unverifiable"),
        (_resigned(good, talk.town, n=2), "unverifiable"),
        (_resigned(good, talk.town, prev=os.urandom(32)), "unverifiable"),
        (_resigned(good, talk.town, thread_head=os.urandom(32)), "stale_head"),
        (_resigned(good, talk.town, thread=os.urandom(16)), "unverifiable"),
        (_resigned(good, talk.town, parties=talk.town.record.parties), "unverifiable"),
        (_resigned(good, talk.town, parties=_both_renewed(talk, good)), "unverifiable"),
        (_with_kem(good, talk, bytes(1216)), "unverifiable"),
        (_with_kem(good, talk, _low_order(good)), "unverifiable"),
    ):
        assert await talk.told(talk.world.mayor, lying) == told
    assert await talk.told(talk.world.holder, good) == "not_found"
    assert await talk.told(talk.world.stranger, good) == "not_found"
    assert [e.kind for e in await talk.log()] == ["epoch", "message"]
    assert await talk.told(talk.world.agent, good) == "ack"


async def test_a_frozen_thread_renews_its_keys_and_says_nothing(small: Talk) -> None:
    thread = ThreadId(small.thread)
    async with small.service.service.store.transaction() as tx:
        row = (await tx.threads.lock([thread]))[thread]
        await tx.threads.update([msgspec.structs.replace(row, safety=Safety.FROZEN)])
    town = await small.rotated(small.town)
    assert await small.told(small.world.mayor, town.send(REF)) == "frozen"


async def test_only_a_rotation_of_that_side_ends_what_a_removal_asks(talk: Talk) -> None:
    thread = ThreadId(talk.thread)
    async with talk.service.service.store.transaction() as tx:
        row = (await tx.threads.lock([thread]))[thread]
        await tx.threads.update([msgspec.structs.replace(row, renew=0b10)])
    assert await talk.told(talk.world.mayor, talk.town.send(REF)) == "rotation_needed"
    assert await talk.told(talk.world.holder, talk.doctor.send(REF)) == "ack", "the peer is not concerned"
    doctor = await talk.rotated(talk.doctor)
    town = talk.town.following(doctor)
    assert await talk.told(talk.world.mayor, town.send(REF)) == "rotation_needed", "nor can the peer end it"
    town = await talk.rotated(town)
    assert await talk.told(talk.world.mayor, town.send(REF)) == "ack"


async def test_a_thread_opened_on_a_prekey_from_before_a_removal_must_be_renewed(small: Talk) -> None:
    """It was claimed before, and opened after: who left knows its keys."""
    world, store = small.world, small.service.service.store
    command, _, town = await claimed_opening(world, (world.project, world.holder), (world.town, world.mayor), REF)
    mailbox = MailboxId(world.town.mailbox)
    renewal = world.town.renewal(world.mayor)
    world.town.adopt(renewal)
    async with store.transaction() as tx:
        newer = roster_head(world.town.state)
        await tx.rosters.append(Grant(Operation.SEAT_ADMIT, mailbox=mailbox), newer, renewal.body.rotate)
    assert await small.told(world.holder, command) == "ack"
    assert await small.told(world.mayor, town.send(REF)) == "rotation_needed"
    async with store.reading() as tx:
        rows = await tx.threads.get([ThreadId(command.thread), ThreadId(small.thread)])
    assert rows[ThreadId(command.thread)].renew == 0b10
    assert rows[ThreadId(small.thread)].renew == 0


async def test_who_vouches_is_kept_for_each_epoch_and_shown_to_nobody(small: Talk) -> None:
    command, _ = small.town.rotation(REF, await small.head())
    async with small.world.socket(small.world.holder) as holder:
        assert await small.told(small.world.mayor, command) == "ack"
        heard = [json.loads(await holder.next())]
        raw = await holder.ask(Pull(ref=REF, thread=small.thread, after=0))
        wraps = await holder.ask(Wraps(ref=REF, thread=small.thread))
    own = msgspec.json.encode(command.own).strip(b'"')
    assert [(event["t"], event["kind"], event["party"]) for event in heard] == [("event", "epoch", 1)]
    assert own not in raw + wraps + json.dumps(heard).encode()
    grant = Grant(Operation.EVENTS_PULL, thread=ThreadId(small.thread), party=RECIPIENT)
    async with small.service.service.store.reading() as tx:
        kept = await tx.events.epoch(grant, 1)
        assert kept is not None
        assert (kept.seq, kept.payload) == (3, command.signed_record)
        assert await tx.events.epoch(grant, 2) is None


async def _tell_reset(talk: Talk, party: int, n: int) -> None:
    """What the platform will bring about: the event that says that a side begins anew."""
    running, thread = talk.service.service, ThreadId(talk.thread)
    event = NewEvent(EventKind.RESET, SERVICE, make_reset(party, n, "the platform’s word, for the clients to check"))
    async with running.store.transaction() as tx:
        row = (await tx.threads.lock([thread]))[thread]
        await append_events(tx, row, [event], system_clock(), running.context.stamper)


async def test_without_the_old_pseudonym_only_a_side_that_was_reset_renews(talk: Talk) -> None:
    async def anew() -> Rotate:
        return _resigned(talk.town.rotation(REF, await talk.head())[0], talk.town, old=None)

    assert await talk.told(talk.world.mayor, await anew()) == "unverifiable"
    for party, n in ((INITIATOR, 0), (RECIPIENT, 1)):
        await _tell_reset(talk, party, n)
        assert await talk.told(talk.world.mayor, await anew()) == "unverifiable", "of another side, or epoch"
    await _tell_reset(talk, RECIPIENT, 0)
    await _tell_reset(talk, RECIPIENT, 0)
    doctors = talk.doctor.rotation(REF, await talk.head())[0]
    assert await talk.told(talk.world.holder, _resigned(doctors, talk.doctor, old=None)) == "unverifiable"
    command = await anew()
    assert await talk.told(talk.world.mayor, command) == "ack"
    assert await talk.told(talk.world.mayor, command) == "ack"


async def test_a_reset_that_another_epoch_ended_is_over(talk: Talk) -> None:
    await _tell_reset(talk, RECIPIENT, 0)
    town = talk.town.following(await talk.rotated(talk.doctor))
    command, _ = town.rotation(REF, await talk.head())
    new = town.keys.pseudonym(pseudonym.thread_slot(town.thread, 2))
    record = epoch.parse_signed(command.signed_record).record
    statement = frame("pli1/epoch-sig", record.encoded)
    unsigned = frame("pli1/signed-record", record.encoded, new.sign.sign(statement), b"")
    assert await talk.told(talk.world.mayor, msgspec.structs.replace(command, signed_record=unsigned)) == "unverifiable"
    assert await talk.told(talk.world.mayor, command) == "ack"


async def test_a_card_that_waits_is_released_after_a_rotation_as_it_was_sealed(talk: Talk) -> None:
    given = talk.doctor.give(REF, system_clock())
    assert await talk.told(talk.world.holder, given) == "ok"
    town = await talk.rotated(talk.town)
    doctor = await talk.rotated(talk.doctor.following(town))
    town = town.following(doctor)
    late = talk.town.give(REF, system_clock())
    assert await talk.told(talk.world.mayor, late) == "stale_epoch", "a card is given under the epoch in force"
    answer = town.give(REF, system_clock())
    assert await talk.told(talk.world.mayor, answer) == "ok"
    released = (await talk.log())[-1]
    assert released.kind == "released"
    assert [each.payload for each in parse_released(released.payload)] == [given.payload, answer.payload]


def _flipped(data: bytes) -> bytes:
    changed = bytearray(data)
    changed[len(data) // 2] ^= 1
    return bytes(changed)


def _resigned(command: Rotate, line: Line, *, old: Pseudonym | str | None = "own", **fields: Any) -> Rotate:
    """The rotation with another record, truly signed by both of its pseudonyms."""
    record: EpochRecord = replace(epoch.parse_signed(command.signed_record).record, **fields)
    new = line.keys.pseudonym(pseudonym.thread_slot(line.thread, 1))
    statement = frame("pli1/epoch-sig", record.encoded)
    sig_old = line.own.sign.sign(statement) if old == "own" else b""
    signed = frame("pli1/signed-record", record.encoded, new.sign.sign(statement), sig_old)
    return msgspec.structs.replace(command, signed_record=signed)


def _both_renewed(talk: Talk, command: Rotate) -> tuple[PublicPseudonym, PublicPseudonym]:
    new = epoch.parse_signed(command.signed_record).record.parties[RECIPIENT]
    return talk.doctor.keys.pseudonym(pseudonym.thread_slot(talk.thread, 1)).public, new


def _with_kem(command: Rotate, talk: Talk, kem: bytes) -> Rotate:
    """A new pseudonym whose KEM key can receive nothing, signed and vouched for all the same."""
    zero, one = epoch.parse_signed(command.signed_record).record.parties
    broken = PublicPseudonym(one.sign, kem)
    made = _resigned(command, talk.town, parties=(zero, broken))
    return msgspec.structs.replace(made, own=talk.town.keys.own_signature(broken))


def _low_order(command: Rotate) -> bytes:
    return epoch.parse_signed(command.signed_record).record.parties[RECIPIENT].kem[:1184] + bytes(32)
