"""What the services need from the outside, as protocols. Their comments are the contract; `tests/contracts` holds every
adapter to them.

Two kinds of repository methods: those that give or take what belongs to somebody require a `Grant` (and take ids from
it alone), so that nothing is read or written without `authorize`; the others find what authorization itself needs, or
are the service's own books.

The rows that every message makes are msgspec structs: one is made, or copied with a change, in a fraction of the time
that a frozen dataclass takes.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from msgspec import Struct

from messaging.domain.alerts import Ledger, Quiet, Waiting
from messaging.domain.authorization import Grant, Parties
from messaging.domain.consent import Card, CardState
from messaging.domain.ids import (
    AccountId,
    CardId,
    EntryId,
    KeyId,
    MailboxId,
    MessageId,
    ResetId,
    SeatId,
    SubscriptionId,
    TargetId,
    ThreadId,
)
from messaging.domain.receipt import ReadPosition
from messaging.domain.relation import Safety, Stage
from messaging.domain.retention import Category
from messaging.domain.scope import Scope
from messaging.domain.seat import SeatState
from messaging.domain.third import ThirdState
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.wire.platform import AccountExport
from messaging.wire.rest import DepartedSeat, Dimensions, PendingSeat, Prekey, PreviousSeed, SeedWrap, VaultBody
from messaging.wire.types import Presentation

Clock = Callable[[], int]
"""Milliseconds since 1970, UTC."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket stands for."""

    account: AccountId
    token_expires_at: int
    """ms; the socket is closed with 4005 when it passes without a refresh."""
    seats: tuple["SeatClaim", ...]
    openings_per_day: int | None = None
    """The token's quota."""
    token_issued_at: int = 0
    """ms; the token says nothing of a mailbox that removed the account's seat at that time or later."""


@dataclass(frozen=True, slots=True)
class SeatClaim:
    """One mailbox that the platform's token names for its bearer."""

    mailbox: MailboxId
    kind: MailboxKind
    role: Role
    admin: bool


@dataclass(frozen=True, slots=True)
class MailboxRow:
    mailbox: MailboxId
    kind: MailboxKind
    dimensions: Dimensions
    founded: bool
    desk_seq: int


@dataclass(frozen=True, slots=True)
class RosterHead:
    """The newest roster record of a mailbox: all that the next one is checked against."""

    index: int
    head: bytes
    g: int
    identity_sign: bytes
    """I_g, 32 bytes: prekeys and pseudonyms are checked against it."""


@dataclass(frozen=True, slots=True)
class SeatRow:
    seat: SeatId
    mailbox: MailboxId
    account: AccountId
    sign_pk: bytes
    kem_pk: bytes
    role: Role
    admin: bool
    state: str
    asked_at: int
    removed_at: int | None = None
    left_at: int | None = None
    """When the platform said that this person left."""


@dataclass(frozen=True, slots=True)
class TargetRow:
    target: TargetId
    mailbox: MailboxId
    dimensions: Dimensions | None


@dataclass(frozen=True, slots=True)
class ClaimRow:
    claim: bytes
    target: TargetId
    claimant: MailboxId
    index: int
    pk_sign: bytes
    pk_kem: bytes
    own: bytes
    claimed_at: int
    opened: bool


class ThreadRow(Struct, frozen=True, gc=False):
    """The mutable head of a thread: one row, locked by whoever appends."""

    thread: ThreadId
    mailboxes: tuple[MailboxId, MailboxId]
    """Initiator, recipient."""
    target: TargetId
    epoch: int
    record_hash: bytes
    """R_n of the epoch in force, 32 bytes."""
    first_record_hash: bytes
    """R_0, 32 bytes."""
    head_seq: int
    head: bytes
    opened_at: int
    last_at: int
    stage: Stage
    safety: Safety
    humans: int
    """Bit 0: the initiator wrote a human message; bit 1: the recipient did."""
    revealed: bool
    subject: bytes
    """The relation's pseudonym in events, 16 bytes; shown to no participant."""
    relation_n: int
    """How many relation events were written: numbers them without a gap."""
    renew: int = 0
    """Bit p: party p wrote under a generation of its mailbox that ended, and must rotate before it writes again.
    Bit 2 + p: its mailbox began anew, and the platform's word does not stand here yet; before, it cannot rotate either.
    Bit 4: a third party left that has the key of the epoch in force; a side must rotate before anybody writes again.
    """
    third: MailboxId | None = None
    """The third party that is in."""

    @property
    def parties(self) -> Parties:
        return Parties(self.thread, self.mailboxes, self.third)

    @property
    def audience(self) -> tuple[MailboxId, ...]:
        """Who hears of what happens in it."""
        return self.parties.audience


