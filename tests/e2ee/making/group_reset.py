"""Vectors of SPEC.md section 4.7: a reset that the platform attests, and the record that follows it."""

from dataclasses import replace
from typing import Any

from messaging.e2ee import epoch, reset
from messaging.e2ee.encoding import frame, u8, u32, utf8
from messaging.e2ee.epoch import Opening
from messaging.e2ee.pseudonym import Pseudonym, derive, thread_slot
from messaging.e2ee.suite import SigningKey
from tests.e2ee.making.group import Group, Text
from tests.e2ee.making.group_card import _AUDIENCE, _NOW_S, _OTHER_PLATFORM_KEY, _base64url, _json
from tests.e2ee.making.stream import Stream, fixed, flipped
from tests.e2ee.making.world import (
    DOCTOR,
    OTHER_THREAD,
    PLATFORM_KEY,
    SERVICE,
    STAMP_KEY,
    THREAD,
    VILLAGE,
    Conversation,
    LogBuilder,
    conversation,
    text_message,
)

_NEW_SEED = fixed("mailbox seed village, after the reset")


def _new_village() -> Pseudonym:
    return derive(_NEW_SEED, thread_slot(THREAD, 2))


def platform_word(
    talk: Conversation,
    *,
    header: dict[str, Any] | None = None,
    key: SigningKey = PLATFORM_KEY,
    drop: str = "",
    **changes: Any,
) -> str:
    """The platform's word for the village's reset in the epoch in force."""
    head = {"alg": "EdDSA", "typ": "pli-reset+jwt"} | (header or {})
    record = talk.openings[1].record
    said = reset.claims(THREAD, 1, record.hash, _NOW_S) | {"aud": _AUDIENCE} | changes
    said.pop(drop, None)
    signed = f"{_base64url(_json(head))}.{_base64url(_json(said))}"
    return f"{signed}.{_base64url(key.sign(signed.encode()))}"


def begun_anew(talk: Conversation, thread_head: bytes, old: Pseudonym | None = None) -> Opening:
    return epoch.make_rotation(
        talk.openings[1].record,
        party=1,
        old=old,
        new=_new_village(),
        thread_head=thread_head,
        entropy=Stream("epoch 2 after the reset"),
    )


def resets() -> Group:
    group = Group("reset", "A reset attested by the platform, and the record after it", "4.7, 5.5 and 7.3")
    talk = conversation()
    group.share(
        in_force=talk.openings[1].signed, **{f"payload_{event['seq']}": event["payload"] for event in talk.log.events}
    )
    _events(group, talk)
    _records(group, talk)
    _logs(group, talk)
    return group


def _events(group: Group, talk: Conversation) -> None:
    good: dict[str, Any] = {
        "payload": reset.make_reset(1, 1, platform_word(talk)), "signed": talk.openings[1].signed,
        "platform_key": PLATFORM_KEY.public, "audience": Text(_AUDIENCE),
    }  # fmt: skip
    group.accept("a reset", "verify_reset", **good)
    initiators = reset.make_reset(0, 1, platform_word(talk, party=0))
    group.accept("of the initiator", "verify_reset", **good | {"payload": initiators})

    def payload(party: int = 1, n: int = 1, **word: Any) -> dict[str, bytes]:
        return {"payload": reset.make_reset(party, n, platform_word(talk, **word))}

    group.reject_each("BadRecord", "verify_reset", good, {
        "of the other side": payload(party=0),
        "of the service": {"payload": frame("pli1/reset", u8(255), u32(1), utf8(platform_word(talk)))},
        "of an epoch that is not in force": payload(n=0),
        "against another record": {"signed": talk.openings[0].signed},
        "the platform's word for another record": payload(record=talk.openings[0].record.hash.hex()),
        "the platform's word for another thread": payload(thread=OTHER_THREAD.hex()),
        "thread in capitals": payload(thread=THREAD.hex().upper()),
        "no thread": payload(drop="thread"),
        "no record": payload(drop="record"),
        "no party": payload(drop="party"),
        "no iat": payload(drop="iat"),
        "iat in text": payload(iat=str(_NOW_S)),
        "party true": {"payload": reset.make_reset(1, 1, platform_word(talk, party=True))},
    })  # fmt: skip
    token = platform_word(talk)
    head, claims, _ = token.split(".")
    group.reject_each("BadAttestation", "verify_reset", good, {
        "signed by another platform": payload(key=_OTHER_PLATFORM_KEY),
        "checked with another key": {"platform_key": _OTHER_PLATFORM_KEY.public},
        "an attestation of a card": payload(header={"typ": "pli-attest+jwt"}),
        "an access token": payload(header={"typ": "at+jwt"}),
        "alg none": payload(header={"alg": "none"}),
        "crit": payload(header={"crit": ["b64"]}),
        "another audience": payload(aud="https://other.example"),
        "no audience": payload(drop="aud"),
        "signature missing": {"payload": reset.make_reset(1, 1, f"{head}.{claims}.")},
        "no word at all": {"payload": reset.make_reset(1, 1, "")},
    })  # fmt: skip
    group.reject_each("BadEncoding", "verify_reset", good, {
        "a trailing byte": {"payload": good["payload"] + b"\0"},
        "n of two bytes": {"payload": frame("pli1/reset", u8(1), b"\0\1", utf8(token))},
        "a word that is no text": {"payload": frame("pli1/reset", u8(1), u32(1), b"\xff")},
        "another label": {"payload": frame("pli1/restored", u8(1), u32(1), utf8(token))},
    })  # fmt: skip


