"""Vectors of SPEC.md section 4: seeds, roster, admission words, desk; and the pseudonyms of section 5.1."""

from dataclasses import replace
from typing import Any

from messaging.e2ee import desk, mailbox, pseudonym, roster, roster_record
from messaging.e2ee.account import seat_keys
from messaging.e2ee.encoding import frame
from messaging.e2ee.roster import RosterState
from messaging.e2ee.roster_record import RosterRecord
from messaging.e2ee.suite import KemKey, SigningKey, kdf, seal_once
from tests.e2ee.making.captures import Captures
from tests.e2ee.making.group import Group
from tests.e2ee.making.stream import Stream, fixed, flipped
from tests.e2ee.making.world import DOCTOR, TARGET, THREAD, VILLAGE

_BOX = VILLAGE.mailbox
_IDENTITY = VILLAGE.identity
_SC = mailbox.seed_check(VILLAGE.seed, _BOX, 0)
_NEXT_SEED = fixed("mailbox seed village, generation 1")


class Person:
    """Someone with a seat in the village's mailbox, or who would like one."""

    def __init__(self, name: str) -> None:
        self.seat = fixed(f"seat {name}", 16)
        self.seed = fixed(f"account seed {name}")
        self.keys = seat_keys(self.seed, _BOX)


SECRETARY, MAYOR, AGENT, STRANGER = Person("village"), Person("mayor"), Person("agent"), Person("stranger")


def _create() -> bytes:
    return roster.make_create(
        mailbox=_BOX, seat=SECRETARY.seat, sign=SECRETARY.keys.sign, kem_pk=SECRETARY.keys.kem.public, role="agent",
        identity=_IDENTITY, sc=_SC,
    )  # fmt: skip


def _admit(state: RosterState, who: Person, by: Person, role: str = "agent", *, admin: bool = False) -> bytes:
    return roster.make_admit(
        state, seat=who.seat, sign_pk=who.keys.sign.public, kem_pk=who.keys.kem.public, role=role, admin=admin,
        signer=by.seat, signer_key=by.keys.sign,
    )  # fmt: skip


def village_roster() -> list[bytes]:
    """The secretary founds; she admits the mayor as administrator, and an agent without."""
    records = [_create()]
    records.append(_admit(roster.replay(records, _BOX), MAYOR, SECRETARY, "mayor", admin=True))
    records.append(_admit(roster.replay(records, _BOX), AGENT, MAYOR))
    return records


def _resigned(record: RosterRecord, key: SigningKey) -> bytes:
    return frame("pli1/signed-roster", record.encoded, key.sign(frame("pli1/roster-sig", record.encoded)))


def rosters() -> Group:
    group = Group("roster", "The roster: create, admit, pins, admission words", "4.3 and 4.4")
    records = village_roster()
    group.share(create=records[0], admit_mayor=records[1], admit_agent=records[2], agent_kem=AGENT.keys.kem.public)
    group.accept("created", "replay_roster", records=records[:1], mailbox=_BOX)
    group.accept("two admitted", "replay_roster", records=records, mailbox=_BOX)
    state = roster.replay(records, _BOX)
    group.accept(
        "the pin still holds", "replay_roster", records=records, mailbox=_BOX, pin_index=1, pin_head=state.heads[1]
    )
    _bad_order(group, records)
    _bad_creates(group, records)
    _bad_admits(group, records)
    _pins(group, records, state)
    _admissions(group, records, state)
    return group


def _bad_order(group: Group, records: list[bytes]) -> None:
    for name, bad in {
        "empty": [],
        "without its create record": records[1:],
        "a record missing": [records[0], records[2]],
        "a record twice": [records[0], records[1], records[1]],
        "records swapped": [records[0], records[2], records[1]],
        "two create records": [records[0], records[0]],
    }.items():
        group.reject(name, "BadRoster", "replay_roster", records=bad, mailbox=_BOX)
    group.reject("another mailbox's", "BadRoster", "replay_roster", records=records, mailbox=DOCTOR.mailbox)
    group.reject("trailing byte", "BadEncoding", "replay_roster", records=[records[0] + b"\0"], mailbox=_BOX)


