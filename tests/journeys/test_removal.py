"""One command removes a seat: what it must bring, what it leaves behind, what the mailbox is told. Protocol only."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec
import pytest
from sqlalchemy import text

from messaging.domain import limits
from messaging.domain.errors import NotFound
from messaging.domain.ids import MailboxId, SeatId
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.e2ee import roster, roster_record
from messaging.ports import SeatClaim
from messaging.services import accounts, consents, mailboxes, sync
from messaging.store.address import parse
from messaging.store.engine import create_engine
from messaging.wire import codec
from messaging.wire.commands import AnyCommand, ConsentGive, Consents, DeskPull, Pull, Send, Threads, Wraps
from messaging.wire.rest import (
    OwnTargets,
    Removal,
    RosterAppend,
    RosterView,
    SeedWrap,
    TargetPrekeys,
)
from tests.support.server import running_service
from tests.support.sockets import Socket
from tests.support.talk import Line, claimed_opening
from tests.support.world import Renewal, Someone, World, newcomer

pytestmark = pytest.mark.slow


async def remove(world: World, renewal: Renewal, who: Someone | None = None) -> httpx.Response:
    return await world.request("POST", world.town.removals, world.token(who or world.mayor), renewal.body)


async def removed(world: World, leaver: Someone) -> Renewal:
    renewal = world.town.renewal(world.mayor, leaver.seat)
    answer = await remove(world, renewal)
    assert answer.status_code == 204, answer.text
    world.town.adopt(renewal)
    return renewal


async def opened(world: World) -> tuple[Line, Line]:
    """A thread from the project to the town hall: the holder's end, the mayor's end."""
    command, initiator, recipient = await claimed_opening(
        world, (world.project, world.holder), (world.town, world.mayor), 1
    )
    async with world.socket(world.holder) as socket:
        assert _code(await socket.ask(command)) is None
    return initiator, recipient


async def view(world: World, who: Someone) -> RosterView:
    answer = await world.expect(who, "GET", f"/v1/mailboxes/{world.town.mailbox.hex()}/roster")
    return msgspec.json.decode(answer, type=RosterView)


def _code(answer: bytes) -> str | None:
    decoded = msgspec.json.decode(answer)
    return str(decoded["problem"]["code"]) if decoded["t"] == "err" else None


async def ask(socket: Socket, command: AnyCommand) -> str | None:
    return _code(await socket.ask(command))


async def rows(url: str, query: str, **given: object) -> list[tuple[Any, ...]]:
    engine = create_engine(parse(url))
    try:
        async with engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(query), given)]
    finally:
        await engine.dispose()


async def test_the_new_generation_reaches_who_remains_and_nobody_else(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path, with_worker=False) as service, World.made(service) as world:
        before = await view(world, world.agent)
        third = newcomer([world.town.claim(Role.AGENT)])
        await world.seat(world.town, world.mayor, third, Role.AGENT)
        renewal = await removed(world, world.agent)

        state = world.town.state
        assert (state.g, world.agent.seat in state.seats, third.seat in state.seats) == (1, False, True)
        for person in (world.mayor, third):
            seen = await view(world, person)
            assert [(seed.g, seed.record_hash) for seed in seen.seeds] == [
                (0, state.ever[person.seat].record_hash),
                (1, state.head),
            ]
            assert [(prev.g, prev.prev) for prev in seen.prevs] == [(1, renewal.body.prev)]
        assert before.prevs == []
        answer = await world.request(
            "GET", f"/v1/mailboxes/{world.town.mailbox.hex()}/roster", world.token(world.agent)
        )
        assert answer.status_code in (200, 404)
        if answer.status_code == 200:  # a token of the next second: the platform names them again, as a newcomer
            shown = msgspec.json.decode(answer.content, type=RosterView)
            assert (shown.seeds, shown.prevs) == ([], [])


async def test_who_was_removed_comes_back_with_a_new_word_of_the_platform_only(
    database_url: str, tmp_path: Path
) -> None:
    async with running_service(database_url, tmp_path, with_worker=False) as service, World.made(service) as world:
        old = world.token(world.agent)
        await removed(world, world.agent)
        again = replace(world.agent, seat=os.urandom(16))
        path = f"/v1/mailboxes/{world.town.mailbox.hex()}/seats"
        assert (await world.request("POST", path, old, world.town.seat_request(again))).status_code == 404
        await asyncio.sleep(1.1)
        await world.seat(world.town, world.mayor, again, Role.AGENT)
        assert (await view(world, again)).prevs != []


async def test_sends_of_this_side_wait_for_its_rotation_and_the_peer_notices_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with running_service(database_url, tmp_path, with_worker=False) as service, World.made(service) as world:
        holders, mayors = await opened(world)
        async with world.socket(world.mayor) as at_mayor, world.socket(world.holder) as at_holder:
            sent = mayors.send(2)
            assert await ask(at_mayor, sent) is None
            await removed(world, world.agent)
            assert await ask(at_mayor, mayors.send(3)) == "rotation_needed"
            assert await ask(at_mayor, mayors.give(4, service.service.context.clock())) == "rotation_needed"
            first = await at_mayor.ask(sent)
            assert b'"t":"ack"' in first
            assert await ask(at_holder, holders.send(5)) is None
            assert await ask(at_holder, holders.give(6, service.service.context.clock())) is None
            pulled = msgspec.json.decode(await at_mayor.ask(Pull(ref=7, thread=mayors.thread, after=0)))
            assert [event["kind"] for event in pulled["events"]] == ["epoch", "message", "message", "message"]
            assert not any(struct["t"] in ("seats.changed", "cards.changed") for struct in at_holder.heard)


async def test_the_waiting_cards_of_the_seat_are_destroyed_and_the_register_says_why(
    database_url: str, tmp_path: Path
) -> None:
    async with running_service(database_url, tmp_path, with_worker=False) as service, World.made(service) as world:
        _, mayors = await opened(world)
        agents = replace(mayors, keys=world.town.keys(world.agent))
        now = service.service.context.clock()
        kept, lost = mayors.give(1, now), agents.give(2, now)
        await _give(world, world.mayor, kept)
        await _give(world, world.agent, lost)
        renewal = await removed(world, world.agent)
        database = service.service.settings.database_url
    states = dict(await rows(database, "SELECT seat, state FROM cards"))
    assert states == {world.mayor.seat: "waiting", world.agent.seat: "withdrawn"}
    assert await rows(database, "SELECT payload FROM escrow") == [(kept.payload,)]
    register = await rows(database, "SELECT seat, action, statement FROM consent_register ORDER BY n")
    assert register[2:] == [(world.agent.seat, "remove", renewal.body.remove)]


async def _give(world: World, who: Someone, command: ConsentGive) -> None:
    async with world.socket(who) as socket:
        assert await ask(socket, command) is None


async def test_new_prekeys_take_the_place_of_the_unclaimed_ones(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path, with_worker=False) as service, World.made(service) as world:
        other = await world.fresh_target(world.town, world.mayor)
        renewal = world.town.renewal(world.mayor, world.agent.seat, [world.town.target])
        assert (await remove(world, renewal)).status_code == 204
        world.town.adopt(renewal)
        path = f"/v1/mailboxes/{world.town.mailbox.hex()}/targets"
        owned = msgspec.json.decode(await world.expect(world.mayor, "GET", path), type=OwnTargets)
        assert {own.target: own.available for own in owned.targets} == {world.town.target: 1, other: 0}
        claim = await world.claim(world.holder, world.project.mailbox, world.town.target)
        assert claim.pk_sign == renewal.body.prekeys[0].prekeys[0].pk_sign


async def test_a_prekey_that_was_claimed_before_opens_a_thread_that_owes_a_rotation(
    database_url: str, tmp_path: Path
) -> None:
    async with running_service(database_url, tmp_path, with_worker=False) as service, World.made(service) as world:
        command, _, recipient = await claimed_opening(
            world, (world.project, world.holder), (world.town, world.mayor), 1
        )
        await removed(world, world.agent)
        async with world.socket(world.holder) as at_holder, world.socket(world.mayor) as at_mayor:
            assert await ask(at_holder, command) is None
            assert await ask(at_mayor, recipient.send(2)) == "rotation_needed"


async def test_the_same_command_again_changes_nothing(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path, with_worker=False) as service, World.made(service) as world:
        renewal = await removed(world, world.agent)
        assert (await remove(world, renewal)).status_code == 204
        assert len((await view(world, world.mayor)).records) == len(world.town.records)


async def test_two_administrators_who_remove_each_other_do_not_both(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path, with_worker=False) as service, World.made(service) as world:
        for _ in range(5):
            rival = newcomer([world.town.claim(Role.DEPUTY)])
            await world.ask_seat(world.town, rival)
            append = world.town.admit_record(world.mayor, rival, Role.DEPUTY, is_admin=True)
            path = f"/v1/mailboxes/{world.town.mailbox.hex()}/roster"
            await world.expect(world.mayor, "POST", path, append)
            world.town.records.append(append.signed)
            mine, theirs = world.town.renewal(world.mayor, rival.seat), world.town.renewal(rival, world.mayor.seat)
            answers = await asyncio.gather(remove(world, mine), remove(world, theirs, rival))
            assert sorted(answer.status_code for answer in answers) == [204, 404]
            world.town.adopt(mine if answers[0].status_code == 204 else theirs)
            if answers[0].status_code != 204:
                world.mayor = replace(rival, claims=(world.town.claim(Role.MAYOR, admin=True),))


async def test_threads_that_open_while_a_seat_is_removed_are_not_missed(database_url: str, tmp_path: Path) -> None:
    """Each is opened before, and owes a rotation, or after, with a key of the new generation or one it must renew."""
    async with running_service(database_url, tmp_path, with_worker=False) as service, World.made(service) as world:
        for _ in range(6):
            leaver = newcomer([world.town.claim(Role.AGENT)])
            await world.seat(world.town, world.mayor, leaver, Role.AGENT)
            openings = [
                (await claimed_opening(world, (world.project, world.holder), (world.town, world.mayor), n))[0]
                for n in range(1, 4)
            ]
            renewal = world.town.renewal(world.mayor, leaver.seat)
            async with world.socket(world.holder) as socket:
                await socket.send(codec.join(map(codec.encode, openings)).decode())
                while (answer := await remove(world, renewal)).status_code == 503:
                    pass
                assert answer.status_code == 204, answer.text
                for command in openings:
                    assert _code(await socket.answer(command.ref)) is None
            world.town.adopt(renewal)
        database = service.service.settings.database_url
    assert await rows(database, "SELECT DISTINCT renew FROM threads") == [(0b10,)]


Damage = Callable[[World, Removal], Removal]


def _without_a_seed(world: World, body: Removal) -> Removal:
    return msgspec.structs.replace(body, seeds=body.seeds[1:] or body.seeds * 2)


def _seed_twice(world: World, body: Removal) -> Removal:
    return msgspec.structs.replace(body, seeds=[*body.seeds, body.seeds[0]])


def _seed_for_the_leaver(world: World, body: Removal) -> Removal:
    return msgspec.structs.replace(
        body, seeds=[*body.seeds, msgspec.structs.replace(body.seeds[0], seat=world.agent.seat)]
    )


def _seed_of_another_record(world: World, body: Removal) -> Removal:
    first = body.seeds[0]
    return msgspec.structs.replace(body, seeds=[SeedWrap(first.g, first.seat, bytes(32), first.wrap), *body.seeds[1:]])


def _removal_alone(world: World, body: Removal) -> Removal:
    assert body.remove is not None
    return msgspec.structs.replace(body, rotate=body.remove, remove=None)


def _rotation_of_another_head(world: World, body: Removal) -> Removal:
    return msgspec.structs.replace(body, rotate=world.town.renewal(world.mayor).body.rotate)


def _signed_by_a_colleague(world: World, body: Removal) -> Removal:
    record, _ = roster_record.parse_signed(body.rotate)
    key = world.agent.pair(world.town.mailbox).sign
    return msgspec.structs.replace(body, rotate=roster_record.sign_record(record, key))


def _foreign_prekeys(world: World, body: Removal) -> Removal:
    return msgspec.structs.replace(body, prekeys=[TargetPrekeys(world.project.target, [])])


def _old_prekeys(world: World, body: Removal) -> Removal:
    """Vouched for by the identity of the generation that ends."""
    old = world.town.keys(world.mayor).prekey(world.town.target, 77)
    return msgspec.structs.replace(body, prekeys=[TargetPrekeys(world.town.target, [old])])


@pytest.mark.parametrize(
    ("damage", "status"),
    [
        (_without_a_seed, 422),
        (_seed_twice, 422),
        (_seed_for_the_leaver, 422),
        (_seed_of_another_record, 422),
        (_removal_alone, 422),
        (_rotation_of_another_head, 422),
        (_signed_by_a_colleague, 422),
        (_foreign_prekeys, 404),
        (_old_prekeys, 422),
    ],
)
async def test_a_command_that_lacks_something_changes_nothing(
    sqlite_url: str, tmp_path: Path, damage: Damage, status: int
) -> None:
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, World.made(service) as world:
        renewal = world.town.renewal(world.mayor, world.agent.seat)
        bad = replace(renewal, body=damage(world, renewal.body))
        answer = await remove(world, bad)
        assert answer.status_code == status, answer.text
        assert len((await view(world, world.agent)).records) == len(world.town.records)
        async with world.socket(world.agent) as socket:
            assert await ask(socket, Pull(ref=1, thread=bytes(16), after=0)) == "not_found"
        assert (await remove(world, renewal)).status_code == 204


async def test_a_removal_does_not_come_by_the_way_of_admissions(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, World.made(service) as world:
        renewal = world.town.renewal(world.mayor, world.agent.seat)
        assert renewal.body.remove is not None
        path = f"/v1/mailboxes/{world.town.mailbox.hex()}/roster"
        for signed in (renewal.body.remove, world.town.renewal(world.mayor).body.rotate):
            append = RosterAppend(signed, renewal.body.seeds[0])
            answer = await world.request("POST", path, world.token(world.mayor), append)
            assert answer.status_code == 422, answer.text
        assert len((await view(world, world.mayor)).records) == len(world.town.records)


async def test_another_record_that_came_first_is_told(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the roster is read and verified: whoever is too late costs no more than that."""

    def replayed(*_: object) -> None:
        pytest.fail("the roster was replayed")

    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, World.made(service) as world:
        town, person = world.town, newcomer([world.town.claim(Role.AGENT)])
        await world.ask_seat(town, person)
        renewals = [town.renewal(world.mayor, leaver) for leaver in (world.agent.seat, None)]
        admission, kit = (
            town.admit_record(world.mayor, person, Role.AGENT),
            town.kit_record(world.mayor, Someone("paper")),
        )
        town.adopt(await _rotated(world))
        with monkeypatch.context() as counted:
            counted.setattr(roster, "replay", replayed)
            answers = [await remove(world, late) for late in renewals]
            answers += [await admit(world, late) for late in (admission, kit)]
        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(409, "stale_head")}


