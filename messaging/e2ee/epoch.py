"""Epochs of a thread: the record that both sides sign for, and the secret wrapped to both (SPEC.md section 5.3).

    record = frame("pli1/epoch-record", thread, u32 n, prev, pk_sign_0, pk_kem_0, pk_sign_1, pk_kem_1,
                   kc, wraps_hash, thread_head);   R_n = SHA256(record)
    event payload = frame("pli1/signed-record", record, sig_new, sig_old)

Record 0 opens the thread and is signed by its initiator; each later one renews the pseudonym of the party that made it,
signed by its old and its new key.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from messaging.e2ee.encoding import (
    HASH_BYTES,
    ID_BYTES,
    KEM_PUBLIC_BYTES,
    KEY_BYTES,
    PUBLIC_BYTES,
    SIGNATURE_BYTES,
    WRAP_BYTES,
    exactly,
    frame,
    read_u32,
    u8,
    u32,
    unframe,
)
from messaging.e2ee.entropy import Entropy, draw
from messaging.e2ee.errors import BadRecord, BadSignature
from messaging.e2ee.pseudonym import Pseudonym, PublicPseudonym
from messaging.e2ee.suite import KemKey, check_key, hpke_seal, kdf, same, sha256, verify

INITIATOR: Final = 0
RECIPIENT: Final = 1

Wraps = tuple[bytes, bytes]
"""The epoch secret sealed to party 0 and to party 1, 1168 bytes each."""

_RECORD_WIDTHS: Final = (
    ID_BYTES,
    4,
    None,
    PUBLIC_BYTES,
    KEM_PUBLIC_BYTES,
    PUBLIC_BYTES,
    KEM_PUBLIC_BYTES,
    KEY_BYTES,
    HASH_BYTES,
    HASH_BYTES,
)


@dataclass(frozen=True)
class EpochRecord:
    """What both sides agree on for one epoch. `parties[p]` is the pseudonym of party p."""

    thread: bytes
    n: int
    prev: bytes
    """R_{n-1}; empty for n = 0."""
    parties: tuple[PublicPseudonym, PublicPseudonym]
    kc: bytes
    """KDF(E_n, "pli1/epoch", thread, n): tells a reader that the secret it unwrapped is the right one."""
    wraps_hash: bytes
    thread_head: bytes
    """The head of the thread's log that the maker knew; head_0 for n = 0."""

    @cached_property
    def encoded(self) -> bytes:
        return frame("pli1/epoch-record", *self._fields())

    @cached_property
    def hash(self) -> bytes:
        """R_n"""
        return sha256(self.encoded)

    def _fields(self) -> tuple[bytes, ...]:
        keys = (self.parties[0].sign, self.parties[0].kem, self.parties[1].sign, self.parties[1].kem)
        return self.thread, u32(self.n), self.prev, *keys, self.kc, self.wraps_hash, self.thread_head


@dataclass(frozen=True, slots=True)
class Opening:
    """A new epoch, made but not yet accepted: the record, its event payload, both wraps and the secret E_n."""

    record: EpochRecord
    signed: bytes
    wraps: Wraps
    epoch_secret: bytes


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """A parsed event payload of kind `epoch`. Its signatures are not verified yet."""

    record: EpochRecord
    sig_new: bytes
    sig_old: bytes


def make_first(
    *, thread: bytes, head_0: bytes, initiator: Pseudonym, recipient: PublicPseudonym, entropy: Entropy
) -> Opening:
    """Makes epoch 0 of a thread from the initiator's pseudonym to a claimed prekey. Raises BadKey for a bad prekey."""
    exactly(thread, ID_BYTES, "the thread id")
    draft = EpochRecord(thread, 0, b"", (initiator.public, recipient), b"", b"", head_0)
    record, wraps, secret = _wrap(draft, entropy)
    signed = frame("pli1/signed-record", record.encoded, initiator.sign.sign(_to_sign(record)), b"")
    return Opening(record, signed, wraps, secret)


def make_rotation(
    previous: EpochRecord, *, party: int, old: Pseudonym | None, new: Pseudonym, thread_head: bytes, entropy: Entropy
) -> Opening:
    """Makes the epoch after `previous`: `party` renews its pseudonym from `old` to `new`, the other's stays.

    `old` None: nobody has it any more, and a reset is in force (SPEC.md section 4.7).
    """
    if old is not None and previous.parties[party] != old.public:
        raise BadRecord("the old pseudonym is not the one of the previous record")
    parties = (new.public, previous.parties[1]) if party == INITIATOR else (previous.parties[0], new.public)
    draft = EpochRecord(previous.thread, previous.n + 1, previous.hash, parties, b"", b"", thread_head)
    record, wraps, secret = _wrap(draft, entropy)
    statement = _to_sign(record)
    sig_old = b"" if old is None else old.sign.sign(statement)
    signed = frame("pli1/signed-record", record.encoded, new.sign.sign(statement), sig_old)
    return Opening(record, signed, wraps, secret)


def _wrap(draft: EpochRecord, entropy: Entropy) -> tuple[EpochRecord, Wraps, bytes]:
    """Draws E_n, wraps it to both pseudonyms and completes the record with kc and the wraps' hash."""
    secret = draw(entropy, KEY_BYTES)
    keyed = replace(draft, kc=_key_check(secret, draft))
    wraps = (
        hpke_seal(keyed.parties[0].kem, secret, _wrap_info(keyed, INITIATOR)),
        hpke_seal(keyed.parties[1].kem, secret, _wrap_info(keyed, RECIPIENT)),
    )
    return replace(keyed, wraps_hash=wraps_hash(wraps)), wraps, secret