def _bad_creates(group: Group, records: list[bytes]) -> None:
    good, signature = roster_record.parse_signed(records[0])
    sign = SECRETARY.keys.sign
    for name, record in {
        "create of index 1": replace(good, index=1),
        "create with a previous record": replace(good, prev_hash=fixed("prev")),
        "create by another seat": replace(good, signer=MAYOR.seat),
        "create without admin": replace(good, admin=False),
        "create of generation 1": replace(good, g=1),
        "create of another kind": replace(good, kind="found"),
    }.items():
        group.reject(name, "BadRoster", "replay_roster", records=[_resigned(record, sign)], mailbox=_BOX)
    forged = [_resigned(good, STRANGER.keys.sign)]
    group.reject("create signed by another key", "BadRoster", "replay_roster", records=forged, mailbox=_BOX)
    altered = frame("pli1/signed-roster", replace(good, role="mayor").encoded, signature)
    group.reject("create altered after signing", "BadRoster", "replay_roster", records=[altered], mailbox=_BOX)
    flag = good.encoded.replace(b"agent" + b"\0\0\0\1\1", b"agent" + b"\0\0\0\1\2")
    odd = frame("pli1/signed-roster", flag, sign.sign(frame("pli1/roster-sig", flag)))
    group.reject("admin of 2", "BadRoster", "replay_roster", records=[odd], mailbox=_BOX)


def _bad_admits(group: Group, records: list[bytes]) -> None:
    before = records[:2]
    state = roster.replay(before, _BOX)
    good, _ = roster_record.parse_signed(_admit(state, AGENT, MAYOR))
    other = mailbox.identity(_NEXT_SEED, _BOX, 1)
    for name, record in {
        "admit: other mailbox": replace(good, mailbox=DOCTOR.mailbox),
        "admit: skipped index": replace(good, index=3),
        "admit: on an older head": replace(good, prev_hash=state.heads[0]),
        "admit: other generation": replace(good, g=1),
        "admit: other I_g": replace(good, identity_sign=other.sign.public),
        "admit: other K_g": replace(good, identity_kem=other.kem.public),
        "admit: other sc": replace(good, sc=mailbox.seed_check(_NEXT_SEED, _BOX, 0)),
        "admit: a seat that is taken": replace(good, seat=SECRETARY.seat),
        "admit: a key that is another seat's": replace(good, sign_pk=SECRETARY.keys.sign.public),
        "admit: a KEM key that is another seat's": replace(good, kem_pk=SECRETARY.keys.kem.public),
        "a kind that does not exist": replace(good, kind="promote"),
    }.items():
        signed = _resigned(record, MAYOR.keys.sign)
        group.reject(name, "BadRoster", "replay_roster", records=[*before, signed], mailbox=_BOX)
    by_agent = _admit(roster.replay(records, _BOX), STRANGER, AGENT)
    group.reject(
        "admit by a seat that is not admin", "BadRoster", "replay_roster", records=[*records, by_agent], mailbox=_BOX
    )
    ghost = [*before, _admit(state, STRANGER, STRANGER)]
    group.reject("a ghost seat, signed by itself", "BadRoster", "replay_roster", records=ghost, mailbox=_BOX)
    stolen = [*before, _resigned(good, STRANGER.keys.sign)]
    group.reject("admit in an admin's name by another key", "BadRoster", "replay_roster", records=stolen, mailbox=_BOX)


def _pins(group: Group, records: list[bytes], state: RosterState) -> None:
    first = roster.replay(records[:1], _BOX)
    fork = [records[0], _admit(first, STRANGER, SECRETARY)]
    pinned: dict[str, Any] = {"mailbox": _BOX, "pin_index": 1, "pin_head": state.heads[1]}
    group.accept("the fork alone is well formed", "replay_roster", records=fork, mailbox=_BOX)
    group.reject("forked behind the pin", "BadRoster", "replay_roster", records=fork, **pinned)
    group.reject("ends before the pin", "BadRoster", "replay_roster", records=records[:1], **pinned)


