"""Vectors of SPEC.md sections 5.3 to 5.5: epoch records and wraps."""

from dataclasses import replace
from typing import Any

from messaging.e2ee import epoch
from messaging.e2ee.encoding import frame
from messaging.e2ee.epoch import EpochRecord, Opening
from messaging.e2ee.pseudonym import PublicPseudonym, prekey_slot, thread_slot
from messaging.e2ee.suite import SigningKey, kdf
from tests.e2ee.making.captures import Captures
from tests.e2ee.making.group import Group
from tests.e2ee.making.stream import fixed, flipped
from tests.e2ee.making.world import (
    DOCTOR,
    OTHER_THREAD,
    PREKEY_INDEX,
    TARGET,
    THREAD,
    VILLAGE,
    conversation,
    first_opening,
)

_STRANGER = PublicPseudonym(DOCTOR.pseudonym(9).sign.public, DOCTOR.pseudonym(9).kem.public)


def _signed(record: EpochRecord, new: SigningKey, old: SigningKey | None = None) -> bytes:
    statement = frame("pli1/epoch-sig", record.encoded)
    return frame("pli1/signed-record", record.encoded, new.sign(statement), old.sign(statement) if old else b"")


def epochs(captures: Captures) -> Group:
    group = Group("epoch", "Epoch records and their wraps; wraps are captures, open-only", "5.3 to 5.5")
    talk = conversation()
    opening, rotation = talk.openings
    group.share(
        first=opening.signed, rotation=rotation.signed,
        wrap_0=opening.wraps[0], wrap_1=opening.wraps[1],
        doctor_kem=opening.record.parties[0].kem, village_kem=opening.record.parties[1].kem,
        stranger_kem=_STRANGER.kem,
    )  # fmt: skip
    _first(group, opening)
    _rotation(group, opening, rotation)
    _wraps(group, opening, rotation, captures)
    return group


def _first(group: Group, opening: Opening) -> None:
    record, sign = opening.record, DOCTOR.pseudonym(0).sign
    zero, one = record.parties
    here: dict[str, Any] = {"signed": opening.signed, "thread": THREAD, "head_0": record.thread_head}
    as_recipient = {"recipient_sign": one.sign, "recipient_kem": one.kem}
    as_colleague = {"initiator_sign": zero.sign, "initiator_kem": zero.kem}
    stranger = {"recipient_sign": _STRANGER.sign, "recipient_kem": _STRANGER.kem}
    group.accept("record 0", "verify_first_record", **here)
    group.accept("record 0, to its recipient", "verify_first_record", **here | as_recipient)
    group.accept("record 0, to the initiator's colleague", "verify_first_record", **here | as_colleague)
    group.reject_each("BadRecord", "verify_first_record", here, {
        "the prekey is another one": stranger,
        "the prekey's KEM key is another one": as_recipient | {"recipient_kem": _STRANGER.kem},
        "the initiator is another one": {"initiator_sign": _STRANGER.sign, "initiator_kem": _STRANGER.kem},
        "record 0 of another thread": {"thread": OTHER_THREAD},
        "record 0 on another head": {"head_0": fixed("head")},
        "record 0 with an old signature": {"signed": _signed(record, sign, sign)},
        "record 0 without a signature": {"signed": frame("pli1/signed-record", record.encoded, b"", b"")},
        "record 0 of epoch 1": {"signed": _signed(replace(record, n=1, prev=fixed("prev")), sign)},
        "record 0 with a previous one": {"signed": _signed(replace(record, prev=fixed("prev")), sign)},
        "both parties with one key": {"signed": _signed(replace(record, parties=(zero, zero)), sign)},
        "both parties with one KEM key": {
            "signed": _signed(replace(record, parties=(zero, PublicPseudonym(one.sign, zero.kem))), sign)
        },
    })  # fmt: skip
    group.reject_each("BadSignature", "verify_first_record", here, {
        "record 0 signed by the recipient": {"signed": _signed(record, VILLAGE.pseudonym(0).sign)},
        "record 0 altered after signing": {
            "signed": opening.signed.replace(record.kc, fixed("kc"))
        },
    })  # fmt: skip
    group.reject_each("BadEncoding", "verify_first_record", here, {
        "record 0 with a trailing byte": {"signed": opening.signed + b"\0"},
        "record 0 with a KEM key of 1215 bytes": {
            "signed": _signed(replace(record, parties=(zero, PublicPseudonym(one.sign, one.kem[:-1]))), sign)
        },
        "record 0 with kc of 31 bytes": {"signed": _signed(replace(record, kc=record.kc[:-1]), sign)},
    })  # fmt: skip


