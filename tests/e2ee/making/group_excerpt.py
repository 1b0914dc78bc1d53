"""Vectors of SPEC.md section 10.4: excerpts that prove a report, and every way to forge, cut or reorder one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from messaging.e2ee import chain, content, message, report, reset, third
from messaging.e2ee.encoding import frame, unframe
from messaging.e2ee.epoch import Opening as Epoch
from messaging.e2ee.excerpt import ENTRY_KINDS, encode_excerpt
from messaging.e2ee.message import Place
from messaging.e2ee.pseudonym import Pseudonym, derive, thread_slot
from messaging.e2ee.report import Opening, Statement, StatementKind
from messaging.e2ee.stamp import Stamper
from messaging.e2ee.suite import SigningKey, kdf
from tests.e2ee.case import Input
from tests.e2ee.making import points
from tests.e2ee.making.forge import Forgery, body, opens_under_two_keys
from tests.e2ee.making.group import Group, Text
from tests.e2ee.making.group_card import _AUDIENCE
from tests.e2ee.making.group_report import CASE, REPORT, signed_by_hand
from tests.e2ee.making.group_reset import begun_anew, platform_word
from tests.e2ee.making.group_third import FACILITATOR, visit
from tests.e2ee.making.stream import fixed, flipped
from tests.e2ee.making.world import (
    DOCTOR,
    OTHER_STAMP_KEY,
    OTHER_THREAD,
    PLATFORM_KEY,
    SERVICE,
    STAMP_KEY,
    THREAD,
    VILLAGE,
    Conversation,
    LogBuilder,
    conversation,
    first_opening,
    header,
    tag,
    text_message,
)
from tests.e2ee.operations_moderation import excerpt_of

Entry = tuple[str, int, bytes]
Given = dict[str, Any]
FIRST, LAST = 3, 6
OPENED = (3, 5)


def keys_at(log: LogBuilder, seq: int, epoch: Epoch, author: bytes | None = None) -> Opening:
    """The opening keys of a message of the log, as who reads the thread has them."""
    event = log.events[seq - 1]
    place = Place(THREAD, epoch.record.n, epoch.record.hash, event["party"])
    sign_pk = author or epoch.record.parties[event["party"]].sign
    opened = message.open_message(event["payload"], epoch.epoch_secret, sign_pk, place)
    return Opening(seq, opened.k_enc, opened.k_f)


def raw_keys(payload: bytes, seq: int, secret: bytes) -> Opening:
    """The keys that an epoch secret gives, of a message that need not open."""
    parts = message.parse_payload(payload)
    return Opening(seq, *message._message_keys(secret, parts.salt, parts.header_bytes))


def report_of(
    log: LogBuilder,
    openings: Sequence[Opening],
    *,
    first: int = FIRST,
    last: int = LAST,
    party: int = 1,
    epoch: int = 1,
) -> Statement:
    return Statement(
        StatementKind.REPORT, REPORT, THREAD, party, epoch, "harassment", "Il insiste.", first, last, log.heads[last],
        tuple(openings),
    )  # fmt: skip


def given_of(log: LogBuilder, said: Statement, signing: SigningKey, **change: Any) -> Given:
    """The excerpt of a signed statement, as an honest service gives it."""
    before = log.events[: said.first - 1] if said.first else log.events
    entries = [{"head": log.heads[each["seq"] - 1], **each} for each in before if each["kind"] in ENTRY_KINDS]
    return {
        "service": SERVICE, "thread": THREAD, "entries": entries,
        "head": log.heads[said.first - 1] if said.first else bytes(32),
        "events": [_withheld(each) for each in log.events[said.first - 1 : said.last]] if said.first else [],
        "kind": Text(said.kind.value), "subject": said.subject, "body": signed_by_hand(said, signing).body,
        "pinned_service": SERVICE, "stamp_public": STAMP_KEY.public,
    } | change  # fmt: skip


def _withheld(event: Given) -> Given:
    return _closed(event) if event["kind"] == "released" else event


def _closed(event: Given) -> Given:
    hashed = chain.digest(str(event["kind"]), event["party"], event["payload"])
    return event | {"payload": third.withhold(hashed)}


class Reported:
    """The six events of the conversation, of which the village reports the last four and opens two."""

    def __init__(self) -> None:
        self.talk = conversation()
        self.log = self.talk.log
        self.openings = (keys_at(self.log, 3, self.talk.openings[0]), keys_at(self.log, 5, self.talk.openings[1]))
        self.said = report_of(self.log, self.openings)
        self.key = VILLAGE.pseudonym(1).sign

    def given(self, said: Statement | None = None, signing: SigningKey | None = None, **change: Any) -> Given:
        return given_of(self.log, said or self.said, signing or self.key, **change)

    def events(self) -> list[Given]:
        return list(self.log.events[FIRST - 1 : LAST])


def excerpts() -> Group:
    group = Group("excerpt", "Excerpts: what proves a report, and what is refused", "10.4")
    told = Reported()
    group.share(**{f"payload_{event['seq']}": event["payload"] for event in told.log.events})
    _accepted(group, told)
    _third(group)
    _reset(group, told.talk)
    _lines(group, told.talk)
    _wrong_keys(group, told)
    _cut(group, told)
    _altered(group, told)
    _elsewhere(group, told)
    _statements(group, told)
    _entries(group, told)
    _forged_messages(group, told)
    _hostile_logs(group, told)
    _files(group, told)
    return group


def _accepted(group: Group, told: Reported) -> None:
    good = told.given()
    group.accept("a report", "show_excerpt", **good)
    closed = [_closed(each) if each["seq"] not in (*OPENED, 4) else each for each in good["events"]]
    group.accept("closed neighbours withheld", "show_excerpt", **good | {"events": closed})
    bare = [each | {"proof": b""} if each["seq"] < LAST else each for each in good["events"]]
    group.accept("the last proof alone", "show_excerpt", **good | {"events": bare})
    whole = report_of(told.log, told.openings, first=1)
    group.accept("from the first event on", "show_excerpt", **told.given(whole))
    early = report_of(told.log, told.openings[:1], first=2, last=3, epoch=0)
    group.accept("before a rotation", "show_excerpt", **told.given(early, VILLAGE.pseudonym(0).sign))
    late = report_of(told.log, told.openings[1:], first=5, last=5)
    group.accept("one message alone, after a rotation", "show_excerpt", **told.given(late))
    accused = keys_at(told.log, 2, told.talk.openings[0])
    answer = replace(
        report_of(told.log, (accused,), first=2, last=2, party=0, epoch=0),
        kind=StatementKind.ANSWER, subject=CASE, category="",
    )  # fmt: skip
    group.accept("the accused opens another message", "show_excerpt", **told.given(answer, DOCTOR.pseudonym(0).sign))
    words = replace(answer, first=0, last=0, head=bytes(32), openings=(), epoch=1)
    group.accept("words of the accused", "show_excerpt", **told.given(words, DOCTOR.pseudonym(0).sign))


def _third(group: Group) -> None:
    told = visit()
    epoch = told.openings[2]
    written = keys_at(told.log, 10, epoch, FACILITATOR.pseudonym(0).sign.public)
    said = report_of(told.log, (written, keys_at(told.log, 11, epoch)), first=10, last=12, party=2, epoch=2)
    by_third = given_of(told.log, said, FACILITATOR.pseudonym(0).sign)
    group.accept("by a third party", "show_excerpt", **by_third)
    over = report_of(told.log, (written,), first=7, last=14, party=1, epoch=3)
    good = given_of(told.log, over, VILLAGE.pseudonym(2).sign)
    group.accept("over a third party's stay", "show_excerpt", **good)
    group.reject("a released card in the excerpt", "BadReport", "show_excerpt", **good | {
        "events": told.log.events[6:14],
    })  # fmt: skip
    after = report_of(told.log, (), first=14, last=14, party=2, epoch=3)
    after = replace(after, kind=StatementKind.ANSWER, category="", subject=CASE)
    group.reject("by a third party that left", "WrongHeader", "show_excerpt",
                 **given_of(told.log, after, FACILITATOR.pseudonym(0).sign))  # fmt: skip
    unseen = [each for each in by_third["entries"] if each["kind"] != "joined"]
    group.reject("a third party's joining left out", "WrongHeader", "show_excerpt", **by_third | {"entries": unseen})


def _reset(group: Group, talk: Conversation) -> None:
    log = LogBuilder()
    log.commit(*((str(e["kind"]), e["party"], e["payload"]) for e in talk.log.events))
    log.commit(("reset", 255, reset.make_reset(1, 1, platform_word(talk))))
    made = begun_anew(talk, talk.log.head)
    log.commit(("epoch", 1, made.signed))
    log.commit(("message", 0, text_message(made, DOCTOR, "Qui êtes-vous ?", 8, log.head)))
    new: Pseudonym = derive(fixed("mailbox seed village, after the reset"), thread_slot(THREAD, 2))
    said = report_of(log, (keys_at(log, 9, made),), first=9, last=9, epoch=2)
    pinned = {"platform_key": PLATFORM_KEY.public, "audience": Text(_AUDIENCE)}
    good = given_of(log, said, new.sign, **pinned)
    group.accept("after a reset", "show_excerpt", **good)
    unpinned = {name: value for name, value in good.items() if name not in pinned}
    group.reject("after a reset, no platform pinned", "BadRecord", "show_excerpt", **unpinned)
    without = [each for each in good["entries"] if each["kind"] != "reset"]
    group.reject("after a reset that was left out", "BadRecord", "show_excerpt", **good | {"entries": without})


def _with(talk: Conversation, *added: Entry) -> LogBuilder:
    """The conversation's six events, then these, stamped as any: the service is hostile."""
    log = LogBuilder()
    log.commit(*((str(e["kind"]), e["party"], e["payload"]) for e in talk.log.events))
    for entry in added:
        log.commit(entry)
    return log