@dataclass(frozen=True, slots=True)
class PartyRow:
    """One side of a thread."""

    thread: ThreadId
    party: int
    mailbox: MailboxId
    presentation: Presentation
    """As it was when the thread opened: later changes would link the threads of one party."""
    pk_sign: bytes
    pk_kem: bytes
    own: bytes
    """Kept for unmasking; never shown to the peer."""
    prekey_index: int | None
    position: ReadPosition


@dataclass(frozen=True, slots=True)
class ThirdRow:
    """One stay of a third party in a thread, from its invitation on."""

    thread: ThreadId
    third: bytes
    """Names the stay, 32 bytes (SPEC.md section 7.6)."""
    mailbox: MailboxId
    target: TargetId
    """Its own, for which the prekey was published under which it is invited."""
    prekey_index: int
    own: bytes
    """Kept for unmasking; never shown to the sides."""
    state: ThirdState
    history: bool
    """Whether it reads what was written before it joined."""
    joined_seq: int = 0
    joined_epoch: int = 0
    """The epoch in force when it joined: its own keys are of the later ones."""
    entry_head: bytes = b""
    """The head before its joining."""


class EventRow(Struct, frozen=True, gc=False):
    thread: ThreadId
    seq: int
    at: int
    kind: str
    party: int
    msg_id: MessageId | None
    payload: bytes
    proof: bytes


class OutboxRow(Struct, frozen=True, gc=False):
    """One relation event, narrow: the relay makes the envelope (messaging.relations)."""

    subject: bytes
    n: int
    type: str
    at: int
    data: bytes
    """JSON."""


@dataclass(frozen=True, slots=True)
class DeskRow:
    seq: int
    entry: EntryId
    at: int
    blob: bytes


@dataclass(frozen=True, slots=True)
class EscrowRow:
    """A card that waits: payload and the service's share."""

    card: CardId
    party: int
    payload: bytes
    s_server: bytes


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One line of the append-only consent register: what was signed, and when it was accepted."""

    thread: ThreadId
    n: int
    card: CardId
    """Where a side invited a third party, let it in, or ended its stay: the id of that notice."""
    party: int
    seat: SeatId
    action: str
    statement: bytes
    signature: bytes
    at: int


@dataclass(frozen=True, slots=True)
class OwnCardRow:
    """One card of a side, for that side."""

    card: Card
    bits: int
    given_at: int
    statement: bytes | None
    """The consent and its signature, for the very seat that gave it; None for its colleagues."""
    signature: bytes | None


@dataclass(frozen=True, slots=True)
class ResetRow:
    """One beginning anew of a mailbox: when (ms), and which of its beginnings it is (from 1)."""

    reset: ResetId
    mailbox: MailboxId
    n: int
    at: int


@dataclass(frozen=True, slots=True)
class PlatformKeyRow:
    """A key of the platform's back end. The secret is nowhere: `digest` is the SHA-256 of the whole key."""

    key: KeyId
    digest: bytes
    name: str
    scopes: frozenset[Scope]
    made_at: int
    revoked_at: int | None


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a request with an Idempotency-Key was answered, and the digest of that request."""

    request: bytes
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class AlertRow:
    """How one person is alerted, and was."""

    account: AccountId
    ledger: Ledger
    look_at: int
    """When the worker looks next, ms; `never` where there is nobody to tell."""
    wanted: bool = True
    quiet: Quiet = field(default_factory=Quiet)
    address: str | None = None
    pending: str | None = None
    asked: bool = False
    """Whether the owner of `pending` was written to."""
    failing_since: int | None = None
    """When the mail server refused `address` for good, ms."""


@dataclass(frozen=True, slots=True)
class AlertLinkRow:
    """What a mail's link is good for."""

    account: AccountId
    purpose: str
    thread: ThreadId | None
    made_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class PushChannel:
    """One browser that takes pushes (RFC 8030), with the keys to encrypt for it (RFC 8291)."""

    subscription: SubscriptionId
    endpoint: str
    p256dh: bytes
    """65 bytes, an uncompressed point of P-256."""
    auth: bytes
    """16 bytes"""
    made_at: int


