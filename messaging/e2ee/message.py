"""One message: the bytes that its sender stores, the server orders and its peer opens (SPEC.md section 6).

    payload = frame("pli1/message", header, salt, C, ct)
    header  = frame("pli1/msg", u16 suite, kind, thread, u32 epoch, R_n, u8 party, msg_id)

The header is all that the server sees. `parse_payload` runs once for every send of the service, so it reads the whole
payload with one precomputed structure for each width of `kind`; a test holds it equal to the plain frames.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct
from typing import Final, NamedTuple, NoReturn

from messaging.e2ee.encoding import (
    HASH_BYTES,
    ID_BYTES,
    KEY_BYTES,
    SIGNATURE_BYTES,
    ascii_word,
    check_padding,
    exactly,
    frame,
    pad,
    padme,
    read_ascii_word,
    read_u8,
    read_u16,
    read_u32,
    read_u64,
    u8,
    u16,
    u32,
    u64,
    unframe,
    unframe_prefix,
)
from messaging.e2ee.entropy import Entropy, draw
from messaging.e2ee.errors import BadCommitment, BadEncoding, WrongHeader
from messaging.e2ee.suite import (
    SUITE,
    SigningKey,
    check_key,
    hkdf,
    kdf,
    mac,
    open_once,
    same,
    seal_once,
    verify,
)

CARD_KIND: Final = "card"
BODY_BYTES_MIN: Final = 512
CARD_BODY_BYTES: Final = 6_144
"""The body of every card, so that its size does not tell which fields it shows."""
SEAT_TAG_BYTES: Final = 84

_HEADER_WIDTHS: Final = (2, None, ID_BYTES, 4, HASH_BYTES, 1, ID_BYTES)
_BODY_WIDTHS: Final = (None, 8, HASH_BYTES, SEAT_TAG_BYTES)


TagMaker = Callable[[bytes, bytes], bytes]
"""What makes the seat tag of a message, given its header and its salt: `seat_tag` with a seat's own part filled in."""


class MessageParts(NamedTuple):
    """A payload taken apart. Nothing in it is verified but its form."""

    header_bytes: bytes
    kind: str
    thread: bytes
    epoch: int
    record_hash: bytes
    party: int
    msg_id: bytes
    salt: bytes
    commitment: bytes
    ciphertext: bytes


class Header(NamedTuple):
    """What a header says."""

    kind: str
    thread: bytes
    epoch: int
    record_hash: bytes
    party: int
    msg_id: bytes


class Place(NamedTuple):
    """Where a message belongs, as its reader knows it; what its header must say."""

    thread: bytes
    epoch: int
    record_hash: bytes
    """R_n of the epoch that was in force."""
    party: int


@dataclass(frozen=True, slots=True)
class OpenedMessage:
    """A message that verified. (k_enc, k_f) are its opening keys: what a report would hand over."""

    content: bytes
    seen_seq: int
    seen_head: bytes
    tag: bytes
    k_enc: bytes
    k_f: bytes


def header(kind: str, thread: bytes, epoch: int, record_hash: bytes, party: int, msg_id: bytes) -> bytes:
    """Encodes a header (SPEC.md section 6.2)."""
    return frame(
        "pli1/msg",
        u16(SUITE),
        ascii_word(kind),
        exactly(thread, ID_BYTES, "the thread id"),
        u32(epoch),
        exactly(record_hash, HASH_BYTES, "the epoch record's hash"),
        u8(party),
        exactly(msg_id, ID_BYTES, "the message id"),
    )


def parse_header(header_bytes: bytes) -> Header:
    """Decodes a header. Raises BadEncoding, or WrongHeader for a suite that does not exist."""
    suite, kind, thread, epoch, record_hash, party, msg_id = unframe(header_bytes, "pli1/msg", _HEADER_WIDTHS)
    word = read_ascii_word(kind)
    if read_u16(suite) != SUITE:
        raise WrongHeader(f"suite {read_u16(suite)} does not exist")
    return Header(word, thread, read_u32(epoch), record_hash, read_u8(party), msg_id)


