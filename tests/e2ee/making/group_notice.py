"""Vectors of SPEC.md sections 7.5 and 4.5: what a party says openly, and threads that its desk hides."""

from dataclasses import replace
from typing import Any

from messaging.e2ee import desk, notice
from messaging.e2ee.encoding import frame, unframe
from messaging.e2ee.notice import Notice
from tests.e2ee.making.group import Group, Text
from tests.e2ee.making.shown import FIRST_TEXT
from tests.e2ee.making.stream import fixed, flipped
from tests.e2ee.making.world import (
    DOCTOR,
    OTHER_THREAD,
    SERVICE,
    STAMP_KEY,
    THREAD,
    VILLAGE,
    Conversation,
    LogBuilder,
    Side,
    conversation,
    text_message,
)

Entry = tuple[str, int, bytes]


def notices() -> Group:
    group = Group("notice", "Notices: asked, closed, reopened", "7.5")
    talk = conversation()
    said = _notice(talk, "closed", DOCTOR, reason="housing")
    good = _good(said, _signed(said))
    for kind, reason in (("asked", None), ("closed", "housing"), ("closed", None), ("reopened", None)):
        told = _notice(talk, kind, DOCTOR, reason=reason)
        group.accept(f"{kind}{', and why' if reason else ''}", "open_notice", **_good(told, _signed(told)))
    theirs = _notice(talk, "reopened", VILLAGE)
    group.accept("by the recipient", "open_notice", **_good(theirs, _signed(theirs, VILLAGE)))
    later = _notice(talk, "closed", DOCTOR, reason="a_reason_of_a_later_version")
    group.accept("a reason of a later version", "open_notice", **_good(later, _signed(later)))
    _misplaced(group, talk, good, said)
    _malformed(group, good, said)
    _shown(group, talk)
    return group


def _notice(
    talk: Conversation, kind: str, side: Side, *, reason: str | None = None, label: str = "", seen_seq: int = 3
) -> Notice:
    """Under epoch 0; the id belongs to the label."""
    record, head = talk.openings[0].record, talk.log.heads[seen_seq]
    return Notice(kind, THREAD, record.hash, side.party, fixed(f"message {label or kind}", 16), seen_seq, head, reason)


def _signed(said: Notice, side: Side = DOCTOR, n: int = 0) -> bytes:
    return notice.make_notice(said, side.pseudonym(n).sign)


def _good(said: Notice, payload: bytes) -> dict[str, Any]:
    side = VILLAGE if said.party else DOCTOR
    return {
        "payload": payload, "kind": Text(said.kind), "thread": THREAD, "record_hash": said.record_hash,
        "party": said.party, "author_sign_pk": side.pseudonym(0).sign.public,
    }  # fmt: skip


def _misplaced(group: Group, talk: Conversation, good: dict[str, Any], said: Notice) -> None:
    group.reject_each("WrongHeader", "open_notice", good, {
        "another kind of event": {"kind": Text("reopened")},
        "a kind that is no notice": {"kind": Text("message")},
        "in another thread": {"thread": OTHER_THREAD},
        "under another record": {"record_hash": talk.openings[1].record.hash},
        "in the other's name": {"party": 1},
        "signed for another thread": {"payload": _signed(replace(said, thread=OTHER_THREAD))},
        "signed under another record": {"payload": _signed(replace(said, record_hash=talk.openings[1].record.hash))},
        "signed for the other side": {"payload": _signed(replace(said, party=1))},
    })  # fmt: skip
    other_reason = _relabelled(good["payload"], _body(_signed(replace(said, reason="financing"))))
    body, signature = unframe(good["payload"], "pli1/notice", (None, 64))
    group.reject_each("BadSignature", "open_notice", good, {
        "signed by the peer": {"payload": _signed(said, VILLAGE)},
        "signed by another pseudonym": {"author_sign_pk": VILLAGE.pseudonym(1).sign.public},
        "another reason under the signature": {"payload": other_reason},
        "signature altered": {"payload": flipped(good["payload"])},
        "a signature of the notice without its label": {
            "payload": frame("pli1/notice", body, DOCTOR.pseudonym(0).sign.sign(body)),
        },
        "no signature": {"payload": frame("pli1/notice", body, bytes(len(signature)))},
    })  # fmt: skip


