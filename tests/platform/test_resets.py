"""A reset: when it is refused, what ends with it, and the platform's word for each conversation. Protocol only."""

import asyncio
import os
from dataclasses import replace

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from websockets.exceptions import ConnectionClosed

from messaging.app import system_clock
from messaging.demo.idp import ATTESTATION_AUDIENCE, RESET_TYPE
from messaging.domain import limits
from messaging.domain.ids import CardId, ThreadId
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.e2ee import epoch, pseudonym
from messaging.e2ee.consent_proof import verify_consent_proof
from messaging.services import proofs
from messaging.wire import closing, codec
from messaging.wire.commands import AnyCommand, Consents, DeskPull, DeskPut, Pull, Read, Rotate
from messaging.wire.events import CardsList, Events, LogEntry
from messaging.wire.platform import (
    DepartureReport,
    ResetBegun,
    ResetProgress,
    ResetRequest,
    ResetToken,
    ResetTokens,
    ThreadToReset,
)
from messaging.wire.rest import OwnTargets, RosterView
from tests.platform.conftest import Backend, code
from tests.support.sockets import Socket, greeted
from tests.support.talk import Line, claimed_opening, log_head
from tests.support.world import Box, Someone, World, newcomer

pytestmark = pytest.mark.slow

REF = 7
ESCROWED = "SELECT card FROM escrow"


async def opened(world: World) -> tuple[Line, Line]:
    """A thread from the project to the town hall: the holder's end, the agent's end."""
    command, initiator, recipient = await claimed_opening(
        world, (world.project, world.holder), (world.town, world.mayor), REF
    )
    assert await ask(world, world.holder, command) is None
    return initiator, replace(recipient, keys=world.town.keys(world.agent))


async def ask(world: World, who: Someone, command: AnyCommand) -> str | None:
    async with world.socket(who) as socket:
        return await told(socket, command)


async def told(socket: Socket, command: AnyCommand) -> str | None:
    answer = msgspec.json.decode(await socket.ask(command))
    return str(answer["problem"]["code"]) if answer["t"] == "err" else None


async def log_of(world: World, thread: bytes) -> list[LogEntry]:
    async with world.socket(world.holder) as socket:
        answer = await socket.ask(Pull(ref=REF, thread=thread, after=0))
    return msgspec.json.decode(answer, type=Events).events


async def lose(backend: Backend) -> None:
    """The town hall's only administrator leaves."""
    report = DepartureReport("town", backend.world.mayor.subject)
    assert (await backend.request("POST", "departures", report)).status_code == 200


async def begun(backend: Backend) -> ResetBegun:
    await lose(backend)
    return await backend.ask("POST", "resets", ResetBegun, ResetRequest("town"))


async def founded_anew(world: World) -> tuple[Box, Someone]:
    """The platform names a new mayor, who founds the town hall once more."""
    old = world.town
    box = Box(old.ref, old.kind, old.mailbox, old.target)
    mayor = newcomer([box.claim(Role.MAYOR, admin=True)])
    await world.found(box, mayor, Role.MAYOR)
    return box, mayor


async def hand_over(backend: Backend, begun: ResetBegun, *tokens: ResetToken) -> ResetProgress:
    path = f"resets/{begun.reset.hex()}/tokens"
    return await backend.ask("POST", path, ResetProgress, ResetTokens(list(tokens)))


def word(backend: Backend, thread: ThreadToReset) -> ResetToken:
    said = thread.claims
    return ResetToken(thread.thread, backend.service.idp.reset_word(said.thread, said.party, said.record))


def begin_anew(line: Line, box: Box, mayor: Someone, head: bytes) -> tuple[Rotate, Line]:
    """The next record of a side that has nobody left who could sign for its old pseudonym."""
    keys = box.keys(mayor)
    new = keys.pseudonym(pseudonym.thread_slot(line.thread, line.record.n + 1))
    made = epoch.make_rotation(line.record, party=line.party, old=None, new=new, thread_head=head, entropy=os.urandom)
    command = Rotate(
        ref=REF,
        thread=line.thread,
        signed_record=made.signed,
        wraps=made.wraps,
        own=keys.own_signature(new.public),
    )
    after = replace(line, keys=keys, record=made.record, secret=made.epoch_secret, own=new)
    return command, replace(after, record_0=line.record_0 or line.record.hash)