def _admissions(group: Group, records: list[bytes], state: RosterState) -> None:
    shown = state.heads[1]
    keys: dict[str, Any] = {"sign_pk": AGENT.keys.sign.public, "kem_pk": AGENT.keys.kem.public}
    mine: dict[str, Any] = {"records": records, "mailbox": _BOX, "seat": AGENT.seat, "shown_head": shown} | keys
    group.accept("admitted on the head that was shown", "accept_admission", **mine)
    group.reject_each(
        "BadRoster",
        "accept_admission",
        mine,
        {
            "admitted under another head": {"shown_head": state.heads[0]},
            "admitted with another signing key": {"sign_pk": STRANGER.keys.sign.public},
            "admitted with another KEM key": {"kem_pk": STRANGER.keys.kem.public},
            "not admitted yet": {"records": records[:2]},
            "another seat": {"seat": STRANGER.seat},
        },
    )
    group.accept("words", "admission_words", mailbox=_BOX, head=shown, **keys)
    group.accept("words on another head", "admission_words", mailbox=_BOX, head=state.heads[0], **keys)


def mailboxes(captures: Captures) -> Group:
    group = Group("mailbox", "Seeds, identities, the desk; wraps are captures, open-only", "4.1, 4.2 and 4.5")
    group.accept("identity of generation 0", "mailbox_identity", seed=VILLAGE.seed, mailbox=_BOX, g=0)
    group.accept("identity of generation 1", "mailbox_identity", seed=_NEXT_SEED, mailbox=_BOX, g=1)
    for width in (31, 33):
        seed = fixed("seed", width)
        group.reject(f"{width}-byte seed", "BadKey", "mailbox_identity", seed=seed, mailbox=_BOX, g=0)
    group.reject("15-byte mailbox id", "BadEncoding", "mailbox_identity", seed=VILLAGE.seed, mailbox=_BOX[:15], g=0)
    _seed_wraps(group, captures)
    _prevs(group)
    _desk(group)
    return group


def _seed_wraps(group: Group, captures: Captures) -> None:
    state = roster.replay(village_roster(), _BOX)
    record_hash = state.seats[MAYOR.seat].record_hash
    kem_seed = kdf(MAYOR.seed, "pli1/seat", _BOX, b"kem")
    public = KemKey(kem_seed).public

    def wrap(seed: bytes) -> bytes:
        info = frame("pli1/seedwrap", _BOX, bytes(4), MAYOR.seat, record_hash)
        return captures.seal(public, seed, info)

    mine: dict[str, Any] = {
        "kem_seed": kem_seed, "wrap": wrap(VILLAGE.seed), "mailbox": _BOX, "g": 0, "seat": MAYOR.seat,
        "record_hash": record_hash, "sc": state.sc,
    }  # fmt: skip
    group.share(wrap=mine["wrap"])
    group.accept("a wrapped seed", "open_seed", **mine)
    group.reject("a seed of the server's own", "BadSeed", "open_seed", **mine | {"wrap": wrap(fixed("server seed"))})
    group.reject("a seed of 31 bytes", "BadSeed", "open_seed", **mine | {"wrap": wrap(fixed("short", 31))})
    group.reject("another sc", "BadSeed", "open_seed", **mine | {"sc": fixed("sc")})
    group.reject_each(
        "BadSeal",
        "open_seed",
        mine,
        {
            "a wrap for another mailbox": {"mailbox": DOCTOR.mailbox},
            "a wrap for another generation": {"g": 1},
            "a wrap for another seat": {"seat": AGENT.seat},
            "a wrap by another record": {"record_hash": state.seats[AGENT.seat].record_hash},
            "a wrap to another key": {"kem_seed": fixed("other kem seed")},
        },
    )


def _prevs(group: Group) -> None:
    prev = mailbox.seal_prev(_NEXT_SEED, VILLAGE.seed, _BOX, 1)
    mine: dict[str, Any] = {"seed": _NEXT_SEED, "prev": prev, "mailbox": _BOX, "g": 1, "previous_sc": _SC}
    group.accept("the seed before", "open_prev", **mine)
    wrong = mailbox.seal_prev(_NEXT_SEED, fixed("server seed"), _BOX, 1)
    group.reject("prev holds a seed of another sc", "BadSeed", "open_prev", **mine | {"prev": wrong})
    key = kdf(_NEXT_SEED, "pli1/prev", _BOX, b"\0\0\0\1")
    short = seal_once(key, VILLAGE.seed[:31], frame("pli1/prev", _BOX, b"\0\0\0\1"))
    group.reject("prev holds 31 bytes", "BadSeed", "open_prev", **mine | {"prev": short})
    group.reject("prev of another generation", "BadSeal", "open_prev", **mine | {"g": 2})
    group.reject("prev of another mailbox", "BadSeal", "open_prev", **mine | {"mailbox": DOCTOR.mailbox})
    group.reject("prev under another seed", "BadSeal", "open_prev", **mine | {"seed": VILLAGE.seed})