def _reported(talk: Conversation, *added: Entry, openings: Sequence[Opening] = (), first: int = 7) -> Given:
    """What the village reports of a log that goes on with these events."""
    log = _with(talk, *added)
    said = report_of(log, openings, first=first, last=len(log.events))
    if not openings:
        said = replace(said, kind=StatementKind.ANSWER, category="", subject=CASE)
    return given_of(log, said, VILLAGE.pseudonym(1).sign)


def _lines(group: Group, talk: Conversation) -> None:
    epoch, seen = talk.openings[1], talk.log.heads[6]
    later = message.seal_message(
        header(epoch, 0, "later"), frame("pli1/content-later", b"?"), epoch_secret=epoch.epoch_secret,
        signing=DOCTOR.pseudonym(0).sign, seen_seq=6, seen_head=seen, tag=lambda h, s: tag(DOCTOR, h, s),
        entropy=lambda count: fixed("salt later", count),
    )  # fmt: skip
    opening = raw_keys(later, 7, epoch.epoch_secret)
    group.accept("a content of a later version", "show_excerpt",
                 **_reported(talk, ("message", 0, later), openings=[opening]))  # fmt: skip
    stray = text_message(talk.openings[0], DOCTOR, "D’avant", 6, seen)
    group.accept("lines that no client shows", "show_excerpt",
                 **_reported(talk, ("message", 0, stray), ("asked", 1, b"?"), ("tomorrow", 255, b"!")))  # fmt: skip


