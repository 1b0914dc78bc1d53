"""What the server computes for every message, against the plain formulas of the specification."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.e2ee import chain, message
from messaging.e2ee.encoding import frame, u8, u16, u32, u64
from messaging.e2ee.errors import BadEncoding, E2EEError, WrongHeader

IDS = st.binary(min_size=16, max_size=16)
HASHES = st.binary(min_size=32, max_size=32)
WORDS = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=32)
U64 = st.integers(0, 2**64 - 1)


def plain_parse(payload: bytes) -> message.MessageParts:
    """Section 6.1 and 6.2, frame by frame, with nothing of the code under test."""
    fields = _plain_unframe(payload, b"pli1/message")
    header_bytes, salt, commitment, ciphertext = fields
    suite, kind, thread, epoch, record_hash, party, msg_id = _plain_unframe(header_bytes, b"pli1/msg")
    widths = [len(part) for part in (suite, thread, epoch, record_hash, party, msg_id, salt, commitment)]
    if widths != [2, 16, 4, 32, 1, 16, 32, 32] or suite != b"\0\1":
        raise ValueError("widths or suite")
    if not 1 <= len(kind) <= 32 or not set(kind) <= set(b"abcdefghijklmnopqrstuvwxyz_"):
        raise ValueError("kind")
    numbers = int.from_bytes(epoch, "big"), party[0]
    return message.MessageParts(
        *(header_bytes, kind.decode(), thread, numbers[0], record_hash, numbers[1]),
        *(msg_id, salt, commitment, ciphertext),
    )


def _plain_unframe(data: bytes, label: bytes) -> list[bytes]:
    parts: list[bytes] = []
    while data:
        length = int.from_bytes(data[:4], "big")
        if len(data) < 4 + length:
            raise ValueError("cut")
        parts.append(data[4 : 4 + length])
        data = data[4 + length :]
    if not parts or parts[0] != label:
        raise ValueError("label")
    return parts[1:]


@st.composite
def payloads(draw: st.DrawFn) -> bytes:
    header_bytes = message.header(
        draw(WORDS), draw(IDS), draw(st.integers(0, 2**32 - 1)), draw(HASHES), draw(st.integers(0, 255)), draw(IDS)
    )
    return frame("pli1/message", header_bytes, draw(HASHES), draw(HASHES), draw(st.binary(max_size=60)))


@given(payloads())
def test_a_payload_is_taken_apart_as_the_frames_say(payload: bytes) -> None:
    assert message.parse_payload(payload) == plain_parse(payload)


@given(payloads(), st.data())
def test_a_changed_payload_is_refused_exactly_when_the_frames_do(payload: bytes, data: st.DataObject) -> None:
    changed = bytearray(payload)
    at = data.draw(st.integers(0, min(len(changed) - 1, 250)))
    change = data.draw(st.sampled_from(["flip", "cut", "insert"]))
    if change == "flip":
        changed[at] ^= data.draw(st.integers(1, 255))
    elif change == "cut":
        del changed[at]
    else:
        changed.insert(at, data.draw(st.integers(0, 255)))
    try:
        expected = plain_parse(bytes(changed))
    except ValueError:
        with pytest.raises((BadEncoding, WrongHeader)):
            message.parse_payload(bytes(changed))
    else:
        assert message.parse_payload(bytes(changed)) == expected


@given(st.binary(max_size=400))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(E2EEError):
        message.parse_payload(noise)


@given(WORDS, IDS, st.integers(0, 2**32 - 1), HASHES, st.integers(0, 255), IDS)
def test_a_header_is_the_frame_of_its_fields(
    kind: str, thread: bytes, epoch: int, record_hash: bytes, party: int, msg_id: bytes
) -> None:
    header_bytes = message.header(kind, thread, epoch, record_hash, party, msg_id)
    assert header_bytes == frame("pli1/msg", u16(1), kind.encode(), thread, u32(epoch), record_hash, u8(party), msg_id)
    assert message.parse_header(header_bytes) == (kind, thread, epoch, record_hash, party, msg_id)


@given(WORDS, st.integers(0, 255), st.binary(max_size=200), HASHES, U64, U64)
def test_digest_and_head_are_the_formulas(
    kind: str, party: int, payload: bytes, head: bytes, seq: int, time: int
) -> None:
    digest = hashlib.sha256(frame("pli1/event", kind.encode(), u8(party), payload)).digest()
    assert chain.digest(kind, party, payload) == digest
    plain = frame("pli1/head", head, u64(seq), u64(time), kind.encode(), u8(party), digest)
    assert chain.next_head(head, seq, time, kind, party, digest) == hashlib.sha256(plain).digest()


@given(IDS, IDS)
def test_the_empty_head_is_the_formula(service: bytes, thread: bytes) -> None:
    assert chain.head0(service, thread) == hashlib.sha256(frame("pli1/head0", service, thread)).digest()


def test_ids_of_another_width_have_no_head() -> None:
    for service, thread in ((bytes(15), bytes(16)), (bytes(16), bytes(17))):
        with pytest.raises(BadEncoding):
            chain.head0(service, thread)