async def admit(world: World, append: RosterAppend) -> httpx.Response:
    path = f"/v1/mailboxes/{world.town.mailbox.hex()}/roster"
    return await world.request("POST", path, world.token(world.mayor), append)


async def test_a_long_roster_takes_persons_then_removals_alone(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, World.made(service) as world:
        town, person = world.town, newcomer([world.town.claim(Role.AGENT)])
        await world.ask_seat(town, person)
        monkeypatch.setattr(limits, "roster_own_records_max", len(town.records) + 1)
        town.adopt(await _rotated(world))
        for answer in (
            await remove(world, town.renewal(world.mayor)),
            await admit(world, town.kit_record(world.mayor, Someone("paper"))),
        ):
            assert (answer.status_code, answer.json()["code"]) == (429, "too_many")
        other = newcomer([town.claim(Role.AGENT)])
        await world.ask_seat(town, other)
        admission = town.admit_record(world.mayor, other, Role.AGENT)
        assert (await admit(world, admission)).status_code == 204
        town.records.append(admission.signed)

        monkeypatch.setattr(limits, "roster_records_max", len(town.records))
        for answer in (
            await remove(world, town.renewal(world.mayor)),
            await admit(world, town.admit_record(world.mayor, person, Role.AGENT)),
            await admit(world, town.kit_record(world.mayor, Someone("paper"))),
        ):
            assert (answer.status_code, answer.json()["code"]) == (429, "too_many")
        await removed(world, world.agent)


async def _rotated(world: World) -> Renewal:
    renewal = world.town.renewal(world.mayor)
    answer = await remove(world, renewal)
    assert answer.status_code == 204, answer.text
    return renewal


async def test_a_kit_is_seated_admits_its_holder_and_is_removed(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path, with_worker=False) as service, World.made(service) as world:
        town, kit = world.town, Someone("paper")
        path = f"/v1/mailboxes/{town.mailbox.hex()}/roster"
        append = town.kit_record(world.mayor, kit)
        await world.expect(world.mayor, "POST", path, append)
        town.records.append(append.signed)
        assert [seed.seat for seed in (await view(world, world.mayor)).kits] == [kit.seat]
        world.town.adopt(await _rotated(world))
        assert [(seed.g, seed.seat) for seed in (await view(world, world.mayor)).kits] == [(1, kit.seat)]

        holder = newcomer([town.claim(Role.MAYOR)])
        other = newcomer([town.claim(Role.AGENT)])
        await world.ask_seat(town, holder)
        await world.ask_seat(town, other)
        seated = town.admit_record(kit, holder, Role.MAYOR, is_admin=True)
        for intruder in (other, world.agent, world.holder, newcomer([town.claim(Role.AGENT)])):
            answer = await world.request("POST", path, world.token(intruder), seated)
            assert answer.status_code in (404, 422), answer.text
        await world.expect(holder, "POST", path, seated)
        town.records.append(seated.signed)

        early = town.admit_record(kit, other, Role.AGENT)
        for leaver in (world.mayor.seat, kit.seat):
            renewal = town.renewal(holder, leaver)
            assert (await remove(world, renewal, holder)).status_code == 204
            town.adopt(renewal)
        assert (await view(world, holder)).kits == []
        late = roster_record.sign_record(
            replace(roster_record.parse_signed(early.signed)[0], index=town.state.index + 1, prev_hash=town.state.head),
            kit.pair(town.mailbox).sign,
        )
        answer = await world.request("POST", path, world.token(other), RosterAppend(late, early.seed))
        assert answer.status_code == 404, answer.text


async def test_nobody_takes_the_seat_of_a_kit(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, World.made(service) as world:
        town, kit = world.town, Someone("paper")
        path = f"/v1/mailboxes/{town.mailbox.hex()}"
        append = town.kit_record(world.mayor, kit)
        await world.expect(world.mayor, "POST", f"{path}/roster", append)
        town.records.append(append.signed)
        intruder = replace(newcomer([town.claim(Role.AGENT)]), seat=kit.seat)
        answer = await world.request("POST", f"{path}/seats", world.token(intruder), town.seat_request(intruder))
        assert answer.status_code == 409
        plain = roster.make_admit(
            town.state, seat=os.urandom(16), sign_pk=os.urandom(32), kem_pk=kit.pair(town.mailbox).kem.public,
            role=roster.KIT, admin=False, signer=world.mayor.seat, signer_key=world.mayor.pair(town.mailbox).sign,
        )  # fmt: skip
        answer = await world.request(
            "POST", f"{path}/roster", world.token(world.mayor), RosterAppend(plain, append.seed)
        )
        assert answer.status_code == 422


async def test_a_socket_with_another_seat_stays_and_hears_of_the_change(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, World.made(service) as world:
        annex = await world.register("annex", MailboxKind.TERRITORY)
        claims = (*world.agent.claims, annex.claim(Role.MAYOR, admin=True))
        there = Someone(world.agent.subject, claims)
        await world.found(annex, there, Role.MAYOR)
        async with world.socket(there) as both, world.socket(world.agent) as one:
            await removed(world, world.agent)
            assert await one.closed() == 4001
            assert await ask(both, Pull(ref=1, thread=bytes(16), after=0)) == "not_found"
            assert {"t": "seats.changed", "mailbox": _base64(world.town.mailbox)} in both.heard


def _base64(raw: bytes) -> str:
    return str(msgspec.json.decode(msgspec.json.encode(raw)))


async def test_seats_that_a_socket_read_before_the_removal_open_nothing_after_it(
    database_url: str, tmp_path: Path
) -> None:
    """As between the commit and the moment at which the socket has read its seats again."""
    async with running_service(database_url, tmp_path, with_worker=False) as service, World.made(service) as world:
        _, mayors = await opened(world)
        thread, mailbox, store = mayors.thread, MailboxId(world.town.mailbox), service.service.store
        claims = [SeatClaim(mailbox, MailboxKind.TERRITORY, Role.AGENT, False)]
        async with store.reading() as tx:
            seat = await tx.seats.get(SeatId(world.agent.seat))
            assert seat is not None
            stale = await accounts.person(tx, seat.account, claims, 0)

        async def outcomes() -> list[str]:
            ends: list[str] = []
            for command, query in (
                (Pull(ref=1, thread=thread, after=0), sync.pull),
                (Wraps(ref=1, thread=thread), sync.wraps),
                (DeskPull(ref=1, mailbox=mailbox, after=0), sync.desk_pull),
                (Consents(ref=1, thread=thread), consents.list_own),
            ):
                async with store.reading() as tx:
                    try:
                        await cast(Any, query)(tx, stale, command)
                        ends.append("read")
                    except NotFound:
                        ends.append("not found")
            async with store.reading() as tx:
                page = await sync.threads(tx, stale, Threads(ref=1), service.service.context.clock())
                roster_view = await mailboxes.read_roster(tx, stale, mailbox)
            return [*ends, *("thread" for _ in page.threads), *("prev" for _ in roster_view.prevs)]

        assert await outcomes() == ["read", "read", "read", "read", "thread"]
        await removed(world, world.agent)
        assert await outcomes() == ["not found", "not found", "not found", "not found"]


async def test_a_send_that_is_told_to_wait_is_not_stored(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, World.made(service) as world:
        _, mayors = await opened(world)
        world.town.adopt(await _rotated(world))
        async with world.socket(world.mayor) as socket:
            send: Send = mayors.send(1)
            assert await ask(socket, send) == await ask(socket, send) == "rotation_needed"
            pulled = msgspec.json.decode(await socket.ask(Pull(ref=7, thread=mayors.thread, after=0)))
            assert pulled["head_seq"] == 2