def _key_check(secret: bytes, record: EpochRecord) -> bytes:
    return kdf(secret, "pli1/epoch", record.thread, u32(record.n))


def _wrap_info(record: EpochRecord, party: int) -> bytes:
    zero, one = record.parties
    return frame(
        "pli1/wrap", record.thread, u32(record.n), u8(party), zero.sign, zero.kem, one.sign, one.kem, record.kc
    )


def _to_sign(record: EpochRecord) -> bytes:
    return frame("pli1/epoch-sig", record.encoded)


def wraps_hash(wraps: Wraps) -> bytes:
    """The hash of both wraps that the record holds: they travel beside the log and can be deleted from it."""
    for wrap in wraps:
        exactly(wrap, WRAP_BYTES, "a wrapped epoch secret")
    return sha256(frame("pli1/wraps", *wraps))


def parse_signed(signed: bytes) -> SignedRecord:
    """Takes the payload of an `epoch` event apart. Raises BadEncoding or BadRecord; signatures are not verified."""
    encoded, sig_new, sig_old = unframe(signed, "pli1/signed-record", (None, None, None))
    thread, n, prev, sign_0, kem_0, sign_1, kem_1, kc, hashed, head = unframe(
        encoded, "pli1/epoch-record", _RECORD_WIDTHS
    )
    parties = (PublicPseudonym(sign_0, kem_0), PublicPseudonym(sign_1, kem_1))
    record = EpochRecord(thread, read_u32(n), prev, parties, kc, hashed, head)
    if len(prev) != (HASH_BYTES if record.n else 0):
        raise BadRecord("the previous record's hash is missing, or there is one too many")
    return SignedRecord(record, sig_new, sig_old)


def verify_first(
    signed: bytes,
    *,
    thread: bytes,
    head_0: bytes,
    initiator: PublicPseudonym | None = None,
    recipient: PublicPseudonym | None = None,
) -> EpochRecord:
    """Checks epoch record 0 and returns it (SPEC.md section 5.4). Raises BadEncoding, BadRecord or BadSignature.

    A participant passes its own pseudonym, and the server the claimed prekey as `recipient`: that is what finds a
    record made for somebody else.
    """
    parsed = parse_signed(signed)
    record = parsed.record
    if record.n or parsed.sig_old:
        raise BadRecord("not an opening record")
    if record.thread != thread or record.thread_head != head_0:
        raise BadRecord("the record opens another thread")
    for expected, found in ((initiator, record.parties[0]), (recipient, record.parties[1])):
        if expected is not None and expected != found:
            raise BadRecord("the record names another pseudonym than the one expected")
    if record.parties[0].sign == record.parties[1].sign or record.parties[0].kem == record.parties[1].kem:
        raise BadRecord("both parties have the same key")
    _verify_signature(record.parties[0].sign, parsed.sig_new, record, "the initiator")
    return record


def verify_rotation(previous: EpochRecord, signed: bytes, *, party: int, reset: bool = False) -> EpochRecord:
    """Checks the record after `previous`, made by `party`, and returns it (SPEC.md section 5.5).

    `reset`: whether a reset of that party is in force, so that the old signature may be missing (section 4.7).
    Raises BadEncoding, BadRecord or BadSignature. That `thread_head` is a head of the log is checked with the log.
    """
    parsed = parse_signed(signed)
    record, other = parsed.record, 1 - party
    if party not in (INITIATOR, RECIPIENT) or record.thread != previous.thread:
        raise BadRecord("the record belongs to another thread")
    if record.n != previous.n + 1 or record.prev != previous.hash:
        raise BadRecord("the record does not follow the one in force")
    if record.parties[other] != previous.parties[other]:
        raise BadRecord("a party may renew its own pseudonym only")
    used = {key for pseudonym in previous.parties for key in pseudonym}
    if used.intersection(record.parties[party]):
        raise BadRecord("the pseudonym was not renewed")
    _verify_signature(record.parties[party].sign, parsed.sig_new, record, "the new pseudonym")
    if not reset or parsed.sig_old:
        _verify_signature(previous.parties[party].sign, parsed.sig_old, record, "the old pseudonym")
    return record


def _verify_signature(public: bytes, signature: bytes, record: EpochRecord, whose: str) -> None:
    if len(signature) != SIGNATURE_BYTES:
        raise BadRecord(f"the signature of {whose} is missing")
    try:
        verify(public, signature, _to_sign(record))
    except BadSignature as error:
        raise BadSignature(f"the epoch record, signature of {whose}: {error}") from error


def open_epoch(record: EpochRecord, wraps: Wraps, party: int, kem: KemKey) -> bytes:
    """Unwraps E_n as `party`. Raises BadRecord for wraps or a secret other than the record's, BadSeal."""
    if wraps_hash(wraps) != record.wraps_hash:
        raise BadRecord("the wraps are not those of the record")
    return check_secret(kem.open(wraps[party], _wrap_info(record, party)), record)


def check_secret(secret: bytes, record: EpochRecord) -> bytes:
    """The secret, if it is the record's. Raises BadKey, BadRecord."""
    check_key(secret, "the epoch secret")
    if not same(_key_check(secret, record), record.kc):
        raise BadRecord("the epoch secret does not match the record")
    return secret