class Accounts(Protocol):
    async def ensure(self, issuer: str, subject: str, new_id: AccountId) -> AccountId:
        """The account of this (issuer, subject), made with `new_id` if there is none. Concurrent calls agree.

        The store keeps an HMAC of (issuer, subject), not the words."""

    async def find(self, issuer: str, subject: str) -> AccountId | None: ...

    async def revoke(self, account: AccountId, at: int) -> None:
        """Tokens issued at or before `at` (ms) are void, and so are all tickets of the account."""

    async def revoked_at(self, account: AccountId) -> int:
        """0 if never."""

    async def refuse_until_now(self, issuer: str, subject: str, now: int) -> None:
        """Keeps in mind for `limits.erased_person_h` that this person's account was erased, and forgets older ones."""

    async def erased_at(self, issuer: str, subject: str) -> int:
        """When this person's account was erased, as long as that is kept; else 0."""


class Tickets(Protocol):
    async def put(self, digest: bytes, ticket: Ticket, expires_at: int) -> None:
        """`digest` = SHA-256 of the ticket: who reads the database cannot use one."""

    async def take(self, digest: bytes, now: int) -> Ticket | None:
        """Consumes: of two concurrent calls one gets it. None if unknown, used or expired. Deletes expired ones."""


class PlatformKeys(Protocol):
    """The service's own book of who may speak for the platform."""

    async def put(self, row: PlatformKeyRow) -> None:
        """Raises: TooMany, with `limits.platform_keys_max` that are not revoked."""

    async def get(self, key: KeyId) -> PlatformKeyRow | None:
        """In a `transaction()` a revocation waits until that one ends."""

    async def all(self) -> list[PlatformKeyRow]:
        """By the time they were made, revoked ones too."""

    async def revoke(self, key: KeyId, at: int) -> bool:
        """Whether there was such a key that was good until now."""


class Answers(Protocol):
    """Answers kept by (caller, Idempotency-Key), both as digests of 32 bytes."""

    async def begin(self, caller: bytes, key: bytes, request: bytes, now: int) -> KeptAnswer | None:
        """The kept answer; None for whoever comes first, who must `finish` in this transaction.

        Of two at once the second waits for the first one's commit, and is the first if that one rolled back. Clears
        away a few expired ones. Raises: TooMany, when the caller has `limits.idempotency_answers_max` of them.
        """

    async def finish(self, caller: bytes, key: bytes, status: int, body: bytes) -> None: ...


class Vaults(Protocol):
    async def get(self, grant: Grant) -> VaultBody | None: ...

    async def put(self, grant: Grant, body: VaultBody) -> bool:
        """Compare-and-swap: True if `body.version` was the stored version plus 1 (1 when there was none)."""


class Mailboxes(Protocol):
    async def put(
        self,
        ref: str,
        new_id: MailboxId,
        kind: MailboxKind,
        presentation: Presentation,
        dimensions: Dimensions,
        *,
        coarser: Sequence[Presentation] = (),
    ) -> MailboxId:
        """Registers, or updates what may change (not the kind: Conflict). The store keeps an HMAC of `ref`.

        `presentation` and then `coarser`, finest first, replace those that were there; one given twice counts once."""

    async def find(self, refs: Sequence[str]) -> Mapping[str, MailboxId]:
        """Those of the refs that are registered."""

    async def get(self, mailboxes: Sequence[MailboxId]) -> Mapping[MailboxId, MailboxRow]: ...

    async def alternatives(
        self, mailboxes: Sequence[MailboxId], parties_max: int
    ) -> Mapping[MailboxId, list[tuple[Presentation, int]]]:
        """The presentations of each, finest first, with how many mailboxes of the same kind have the same one among
        theirs, counted no further than `parties_max` (one statement)."""


