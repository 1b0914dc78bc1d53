"""What a reader refuses, and what it shows: every lie of a service here is one that `ThreadLog` must find."""

from typing import Any

import msgspec
import pytest

from messaging.domain.vocabulary import INITIATOR, RECIPIENT, SERVICE, EventKind, MessageKind
from messaging.e2ee import content, epoch, errors, message, vault
from messaging.e2ee.pseudonym import thread_slot
from messaging.e2ee.stamp import Stamper, verify_proof
from messaging.e2ee.suite import SigningKey
from messaging.wire.events import LogEntry
from pli_client import Message, NotRendered
from pli_client.errors import Stopped
from pli_client.log import ThreadLog
from tests.sdk.world import NOW, PREKEY_INDEX, TRUST, ServiceLog, World


def changed(entry: LogEntry, **fields: object) -> LogEntry:
    return msgspec.structs.replace(entry, **fields)


def flipped(data: bytes, at: int = -1) -> bytes:
    """`data` with one bit turned."""
    altered = bytearray(data)
    altered[at] ^= 1
    return bytes(altered)


def texts(log: ThreadLog) -> list[str | None]:
    return [item.text for item in log.items if isinstance(item, Message)]


def refusal(log: ThreadLog) -> NotRendered:
    """The one thing of this log that was not rendered."""
    (found,) = [item for item in log.items if isinstance(item, NotRendered)]
    return found


@pytest.fixture
def world() -> World:
    return World()


def test_both_sides_read_the_same_conversation(world: World) -> None:
    world.talk((0, "Bonjour"), (1, "Bonjour Docteur"), (0, "Merci"))
    for log in world.logs:
        assert texts(log) == ["Bonjour", "Bonjour Docteur", "Merci"]
        assert log.head == world.service.head


def test_only_the_own_side_learns_which_seat_wrote(world: World) -> None:
    world.talk((1, "Le secrétariat vous répond"))
    seen_by_doctor, seen_by_town = (log.items[0] for log in world.logs)
    assert isinstance(seen_by_doctor, Message)
    assert isinstance(seen_by_town, Message)
    assert seen_by_doctor.author is None
    assert not seen_by_doctor.own
    assert seen_by_town.author is not None
    assert seen_by_town.author.seat == world.town.seat
    assert seen_by_town.author.roster_head == world.town.roster.head


def test_a_range_is_read_whole_like_one_by_one(world: World) -> None:
    world.talk((0, "un"), (1, "deux"), (0, "trois"))
    late = world.new_log(RECIPIENT)
    late.append(world.service.entries)
    assert (texts(late), late.head) == (["un", "deux", "trois"], world.service.head)


# What stops a log


def test_a_dropped_event_stops_the_log(world: World) -> None:
    world.talk((0, "un"))
    world.say(0, "deux")
    last = world.say(0, "trois")
    shown = world.logs[1].append([last])
    assert [type(item) for item in shown] == [NotRendered]
    assert isinstance(refusal(world.logs[1]).reason, errors.Gap)
    assert refusal(world.logs[1]).stopped


def test_an_event_dropped_inside_a_pulled_range_stops_it_there(world: World) -> None:
    for text in ("un", "deux", "trois"):
        world.say(0, text)
    log, entries = world.new_log(RECIPIENT), world.service.entries
    log.append([entries[0], entries[1], entries[3]])
    assert texts(log) == ["un"]
    assert isinstance(refusal(log).reason, errors.Gap)


def test_reordered_events_stop_the_log_even_when_renumbered(world: World) -> None:
    first, second = world.say(0, "un"), world.say(0, "deux")
    swapped = [
        changed(second, seq=first.seq, at=first.at, proof=first.proof),
        changed(first, seq=second.seq, at=second.at, proof=second.proof),
    ]
    world.logs[1].append(swapped)
    assert texts(world.logs[1]) == []
    assert isinstance(refusal(world.logs[1]).reason, errors.BadStamp)


def test_an_altered_stamp_stops_the_log(world: World) -> None:
    entry = world.say(0, "un")
    world.logs[1].append([changed(entry, proof=flipped(entry.proof))])
    assert texts(world.logs[1]) == []
    assert isinstance(refusal(world.logs[1]).reason, errors.BadStamp)