def _records(group: Group, talk: Conversation) -> None:
    made = begun_anew(talk, talk.log.head)
    follows: dict[str, Any] = {"previous": talk.openings[1].signed, "signed": made.signed, "party": 1}
    group.accept("record without an old signature, after a reset", "verify_rotation_record", **follows, reset=True)
    ordinary = begun_anew(talk, talk.log.head, VILLAGE.pseudonym(1))
    group.accept("record with both, after a reset", "verify_rotation_record",
                 **follows | {"signed": ordinary.signed}, reset=True)  # fmt: skip
    new, record = _new_village().sign, made.record
    statement = frame("pli1/epoch-sig", record.encoded)
    foreign = frame("pli1/signed-record", record.encoded, new.sign(statement), new.sign(statement))
    unsigned = frame("pli1/signed-record", record.encoded, b"", b"")
    skipped = replace(record, n=3)
    signed_skipped = frame(
        "pli1/signed-record", skipped.encoded, new.sign(frame("pli1/epoch-sig", skipped.encoded)), b""
    )
    group.reject("without an old signature and without a reset", "BadRecord", "verify_rotation_record", **follows)
    after = follows | {"reset": True}
    group.reject_each("BadRecord", "verify_rotation_record", after, {
        "unsigned, after a reset": {"signed": unsigned},
        "skipped n, after a reset": {"signed": signed_skipped},
        "in the other's name, after a reset": {"party": 0},
    })  # fmt: skip
    group.reject_each("BadSignature", "verify_rotation_record", after, {
        "an old signature that is wrong, after a reset": {"signed": foreign},
        "a new signature that is wrong, after a reset": {
            "signed": frame("pli1/signed-record", record.encoded, flipped(new.sign(statement)), b"")
        },
    })  # fmt: skip


def _logs(group: Group, talk: Conversation) -> None:
    entries = [(str(event["kind"]), event["party"], event["payload"]) for event in talk.log.events]
    word = ("reset", 255, reset.make_reset(1, 1, platform_word(talk)))
    seen = talk.log.head

    def given(*added: tuple[str, int, bytes], secrets: list[bytes] | None = None, **changes: Any) -> dict[str, Any]:
        log = LogBuilder()
        for entry in (*entries, *added):
            log.commit(entry)
        return {
            "service": SERVICE, "thread": THREAD, "stamp_public": STAMP_KEY.public,
            "epoch_secrets": secrets or talk.secrets, "ranges": [log.events],
            "platform_key": PLATFORM_KEY.public, "audience": Text(_AUDIENCE),
        } | changes  # fmt: skip

    made = begun_anew(talk, seen)
    anew = ("epoch", 1, made.signed)
    secrets = [*talk.secrets, made.epoch_secret]
    log = LogBuilder()
    for entry in (*entries, word, anew):
        log.commit(entry)
    answer = ("message", 0, text_message(made, DOCTOR, "Qui êtes-vous ?", 8, log.heads[8]))
    group.accept("a log that goes on after a reset", "read_log", **given(word, anew, answer, secrets=secrets))
    forged = ("reset", 255, reset.make_reset(1, 1, platform_word(talk, key=_OTHER_PLATFORM_KEY)))
    group.accept("a reset that the platform did not sign changes nothing", "read_log", **given(forged))
    other = ("reset", 255, reset.make_reset(0, 1, platform_word(talk, party=0)))
    peers = epoch.make_rotation(
        talk.openings[1].record, party=0, old=DOCTOR.pseudonym(0), new=DOCTOR.pseudonym(2), thread_head=seen,
        entropy=Stream("epoch 2 by the doctor"),
    )  # fmt: skip
    late = epoch.make_rotation(
        peers.record, party=1, old=None, new=derive(_NEW_SEED, thread_slot(THREAD, 3)), thread_head=seen,
        entropy=Stream("epoch 3 after the reset"),
    )  # fmt: skip
    for name, added in {
        "without a reset": (anew,),
        "after a reset that the platform did not sign": (forged, anew),
        "after a reset that a party wrote": (("reset", 1, word[2]), anew),
        "after the other side's reset": (other, anew),
        "a reset after the record": (anew, word),
        "after a reset that another epoch ended": (word, ("epoch", 0, peers.signed), ("epoch", 1, late.signed)),
    }.items():
        group.reject(f"begins anew {name}", "BadRecord", "read_log", **given(*added))
    unpinned = given(word, anew)
    for name in ("platform_key", "audience"):
        unpinned.pop(name)
    group.reject("begins anew where no platform is pinned", "BadRecord", "read_log", **unpinned)