class Rosters(Protocol):
    async def lock(self, mailbox: MailboxId) -> RosterHead | None:
        """The head, locked for the rest of the transaction; None if the mailbox has no roster."""

    async def head(self, mailbox: MailboxId) -> RosterHead | None: ...

    async def append(self, grant: Grant, head: RosterHead, signed: bytes) -> None:
        """Appends to grant.mailbox. Raises: StaleHead if the index is taken."""

    async def records(self, grant: Grant) -> list[bytes]:
        """All signed records of grant.mailbox, in order."""

    async def put_seeds(self, grant: Grant, seeds: Sequence[SeedWrap]) -> None: ...

    async def seeds(self, grant: Grant) -> list[SeedWrap]:
        """The seed wraps of grant.seat, by generation."""

    async def kit_seeds(self, grant: Grant) -> list[SeedWrap]:
        """Of grant.mailbox: the seed in force as wrapped to seats that no account holds."""

    async def has_seed(self, grant: Grant, seat: SeatId) -> bool:
        """Whether a seed of grant.mailbox is wrapped to this seat."""

    async def drop_seeds(self, grant: Grant, seat: SeatId) -> None:
        """Deletes all seed wraps of a seat of grant.mailbox."""

    async def put_prev(self, grant: Grant, prev: PreviousSeed) -> None: ...

    async def prevs(self, grant: Grant) -> list[PreviousSeed]:
        """All of grant.mailbox, by generation."""


class Resets(Protocol):
    """Mailboxes that began anew, and the rosters that ended so."""

    async def begin(self, grant: Grant, row: ResetRow) -> None:
        """Ends the roster of grant.mailbox, which is locked: its records are kept aside, seeds and prevs deleted."""

    async def get(self, reset: ResetId) -> ResetRow | None: ...

    async def latest(self, mailbox: MailboxId) -> ResetRow | None: ...

    async def ended_rosters(self, grant: Grant) -> list[list[bytes]]:
        """Of grant.mailbox, oldest first: all signed records of each roster that ended, in order."""


class Seats(Protocol):
    async def of_account(self, account: AccountId) -> Sequence[SeatRow]:
        """All of the account, removed ones too."""

    async def put(self, grant: Grant, row: SeatRow) -> None:
        """Inserts into grant.mailbox. Raises: Conflict if the seat id, or the account's seat there, exists already."""

    async def get(self, seat: SeatId) -> SeatRow | None: ...

    async def lock(self, seats: Sequence[SeatId]) -> Mapping[SeatId, SeatRow]:
        """Those that exist, locked in order of id until the transaction ends."""

    async def activate(self, grant: Grant, seat: SeatId, role: Role, admin: bool) -> None:
        """In grant.mailbox."""

    async def remove(self, grant: Grant, seat: SeatId, at: int) -> None:
        """From grant.mailbox, for good. Raises: Conflict if no such seat is active or departed there."""

    async def end_all(self, grant: Grant, at: int) -> None:
        """Removes whoever has, or asked for, a seat in grant.mailbox, for good. They are locked."""

    async def pending(self, grant: Grant) -> list[PendingSeat]:
        """Of grant.mailbox, oldest first."""

    async def departed(self, grant: Grant) -> list[DepartedSeat]:
        """Of grant.mailbox, those that left and that nobody removed yet, oldest first."""

    async def listed(self, grant: Grant) -> list[SeatRow]:
        """Of grant.mailbox, all but the removed ones, oldest first."""

    async def depart(self, grant: Grant, seat: SeatId, state: SeatState, at: int) -> None:
        """Writes the state that a seat, locked before, has after its person left."""

    async def count(self, mailbox: MailboxId) -> tuple[int, int]:
        """(active, pending)."""

    async def active(self, seats: Sequence[SeatId]) -> set[SeatId]:
        """Which of them are active, held against removal until the transaction ends (hot path: one statement)."""


class Targets(Protocol):
    async def put(self, ref: str, new_id: TargetId, mailbox: MailboxId, dimensions: Dimensions | None) -> TargetId:
        """Registers or updates. Raises: Conflict if the ref belongs to another mailbox."""

    async def get(self, target: TargetId) -> TargetRow | None: ...

    async def owned(self, grant: Grant) -> list[tuple[TargetId, int, int]]:
        """(target, prekeys available, next index) of grant.mailbox."""

    async def publish(self, grant: Grant, prekeys: Sequence[Prekey]) -> None:
        """Adds to grant.target. Raises: Conflict if an index was used before."""

    async def replace(self, grant: Grant, prekeys: Mapping[TargetId, Sequence[Prekey]]) -> None:
        """Deletes the unclaimed prekeys of all targets of grant.mailbox, and adds these.

        Raises: NotFound for a target of somebody else, Conflict if an index was used before."""

    async def available(self, target: TargetId) -> int: ...

    async def claim(self, grant: Grant, target: TargetId, claim: bytes, now: int) -> ClaimRow | None:
        """Hands the lowest free prekey to grant.mailbox; each at most once, also under concurrency. None: none left."""

    async def claims_since(self, claimant: MailboxId, since: int) -> Mapping[TargetId, int]:
        """How many prekeys a mailbox claimed at or after `since` (ms), by target."""

    async def lock_claim(self, grant: Grant, claim: bytes) -> ClaimRow | None:
        """A claim of grant.mailbox."""

    async def close_claim(self, grant: Grant, claim: bytes, thread: ThreadId) -> None: ...

    async def note_wanted(self, target: TargetId, now: int, not_since: int) -> int | None:
        """Notes that somebody would write there; how often that was noted before, or None, and nothing changed, if it
        was noted after `not_since` (ms) or there is no such target. Of concurrent calls one gets the number."""


