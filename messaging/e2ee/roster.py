"""The roster of a mailbox: who may hold its seed, as a chain of signed records (SPEC.md section 4.3).

Record 0 creates the mailbox and is signed by its first seat; every other one by a seat that is admin before it. The
mailbox's public root is the hash of record 0. Clients wrap the seed to nobody whom a verified roster does not seat.

    create ---> admit, remove + rotate, rotate ---> ...        (a remove is never the last record)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from messaging.e2ee.encoding import HASH_BYTES, exactly, frame
from messaging.e2ee.errors import BadRoster, BadSignature
from messaging.e2ee.mailbox import Identity
from messaging.e2ee.roster_record import ADMIT, CREATE, REMOVE, ROTATE, RosterRecord, parse_signed, sign_record
from messaging.e2ee.suite import SigningKey, sha256, verify

KIT: Final = "kit"
"""The role of a printed kit's seat (SPEC.md section 4.6): an administrator whom no account holds."""
_NO_RECORD: Final = bytes(HASH_BYTES)


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
class Generation:
    """One generation of the mailbox's seed, by the record that made it (`create` or `rotate`)."""

    g: int
    identity_sign: bytes
    """I_g"""
    identity_kem: bytes
    """K_g"""
    sc: bytes
    record_hash: bytes


@dataclass(frozen=True, slots=True)
class RosterState:
    """A verified roster. `heads[i]` is the hash of record i; the last one is the head."""

    mailbox: bytes
    heads: tuple[bytes, ...]
    generations: tuple[Generation, ...]
    seats: Mapping[bytes, SeatKeys]
    """Those who sit now."""
    ever: Mapping[bytes, SeatKeys]
    """Every seat that was ever seated: no id comes twice."""
    ended: Mapping[bytes, int]
    """The index of the record that removed a seat, for those that were."""

    @property
    def index(self) -> int:
        return len(self.heads) - 1

    @property
    def head(self) -> bytes:
        return self.heads[-1]

    @property
    def root(self) -> bytes:
        return self.heads[0]

    @property
    def g(self) -> int:
        return self.generations[-1].g

    @property
    def identity_sign(self) -> bytes:
        return self.generations[-1].identity_sign

    @property
    def identity_kem(self) -> bytes:
        return self.generations[-1].identity_kem

    @property
    def sc(self) -> bytes:
        return self.generations[-1].sc

    @property
    def owes_rotation(self) -> bool:
        """Whether the last record removed a seat: what follows must be a rotation, and nobody stops here."""
        return self.index in self.ended.values()

    def generation_at(self, head: bytes) -> int:
        """The generation in force when `head`, one of `heads`, was the roster's head."""
        reached = set(self.heads[: self.heads.index(head) + 1])
        return max(made.g for made in self.generations if made.record_hash in reached)

    def was_seated(self, seat: bytes, head: bytes) -> bool:
        """Whether this seat sat in the mailbox when `head` was the roster's head."""
        known = self.ever.get(seat)
        if known is None or head not in self.heads:
            return False
        at = self.heads.index(head)
        return self.heads.index(known.record_hash) <= at < self.ended.get(seat, len(self.heads))


def make_create(
    *, mailbox: bytes, seat: bytes, sign: SigningKey, kem_pk: bytes, role: str, identity: Identity, sc: bytes
) -> bytes:
    """Makes and signs record 0: its first seat is an administrator, and the generation is 0."""
    record = RosterRecord(
        *(mailbox, 0, _NO_RECORD, CREATE, seat, sign.public, kem_pk, role, True, 0),
        *(identity.sign.public, identity.kem.public, sc, seat),
    )
    return sign_record(record, sign)


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
    return sign_record(_next(state, ADMIT, seat, (sign_pk, kem_pk, role, admin), signer), signer_key)


def make_remove(state: RosterState, *, seat: bytes, signer: bytes, signer_key: SigningKey) -> bytes:
    """Makes and signs the record that removes a seat; `make_rotate` after it makes it whole. Raises: BadRoster."""
    if seat not in state.seats:
        raise BadRoster("the seat is not seated")
    return sign_record(_next(state, REMOVE, seat, _own_fields(state.seats[seat]), signer), signer_key)


