"""What the bench sends is what a client would send: messages that their peers can open."""

import json
from base64 import b64decode

from bench.sealing import PAYLOAD_BYTES, TEXT, Author, blank_frames, seal, seal_frames
from messaging.domain.vocabulary import INITIATOR, RECIPIENT
from messaging.e2ee import pseudonym
from messaging.e2ee.content import Text, decode_content
from messaging.e2ee.message import Place, open_message, open_seat_tag, parse_payload

RECORD_HASH, SECRET, SEED, SEAT, ROSTER_HEAD = b"\1" * 32, b"\2" * 32, b"\3" * 32, b"\4" * 16, b"\5" * 32


def author(party: int, thread: bytes) -> Author:
    slot = pseudonym.thread_slot(thread, 0)
    return Author(thread, party, RECORD_HASH, SECRET, slot, SEED, SEAT, ROSTER_HEAD, bytes(32))


def test_a_sealed_message_opens_as_its_author_wrote_it() -> None:
    one = author(INITIATOR, b"t" * 16)
    payload = seal(one, one.pseudonym.sign, TEXT)

    opened = open_message(payload, SECRET, one.pseudonym.sign.public, Place(one.thread, 0, RECORD_HASH, INITIATOR))

    assert decode_content(opened.content) == Text(TEXT)
    parts = parse_payload(payload)
    assert open_seat_tag(SEED, parts.header_bytes, parts.salt, opened.tag) == (SEAT, ROSTER_HEAD)
    assert len(payload) == PAYLOAD_BYTES


def test_frames_take_the_threads_by_turns_and_count_their_messages() -> None:
    authors = [author(RECIPIENT, b"t" * 16), author(RECIPIENT, b"u" * 16)]

    frames = [json.loads(frame) for frame in seal_frames(authors, frames=2, structs_per_frame=3)]

    sends = [send for frame in frames for send in frame]
    parts = [parse_payload(b64decode(send["payload"])) for send in sends]
    assert [len(frame) for frame in frames] == [3, 3]
    assert [send["ref"] for send in sends] == [0, 1, 2, 3, 4, 5]
    assert [part.thread[:1] for part in parts] == [b"t", b"u"] * 3
    assert len({part.msg_id for part in parts}) == 6


def test_the_floor_gets_frames_of_the_same_size() -> None:
    [real] = seal_frames([author(INITIATOR, b"t" * 16)], frames=1, structs_per_frame=1)
    [blank] = blank_frames(1, 1)

    assert len(blank) == len(real)
    assert json.loads(blank).keys() == json.loads(real).keys()
