"""Third parties on the real service: whom it lets in and whom not, what they are given, and how it ends."""

import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from httpx import Response

from messaging.domain.authorization import Grant, Operation
from messaging.domain.ids import CaseId, DecisionId, MailboxId, SeatId, ThreadId
from messaging.domain.relation import Safety
from messaging.domain.vocabulary import SERVICE, EventKind, Ground, MailboxKind, Measure, ReportCategory, Role
from messaging.e2ee import epoch, third
from messaging.e2ee.pseudonym import PublicPseudonym
from messaging.e2ee.reset import make_reset
from messaging.e2ee.suite import sha256
from messaging.e2ee.third import Shown
from messaging.fanout.marks import Marks
from messaging.ports import DecisionRow, Mark, side_log
from messaging.services.messages import NewEvent, append_events
from messaging.services.proofs import check_register
from messaging.wire.commands import Accept, AnyCommand, Consents, Invite, Pull, Share, Threads, Wraps
from messaging.wire.events import Events, ThreadsPage, WrapsList
from messaging.wire.moderation import (
    Answer,
    CaseFile,
    Decide,
    InBoth,
    Report,
    ReportTaken,
    Second,
    Unmask,
    Unmasked,
)
from messaging.wire.types import EpochShare
from tests.authorization.court import Court
from tests.support.server import RunningService, running_service
from tests.support.talk import Line, claimed_opening, log_head
from tests.support.thirds import Person, Stay, accept, invitation, invite, let_in
from tests.support.world import Box, Someone, World, newcomer

pytestmark = pytest.mark.slow

REF = 9


@dataclass
class Talk:
    """A thread of the project with the town hall, and a facilitator beside it."""

    service: RunningService
    world: World
    lines: tuple[Line, Line]
    guest: Person

    @property
    def hosts(self) -> tuple[Person, Person]:
        return (self.world.project, self.world.holder), (self.world.town, self.world.mayor)

    @property
    def facilitator(self) -> Someone:
        return self.guest[1]

    async def tell(self, who: Someone, command: AnyCommand) -> dict[str, Any]:
        async with self.world.socket(who) as socket:
            answer: dict[str, Any] = json.loads(await socket.ask(command))
        return answer

    async def told(self, who: Someone, command: AnyCommand) -> str:
        """The type of the answer, or the problem's code."""
        answer = await self.tell(who, command)
        return str(answer["problem"]["code"] if answer["t"] == "err" else answer["t"])

    async def invited(self, *, history: bool = False) -> bytes:
        """The doctor invites; the payload."""
        command, _ = await invite(self.world, self.hosts[0], self.guest, self.lines[0], REF, history=history)
        assert await self.told(self.world.holder, command) == "ack"
        return command.payload

    async def accepting(self, invited: bytes) -> Accept:
        """The mayor's command."""
        head = await log_head(self.world, self.world.holder, self.lines[0].thread)
        return accept(self.lines[1], invited, head, REF)[0]

    async def let_in(self, *, history: bool = False) -> Stay:
        return await let_in(self.world, self.hosts, self.guest, self.lines, history=history)

    async def reopened(self) -> "Talk":
        """Another thread of the same two."""
        return replace(self, lines=await opened(self.world))


async def opened(world: World) -> tuple[Line, Line]:
    command, doctor, town = await claimed_opening(world, (world.project, world.holder), (world.town, world.mayor), REF)
    async with world.socket(world.holder) as socket:
        assert b'"t":"ack"' in await socket.ask(command)
    return doctor, town


@asynccontextmanager
async def talking(url: str, folder: Path) -> AsyncIterator[Talk]:
    async with running_service(url, folder) as service, World.made(service) as world:
        box = await world.register("guest", MailboxKind.PARTNER)
        facilitator = Someone("facilitator", (box.claim(Role.FACILITATOR, admin=True),))
        await world.found(box, facilitator, Role.FACILITATOR)
        yield Talk(service, world, await opened(world), (box, facilitator))


