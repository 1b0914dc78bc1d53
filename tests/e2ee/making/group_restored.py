"""Vectors of SPEC.md section 7.4: a log that lacks what its reader has seen, and says why, or does not."""

from typing import Any

from messaging.e2ee.encoding import frame
from messaging.e2ee.restored import Restored, make_restored
from messaging.e2ee.stamp import Stamper
from tests.e2ee.making.group import Group
from tests.e2ee.making.stream import fixed
from tests.e2ee.making.world import (
    DOCTOR,
    OTHER_STAMP_KEY,
    SERVICE,
    STAMP_KEY,
    THREAD,
    VILLAGE,
    Conversation,
    LogBuilder,
    conversation,
    text_message,
)

KEPT = 3
"""How many events of the conversation the backup has: both texts of epoch 0."""
OLD, NEW = 1, 2


def restored() -> Group:
    group = Group("restored", "Restored backups: which logs explain what they lack", "7.4")
    talk = conversation()
    group.share(**{f"payload_{event['seq']}": event["payload"] for event in talk.log.events[:KEPT]})
    said = _said(6, talk.log.heads[6])
    group.accept("the event", "parse_restored", payload=said)
    label, *fields = ("pli1/restored", bytes(8), fixed("head"), bytes(8), bytes(8))
    group.reject_each("BadEncoding", "parse_restored", {"payload": said}, {
        "another label": {"payload": frame("pli1/reset", *fields)},
        "a seq of 4 bytes": {"payload": frame(label, bytes(4), *fields[1:])},
        "a head of 31 bytes": {"payload": frame(label, fields[0], bytes(31), *fields[2:])},
        "a field missing": {"payload": frame(label, *fields[:-1])},
        "a trailing byte": {"payload": said + b"\0"},
    })  # fmt: skip
    _shorter(group, talk, said)
    _other(group, talk, said)
    _many(group, talk, said)
    return group


def _said(old_seq: int, old_head: bytes, old: int = OLD, new: int = NEW) -> bytes:
    return make_restored(Restored(old_seq, old_head, old, new))


def _log(talk: Conversation, *payloads: bytes, party: int = 255, stamper: Stamper | None = None) -> LogBuilder:
    """The backup's events, these `restored` events, and a text that was written then."""
    log = LogBuilder() if stamper is None else LogBuilder(stamper=stamper)
    for event in talk.log.events[:KEPT]:
        log.commit((str(event["kind"]), event["party"], event["payload"]))
    for payload in payloads:
        log.commit(("restored", party, payload))
    text = text_message(talk.openings[0], DOCTOR, "Nous en étions là.", len(log.events), log.head)
    log.commit(("message", 0, text))
    return log


def _given(talk: Conversation, log: LogBuilder, seen: int = 6, **more: Any) -> dict[str, Any]:
    """Reads this log, having seen the conversation up to `seen`."""
    return {
        "service": SERVICE, "thread": THREAD, "stamp_public": STAMP_KEY.public, "epoch_secrets": talk.secrets[:1],
        "ranges": [log.events], "checkpoint_seq": seen, "checkpoint_head": talk.log.heads[seen],
        "end_seq": len(log.events),
    } | more  # fmt: skip


def _shorter(group: Group, talk: Conversation, said: bytes) -> None:
    """The log ends below the checkpoint."""
    explained = _given(talk, _log(talk, said))
    group.accept("shorter, and explained", "read_log", **explained)
    group.accept("explained in a later range", "read_log",
                 **_given(talk, log := _log(talk, said), ranges=[log.events[:2], log.events[2:]]))  # fmt: skip
    group.accept("the checkpoint before what was lost last", "read_log", **_given(talk, _log(talk, said), seen=5))
    group.accept("nothing of it was seen", "read_log", **_given(talk, _log(talk, said), seen=KEPT))
    heads = talk.log.heads
    logs = {
        "shorter, without a word": _log(talk),
        "another head at the same seq": _log(talk, _said(6, fixed("another head"))),
        "the head of another seq": _log(talk, _said(6, heads[5])),
        "explains less than was seen": _log(talk, _said(5, heads[5])),
        "by a party": _log(talk, said, party=0),
        "in a form that nobody reads": _log(talk, said + b"\0"),
    }
    for name, log in logs.items():
        group.reject(name, "Rollback", "read_log", **_given(talk, log))
    log = _log(talk, said)
    seen_already = {"restores_seen": [log.heads[KEPT + 1]]}
    group.reject("explained by an event that was there before", "Rollback", "read_log", **explained | seen_already)
    group.accept("an event of before, and nothing is lacking", "read_log",
                 **_given(talk, log, seen=KEPT) | seen_already)  # fmt: skip
    group.reject("ends before the explanation", "Rollback", "read_log",
                 **_given(talk, log, ranges=[log.events[:KEPT]], end_seq=KEPT))  # fmt: skip
    group.reject("shorter than what was read now", "Rollback", "read_log", **explained | {"end_seq": KEPT})
    forged = _log(talk, said, stamper=Stamper(OTHER_STAMP_KEY))
    group.reject("stamped by another service", "BadStamp", "read_log", **_given(talk, forged))
    unstamped = [*log.events[:KEPT], log.events[KEPT] | {"proof": log.events[0]["proof"]}]
    group.reject("without a stamp of its own", "BadStamp", "read_log",
                 **_given(talk, log, ranges=[unstamped], end_seq=KEPT + 1))  # fmt: skip


def _other(group: Group, talk: Conversation, said: bytes) -> None:
    """The log grew beyond the checkpoint again, and has other events there."""

    def grown(*last: bytes) -> LogBuilder:
        log = _log(talk)
        for number in range(3):
            text = text_message(talk.openings[0], VILLAGE, f"Encore {number}", len(log.events), log.head)
            log.commit(("message", 1, text))
        for payload in last:
            log.commit(("restored", 255, payload))
        return log

    log = grown(said)
    group.accept("longer, another head, explained behind it", "read_log", **_given(talk, log))
    group.accept("longer, another head before what was lost last", "read_log", **_given(talk, log, seen=5))
    group.reject("longer, another head, without a word", "Fork", "read_log", **_given(talk, grown()))
    group.reject("longer, explained in a range after it", "Fork", "read_log",
                 **_given(talk, log, ranges=[log.events[:6], log.events[6:]]))  # fmt: skip
    group.reject("longer, explains less than was seen", "Fork", "read_log",
                 **_given(talk, grown(_said(5, talk.log.heads[5]))))  # fmt: skip
    group.reject("longer, another head in the explanation", "Fork", "read_log",
                 **_given(talk, grown(_said(6, fixed("another head")))))  # fmt: skip


def _many(group: Group, talk: Conversation, said: bytes) -> None:
    """Readers had come unequally far: one event for each that the ones before do not explain."""
    less = _said(5, talk.log.heads[5])
    log = _log(talk, less, said)
    for seen in (4, 5, 6):
        group.accept(f"a second event, seen up to {seen}", "read_log", **_given(talk, log, seen=seen))
    group.accept("the second event was not there before", "read_log",
                 **_given(talk, log) | {"restores_seen": [log.heads[KEPT + 1]]})  # fmt: skip
    both = {"restores_seen": log.heads[KEPT + 1 : KEPT + 3]}
    group.reject("both events were there before", "Fork", "read_log", **_given(talk, log) | both)
    group.accept("the same event twice", "read_log", **_given(talk, _log(talk, said, said)))
    group.reject("two events, neither of which explains it", "Fork", "read_log",
                 **_given(talk, _log(talk, less, _said(4, talk.log.heads[4]))))  # fmt: skip