def test_a_stamp_of_another_key_stops_the_log(world: World) -> None:
    world.service.stamper = Stamper(SigningKey(b"\x09" * 32))
    world.logs[1].append([world.say(0, "un")])
    assert isinstance(refusal(world.logs[1]).reason, errors.BadStamp)


def test_an_altered_payload_is_not_what_was_stamped(world: World) -> None:
    entry = world.say(0, "un")
    world.logs[1].append([changed(entry, payload=flipped(entry.payload))])
    assert isinstance(refusal(world.logs[1]).reason, errors.BadStamp)


def test_time_going_back_stops_the_log(world: World) -> None:
    world.talk((0, "un"))
    world.logs[1].append([world.service.add(EventKind.MESSAGE, 0, world.seal(0, "deux"), at=NOW - 1)])
    assert isinstance(refusal(world.logs[1]).reason, errors.TimeWentBack)


@pytest.mark.attack("shows an event that was read otherwise than before")
def test_two_versions_of_one_event_are_a_fork_and_evidence(world: World) -> None:
    world.talk((0, "un"))
    before = world.service.entries[0]
    other = changed(before, at=before.at + 1)
    world.logs[1].append([other])
    evidence = world.logs[1].evidence
    assert evidence is not None
    assert isinstance(evidence.reason, errors.Fork)
    assert evidence.entry == other
    with pytest.raises(Stopped):
        world.logs[1].append([world.say(0, "deux")])


def test_the_same_event_twice_is_harmless(world: World) -> None:
    world.talk((0, "un"))
    assert world.logs[1].append(world.service.entries) == []
    assert texts(world.logs[1]) == ["un"]


def test_an_author_who_saw_another_history_is_a_fork(world: World) -> None:
    """The service shows the doctor one time for the town's message, and the town another."""
    entry = world.say(1, "Bonjour")
    forked = ServiceLog(world.thread)
    forked.add(EventKind.EPOCH, INITIATOR, world.opening.signed)
    world.logs[1].append([entry])
    world.logs[0].append([forked.add(EventKind.MESSAGE, 1, entry.payload, at=entry.at + 5)])
    answer = world.service.add(EventKind.MESSAGE, 0, world.seal(0, "Bonjour à vous"))
    world.logs[1].append([answer])
    assert isinstance(refusal(world.logs[1]).reason, errors.Fork)
    assert refusal(world.logs[1]).stopped


def test_a_log_that_ends_before_what_was_seen_is_a_rollback(world: World) -> None:
    world.talk((0, "un"), (0, "deux"))
    shown = world.logs[1].check_end(2)
    assert shown is not None
    assert isinstance(shown.reason, errors.Rollback)


def test_a_log_must_lead_through_the_checkpoint(world: World) -> None:
    world.talk((0, "un"), (0, "deux"))
    checkpoint = vault.Checkpoint(2, b"\x01" * 32)
    log = ThreadLog(world.logs[1].side, TRUST, checkpoint)
    log.epochs.add_wraps({0: world.opening.wraps}, PREKEY_INDEX)
    log.append(world.service.entries)
    assert isinstance(refusal(log).reason, errors.Fork)


def test_a_log_that_begins_without_its_epoch_is_refused(world: World) -> None:
    other = World("other")
    log = other.new_log(RECIPIENT)
    log.append([ServiceLog(other.thread).add(EventKind.MESSAGE, 0, world.seal(0, "un"))])
    assert refusal(log).stopped


def test_a_prekey_that_is_not_ours_stops_the_log(world: World) -> None:
    log = world.new_log(RECIPIENT)
    log.epochs.add_wraps({}, PREKEY_INDEX + 1)
    log.append(world.service.entries)
    assert isinstance(refusal(log).reason, errors.BadRecord)
    assert refusal(log).stopped


# What one event alone loses


def test_a_message_replayed_in_another_thread_is_not_shown(world: World) -> None:
    other = World("other")
    replayed = other.say(0, "Je suis candidate ailleurs")
    world.logs[1].append([world.service.add(EventKind.MESSAGE, 0, replayed.payload)])
    assert texts(world.logs[1]) == []
    assert isinstance(refusal(world.logs[1]).reason, errors.WrongHeader)
    world.talk((0, "La suite"))
    assert texts(world.logs[1]) == ["La suite"]


