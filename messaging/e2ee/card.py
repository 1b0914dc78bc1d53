"""Identity cards: sealed so that neither the server nor the peer can open one before both sides consented.

A card is an ordinary encrypted message of kind `card`, whose fields are sealed once more under two shares: s_thread,
inside the message, and s_server, which the server keeps in escrow and releases with both sides' consent (SPEC.md
section 9). The binding says, under the mailbox's identity, which keys this side saw: a server that had swapped a
prekey is found out when the card opens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from messaging.e2ee.encoding import (
    HASH_BYTES,
    ID_BYTES,
    KEY_BYTES,
    PUBLIC_BYTES,
    SIGNATURE_BYTES,
    exactly,
    frame,
    pad_value,
    read_u8,
    read_utf8,
    u8,
    unframe,
    unpad_value,
    utf8,
)
from messaging.e2ee.entropy import Entropy, draw
from messaging.e2ee.errors import BadCard, BadPadding, BadSeal, BadSignature, SwappedPrekey
from messaging.e2ee.message import (
    CARD_KIND,
    Header,
    OpenedMessage,
    Place,
    TagMaker,
    open_message,
    parse_header,
    parse_payload,
    seal_message,
)
from messaging.e2ee.suite import TAG_BYTES, SigningKey, kdf, open_once, same, seal_once, sha256, verify

FIELDS: Final = ("name", "role", "organisation", "phone", "email")
"""In the order of the bits: bit i of `bits` tells that field i is shown."""
FIELD_BYTES: Final = 256
ATTESTATION_BYTES: Final = 2_048
_BINDING: Final = "binding"
_ATTESTATION: Final = "attestation"
_BINDING_BYTES: Final = len(frame("pli1/binding-seal", bytes(PUBLIC_BYTES), bytes(SIGNATURE_BYTES)))
_WIDTHS: Final = (
    *(ID_BYTES, 1, None, None, None, None, None),
    *(_BINDING_BYTES + TAG_BYTES, ATTESTATION_BYTES + TAG_BYTES, KEY_BYTES, HASH_BYTES),
)


@dataclass(frozen=True, slots=True)
class SealedCard:
    """What a consent hands to the server: the card's id, its message, the share to keep, and that share's hash."""

    card: bytes
    bits: int
    payload: bytes
    s_server: bytes
    cs: bytes


@dataclass(frozen=True, slots=True)
class OpenedCard:
    """A card that verified. Its fields are « déclaré » unless the attestation, which the caller verifies, says them."""

    card: bytes
    fields: Mapping[str, str]
    identity_public: bytes
    """I_g of the card's mailbox: what an attestation must vouch for."""
    attestation: str | None
    message: OpenedMessage


def escrow_commitment(thread: bytes, card: bytes, s_server: bytes) -> bytes:
    """cs: what the card says about the share in escrow; the server checks it before it keeps the share."""
    exactly(thread, ID_BYTES, "the thread id")
    exactly(card, ID_BYTES, "the card id")
    return sha256(frame("pli1/escrow", thread, card, exactly(s_server, KEY_BYTES, "the server's share")))


def field_bits(names: Mapping[str, str]) -> int:
    """The bits of a set of fields. Raises BadCard for a field that no card has, or for none at all."""
    unknown = names.keys() - set(FIELDS)
    if unknown or not names:
        raise BadCard("a card shows at least one field, and only those that cards have")
    return sum(1 << FIELDS.index(name) for name in names)


def _binding(thread: bytes, record_0: bytes, record_n: bytes, party: int, card: bytes) -> bytes:
    exactly(record_0, HASH_BYTES, "R_0")
    exactly(record_n, HASH_BYTES, "R_n")
    return frame("pli1/binding", thread, record_0, record_n, u8(party), card)


def seal_card(
    header_bytes: bytes,
    fields: Mapping[str, str],
    *,
    record_0: bytes,
    identity: SigningKey,
    attestation: str,
    epoch_secret: bytes,
    signing: SigningKey,
    seen_seq: int,
    seen_head: bytes,
    tag: TagMaker,
    entropy: Entropy,
) -> SealedCard:
    """Seals the consented fields of a card under a header of kind `card` (SPEC.md section 9.2).

    `fields` holds what the person agreed to show, and nothing else; `record_0` is R_0 as this side saw it; `identity`
    is I_g; `attestation` a JWT or "". The rest is as for `seal_message`. Raises BadCard, or BadPadding for a field of
    more than 254 bytes or an attestation of more than 2,046.
    """
    place = parse_header(header_bytes)
    if place.kind != CARD_KIND:
        raise BadCard("the header is not a card's")
    card, s_thread, s_server = draw(entropy, ID_BYTES), draw(entropy, KEY_BYTES), draw(entropy, KEY_BYTES)
    cs = escrow_commitment(place.thread, card, s_server)
    shares = _Shares(s_thread + s_server, place.thread, card)
    signature = identity.sign(_binding(place.thread, record_0, place.record_hash, place.party, card))
    bits = field_bits(fields)
    content = frame(
        "pli1/card",
        card,
        u8(bits),
        *(shares.seal(name, pad_value(utf8(fields[name]), FIELD_BYTES)) if name in fields else b"" for name in FIELDS),
        shares.seal(_BINDING, frame("pli1/binding-seal", identity.public, signature)),
        shares.seal(_ATTESTATION, pad_value(utf8(attestation), ATTESTATION_BYTES)),
        s_thread,
        cs,
    )
    payload = seal_message(
        header_bytes,
        content,
        epoch_secret=epoch_secret,
        signing=signing,
        seen_seq=seen_seq,
        seen_head=seen_head,
        tag=tag,
        entropy=entropy,
    )
    return SealedCard(card, bits, payload, s_server, cs)