class Threads(Protocol):
    async def parties(self, thread: ThreadId) -> Parties | None:
        """For `authorize`. The two sides never change; the third party may."""

    async def lock(self, threads: Sequence[ThreadId]) -> Mapping[ThreadId, ThreadRow]:
        """The rows that exist, locked in order of id until the transaction ends (hot path: one statement)."""

    async def get(self, threads: Sequence[ThreadId]) -> Mapping[ThreadId, ThreadRow]: ...

    async def create(self, grant: Grant, row: ThreadRow, parties: tuple[PartyRow, PartyRow]) -> None:
        """Raises: Conflict if the thread id exists."""

    async def update(self, rows: Sequence[ThreadRow]) -> None:
        """Writes the mutable columns of rows locked before (hot path: one statement)."""

    async def lock_all(self, grant: Grant) -> Sequence[ThreadId]:
        """The threads of grant.mailbox, locked in order of id until the transaction ends."""

    async def all_of(self, grant: Grant) -> Sequence[ThreadId]:
        """The threads of grant.mailbox, in order of id, not locked."""

    async def demand_renewal(self, grant: Grant) -> None:
        """Sets the bit of grant.mailbox's side in `renew` of all its threads, which are locked."""

    async def demand_reset(self, grant: Grant) -> None:
        """As `demand_renewal`, and the bit of the same side that says that the platform's word is missing."""

    async def awaiting_reset(self, grant: Grant, limit: int) -> list[tuple[ThreadRow, int]]:
        """The first threads in which the platform's word for grant.mailbox is missing, by id, with its party there."""

    async def opened_since(self, initiator: MailboxId, since: int) -> int: ...

    async def page(
        self,
        grant: Grant,
        mailboxes: Sequence[MailboxId],
        changed_since: int,
        after: ThreadId | None,
        limit: int,
        now: int,
    ) -> list[tuple[ThreadRow, PartyRow, PartyRow]]:
        """(thread, own side, peer's side) of threads in these mailboxes of the account that changed: last_at, or the
        peer's position.shown_from, >= changed_since. A shown_from after `now` is still nobody's business.

        Of a thread in which a mailbox is the third party, the peer's side is the initiator's. By (thread id, party),
        from past `after`. A thread between two of the mailboxes stands there twice (thrice with a third), and a page
        may be longer by that so as not to part them.
        """

    async def recipients(self, threads: Sequence[ThreadId]) -> Mapping[ThreadId, PartyRow]:
        """The recipient's side of each: what a third party sees beside the initiator's."""

    async def side(self, grant: Grant) -> PartyRow:
        """The party grant.party of grant.thread."""

    async def move_position(self, grant: Grant, position: ReadPosition) -> None: ...

    async def close(self, grant: Grant, stage: Stage) -> None:
        """Remembers where the relation of grant.thread stood when it was closed; its row is locked before."""

    async def reopen(self, grant: Grant) -> Stage:
        """Where it stood, and forgets it. The relation was closed."""

    async def put_wraps(self, grant: Grant, epoch: int, wraps: tuple[bytes, bytes]) -> None:
        """For grant.thread."""

    async def wraps(self, grant: Grant, first: int, limit: int) -> list[tuple[int, tuple[bytes, bytes]]]: ...

    async def put_rotation(self, grant: Grant, epoch: int, seq: int, own: bytes) -> None:
        """The record of this epoch of grant.thread stands at `seq`; grant.party made it, and `own` (kept for unmasking,
        never shown to the peer) vouches for its new pseudonym."""


