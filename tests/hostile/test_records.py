"""Well-formed commands that lie: what the service verifies itself is refused with nothing stored (SPEC.md)."""

import hashlib
import json
import os
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from messaging.app import system_clock
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.e2ee import chain, consent, roster_record
from messaging.e2ee.encoding import frame
from messaging.e2ee.restored import parse_restored
from messaging.e2ee.suite import SigningKey
from messaging.wire.commands import AnyCommand, ConsentGive, Open, Pull, RestoreClaim
from messaging.wire.events import Events
from messaging.wire.rest import PrekeyBatch, RosterAppend
from tests.support.server import RunningService
from tests.support.talk import Line, claimed_opening
from tests.support.world import Someone, World

pytestmark = [pytest.mark.hostile, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

REF = 4


async def told(world: World, who: Someone, command: AnyCommand) -> str:
    """The type of the answer, or the problem's code."""
    async with world.socket(who) as socket:
        answer = json.loads(await socket.ask(command))
    return str(answer["problem"]["code"] if answer["t"] == "err" else answer["t"])


async def refused(world: World, who: Someone, path: str, body: msgspec.Struct) -> str:
    answer = await world.request("POST", path, world.token(who), body)
    return str(answer.json()["code"])


async def opening(world: World) -> tuple[Open, Line, Line]:
    return await claimed_opening(world, (world.project, world.holder), (world.town, world.mayor), REF)


async def opened(world: World) -> tuple[Line, Line]:
    command, initiator, recipient = await opening(world)
    assert await told(world, world.holder, command) == "ack"
    return initiator, recipient


def flipped(data: bytes, at: int = -1) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


@pytest.mark.parametrize("role", ["emperor", "x" * 32])
async def test_a_role_that_does_not_exist(world: World, role: str) -> None:
    box = await world.register(os.urandom(4).hex(), MailboxKind.TERRITORY)
    founder = Someone(os.urandom(4).hex(), (box.claim(Role.MAYOR, admin=True),))
    made = box.create_record(founder, Role.MAYOR)
    lying = replace(roster_record.parse_signed(made.signed)[0], role=role).encoded
    signature = founder.pair(box.mailbox).sign.sign(frame("pli1/roster-sig", lying))
    signed = frame("pli1/signed-roster", lying, signature)
    path = f"/v1/mailboxes/{box.mailbox.hex()}/roster"
    assert await refused(world, founder, path, RosterAppend(signed, made.seed)) == "unverifiable"
    await world.found(box, founder, Role.MAYOR)


async def test_a_roster_record_that_somebody_else_signed(world: World) -> None:
    box = await world.register(os.urandom(4).hex(), MailboxKind.TERRITORY)
    founder = Someone(os.urandom(4).hex(), (box.claim(Role.MAYOR, admin=True),))
    made = box.create_record(founder, Role.MAYOR)
    path = f"/v1/mailboxes/{box.mailbox.hex()}/roster"
    for signed in (flipped(made.signed), made.signed + b"\0", b"", made.signed[:-1]):
        answer = await world.request("POST", path, world.token(founder), RosterAppend(signed, made.seed))
        assert answer.status_code in (400, 422)
    other_seed = msgspec.structs.replace(made.seed, seat=os.urandom(16))
    assert await refused(world, founder, path, RosterAppend(made.signed, other_seed)) == "unverifiable"


@pytest.mark.parametrize(
    "kem",
    [bytes(1216), b"\xff" * 1216, b"\xff" * 1184 + bytes(32)],
    ids=["zero", "coefficients above q", "both"],
)
async def test_prekeys_that_cannot_receive(world: World, kem: bytes) -> None:
    (good,) = world.town.next_prekeys(world.mayor, 1).prekeys
    path = f"/v1/targets/{world.town.target.hex()}/prekeys"
    for pk_kem in (kem, good.pk_kem[:1184] + bytes(32)):
        batch = PrekeyBatch([msgspec.structs.replace(good, pk_kem=pk_kem)])
        assert await refused(world, world.mayor, path, batch) == "unverifiable"


async def test_prekeys_that_the_mailbox_does_not_vouch_for(world: World) -> None:
    (good,) = world.town.next_prekeys(world.mayor, 1).prekeys
    (foreign,) = world.project.next_prekeys(world.holder, 1).prekeys
    path = f"/v1/targets/{world.town.target.hex()}/prekeys"
    assert await refused(world, world.mayor, path, PrekeyBatch([foreign])) == "unverifiable"
    twice = PrekeyBatch([good, good])
    assert await refused(world, world.mayor, path, twice) == "conflict"


async def test_an_opening_that_lies(world: World) -> None:
    command, line, _ = await opening(world)
    other, _, _ = await opening(world)
    for fields, code in (
        ({"signed_record": flipped(command.signed_record)}, "unverifiable"),
        ({"signed_record": other.signed_record}, "unverifiable"),
        ({"wraps": command.wraps[::-1]}, "unverifiable"),
        ({"own": bytes(64)}, "unverifiable"),
        ({"claim": other.claim}, "unverifiable"),
        ({"claim": os.urandom(16)}, "not_found"),
        ({"payload": other.payload}, "malformed"),
        ({"payload": b"noise"}, "unverifiable"),
        ({"payload": line.payload("Bonjour", party=1)}, "malformed"),
        ({"thread": other.thread}, "unverifiable"),
    ):
        assert await told(world, world.holder, msgspec.structs.replace(command, **fields)) == code, fields.keys()
    assert await told(world, world.holder, command) == "ack"
    assert await told(world, world.holder, command) == "ack"
    assert (
        await told(world, world.holder, msgspec.structs.replace(command, payload=line.payload("Autre"))) == "conflict"
    )


async def test_messages_that_lie(world: World) -> None:
    line, _ = await opened(world)
    card = line.card({"name": "Anne Exemple"})
    stale = replace(line, record=replace(line.record, kc=os.urandom(32)))
    msg_id = os.urandom(16)
    first = line.send(REF)
    first.payload = line.payload("Bonjour", msg_id=msg_id)
    for payload, code in (
        (card.payload, "malformed"),
        (stale.payload("Bonjour"), "stale_epoch"),
        (line.payload("Bonjour", party=1), "not_found"),
        (line.payload("Bonjour", party=7), "not_found"),
        (first.payload, "ack"),
        (first.payload, "ack"),
        (line.payload("Autre", msg_id=msg_id), "conflict"),
    ):
        assert await told(world, world.holder, msgspec.structs.replace(first, payload=payload)) == code
    async with world.socket(world.holder) as socket:
        pulled = json.loads(await socket.ask(Pull(ref=REF, thread=line.thread, after=0)))
    assert [event["seq"] for event in pulled["events"]] == [1, 2, 3]


def resigned(given: ConsentGive, key: SigningKey, **fields: Any) -> ConsentGive:
    """The consent with other words, truly signed."""
    statement = consent.consent_statement(replace(consent.parse_consent(given.statement), **fields))
    return msgspec.structs.replace(given, statement=statement, signature=consent.sign(key, statement))


async def test_consents_that_lie(world: World) -> None:
    line, _ = await opened(world)
    elsewhere, _ = await opened(world)
    now, key = system_clock(), line.keys.pair.sign
    given, other = line.give(REF, now), line.give(REF, now)
    foreign = elsewhere.give(REF, now)
    hashed = hashlib.sha256(b"x").digest()
    for lying, code in (
        (msgspec.structs.replace(given, signature=flipped(given.signature)), "unverifiable"),
        (resigned(given, SigningKey(bytes(32))), "unverifiable"),
        (msgspec.structs.replace(given, payload=other.payload), "unverifiable"),
        (msgspec.structs.replace(given, s_server=other.s_server), "unverifiable"),
        (msgspec.structs.replace(given, payload=line.payload("Bonjour")), "unverifiable"),
        (msgspec.structs.replace(foreign, thread=line.thread), "unverifiable"),
        (resigned(given, key, record_0=hashed), "unverifiable"),
        (resigned(given, key, party=1), "unverifiable"),
        (resigned(given, key, cs=hashed), "unverifiable"),
        (resigned(given, key, time=now - 90_000_000), "conflict"),
        (given, "ok"),
        (given, "ok"),
        (resigned(given, key, text_hash=hashed), "conflict"),
        (other, "conflict"),
    ):
        assert await told(world, world.holder, lying) == code
    withdrawal = line.withdraw(REF, given, now)
    for withdrawn, code in (
        (msgspec.structs.replace(withdrawal, signature=flipped(withdrawal.signature)), "unverifiable"),
        (msgspec.structs.replace(line.withdraw(REF, other, now), card=withdrawal.card), "unverifiable"),
        (withdrawal, "ok"),
        (withdrawal, "ok"),
        (given, "conflict"),
    ):
        assert await told(world, world.holder, withdrawn) == code


async def claimed_restore(world: World, line: Line, **changed: Any) -> RestoreClaim:
    """What the log has at seq 1, claimed; unless something of it is changed."""
    async with world.socket(world.holder) as socket:
        answer = await socket.ask(Pull(ref=REF, thread=line.thread, after=0, limit=1))
    (first,) = msgspec.json.decode(answer, type=Events).events
    digest = chain.digest(first.kind, first.party, first.payload)
    head = chain.next_head(line.head_0, 1, first.at, first.kind, first.party, digest)
    honest = RestoreClaim(ref=REF, thread=line.thread, seq=1, head=head, proof=first.proof, stream_epoch=0)
    return msgspec.structs.replace(honest, **changed)


async def test_a_log_owns_up_to_nothing_that_was_not_stamped(world: World) -> None:
    line, _ = await opened(world)
    other, _ = await opened(world)
    stranger = (await claimed_restore(world, other)).proof
    honest = await claimed_restore(world, line)
    for changed in (
        {"seq": 2},
        {"seq": 9},
        {"seq": 0},
        {"head": flipped(honest.head)},
        {"proof": flipped(honest.proof)},
        {"proof": b""},
        {"proof": stranger},
    ):
        assert await told(world, world.holder, await claimed_restore(world, line, **changed)) == "unverifiable", changed
    async with world.socket(world.holder) as socket:
        answer = json.loads(await socket.ask(honest))
        pulled = json.loads(await socket.ask(Pull(ref=REF, thread=line.thread, after=0)))
    assert (answer["t"], answer["seq"], pulled["head_seq"]) == ("restored", 0, 2)


async def test_a_restore_is_claimed_once_and_not_within_a_stream_epoch(world: World, service: RunningService) -> None:
    """The service's own key stamps what it does not have: the claim of a history that a backup lost."""
    line, _ = await opened(world)
    context = service.service.context
    heads = {seq: os.urandom(32) for seq in (7, 8, 9)}
    claims = {
        seq: await claimed_restore(
            world, line, seq=seq, head=head, proof=context.stamper.stamp([(line.thread, seq, head)])[0]
        )
        for seq, head in heads.items()
    }
    now = msgspec.structs.replace(claims[8], stream_epoch=context.stream_epoch())
    assert await told(world, world.holder, now) == "conflict"
    async with world.socket(world.holder) as socket:
        seqs = [json.loads(await socket.ask(claims[seq]))["seq"] for seq in (8, 8, 7, 9, 9, 8)]
        assert seqs == [3, 3, 3, 4, 4, 3]
        events = msgspec.json.decode(await socket.ask(Pull(ref=REF, thread=line.thread, after=2)), type=Events).events
    assert [(e.kind, e.party, parse_restored(e.payload).old_seq) for e in events] == [
        ("restored", 255, 8),
        ("restored", 255, 9),
    ]
