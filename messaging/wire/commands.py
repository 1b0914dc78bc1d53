"""What a client sends (PROTOCOL.md section 4). Every command carries `ref`; its one answer carries the same."""

from typing import Annotated

from msgspec import Meta, Struct

from messaging.domain import limits
from messaging.domain.vocabulary import ClosingReason
from messaging.wire.types import (
    Ed25519Signature,
    EpochShare,
    Id,
    InvitationBytes,
    Millis,
    Payload,
    Ref,
    Seq,
    SignedRecord,
    WrappedKey,
)


class Command(Struct, tag_field="t", kw_only=True, gc=False):
    """Base of all commands: `{"t": tag, "ref": ref, ...}`."""

    ref: Ref


class Hello(Command, tag="hello"):
    """First frame of a connection, within `limits.hello_s`."""

    ticket: Annotated[str, Meta(max_length=128)]
    device: Id
    """Random, drawn once per device; groups a person's reconnects, shown to nobody."""
    since: Millis | None = None
    """`now` of the last welcome that this device finished processing; absent: everything."""
    stream_epoch: Annotated[int, Meta(ge=0)] | None = None


class Refresh(Command, tag="refresh"):
    """Replaces the token of a live connection by a fresh ticket of the same account."""

    ticket: Annotated[str, Meta(max_length=128)]


class Open(Command, tag="open"):
    """Opens a thread: epoch record 0, both wraps and the first message in one command."""

    mailbox: Id
    """The initiator's own mailbox."""
    claim: Id
    thread: Id
    signed_record: SignedRecord
    wraps: tuple[WrappedKey, WrappedKey]
    own: Ed25519Signature
    payload: Payload


class Send(Command, tag="send"):
    """Appends a message; thread, party, epoch and message id are inside the payload (SPEC.md section 6)."""

    payload: Payload
    again: bool = False
    """Whether it may have been taken before: sent on a connection that ended, or by an earlier run of the client."""


class Notice(Command, tag="notice"):
    """Asks to show identities, closes, reopens, or says how far things are; kind, thread, party and id are inside the
    payload (SPEC.md 7.5)."""

    payload: Annotated[bytes, Meta(min_length=1, max_length=limits.notice_bytes_max)]
    reason: ClosingReason | None = None
    """Of a closing, for the figures; told to the peer only where the payload holds it too."""


class Rate(Command, tag="rate"):
    """How satisfied one's side is with a relation, and whether it would recommend the service. No peer hears of it."""

    thread: Id
    satisfied: Annotated[int, Meta(ge=1, le=5)]
    recommends: Annotated[int, Meta(ge=1, le=5)]


class Rotate(Command, tag="rotate"):
    """Renews a thread's keys: the next epoch record, its wraps, and the vouching for one's new pseudonym."""

    thread: Id
    signed_record: SignedRecord
    wraps: tuple[WrappedKey, WrappedKey]
    own: Ed25519Signature
    share: WrappedKey | None = None
    """The epoch's key for the third party, while one is in."""


class Invite(Command, tag="invite"):
    """Proposes a third party; thread, party, id, target and keys are inside the payload (SPEC.md section 7.6)."""

    claim: Id
    payload: InvitationBytes


class Accept(Command, tag="accept"):
    """Accepts the other side's invitation, and renews the thread's keys: from here on the third party reads."""

    payload: InvitationBytes
    signed_record: SignedRecord
    wraps: tuple[WrappedKey, WrappedKey]
    own: Ed25519Signature
    share: WrappedKey
    """The new epoch's key for the third party."""


class Share(Command, tag="share"):
    """Gives the third party keys of earlier epochs, where both sides chose that it reads what was written before."""

    thread: Id
    shares: Annotated[list[EpochShare], Meta(min_length=1, max_length=limits.shares_per_command_max)]


class Pull(Command, tag="pull"):
    """Reads the thread log: events with seq > after, at most `limit`, in order."""

    thread: Id
    after: Seq
    limit: Annotated[int, Meta(ge=1, le=limits.pull_events_max)] = limits.pull_events_max


class Wraps(Command, tag="wraps"):
    """Reads the wrapped epoch secrets of a thread, from epoch `first` on."""

    thread: Id
    first: Annotated[int, Meta(ge=0, le=2**32 - 1)] = 0


class Threads(Command, tag="threads"):
    """Lists one's threads in pages, in order of thread id; `after` is the last id of the page before."""

    since: Millis | None = None
    after: Id | None = None


class Read(Command, tag="read"):
    """A person saw the thread up to `seq`. Kept for one's own side; shown to the peer only if `share`."""

    thread: Id
    seq: Seq
    share: bool = True


class RestoreClaim(Command, tag="restore.claim"):
    """Shows a service that was restored from a backup how far a thread had come, by its own stamp."""

    thread: Id
    seq: Seq
    head: Annotated[bytes, Meta(min_length=32, max_length=32)]
    proof: Annotated[bytes, Meta(max_length=limits.proof_bytes_max)]
    """The stamp of the event at `seq`."""
    stream_epoch: Annotated[int, Meta(ge=0)]
    """Under which that event was seen."""


class DeskPut(Command, tag="desk.put"):
    """Appends an entry, sealed to the mailbox's seats, to the mailbox's private log."""

    mailbox: Id
    entry: Id
    blob: Annotated[bytes, Meta(min_length=1, max_length=limits.desk_entry_bytes_max)]


class DeskPull(Command, tag="desk.pull"):
    mailbox: Id
    after: Seq
    limit: Annotated[int, Meta(ge=1, le=limits.pull_events_max)] = limits.pull_events_max


class ConsentGive(Command, tag="consent.give"):
    """One person's consent to show one card, with the card itself in escrow (SPEC.md section 9)."""

    thread: Id
    statement: Annotated[bytes, Meta(max_length=1_024)]
    signature: Ed25519Signature
    payload: Annotated[bytes, Meta(max_length=limits.card_payload_bytes_max)]
    s_server: Annotated[bytes, Meta(min_length=32, max_length=32)]


class ConsentWithdraw(Command, tag="consent.withdraw"):
    thread: Id
    card: Id
    statement: Annotated[bytes, Meta(max_length=1_024)]
    signature: Ed25519Signature


class Consents(Command, tag="consents"):
    """Lists the cards of one's own side in a thread. The peer's side is never listed."""

    thread: Id


AnyCommand = (
    Hello
    | Refresh
    | Open
    | Send
    | Notice
    | Rate
    | Rotate
    | Invite
    | Accept
    | Share
    | Pull
    | Wraps
    | Threads
    | Read
    | RestoreClaim
    | DeskPut
    | DeskPull
    | ConsentGive
    | ConsentWithdraw
    | Consents
)