class Thirds(Protocol):
    async def invite(self, grant: Grant, row: ThirdRow) -> None:
        """A new stay in grant.thread. Raises: Conflict if it is known."""

    async def get(self, grant: Grant, third: bytes) -> ThirdRow | None:
        """Of grant.thread, whose row is locked before."""

    async def enter(self, grant: Grant, row: ThirdRow, side: PartyRow) -> None:
        """It joined: its state, its side (party 2), and that it is the one who is in."""

    async def leave(self, grant: Grant, third: bytes) -> None:
        """It left: its state, and neither its side nor its shares stay."""

    async def present(self, grant: Grant) -> ThirdRow | None:
        """The one who is in, in grant.thread."""

    async def all_present(self, threads: Sequence[ThreadId]) -> Mapping[ThreadId, ThirdRow]:
        """Those who are in, by thread."""

    async def put_shares(self, grant: Grant, third: bytes, shares: Sequence[tuple[int, bytes]]) -> None:
        """Keys of epochs (n, share) for it; those that are there already stay."""

    async def shares(self, grant: Grant, third: bytes, first: int, limit: int) -> list[tuple[int, bytes]]:
        """From epoch `first` on, in order."""


class Events(Protocol):
    async def find(
        self, keys: Sequence[tuple[ThreadId, int, MessageId]]
    ) -> Mapping[tuple[ThreadId, int, MessageId], EventRow]:
        """Those of the messages (thread, party, msg_id) that are stored already (hot path: one statement)."""

    async def epoch(self, grant: Grant, epoch: int) -> EventRow | None:
        """The event of grant.thread that began an epoch; None if the log did not begin it."""

    async def last_reset(self, grant: Grant, after: int) -> EventRow | None:
        """The newest event `reset` of grant.thread with seq > after. Reads all that stands there: for what is rare."""

    async def append(self, rows: Sequence[EventRow]) -> None:
        """Hot path: one statement. The unique keys (thread, seq) and (thread, party, msg_id) are the last defence."""

    async def range(self, grant: Grant, after: int, limit: int, bytes_max: int) -> list[EventRow]:
        """Of grant.thread, seq > after, in order; at least one if there is one, then at most limit and bytes_max of
        payload."""

    async def of_kind(self, grant: Grant, kind: str) -> list[EventRow]:
        """All of one kind in grant.thread, in order: for kinds of which a log has few."""


class Desks(Protocol):
    async def append(self, grant: Grant, entry: EntryId, blob: bytes, now: int) -> tuple[DeskRow, bool]:
        """To the log of grant.mailbox, next seq without a gap. Same entry id and same bytes: the stored row and False.

        Raises: Conflict, same id with other bytes."""

    async def range(self, grant: Grant, after: int, limit: int, bytes_max: int) -> tuple[list[DeskRow], int]:
        """(entries with seq > after, head seq)."""

    async def clear(self, grant: Grant) -> None:
        """Deletes the log of grant.mailbox; the next entry is its first one again."""


class Consents(Protocol):
    async def cards(self, thread: ThreadId) -> list[Card]:
        """Every card of the thread, both sides: for the rules, never for an answer. The thread row is locked before."""

    async def own_cards(self, grant: Grant) -> list[OwnCardRow]:
        """Of grant.party's side only, by the time they were given; statements of grant.seat only."""

    async def put(self, grant: Grant, card: Card, bits: int, at: int, escrow: EscrowRow) -> None:
        """A new card with its escrow; the share is sealed at rest. Raises: Conflict if the card id exists."""

    async def set_state(self, thread: ThreadId, cards: Sequence[CardId], state: CardState) -> None: ...

    async def take_escrow(self, thread: ThreadId, cards: Sequence[CardId]) -> list[EscrowRow]:
        """Reads and deletes: after it the store does not hold these shares."""

    async def waiting_of(self, grant: Grant, seat: SeatId) -> Sequence[tuple[ThreadId, Card]]:
        """The cards of one seat that wait in threads of grant.mailbox, which are locked; by thread."""

    async def record(self, row: RegisterRow) -> None:
        """Appends to the register; `n` is ignored and numbered per thread."""

    async def statement(self, grant: Grant, card: CardId) -> RegisterRow | None:
        """The `give` line of a card of grant.seat."""

    async def register(self, thread: ThreadId) -> list[RegisterRow]:
        """The whole register of a thread, in order: the service's own book, for proofs, never for an answer."""


class Outbox(Protocol):
    async def append(self, rows: Sequence[OutboxRow]) -> None:
        """Hot path: one statement."""

    async def take(self, limit: int) -> list[tuple[int, OutboxRow]]:
        """The oldest, in commit order per subject, with their keys; delivered, then deleted: at least once."""

    async def delete(self, keys: Sequence[int]) -> None: ...