def _body(payload: bytes) -> bytes:
    return unframe(payload, "pli1/notice", (None, 64))[0]


def _relabelled(payload: bytes, body: bytes) -> bytes:
    """Another notice under the signature of this one."""
    return frame("pli1/notice", body, unframe(payload, "pli1/notice", (None, 64))[1])


def _malformed(group: Group, good: dict[str, Any], said: Notice) -> None:
    fields = unframe(_body(good["payload"]), "pli1/closed", (16, 32, 1, 16, 8, 32, None))

    def body(*changed: bytes, label: str = "pli1/closed") -> dict[str, Any]:
        made = frame(label, *changed)
        signature = DOCTOR.pseudonym(0).sign.sign(frame("pli1/notice-sig", made))
        return {"payload": frame("pli1/notice", made, signature)}

    group.reject_each("BadEncoding", "open_notice", good, {
        "a reason that is no word": body(*fields[:-1], b"Logement"),
        "a reason of 33 characters": body(*fields[:-1], b"a" * 33),
        "a reason where nothing is closed": body(*fields, label="pli1/reopened") | {"kind": Text("reopened")},
        "a closing without the field of its reason": body(*fields[:-1]),
        "an unknown notice": body(*fields[:-1], label="pli1/later"),
        "an id of 15 bytes": body(*fields[:3], fields[3][:-1], *fields[4:]),
        "a seen seq of 4 bytes": body(*fields[:4], fields[4][:4], *fields[5:]),
        "a notice with a trailing byte": {"payload": good["payload"] + b"\0"},
        "a notice inside with a trailing byte": {
            "payload": frame("pli1/notice", _body(good["payload"]) + b"\0", bytes(64)),
        },
        "unsigned": {"payload": _body(good["payload"])},
        "a signature of 63 bytes": {"payload": frame("pli1/notice", _body(good["payload"]), bytes(63))},
        "nothing": {"payload": b""},
    })  # fmt: skip


def _shown(group: Group, talk: Conversation) -> None:
    """Each case appends to the first three events of the conversation: an epoch record and a message of each side."""
    start: list[Entry] = [(str(each["kind"]), each["party"], each["payload"]) for each in talk.log.events[:3]]
    group.share(**{f"payload_{each['seq']}": each["payload"] for each in talk.log.events[:4]})
    asked, closed = _entry(_notice(talk, "asked", DOCTOR)), _entry(_notice(talk, "closed", DOCTOR, reason="school"))
    honest = LogBuilder()
    honest.commit(*start, closed)
    after = replace(_notice(talk, "reopened", DOCTOR), seen_seq=4, seen_head=honest.heads[4])
    text = text_message(talk.openings[0], DOCTOR, "Autre chose", 3, talk.log.heads[3], label="asked")
    elsewhere = _notice(talk, "asked", DOCTOR)
    under_1 = replace(_notice(talk, "asked", VILLAGE), record_hash=talk.openings[1].record.hash)
    rotation: Entry = (str(talk.log.events[3]["kind"]), 1, talk.log.events[3]["payload"])
    for name, events in {
        "asked and closed": [*start, asked, closed],
        "closed and reopened": [*start, closed, _entry(after)],
        "reopened before it was closed": [*start, _entry(after), closed],
        "a notice said again": [*start, asked, asked],
        "a notice under the id of a text": [*start, _entry(_notice(talk, "asked", DOCTOR, label=FIRST_TEXT))],
        "a text under the id of a notice": [*start, asked, ("message", 0, text)],
        "an unreadable copy, then the notice": [*start, ("asked", 0, flipped(asked[2])), asked],
        "a notice as another kind": [*start, ("reopened", 0, asked[2])],
        "a notice in the other's name": [*start, ("asked", 1, asked[2])],
        "a notice in the service's name": [*start, ("asked", 255, asked[2])],
        "a notice that saw another history": [*start, _entry(replace(elsewhere, seen_head=fixed("head")))],
        "a notice of the epoch before": [*start, rotation, asked],
        "a notice under the new epoch": [*start, rotation, ("asked", 1, _signed(under_1, VILLAGE, 1))],
        "a notice under the new epoch by the old key": [*start, rotation, ("asked", 1, _signed(under_1, VILLAGE))],
        "a notice that is none": [*start, ("closed", 0, b"closed")],
    }.items():
        group.accept(f"shown: {name}", "show_log", **_given(talk, events))