def test_a_message_shown_as_the_other_sides_is_not_rendered(world: World) -> None:
    world.logs[1].append([world.service.add(EventKind.MESSAGE, 1, world.seal(0, "un"))])
    assert isinstance(refusal(world.logs[1]).reason, errors.WrongHeader)


def test_a_message_twice_under_two_seqs_shows_once(world: World) -> None:
    entry = world.say(0, "un")
    world.logs[1].append([entry, world.service.add(EventKind.MESSAGE, 0, entry.payload)])
    assert texts(world.logs[1]) == ["un"]
    assert isinstance(refusal(world.logs[1]).reason, errors.Repeated)


def test_a_message_that_claims_to_have_seen_itself_is_not_shown(world: World) -> None:
    log = world.logs[0]
    current, header = log.epochs[-1], log.header(MessageKind.TEXT, world.entropy(16))
    payload = message.seal_message(
        header,
        content.encode_text("un"),
        epoch_secret=current.opened_secret(),
        signing=current.own.sign,
        seen_seq=2,
        seen_head=log.head,
        tag=world.doctor.tag,
        entropy=world.entropy,
    )
    world.logs[1].append([world.service.add(EventKind.MESSAGE, 0, payload)])
    assert isinstance(refusal(world.logs[1]).reason, errors.FutureSeen)
    assert not refusal(world.logs[1]).stopped


def test_a_message_that_the_peer_did_not_sign_is_not_shown(world: World) -> None:
    """The town hall itself knows E_0: it cannot write in the doctor's name to its colleagues."""
    town = world.logs[1]
    header = message.header(MessageKind.TEXT, world.thread, 0, town.epochs[0].record.hash, 0, world.entropy(16))
    payload = message.seal_message(
        header,
        content.encode_text("J’accepte tout"),
        epoch_secret=town.epochs[-1].opened_secret(),
        signing=town.epochs[-1].own.sign,
        seen_seq=town.seq,
        seen_head=town.head,
        tag=world.town.tag,
        entropy=world.entropy,
    )
    town.append([world.service.add(EventKind.MESSAGE, 0, payload)])
    assert isinstance(refusal(town).reason, errors.BadSignature)


def test_an_unknown_event_stands_in_the_chain_and_shows_nothing(world: World) -> None:
    entry = world.service.add("later", SERVICE, b"later")
    assert world.logs[1].append([entry]) == []
    assert world.logs[1].head == world.service.head


def test_an_unknown_content_is_a_placeholder(world: World) -> None:
    payload = world.logs[0].seal(MessageKind.OFFER, world.entropy(16), b"\x00\x00\x00\x09pli1/soon", world.entropy)
    world.logs[1].append([world.service.add(EventKind.MESSAGE, 0, payload)])
    (item,) = world.logs[1].items
    assert isinstance(item, Message)
    assert item.text is None
    assert item.content == content.UnknownContent("pli1/soon")


# Epochs


def rotate(world: World, party: int) -> epoch.Opening:
    """A rotation by a side, on its own log's head; the service has not stored it yet."""
    log, keys = world.logs[party], world.keys(party)
    made = epoch.make_rotation(
        log.epochs[-1].record,
        party=party,
        old=log.epochs[-1].own,
        new=keys.pseudonym(thread_slot(world.thread, len(log.epochs))),
        thread_head=log.head,
        entropy=world.entropy,
    )
    for each in world.logs:
        each.epochs.add_wraps({made.record.n: made.wraps}, None)
    return made


@pytest.mark.parametrize("party", [INITIATOR, RECIPIENT])
def test_the_conversation_goes_on_over_renewed_keys(world: World, party: int) -> None:
    world.talk((0, "avant"))
    entry = world.service.add(EventKind.EPOCH, party, rotate(world, party).signed)
    for log in world.logs:
        log.append([entry])
    world.talk((0, "après"), (1, "aussi"))
    for log in world.logs:
        assert texts(log) == ["avant", "après", "aussi"]


