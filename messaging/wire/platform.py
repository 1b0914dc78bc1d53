"""Bodies of the platform's interface (PROTOCOL.md section 6.3)."""

from typing import Annotated

from msgspec import Meta, Struct

from messaging.domain import limits
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.wire.rest import Dimensions, PlatformRef
from messaging.wire.types import Id, Millis, Presentation

PersonRef = Annotated[str, Meta(min_length=1, max_length=200)]
"""What the platform calls a person: the `sub` of their tokens. The service keeps only an HMAC of it."""


class SeatListed(Struct, frozen=True):
    seat: Id
    role: Role
    admin: bool
    state: str
    """`pending`, `active` or `departed`."""
    since: Millis
    """When it was asked for; for a departed one when the person left."""


class SeatsListed(Struct, frozen=True):
    """GET /v1/platform/mailboxes/{mailbox}/seats: who sits there, without telling which account that is."""

    seats: list[SeatListed]


class DepartureReport(Struct, frozen=True):
    """POST /v1/platform/departures: this person no longer acts for this mailbox."""

    mailbox_ref: PlatformRef
    subject: PersonRef


class Departed(Struct, frozen=True):
    """The seat's access has ended. Its keys end when an administrator removes it."""

    seat: Id
    state: str
    """`departed`; `removed` for one that was never admitted, or that an administrator removed meanwhile."""
    administrators: int
    """Active administrators that remain. With none nobody can admit or remove: the mailbox needs a reset."""


class ResetRequest(Struct, frozen=True):
    """POST /v1/platform/resets: nobody can administer this mailbox any more; it is to begin anew."""

    mailbox_ref: PlatformRef
    kits_lost: bool = False
    """Whether the mailbox's printed kits are gone too: with one, who is named for the mailbox takes it over, and keeps
    its history."""


class ResetClaims(Struct, frozen=True):
    """What the platform signs for one conversation, beside `aud` and `iat` (SPEC.md section 4.7)."""

    thread: str
    """32 hex digits."""
    party: int
    record: str
    """R_n of the epoch in force, 64 hex digits."""


class ThreadToReset(Struct, frozen=True):
    """A conversation in which the platform's word is missing."""

    thread: Id
    n: int
    """The epoch in force."""
    claims: ResetClaims


class ResetBegun(Struct, frozen=True):
    """The mailbox's seats have ended. Somebody whom the platform names for it founds it anew."""

    reset: Id
    at: Millis
    threads: list[ThreadToReset]
    more: bool
    """Whether there are more than these."""


class ResetToken(Struct, frozen=True):
    thread: Id
    jwt: Annotated[str, Meta(max_length=limits.reset_token_chars_max)]
    """Of type `pli-reset+jwt`."""


class ResetTokens(Struct, frozen=True):
    """POST /v1/platform/resets/{reset}/tokens: the platform's word for some conversations; with none it asks."""

    tokens: Annotated[list[ResetToken], Meta(max_length=limits.reset_tokens_max)]


class TokenRefused(Struct, frozen=True):
    thread: Id
    code: str
    """`unverifiable`: another conversation, side or epoch, or not the platform's; `stale_epoch`: the other side renewed
    the keys meanwhile, sign the new record; `not_found`: no conversation in which this mailbox has to begin anew."""


class ResetProgress(Struct, frozen=True):
    appended: list[Id]
    """Conversations in which the reset stands now."""
    refused: list[TokenRefused]
    threads: list[ThreadToReset]
    """Those in which the platform's word is still missing."""
    more: bool


class ErasureRequest(Struct, frozen=True):
    """POST /v1/platform/erasures"""

    subject: PersonRef


class ErasureProof(Struct, frozen=True):
    """What an erasure deleted, what stays and why, and when the last copy ends."""

    erased_at: Millis
    deleted: dict[str, int]
    """Rows by table; 0 where there was nothing."""
    unlinked: dict[str, int]
    """Rows that stay, and no longer lead to the account."""
    kept: dict[str, str]
    """What stays as it is, and why."""
    tokens_refused_until: Millis
    """Until then an HMAC of the subject is kept, so that tokens given out before open nothing."""
    backups_expire_at: Millis
    files: dict[str, str] = {}
    """How the database's files were cleared of it, by table: `overwritten` (SQLite), `rewritten` or `vacuumed`
    (PostgreSQL; what was only vacuumed is overwritten when its space is used again)."""


class ExportRequest(Struct, frozen=True):
    """POST /v1/platform/exports. Not a GET: the subject must stand in no address that somebody logs."""

    subject: PersonRef


class HeldVault(Struct, frozen=True):
    version: int
    blob: bytes
    """Sealed under a key that the service does not have."""
    wraps: list[str]
    """The ways to open it, by method."""


class HeldSeat(Struct, frozen=True):
    seat: Id
    mailbox: Id
    kind: MailboxKind
    role: Role
    admin: bool
    state: str
    asked_at: Millis
    left_at: Millis | None
    sign_pk: bytes
    kem_pk: bytes
    seed_wraps: list[int]
    """Generations of the mailbox's seed that are wrapped to this seat."""
    presentations: list[Presentation]
    """Of the mailbox, finest first."""
    dimensions: Dimensions


class HeldConsent(Struct, frozen=True):
    """One line of the register, and with it the card that it is about."""

    thread: Id
    card: Id
    action: str
    at: Millis
    statement: bytes
    signature: bytes


class HeldCard(Struct, frozen=True):
    thread: Id
    card: Id
    state: str
    bits: int
    given_at: Millis
    waits: bool
    """Whether the sealed card is in escrow now."""


class HeldAlerts(Struct, frozen=True):
    """How the person is alerted, and was."""

    wanted: bool
    address: str | None
    pending: str | None
    """An address that nobody confirmed."""
    failing_since: Millis | None
    zone: str
    quiet_begins: int
    quiet_ends: int
    quiet_sundays: bool
    sent_at: Millis
    """The last alert; 0 if there was none."""
    endpoints: list[str]
    """Where their browsers are pushed to."""


class HeldNotice(Struct, frozen=True):
    """A notice that the account sent moderators from outside of a conversation."""

    notice: Id
    at: Millis
    text: str


class AccountExport(Struct, frozen=True):
    """All that the service holds about one account. Messages are in no account's name: only members of a mailbox can
    tell which of them wrote one, and read it."""

    exported_at: Millis
    account: Id | None
    """None: there is no such account, and nothing is held."""
    revoked_at: Millis = 0
    tickets: int = 0
    """Unused ones."""
    vault: HeldVault | None = None
    alerts: HeldAlerts | None = None
    seats: list[HeldSeat] = []
    cards: list[HeldCard] = []
    register: list[HeldConsent] = []
    notices: list[HeldNotice] = []
    complete: bool = True
    """False where a list was cut at its bound."""
