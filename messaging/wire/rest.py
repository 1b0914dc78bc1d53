"""Bodies of the HTTP interface (PROTOCOL.md section 6), JSON, same field types as the socket."""

from typing import Annotated

from msgspec import Meta, Struct

from messaging.domain import limits
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.wire.types import (
    Ed25519Public,
    Ed25519Signature,
    Id,
    KemPublic,
    Millis,
    Presentation,
    RosterBytes,
    SeatView,
    WrappedKey,
)

PlatformRef = Annotated[str, Meta(min_length=1, max_length=200)]
"""How the platform names a mailbox or a listing in its own books. The service keeps only an HMAC of it."""


class ServiceInfo(Struct, frozen=True):
    """GET /v1/service, public."""

    service: Id
    stamp_key: Ed25519Public
    """For display and first contact only: clients pin it by configuration."""
    stream_epoch: int
    protocol: str
    platform_key: Ed25519Public | None = None
    """What this deployment takes the platform's attestations and resets by; as `stamp_key`, pinned by clients."""
    attestation_audience: str = ""
    sign_in_url: str | None = None
    """Where the platform signs people in, and leads them back to the inbox."""
    token_url: str | None = None
    """Where the inbox gets further tokens from the platform; none: only by signing in."""
    attestation_url: str | None = None
    """Where it gets the platform's word for a mailbox's identity key."""
    moderation_root: Ed25519Public | None = None
    """The offline root of the keys that reports are sealed to; as `stamp_key`, pinned by clients. None: no reports."""
    audit_key: Ed25519Public | None = None
    """Signs the checkpoints of the moderators' audit log; pinned by consoles and by who oversees the service."""


class TicketIssued(Struct, frozen=True):
    """POST /v1/tickets"""

    ticket: str
    expires_in_s: int


class AccountView(Struct, frozen=True):
    """GET /v1/account"""

    account: Id
    seats: list[SeatView]


class VaultWrap(Struct, frozen=True):
    method: Annotated[str, Meta(max_length=32)]
    id: Id
    blob: Annotated[bytes, Meta(max_length=256)]


class VaultBody(Struct, frozen=True):
    """GET and PUT /v1/vault. PUT is a compare-and-swap: `version` must be the stored one plus 1."""

    version: Annotated[int, Meta(ge=1, le=2**32 - 1)]
    blob: Annotated[bytes, Meta(max_length=limits.vault_bytes_max)]
    wraps: Annotated[list[VaultWrap], Meta(min_length=1, max_length=limits.vault_wraps_max)]


class SeatRequest(Struct, frozen=True):
    """POST /v1/mailboxes/{mailbox}/seats: asks for admission; an administrator compares the twelve words."""

    seat: Id
    sign_pk: Ed25519Public
    kem_pk: KemPublic


class PendingSeat(Struct, frozen=True):
    seat: Id
    sign_pk: bytes
    kem_pk: bytes
    role: Role
    asked_at: Millis


class DepartedSeat(Struct, frozen=True):
    """The platform said that this person left: access ended, and an administrator should remove the seat."""

    seat: Id
    role: Role
    left_at: Millis


class PendingSeats(Struct, frozen=True):
    """GET /v1/mailboxes/{mailbox}/seats: what waits for an administrator."""

    pending: list[PendingSeat]
    departed: list[DepartedSeat] = []


class SeedWrap(Struct, frozen=True):
    """The mailbox's seed of generation `g`, wrapped to one seat."""

    g: int
    seat: Id
    record_hash: Annotated[bytes, Meta(min_length=32, max_length=32)]
    wrap: WrappedKey


class RosterAppend(Struct, frozen=True):
    """POST /v1/mailboxes/{mailbox}/roster: a create or admit record with the seed wrap for the seat it seats."""

    signed: RosterBytes
    seed: SeedWrap


class PreviousSeed(Struct, frozen=True):
    """The seed of generation `g` - 1, sealed under that of `g`."""

    g: int
    prev: bytes


