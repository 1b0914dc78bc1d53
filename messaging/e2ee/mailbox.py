"""A mailbox's secrets: its seed, what derives from it, how it reaches the seats (SPEC.md sections 4.1, 4.2, 4.5).

Generation g of a mailbox has a random seed S_g. Whoever holds it reads the mailbox and speaks for it; the roster
(roster.py) says who may hold it, and its seed check sc says which seed is the right one.
"""

from dataclasses import dataclass

from messaging.e2ee.encoding import HASH_BYTES, ID_BYTES, KEY_BYTES, exactly, frame, u32
from messaging.e2ee.entropy import Entropy, draw
from messaging.e2ee.errors import BadSeed
from messaging.e2ee.suite import (
    KemKey,
    SigningKey,
    check_key,
    hpke_seal,
    kdf,
    open_once,
    open_sealed,
    same,
    seal,
    seal_once,
)


@dataclass(frozen=True, slots=True)
class Identity:
    """The long-term identity of one generation of a mailbox: I_g signs, K_g is sealed to."""

    sign: SigningKey
    kem: KemKey


def new_seed(entropy: Entropy) -> bytes:
    """Draws S_g: 32 bytes."""
    return draw(entropy, KEY_BYTES)


def identity(seed: bytes, mailbox: bytes, g: int) -> Identity:
    """Derives (I_g, K_g) of a mailbox."""
    exactly(mailbox, ID_BYTES, "the mailbox id")
    check_key(seed, "the mailbox seed")
    return Identity(
        SigningKey(kdf(seed, "pli1/identity", mailbox, u32(g), b"sign")),
        KemKey(kdf(seed, "pli1/identity", mailbox, u32(g), b"kem")),
    )


def seed_check(seed: bytes, mailbox: bytes, g: int) -> bytes:
    """sc: tells a seed from another without telling the seed; stands in the roster."""
    return kdf(check_key(seed, "the mailbox seed"), "pli1/gen", exactly(mailbox, ID_BYTES, "the mailbox id"), u32(g))


def check_seed(seed: bytes, mailbox: bytes, g: int, sc: bytes) -> bytes:
    """Raises: BadSeed, unless this is the seed of generation g that `sc`, of a verified roster, stands for."""
    if len(seed) != KEY_BYTES or not same(seed_check(seed, mailbox, g), sc):
        raise BadSeed("the seed is not the one that the roster vouches for")
    return seed


def seal_prev(seed: bytes, previous_seed: bytes, mailbox: bytes, g: int) -> bytes:
    """Seals S_{g-1} under S_g, so that one wrap gives a new seat all of the history. 48 bytes."""
    check_key(previous_seed, "the previous seed")
    return seal_once(_prev_key(seed, mailbox, g), previous_seed, frame("pli1/prev", mailbox, u32(g)))


def open_prev(seed: bytes, prev: bytes, mailbox: bytes, g: int, previous_sc: bytes) -> bytes:
    """Opens S_{g-1} with S_g. Raises BadSeal, or BadSeed when it does not match the roster's sc of g - 1."""
    opened = open_once(_prev_key(seed, mailbox, g), prev, frame("pli1/prev", mailbox, u32(g)))
    return check_seed(opened, mailbox, g - 1, previous_sc)


def _prev_key(seed: bytes, mailbox: bytes, g: int) -> bytes:
    return kdf(check_key(seed, "the mailbox seed"), "pli1/prev", mailbox, u32(g))


def _wrap_info(mailbox: bytes, g: int, seat: bytes, record_hash: bytes) -> bytes:
    exactly(mailbox, ID_BYTES, "the mailbox id")
    exactly(seat, ID_BYTES, "the seat id")
    exactly(record_hash, HASH_BYTES, "the record's hash")
    return frame("pli1/seedwrap", mailbox, u32(g), seat, record_hash)


def wrap_seed(seed: bytes, seat_kem_public: bytes, mailbox: bytes, g: int, seat: bytes, record_hash: bytes) -> bytes:
    """Wraps S_g to a seat of a verified roster; `record_hash` names the record that gives it the right. 1168 bytes."""
    check_key(seed, "the mailbox seed")
    return hpke_seal(seat_kem_public, seed, _wrap_info(mailbox, g, seat, record_hash))


def open_seed(kem: KemKey, wrapped: bytes, mailbox: bytes, g: int, seat: bytes, record_hash: bytes, sc: bytes) -> bytes:
    """Unwraps S_g. Raises BadSeal for a wrap made for another seat, generation or record, BadSeed for another seed.

    `sc` comes from a verified roster: without it anyone could wrap a seed of their own to a public key.
    """
    return check_seed(kem.open(wrapped, _wrap_info(mailbox, g, seat, record_hash)), mailbox, g, sc)


def seal_entry(seed: bytes, mailbox: bytes, g: int, entry: bytes, content: bytes, entropy: Entropy) -> bytes:
    """Seals an entry of the mailbox's desk: nonce || ciphertext (SPEC.md section 4.5)."""
    return seal(_desk_key(seed, mailbox, g), content, _entry_aad(mailbox, entry, g), entropy)


def open_entry(seed: bytes, mailbox: bytes, g: int, entry: bytes, blob: bytes) -> bytes:
    """Opens a desk entry. Raises BadSeal."""
    return open_sealed(_desk_key(seed, mailbox, g), blob, _entry_aad(mailbox, entry, g))


def _desk_key(seed: bytes, mailbox: bytes, g: int) -> bytes:
    return kdf(check_key(seed, "the mailbox seed"), "pli1/desk", mailbox, u32(g))


def _entry_aad(mailbox: bytes, entry: bytes, g: int) -> bytes:
    exactly(mailbox, ID_BYTES, "the mailbox id")
    return frame("pli1/desk-entry", mailbox, exactly(entry, ID_BYTES, "the entry id"), u32(g))