def steps() -> Group:
    group = Group("step", "Steps: how far a side says that things are", "7.5")
    talk = conversation()
    said = _step(talk, DOCTOR, "meeting_proposed")
    good = _good(said, _signed(said))
    group.accept("a meeting proposed", "open_notice", **good)
    theirs = _step(talk, VILLAGE, "meeting_confirmed")
    group.accept("a meeting confirmed by the recipient", "open_notice", **_good(theirs, _signed(theirs, VILLAGE)))
    later = _step(talk, DOCTOR, "a_step_of_a_later_version")
    group.accept("a step of a later version", "open_notice", **_good(later, _signed(later)))
    fields = unframe(_body(good["payload"]), "pli1/step", (16, 32, 1, 16, 8, 32, None))

    def body(*changed: bytes) -> dict[str, Any]:
        made = frame("pli1/step", *changed)
        signature = DOCTOR.pseudonym(0).sign.sign(frame("pli1/notice-sig", made))
        return {"payload": frame("pli1/notice", made, signature)}

    group.reject_each("BadEncoding", "open_notice", good, {
        "no step": body(*fields[:-1]),
        "an empty step": body(*fields[:-1], b""),
        "a step that is no word": body(*fields[:-1], b"Visite"),
        "a step of 33 characters": body(*fields[:-1], b"a" * 33),
    })  # fmt: skip
    group.reject("a step as another kind", "WrongHeader", "open_notice", **good | {"kind": Text("asked")})
    other = _relabelled(good["payload"], _body(_signed(replace(said, step="visited"))))
    group.reject("another step under the signature", "BadSignature", "open_notice", **good | {"payload": other})
    start: list[Entry] = [(str(each["kind"]), each["party"], each["payload"]) for each in talk.log.events[:3]]
    group.share(**{f"payload_{each['seq']}": each["payload"] for each in talk.log.events[:3]})
    proposed = _entry(said)
    for name, events in {
        "proposed": [*start, proposed],
        "proposed, said again": [*start, proposed, proposed],
        "in the other's name": [*start, ("step", 1, proposed[2])],
    }.items():
        group.accept(f"shown: {name}", "show_log", **_given(talk, events))
    return group


def _step(talk: Conversation, side: Side, step: str) -> Notice:
    return replace(_notice(talk, "step", side, label=step), step=step)


def _entry(said: Notice) -> Entry:
    return said.kind, said.party, _signed(said, VILLAGE if said.party else DOCTOR)


def _given(talk: Conversation, entries: list[Entry]) -> dict[str, Any]:
    log = LogBuilder()
    for entry in entries:
        log.commit(entry)
    return {
        "service": SERVICE, "thread": THREAD, "stamp_public": STAMP_KEY.public, "epoch_secrets": talk.secrets,
        "ranges": [log.events],
    }  # fmt: skip


def hidings() -> Group:
    group = Group("hiding", "Threads that a desk hides from its own side", "4.5")
    hidden, shown = desk.encode_hiding(THREAD, True), desk.encode_hiding(THREAD, False)
    group.accept("hidden", "decode_desk_content", content=hidden)
    group.accept("shown again", "decode_desk_content", content=shown)
    for name, content in {
        "neither yes nor no": frame("pli1/desk-hide", THREAD, b"\2"),
        "a flag of 2 bytes": frame("pli1/desk-hide", THREAD, b"\0\1"),
        "no flag": frame("pli1/desk-hide", THREAD, b""),
        "a thread of 15 bytes": frame("pli1/desk-hide", THREAD[:15], b"\1"),
        "a trailing byte": hidden + b"\0",
    }.items():
        group.reject(name, "BadEncoding", "decode_desk_content", content=content)
    return group