@pytest.mark.attack("shows a message under keys that are not in force")
def test_a_message_of_the_old_epoch_after_a_rotation_is_not_shown(world: World) -> None:
    stale = world.seal(0, "trop tard")
    entry = world.service.add(EventKind.EPOCH, 1, rotate(world, 1).signed)
    world.logs[1].append([entry, world.service.add(EventKind.MESSAGE, 0, stale)])
    assert isinstance(refusal(world.logs[1]).reason, errors.WrongHeader)


@pytest.mark.attack("shows renewed keys that were made on another history")
def test_a_rotation_made_on_another_history_stops_the_log(world: World) -> None:
    made = epoch.make_rotation(
        world.logs[0].epochs[-1].record,
        party=0,
        old=world.logs[0].epochs[-1].own,
        new=world.doctor.pseudonym(thread_slot(world.thread, 1)),
        thread_head=b"\x05" * 32,
        entropy=world.entropy,
    )
    world.logs[1].append([world.service.add(EventKind.EPOCH, 0, made.signed)])
    assert isinstance(refusal(world.logs[1]).reason, errors.Fork)


def test_without_its_wraps_an_epoch_is_closed_and_the_log_goes_on(world: World) -> None:
    """Wraps are deleted by retention: the messages under them stay sealed, the chain is still followed."""
    world.talk((0, "perdu"))
    log = ThreadLog(world.logs[1].side, TRUST)
    log.epochs.add_wraps({}, PREKEY_INDEX)
    log.append(world.service.entries)
    assert log.head == world.service.head
    assert isinstance(refusal(log).reason, errors.BadRecord)
    assert not refusal(log).stopped


def test_the_log_says_which_wraps_it_needs(world: World) -> None:
    entry = world.service.add(EventKind.EPOCH, 0, rotate(world, 0).signed)
    log = ThreadLog(world.logs[1].side, TRUST)
    assert log.first_epoch_without_wraps(world.service.entries) == 0
    log.epochs.add_wraps({0: world.opening.wraps}, PREKEY_INDEX)
    assert log.first_epoch_without_wraps(world.service.entries) == 1
    assert log.first_epoch_without_wraps([entry]) is None


def test_a_fault_while_reading_one_event_is_one_quiet_line(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [world.say(0, "piégé"), world.say(1, "après")]
    log = world.logs[RECIPIENT]
    opened = message.open_message
    faults = iter([ValueError("fault")])

    def stumble(*given: Any) -> message.OpenedMessage:
        for fault in faults:
            raise fault
        return opened(*given)

    monkeypatch.setattr("messaging.e2ee.message.open_message", stumble)
    refused, read = log.append(entries)
    assert isinstance(refused, NotRendered)
    assert isinstance(refused.reason, errors.BadMessage)
    assert isinstance(read, Message)
    assert log.evidence is None


@pytest.mark.attack("hands out one prekey twice")
def test_our_pseudonym_of_another_thread_stops_the_log() -> None:
    """A service that hands out one prekey twice would tie two threads of one party together."""
    first = World()
    second = World("second", town=first.town)
    second.target = first.target
    second.opening = second.open_thread()
    second.service = ServiceLog(second.thread)
    log = second.new_log(RECIPIENT)
    (refused,) = log.append([second.service.add(EventKind.EPOCH, INITIATOR, second.opening.signed)])
    assert isinstance(refused, NotRendered)
    assert isinstance(refused.reason, errors.BadRecord)
    assert refused.stopped


def test_the_evidence_of_a_fork_inside_a_range_holds_the_stamp_that_was_verified(world: World) -> None:
    log = world.logs[INITIATOR]
    header = log.header(MessageKind.TEXT, world.entropy(16))
    forked = message.seal_message(
        header,
        content.encode_text("autre histoire"),
        epoch_secret=log.epochs[0].opened_secret(),
        signing=log.epochs[0].own.sign,
        seen_seq=1,
        seen_head=bytes(32),
        tag=lambda header, salt: bytes(84),
        entropy=world.entropy,
    )
    bad = changed(world.service.add(EventKind.MESSAGE, INITIATOR, forked), proof=b"never verified")
    town = world.logs[RECIPIENT]
    town.append([bad, world.say(1, "après")])
    evidence = town.evidence
    assert evidence is not None
    assert isinstance(evidence.reason, errors.Fork)
    verify_proof(evidence.own_proof, TRUST.stamp_key, world.thread, evidence.own_seq, evidence.own_head)
