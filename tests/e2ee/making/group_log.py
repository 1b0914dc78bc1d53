"""Vectors of SPEC.md sections 7 and 8: the chain, stamps, and what a reader of a log refuses."""

import hashlib
from typing import Any

from messaging.e2ee import epoch, message, stamp
from messaging.e2ee.encoding import frame, unframe
from messaging.e2ee.stamp import Stamper
from messaging.e2ee.suite import SigningKey
from tests.e2ee.making.group import Group, Text
from tests.e2ee.making.shown import FIRST_TEXT, shown
from tests.e2ee.making.stream import Stream, fixed, flipped
from tests.e2ee.making.world import (
    DOCTOR,
    OTHER_STAMP_KEY,
    SERVICE,
    STAMP_KEY,
    START_MS,
    THREAD,
    VILLAGE,
    Conversation,
    LogBuilder,
    conversation,
    rotation_by_village,
    text_message,
)

Entry = tuple[str, int, bytes]


def stamps() -> Group:
    group = Group("stamp", "Chain hashes, RFC 6962 trees and stamps", "7.2 and 8")
    group.accept("empty head", "empty_head", service=SERVICE, thread=THREAD)
    step: dict[str, Any] = {
        "head": fixed("head"), "seq": 7, "time": START_MS, "kind": Text("message"), "party": 1, "payload": b"payload",
    }  # fmt: skip
    group.accept("an event", "chain_step", **step)
    group.accept("an event of the service", "chain_step", **step | {"kind": Text("released"), "party": 255})
    group.accept("largest seq and time", "chain_step", **step | {"seq": 2**53 - 1, "time": 2**53 - 1})
    group.accept("empty payload", "chain_step", **step | {"payload": b""})
    group.reject("a kind that is no word", "BadEncoding", "chain_step", **step | {"kind": Text("Message")})
    leaves = [hashlib.sha256(b"\0leaf %d" % number).digest() for number in range(9)]
    for size in (1, 2, 3, 4, 5, 7, 8, 9):
        group.accept(f"tree of {size}", "merkle_tree", leaf_hashes=leaves[:size])
    _proofs(group)
    return group


def _proofs(group: Group) -> None:
    stamper = Stamper(STAMP_KEY)
    commit = [(fixed(f"thread {number}", 16), number + 1, fixed(f"head {number}")) for number in range(5)]
    alone = stamper.stamp(commit[:1])[0]
    proofs = stamper.stamp(commit)

    def shown(number: int, proof: bytes) -> dict[str, Any]:
        thread, seq, head = commit[number]
        return {"proof": proof, "public": STAMP_KEY.public, "thread": thread, "seq": seq, "head": head}

    group.accept("alone in its commit", "verify_stamp", **shown(0, alone))
    for number, proof in enumerate(proofs):
        group.accept(f"leaf {number} of 5", "verify_stamp", **shown(number, proof))
    good = shown(2, proofs[2])
    key_id, index, size, path, signature = _fields(proofs[2])
    other_id = stamp.key_id(OTHER_STAMP_KEY.public)
    misnamed = STAMP_KEY.sign(frame("pli1/stamp", other_id, stamp.leaf_hash(*commit[2])))
    reversed_path = b"".join(path[at : at + 32] for at in reversed(range(0, len(path), 32)))
    group.reject_each("BadStamp", "verify_stamp", good, {
        "another head": {"head": fixed("other head")},
        "another seq": {"seq": 4},
        "another thread": {"thread": fixed("thread 0", 16)},
        "another leaf's proof": {"proof": proofs[3]},
        "another key": {"public": OTHER_STAMP_KEY.public},
        "signed by another service": {"proof": Stamper(OTHER_STAMP_KEY).stamp(commit)[2]},
        "another service's key id": {"proof": _proof(other_id, index, size, path, signature)},
        "another key id, signed by the pinned key": {"proof": _proof(other_id, bytes(4), b"\0\0\0\1", b"", misnamed)},
        "another index": {"proof": _proof(key_id, b"\0\0\0\1", size, path, signature)},
        "index beyond the tree": {"proof": _proof(key_id, b"\0\0\0\5", size, path, signature)},
        "tree of 0": {"proof": _proof(key_id, bytes(4), bytes(4), b"", signature)},
        "tree of another size": {"proof": _proof(key_id, index, b"\0\0\0\x0a", path, signature)},
        "path cut": {"proof": _proof(key_id, index, size, path[:-32], signature)},
        "path cut in a sibling": {"proof": _proof(key_id, index, size, path[:-1], signature)},
        "path too long": {"proof": _proof(key_id, index, size, path + bytes(32), signature)},
        "path in another order": {"proof": _proof(key_id, index, size, reversed_path, signature)},
        "path altered": {"proof": _proof(key_id, index, size, fixed("sibling") + path[32:], signature)},
        "signature altered": {"proof": _proof(key_id, index, size, path, flipped(signature))},
        "signature of 63 bytes": {"proof": _proof(key_id, index, size, path, signature[:-1])},
        "trailing byte": {"proof": proofs[2] + b"\0"},
        "no proof": {"proof": b""},
    })  # fmt: skip