def make_rotate(state: RosterState, *, identity: Identity, sc: bytes, signer: bytes, signer_key: SigningKey) -> bytes:
    """Makes and signs the record that begins the next generation. Raises: BadRoster, unless the signer sits there."""
    if signer not in state.seats:
        raise BadRoster("the signer is not seated")
    record = replace(
        _next(state, ROTATE, signer, _own_fields(state.seats[signer]), signer),
        g=state.g + 1,
        identity_sign=identity.sign.public,
        identity_kem=identity.kem.public,
        sc=sc,
    )
    return sign_record(record, signer_key)


@dataclass(slots=True)
class _Roster:
    """A roster while records are added to it, which copies nothing for each: a long one takes as long as it
    is, not the square of that. Nobody sees it before it is whole.
    """

    mailbox: bytes
    heads: list[bytes]
    generations: list[Generation]
    seats: dict[bytes, SeatKeys]
    ever: dict[bytes, SeatKeys]
    ended: dict[bytes, int]
    made_with: tuple[set[bytes], set[bytes], set[bytes]]
    """Of all generations: `identity_sign`, `identity_kem`, `sc`."""
    owes_rotation: bool

    @classmethod
    def after(cls, state: RosterState) -> "_Roster":
        made = state.generations
        return cls(
            *(state.mailbox, list(state.heads), list(made), dict(state.seats), dict(state.ever), dict(state.ended)),
            ({each.identity_sign for each in made}, {each.identity_kem for each in made}, {each.sc for each in made}),
            state.owes_rotation,
        )

    @classmethod
    def created(cls, record: RosterRecord) -> "_Roster":
        seat, made = _seat(record), ({record.identity_sign}, {record.identity_kem}, {record.sc})
        seats, ever = {record.seat: seat}, {record.seat: seat}
        return cls(record.mailbox, [record.hash], [_generation(record)], seats, ever, {}, made, owes_rotation=False)

    def add(self, record: RosterRecord) -> None:
        """A record that was verified."""
        self.heads.append(record.hash)
        self.owes_rotation = record.kind == REMOVE
        if record.kind == ADMIT:
            self.seats[record.seat] = self.ever[record.seat] = _seat(record)
        elif record.kind == REMOVE:
            del self.seats[record.seat]
            self.ended[record.seat] = record.index
        else:
            self.generations.append(_generation(record))
            for known, new in zip(self.made_with, (record.identity_sign, record.identity_kem, record.sc), strict=True):
                known.add(new)

    def whole(self) -> RosterState:
        """To be asked once: the state holds what this one held."""
        return RosterState(
            *(self.mailbox, tuple(self.heads), tuple(self.generations)),
            *(MappingProxyType(self.seats), MappingProxyType(self.ever), MappingProxyType(self.ended)),
        )


_Fields = tuple[bytes, bytes, str, bool]
"""sign_pk, kem_pk, role, admin"""


def _next(state: RosterState, kind: str, seat: bytes, fields: _Fields, signer: bytes) -> RosterRecord:
    """The record of this kind after `state`, in the generation in force."""
    return RosterRecord(
        *(state.mailbox, state.index + 1, state.head, kind, seat, *fields, state.g),
        *(state.identity_sign, state.identity_kem, state.sc, signer),
    )


def _own_fields(seat: SeatKeys) -> _Fields:
    return seat.sign_pk, seat.kem_pk, seat.role, seat.admin


def apply(state: RosterState | None, signed: bytes) -> RosterState:
    """Verifies the record after `state` (None: record 0) and returns the new state.

    Raises BadEncoding or BadRoster and changes nothing. Stored rosters and new records go through the same rule.
    """
    return _applied(None if state is None else _Roster.after(state), signed).whole()


def _applied(roster: _Roster | None, signed: bytes) -> _Roster:
    record, signature = parse_signed(signed)
    signer_pk = _check_create(record) if roster is None else _check_next(roster, record)
    try:
        verify(signer_pk, signature, frame("pli1/roster-sig", record.encoded))
    except BadSignature as error:
        raise BadRoster(f"record {record.index} is not signed by its signer: {error}") from error
    if roster is None:
        return _Roster.created(record)
    roster.add(record)
    return roster