async def test_it_is_refused_while_another_way_remains(backend: Backend) -> None:
    world, kit = backend.world, Someone("a printed kit")
    await world.expect(
        world.mayor, "POST", f"/v1/mailboxes/{world.town.mailbox.hex()}/roster", world.town.kit_record(world.mayor, kit)
    )
    request = ResetRequest("town")
    assert code(await backend.request("POST", "resets", request)) == "conflict", "the mayor is there"
    await lose(backend)
    assert code(await backend.request("POST", "resets", request)) == "conflict", "a kit is there"
    lost = msgspec.structs.replace(request, kits_lost=True)
    assert (await backend.request("POST", "resets", lost)).status_code == 200
    await world.register("hamlet", MailboxKind.TERRITORY)
    assert code(await backend.request("POST", "resets", ResetRequest("hamlet"))) == "conflict", "nobody founded it"
    assert code(await backend.request("POST", "resets", ResetRequest("nowhere"))) == "not_found"


async def test_every_seat_ends_at_once(backend: Backend) -> None:
    world = backend.world
    _, agents = await opened(world)
    pending = newcomer([world.town.claim(Role.DEPUTY)])
    await world.ask_seat(world.town, pending)
    ticket, old = await world.ticket(world.agent), [world.token(who) for who in (world.agent, pending)]
    desk = DeskPut(ref=REF, mailbox=world.town.mailbox, entry=os.urandom(16), blob=b"a note")
    async with world.socket(world.agent) as agent:
        assert await told(agent, desk) is None
        await begun(backend)
        for command in (desk, agents.send(REF), Pull(ref=REF, thread=agents.thread, after=0)):
            try:
                assert await told(agent, command) == "not_found"
            except ConnectionClosed:  # nothing is left to say to who has no other seat
                assert agent.connection.close_code == closing.GOING_AWAY
    async with greeted(backend.service, ticket) as late:
        assert await told(late, agents.send(REF)) == "not_found"
    roster = f"/v1/mailboxes/{world.town.mailbox.hex()}/roster"
    for token in old:
        assert code(await world.request("GET", roster, token)) == "not_found"
    box, mayor = await founded_anew(world)
    view = msgspec.json.decode(await world.expect(mayor, "GET", roster), type=RosterView)
    assert (view.records, [seed.seat for seed in view.seeds], view.prevs, view.kits, view.anew) == (
        box.records,
        [mayor.seat],
        [],
        [],
        True,
    )
    async with world.socket(mayor) as socket:
        pulled = msgspec.json.decode(await socket.ask(DeskPull(ref=REF, mailbox=box.mailbox, after=0)))
    assert (pulled["entries"], pulled["head_seq"]) == ([], 0)
    targets = f"/v1/mailboxes/{box.mailbox.hex()}/targets"
    owned = msgspec.json.decode(await world.expect(mayor, "GET", targets), type=OwnTargets)
    assert {own.available for own in owned.targets} == {0}


async def test_a_prekey_from_before_opens_nothing(backend: Backend) -> None:
    world = backend.world
    command, _, _ = await claimed_opening(world, (world.project, world.holder), (world.town, world.mayor), REF)
    await begun(backend)
    assert await ask(world, world.holder, command) == "conflict"
    await founded_anew(world)
    assert await ask(world, world.holder, command) == "conflict"


async def test_the_same_reset_is_answered_until_somebody_founds_anew(backend: Backend) -> None:
    world = backend.world
    thread = (await opened(world))[0].thread
    first = await begun(backend)
    assert [each.thread for each in first.threads] == [thread]
    headers = {"idempotency-key": "b1946ac9-reset"}
    answers = [await backend.request("POST", "resets", ResetRequest("town"), headers=headers) for _ in range(2)]
    assert [msgspec.json.decode(answer.content, type=ResetBegun) for answer in answers] == [first] * 2
    _, mayor = await founded_anew(world)
    assert code(await backend.request("POST", "resets", ResetRequest("town"))) == "conflict"
    await backend.request("POST", "departures", DepartureReport("town", mayor.subject))
    second = await backend.ask("POST", "resets", ResetBegun, ResetRequest("town"))
    assert second.reset != first.reset
    answer = await backend.request("POST", f"resets/{first.reset.hex()}/tokens", ResetTokens([]))
    assert code(answer) == "conflict", "a later reset took its place"


