"""Mailboxes with their seats, rosters, resets and targets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from messaging.domain.authorization import Grant
from messaging.domain.ids import (
    AccountId,
    MailboxId,
    ResetId,
    SeatId,
    TargetId,
    ThreadId,
)
from messaging.domain.seat import SeatState
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.wire.rest import DepartedSeat, Dimensions, PendingSeat, Prekey, PreviousSeed, SeedWrap
from messaging.wire.types import Presentation


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


@dataclass(frozen=True, slots=True)
class ResetRow:
    """One beginning anew of a mailbox: when (ms), and which of its beginnings it is (from 1)."""

    reset: ResetId
    mailbox: MailboxId
    n: int
    at: int


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

    async def kinds(self, refs: Sequence[str]) -> Mapping[str, tuple[MailboxId, MailboxKind]]:
        """Those of the refs that are registered, each with the kind that it was registered as."""

    async def get(self, mailboxes: Sequence[MailboxId]) -> Mapping[MailboxId, MailboxRow]: ...

    async def moderators(self) -> MailboxId | None:
        """The mailbox of kind `moderation`: there is one at most."""

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

    async def of_same_accounts(self, seats: Collection[SeatId]) -> Mapping[SeatId, AccountId]:
        """Every seat of the accounts that hold or held these, removed ones and themselves too, with its account."""

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

    async def held(self, accounts: Sequence[AccountId]) -> Sequence[tuple[AccountId, MailboxId]]:
        """Where these accounts have an active seat."""

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
