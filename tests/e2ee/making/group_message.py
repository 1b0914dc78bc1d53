"""Vectors of SPEC.md section 6: payloads, messages, seat tags, contents."""

from dataclasses import asdict, replace
from typing import Any

from messaging.e2ee import content, message
from messaging.e2ee.encoding import frame, u16, u32
from messaging.e2ee.epoch import Opening
from tests.e2ee.making.forge import Forgery, body, opens_under_two_keys
from tests.e2ee.making.group import Group
from tests.e2ee.making.stream import fixed, flipped
from tests.e2ee.making.world import (
    DOCTOR,
    OTHER_THREAD,
    THREAD,
    VILLAGE,
    conversation,
    first_opening,
    header,
    tag,
    text_message,
)


def messages() -> Group:
    group = Group("message", "Messages: payload, header, opening, seat tag, contents", "6")
    talk = conversation()
    opening, rotation = talk.openings
    head_0 = talk.log.heads[0]
    payload = text_message(opening, DOCTOR, "Bonjour", 0, head_0)
    place: dict[str, Any] = {
        "payload": payload, "epoch_secret": opening.epoch_secret,
        "author_sign_pk": opening.record.parties[0].sign, "thread": THREAD, "epoch": 0,
        "record_hash": opening.record.hash, "party": 0,
    }  # fmt: skip
    group.share(payload=payload)
    group.accept("a text", "open_message", **place)
    answer = text_message(opening, VILLAGE, "Bonjour docteur", 2, talk.log.heads[2])
    by_village = {"payload": answer, "party": 1, "author_sign_pk": opening.record.parties[1].sign}
    group.accept("the other's text", "open_message", **place | by_village)
    long = text_message(opening, DOCTOR, "Bien le bonjour. " * 60, 0, head_0, label="long")
    group.accept("a text beyond 512 bytes", "open_message", **place | {"payload": long})
    _headers(group, opening, rotation, place)
    _altered(group, payload, place)
    _forged(group, opening, head_0, place)
    _payloads(group, payload, opening)
    _tags(group, opening)
    _contents(group)
    return group


def _headers(group: Group, opening: Opening, rotation: Opening, place: dict[str, Any]) -> None:
    """A message shown at a place that is not its own."""
    group.reject_each("WrongHeader", "open_message", place, {
        "in another thread": {"thread": OTHER_THREAD},
        "in another epoch": {"epoch": 1},
        "under another record": {"record_hash": rotation.record.hash},
        "as the other party": {"party": 1, "author_sign_pk": opening.record.parties[1].sign},
        "as the service": {"party": 255},
        "another suite": {"payload": _with_suite(place["payload"], 2)},
        "suite 0": {"payload": _with_suite(place["payload"], 0)},
    })  # fmt: skip
    group.reject_each("BadSignature", "open_message", place, {
        "signed with another pseudonym": {"author_sign_pk": opening.record.parties[1].sign},
    })  # fmt: skip
    group.reject_each("BadSeal", "open_message", place, {"with another secret": {"epoch_secret": fixed("other")}})
    for width in (31, 33):
        short = place | {"epoch_secret": fixed("secret", width)}
        group.reject(f"{width}-byte epoch secret", "BadKey", "open_message", **short)


def _with_suite(payload: bytes, suite: int) -> bytes:
    return payload.replace(frame("pli1/msg", u16(1)), frame("pli1/msg", u16(suite)), 1)


def _altered(group: Group, payload: bytes, place: dict[str, Any]) -> None:
    parts = message.parse_payload(payload)
    copied = message.parse_payload(
        text_message(first_opening(), VILLAGE, "Autre", 0, fixed("head"), label="other salt")
    ).salt

    def rebuilt(**change: Any) -> dict[str, bytes]:
        new = parts._replace(**change)
        return {"payload": frame("pli1/message", new.header_bytes, new.salt, new.commitment, new.ciphertext)}

    altered = flipped(parts.ciphertext, 0)
    group.reject_each("BadSeal", "open_message", place, {
        "ciphertext altered": rebuilt(ciphertext=altered),
        "ciphertext cut": rebuilt(ciphertext=parts.ciphertext[:-1]),
        "ciphertext empty": rebuilt(ciphertext=b""),
        "commitment altered": rebuilt(commitment=fixed("commitment")),
        "salt altered": rebuilt(salt=fixed("salt")),
        "salt copied from the peer": rebuilt(salt=copied),
        "message id altered": rebuilt(header_bytes=flipped(parts.header_bytes)),
        "kind altered": {"payload": _as_kind(payload, b"text", b"chat")},
    })  # fmt: skip