async def test_the_side_writes_once_the_platforms_word_stands(backend: Backend) -> None:
    world = backend.world
    holders, agents = await opened(world)
    anew = await begun(backend)
    box, mayor = await founded_anew(world)
    head = await log_head(world, world.holder, holders.thread)
    early, _ = begin_anew(agents, box, mayor, head)
    ours = replace(agents, keys=box.keys(mayor))
    for command in (early, ours.rotation(REF, head)[0], ours.send(REF), ours.give(REF, system_clock())):
        assert await ask(world, mayor, command) == "reset_pending"
    assert await ask(world, mayor, Read(ref=REF, thread=holders.thread, seq=2)) is None
    assert await rows(backend, "SELECT own, shown FROM positions WHERE party = 1") == [(2, 0)], "told to nobody"
    assert await ask(world, world.holder, holders.send(REF)) is None
    token = word(backend, anew.threads[0])
    async with world.socket(world.holder) as at_holder:
        for _ in range(2):  # the same token again is appended once
            progress = await hand_over(backend, anew, token)
            assert progress == ResetProgress([holders.thread], [], [], more=False)
        assert b'"kind":"reset"' in await at_holder.next()
    assert await ask(world, mayor, ours.send(REF)) == "rotation_needed"
    rotate, ours = begin_anew(agents, box, mayor, await log_head(world, world.holder, holders.thread))
    assert await ask(world, mayor, rotate) is None
    assert await ask(world, mayor, ours.send(REF)) is None
    assert [(entry.kind, entry.party) for entry in await log_of(world, holders.thread)] == [
        ("epoch", 0),
        ("message", 0),
        ("message", 0),
        ("reset", 255),
        ("epoch", 1),
        ("message", 1),
    ]


async def test_a_peer_that_renews_its_keys_has_the_platform_sign_again(backend: Backend) -> None:
    world = backend.world
    holders, agents = await opened(world)
    anew = await begun(backend)
    box, mayor = await founded_anew(world)

    async def renewed(line: Line) -> Line:
        command, after = line.rotation(REF, await log_head(world, world.holder, line.thread))
        assert await ask(world, world.holder, command) is None
        return after

    holders = await renewed(holders)
    late = await hand_over(backend, anew, word(backend, anew.threads[0]))
    assert [(each.thread, each.code) for each in late.refused] == [(holders.thread, "stale_epoch")]
    assert [each.n for each in late.threads] == [1]
    assert (await hand_over(backend, anew, word(backend, late.threads[0]))).threads == []
    holders = await renewed(holders)
    lapsed = await hand_over(backend, anew)
    assert [each.n for each in lapsed.threads] == [2], "the reset ended with its epoch, before anybody used it"
    ours = agents.following(holders)
    command, _ = begin_anew(ours, box, mayor, await log_head(world, world.holder, holders.thread))
    assert await ask(world, mayor, command) == "reset_pending"
    assert (await hand_over(backend, anew, word(backend, lapsed.threads[0]))).refused == []
    command, _ = begin_anew(ours, box, mayor, await log_head(world, world.holder, holders.thread))
    assert await ask(world, mayor, command) is None


async def test_wrong_words_are_refused_each_for_itself(backend: Backend) -> None:
    world = backend.world
    holders, _ = await opened(world)
    elsewhere, _, _ = await claimed_opening(
        world, (world.project, world.holder), (world.elsewhere, world.stranger), REF
    )
    assert await ask(world, world.holder, elsewhere) is None
    anew = await begun(backend)
    (thread,) = anew.threads
    good, now_s = msgspec.to_builtins(thread.claims), system_clock() // 1_000
    claims = good | {"aud": ATTESTATION_AUDIENCE, "iat": now_s}
    idp, stranger = backend.service.idp._key, Ed25519PrivateKey.generate()

    def signed(key: Ed25519PrivateKey = idp, typ: str = RESET_TYPE, **changed: object) -> str:
        said = {name: value for name, value in (claims | changed).items() if value is not None}
        return jwt.encode(said, key, algorithm="EdDSA", headers={"typ": typ})

    wrong = {
        "by somebody else": signed(stranger),
        "of another type": signed(typ="pli-attest+jwt"),
        "for others": signed(aud="pli"),
        "of another thread": signed(thread="00" * 16),
        "of the other side": signed(party=0),
        "of no side": signed(party=True),
        "without a time": signed(iat=None),
        "from before": signed(iat=now_s - limits.reset_clock_s - 60),
        "of a time to come": signed(iat=now_s + limits.reset_clock_s + 60),
        "expired": signed(exp=now_s - 1),
        "unsigned": jwt.encode(claims, "", algorithm="none", headers={"typ": RESET_TYPE}),
        "no token": "x",
    }
    tokens = [ResetToken(thread.thread, each) for each in wrong.values()]
    progress = await hand_over(backend, anew, *tokens)
    refused = dict(zip(wrong, (each.code for each in progress.refused), strict=True))
    assert refused == dict.fromkeys(wrong, "unverifiable")
    other_record = await hand_over(backend, anew, ResetToken(thread.thread, signed(record="00" * 32)))
    assert [each.code for each in other_record.refused] == ["stale_epoch"]
    unknown = [ResetToken(each, signed(thread=each.hex())) for each in (elsewhere.thread, os.urandom(16))]
    progress = await hand_over(backend, anew, *unknown, ResetToken(thread.thread, signed()))
    assert [each.code for each in progress.refused] == ["not_found", "not_found"]
    assert progress.appended == [thread.thread], "a wrong one beside it does no harm"
    assert [entry.kind for entry in await log_of(world, holders.thread)] == ["epoch", "message", "reset"]
    assert code(await backend.request("POST", f"resets/{os.urandom(16).hex()}/tokens", ResetTokens([]))) == "not_found"


