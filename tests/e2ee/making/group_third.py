"""Vectors of SPEC.md section 7.6: a third party that both sides let in, its keys, and the log that it reads."""

from dataclasses import dataclass, replace
from typing import Any

from messaging.e2ee import chain, content, epoch, message, notice, third
from messaging.e2ee.encoding import frame, u8, unframe
from messaging.e2ee.epoch import Opening
from messaging.e2ee.notice import Notice
from messaging.e2ee.pseudonym import Pseudonym, derive, prekey_slot
from messaging.e2ee.suite import SigningKey, kdf
from messaging.e2ee.third import Invitation, Joining, Shown, Third
from tests.e2ee.making.group import Group, Text
from tests.e2ee.making.stream import Stream, fixed, flipped
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
    tag,
    text_message,
)

TARGET = fixed("target of the facilitator", 16)
INDEX = 9
SHOWN = Shown("Facilitateur", "Côtes-d’Armor", True, "J’accompagne les installations.")
RELEASE = frame("pli1/released", fixed("cards that a third party does not see"))
Entry = tuple[str, int, bytes]


@dataclass(frozen=True)
class Facilitator(Side):
    """A mailbox that is invited under a prekey of its own."""

    def pseudonym(self, n: int) -> Pseudonym:
        return derive(self.seed, prekey_slot(TARGET, INDEX + n))

    def kem_seed(self, n: int) -> bytes:
        return kdf(self.seed, "pli1/pseudonym", prekey_slot(TARGET, INDEX + n), b"kem")


FACILITATOR = Facilitator("facilitator", 2)


@dataclass(frozen=True)
class Visit:
    """The six events of the conversation, then a third party that joins, writes and leaves, and the keys renewed."""

    talk: Conversation
    log: LogBuilder
    invited: bytes
    joined: bytes
    stay: Third
    openings: tuple[Opening, ...]
    """Epochs 0 to 3: the third came with epoch 2, and has no key of epoch 3."""

    @property
    def secrets(self) -> list[bytes]:
        return [opening.epoch_secret for opening in self.openings]

    def entries(self, first: int, last: int) -> list[Entry]:
        """Events of these seqs, as they were committed."""
        return [(str(e["kind"]), e["party"], e["payload"]) for e in self.log.events[first - 1 : last]]


def _invitation(talk: Conversation, seq: int = 6, *, history: bool = False, n: int = 1, index: int = 0) -> Invitation:
    """By the doctor, under epoch n."""
    return Invitation(
        THREAD, talk.openings[n].record.hash, 0, fixed(f"message invited {index}", 16), seq, talk.log.heads[seq],
        TARGET, FACILITATOR.pseudonym(index).public, history, SHOWN,
    )  # fmt: skip


def _joining(invited: bytes, record_hash: bytes, seen_seq: int, seen_head: bytes, label: str = "joined") -> Joining:
    """By the village."""
    return Joining(THREAD, record_hash, 1, fixed(f"message {label}", 16), seen_seq, seen_head, invited)


def _left(side: Side, stay: bytes, record_hash: bytes, seen_seq: int, seen_head: bytes) -> Notice:
    msg_id = fixed(f"message left {side.name}", 16)
    return Notice("left", THREAD, record_hash, side.party, msg_id, seen_seq, seen_head, third=stay)


def _text(opening: Opening, text: str, seen_seq: int, seen_head: bytes, signing: SigningKey | None = None) -> bytes:
    """A text of the third party."""
    record = opening.record
    header = message.header("text", THREAD, record.n, record.hash, 2, fixed(f"message {text}", 16))
    return message.seal_message(
        header,
        content.encode_text(text),
        epoch_secret=opening.epoch_secret,
        signing=signing or FACILITATOR.pseudonym(0).sign,
        seen_seq=seen_seq,
        seen_head=seen_head,
        tag=lambda head, salt: tag(FACILITATOR, head, salt),
        entropy=Stream("salt " + text),
    )


def _rotation(previous: Opening, side: Side, old_n: int, thread_head: bytes) -> Opening:
    n = previous.record.n + 1
    return epoch.make_rotation(
        previous.record,
        party=side.party,
        old=side.pseudonym(old_n),
        new=side.pseudonym(n),
        thread_head=thread_head,
        entropy=Stream(f"epoch {n} of the visit"),
    )