def _fields(proof: bytes) -> tuple[bytes, bytes, bytes, bytes, bytes]:
    key_id, index, size, path, signature = unframe(proof, "pli1/proof", (8, 4, 4, None, 64))
    return key_id, index, size, path, signature


def _proof(*fields: bytes) -> bytes:
    return frame("pli1/proof", *fields)


def logs() -> Group:
    group = Group("log", "What a reader of a thread's log accepts, refuses and shows", "6.7, 7.3, 7.4 and 9.6")
    talk = conversation()
    group.share(**{f"payload_{event['seq']}": event["payload"] for event in talk.log.events})
    whole = _given(talk, [talk.log.events])
    parted = [talk.log.events[:2], talk.log.events[2:4], talk.log.events[4:]]
    group.accept("a whole log", "read_log", **whole)
    group.accept("in ranges", "read_log", **_given(talk, parted))
    group.accept("known events again", "read_log", **_given(talk, [*parted, talk.log.events[1:4]]))
    group.accept("overlapping ranges", "read_log", **_given(talk, [talk.log.events[:4], talk.log.events[2:]]))
    group.accept("nothing yet", "read_log", **_given(talk, [[]]))
    reached = {"checkpoint_seq": 4, "checkpoint_head": talk.log.heads[4], "end_seq": 6}
    group.accept("through the checkpoint", "read_log", **whole | reached)
    _order(group, talk)
    _checkpoints(group, talk, whole)
    _records(group, talk)
    _messages(group, talk)
    shown(group, talk)
    return group


