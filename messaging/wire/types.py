"""Field types shared by all structs. Bytes are base64 (RFC 4648 section 4) in JSON; times are ms since 1970, UTC."""

from typing import Annotated

from msgspec import Meta, Struct

from messaging.domain import limits
from messaging.domain.vocabulary import MailboxKind, Role

Id = Annotated[bytes, Meta(min_length=16, max_length=16)]
Hash = Annotated[bytes, Meta(min_length=32, max_length=32)]
Ed25519Public = Annotated[bytes, Meta(min_length=32, max_length=32)]
Ed25519Signature = Annotated[bytes, Meta(min_length=64, max_length=64)]
KemPublic = Annotated[bytes, Meta(min_length=1216, max_length=1216)]
WrappedKey = Annotated[bytes, Meta(min_length=1168, max_length=1168)]
Seq = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Ref = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Millis = Annotated[int, Meta(ge=0, le=2**53 - 1)]
MinuteOfDay = Annotated[int, Meta(ge=0, le=1_439)]
MailAddress = Annotated[str, Meta(min_length=3, max_length=254)]
Payload = Annotated[bytes, Meta(min_length=1, max_length=limits.payload_bytes_max)]
RosterBytes = Annotated[bytes, Meta(min_length=1, max_length=limits.roster_record_bytes_max)]
InvitationBytes = Annotated[bytes, Meta(min_length=1, max_length=limits.invitation_bytes_max)]
SealedStatement = Annotated[bytes, Meta(min_length=1, max_length=limits.report_sealed_bytes_max)]
Written = Annotated[str, Meta(min_length=1, max_length=limits.statement_chars_max)]
Party = Annotated[int, Meta(ge=0, le=2)]
Days = Annotated[int, Meta(ge=1, le=limits.measure_days_max)]
SignedRecord = Annotated[bytes, Meta(min_length=1, max_length=8_192)]


class EpochShare(Struct, frozen=True):
    """The key of one epoch, wrapped to a third party (SPEC.md section 7.6)."""

    epoch: Annotated[int, Meta(ge=0, le=2**32 - 1)]
    share: WrappedKey


class Presentation(Struct, frozen=True):
    """What a party shows before reveal, supplied and vouched for by the platform. Never a name, never an id."""

    group: Annotated[str, Meta(max_length=120)]
    """Profession or project group, or the kind of territory: « Médecin généraliste », « Commune »."""
    area: Annotated[str, Meta(max_length=120)]
    """As coarse as its owner chose: « Côtes-d’Armor »."""
    verified: bool = False
    words: Annotated[str, Meta(max_length=limits.presentation_chars_max)] = ""


class SeatView(Struct, frozen=True):
    """One's own seat in a mailbox, or the right to ask for one."""

    mailbox: Id
    kind: MailboxKind
    role: Role
    admin: bool
    """Whether the platform lets this person found the mailbox, or the roster made them an administrator."""
    state: str
    """`claimable` (no seat asked for yet), `pending` (asked, not admitted), `active`."""
    seat: Id | None = None
    founded: bool = False
    """Whether the mailbox has a roster."""
    desk_seq: Seq = 0