@dataclass(frozen=True, slots=True)
class _Shares:
    """Both shares of one card: what seals and opens its parts, each under its own key."""

    joined: bytes
    thread: bytes
    card: bytes

    def _key(self, part: str) -> bytes:
        return kdf(self.joined, "pli1/field", self.thread, self.card, part.encode("ascii"))

    def seal(self, part: str, plaintext: bytes) -> bytes:
        return seal_once(self._key(part), plaintext, b"")

    def open(self, part: str, sealed: bytes) -> bytes:
        try:
            return open_once(self._key(part), sealed, b"")
        except BadSeal as error:
            raise BadCard(f"the card's {part} does not open under its shares") from error


def check_escrow(payload: bytes, *, thread: bytes, party: int) -> Header:
    """The server's look at a card before it keeps it: a `card` message of this thread and party. Raises BadCard."""
    parts = parse_payload(payload)
    if (parts.kind, parts.thread, parts.party) != (CARD_KIND, thread, party):
        raise BadCard("not a card of this thread and party")
    return Header(*parts[1:7])


def open_card(
    payload: bytes,
    s_server: bytes,
    *,
    card: bytes,
    place: Place,
    record_0: bytes,
    epoch_secret: bytes,
    author_sign_pk: bytes,
) -> OpenedCard:
    """Opens a released card (SPEC.md section 9.6).

    `place` is the header's epoch as this side knows it, `record_0` R_0 as this side saw it. Raises as `open_message`
    does, BadCard for another share, and SwappedPrekey when the other side saw other keys: then no card is shown.
    """
    exactly(s_server, KEY_BYTES, "the server's share")
    if parse_payload(payload).kind != CARD_KIND:
        raise BadCard("the message is not a card")
    message = open_message(payload, epoch_secret, author_sign_pk, place)
    found, bits, *sealed_fields, binding, attestation, s_thread, cs = unframe(message.content, "pli1/card", _WIDTHS)
    if found != card:
        raise BadCard("the message holds another card than the one released")
    if not same(escrow_commitment(place.thread, card, s_server), cs):
        raise BadCard("the share is not the one that the card was sealed with")
    shares = _Shares(s_thread + s_server, place.thread, card)
    identity_public = _open_binding(shares.open(_BINDING, binding), place, record_0, card)
    jwt = _text(shares.open(_ATTESTATION, attestation), ATTESTATION_BYTES)
    fields = _open_fields(shares, read_u8(bits), sealed_fields)
    return OpenedCard(card, fields, identity_public, jwt or None, message)


def _open_binding(opened: bytes, place: Place, record_0: bytes, card: bytes) -> bytes:
    identity_public, signature = unframe(opened, "pli1/binding-seal", (PUBLIC_BYTES, SIGNATURE_BYTES))
    try:
        verify(identity_public, signature, _binding(place.thread, record_0, place.record_hash, place.party, card))
    except BadSignature as error:
        raise SwappedPrekey("the card was bound to other keys, another thread or another party") from error
    return identity_public


def _open_fields(shares: _Shares, bits: int, sealed: list[bytes]) -> dict[str, str]:
    if not 0 < bits < 1 << len(FIELDS):
        raise BadCard("the card shows no field, or one that cards do not have")
    fields: dict[str, str] = {}
    for bit, (name, value) in enumerate(zip(FIELDS, sealed, strict=True)):
        if bool(value) != bool(bits >> bit & 1):
            raise BadCard(f"the card's bits and its {name} disagree")
        if value:
            fields[name] = _text(shares.open(name, value), FIELD_BYTES)
    return fields


def _text(padded: bytes, size: int) -> str:
    try:
        return read_utf8(unpad_value(padded, size))
    except BadPadding as error:
        raise BadCard(f"a part of the card is badly padded: {error}") from error