class Alerts(Protocol):
    """Of grant.account, but for what the worker and a link ask before they know of whom."""

    async def get(self, grant: Grant) -> AlertRow | None:
        """Locked until the end of a `transaction()`."""

    async def put(self, grant: Grant, row: AlertRow) -> None:
        """Inserts or replaces; addresses are sealed at rest."""

    async def due(self, now: int) -> bool:
        """Whether there is anybody to be looked at."""

    async def take(self, now: int, limit: int) -> list[AlertRow]:
        """Those to be looked at, locked, the longest waiting first. Nothing, while another transaction that called this
        is open."""

    async def waiting(self, grant: Grant, limit: int) -> list[Waiting]:
        """What waits, unread, for the mailboxes in which the account has an active seat, the oldest first."""

    async def unreached(self, grant: Grant) -> list[SeatId]:
        """The active seats of grant.mailbox whose person wants mails and whose address is failing."""

    async def put_link(self, digest: bytes, row: AlertLinkRow) -> None:
        """`digest` = SHA-256 of the token: who reads the database cannot use one. Deletes some that expired."""

    async def link(self, digest: bytes, now: int) -> AlertLinkRow | None: ...

    async def void_links(self, grant: Grant, purpose: str, void: str) -> None:
        """Links of one purpose are of the purpose `void` from now on: counted still, and good for nothing."""

    async def links_since(self, grant: Grant, purposes: Sequence[str], since: int) -> int: ...

    async def put_push(self, grant: Grant, channel: PushChannel) -> SubscriptionId:
        """The id of the subscription to this endpoint: the one that it had if it is known, with the new keys. Beyond
        `limits.push_subscriptions_max` the oldest goes. Sealed at rest."""

    async def pushes(self, grant: Grant) -> list[PushChannel]: ...

    async def delete_push(self, grant: Grant, subscription: SubscriptionId) -> None: ...


class Erasing(Protocol):
    """Deletes for good; each method returns how many rows went, by table."""

    async def threads_with_waiting_cards(self, grant: Grant, seats: Sequence[SeatId]) -> list[ThreadId]:
        """Those in which one of these seats has a card in escrow, in order of id. Lock them, then look again."""

    async def empty_mailbox(self, grant: Grant) -> dict[str, int]:
        """Desk, unused prekeys, presentations, dimensions and seeds of grant.mailbox, in which nobody sits any more."""

    async def forget_account(self, grant: Grant, tombs: Mapping[SeatId, AccountId], at: int) -> dict[str, int]:
        """Everything of grant.account but its seats, which are all in `tombs`: each stays under the new account given,
        which is nobody's."""


class Retiring(Protocol):
    """Deletes what its time has come for: what is older than `before` (ms) in a category."""

    async def count(self, category: Category, before: int) -> int:
        """Rows; of threads, how many threads."""

    async def delete(self, category: Category, before: int, limit: int) -> int:
        """At most `limit` rows of a category other than threads; how many went. Passes over locked ones. Of a claimed
        prekey stays that its index was used."""

    async def dormant(self, before: int, after: ThreadId | None, limit: int) -> list[ThreadId]:
        """Threads in which nothing happened since, by id, from past `after`. Lock them, then look again."""

    async def forget_threads(self, gone: Sequence[ThreadId]) -> dict[str, int]:
        """Whole conversations but for their lines in the register; rows by table."""


class Holdings(Protocol):
    async def of_account(self, grant: Grant, now: int) -> AccountExport:
        """All that is held about grant.account, which exists."""


class Transaction(Protocol):
    """One database transaction: all or nothing."""

    accounts: Accounts
    tickets: Tickets
    platform_keys: PlatformKeys
    answers: Answers
    vaults: Vaults
    mailboxes: Mailboxes
    rosters: Rosters
    resets: Resets
    seats: Seats
    targets: Targets
    threads: Threads
    thirds: Thirds
    events: Events
    desks: Desks
    consents: Consents
    outbox: Outbox
    alerts: Alerts
    erasing: Erasing
    holdings: Holdings
    retiring: Retiring