def _wrong_keys(group: Group, told: Reported) -> None:
    """Another plaintext for a stored ciphertext."""
    third_, fifth = told.openings

    def opened(first: Opening) -> Given:
        return told.given(replace(told.said, openings=(first, fifth)))

    for name, error, opening in (
        ("k_enc of another message", "BadSeal", third_._replace(k_enc=fifth.k_enc)),
        ("k_f of another message", "BadCommitment", third_._replace(k_f=fifth.k_f)),
        ("both keys of another message", "BadSeal", fifth._replace(seq=3)),
        ("k_enc and k_f swapped", "BadSeal", Opening(3, third_.k_f, third_.k_enc)),
        ("k_enc made up", "BadSeal", third_._replace(k_enc=fixed("made up"))),
        ("k_f made up", "BadCommitment", third_._replace(k_f=fixed("made up"))),
    ):
        group.reject(name, error, "show_excerpt", **opened(opening))
    epoch = told.talk.openings[1]
    head_bytes = header(epoch, 0, "two keys")
    good = Forgery(
        head_bytes, epoch.epoch_secret, DOCTOR.pseudonym(0).sign,
        body(content.encode_text("Virez 500 euros"), 6, told.log.heads[6], tag(DOCTOR, head_bytes, bytes(32)), 512),
        fixed("salt two"),
    )  # fmt: skip
    two = opens_under_two_keys(good, fixed("other secret"))
    for name, error, secret in (
        ("a ciphertext under two keys, the first", "BadSignature", epoch.epoch_secret),
        ("a ciphertext under two keys, the second", "BadCommitment", fixed("other secret")),
    ):
        keys = [raw_keys(two, 7, secret)]
        group.reject(name, error, "show_excerpt", **_reported(told.talk, ("message", 0, two), openings=keys))
    sealed_anew = text_message(epoch, DOCTOR, "Payez d’abord.", 4, told.log.heads[4], label="Puis-je le visiter ?")
    events = told.events()
    events[2] = events[2] | {"payload": sealed_anew}
    said = replace(told.said, openings=(third_, raw_keys(sealed_anew, 5, epoch.epoch_secret)))
    group.reject("another ciphertext in its place", "BadStamp", "show_excerpt", **told.given(said, events=events))