def visit(*, history: bool = False) -> Visit:
    talk = conversation()
    log = LogBuilder()
    log.commit(*((str(e["kind"]), e["party"], e["payload"]) for e in talk.log.events))
    record = talk.openings[1].record
    invited = third.make_invited(_invitation(talk, history=history), DOCTOR.pseudonym(0).sign)
    log.commit(("invited", 0, invited))
    joined = third.make_joined(_joining(invited, record.hash, 7, log.head), VILLAGE.pseudonym(1).sign)
    second = _rotation(talk.openings[1], VILLAGE, 1, log.head)
    log.commit(("joined", 1, joined), ("epoch", 1, second.signed))
    log.commit(("message", 2, _text(second, "Bonjour à vous deux.", 9, log.head)))
    log.commit(("message", 0, text_message(second, DOCTOR, "Bienvenue.", 10, log.head)))
    log.commit(("released", 255, RELEASE))
    stay = third.open_joined(joined, record, 1)[1]
    left = _left(FACILITATOR, stay.id, second.record.hash, 12, log.head)
    log.commit(("left", 2, notice.make_notice(left, FACILITATOR.pseudonym(0).sign)))
    last = _rotation(second, DOCTOR, 0, log.head)
    log.commit(("epoch", 0, last.signed))
    return Visit(talk, log, invited, joined, stay, (*talk.openings, second, last))


def thirds() -> Group:
    group = Group("third", "A third party by consent of both sides: grant, keys and log", "7.6")
    told = visit()
    record = told.talk.openings[1].signed
    group.share(
        in_force=record, second=told.openings[2].signed, third=told.openings[3].signed, invited=told.invited,
        joined=told.joined, **{f"payload_{e['seq']}": e["payload"] for e in told.log.events},
    )  # fmt: skip
    _invitations(group, told, record)
    _joinings(group, told, record)
    _shares(group, told)
    _sides_read(group, told)
    _third_reads(group, told)
    return group


def _signed(body: bytes, side: Side, n: int) -> bytes:
    return notice.sign_notice(body, side.pseudonym(n).sign)


def _each(
    group: Group, what: str, error: str, operation: str, good: dict[str, Any], changes: dict[str, dict[str, Any]]
) -> None:
    group.reject_each(error, operation, good, {f"{what}: {name}": change for name, change in changes.items()})


def _invitations(group: Group, told: Visit, record: bytes) -> None:
    good: dict[str, Any] = {"payload": told.invited, "signed": record, "party": 0}
    said = _invitation(told.talk)
    key = DOCTOR.pseudonym(0).sign
    group.accept("an invitation", "open_invited", **good)
    with_history = third.make_invited(_invitation(told.talk, history=True), key)
    group.accept("an invitation to the whole history", "open_invited", **good | {"payload": with_history})
    other_side = third.make_invited(said._replace(party=1), VILLAGE.pseudonym(1).sign)
    group.accept("by the recipient", "open_invited", **good | {"payload": other_side, "party": 1})
    village = VILLAGE.pseudonym(1).public

    def made(**change: Any) -> dict[str, bytes]:
        return {"payload": third.make_invited(said._replace(**change), key)}

    _each(group, "invited", "WrongHeader", "open_invited", good, {
        "another thread": made(thread=OTHER_THREAD),
        "another epoch": {"signed": told.talk.openings[0].signed},
        "in the other's name": {"party": 1},
        "said by the other": made(party=1),
        "by a third party": made(party=2) | {"party": 2},
        "by the service": made(party=255) | {"party": 255},
        "an acceptance in its place": {"payload": told.joined, "party": 1},
    })  # fmt: skip
    body, signature = unframe(told.invited, "pli1/notice", (None, 64))
    fields = unframe(body, "pli1/invited", (16, 32, 1, 16, 8, 32, 16, 32, 1216, 1, None))

    def framed(*parts: bytes) -> dict[str, bytes]:
        return {"payload": _signed(frame("pli1/invited", *parts), DOCTOR, 0)}

    shown = fields[-1]
    _each(group, "invited", "BadSignature", "open_invited", good, {
        "signed by the peer": {"payload": third.make_invited(said, VILLAGE.pseudonym(1).sign)},
        "the history widened": {
            "payload": frame("pli1/notice", frame("pli1/invited", *fields[:9], u8(1), shown), signature),
        },
        "another key put in": {
            "payload": frame("pli1/notice", frame("pli1/invited", *fields[:7], fixed("key"), *fields[8:]), signature),
        },
        "signature altered": {"payload": flipped(told.invited)},
    })  # fmt: skip
    _each(group, "invited", "BadInvitation", "open_invited", good, {
        "the signing key of the peer": made(keys=said.keys._replace(sign=village.sign)),
        "the KEM key of the peer": made(keys=said.keys._replace(kem=village.kem)),
        "one's own keys": made(keys=DOCTOR.pseudonym(0).public),
    })  # fmt: skip
    _each(group, "invited", "BadEncoding", "open_invited", good, {
        "history neither yes nor no": framed(*fields[:9], u8(2), shown),
        "verified neither yes nor no": framed(*fields[:10], frame("pli1/shown", b"", b"", u8(2), b"")),
        "nothing shown": framed(*fields[:10], b""),
        "words that are no text": framed(*fields[:10], frame("pli1/shown", b"", b"", u8(1), b"\xff")),
        "a KEM key of 1215 bytes": framed(*fields[:8], fields[8][:-1], *fields[9:]),
        "a trailing byte": {"payload": told.invited + b"\0"},
        "nothing": {"payload": b""},
    })  # fmt: skip