def _desk(group: Group) -> None:
    entry, content = fixed("entry", 16), desk.encode_note(THREAD, "Rappeler le cabinet lundi.")
    blob = mailbox.seal_entry(VILLAGE.seed, _BOX, 0, entry, content, Stream("desk nonce"))
    mine: dict[str, Any] = {"seed": VILLAGE.seed, "mailbox": _BOX, "g": 0, "entry": entry, "blob": blob}
    group.accept("a desk entry", "open_desk_entry", **mine)
    group.reject_each(
        "BadSeal",
        "open_desk_entry",
        mine,
        {
            "a desk entry under another id": {"entry": fixed("other entry", 16)},
            "a desk entry of another generation": {"g": 1},
            "a desk entry of another mailbox": {"mailbox": DOCTOR.mailbox},
            "a desk entry under another seed": {"seed": DOCTOR.seed},
            "a desk entry altered": {"blob": flipped(blob)},
        },
    )
    for name, data in {
        "note": content,
        "draft": desk.encode_draft(THREAD, "Bonjour,"),
        "assignment": desk.encode_assignment(THREAD, MAYOR.seat),
        "nobody assigned": desk.encode_assignment(THREAD, None),
        "unknown": frame("pli1/desk-later", b"?"),
    }.items():
        group.accept(f"content: {name}", "decode_desk_content", content=data)
    for name, data in {
        "assignment of 15 bytes": frame("pli1/desk-assign", THREAD, bytes(15)),
        "thread of 15 bytes": frame("pli1/desk-note", THREAD[:15], b""),
        "trailing field": content + bytes(4),
        "text that is not UTF-8": frame("pli1/desk-note", THREAD, b"\xff"),
        "label that is not ASCII": b"\0\0\0\2\xc3\xa9",
        "no frame": b"note",
    }.items():
        group.reject(f"content: {name}", "BadEncoding", "decode_desk_content", content=data)


def pseudonyms() -> Group:
    group = Group("pseudonym", "Pseudonyms and their own signatures", "5.1")
    group.accept("of a prekey", "derive_pseudonym", seed=VILLAGE.seed, target=TARGET, index=3)
    group.accept("of the next prekey", "derive_pseudonym", seed=VILLAGE.seed, target=TARGET, index=4)
    group.accept("of a thread", "derive_pseudonym", seed=DOCTOR.seed, thread=THREAD, n=0)
    group.accept("of a rotation", "derive_pseudonym", seed=DOCTOR.seed, thread=THREAD, n=1)
    group.reject("31-byte seed", "BadKey", "derive_pseudonym", seed=DOCTOR.seed[:31], thread=THREAD, n=1)
    public = VILLAGE.pseudonym(0).public
    group.share(pk_kem=public.kem)
    mine: dict[str, Any] = {
        "identity": _IDENTITY.sign.public, "mailbox": _BOX, "pk_sign": public.sign, "pk_kem": public.kem,
        "signature": pseudonym.own_signature(_IDENTITY.sign, _BOX, public),
    }  # fmt: skip
    group.accept("own signature", "verify_own", **mine)
    group.reject_each(
        "BadSignature",
        "verify_own",
        mine,
        {
            "own signature of another mailbox": {"mailbox": DOCTOR.mailbox},
            "own signature by another identity": {"identity": DOCTOR.identity.sign.public},
            "own signature for another signing key": {"pk_sign": VILLAGE.pseudonym(1).public.sign},
            "own signature for another KEM key": {"pk_kem": VILLAGE.pseudonym(1).public.kem},
        },
    )
    return group