def _as_kind(payload: bytes, old: bytes, new: bytes) -> bytes:
    return payload.replace(frame("pli1/msg", u16(1), old), frame("pli1/msg", u16(1), new), 1)


def _forged(group: Group, opening: Opening, head_0: bytes, place: dict[str, Any]) -> None:
    header_bytes = header(opening, 0, "forged")
    salt = fixed("salt")
    said, seat_tag = content.encode_text("Bonjour"), tag(DOCTOR, header_bytes, salt)
    good = Forgery(
        header_bytes,
        opening.epoch_secret,
        DOCTOR.pseudonym(0).sign,
        body(said, 0, head_0, seat_tag, 512),
        salt,
    )

    def forged(**change: Any) -> dict[str, bytes]:
        return {"payload": replace(good, **change).payload()}

    group.accept("built by hand, all right", "open_message", **place | forged())
    group.reject_each("BadCommitment", "open_message", place, {
        "valid GCM with a wrong C": forged(commitment=fixed("commitment")),
        "signature cut": forged(signature=good.parts()[1][:-1]),
        "C of another body": forged(commitment=replace(good, body=good.body[:-1] + b"\1").parts()[0]),
    })  # fmt: skip
    group.reject_each("BadSignature", "open_message", place, {
        "signed by the peer": forged(signing=VILLAGE.pseudonym(0).sign),
        "signature of zeros": forged(signature=bytes(64)),
    })  # fmt: skip
    used = len(body(said, 0, head_0, seat_tag, 0))
    spoiled = good.body[: used + 9] + b"\1" + good.body[used + 10 :]
    group.reject_each("BadPadding", "open_message", place, {
        "padding not zero": forged(body=spoiled),
        "padding of spaces": forged(body=body(said, 0, head_0, seat_tag, 512, b" ")),
        "not padded": forged(body=body(said, 0, head_0, seat_tag, 0)),
        "padded to 511": forged(body=body(said, 0, head_0, seat_tag, 511)),
        "padded to 1024": forged(body=body(said, 0, head_0, seat_tag, 1024)),
    })  # fmt: skip
    group.reject_each("BadEncoding", "open_message", place, {
        "no body": forged(body=b""),
        "body of zeros": forged(body=bytes(512)),
        "seen head of 31 bytes": forged(body=body(said, 0, head_0[:31], seat_tag, 512)),
        "seat tag of 83 bytes": forged(body=body(said, 0, head_0, seat_tag[:-1], 512)),
        "no seat tag": forged(body=body(said, 0, head_0, b"", 512)),
    })  # fmt: skip
    two = opens_under_two_keys(good, fixed("other secret"))
    group.reject("a ciphertext under two keys, the first", "BadSignature", "open_message", **place | {"payload": two})
    second = place | {"payload": two, "epoch_secret": fixed("other secret")}
    group.reject("a ciphertext under two keys, the second", "BadCommitment", "open_message", **second)


