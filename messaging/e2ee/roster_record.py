"""One record of a roster: its bytes, and its signature (SPEC.md section 4.3). What it may say is `roster`'s.

record = frame("pli1/roster", mailbox, u32 index, prev_hash, kind, seat, sign_pk, kem_pk, role, u8 admin,
               u32 g, I_g, K_g, sc, signer)
signed = frame("pli1/signed-roster", record, Ed25519(signer's seat key, frame("pli1/roster-sig", record)))
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from messaging.e2ee.encoding import (
    HASH_BYTES,
    ID_BYTES,
    KEM_PUBLIC_BYTES,
    KEY_BYTES,
    PUBLIC_BYTES,
    SIGNATURE_BYTES,
    ascii_word,
    exactly,
    frame,
    read_ascii_word,
    read_u8,
    read_u32,
    u8,
    u32,
    unframe,
)
from messaging.e2ee.errors import BadRoster
from messaging.e2ee.suite import SigningKey, sha256

CREATE: Final = "create"
ADMIT: Final = "admit"
REMOVE: Final = "remove"
ROTATE: Final = "rotate"
_WIDTHS: Final = (
    *(ID_BYTES, 4, HASH_BYTES, None, ID_BYTES, PUBLIC_BYTES, KEM_PUBLIC_BYTES, None, 1, 4),
    *(PUBLIC_BYTES, KEM_PUBLIC_BYTES, KEY_BYTES, ID_BYTES),
)


@dataclass(frozen=True)
class RosterRecord:
    """One change of the roster."""

    mailbox: bytes
    index: int
    prev_hash: bytes
    kind: str
    seat: bytes
    sign_pk: bytes
    kem_pk: bytes
    role: str
    admin: bool
    g: int
    identity_sign: bytes
    """I_g"""
    identity_kem: bytes
    """K_g"""
    sc: bytes
    signer: bytes

    @cached_property
    def encoded(self) -> bytes:
        return frame(
            "pli1/roster",
            exactly(self.mailbox, ID_BYTES, "the mailbox id"),
            u32(self.index),
            exactly(self.prev_hash, HASH_BYTES, "the previous record's hash"),
            ascii_word(self.kind),
            exactly(self.seat, ID_BYTES, "the seat id"),
            exactly(self.sign_pk, PUBLIC_BYTES, "the seat's signing key"),
            exactly(self.kem_pk, KEM_PUBLIC_BYTES, "the seat's KEM key"),
            ascii_word(self.role),
            u8(self.admin),
            u32(self.g),
            exactly(self.identity_sign, PUBLIC_BYTES, "I_g"),
            exactly(self.identity_kem, KEM_PUBLIC_BYTES, "K_g"),
            exactly(self.sc, KEY_BYTES, "sc"),
            exactly(self.signer, ID_BYTES, "the signer's seat id"),
        )

    @cached_property
    def hash(self) -> bytes:
        return sha256(self.encoded)


def sign_record(record: RosterRecord, key: SigningKey) -> bytes:
    """The signed record, as it is stored and sent."""
    return frame("pli1/signed-roster", record.encoded, key.sign(frame("pli1/roster-sig", record.encoded)))


def parse_signed(signed: bytes) -> tuple[RosterRecord, bytes]:
    """Takes a signed record apart into the record and its signature. Raises BadEncoding; verifies nothing."""
    encoded, signature = unframe(signed, "pli1/signed-roster", (None, SIGNATURE_BYTES))
    mailbox, index, prev, kind, seat, sign_pk, kem_pk, role, admin, g, i_g, k_g, sc, signer = unframe(
        encoded, "pli1/roster", _WIDTHS
    )
    record = RosterRecord(
        *(mailbox, read_u32(index), prev, read_ascii_word(kind), seat, sign_pk, kem_pk, read_ascii_word(role)),
        *(_flag(admin), read_u32(g), i_g, k_g, sc, signer),
    )
    return record, signature


def _flag(raw: bytes) -> bool:
    value = read_u8(raw)
    if value > 1:
        raise BadRoster("admin is neither 0 nor 1")
    return bool(value)