class RosterView(Struct, frozen=True):
    """GET /v1/mailboxes/{mailbox}/roster: all signed records in order, and the reader's own seed wraps."""

    records: list[bytes]
    seeds: list[SeedWrap]
    prevs: list[PreviousSeed] = []
    """For active seats only."""
    kits: list[SeedWrap] = []
    """The seed in force, wrapped to the mailbox's printed kits: who has the paper opens it (SPEC.md section 4.6)."""
    anew: bool = False
    """Whether another roster was there before, which a reset ended (SPEC.md section 4.7)."""


class Prekey(Struct, frozen=True):
    index: Annotated[int, Meta(ge=0, le=2**32 - 1)]
    pk_sign: Ed25519Public
    pk_kem: KemPublic
    own: Ed25519Signature


class PrekeyBatch(Struct, frozen=True):
    """POST /v1/targets/{target}/prekeys"""

    prekeys: Annotated[list[Prekey], Meta(min_length=1, max_length=limits.prekeys_per_batch_max)]


class TargetPrekeys(Struct, frozen=True):
    """New prekeys of one own target."""

    target: Id
    prekeys: Annotated[list[Prekey], Meta(max_length=limits.prekeys_per_removal_and_target_max)]


class Removal(Struct, frozen=True):
    """POST /v1/mailboxes/{mailbox}/removals: ends a seat, if `remove` is there, and begins the next generation."""

    rotate: RosterBytes
    seeds: Annotated[list[SeedWrap], Meta(min_length=1, max_length=limits.seats_per_mailbox_max)]
    """S_g for every remaining seat, kits too."""
    prev: Annotated[bytes, Meta(min_length=48, max_length=48)]
    prekeys: list[TargetPrekeys] = []
    """In place of all unclaimed ones; a target that is not named has none then."""
    remove: RosterBytes | None = None


class OwnTarget(Struct, frozen=True):
    target: Id
    available: int
    next_index: int


class OwnTargets(Struct, frozen=True):
    """GET /v1/mailboxes/{mailbox}/targets: the mailbox's own targets, to see which need prekeys."""

    targets: list[OwnTarget]


class ClaimRequest(Struct, frozen=True):
    """POST /v1/targets/{target}/claims"""

    mailbox: Id
    """The claimant's own mailbox."""


class Claim(Struct, frozen=True):
    claim: Id
    pk_sign: Ed25519Public
    pk_kem: KemPublic
    presentation: Presentation


class Dimensions(Struct, frozen=True):
    """What the reports count by; snapshotted when a relation opens. Never shown to a peer."""

    profession_group: Annotated[str, Meta(max_length=60)] = ""
    project_type: Annotated[str, Meta(max_length=60)] = ""
    territory_type: Annotated[str, Meta(max_length=60)] = ""
    population_tier: Annotated[str, Meta(max_length=20)] = ""
    departement: Annotated[str, Meta(max_length=3)] = ""
    region: Annotated[str, Meta(max_length=3)] = ""
    plan: Annotated[str, Meta(max_length=40)] = ""
    qualified_offer: bool = False


class MailboxPut(Struct, frozen=True):
    """PUT /v1/platform/mailboxes: registers or updates a mailbox under the platform's own reference."""

    ref: PlatformRef
    kind: MailboxKind
    presentation: Presentation
    dimensions: Dimensions = Dimensions()
    coarser: Annotated[list[Presentation], Meta(max_length=limits.presentations_coarser_max)] = []
    """What to show instead where the finest presentation fits too few parties, finest first."""


class MailboxRegistered(Struct, frozen=True):
    mailbox: Id
    shown: Presentation
    """What a peer would be shown today, by the anonymity rule."""


class TargetPut(Struct, frozen=True):
    """PUT /v1/platform/targets: registers what a first contact aims at."""

    ref: PlatformRef
    mailbox_ref: PlatformRef
    dimensions: Dimensions | None = None
    """Where the listing knows better than its mailbox (the profession looked for, say)."""


class TargetRegistered(Struct, frozen=True):
    target: Id
    report_ref: str
    """How the event `fr.pli.target.wanted` names it, 64 hex digits."""


class AccountRevoke(Struct, frozen=True):
    """POST /v1/platform/revocations: ends every token and socket of an account issued until now."""

    subject: Annotated[str, Meta(min_length=1, max_length=200)]