@pytest.fixture
async def talk(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(sqlite_url, tmp_path) as made:
        yield made


async def test_who_is_in_gets_what_comes_after_and_the_register_has_who_agreed(
    database_url: str, tmp_path: Path
) -> None:
    async with talking(database_url, tmp_path) as talk:
        stay = await talk.let_in()
        world, thread = talk.world, talk.lines[0].thread
        async with world.socket(talk.facilitator) as socket:
            page = msgspec.json.decode(await socket.ask(Threads(ref=REF)), type=ThreadsPage)
            log = msgspec.json.decode(await socket.ask(Pull(ref=REF, thread=thread, after=0)), type=Events)
            given = msgspec.json.decode(await socket.ask(Wraps(ref=REF, thread=thread)), type=WrapsList)
        (state,) = page.threads
        assert (state.party, state.target, state.recipient is None) == (2, stay.third.invitation.target, False)
        assert [(entry.seq, entry.kind) for entry in log.events] == [(4, "joined"), (5, "epoch")]
        assert given.entry is not None
        assert (given.entry.seq, given.entry.joined, given.epochs) == (3, stay.third.joined, [])
        assert [share.epoch for share in given.entry.shares] == [1]
        record = epoch.parse_signed(log.events[1].payload).record
        opened_secret = third.open_share(given.entry.shares[0].share, stay.third.id, record, stay.guest.own.kem)
        assert opened_secret == stay.sides[1].secret

        assert await talk.told(talk.facilitator, stay.guest.send(REF)) == "ack"
        assert await talk.told(world.holder, stay.leaving(REF, stay.sides[0])) == "ack"
        for refused in (Pull(ref=REF, thread=thread, after=0), Wraps(ref=REF, thread=thread), stay.guest.send(REF)):
            assert await talk.told(talk.facilitator, refused) == "not_found"
        assert await talk.told(talk.facilitator, stay.leaving(REF, stay.guest)) == "not_found"
        async with talk.service.service.store.reading() as tx:
            register = await tx.consents.register(ThreadId(thread))
            assert [(line.action, line.party, line.seat) for line in register] == [
                ("invite", 0, world.holder.seat),
                ("accept", 1, world.mayor.seat),
                ("leave", 0, world.holder.seat),
            ]
            assert await check_register(tx, ThreadId(thread))


async def test_the_same_command_again_gets_the_first_answer(talk: Talk) -> None:
    world, hosts = talk.world, talk.hosts
    asked, _ = await invite(world, hosts[0], talk.guest, talk.lines[0], REF)
    first, again = [await talk.tell(world.holder, asked) for _ in range(2)]
    assert first == again
    command = await talk.accepting(asked.payload)
    first, again = [await talk.tell(world.mayor, command) for _ in range(2)]
    assert first == again
    assert first["t"] == "ack"
    other = invitation(talk.lines[0], bytes(16), talk.lines[0].own.public, Shown("", "", False, ""))
    twin = third.make_invited(
        third.parse_invited(other)._replace(id=third.parse_invited(asked.payload).id), talk.lines[0].own.sign
    )
    assert await talk.told(world.holder, Invite(ref=REF, claim=asked.claim, payload=twin)) == "conflict"


async def test_word_to_one_end_of_who_came_in_counts_for_that_end_alone(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sides hear other words of it than who came in: any of them may be lost, and a sweep must know whose."""
    hub, publish = talk.service.service.hub, talk.service.service.hub.publish
    said: list[tuple[tuple[MailboxId, ...], Mark]] = []

    def noted(mailboxes: Sequence[MailboxId], encoded: bytes, *, mark: Mark | None = None, **also: Any) -> None:
        if mark is not None:
            said.append((tuple(mailboxes), mark))
        publish(mailboxes, encoded, mark=mark, **also)

    monkeypatch.setattr(hub, "publish", noted)
    await talk.let_in()
    thread = talk.lines[0].thread
    ends = [box.mailbox for box, _ in (*talk.hosts, talk.guest)]
    newest = max(seq for _, (_, seq) in said)
    for lost in ends:
        marks = Marks(100)
        for mailboxes, mark in said:
            if lost not in mailboxes:
                marks.note(mark)
        assert marks.behind((thread, newest))
        behind = [end for end in ends if marks.behind((side_log(thread, end), newest))]
        assert behind == [lost]


async def test_nobody_is_let_in_by_one_side(talk: Talk) -> None:
    """Nor by a grant of another thread, an invitation that was never made, or one whose keys somebody put in."""
    world, (doctor, town) = talk.world, talk.lines
    invited = await talk.invited()
    good = await talk.accepting(invited)
    said = third.parse_joined(good.payload)
    elsewhere = await talk.reopened()
    foreign = await elsewhere.accepting(invited)
    own = third.make_invited(third.parse_invited(invited)._replace(party=1), town.own.sign)
    never = invitation(doctor, bytes(16), talk.guest[0].keys(talk.facilitator).pseudonym(b"slot").public, _SHOWN)
    forged = third.make_invited(third.parse_invited(invited), town.own.sign)

    def joined(payload: bytes) -> Accept:
        return msgspec.structs.replace(good, payload=payload)

    def accepting(payload: bytes) -> Accept:
        return joined(third.make_joined(said._replace(invited=payload), town.own.sign))

    for name, who, command, refusal in (
        ("the side that invited", world.holder, joined(third.make_joined(said, doctor.own.sign)), "not_found"),
        ("in the other's name", world.mayor, joined(third.make_joined(said, doctor.own.sign)), "unverifiable"),
        ("a grant of another thread", world.mayor, msgspec.structs.replace(foreign, ref=REF), "unverifiable"),
        ("one's own invitation", world.mayor, accepting(own), "unverifiable"),
        ("an invitation that was not made", world.mayor, accepting(never), "not_found"),
        ("an invitation that the other side did not sign", world.mayor, accepting(forged), "unverifiable"),
        ("no record", world.mayor, msgspec.structs.replace(good, signed_record=b"record"), "unverifiable"),
        ("no invitation", world.mayor, accepting(b"nothing"), "malformed"),
    ):
        assert await talk.told(who, command) == refusal, name
    assert await talk.told(talk.facilitator, Pull(ref=REF, thread=doctor.thread, after=0)) == "not_found"
    assert await talk.told(world.mayor, good) == "ack"


_SHOWN = Shown("Partenaire", "France", False, "")


async def test_an_invitation_names_what_was_claimed_and_what_the_platform_shows(talk: Talk) -> None:
    world, doctor = talk.world, talk.lines[0]
    asked, target = await invite(world, talk.hosts[0], talk.guest, doctor, REF)
    said = third.parse_invited(asked.payload)

    def changed(**change: Any) -> Invite:
        payload = third.make_invited(said._replace(**change), doctor.own.sign)
        return Invite(ref=REF, claim=asked.claim, payload=payload)

    other = PublicPseudonym(said.keys.sign, talk.guest[0].keys(talk.facilitator).pseudonym(b"other").public.kem)
    for name, command, refusal in (
        ("another key", changed(keys=other), "unverifiable"),
        ("another target", changed(target=bytes(16)), "unverifiable"),
        ("made up", changed(shown=said.shown._replace(words="Le préfet lui-même.")), "conflict"),
        ("verified", changed(shown=said.shown._replace(verified=not said.shown.verified)), "conflict"),
        ("another claim", Invite(ref=REF, claim=bytes(16), payload=asked.payload), "not_found"),
        ("another epoch", changed(record_hash=bytes(32)), "stale_epoch"),
        ("the peer's key", changed(keys=talk.lines[1].own.public), "unverifiable"),
    ):
        assert await talk.told(world.holder, command) == refusal, name
    assert await talk.told(world.mayor, asked) == "not_found"
    assert await talk.told(world.holder, asked) == "ack"
    assert await talk.told(world.holder, changed(id=bytes(16))) == "conflict", "a claim is used once"
    assert target == said.target


async def test_keys_go_to_who_is_in_and_only_from_its_joining_on(talk: Talk) -> None:
    stay = await talk.let_in()
    world, (doctor, town) = talk.world, stay.sides
    head = await log_head(world, world.holder, doctor.thread)
    without, _ = town.rotation(REF, head)
    shared = third.make_share(stay.third, epoch.parse_signed(without.signed_record).record, bytes(32))
    assert await talk.told(world.mayor, without) == "stale_head"
    assert await talk.told(world.holder, stay.share(REF, talk.lines[0])) == "conflict", "not of what was before"
    assert await talk.told(world.holder, stay.share(REF, doctor)) == "conflict", "nor put in by another way"
    assert await talk.told(world.mayor, msgspec.structs.replace(without, share=shared)) == "ack"
    elsewhere = await talk.reopened()
    command, _ = elsewhere.lines[1].rotation(REF, await log_head(world, world.holder, elsewhere.lines[0].thread))
    assert await talk.told(world.mayor, msgspec.structs.replace(command, share=shared)) == "stale_head"
    share = Share(ref=REF, thread=elsewhere.lines[0].thread, shares=[EpochShare(0, shared)])
    assert await talk.told(world.mayor, share) == "conflict"


async def test_nothing_is_written_under_a_key_of_who_left(talk: Talk) -> None:
    stay = await talk.let_in(history=True)
    world, (doctor, town) = talk.world, stay.sides
    assert await talk.told(talk.facilitator, stay.leaving(REF, stay.guest)) == "ack"
    for who, line in ((world.holder, doctor), (world.mayor, town)):
        assert await talk.told(who, line.send(REF)) == "rotation_needed"
        assert await talk.told(who, line.notice(REF, "asked")) == "rotation_needed"
        assert await talk.told(who, line.give(REF, 1_790_000_000_000)) in ("rotation_needed", "conflict")
    command, after = doctor.rotation(REF, await log_head(world, world.holder, doctor.thread))
    assert await talk.told(world.holder, command) == "ack"
    assert await talk.told(world.mayor, town.following(after).send(REF)) == "ack"
    assert await talk.told(world.holder, after.send(REF)) == "ack"


async def test_there_is_one_third_party_at_a_time_and_no_side_is_one(talk: Talk) -> None:
    world = talk.world
    stay = await talk.let_in()
    more, _ = await invite(world, talk.hosts[0], talk.guest, stay.sides[0], REF)
    assert await talk.told(world.holder, more) == "conflict"
    elsewhere = await talk.reopened()
    peer, _ = await invite(world, talk.hosts[0], talk.hosts[1], elsewhere.lines[0], REF)
    assert await talk.told(world.holder, peer) == "ack", "who invites learns nothing of its peer"
    assert await talk.told(world.mayor, await elsewhere.accepting(peer.payload)) == "conflict"


async def test_a_freeze_keeps_nobody_in_and_lets_nobody_in(talk: Talk) -> None:
    stay = await talk.let_in()
    elsewhere = await talk.reopened()
    invited = await elsewhere.invited()
    async with talk.service.service.store.transaction() as tx:
        rows = await tx.threads.lock(sorted(ThreadId(each.lines[0].thread) for each in (talk, elsewhere)))
        await tx.threads.update([msgspec.structs.replace(row, safety=Safety.FROZEN) for row in rows.values()])
    assert await talk.told(talk.facilitator, stay.guest.send(REF)) == "frozen"
    assert await talk.told(talk.world.mayor, await elsewhere.accepting(invited)) == "frozen"
    assert await talk.told(talk.facilitator, stay.leaving(REF, stay.guest)) == "ack"


async def test_nobody_is_let_in_while_a_side_begins_anew(talk: Talk) -> None:
    invited = await talk.invited()
    async with talk.service.service.store.transaction() as tx:
        (row,) = (await tx.threads.lock([ThreadId(talk.lines[0].thread)])).values()
        event = NewEvent(EventKind.RESET, SERVICE, make_reset(1, 0, "the platform's word"))
        await append_events(tx, row, [event], row.last_at, talk.service.service.context.stamper)
    assert await talk.told(talk.world.mayor, await talk.accepting(invited)) == "conflict"


async def test_a_removal_in_the_guests_mailbox_ends_its_invitations(talk: Talk) -> None:
    box, facilitator = talk.guest
    colleague = newcomer([box.claim(Role.FACILITATOR)])
    await talk.world.seat(box, facilitator, colleague, Role.FACILITATOR)
    invited = await talk.invited()
    await talk.world.remove(box, facilitator, colleague)
    assert await talk.told(talk.world.mayor, await talk.accepting(invited)) == "conflict"


async def test_a_third_party_is_told_nothing_of_cards(talk: Talk) -> None:
    stay = await talk.let_in()
    assert await talk.told(talk.facilitator, Consents(ref=REF, thread=stay.guest.thread)) == "not_found"
    now = (await talk.tell(talk.facilitator, Threads(ref=REF)))["now"]
    assert await talk.told(talk.facilitator, stay.guest.give(REF, now)) == "not_found"


BOTH = InBoth("Un message.", "One message.")


@dataclass
class Moderated:
    """The same thread, before moderators."""

    talk: Talk
    court: Court

    async def report(self, who: Someone, party: int, about: int, seqs: tuple[int, int]) -> Response:
        body = Report(os.urandom(16), party, about, ReportCategory.HARASSMENT, *seqs, self.court.key, b"sealed")
        return await self.asked(who, f"/v1/threads/{self.talk.lines[0].thread.hex()}/reports", body)

    async def asked(self, who: Someone, path: str, body: msgspec.Struct | None = None) -> Response:
        return await self.talk.world.request("POST", path, self.talk.world.token(who), body)

    async def on_case(self, case: bytes, act: str, body: msgspec.Struct | None = None) -> Response:
        return await self.asked(self.court.chair, f"/v1/moderation/cases/{case.hex()}/{act}", body)

    async def block(self, case: bytes, seq: int) -> Response:
        assert (await self.on_case(case, "claim")).is_success
        return await self.on_case(
            case, "decision", Decide(os.urandom(16), Measure.BLOCK, Ground.TERMS, BOTH, BOTH, [seq])
        )

    async def blocked(self, one: Box, other: Box) -> bool:
        context = self.talk.service.service.context
        async with self.talk.service.service.store.reading() as tx:
            return await tx.measures.blocked(MailboxId(one.mailbox), MailboxId(other.mailbox), context.clock())

    async def accused(self, case: bytes) -> MailboxId | None:
        async with self.talk.service.service.store.reading() as tx:
            row = await tx.cases.get(CaseId(case))
        assert row is not None
        return row.accused

    async def unmasked(self, case: bytes) -> bytes:
        """Which mailbox is behind party 2."""
        unmasking = os.urandom(16)
        assert (await self.on_case(case, "unmaskings", Unmask(unmasking, 2, "menaces"))).is_success
        path, wing = f"/v1/moderation/cases/{case.hex()}", self.court.wing
        assert (await self.asked(wing, f"{path}/second")).is_success
        assert (await self.asked(wing, f"{path}/approval", Second(unmasking, True))).is_success
        token = self.talk.world.token(self.court.chair)
        answer = await self.talk.world.request("GET", f"/v1/moderation/unmaskings/{unmasking.hex()}", token)
        return msgspec.json.decode(answer.content, type=Unmasked).mailbox

    async def file(self, case: bytes) -> CaseFile:
        token = self.talk.world.token(self.court.chair)
        answer = await self.talk.world.request("GET", f"/v1/moderation/cases/{case.hex()}", token)
        return msgspec.json.decode(answer.content, type=CaseFile)


def taken(answer: Response) -> bytes:
    return msgspec.json.decode(answer.content, type=ReportTaken).case


async def newcomer_in(talk: Talk, stay: Stay) -> tuple[Person, Stay]:
    """The third party leaves, and another one is let in."""
    assert await talk.told(talk.facilitator, stay.leaving(REF, stay.guest)) == "ack"
    command, renewed = stay.sides[1].rotation(REF, await log_head(talk.world, talk.world.holder, stay.guest.thread))
    assert await talk.told(talk.world.mayor, command) == "ack"
    box = await talk.world.register("newcomer", MailboxKind.PARTNER)
    person = Someone("newcomer", (box.claim(Role.FACILITATOR, admin=True),))
    await talk.world.found(box, person, Role.FACILITATOR)
    lines = (stay.sides[0].following(renewed), renewed)
    return (box, person), await let_in(talk.world, talk.hosts, (box, person), lines)


async def test_what_a_third_party_wrote_is_its_own_whoever_came_after_it(database_url: str, tmp_path: Path) -> None:
    async with talking(database_url, tmp_path) as talk:
        world, town = talk.world, talk.world.town
        moderated = Moderated(talk, await Court.made(talk.service, world))
        stay = await talk.let_in()
        bad = (await talk.tell(talk.facilitator, stay.guest.send(REF)))["seq"]
        newcomer, following = await newcomer_in(talk, stay)
        good = (await talk.tell(newcomer[1], following.guest.send(REF)))["seq"]

        assert (await moderated.report(world.mayor, 1, 2, (1, 3))).status_code == 400, "nobody was in"
        assert (await moderated.report(world.mayor, 1, 2, (bad, good))).status_code == 400, "two were in"
        case = taken(await moderated.report(world.mayor, 1, 2, (bad - 1, bad)))
        assert await moderated.accused(case) == talk.guest[0].mailbox
        other = taken(await moderated.report(world.mayor, 1, 2, (good, good)))
        assert await moderated.accused(other) == newcomer[0].mailbox
        assert (await moderated.block(case, good)).status_code == 409, "somebody else wrote it"
        shown = (await moderated.file(case)).parties
        assert [(each.party, each.is_accused) for each in shown] == [(0, False), (1, False), (2, True)]
        assert shown[2].reported == 1
        assert await moderated.unmasked(case) == talk.guest[0].mailbox
        assert (await moderated.block(case, bad)).is_success
        assert await moderated.blocked(town, talk.guest[0])
        assert not await moderated.blocked(town, newcomer[0])
        assert not await moderated.blocked(world.project, talk.guest[0]), "it did not report"


async def test_a_block_keeps_who_reported_from_who_is_accused(talk: Talk) -> None:
    world = talk.world
    moderated = Moderated(talk, await Court.made(talk.service, world))
    stay = await talk.let_in()
    bad = (await talk.tell(world.holder, stay.sides[0].send(REF)))["seq"]
    case = taken(await moderated.report(talk.facilitator, 2, 0, (bad, bad)))
    assert (await moderated.block(case, bad)).is_success
    assert await moderated.blocked(talk.guest[0], world.project)
    assert not await moderated.blocked(world.town, world.project), "the other side did not report"


async def test_each_of_several_who_reported_is_kept_from_who_is_accused(talk: Talk) -> None:
    world = talk.world
    moderated = Moderated(talk, await Court.made(talk.service, world))
    stay = await talk.let_in()
    bad = (await talk.tell(world.holder, stay.sides[0].send(REF)))["seq"]
    case = taken(await moderated.report(talk.facilitator, 2, 0, (bad, bad)))
    assert taken(await moderated.report(world.mayor, 1, 0, (bad, bad))) == case
    assert (await moderated.block(case, bad)).is_success
    assert [await moderated.blocked(world.project, each) for each in (talk.guest[0], world.town)] == [True, True]


async def test_who_reported_and_left_answers_under_its_own_number(talk: Talk) -> None:
    world = talk.world
    moderated = Moderated(talk, await Court.made(talk.service, world))
    stay = await talk.let_in()
    bad = (await talk.tell(world.holder, stay.sides[0].send(REF)))["seq"]
    case = taken(await moderated.report(talk.facilitator, 2, 0, (bad, bad)))
    assert await talk.told(talk.facilitator, stay.leaving(REF, stay.guest)) == "ack"
    words = Answer(0, 0, moderated.court.key, b"sealed anew")
    assert (await moderated.asked(talk.facilitator, f"/v1/cases/{case.hex()}/answers", words)).is_success
    assert (await moderated.on_case(case, "claim")).is_success
    assert [(each.side, each.party) for each in (await moderated.file(case)).statements] == [("reporter", 2)] * 2


async def heard_again(talk: Talk, command: AnyCommand, who: Someone) -> list[int]:
    """The seqs that the third party hears when somebody sends again what is stored."""
    heard: list[list[int]] = []
    async with talk.world.socket(talk.facilitator) as guest, talk.world.socket(talk.world.agent) as colleague:
        for socket in (guest, colleague):
            await socket.ask(Threads(ref=REF))
        assert await talk.told(who, command) == "ack"
        for socket in (guest, colleague):
            await socket.ask(Threads(ref=REF))
            heard.append([each["seq"] for each in socket.heard if each["t"] == "event"])
    assert len(heard[1]) == 1, "the sides always hear it"
    return heard[0]


@pytest.mark.parametrize("history", [False, True])
async def test_what_is_sent_again_is_told_to_a_third_party_only_under_the_keys_in_force(
    database_url: str, tmp_path: Path, *, history: bool
) -> None:
    """Its wake-up may have been lost with the first answer; but notices can be read by whoever gets them."""
    async with talking(database_url, tmp_path) as talk:
        world, (doctor, town) = talk.world, talk.lines
        renewed, after = doctor.rotation(REF, await log_head(world, world.holder, doctor.thread))
        assert await talk.told(world.holder, renewed) == "ack"
        talk = replace(talk, lines=(after, town.following(after)))
        before = (after.notice(REF, "asked"), after.send(REF))
        for command in before:
            assert await talk.told(world.holder, command) == "ack"
        asked, _ = await invite(world, talk.hosts[0], talk.guest, talk.lines[0], REF, history=history)
        assert await talk.told(world.holder, asked) == "ack"
        head = await log_head(world, world.holder, doctor.thread)
        accepting, inside = accept(talk.lines[1], asked.payload, head, REF)
        assert await talk.told(world.mayor, accepting) == "ack"
        for old in (*before, renewed, asked):
            assert await heard_again(talk, old, world.holder) == []
        assert await heard_again(talk, accepting, world.mayor) == []
        joined = 8
        since: tuple[AnyCommand, ...] = (inside.send(REF), inside.notice(REF, "asked"))
        for seq, word in enumerate(since, joined + 1):
            assert await talk.told(world.mayor, word) == "ack"
            assert await heard_again(talk, word, world.mayor) == [seq]
        stay = third.Third(sha256(asked.payload), third.parse_invited(asked.payload), accepting.payload)
        renewing, _ = inside.rotation(REF, await log_head(world, world.holder, doctor.thread))
        shared = third.make_share(stay, epoch.parse_signed(renewing.signed_record).record, bytes(32))
        made = msgspec.structs.replace(renewing, share=shared)
        assert await talk.told(world.mayor, made) == "ack"
        assert await heard_again(talk, made, world.mayor) == [joined + 3]
        assert await heard_again(talk, since[0], world.mayor) == []


async def test_what_was_said_before_it_came_does_not_wait_for_a_third_party_that_may_not_read_it(
    database_url: str, tmp_path: Path
) -> None:
    async with talking(database_url, tmp_path) as talk:
        stay = await talk.let_in()
        assert await waiting(talk) == []
        assert (await talk.tell(talk.facilitator, Threads(ref=REF)))["threads"][0]["read_seq"] == 3
        assert await talk.told(talk.world.holder, stay.sides[0].send(REF)) == "ack"
        assert await waiting(talk) == ["message"]
        elsewhere = await talk.reopened()
        await elsewhere.let_in(history=True)
        assert await waiting(talk) == ["message", "message"]


async def waiting(talk: Talk) -> list[str]:
    """The last words that wait for the facilitator."""
    async with talk.service.service.store.reading() as tx:
        seat = await tx.seats.get(SeatId(talk.facilitator.seat))
        assert seat is not None
        found = await tx.alerts.waiting(Grant(Operation.ALERTS_READ, account=seat.account), 10)
    return [each.kind for each in found]


@pytest.mark.parametrize(
    ("side", "when", "refused"),
    [(0, "claimed", "invite"), (0, "invited", "accept"), (1, "claimed", "accept")],
)
async def test_a_block_lets_no_third_party_in(
    database_url: str, tmp_path: Path, side: int, when: str, refused: str
) -> None:
    """Who invites learns of a block of its own side at the most, and that only as of a claim that is of no use."""
    async with talking(database_url, tmp_path) as talk:
        world, guest = talk.world, talk.guest[0].mailbox
        command, _ = await invite(world, talk.hosts[0], talk.guest, talk.lines[0], REF)
        if when == "claimed":
            await block(talk, side)
        said = await talk.tell(world.holder, command)
        if refused == "invite":
            assert said["problem"]["code"] == "conflict"
            assert said["problem"]["detail"] == "the claim was used, or is too old; claim again"
            return
        assert said["t"] == "ack"
        if when == "invited":
            await block(talk, side)
        assert await talk.told(world.mayor, await talk.accepting(command.payload)) == "conflict"
        async with talk.service.service.store.reading() as tx:
            parties = await tx.threads.parties(ThreadId(talk.lines[0].thread))
        assert parties is not None
        assert guest not in parties.audience


async def block(talk: Talk, side: int) -> None:
    """Between the guest and a side, as moderators decide it of another conversation."""
    row = DecisionRow(
        decision=DecisionId(os.urandom(16)),
        case=CaseId(os.urandom(16)),
        measure=Measure.BLOCK,
        state="in_force",
        at=1,
        seat=SeatId(talk.facilitator.seat),
        second=None,
        ends_at=None,
        thread=None,
        mailbox=MailboxId(talk.guest[0].mailbox),
        peer=MailboxId(talk.hosts[side][0].mailbox),
        body=b"{}",
    )
    async with talk.service.service.store.transaction() as tx:
        assert await tx.measures.add(row)