def _joinings(group: Group, told: Visit, record: bytes) -> None:
    good: dict[str, Any] = {"payload": told.joined, "signed": record, "party": 1}
    group.accept("a joining", "open_joined", **good)
    said = third.parse_joined(told.joined)
    key = VILLAGE.pseudonym(1).sign
    invitation = _invitation(told.talk)

    def made(**change: Any) -> dict[str, bytes]:
        return {"payload": third.make_joined(said._replace(**change), key)}

    own = third.make_invited(invitation._replace(party=1), key)
    elsewhere = third.make_invited(invitation._replace(thread=OTHER_THREAD), DOCTOR.pseudonym(0).sign)
    lapsed = third.make_invited(_invitation(told.talk, 3, n=0), DOCTOR.pseudonym(0).sign)
    _each(group, "joined", "WrongHeader", "open_joined", good, {
        "another thread": made(thread=OTHER_THREAD),
        "another epoch": {"signed": told.openings[2].signed},
        "in the other's name": {"party": 0},
        "one's own invitation": made(invited=own),
        "an invitation to another thread": made(invited=elsewhere),
        "an invitation of the epoch before": made(invited=lapsed),
        "an acceptance of an acceptance": made(invited=told.joined),
    })  # fmt: skip
    forged = third.make_invited(invitation, FACILITATOR.pseudonym(0).sign)
    _each(group, "joined", "BadSignature", "open_joined", good, {
        "signed by who invited": {"payload": third.make_joined(said, DOCTOR.pseudonym(0).sign)},
        "signed by the third party": {"payload": third.make_joined(said, FACILITATOR.pseudonym(0).sign)},
        "an invitation that the third party signed": made(invited=forged),
        "an invitation whose signature was altered": made(invited=flipped(told.invited)),
        "signature altered": {"payload": flipped(told.joined)},
    })  # fmt: skip
    peers = third.make_invited(invitation._replace(keys=VILLAGE.pseudonym(1).public), DOCTOR.pseudonym(0).sign)
    group.reject("an invitation of the peer itself", "BadInvitation", "open_joined", **good | made(invited=peers))
    _each(group, "joined", "BadEncoding", "open_joined", good, {
        "without an invitation": made(invited=b""),
        "a trailing byte": {"payload": told.joined + b"\0"},
    })  # fmt: skip


