"""Consents and withdrawals: statements that a person's seat signs, for the register alone (SPEC.md section 9.5).

    consent    = frame("pli1/consent", thread, R_0, u8 party, card, u8 bits, SHA256(text), channel, u64 time,
                       SHA256(payload), cs)
    withdrawal = frame("pli1/withdraw", SHA256(consent), u64 time)

The peer never sees them: they are the proof, for the person and for the service, of what was agreed to.
"""

from collections.abc import Container
from dataclasses import dataclass
from typing import Final

from messaging.e2ee.card import FIELDS, check_escrow, escrow_commitment
from messaging.e2ee.encoding import (
    HASH_BYTES,
    ID_BYTES,
    ascii_word,
    exactly,
    frame,
    read_ascii_word,
    read_u8,
    read_u64,
    u8,
    u64,
    unframe,
)
from messaging.e2ee.errors import BadConsent, BadSignature
from messaging.e2ee.suite import SigningKey, same, sha256, verify

_WIDTHS: Final = (ID_BYTES, HASH_BYTES, 1, ID_BYTES, 1, HASH_BYTES, None, 8, HASH_BYTES, HASH_BYTES)


@dataclass(frozen=True, slots=True)
class Consent:
    """What a consent statement says."""

    thread: bytes
    record_0: bytes
    """R_0: the hash of the thread's first epoch record."""
    party: int
    card: bytes
    bits: int
    """Which fields are shown: bit i is field i of `card.FIELDS`."""
    text_hash: bytes
    """SHA-256 of the text that the person read and agreed to."""
    channel: str
    """Where they did, such as `sdk` or `widget`."""
    time: int
    """ms, by the person's own clock."""
    payload_hash: bytes
    cs: bytes


def consent_statement(consent: Consent) -> bytes:
    """Encodes the statement to sign. Raises BadEncoding."""
    return frame(
        "pli1/consent",
        exactly(consent.thread, ID_BYTES, "the thread id"),
        exactly(consent.record_0, HASH_BYTES, "R_0"),
        u8(consent.party),
        exactly(consent.card, ID_BYTES, "the card id"),
        u8(consent.bits),
        exactly(consent.text_hash, HASH_BYTES, "the text's hash"),
        ascii_word(consent.channel),
        u64(consent.time),
        exactly(consent.payload_hash, HASH_BYTES, "the payload's hash"),
        exactly(consent.cs, HASH_BYTES, "cs"),
    )


def parse_consent(statement: bytes) -> Consent:
    """Decodes a statement. Raises BadEncoding, or BadConsent for fields that no card has."""
    thread, record_0, party, card, bits, text_hash, channel, time, payload_hash, cs = unframe(
        statement, "pli1/consent", _WIDTHS
    )
    consent = Consent(
        *(thread, record_0, read_u8(party), card, read_u8(bits), text_hash),
        *(read_ascii_word(channel), read_u64(time), payload_hash, cs),
    )
    if not 0 < consent.bits < 1 << len(FIELDS):
        raise BadConsent("the consent names no field, or one that cards do not have")
    return consent


def sign(seat: SigningKey, statement: bytes) -> bytes:
    """Signs a consent or a withdrawal with the seat's own key: the statement's exact bytes."""
    return seat.sign(statement)


def verify_consent(
    statement: bytes,
    signature: bytes,
    seat_sign_pk: bytes,
    *,
    thread: bytes,
    record_0: bytes,
    party: int,
    payload: bytes,
    s_server: bytes,
    withdrawn: Container[bytes] = (),
) -> Consent:
    """Checks a consent against the card and share that come with it, and returns what it says.

    `withdrawn` holds the SHA-256 of the statements that were withdrawn in this thread: one of them never counts again.
    Raises BadEncoding, BadCard for a payload that is no card of this thread, or BadConsent.
    """
    consent = parse_consent(statement)
    check_signature(seat_sign_pk, signature, statement)
    if (consent.thread, consent.record_0, consent.party) != (thread, record_0, party):
        raise BadConsent("the consent was given in another thread, or for the other side")
    check_escrow(payload, thread=thread, party=party)
    if sha256(payload) != consent.payload_hash:
        raise BadConsent("the consent was given for another card message")
    if not same(escrow_commitment(thread, consent.card, s_server), consent.cs):
        raise BadConsent("the share is not the one that the consent names")
    if sha256(statement) in withdrawn:
        raise BadConsent("the consent was withdrawn")
    return consent


def withdrawal_statement(consent: bytes, time: int) -> bytes:
    """The statement that withdraws a consent, given the consent's own statement and the time in ms."""
    return frame("pli1/withdraw", sha256(consent), u64(time))


def verify_withdrawal(statement: bytes, signature: bytes, seat_sign_pk: bytes, consent: bytes) -> int:
    """Checks a withdrawal of `consent` (its statement), by the seat that gave it; returns its time in ms.

    Raises BadEncoding or BadConsent.
    """
    hashed, time = unframe(statement, "pli1/withdraw", (HASH_BYTES, 8))
    check_signature(seat_sign_pk, signature, statement)
    if hashed != sha256(consent):
        raise BadConsent("the withdrawal names another consent")
    return read_u64(time)


def check_signature(public: bytes, signature: bytes, statement: bytes) -> None:
    """Checks a consent's or a withdrawal's signature by its seat's key. Raises BadConsent."""
    try:
        verify(public, signature, statement)
    except BadSignature as error:
        raise BadConsent(f"the statement is not signed by its seat: {error}") from error
