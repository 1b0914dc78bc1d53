"""A side that begins anew: the peer is told plainly, the new people get a voice, and nobody else does (SPEC.md 4.7)."""

import base64
import json
from dataclasses import replace

import pytest

from messaging.domain.vocabulary import INITIATOR, RECIPIENT, SERVICE, EventKind
from messaging.e2ee import epoch, errors, reset
from messaging.e2ee.epoch import Opening
from messaging.e2ee.pseudonym import prekey_slot, thread_slot
from messaging.e2ee.suite import SigningKey
from messaging.wire.events import LogEntry
from pli_client import MemoryStorage, Message, NotRendered, SideReset, Thread
from pli_client.desk import Desk
from pli_client.epochs import Side
from pli_client.follower import Follower
from pli_client.keys import MailboxKeys
from pli_client.log import ThreadLog
from pli_client.renewal import Renewal
from pli_client.rotating import Rotator
from tests.sdk.rig import HttpService, opened_keeper, runtime
from tests.sdk.test_engine import state
from tests.sdk.test_renewal import RenewingLink
from tests.sdk.world import NOW, PLATFORM, PREKEY_INDEX, TRUST, World, make_keys
from tests.support.waiting import until


def word(world: World, party: int = RECIPIENT, key: SigningKey = PLATFORM) -> bytes:
    """The payload of a reset in the epoch in force, as the platform attests it."""
    record = world.logs[INITIATOR].epochs[-1].record
    claims = reset.claims(world.thread, party, record.hash, NOW // 1000) | {"aud": TRUST.attestation_audience}
    parts = [{"alg": "EdDSA", "typ": "pli-reset+jwt"}, claims]
    signed = ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts)
    signature = base64.urlsafe_b64encode(key.sign(signed.encode())).rstrip(b"=").decode()
    return reset.make_reset(party, record.n, f"{signed}.{signature}")


def new_people(world: World) -> MailboxKeys:
    """The town hall's mailbox, founded once more by somebody who has nothing of what was before."""
    fresh = make_keys("mayor", world.entropy)
    return replace(fresh, mailbox=world.town.mailbox, was_reset=True, shown_in={})


def log_of(world: World, keys: MailboxKeys, *later: Opening) -> ThreadLog:
    log = ThreadLog(Side(world.thread, world.target, RECIPIENT, keys), TRUST)
    log.epochs.add_wraps({0: world.opening.wraps, **{made.record.n: made.wraps for made in later}}, PREKEY_INDEX)
    return log


def begun_anew(world: World, keys: MailboxKeys) -> Opening:
    made = epoch.make_rotation(
        world.logs[INITIATOR].epochs[-1].record,
        party=RECIPIENT,
        old=None,
        new=keys.pseudonym(thread_slot(world.thread, 1)),
        thread_head=world.service.head,
        entropy=world.entropy,
    )
    for log in world.logs:
        log.epochs.add_wraps({made.record.n: made.wraps}, None)
    return made


@pytest.fixture
def world() -> World:
    made = World()
    made.talk((0, "Bonjour"), (1, "Bonjour Docteur"))
    return made


def read_on(world: World, *logs: ThreadLog) -> list[LogEntry]:
    for log in logs:
        log.append(world.service.entries)
    return world.service.entries


def test_the_peer_is_told_and_the_conversation_goes_on_with_the_new_people(world: World) -> None:
    keys, doctor = new_people(world), world.logs[INITIATOR]
    world.service.add(EventKind.RESET, SERVICE, word(world))
    read_on(world, doctor)
    told = doctor.items[-1]
    assert isinstance(told, SideReset)
    assert (told.party, told.own, told.seq) == (RECIPIENT, False, 4)
    made = begun_anew(world, keys)
    world.service.add(EventKind.EPOCH, RECIPIENT, made.signed)
    town = log_of(world, keys, made)
    read_on(world, doctor, town)
    world.service.add(EventKind.MESSAGE, INITIATOR, world.seal(INITIATOR, "Qui êtes-vous ?"))
    read_on(world, doctor, town)
    assert doctor.evidence is None
    assert town.evidence is None
    assert [item.text for item in town.items if isinstance(item, Message)] == ["Qui êtes-vous ?"]
    before = [item for item in town.items if isinstance(item, NotRendered)]
    assert [item.seq for item in before] == [2, 3], "what was said before the reset stays closed to who comes after"
    assert [type(item) for item in town.items if isinstance(item, SideReset)] == [SideReset]
    assert town.epochs.standing is not None
    assert town.epochs.standing.n == 1


def test_between_the_platforms_word_and_the_new_record_the_side_begins_anew(world: World) -> None:
    keys = new_people(world)
    town = log_of(world, keys)
    read_on(world, town)
    assert not town.begins_anew, "not yet attested"
    world.service.add(EventKind.RESET, SERVICE, word(world))
    read_on(world, town)
    assert town.begins_anew
    with pytest.raises(errors.BadRecord):
        town.seal("text", b"\x01" * 16, b"", world.entropy)
    made = begun_anew(world, keys)
    town.epochs.add_wraps({1: made.wraps}, None)
    world.service.add(EventKind.EPOCH, RECIPIENT, made.signed)
    read_on(world, town)
    assert not town.begins_anew