def _shares(group: Group, told: Visit) -> None:
    second = told.openings[2]
    seed = FACILITATOR.kem_seed(0)
    share = third.make_share(told.stay, second.record, second.epoch_secret)
    good: dict[str, Any] = {"share": share, "third": told.stay.id, "signed": second.signed, "kem_seed": seed}
    group.accept("a share", "open_share", **good)
    first = told.openings[1]
    earlier = third.make_share(told.stay, first.record, first.epoch_secret)
    _each(group, "share", "BadSeal", "open_share", good, {
        "of another epoch": {"share": earlier},
        "of another stay": {"third": fixed("another stay")},
        "of another third party": {"kem_seed": FACILITATOR.kem_seed(1)},
        "altered": {"share": flipped(share)},
    })  # fmt: skip
    false = third.make_share(told.stay, second.record, fixed("a secret of the service"))
    group.reject("a secret that is not the record's", "BadRecord", "open_share", **good | {"share": false})


def _given(told: Visit, events: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "service": SERVICE, "thread": THREAD, "stamp_public": STAMP_KEY.public, "epoch_secrets": told.secrets,
        "ranges": [events], **more,
    }  # fmt: skip


def _built(entries: list[Entry]) -> LogBuilder:
    log = LogBuilder()
    for entry in entries:
        log.commit(entry)
    return log


def _sides_read(group: Group, told: Visit) -> None:
    before, record = told.entries(1, 6), told.talk.openings[1].record
    invited, joined, rotated, text = (told.entries(n, n)[0] for n in (7, 8, 9, 10))
    second, last = told.openings[2], told.openings[3]
    log = _built([*before, invited, joined, rotated, text])
    ended = _left(DOCTOR, told.stay.id, second.record.hash, 10, log.head)
    ended_by_doctor: Entry = ("left", 0, notice.make_notice(ended, DOCTOR.pseudonym(0).sign))
    elsewhere = replace(ended, third=fixed("another stay"), id=fixed("message left elsewhere", 16))
    of_another: Entry = ("left", 0, notice.make_notice(elsewhere, DOCTOR.pseudonym(0).sign))
    forged: Entry = ("left", 2, notice.make_notice(replace(ended, party=2), DOCTOR.pseudonym(0).sign))
    after: Entry = ("message", 2, _text(second, "Encore moi.", 10, log.head))
    false: Entry = ("message", 2, _text(second, "Sous un autre nom.", 9, log.heads[9], FACILITATOR.pseudonym(1).sign))
    other = third.make_invited(_invitation(told.talk, index=1), DOCTOR.pseudonym(0).sign)
    other_joined = third.make_joined(
        _joining(other, record.hash, 6, log.heads[6], "joined again"), VILLAGE.pseudonym(1).sign
    )
    other_history = _joining(told.invited, record.hash, 7, fixed("head"))
    blind: Entry = ("joined", 1, third.make_joined(other_history, VILLAGE.pseudonym(1).sign))
    again = _joining(told.invited, record.hash, 6, log.heads[6], "accepted again")
    twice: Entry = ("joined", 1, third.make_joined(again, VILLAGE.pseudonym(1).sign))
    own: Entry = (
        "joined",
        0,
        third.make_joined(third.parse_joined(told.joined)._replace(party=0), DOCTOR.pseudonym(0).sign),
    )
    rotation: Entry = ("epoch", 0, last.signed)
    left_first = _left(FACILITATOR, told.stay.id, record.hash, 8, log.heads[8])
    left_at_once: Entry = ("left", 2, notice.make_notice(left_first, FACILITATOR.pseudonym(0).sign))
    for name, entries in {
        "joined": [*before, invited, joined, rotated, text],
        "joined and left": [*before, invited, joined, rotated, text, ended_by_doctor],
        "joined, left, and the keys renewed": told.entries(1, 14),
        "joined by an invitation that stands nowhere": [*before, twice],
        "an invitation said again": [*before, invited, invited],
        "joined twice": [*before, invited, joined, joined],
        "joined without the other side": [*before, invited, own],
        "joined in the service's name": [*before, invited, ("joined", 255, told.joined)],
        "joined in the name of who invited": [*before, invited, ("joined", 0, told.joined)],
        "joined after the invitation lapsed": [*before, invited, rotated, joined, text],
        "joined while another is in": [*before, invited, joined, ("joined", 1, other_joined)],
        "joined after having seen another history": [*before, invited, blind],
        "the same invitation accepted again": [*before, invited, joined, left_at_once, twice],
        "a text of a third party that is not in": [*before, invited, rotated, text],
        "a text of a third party that left": [*before, invited, joined, rotated, text, ended_by_doctor, after],
        "a text under another pseudonym": [*before, invited, joined, rotated, false],
        "left that is not in": [*before, invited, rotated, ended_by_doctor],
        "left of another stay": [*before, invited, joined, rotated, text, of_another],
        "left by another than it says": [*before, invited, joined, rotated, text, forged],
        "left in the service's name": [*before, invited, joined, rotated, text, ("left", 255, ended_by_doctor[2])],
        "left and the record of before": [*before, invited, joined, rotated, text, ended_by_doctor, rotation],
    }.items():
        given = _given(told, _built(entries).events)
        if name == "left and the record of before":
            group.reject(f"shown: {name}", "Fork", "show_third_log", **given)
        else:
            group.accept(f"shown: {name}", "show_third_log", **given)