def _given(talk: Conversation, ranges: list[list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "service": SERVICE, "thread": THREAD, "stamp_public": STAMP_KEY.public, "epoch_secrets": talk.secrets,
        "ranges": ranges,
    }  # fmt: skip


def _entries(talk: Conversation) -> list[Entry]:
    return [(str(event["kind"]), event["party"], event["payload"]) for event in talk.log.events]


def _rebuilt(entries: list[Entry], key: SigningKey = STAMP_KEY, times: dict[int, int] | None = None) -> LogBuilder:
    """A log that a server stamps with these entries, one commit each."""
    log = LogBuilder(stamper=Stamper(key))
    for seq, entry in enumerate(entries, start=1):
        log.commit(entry, time=(times or {}).get(seq))
    return log


def _order(group: Group, talk: Conversation) -> None:
    events, entries = talk.log.events, _entries(talk)

    def reject(name: str, error: str, *ranges: list[dict[str, Any]]) -> None:
        group.reject(name, error, "read_log", **_given(talk, list(ranges)))

    reject("an event missing", "Gap", events[:2], events[3:])
    reject("an event missing inside a range", "Gap", [*events[:2], *events[3:]])
    reject("the first event missing", "Gap", events[1:])
    reject("two events swapped", "Gap", [events[0], events[2], events[1]])
    relabelled = [events[0], events[2] | {"seq": 2}, events[1] | {"seq": 3}]
    reject("two events swapped and renumbered", "TimeWentBack", relabelled)
    same_time = [event | {"time": START_MS} for event in relabelled]
    reject("two events swapped, renumbered, times levelled", "BadStamp", same_time)
    dropped = [events[0], events[2] | {"seq": 2, "time": events[1]["time"]}]
    reject("an event dropped and the next renumbered", "BadStamp", dropped)
    back = _rebuilt(entries[:3], times={2: START_MS + 9000})
    reject("time going back, stamped", "TimeWentBack", back.events)
    reject("time altered", "BadStamp", [*events[:2], events[2] | {"time": START_MS + 3001}])
    reject("wrong kind", "BadStamp", [*events[:2], events[2] | {"kind": Text("asked")}])
    reject("wrong party", "BadStamp", [*events[:2], events[2] | {"party": 0}])
    reject("payload altered", "BadStamp", [*events[:2], events[2] | {"payload": events[1]["payload"]}])
    reject("another event's proof", "BadStamp", [*events[:2], events[2] | {"proof": events[1]["proof"]}])
    reject("no proof", "BadStamp", [*events[:2], events[2] | {"proof": b""}])
    reject("stamped by another service key", "BadStamp", _rebuilt(entries[:2], OTHER_STAMP_KEY).events)
    reject("chained for another service", "BadStamp", _elsewhere(entries[:2]))
    reject("a message before the epoch record", "BadChain", _rebuilt(entries[1:2]).events)
    reject("record 0 in the recipient's name", "BadChain", _rebuilt([("epoch", 1, entries[0][2])]).events)
    reject("another event at a known seq", "Fork", events[:3], [events[2] | {"payload": events[1]["payload"]}])
    other = text_message(talk.openings[0], VILLAGE, "Il est déjà pris.", 2, talk.log.heads[2])
    forked = _rebuilt([*entries[:2], ("message", 1, other)], times={3: events[2]["time"]})
    reject("another event at a known seq, stamped", "Fork", events[:3], forked.events[2:])
    reject("seq 0", "Fork", events[:1], [events[0] | {"seq": 0}])


def _elsewhere(entries: list[Entry]) -> list[dict[str, Any]]:
    log = LogBuilder()
    log.heads[0] = fixed("head_0 of another service")
    log.commit(*entries)
    return log.events


def _checkpoints(group: Group, talk: Conversation, whole: dict[str, Any]) -> None:
    group.reject_each("Rollback", "read_log", whole, {
        "ends before the checkpoint": {"checkpoint_seq": 9, "checkpoint_head": fixed("head 9"), "end_seq": 6},
        "ends at nothing": {"checkpoint_seq": 1, "checkpoint_head": talk.log.heads[1], "end_seq": 0, "ranges": []},
    })  # fmt: skip
    forked = {"checkpoint_seq": 3, "checkpoint_head": fixed("head 3"), "end_seq": 6}
    group.reject("another history at the checkpoint", "Fork", "read_log", **whole | forked)


def _records(group: Group, talk: Conversation) -> None:
    entries = _entries(talk)
    opening = talk.openings[0]

    def reject(name: str, error: str, *added: Entry) -> None:
        log = _rebuilt([*entries[:3], *added])
        group.reject(name, error, "read_log", **_given(talk, [log.events]))

    honest = _rebuilt(entries[:3])
    fits = rotation_by_village(opening, honest.heads[2])
    group.accept("a rotation made one event ago", "read_log",
                 **_given(talk, [_rebuilt([*entries[:3], ("epoch", 1, fits.signed)]).events]))  # fmt: skip
    reject("a rotation on another history", "Fork", ("epoch", 1, rotation_by_village(opening, fixed("head")).signed))
    early = rotation_by_village(opening, honest.heads[0])
    reject("a rotation on a head before the epoch", "Fork", ("epoch", 1, early.signed))
    reject("record 0 a second time", "BadRecord", entries[0])
    reject("a rotation in the other's name", "BadRecord", ("epoch", 0, fits.signed))
    twice = epoch.make_rotation(
        fits.record, party=1, old=VILLAGE.pseudonym(1), new=VILLAGE.pseudonym(2), thread_head=honest.heads[2],
        entropy=Stream("epoch 2"),
    )  # fmt: skip
    reject("a rotation on the head before the last one", "Fork", ("epoch", 1, fits.signed), ("epoch", 1, twice.signed))
    reject("an epoch skipped", "BadRecord", ("epoch", 1, twice.signed))
    reject("an epoch record that is none", "BadEncoding", ("epoch", 1, b"record"))


def _messages(group: Group, talk: Conversation) -> None:
    opening, rotation = talk.openings
    entries, heads = _entries(talk), _rebuilt(_entries(talk)).heads

    def reject(name: str, error: str, count: int, added: Entry) -> None:
        log = _rebuilt([*entries[:count], added])
        group.reject(name, error, "read_log", **_given(talk, [log.events]))

    def says(text: str, seq: int, head: bytes) -> Entry:
        return "message", 0, text_message(opening, DOCTOR, text, seq, head)

    reject("of an epoch that is not in force any more", "WrongHeader", 4, says("Trop tard", 3, heads[3]))
    early = text_message(rotation, DOCTOR, "Trop tôt", 3, heads[3])
    reject("of an epoch that is not in force yet", "WrongHeader", 3, ("message", 0, early))
    reject("in the other's name", "WrongHeader", 3, ("message", 1, says("Qui parle ?", 3, heads[3])[2]))
    reject("in the service's name", "WrongHeader", 3, ("message", 255, says("Service", 3, heads[3])[2]))
    nobody = message.header("text", THREAD, 0, opening.record.hash, 255, fixed("of nobody", 16))
    unsaid = frame("pli1/message", nobody, bytes(32), bytes(32), bytes(592))
    reject("by the service, header and all", "WrongHeader", 3, ("message", 255, unsaid))
    reject("a message a second time", "Repeated", 3, entries[1])
    reused = text_message(opening, DOCTOR, "Autre chose", 3, heads[3], label=FIRST_TEXT)
    reject("a message id a second time, other bytes", "Repeated", 3, ("message", 0, reused))
    reject("has seen itself", "FutureSeen", 3, says("Déjà vu", 4, heads[3]))
    reject("has seen the future", "FutureSeen", 3, says("Demain", 2**63, heads[3]))
    reject("has seen another history", "Fork", 3, says("Ailleurs", 3, fixed("head")))
    reject("has seen another beginning", "Fork", 3, says("Au début", 0, fixed("head")))
    card = message.header("card", THREAD, 0, opening.record.hash, 0, fixed("card message", 16))
    payload = frame("pli1/message", card, bytes(32), bytes(32), bytes(96))
    reject("a card outside a release", "WrongHeader", 3, ("message", 0, payload))
    reject("that is no message", "BadEncoding", 3, ("message", 0, b"message"))