async def test_consents_end_and_their_proofs_hold(backend: Backend) -> None:
    world = backend.world
    holders, agents = await opened(world)
    given = [holders.give(REF, system_clock()), agents.give(REF, system_clock())]
    waiting = agents.give(REF, system_clock())
    other = (await opened(world))[1].give(REF, system_clock())
    for who, command in ((world.holder, given[0]), (world.agent, given[1]), (world.agent, other)):
        assert await ask(world, who, command) is None
    assert await ask(world, world.agent, waiting) is None, "released at once, as both sides did"

    anew = await begun(backend)

    assert await rows(backend, ESCROWED) == []
    assert await states(world, holders) == ["released"]
    for thread in anew.threads:
        assert (await hand_over(backend, anew, word(backend, thread))).refused == []
    assert await states(world, holders) == ["retracted"]
    await founded_anew(world)
    await backend.service.service.pipeline.read(lambda tx: proofs.check_register(tx, ThreadId(holders.thread)))
    found = await backend.service.service.pipeline.read(lambda tx: proofs.consent_proofs(tx, ThreadId(holders.thread)))
    assert len(found) == 3
    for card, proof in found.items():
        assert CardId(verify_consent_proof(proof).consent.card) == card


async def rows(backend: Backend, query: str) -> list[tuple[object, ...]]:
    async with backend.service.service.store._engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def states(world: World, line: Line) -> list[str]:
    async with world.socket(world.holder) as socket:
        answer = await socket.ask(Consents(ref=REF, thread=line.thread))
    return [card.state for card in msgspec.json.decode(answer, type=CardsList).cards]


async def test_a_card_of_the_peer_that_waits_is_destroyed_with_the_event(backend: Backend) -> None:
    """Who consented did so towards others: who comes could not even open it, and would see nothing for their own."""
    world = backend.world
    holders, _ = await opened(world)
    assert await ask(world, world.holder, holders.give(REF, system_clock())) is None
    anew = await begun(backend)
    assert len(await rows(backend, ESCROWED)) == 1, "nothing shows before the peer is told"
    async with world.socket(world.holder) as at_holder:
        await hand_over(backend, anew, word(backend, anew.threads[0]))
        heard = [await at_holder.next(), await at_holder.next()]
        assert b'"kind":"reset"' in heard[0]
        assert b'"t":"cards.changed"' in heard[1]
    assert await rows(backend, ESCROWED) == []
    assert await states(world, holders) == ["withdrawn"]


async def test_conversations_that_open_meanwhile_are_not_missed(backend: Backend) -> None:
    """Each is opened before, and waits for the platform's word, or refused: nobody has the keys of its prekey."""
    world = backend.world
    for number in range(4):
        box = await world.register(f"town {number}", MailboxKind.TERRITORY)
        mayor = Someone(f"mayor {number}", (box.claim(Role.MAYOR, admin=True),))
        await world.found(box, mayor, Role.MAYOR)
        openings = [
            (await claimed_opening(world, (world.project, world.holder), (box, mayor), ref))[0] for ref in (1, 2, 3)
        ]
        await backend.request("POST", "departures", DepartureReport(box.ref, mayor.subject))
        async with world.socket(world.holder) as socket:
            await socket.send(codec.join(map(codec.encode, openings)).decode())
            while (answer := await backend.request("POST", "resets", ResetRequest(box.ref))).status_code == 503:
                pass
            answers = {each.thread: await socket.answer(each.ref) for each in openings}
        named = {each.thread for each in msgspec.json.decode(answer.content, type=ResetBegun).threads}
        assert named == {thread for thread, told in answers.items() if b'"t":"ack"' in told}
        assert all(b'"code":"conflict"' in told for thread, told in answers.items() if thread not in named)


async def test_of_two_at_once_one_is_carried_out(backend: Backend) -> None:
    await lose(backend)
    answers = await asyncio.gather(*(backend.request("POST", "resets", ResetRequest("town")) for _ in range(4)))
    carried_out = {
        msgspec.json.decode(answer.content, type=ResetBegun).reset for answer in answers if answer.is_success
    }
    assert len(carried_out) == 1
    assert {answer.status_code for answer in answers} <= {200, 503}