@pytest.mark.parametrize("attested", ["not at all", "by somebody else", "for the other side"])
def test_without_the_platforms_word_nobody_takes_over_a_side(world: World, attested: str) -> None:
    keys, doctor = new_people(world), world.logs[INITIATOR]
    if attested == "by somebody else":
        world.service.add(EventKind.RESET, SERVICE, word(world, key=SigningKey(b"\x09" * 32)))
    elif attested == "for the other side":
        world.service.add(EventKind.RESET, SERVICE, word(world, party=INITIATOR))
    read_on(world, doctor)
    assert doctor.evidence is None
    made = begun_anew(world, keys)
    world.service.add(EventKind.EPOCH, RECIPIENT, made.signed)
    read_on(world, doctor)
    assert doctor.evidence is not None
    assert isinstance(doctor.evidence.reason, errors.BadRecord)


def test_a_client_without_the_platforms_key_believes_no_reset(world: World) -> None:
    world.service.add(EventKind.RESET, SERVICE, word(world))
    log = ThreadLog(world.logs[INITIATOR].side, replace(TRUST, platform_key=None))
    log.epochs.add_wraps({0: world.opening.wraps}, None)
    read_on(world, log)
    refused = log.items[-1]
    assert isinstance(refused, NotRendered)
    assert isinstance(refused.reason, errors.BadAttestation)
    assert log.evidence is None


def test_a_mailbox_that_was_not_reset_takes_no_pseudonym_that_is_not_its_own(world: World) -> None:
    keys = replace(new_people(world), was_reset=False)
    log = log_of(world, keys)
    read_on(world, log)
    assert log.evidence is not None
    assert isinstance(log.evidence.reason, errors.BadRecord)


def test_until_the_new_people_have_keys_nobody_writes_to_them(world: World) -> None:
    doctor, town = world.logs[INITIATOR], log_of(world, new_people(world))
    read_on(world, doctor, town)
    assert (doctor.peer_begins_anew, town.awaits_reset) == (False, True)
    world.service.add(EventKind.RESET, SERVICE, word(world))
    read_on(world, doctor, town)
    assert (doctor.peer_begins_anew, town.awaits_reset, town.begins_anew) == (True, False, True)
    assert (doctor.reset_at, town.reset_at) == (0, world.service.entries[-1].at)
    made = begun_anew(world, town.side.keys)
    town.epochs.add_wraps({1: made.wraps}, None)
    world.service.add(EventKind.EPOCH, RECIPIENT, made.signed)
    read_on(world, doctor, town)
    assert (doctor.peer_begins_anew, town.awaits_reset, town.begins_anew) == (False, False, False)


@pytest.mark.attack("says that our mailbox began anew, to have a stolen pseudonym's record pass for one from before")
def test_after_a_pseudonym_of_ones_own_no_foreign_one_passes_for_one_from_before(world: World) -> None:
    """A service that says that the mailbox was reset hides nobody who took its side over: somebody with stolen keys."""
    town = world.logs[RECIPIENT]
    town.side.keys.was_reset = True
    thief = make_keys("mayor", world.entropy)
    stolen = world.town.pseudonym(prekey_slot(world.target, PREKEY_INDEX))
    made = epoch.make_rotation(
        town.epochs[-1].record,
        party=RECIPIENT,
        old=stolen,
        new=thief.pseudonym(thread_slot(world.thread, 1)),
        thread_head=world.service.head,
        entropy=world.entropy,
    )
    world.service.add(EventKind.EPOCH, RECIPIENT, made.signed)
    read_on(world, town)
    assert town.evidence is not None
    assert isinstance(town.evidence.reason, errors.BadRecord)


@pytest.mark.parametrize("was_there", [True, False])
async def test_a_thread_is_taken_up_at_once_by_who_was_there_and_else_by_chance(
    world: World, was_there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Coming home to many that the platform vouched for meanwhile, one does not renew them all in one minute."""
    monkeypatch.setattr("pli_client.rotating.turn_s", 0.001)
    monkeypatch.setattr(Rotator, "_drawn", lambda self: 0.99)
    link, service, now = RenewingLink(world), HttpService(), NOW
    parts = runtime(link, await opened_keeper(service, MemoryStorage(), "new"), service)
    parts = replace(parts, clock=lambda: now)
    keys = new_people(world)

    async def reread() -> None: ...

    thread = Thread(
        parts,
        keys,
        Desk(parts, keys, 0),
        state(world),
        followed=None,
        reread=reread,
        on_tag=lambda tag: None,
        on_change=lambda thread: None,
    )
    rotator = Rotator(parts, {world.thread: thread}, lambda: True)
    await thread.load()
    if was_there:
        await rotator.turn()
    now += 60_000
    world.service.add(EventKind.RESET, SERVICE, word(world), at=now - 1)
    await thread.follower.catch_up(pull=True)
    await rotator.turn()
    assert bool(rotator._at_work) == was_there
    await until(lambda: not rotator._at_work, 10.0)
    assert len(link.rotations) == was_there


async def test_the_new_people_renew_without_the_old_signature(world: World) -> None:
    keys = new_people(world)
    world.service.add(EventKind.RESET, SERVICE, word(world))
    link, service = RenewingLink(world), HttpService()
    parts = runtime(link, await opened_keeper(service, MemoryStorage(), "new"), service)
    follower = Follower(
        parts, ThreadLog(Side(world.thread, world.target, RECIPIENT, keys), parts.trust), lambda items: None
    )

    async def reread() -> None: ...

    assert await Renewal(parts, follower, reread).renew() is True
    (rotation,) = link.rotations
    assert epoch.parse_signed(rotation.signed_record).sig_old == b""
    read_on(world, world.logs[INITIATOR])
    assert world.logs[INITIATOR].evidence is None
    assert follower.log.epochs[-1].secret is not None