def _cut(group: Group, told: Reported) -> None:
    events = told.events()
    for name, cut in {
        "cut range: the first event missing": events[1:],
        "cut range: the last event missing": events[:-1],
        "cut range: an event missing": [events[0], *events[2:]],
        "cut range: nothing left": [],
        "cut range: one event more before": [told.log.events[1], *events],
        "cut range: an event twice": [events[0], *events],
        "two events swapped": [events[1], events[0], *events[2:]],
    }.items():
        group.reject(name, "BadReport", "show_excerpt", **told.given(events=cut))
    swapped = [events[2] | {"seq": 3}, events[1], events[0] | {"seq": 5}, events[3]]
    levelled = [each | {"time": 1} for each in swapped]
    group.reject("two events swapped and renumbered", "TimeWentBack", "show_excerpt", **told.given(events=swapped))
    group.reject("swapped, renumbered, times levelled", "TimeWentBack", "show_excerpt", **told.given(events=levelled))
    later = [each | {"time": 2**42} for each in swapped]
    group.reject("swapped, renumbered, times put off", "BadStamp", "show_excerpt", **told.given(events=later))
    dropped = [events[0], events[2] | {"seq": 4}, events[3] | {"seq": 5}]
    said = replace(told.said, last=5, head=told.log.heads[5], openings=told.openings[:1])
    group.reject("an event dropped and the next renumbered, signed anew", "BadStamp", "show_excerpt",
                 **told.given(said, events=dropped))  # fmt: skip
    unsigned = replace(told.said, last=5, head=told.log.heads[5])
    stolen = replace(signed_by_hand(unsigned, told.key), signature=signed_by_hand(told.said, told.key).signature)
    group.reject("a narrower range under the signature of a wider", "BadSignature", "show_excerpt", **told.given() | {
        "events": events[:3], "body": stolen.body,
    })  # fmt: skip


def _altered(group: Group, told: Reported) -> None:
    events = told.events()

    def changed(at: int, **change: Any) -> Given:
        return told.given(events=[each | change if n == at else each for n, each in enumerate(events)])

    group.reject_each("BadStamp", "show_excerpt", told.given(), {
        "swapped sender": changed(0, party=0),
        "swapped sender, closed": changed(3, party=0),
        "a time changed": changed(0, time=events[0]["time"] + 1),
        "a kind changed": changed(3, kind=Text("asked")),
        "a payload changed": changed(3, payload=flipped(events[3]["payload"])),
        "another digest for what is closed": changed(3, payload=third.withhold(fixed("digest"))),
        "the proof of another event": changed(3, proof=events[0]["proof"]),
        "no proof": changed(3, proof=b""),
        "the head before the range": {"head": fixed("head")},
        "another pinned stamp key": {"stamp_public": OTHER_STAMP_KEY.public},
    })  # fmt: skip
    elsewhere = LogBuilder(stamper=Stamper(OTHER_STAMP_KEY))
    elsewhere.commit(*((str(e["kind"]), e["party"], e["payload"]) for e in told.log.events))
    stamped = given_of(elsewhere, report_of(elsewhere, told.openings), told.key)
    group.reject("a stamp of another service", "BadStamp", "show_excerpt", **stamped)
    group.reject_each("BadReport", "show_excerpt", told.given(), {
        "of another service": {"service": fixed("another service", 16)},
        "another pinned service": {"pinned_service": fixed("another service", 16)},
        "opened and withheld": changed(0, payload=_closed(events[0])["payload"]),
    })  # fmt: skip
    both = {name: fixed("another service", 16) for name in ("service", "pinned_service")}
    group.reject("chained for another service", "Fork", "show_excerpt", **told.given() | both)