def _payloads(group: Group, payload: bytes, opening: Opening) -> None:
    parts = message.parse_payload(payload)
    group.accept("taken apart", "parse_payload", payload=payload)
    empty = frame("pli1/message", parts.header_bytes, parts.salt, parts.commitment, b"")
    group.accept("taken apart, empty ciphertext", "parse_payload", payload=empty)
    unknown = message.header("a_kind_of_tomorrow", THREAD, 4, opening.record.hash, 1, fixed("id", 16))
    later = frame("pli1/message", unknown, parts.salt, parts.commitment, b"?")
    group.accept("taken apart, unknown kind", "parse_payload", payload=later)
    for name, header_bytes in {
        "header with a trailing byte": parts.header_bytes + b"\0",
        "header cut": parts.header_bytes[:-1],
        "header empty": b"",
        "thread of 15 bytes": _header(parts, thread=THREAD[:15]),
        "epoch of 8 bytes": _header(parts, epoch=bytes(8)),
        "record hash of 31 bytes": _header(parts, record_hash=parts.record_hash[:31]),
        "party of 2 bytes": _header(parts, party=bytes(2)),
        "message id of 17 bytes": _header(parts, msg_id=bytes(17)),
        "empty kind": _header(parts, kind=b""),
        "kind in capitals": _header(parts, kind=b"TEXT"),
        "kind of 33 bytes": _header(parts, kind=b"k" * 33),
        "thread one short, message id one long": _header(parts, thread=THREAD[:15], msg_id=bytes(17)),
    }.items():
        bad = frame("pli1/message", header_bytes, parts.salt, parts.commitment, parts.ciphertext)
        group.reject(name, "BadEncoding", "parse_payload", payload=bad)
    for name, bad in {
        "31-byte salt": frame("pli1/message", parts.header_bytes, parts.salt[:31], parts.commitment, b""),
        "33-byte salt": frame("pli1/message", parts.header_bytes, parts.salt + b"\0", parts.commitment, b""),
        "31-byte commitment": frame("pli1/message", parts.header_bytes, parts.salt, parts.commitment[:31], b""),
        "wrong label": payload.replace(b"pli1/message", b"pli1/massage", 1),
        "wrong header label": payload.replace(b"pli1/msg", b"pli1/mag", 1),
        "trailing byte": payload + b"\0",
        "payload cut": payload[:-1],
        "payload cut in the header": payload[:100],
        "nothing": b"",
        "one byte": b"\0",
    }.items():
        group.reject(name, "BadEncoding", "parse_payload", payload=bad)


def _header(parts: message.MessageParts, **change: bytes) -> bytes:
    fields = {
        "kind": parts.kind.encode(), "thread": parts.thread, "epoch": u32(parts.epoch),
        "record_hash": parts.record_hash, "party": bytes([parts.party]), "msg_id": parts.msg_id,
    } | change  # fmt: skip
    return frame("pli1/msg", u16(1), *fields.values())


def _tags(group: Group, opening: Opening) -> None:
    header_bytes = header(opening, 1, "tagged")
    salt = fixed("salt of a tag")
    good: dict[str, Any] = {
        "seed": VILLAGE.seed, "header": header_bytes, "salt": salt, "tag": tag(VILLAGE, header_bytes, salt)
    }  # fmt: skip
    group.accept("seat tag, to a colleague", "open_seat_tag", **good)
    group.reject_each("BadSeal", "open_seat_tag", good, {
        "seat tag, to the peer": {"seed": DOCTOR.seed},
        "seat tag of another message": {"header": header(opening, 1, "another")},
        "seat tag of the same header, sealed again": {"salt": fixed("salt of the second sealing")},
        "seat tag altered": {"tag": flipped(good["tag"])},
    })  # fmt: skip
    for width in (31, 33):
        salt = fixed("salt of a tag", width)
        group.reject(f"seat tag, {width}-byte salt", "BadEncoding", "open_seat_tag", **good | {"salt": salt})


def _contents(group: Group) -> None:
    group.accept("text content", "decode_content", content=content.encode_text("Où ? Ici… 🏡"))
    group.accept("empty text", "decode_content", content=content.encode_text(""))
    later = frame("pli1/content-later", b"?", b"!")
    assert asdict(content.UnknownContent("pli1/content-later")) == asdict(content.decode_content(later))
    group.accept("content of a later version", "decode_content", content=later)
    for name, data in {
        "text of two fields": frame("pli1/content-text", b"a", b"b"),
        "text without a field": frame("pli1/content-text"),
        "text that is not UTF-8": frame("pli1/content-text", b"\xff"),
        "label that is not ASCII": b"\0\0\0\2\xc3\xa9",
        "no frame": b"Bonjour",
        "empty content": b"",
    }.items():
        group.reject(name, "BadEncoding", "decode_content", content=data)