def _rotation(group: Group, opening: Opening, rotation: Opening) -> None:
    record = rotation.record
    zero, one = record.parties
    new, old = VILLAGE.pseudonym(1).sign, VILLAGE.pseudonym(0).sign
    follows: dict[str, Any] = {"previous": opening.signed, "signed": rotation.signed, "party": 1}
    group.accept("rotation", "verify_rotation_record", **follows)
    statement = frame("pli1/epoch-sig", record.encoded)

    def changed(**change: Any) -> dict[str, bytes]:
        return {"signed": _signed(replace(record, **change), new, old)}

    kept = replace(record, parties=(zero, opening.record.parties[1]))
    half = replace(record, parties=(zero, PublicPseudonym(one.sign, opening.record.parties[1].kem)))
    taken = replace(record, parties=(zero, PublicPseudonym(one.sign, zero.kem)))
    group.reject_each("BadRecord", "verify_rotation_record", follows, {
        "the other's pseudonym changed": changed(parties=(_STRANGER, one)),
        "the other's KEM key changed": changed(parties=(PublicPseudonym(zero.sign, _STRANGER.kem), one)),
        "made by the other party": {"party": 0},
        "made by the service": {"party": 255},
        "skipped n": changed(n=2),
        "same n": changed(n=0, prev=b""),
        "wrong prev": changed(prev=fixed("prev")),
        "no prev": changed(prev=b""),
        "another thread": changed(thread=OTHER_THREAD),
        "old signature missing": {"signed": frame("pli1/signed-record", record.encoded, new.sign(statement), b"")},
        "new signature missing": {"signed": frame("pli1/signed-record", record.encoded, b"", old.sign(statement))},
        "pseudonym not renewed": {"signed": _signed(kept, old, old)},
        "KEM key not renewed": {"signed": _signed(half, new, old)},
        "the other's KEM key taken": {"signed": _signed(taken, new, old)},
        "record 0 again": {"signed": opening.signed},
    })  # fmt: skip
    group.reject_each("BadSignature", "verify_rotation_record", follows, {
        "old signature by the new key": {"signed": _signed(record, new, new)},
        "new signature by the old key": {"signed": _signed(record, old, old)},
        "signatures swapped": {"signed": _signed(record, old, new)},
        "old signature by a stranger": {"signed": _signed(record, new, DOCTOR.pseudonym(9).sign)},
    })  # fmt: skip


def _wraps(group: Group, opening: Opening, rotation: Opening, captures: Captures) -> None:
    seeds = [_kem_seed(DOCTOR.seed, 0), _kem_seed(VILLAGE.seed, None)]
    one: dict[str, Any] = {
        "signed": opening.signed, "wrap_0": opening.wraps[0], "wrap_1": opening.wraps[1], "party": 1,
        "kem_seed": seeds[1],
    }  # fmt: skip
    zero = one | {"party": 0, "kem_seed": seeds[0]}
    group.accept("the initiator's wrap", "open_epoch", **zero)
    group.accept("the recipient's wrap", "open_epoch", **one)
    other = first_opening(OTHER_THREAD)
    group.reject_each("BadRecord", "open_epoch", one, {
        "wraps swapped by party": {"wrap_0": opening.wraps[1], "wrap_1": opening.wraps[0]},
        "a wrap of another thread": {"wrap_1": other.wraps[1]},
        "a wrap of another epoch": {"wrap_1": rotation.wraps[1]},
        "the other's wrap altered": {"wrap_0": flipped(opening.wraps[0])},
    })  # fmt: skip
    group.reject("a wrap of 1167 bytes", "BadEncoding", "open_epoch", **one | {"wrap_1": opening.wraps[1][:-1]})
    group.reject("opened with another key", "BadSeal", "open_epoch", **one | {"kem_seed": fixed("other")})
    group.reject("opened as the other party", "BadSeal", "open_epoch", **one | {"party": 0})
    _committed_wraps(group, opening, one, captures)


def _committed_wraps(group: Group, opening: Opening, one: dict[str, Any], captures: Captures) -> None:
    """Records that commit to wraps which are wrong in themselves: only the opening finds it."""
    record, sign = opening.record, DOCTOR.pseudonym(0).sign

    def with_wraps(changed: EpochRecord, wraps: tuple[bytes, bytes]) -> dict[str, bytes]:
        committed = replace(changed, wraps_hash=epoch.wraps_hash(wraps))
        return {"signed": _signed(committed, sign), "wrap_0": wraps[0], "wrap_1": wraps[1]}

    def wrap(secret: bytes, thread: bytes = THREAD, n: int = 0, party: int = 1) -> bytes:
        keys = (key for pseudonym in record.parties for key in pseudonym)
        info = frame("pli1/wrap", thread, n.to_bytes(4, "big"), bytes([party]), *keys, record.kc)
        return captures.seal(record.parties[1].kem, secret, info)

    other_kc = kdf(fixed("another secret"), "pli1/epoch", THREAD, bytes(4))
    honest, secret = opening.wraps, opening.epoch_secret
    wrong_secret = with_wraps(record, (honest[0], wrap(fixed("another secret"))))
    group.reject("a secret that does not match kc", "BadRecord", "open_epoch", **one | wrong_secret)
    group.reject_each("BadSeal", "open_epoch", one, {
        "wrapped for another kc": with_wraps(replace(record, kc=other_kc), honest),
        "wrapped for the other party": with_wraps(record, (honest[0], wrap(secret, party=0))),
        "wrapped for another thread": with_wraps(record, (honest[0], wrap(secret, thread=OTHER_THREAD))),
        "wrapped for another n": with_wraps(record, (honest[0], wrap(secret, n=1))),
    })  # fmt: skip


def _kem_seed(seed: bytes, n: int | None) -> bytes:
    slot = prekey_slot(TARGET, PREKEY_INDEX) if n is None else thread_slot(THREAD, n)
    return kdf(seed, "pli1/pseudonym", slot, b"kem")