class Store(Protocol):
    """The truth. Every acknowledged write survives `kill -9` and a power cut: `start` asserts what that rests on."""

    service_id: bytes
    """16 random bytes of this deployment, drawn once."""
    stream_epoch: int
    """Changes when the database is restored from a backup: clients then resync."""
    exclusive: bool
    """Whether no other process can have this database open."""

    async def start(self) -> None:
        """Opens. Raises: StoreError (with what to do) on an old or missing schema, or on unsafe durability settings."""

    async def close(self) -> None: ...

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Read and write; commits on leaving, rolls back on an exception. Never cancel it: await it in its own task."""

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        """Committed data only; nothing is written."""

    async def watch(self) -> bool:
        """Every few seconds: notes how far the database is. True if `stream_epoch` is another one than before, since
        another process said that a backup was restored."""

    async def purge(self, tables: Sequence[str]) -> Mapping[str, str]:
        """Clears the database's files of what was deleted from these tables before; how it was done, by table:
        `overwritten`, `rewritten`, or `vacuumed` where a table is too large or too busy to be rewritten now."""

    async def checkpoint(self) -> None:
        """Upkeep off the commit path, twice a second: what a write-ahead log holds goes into its database."""


class Listener(Protocol):
    """One socket, as the fan-out sees it. Neither method blocks or raises."""

    @property
    def account(self) -> AccountId: ...

    device: bytes
    """As its hello named it: 16 bytes."""

    def deliver(self, encoded: bytes) -> None:
        """Queues one encoded struct; a listener that is too slow drops all and closes with 4010."""

    def close(self, code: int) -> None: ...

    def refresh(self) -> None:
        """The account's seats changed: read them again and join anew."""


class Fanout(Protocol):
    """Wakes whoever listens. Best effort: correctness never depends on it, since a gap in seq is pulled."""

    @property
    def sockets(self) -> int:
        """Sockets of this process."""

    def sockets_of(self, account: AccountId) -> Sequence[Listener]:
        """Those of this process, the longest joined first."""

    @property
    def moment(self) -> int:
        """Goes up with each `lift`: to be noted before seats are read that a `join` will go by."""

    def join(self, listener: Listener, mailboxes: Sequence[MailboxId], *, as_of: int = 0) -> None:
        """Listens to these mailboxes only. `as_of`: the `moment` before they were read; a mailbox that is barred to the
        account, or was since then, is left out."""

    def leave(self, listener: Listener) -> None: ...

    def publish(self, mailboxes: Sequence[MailboxId], encoded: bytes, *, but: Listener | None = None) -> None:
        """One encoded struct for every listener of these mailboxes, each once, but not to `but`."""

    def bar(self, account: AccountId, mailbox: MailboxId) -> None:
        """From now on no listener of the account hears anything of the mailbox, until `lift`."""

    def lift(self, account: AccountId, mailbox: MailboxId) -> None:
        """Ends a bar: who read the seats before this moment still does not get in."""

    def refresh_account(self, account: AccountId) -> None: ...

    def close_account(self, account: AccountId, code: int) -> None: ...


class EventSink(Protocol):
    """Where relation events go."""

    async def write(self, envelopes: Sequence[bytes]) -> None:
        """Returns once they are durably there, in order. Raises to be called again later with the same ones."""


class UndeliverableError(Exception):
    """The recipient's address was refused for good."""


class MailServerError(Exception):
    """The mail server did not take a mail now. The message says what to do, and holds no address."""


class MailSink(Protocol):
    """Takes mails to the world."""

    async def send(self, address: str, letter: bytes) -> None:
        """Returns once the mail server has it. Raises: UndeliverableError, MailServerError."""


class PushSink(Protocol):
    """Takes pushes to browsers."""

    async def push(self, channel: PushChannel, content: bytes) -> bool:
        """False: the subscription is gone for good. Raises: anything, where the push service did not take it now."""


class TokenVerifier(Protocol):
    """Checks a token of the platform."""

    async def verify(self, token: str) -> "TokenClaims":
        """Raises: Unauthenticated, TokenExpired."""


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """What a verified token says."""

    issuer: str
    subject: str
    issued_at: int
    """ms"""
    expires_at: int
    """ms"""
    platform: bool
    """Whether the bearer is the platform's back end."""
    mailboxes: tuple["MailboxClaim", ...]
    openings_per_day: int | None = None
    """A quota of first contacts, below the service's own; None: the platform sets none."""
    key: KeyId | None = None
    """For the platform's back end with a scoped key instead of a signed token: which one."""


@dataclass(frozen=True, slots=True)
class MailboxClaim:
    ref: str
    kind: MailboxKind
    role: Role
    admin: bool