def _elsewhere(group: Group, told: Reported) -> None:
    """Messages and reporters of another thread."""
    other = first_opening(OTHER_THREAD)
    foreign = text_message(other, DOCTOR, "D’ailleurs", 0, chain.head0(SERVICE, OTHER_THREAD))
    keys = [raw_keys(foreign, 7, other.epoch_secret)]
    group.reject("a message of another thread", "WrongHeader", "show_excerpt",
                 **_reported(told.talk, ("message", 0, foreign), openings=keys))  # fmt: skip
    there = replace(told.said, thread=OTHER_THREAD)
    moved = replace(signed_by_hand(told.said, told.key), signature=signed_by_hand(there, told.key).signature)
    stranger = derive(fixed("mailbox seed of a stranger"), thread_slot(OTHER_THREAD, 0)).sign
    group.reject_each("BadSignature", "show_excerpt", told.given(), {
        "reporter of another thread": told.given(signing=stranger),
        "a report of another thread": {"body": moved.body},
        "signed with the pseudonym of before": told.given(signing=VILLAGE.pseudonym(0).sign),
        "signed by the accused": told.given(signing=DOCTOR.pseudonym(0).sign),
    })  # fmt: skip
    group.reject("shown as another thread's", "Fork", "show_excerpt", **told.given() | {"thread": OTHER_THREAD})


def _statements(group: Group, told: Reported) -> None:
    signature = signed_by_hand(told.said, told.key).signature

    def changed(**change: Any) -> Given:
        return {"body": replace(signed_by_hand(replace(told.said, **change), told.key), signature=signature).body}

    group.reject_each("BadSignature", "show_excerpt", told.given(), {
        "another category under the signature": changed(category="other"),
        "other words under the signature": changed(text="Il est poli."),
        "an opening taken away": changed(openings=told.openings[:1]),
        "another report's id": {"subject": fixed("another report", 16)},
        "the other's report": changed(party=0),
        "an answer under a report's signature": {
            "kind": Text("answer"), "subject": CASE,
            "body": replace(
                signed_by_hand(replace(told.said, kind=StatementKind.ANSWER, category="", subject=CASE), told.key),
                signature=signature,
            ).body,
        },
    })  # fmt: skip
    scalar = int.from_bytes(signature[32:], "little") + points.ORDER
    group.reject_each("BadSignature", "show_excerpt", told.given(), {
        "signed with S + L": {"body": _signed(told, signature[:32] + scalar.to_bytes(32, "little"))},
        "signed with R + a point of order 8": {"body": _signed(told, _with_torsion(report._to_sign(told.said)))},
        "signature of zeros": {"body": _signed(told, bytes(64))},
    })  # fmt: skip
    group.reject_each("Fork", "show_excerpt", told.given(), {
        "signed over another history": told.given(replace(told.said, head=fixed("head"))),
        "signed at another head of the log": told.given(replace(told.said, head=told.log.heads[5])),
    })  # fmt: skip
    group.reject("under another epoch", "BadReport", "show_excerpt", **told.given(replace(told.said, epoch=0)))
    group.reject("by a third party that never was in", "WrongHeader", "show_excerpt",
                 **told.given(replace(told.said, party=2)))  # fmt: skip
    no_message = replace(told.said, openings=(told.openings[0], told.openings[1]._replace(seq=4)))
    group.reject("an epoch record opened", "BadReport", "show_excerpt", **told.given(no_message))


