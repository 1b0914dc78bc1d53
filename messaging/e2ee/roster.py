"""The roster of a mailbox: who may hold its seed, as a chain of signed records (SPEC.md section 4.3).

    record = frame("pli1/roster", mailbox, u32 index, prev_hash, kind, seat, sign_pk, kem_pk, role, u8 admin,
                   u32 g, I_g, K_g, sc, signer)
    signed = frame("pli1/signed-roster", record, Ed25519(signer's seat key, frame("pli1/roster-sig", record)))

Record 0 creates the mailbox and is signed by its first seat; every other one by a seat that is admin before it. The
mailbox's public root is the hash of record 0. Clients wrap the seed to nobody whom a verified roster does not seat.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib import resources
from types import MappingProxyType
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
from messaging.e2ee.errors import BadRoster, BadSignature
from messaging.e2ee.mailbox import Identity
from messaging.e2ee.suite import SigningKey, sha256, verify

CREATE: Final = "create"
ADMIT: Final = "admit"
_NO_RECORD: Final = bytes(HASH_BYTES)
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


@dataclass(frozen=True, slots=True)
class SeatKeys:
    """One seat of a roster. `record_hash` names the record that seated it, `shown_head` the head it was admitted on."""

    sign_pk: bytes
    kem_pk: bytes
    role: str
    admin: bool
    record_hash: bytes
    shown_head: bytes


@dataclass(frozen=True, slots=True)
class RosterState:
    """A verified roster. `heads[i]` is the hash of record i; the last one is the head."""

    mailbox: bytes
    index: int
    head: bytes
    root: bytes
    g: int
    identity_sign: bytes
    identity_kem: bytes
    sc: bytes
    seats: Mapping[bytes, SeatKeys]
    heads: tuple[bytes, ...]


def make_create(
    *, mailbox: bytes, seat: bytes, sign: SigningKey, kem_pk: bytes, role: str, identity: Identity, sc: bytes
) -> bytes:
    """Makes and signs record 0: its first seat is an administrator, and the generation is 0."""
    record = RosterRecord(
        *(mailbox, 0, _NO_RECORD, CREATE, seat, sign.public, kem_pk, role, True, 0),
        *(identity.sign.public, identity.kem.public, sc, seat),
    )
    return _signed(record, sign)


def make_admit(
    state: RosterState,
    *,
    seat: bytes,
    sign_pk: bytes,
    kem_pk: bytes,
    role: str,
    admin: bool,
    signer: bytes,
    signer_key: SigningKey,
) -> bytes:
    """Makes and signs the record that admits a seat after `state`; an administrator compared the words first."""
    record = RosterRecord(
        *(state.mailbox, state.index + 1, state.head, ADMIT, seat, sign_pk, kem_pk, role, admin, state.g),
        *(state.identity_sign, state.identity_kem, state.sc, signer),
    )
    return _signed(record, signer_key)


def _signed(record: RosterRecord, key: SigningKey) -> bytes:
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


def apply(state: RosterState | None, signed: bytes) -> RosterState:
    """Verifies the record after `state` (None: record 0) and returns the new state.

    Raises BadEncoding or BadRoster and changes nothing. Stored rosters and new records go through the same rule.
    """
    record, signature = parse_signed(signed)
    if state is None:
        _check_create(record)
        signer_pk = record.sign_pk
    else:
        _check_admit(state, record)
        signer_pk = state.seats[record.signer].sign_pk
    try:
        verify(signer_pk, signature, frame("pli1/roster-sig", record.encoded))
    except BadSignature as error:
        raise BadRoster(f"record {record.index} is not signed by its signer: {error}") from error
    return _created(record) if state is None else _admitted(state, record)


def _check_create(record: RosterRecord) -> None:
    if record.kind != CREATE or record.index or record.prev_hash != _NO_RECORD:
        raise BadRoster("a roster begins with a create record of index 0")
    if record.signer != record.seat or not record.admin or record.g:
        raise BadRoster("the first seat founds the mailbox: its own signer, administrator, generation 0")


def _check_admit(state: RosterState, record: RosterRecord) -> None:
    if record.mailbox != state.mailbox:
        raise BadRoster("the record belongs to another mailbox")
    if record.index != state.index + 1 or record.prev_hash != state.head:
        raise BadRoster("the record does not continue the roster at its head")
    if record.kind != ADMIT:
        raise BadRoster(f"a record of kind {record.kind} is not understood")
    signer = state.seats.get(record.signer)
    if signer is None or not signer.admin:
        raise BadRoster("the signer is not an administrator of the mailbox at this point")
    if (record.g, record.identity_sign, record.identity_kem, record.sc) != _generation(state):
        raise BadRoster("an admission must leave the mailbox's generation and keys as they are")
    if record.seat in state.seats:
        raise BadRoster("the seat is taken")
    if any(record.sign_pk == seat.sign_pk or record.kem_pk == seat.kem_pk for seat in state.seats.values()):
        raise BadRoster("the seat's key is another seat's")


def _generation(state: RosterState) -> tuple[int, bytes, bytes, bytes]:
    return state.g, state.identity_sign, state.identity_kem, state.sc


def _seat(record: RosterRecord) -> SeatKeys:
    return SeatKeys(record.sign_pk, record.kem_pk, record.role, record.admin, record.hash, record.prev_hash)


def _created(record: RosterRecord) -> RosterState:
    return RosterState(
        *(record.mailbox, 0, record.hash, record.hash, record.g, record.identity_sign, record.identity_kem, record.sc),
        seats=MappingProxyType({record.seat: _seat(record)}),
        heads=(record.hash,),
    )


def _admitted(state: RosterState, record: RosterRecord) -> RosterState:
    seats = MappingProxyType({**state.seats, record.seat: _seat(record)})
    return replace(state, index=record.index, head=record.hash, seats=seats, heads=(*state.heads, record.hash))


def replay(signed_records: Sequence[bytes], mailbox: bytes) -> RosterState:
    """Verifies a whole roster of one mailbox, in order, and returns its state. Raises BadEncoding or BadRoster."""
    state: RosterState | None = None
    for signed in signed_records:
        state = apply(state, signed)
    if state is None:
        raise BadRoster("a roster has at least one record")
    if state.mailbox != mailbox:
        raise BadRoster("the roster is another mailbox's")
    return state


def check_pin(state: RosterState, index: int, head: bytes) -> None:
    """Raises BadRoster unless the roster still has the head seen at `index`: else it was forked or rolled back."""
    if index > state.index:
        raise BadRoster("the roster ends before a record that was already seen")
    if state.heads[index] != head:
        raise BadRoster("the roster was forked: its history is not the one already seen")


def check_admission(state: RosterState, seat: bytes, sign_pk: bytes, kem_pk: bytes, shown_head: bytes) -> SeatKeys:
    """The new seat's side of an admission: returns its entry, or raises BadRoster (SPEC.md section 4.4).

    `shown_head` is the head for which this seat displayed its words. An admission made on another head was not the one
    that the two persons compared.
    """
    entry = state.seats.get(seat)
    if entry is None or (entry.sign_pk, entry.kem_pk) != (sign_pk, kem_pk):
        raise BadRoster("the roster does not seat this key")
    if entry.shown_head != shown_head:
        raise BadRoster("the seat was admitted under another roster head than the one whose words were compared")
    return entry


WORDS_SHOWN: Final = 12
_BITS_PER_WORD: Final = 11


@lru_cache(maxsize=1)
def word_list() -> tuple[str, ...]:
    """The frozen list of 2,048 French words."""
    text = resources.files("messaging.e2ee").joinpath("words/french.txt").read_text(encoding="utf-8")
    return tuple(text.split())


def words(mailbox: bytes, head: bytes, sign_pk: bytes, kem_pk: bytes) -> tuple[str, ...]:
    """The twelve words that both screens show before an admission, as two rows of six (SPEC.md section 4.4)."""
    return _spoken(frame("pli1/words", mailbox, head, sign_pk, kem_pk))


def record_words(record_hash: bytes) -> tuple[str, ...]:
    """The twelve words of an epoch record, for both sides of a thread to compare after a release (SPEC.md section 9.6).

    `record_hash` is R_n as this side has it: the words differ when somebody stands between the two.
    """
    return _spoken(frame("pli1/thread-words", exactly(record_hash, HASH_BYTES, "R_n")))


def _spoken(framed: bytes) -> tuple[str, ...]:
    """The first 132 bits of a frame's hash, 11 bits a word."""
    top = int.from_bytes(sha256(framed), "big") >> (8 * HASH_BYTES - WORDS_SHOWN * _BITS_PER_WORD)
    indices = [(top >> (_BITS_PER_WORD * place)) % 2**_BITS_PER_WORD for place in reversed(range(WORDS_SHOWN))]
    return tuple(word_list()[index] for index in indices)