_BEFORE_HEADER: Final = frame("pli1/message")
_HEADER_LENGTH_AT: Final = len(_BEFORE_HEADER)
_HEADER_AT: Final = _HEADER_LENGTH_AT + 4
_BEFORE_KIND: Final = frame("pli1/msg", u16(SUITE))
_KINDLESS_HEADER_BYTES: Final = len(header("x", bytes(16), 0, bytes(32), 0, bytes(16))) - 1
_FIELD_LENGTHS: Final = (ID_BYTES, 4, HASH_BYTES, 1, ID_BYTES, KEY_BYTES, HASH_BYTES)


class _Layout(NamedTuple):
    """How a payload is laid out when its kind has a certain number of characters."""

    start: bytes
    fields: Struct
    ciphertext_at: int
    header_end: int


@lru_cache(maxsize=32)
def _layout(kind_bytes: int) -> _Layout:
    header_bytes = _KINDLESS_HEADER_BYTES + kind_bytes
    start = _BEFORE_HEADER + u32(header_bytes) + _BEFORE_KIND + u32(kind_bytes)
    fields = Struct(f">{len(start)}s {kind_bytes}s I16s II I32s IB I16s I32s I32s I")
    return _Layout(start, fields, fields.size, _HEADER_AT + header_bytes)


@lru_cache(maxsize=64)
def _kind(raw: bytes) -> str:
    return read_ascii_word(raw)


def parse_payload(payload: bytes) -> MessageParts:
    """Takes a payload apart. Raises BadEncoding, or WrongHeader for a suite that does not exist.

    It checks the form only: labels, widths, lengths and the end. What the fields say is for the caller.
    """
    kind_bytes = int.from_bytes(payload[_HEADER_LENGTH_AT:_HEADER_AT], "big") - _KINDLESS_HEADER_BYTES
    if not 1 <= kind_bytes <= 32:
        _refuse(payload)
    layout = _layout(kind_bytes)
    if len(payload) < layout.ciphertext_at:
        _refuse(payload)
    found = layout.fields.unpack_from(payload)
    start, kind, _, thread, _, epoch, _, record_hash, _, party, _, msg_id, _, salt, _, commitment, rest = found
    if start != layout.start or found[2:16:2] != _FIELD_LENGTHS or layout.ciphertext_at + rest != len(payload):
        _refuse(payload)
    return MessageParts(
        payload[_HEADER_AT : layout.header_end],
        _kind(kind),
        thread,
        epoch,
        record_hash,
        party,
        msg_id,
        salt,
        commitment,
        payload[layout.ciphertext_at :],
    )


def _refuse(payload: bytes) -> NoReturn:
    """Reads a payload that the fast way refused once more, frame by frame, to say what is wrong with it."""
    header_bytes, *_ = unframe(payload, "pli1/message", (None, KEY_BYTES, HASH_BYTES, None))
    parse_header(header_bytes)
    raise BadEncoding("not a message payload")


def body_size(kind: str, used: int) -> int:
    """The padded length of a body of `used` bytes (SPEC.md section 6.4)."""
    return CARD_BODY_BYTES if kind == CARD_KIND else max(BODY_BYTES_MIN, padme(used))


def seal_message(
    header_bytes: bytes,
    content: bytes,
    *,
    epoch_secret: bytes,
    signing: SigningKey,
    seen_seq: int,
    seen_head: bytes,
    tag: TagMaker,
    entropy: Entropy,
) -> bytes:
    """Seals a content under a header made by `header`; returns the payload to store, then send, then resend as it is.

    `signing` is the author's own pseudonym in this epoch; `seen_seq` and `seen_head` the author's place in the log;
    `tag` makes the seat tag; it is called once, with the header and the salt drawn here. Raises BadPadding when the
    content of a card does not fit.
    """
    check_key(epoch_secret, "the epoch secret")
    kind = parse_header(header_bytes).kind
    salt = draw(entropy, KEY_BYTES)
    plain = frame(
        "pli1/body",
        content,
        u64(seen_seq),
        exactly(seen_head, HASH_BYTES, "the seen head"),
        exactly(tag(header_bytes, salt), SEAT_TAG_BYTES, "the seat tag"),
    )
    body = pad(plain, body_size(kind, len(plain)))
    k_enc, k_f = _message_keys(epoch_secret, salt, header_bytes)
    commitment = mac(k_f, frame("pli1/commit", header_bytes, body))
    signature = signing.sign(frame("pli1/sig", header_bytes, commitment))
    aad = frame("pli1/aad", header_bytes, salt, commitment)
    ciphertext = seal_once(k_enc, body + signature, aad)
    return frame("pli1/message", header_bytes, salt, commitment, ciphertext)