def _check_create(record: RosterRecord) -> bytes:
    """The key that must have signed it."""
    if record.kind != CREATE or record.index or record.prev_hash != _NO_RECORD:
        raise BadRoster("a roster begins with a create record of index 0")
    if record.signer != record.seat or not record.admin or record.g:
        raise BadRoster("the first seat founds the mailbox: its own signer, administrator, generation 0")
    return record.sign_pk


def _check_next(state: _Roster, record: RosterRecord) -> bytes:
    """The key that must have signed it."""
    if record.mailbox != state.mailbox:
        raise BadRoster("the record belongs to another mailbox")
    if record.index != len(state.heads) or record.prev_hash != state.heads[-1]:
        raise BadRoster("the record does not continue the roster at its head")
    signer = state.seats.get(record.signer)
    if signer is None or not signer.admin:
        raise BadRoster("the signer is not an administrator of the mailbox at this point")
    if state.owes_rotation and record.kind != ROTATE:
        raise BadRoster("a removal is followed by a rotation, and by nothing else")
    check = {ADMIT: _check_admit, REMOVE: _check_remove, ROTATE: _check_rotate}.get(record.kind)
    if check is None:
        raise BadRoster(f"a record of kind {record.kind} is not understood")
    check(state, record)
    return signer.sign_pk


def _check_admit(state: _Roster, record: RosterRecord) -> None:
    _check_same_generation(state, record)
    if record.seat in state.ever:
        raise BadRoster("the seat is taken, or was")
    if any(record.sign_pk == seat.sign_pk or record.kem_pk == seat.kem_pk for seat in state.seats.values()):
        raise BadRoster("the seat's key is another seat's")


def _check_remove(state: _Roster, record: RosterRecord) -> None:
    _check_same_generation(state, record)
    _check_as_seated(state, record)
    if not any(keys.admin for seat, keys in state.seats.items() if seat != record.seat):
        raise BadRoster("the last administrator cannot be removed")


def _check_rotate(state: _Roster, record: RosterRecord) -> None:
    if record.seat != record.signer:
        raise BadRoster("who rotates names their own seat")
    _check_as_seated(state, record)
    if record.g != state.generations[-1].g + 1:
        raise BadRoster("a rotation begins the next generation")
    new = (record.identity_sign, record.identity_kem, record.sc)
    if any(each in known for each, known in zip(new, state.made_with, strict=True)):
        raise BadRoster("a rotation must renew the identity and the seed check")


def _check_same_generation(state: _Roster, record: RosterRecord) -> None:
    given, now = (record.g, record.identity_sign, record.identity_kem, record.sc), state.generations[-1]
    if given != (now.g, now.identity_sign, now.identity_kem, now.sc):
        raise BadRoster("only a rotation may change the mailbox's generation and keys")


def _check_as_seated(state: _Roster, record: RosterRecord) -> None:
    seated = state.seats.get(record.seat)
    if seated is None:
        raise BadRoster("the seat is not seated")
    if (record.sign_pk, record.kem_pk, record.role, record.admin) != _own_fields(seated):
        raise BadRoster("the record gives the seat other keys, another role or rank than it has")


def _seat(record: RosterRecord) -> SeatKeys:
    return SeatKeys(record.sign_pk, record.kem_pk, record.role, record.admin, record.hash, record.prev_hash)


def _generation(record: RosterRecord) -> Generation:
    return Generation(record.g, record.identity_sign, record.identity_kem, record.sc, record.hash)


def replay(signed_records: Sequence[bytes], mailbox: bytes) -> RosterState:
    """Verifies a whole roster of one mailbox, in order, and returns its state. Raises BadEncoding or BadRoster."""
    roster: _Roster | None = None
    for signed in signed_records:
        roster = _applied(roster, signed)
    if roster is None:
        raise BadRoster("a roster has at least one record")
    if roster.mailbox != mailbox:
        raise BadRoster("the roster is another mailbox's")
    if roster.owes_rotation:
        raise BadRoster("the roster ends with a removal: its rotation was withheld")
    return roster.whole()


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