def _with_torsion(statement: bytes) -> bytes:
    """A signature of the village's that holds once all is multiplied by the cofactor, and not before."""
    seed = kdf(VILLAGE.seed, "pli1/pseudonym", thread_slot(THREAD, 1), b"sign")
    nonce = int.from_bytes(fixed("nonce"), "little") % points.ORDER
    r = points.encode(points.add(points.multiply(nonce, points.BASE), points.torsion()[1]))
    return points.sign_as(r, nonce, SigningKey(seed).public, points.secret_scalar(seed), statement)


def _signed(told: Reported, signature: bytes) -> bytes:
    return replace(signed_by_hand(told.said, told.key), signature=signature).body


def _entries(group: Group, told: Reported) -> None:
    late = report_of(told.log, told.openings[1:], first=5)
    good = told.given(late)
    first, second = good["entries"]
    text = {"head": told.log.heads[2], **told.log.events[2]}

    def listed(*entries: Given) -> Given:
        return {"entries": list(entries)}

    group.reject_each("BadReport", "show_excerpt", good, {
        "entries: the rotation left out": listed(first),
        "entries: a message among them": listed(first, text, second),
        "entries: one of the range": listed(first, second, {"head": told.log.heads[4], **told.log.events[4]}),
    })  # fmt: skip
    group.reject_each(
        "BadChain", "show_excerpt", good, {"entries: none": listed(), "entries: no record 0": listed(second)}
    )
    group.reject_each("Gap", "show_excerpt", good, {
        "entries: one twice": listed(first, first, second),
        "entries: in another order": listed(first, second, first),
    })  # fmt: skip
    group.reject_each("BadStamp", "show_excerpt", good, {
        "entries: not stamped": listed(first, second | {"proof": b""}),
        "entries: under another seq": listed(first, second | {"seq": 3}),
        "entries: on another head": listed(first, second | {"head": fixed("head")}),
        "entries: by the other party": listed(first | {"time": 1}, second),
    })  # fmt: skip
    group.reject("entries: another record 0", "BadRecord", "show_excerpt", **good | listed(
        first | {"payload": first_opening(OTHER_THREAD).signed}, second,
    ))  # fmt: skip
    group.reject("entries: the head before the range is not the last one's", "Fork", "show_excerpt",
                 **good | {"head": fixed("head")})  # fmt: skip


def _forged_messages(group: Group, told: Reported) -> None:
    """Messages that no client shows, in a log that the service stamped: a reporter cannot have seen them."""
    epoch, seen = told.talk.openings[1], told.log.heads[6]
    head_bytes = header(epoch, 0, "forged")
    salt = fixed("salt forged")
    seat_tag = tag(DOCTOR, head_bytes, salt)
    said = content.encode_text("Virez 500 euros")
    good = Forgery(
        head_bytes, epoch.epoch_secret, DOCTOR.pseudonym(0).sign, body(said, 6, seen, seat_tag, 512), salt
    )  # fmt: skip
    commitment, signature, _ = good.parts()
    scalar = int.from_bytes(signature[32:], "little") + points.ORDER
    used = len(body(said, 6, seen, seat_tag, 0))

    def given(**change: Any) -> Given:
        forged = replace(good, **change)
        opening = raw_keys(forged.payload(), 7, epoch.epoch_secret)
        return _reported(told.talk, ("message", 0, forged.payload()), openings=[opening])

    group.accept("a message built by hand, all right", "show_excerpt", **given())
    for name, error, change in (
        ("a message signed by its reporter", "BadSignature", {"signing": VILLAGE.pseudonym(1).sign}),
        ("a message signed with S + L", "BadSignature", {"signature": signature[:32] + scalar.to_bytes(32, "little")}),
        ("a message signed with zeros", "BadSignature", {"signature": bytes(64)}),
        ("a message with another C", "BadCommitment", {"commitment": fixed("commitment")}),
        ("a message with C of another body", "BadCommitment", {"commitment": commitment[:-1] + b"?"}),
        (
            "a message whose padding speaks",
            "BadPadding",
            {"body": good.body[: used + 1] + b"!" + good.body[used + 2 :]},
        ),
        ("a message without a body", "BadEncoding", {"body": b""}),
        ("a message that says nothing", "BadEncoding", {"body": body(b"", 6, seen, seat_tag, 512)}),
        ("a message from the future", "FutureSeen", {"body": body(said, 7, seen, seat_tag, 512)}),
        ("a message on another history", "Fork", {"body": body(said, 6, fixed("head"), seat_tag, 512)}),
    ):
        group.reject(name, error, "show_excerpt", **given(**change))
    card = Forgery(
        header(epoch, 0, "card", kind="card"), epoch.epoch_secret, DOCTOR.pseudonym(0).sign,
        body(said, 6, seen, seat_tag, 6144), salt,
    ).payload()  # fmt: skip
    group.reject("a card as a message", "WrongHeader", "show_excerpt", **_reported(
        told.talk, ("message", 0, card), openings=[raw_keys(card, 7, epoch.epoch_secret)],
    ))  # fmt: skip


