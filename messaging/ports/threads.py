"""Threads with their parties, third parties, log and desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from msgspec import Struct

from messaging.domain.authorization import Grant, Parties
from messaging.domain.ids import (
    EntryId,
    MailboxId,
    MessageId,
    TargetId,
    ThreadId,
)
from messaging.domain.progress import Progress
from messaging.domain.receipt import ReadPosition
from messaging.domain.relation import Safety, Stage
from messaging.domain.third import ThirdState
from messaging.wire.types import Presentation


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
    barred: tuple[int, int, int] = (0, 0, 0)
    """Until when (ms) moderation suspended the mailbox of each party, the third one's last."""

    @property
    def parties(self) -> Parties:
        return Parties(self.thread, self.mailboxes, self.third)

    @property
    def audience(self) -> tuple[MailboxId, ...]:
        """Who hears of what happens in it."""
        return self.parties.audience

    def audience_again(self, record_hash: bytes) -> tuple[MailboxId, ...]:
        """Who hears once more of what was written under this record, when it is sent again. A third party only if it is
        the one in force: a joining renews the keys, so that what stands under an older one may be before its entry.
        """
        return self.audience if record_hash == self.record_hash else self.mailboxes


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


class HistoryRow(Struct, frozen=True, gc=False):
    """All events of one relation, as they are kept for the figures (`messaging.reporting.records.History`)."""

    subject: bytes
    opened_at: int
    opening: bytes
    """Data of `solicited`, JSON."""
    events: bytes
    """Packed, 16 bytes each."""
    corrections: Sequence[tuple[int, int, bytes, int]]
    """(n, the n that it corrects, other data as JSON, when, ms)"""


@dataclass(frozen=True, slots=True)
class DeskRow:
    seq: int
    entry: EntryId
    at: int
    blob: bytes


class Threads(Protocol):
    async def parties(self, thread: ThreadId) -> Parties | None:
        """For `authorize`. The two sides never change; the third party may."""

    async def lock(self, threads: Sequence[ThreadId]) -> Mapping[ThreadId, ThreadRow]:
        """The rows that exist, locked in order of id until the transaction ends (hot path: one statement)."""

    async def get(self, threads: Sequence[ThreadId]) -> Mapping[ThreadId, ThreadRow]: ...

    async def heads(self, mailboxes: Sequence[MailboxId], since: int) -> Sequence[tuple[Parties, int]]:
        """Of the threads of these mailboxes whose log grew at or after `since` (ms): who is in, and the head's seq."""

    async def create(self, grant: Grant, row: ThreadRow, parties: tuple[PartyRow, PartyRow]) -> None:
        """Raises: Conflict if the thread id exists."""

    async def update(self, rows: Sequence[ThreadRow]) -> None:
        """Writes the mutable columns of rows locked before (hot path: one statement)."""

    async def lock_all(self, grant: Grant) -> Sequence[ThreadId]:
        """The threads of grant.mailbox, locked in order of id until the transaction ends."""

    async def of_subject(self, subject: bytes) -> ThreadId | None:
        """The thread of a relation, not locked; None: it was deleted in its time. It may read every thread."""

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


class Progresses(Protocol):
    """Of relations whose thread row is locked before."""

    async def get(self, grant: Grant) -> Progress:
        """How far the relation of grant.thread came."""

    async def put(self, grant: Grant, now: Progress) -> None: ...

    async def rating(self, grant: Grant) -> tuple[int, int] | None:
        """What grant.party answered to the two questions on satisfaction, if it did."""

    async def rate(self, grant: Grant, satisfied: int, recommends: int) -> None: ...


class Thirds(Protocol):
    async def invite(self, grant: Grant, row: ThirdRow) -> None:
        """A new stay in grant.thread. Raises: Conflict if it is known."""

    async def get(self, grant: Grant, third: bytes) -> ThirdRow | None:
        """Of grant.thread, whose row is locked before."""

    async def enter(self, grant: Grant, row: ThirdRow, side: PartyRow, barred: int) -> None:
        """It joined: its state, its side (party 2), that it is the one who is in, and until when it writes nothing."""

    async def leave(self, grant: Grant, third: bytes) -> None:
        """It left: its state, and neither its side nor its shares stay."""

    async def present(self, grant: Grant) -> ThirdRow | None:
        """The one who is in, in grant.thread."""

    async def stay_at(self, grant: Grant, seq: int) -> tuple[ThirdRow, int | None] | None:
        """Of grant.thread, the newest stay that had begun with the event `seq`, and the seq of the event that ended it:
        None while it lasts."""

    async def all_present(self, threads: Sequence[ThreadId]) -> Mapping[ThreadId, ThirdRow]:
        """Those who are in, by thread."""

    async def put_shares(self, grant: Grant, third: bytes, shares: Sequence[tuple[int, bytes]]) -> None:
        """Keys of epochs (n, share) for it; those that are there already stay."""

    async def shares(self, grant: Grant, third: bytes, first: int, limit: int) -> list[tuple[int, bytes]]:
        """From epoch `first` on, in order."""


class Events(Protocol):
    async def notice(self, thread: ThreadId, party: int, message: MessageId) -> EventRow | None:
        """The event of this id, if it is stored and is no message."""

    async def opening(self, thread: ThreadId) -> EventRow | None:
        """The message that opened the thread."""

    async def epoch(self, grant: Grant, epoch: int) -> EventRow | None:
        """The event of grant.thread that began an epoch; None if the log did not begin it."""

    async def epoch_at(self, grant: Grant, seq: int) -> EventRow | None:
        """The event of grant.thread that began the epoch in force after the event `seq`, which may be that one."""

    async def last_reset(self, grant: Grant, after: int) -> EventRow | None:
        """The newest event `reset` of grant.thread with seq > after. Reads all that stands there: for what is rare."""

    async def append(self, rows: Sequence[EventRow]) -> None:
        """Hot path: one statement. The unique keys (thread, seq) and, of notices,
        (thread, party, msg_id) are the last defence."""

    async def range(self, grant: Grant, after: int, limit: int, bytes_max: int) -> list[EventRow]:
        """Of grant.thread, seq > after, in order; at least one if there is one, then at most limit and bytes_max of
        payload."""

    async def at(self, places: Sequence[tuple[ThreadId, int]]) -> list[EventRow]:
        """What stands at these places (thread, seq), each thread's in order: for whoever tells of it what was told
        already, or should have been."""

    async def of_kind(self, grant: Grant, kind: str) -> list[EventRow]:
        """All of one kind in grant.thread, in order: for kinds of which a log has few."""

    async def renewals(self, grant: Grant, after: int, before: int, limit: int) -> list[EventRow]:
        """Of grant.thread, after < seq < before, in order, what says whose keys are in force: events of kind `epoch`,
        `reset`, `joined` and `left`. Reads nothing of the messages between them."""

    async def last_until(self, grant: Grant, at: int) -> int:
        """The seq of the last event of grant.thread that was stored by then (ms); 0 without any."""


class Desks(Protocol):
    async def append(self, grant: Grant, entry: EntryId, blob: bytes, now: int) -> tuple[DeskRow, bool]:
        """To the log of grant.mailbox, next seq without a gap. Same entry id and same bytes: the stored row and False.

        Raises: Conflict, same id with other bytes."""

    async def range(self, grant: Grant, after: int, limit: int, bytes_max: int) -> tuple[list[DeskRow], int]:
        """(entries with seq > after, head seq)."""

    async def clear(self, grant: Grant) -> None:
        """Deletes the log of grant.mailbox; the next entry is its first one again."""
