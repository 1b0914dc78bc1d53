"""What the service sends (PROTOCOL.md section 5): one answer for each `ref`, and events that nobody asked for."""

from msgspec import Struct

from messaging.wire.types import EpochShare, Id, Millis, Presentation, Ref, SeatView, Seq, WrappedKey


class Problem(Struct, frozen=True, omit_defaults=True):
    """RFC 9457. `type` is the address of a page of this service that explains the error in French and English."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    retryable: bool = False
    retry_after_ms: int | None = None


class Down(Struct, tag_field="t", kw_only=True, gc=False):
    """Base of all that the service sends."""


class Err(Down, tag="err", omit_defaults=True):
    problem: Problem
    ref: Ref | None = None
    """Absent when the frame was so broken that no ref could be read."""


class Ok(Down, tag="ok"):
    ref: Ref


class Ack(Down, tag="ack"):
    """The message is committed. A retry of the same bytes gets the same ack."""

    ref: Ref
    thread: Id
    seq: Seq
    at: Millis
    proof: bytes
    """The stamp with its path (SPEC.md section 8); of the message's own event."""


class LogEntry(Struct, frozen=True, gc=False):
    """One event of a thread's log, the same bytes for both sides (SPEC.md section 7)."""

    seq: Seq
    at: Millis
    kind: str
    party: int
    payload: bytes
    proof: bytes


class Event(Down, tag="event"):
    """A new event of a thread. A gap in `seq` is pulled, never guessed."""

    thread: Id
    seq: Seq
    at: Millis
    kind: str
    party: int
    payload: bytes
    proof: bytes


class Events(Down, tag="events"):
    """Answer to `pull`."""

    ref: Ref
    thread: Id
    events: list[LogEntry]
    head_seq: Seq


class EpochWraps(Struct, frozen=True):
    epoch: int
    wraps: tuple[WrappedKey, WrappedKey]


class ThirdEntry(Struct, frozen=True):
    """For a third party: how it came in, and its keys so far (SPEC.md section 7.6)."""

    joined: bytes
    """The payload of its joining."""
    seq: Seq
    """Of the last event before those that it reads; 0: it reads all."""
    head: bytes
    """The log's head there."""
    signed_record: bytes
    """The epoch record in force when it joined."""
    shares: list[EpochShare]
    """From the asked epoch on, one page."""


class WrapsList(Down, tag="wraps", omit_defaults=True):
    """Answer to `wraps`; `more` tells that later epochs exist."""

    ref: Ref
    thread: Id
    epochs: list[EpochWraps]
    """Empty for a third party: its keys are in `entry`."""
    prekey_index: int | None
    """For the recipient's side, and a third party: which of its prekeys stands in the thread."""
    more: bool
    entry: ThirdEntry | None = None
    """For a third party only."""


class Receipt(Down, tag="receipt"):
    """A side saw the thread up to `seq`: the peer's (coarse before reveal), or one's own from another seat."""

    thread: Id
    party: int
    seq: Seq
    at: Millis


class RestoreExplained(Down, tag="restored"):
    """Answer to `restore.claim`."""

    ref: Ref
    thread: Id
    seq: Seq
    """Of the `restored` event that explains what is gone; 0 if the log still leads through what was claimed."""


class ThreadState(Struct, frozen=True, omit_defaults=True):
    """One thread as its own side may see it."""

    thread: Id
    mailbox: Id
    """The reader's own mailbox."""
    party: int
    """Which party that mailbox is; 2: a third one that both sides let in."""
    target: Id
    """What the first contact aimed at; for a third party its own target, under whose prekey it was invited."""
    peer: Presentation
    """The other side's; for a third party the initiator's."""
    seq: Seq
    """The head of the log."""
    epoch: int
    opened_at: Millis
    last_at: Millis
    stage: str
    read_seq: Seq
    """Up to where the own side read."""
    peer_read_seq: Seq
    revealed: bool
    recipient: Presentation | None = None
    """For a third party only: what the recipient shows."""


class Welcome(Down, tag="welcome"):
    ref: Ref
    now: Millis
    service: Id
    stream_epoch: int
    account: Id
    seats: list[SeatView]
    threads: list[ThreadState]
    more: bool
    """Further pages through `threads`, from the last listed id on."""


class ThreadsPage(Down, tag="threads"):
    ref: Ref
    now: Millis
    threads: list[ThreadState]
    more: bool


class ThreadOpened(Down, tag="thread"):
    """A thread that this side did not know: someone wrote, or a colleague did."""

    state: ThreadState


class DeskEntry(Struct, frozen=True):
    seq: Seq
    entry: Id
    at: Millis
    blob: bytes


class DeskEvent(Down, tag="desk"):
    mailbox: Id
    entry: DeskEntry


class DeskEntries(Down, tag="desk.entries"):
    """Answer to `desk.pull`."""

    ref: Ref
    mailbox: Id
    entries: list[DeskEntry]
    head_seq: Seq


class DeskAck(Down, tag="desk.ack"):
    ref: Ref
    seq: Seq
    at: Millis


class OwnCard(Struct, frozen=True):
    """One card of the own side, as the register has it."""

    card: Id
    seat: Id
    bits: int
    state: str
    at: Millis
    statement: bytes | None = None
    """Of the reader's own seat only: the consent as that seat signed it, which a withdrawal must name."""
    signature: bytes | None = None


class CardsList(Down, tag="cards"):
    """Answer to `consents`."""

    ref: Ref
    thread: Id
    cards: list[OwnCard]


class CardsChanged(Down, tag="cards.changed"):
    """For the own side's other seats only: ask again with `consents`."""

    thread: Id


class SeatsChanged(Down, tag="seats.changed"):
    """Someone asked for a seat of this mailbox, or was admitted: read the roster again."""

    mailbox: Id


class CasesChanged(Down, tag="cases.changed"):
    """Something changed in a case that this mailbox may see: read its cases again; of moderators, the queue."""

    mailbox: Id


class Closing(Down, tag="closing"):
    """The connection is about to close; `code` is the close code to expect (PROTOCOL.md section 7)."""

    code: int
    reconnect_after_ms: int | None = None


AnyDown = (
    Err
    | Ok
    | Ack
    | Event
    | Events
    | WrapsList
    | Receipt
    | RestoreExplained
    | Welcome
    | ThreadsPage
    | ThreadOpened
    | DeskEvent
    | DeskEntries
    | DeskAck
    | CardsList
    | CardsChanged
    | SeatsChanged
    | CasesChanged
    | Closing
)