def _hostile_logs(group: Group, told: Reported) -> None:
    """A service that stamps what it likes."""
    talk, epoch = told.talk, told.talk.openings[1]
    mine = text_message(epoch, DOCTOR, "Bonsoir", 6, told.log.heads[6])
    keys = raw_keys(mine, 7, epoch.epoch_secret)
    group.reject("a message given to the other side", "WrongHeader", "show_excerpt",
                 **_reported(talk, ("message", 1, mine), openings=[keys]))  # fmt: skip
    twice = [keys, keys._replace(seq=8)]
    group.reject("a message a second time", "Repeated", "show_excerpt",
                 **_reported(talk, ("message", 0, mine), ("message", 0, mine), openings=twice))  # fmt: skip
    group.accept("a message a second time, closed", "show_excerpt",
                 **_reported(talk, ("message", 0, mine), ("message", 0, mine), openings=twice[:1]))  # fmt: skip
    before = text_message(talk.openings[0], DOCTOR, "D’avant", 6, told.log.heads[6])
    group.reject("a message of an epoch that is over", "WrongHeader", "show_excerpt", **_reported(
        talk, ("message", 0, before), openings=[raw_keys(before, 7, talk.openings[0].epoch_secret)],
    ))  # fmt: skip
    back = _with(talk)
    back.commit(("message", 0, mine), time=1)
    early = report_of(back, [keys], first=6, last=7)
    group.reject("a time going back, stamped", "TimeWentBack", "show_excerpt", **given_of(back, early, told.key))


def _files(group: Group, told: Reported) -> None:
    """The bytes of a file."""
    good = told.given()
    data = encode_excerpt(excerpt_of(Input(Group("", "", "")._encode(good), {})))
    group.share(excerpt=data)
    group.accept("a file", "parse_excerpt", excerpt=data)
    service, thread, entries, head, events, kind, subject, said = unframe(data, "pli1/excerpt", (None,) * 8)

    def made(**change: bytes) -> dict[str, bytes]:
        fields = {
            "service": service, "thread": thread, "entries": entries, "head": head, "events": events, "kind": kind,
            "subject": subject, "body": said,
        } | change  # fmt: skip
        return {"excerpt": frame("pli1/excerpt", *fields.values())}

    group.reject_each("BadEncoding", "parse_excerpt", {}, {
        "a file: empty": {"excerpt": b""},
        "a file: a trailing byte": {"excerpt": data + b"\0"},
        "a file: cut": {"excerpt": data[:-1]},
        "a file: a thread of 15 bytes": made(thread=thread[1:]),
        "a file: a head of 33 bytes": made(head=head + b"\0"),
        "a file: entries for events": made(events=entries),
        "a file: a body with its padding": made(body=said + bytes(8)),
        "a file: an answer's body in a report": made(kind=b"answer"),
        "a file: a kind in capitals": made(kind=b"REPORT"),
    })  # fmt: skip
    group.reject("a file: of another kind", "BadReport", "parse_excerpt", **made(kind=b"complaint"))