def open_message(payload: bytes, epoch_secret: bytes, author_sign_pk: bytes, place: Place) -> OpenedMessage:
    """Opens and verifies a message at the place where it stands (SPEC.md section 6.7).

    `author_sign_pk` is the signing pseudonym of `place.party` in the epoch record. Raises BadEncoding, WrongHeader,
    BadSeal, BadCommitment, BadSignature or BadPadding; what it does not return must not be shown.
    """
    check_key(epoch_secret, "the epoch secret")
    parts = parse_payload(payload)
    check_place(parts, place)
    return open_with_keys(parts, *_message_keys(epoch_secret, parts.salt, parts.header_bytes), author_sign_pk)


def open_with_keys(parts: MessageParts, k_enc: bytes, k_f: bytes, author_sign_pk: bytes) -> OpenedMessage:
    """Opens and verifies a message whose place was checked, by its opening keys alone (SPEC.md sections 6.7, 10.4).

    The body is the one that its author committed to and signed, whoever hands over the keys. Raises BadKey,
    BadEncoding, BadSeal, BadCommitment, BadSignature or BadPadding.
    """
    aad = frame("pli1/aad", parts.header_bytes, parts.salt, parts.commitment)
    plaintext = open_once(k_enc, parts.ciphertext, aad)
    if len(plaintext) < SIGNATURE_BYTES:
        raise BadEncoding("the plaintext is shorter than a signature")
    body, signature = plaintext[:-SIGNATURE_BYTES], plaintext[-SIGNATURE_BYTES:]
    if not same(mac(k_f, frame("pli1/commit", parts.header_bytes, body)), parts.commitment):
        raise BadCommitment("the body is not the one that its sender committed to")
    verify(author_sign_pk, signature, frame("pli1/sig", parts.header_bytes, parts.commitment))
    (content, seen_seq, seen_head, tag), used = unframe_prefix(body, "pli1/body", _BODY_WIDTHS)
    check_padding(body, used, body_size(parts.kind, used))
    return OpenedMessage(content, read_u64(seen_seq), seen_head, tag, k_enc, k_f)


def check_place(parts: MessageParts, place: Place) -> None:
    """Raises WrongHeader unless a message's header says what its reader knows."""
    if (parts.thread, parts.epoch, parts.record_hash, parts.party) != place:
        raise WrongHeader("the message belongs to another thread, epoch, record or party")


def _message_keys(epoch_secret: bytes, salt: bytes, header_bytes: bytes) -> tuple[bytes, bytes]:
    """(k_enc, k_f) of one message (SPEC.md section 6.3)."""
    message_key = hkdf(epoch_secret, salt, frame("pli1/mk", header_bytes))
    return kdf(message_key, "pli1/enc"), kdf(message_key, "pli1/frank")


def seat_tag(seed: bytes, header_bytes: bytes, salt: bytes, seat: bytes, roster_head: bytes) -> bytes:
    """Says to colleagues, and to them only, which seat wrote and which roster it knew (SPEC.md section 6.5).

    The salt makes the key a new one each time that a message is sealed: the same header sealed again, after the roster
    went on, must not put a second plaintext under one key and nonce.
    """
    plain = frame("pli1/tag", exactly(seat, ID_BYTES, "the seat id"), exactly(roster_head, HASH_BYTES, "the head"))
    return seal_once(_tag_key(seed, header_bytes, salt), plain, header_bytes)


def open_seat_tag(seed: bytes, header_bytes: bytes, salt: bytes, tag: bytes) -> tuple[bytes, bytes]:
    """Returns (seat id, roster head) of a colleague's message. Raises BadSeal when no colleague made the tag."""
    plain = open_once(_tag_key(seed, header_bytes, salt), tag, header_bytes)
    seat, roster_head = unframe(plain, "pli1/tag", (ID_BYTES, HASH_BYTES))
    return seat, roster_head


def _tag_key(seed: bytes, header_bytes: bytes, salt: bytes) -> bytes:
    check_key(seed, "the mailbox seed")
    return kdf(seed, "pli1/seat-tag", header_bytes, exactly(salt, KEY_BYTES, "the salt"))