def _withheld(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As the service gives them to a third party."""
    digest = chain.digest("released", 255, RELEASE)
    return [e | {"payload": third.withhold(digest)} if e["kind"] == "released" else e for e in events]


def _third_reads(group: Group, told: Visit) -> None:
    own = FACILITATOR.pseudonym(0).public
    seen = _withheld(told.log.events)
    entry = {
        "withheld": True, "entry_seq": 7, "entry_head": told.log.heads[7], "entry_record": told.openings[1].signed,
        "own_sign": own.sign, "own_kem": own.kem,
    }  # fmt: skip
    secrets = [bytes(32), bytes(32), told.secrets[2]]
    good = _given(told, seen[7:13], **entry) | {"epoch_secrets": secrets}
    group.accept("read by the third party from its joining on", "show_third_log", **good)
    whole = visit(history=True)
    group.accept(
        "read by the third party from the beginning",
        "show_third_log",
        **_given(whole, _withheld(whole.log.events)[:13], withheld=True) | {"epoch_secrets": whole.secrets[:3]},
    )
    other, said = FACILITATOR.pseudonym(1).public, third.parse_joined(told.joined)
    later = _rotation(told.talk.openings[1], VILLAGE, 1, told.log.heads[6])
    older_head = _built([*told.entries(1, 8), ("epoch", 1, later.signed)])
    _each(group, "third", "BadInvitation", "show_third_log", good, {
        "the joining of another": {"own_sign": other.sign, "own_kem": other.kem},
    })  # fmt: skip
    other_record = {"entry_record": told.openings[0].signed}
    group.reject("third: entered under another record", "WrongHeader", "show_third_log", **good | other_record)
    alone = [seen[7] | {"payload": third.make_joined(said, DOCTOR.pseudonym(0).sign)}]
    group.reject("third: let in by one side alone", "BadSignature", "show_third_log", **good | {"ranges": [alone]})
    _each(group, "third", "BadChain", "show_third_log", good, {
        "entered by something else": {"entry_seq": 6, "entry_head": told.log.heads[6], "ranges": [seen[6:8]]},
        "entered by the epoch": {"entry_seq": 8, "entry_head": told.log.heads[8], "ranges": [seen[8:10]]},
    })  # fmt: skip
    _each(group, "third", "Fork", "show_third_log", good, {
        "entered at another head": {"entry_head": fixed("head"), "ranges": [seen[7:10]]},
        "events from before the entry": {"ranges": [seen[5:8]]},
        "a record made before the entry": {"ranges": [older_head.events[7:9]]},
    })  # fmt: skip
    group.reject("a gap", "Gap", "show_third_log", **good | {"ranges": [[seen[7], *seen[9:]]]})
    shown = told.log.events[7:13]
    group.reject("a release shown to a third party", "BadEncoding", "show_third_log", **good | {"ranges": [shown]})
    group.reject("a release withheld from a side", "BadStamp", "show_third_log", **_given(told, seen[:12]))
    group.reject(
        "an entry whose record is none",
        "BadEncoding",
        "show_third_log",
        **good | {"entry_record": Text("record").encode()},
    )
