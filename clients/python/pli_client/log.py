"""One thread's log as its reader has it: verified by `messaging.e2ee`, then opened and made into what to show. Pure.

Two kinds of refusals (SPEC.md sections 7.3 and 9.6). What is wrong with the log itself (a gap, time going back, a
stamp that does not verify, a fork, an epoch record against the rules) stops it: nothing after it is read, and
`evidence` keeps what was said on which history. What is wrong with one event (a message of another thread or epoch, an
id used twice, a bad seal or signature, a swapped prekey) is not rendered and the log goes on: nobody ends a
conversation by one bad message.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from messaging.domain.vocabulary import ClosingReason, EventKind, MessageKind
from messaging.e2ee import content, message
from messaging.e2ee.entropy import Entropy
from messaging.e2ee.errors import E2EEError, Fork
from messaging.e2ee.notice import ASKED, CLOSED, KINDS, Notice, make_notice
from messaging.e2ee.thread_log import LogEvent, Restoration, ThreadChain
from messaging.e2ee.vault import Checkpoint
from messaging.wire.events import LogEntry
from pli_client import cards
from pli_client.epochs import Epochs, Side
from pli_client.errors import Stopped
from pli_client.trust import Trust
from pli_client.views import (
    Asked,
    CardsReleased,
    Closed,
    Item,
    Message,
    NotRendered,
    Reopened,
    Said,
    SideReset,
    unreadable,
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a stopped log leaves: the broken rule at `seq`, the event that broke it unless one was withheld, and the
    last event that verified: its stamp commits the service to the whole history that this reader saw.
    """

    reason: E2EEError
    seq: int
    entry: LogEntry | None
    own_seq: int
    own_head: bytes
    own_proof: bytes


class ThreadLog:
    """The verified log of one thread, from its first event on; it must lead through `checkpoint`, if there is one."""

    def __init__(
        self,
        side: Side,
        trust: Trust,
        checkpoint: Checkpoint | None = None,
        restores_seen: Collection[bytes] = (),
    ) -> None:
        self.side = side
        self.checkpoint = checkpoint
        self.epochs = Epochs(side)
        self.items: list[Item] = []
        self.evidence: Evidence | None = None
        self.withdrawn: set[bytes] = set()
        """Own cards that the service said it destroyed before any release: one that appears all the same is refused."""
        self._trust = trust
        self._proof = b""
        self._chain = ThreadChain(
            service=trust.service_id,
            thread=side.thread,
            stamp_public=trust.stamp_key,
            checkpoint=checkpoint,
            platform=trust.platform,
            restores_seen=restores_seen,
        )

    @property
    def seq(self) -> int:
        """Of the last event that was read; 0 before the first."""
        return self._chain.seq

    @property
    def head(self) -> bytes:
        return self._chain.head

    @property
    def begins_anew(self) -> bool:
        """Whether the platform attested that the own side begins anew, and it has not done so yet."""
        return self._chain.reset == self.side.party and self.epochs[-1].kept is None

    @property
    def reset_at(self) -> int:
        """When the platform last vouched for the own side, ms; 0 if it never did."""
        return max((item.at for item in self.items if isinstance(item, SideReset) and item.own), default=0)

    @property
    def awaits_reset(self) -> bool:
        """Whether nobody here has the keys of the own side, as it is from before a reset, and the platform has not
        attested in this log yet that it begins anew.
        """
        return len(self.epochs) > 0 and self.epochs[-1].kept is None and self._chain.reset != self.side.party

    @property
    def peer_begins_anew(self) -> bool:
        """Whether the peer's side begins anew and has no keys yet: nobody there could open what is sealed now."""
        return self._chain.reset is not None and self._chain.reset != self.side.party

    @property
    def proof(self) -> bytes:
        """The service's stamp of `head`; empty before the first event."""
        return self._proof

    @property
    def explanation(self) -> Restoration | None:
        """The event that explains why this log does not lead through its checkpoint; None while none does."""
        return self._chain.explanation

    @property
    def restores(self) -> tuple[bytes, ...]:
        """The heads after each `restored` event."""
        return tuple(each.head for each in self._chain.restorations)

    def common_with(self, other: "ThreadLog") -> int:
        """The seq of the last event that both logs have."""
        return sum(
            self._chain.head_at(seq) == other._chain.head_at(seq) for seq in range(1, min(self.seq, other.seq) + 1)
        )

    def shows(self, msg_id: bytes) -> bool:
        """Whether a message of the own side with this id stands in it."""
        said = (item for item in self.items if isinstance(item, Message | Asked | Closed | Reopened))
        return any(item.own and item.msg_id == msg_id for item in said)

    def first_epoch_without_wraps(self, entries: Iterable[LogEntry]) -> int | None:
        """The first epoch that these entries begin and whose wraps are to be fetched before they are read."""
        n = len(self.epochs)
        for entry in entries:
            if entry.seq > self.seq and entry.kind == EventKind.EPOCH:
                if not self.epochs.has_wraps(n):
                    return n
                n += 1
        return None

    def lacks_seed(self, entries: Iterable[LogEntry]) -> bool:
        """Whether these entries begin an epoch with a pseudonym of ours whose generation is to be read first."""
        n = len(self.epochs)
        for entry in entries:
            if entry.seq > self.seq and entry.kind == EventKind.EPOCH:
                if (entry.party == self.side.party or n == 0) and self.epochs.lacks_seed(n, entry.payload):
                    return True
                n += 1
        return False

    def append(self, entries: Sequence[LogEntry]) -> list[Item]:
        """Verifies and reads a run of events in order; those read before are compared and left out.

        Returns what there is to show. Raises: Stopped, if the log was stopped before.
        """
        self.check_followed()
        known = self.seq
        events = [LogEvent(e.seq, e.at, e.kind, e.party, e.payload, e.proof) for e in entries]
        try:
            self._chain.verify_range(events)
        except E2EEError as refusal:
            return self._narrow_down(entries, refusal)
        added: list[Item] = []
        if self.seq > known:
            # The only stamp of a range that is verified is its last one, and it is that of this log's head.
            self._proof = entries[-1].proof
        for entry, event in zip(entries, events, strict=True):
            if entry.seq <= known:
                continue
            try:
                shown = self._read(event)
            except E2EEError as refusal:
                added.append(self.stop(refusal, entry))
                break
            self.items.extend(shown)
            added.extend(shown)
        return added

    def check_end(self, seq: int) -> NotRendered | None:
        """The service says that its log has `seq` events: stops ours if we saw more."""
        try:
            self._chain.check_end(seq)
        except E2EEError as rollback:
            return self.stop(rollback)
        return None

    def check_followed(self) -> None:
        """Raises: Stopped, when this log is not followed any more."""
        if self.evidence is not None:
            raise Stopped(self.evidence.reason)

    def stop(self, reason: E2EEError, entry: LogEntry | None = None) -> NotRendered:
        """Follows the log no further and keeps the evidence."""
        seq = self.seq + 1 if entry is None else entry.seq
        self.evidence = Evidence(reason, seq, entry, self.seq, self.head, self._proof)
        refusal = NotRendered(self.side.thread, seq, reason, stopped=True)
        self.items.append(refusal)
        return refusal

    def seal(self, kind: MessageKind, msg_id: bytes, plain: bytes, entropy: Entropy) -> bytes:
        """Seals a content of the own side on the epoch and the head of this moment; returns the payload.

        Raises: Stopped; BadRecord, when the key of the epoch in force is not at hand.
        """
        self.check_followed()
        current = self.epochs[-1]
        header = self.header(kind, msg_id)
        return message.seal_message(
            header,
            plain,
            epoch_secret=current.opened_secret(),
            signing=current.own.sign,
            seen_seq=self.seq,
            seen_head=self.head,
            tag=self.side.keys.tag,
            entropy=entropy,
        )

    def notice(self, kind: str, msg_id: bytes, reason: str | None) -> bytes:
        """Signs a notice of the own side on the epoch and the head of this moment; returns the payload.

        `reason`: what a closing tells the peer. Raises: Stopped, BadRecord before the first epoch.
        """
        self.check_followed()
        current = self.epochs[-1]
        record = current.record
        said = Notice(kind, record.thread, record.hash, self.side.party, msg_id, self.seq, self.head, reason)
        return make_notice(said, current.own.sign)

    def header(self, kind: MessageKind, msg_id: bytes) -> bytes:
        """The header of a message of the own side in the epoch in force. Raises: BadRecord before the first."""
        record = self.epochs[-1].record
        return message.header(kind, record.thread, record.n, record.hash, self.side.party, msg_id)

    def _narrow_down(self, entries: Sequence[LogEntry], refusal: E2EEError) -> list[Item]:
        """A range was refused whole: take its events one at a time, each by its own stamp, up to the bad one."""
        if len(entries) == 1:
            return [self.stop(refusal, entries[0])]
        added: list[Item] = []
        for entry in entries:
            added.extend(self.append([entry]))
            if self.evidence is not None:
                return added
        return added

    def _read(self, event: LogEvent) -> list[Item]:
        """What a verified event shows. Raises what stops the log; events of an unknown kind show nothing."""
        if event.kind == EventKind.EPOCH:
            self.epochs.begin(self._chain.records[len(self.epochs)], event)
            return []
        self.epochs.count(event)
        try:
            if event.kind == EventKind.MESSAGE:
                return [self._message(event)]
            if event.kind == EventKind.RELEASED:
                return self._released(event)
            if event.kind in KINDS:
                return [self._said(event)]
            if event.kind == EventKind.RESET:
                return [self._side_reset(event)]
        except Fork:
            raise
        except E2EEError as refusal:
            return [NotRendered(self.side.thread, event.seq, refusal)]
        except Exception as fault:
            # A fault of this package, which whoever wrote the event may have looked for: it must not end the client.
            return [NotRendered(self.side.thread, event.seq, unreadable(fault))]
        return []

    def _message(self, event: LogEvent) -> Message:
        place = self._chain.check_message(event)
        epoch = self.epochs[place.epoch]
        author = epoch.record.parties[event.party].sign
        opened = message.open_message(event.payload, epoch.opened_secret(), author, place)
        self._chain.check_seen(event.seq, opened.seen_seq, opened.seen_head)
        self._chain.take_message(event)
        parts = message.parse_payload(event.payload)
        own = event.party == self.side.party
        return Message(
            thread=self.side.thread,
            seq=event.seq,
            at=event.time,
            party=event.party,
            own=own,
            msg_id=parts.msg_id,
            kind=parts.kind,
            content=content.decode_content(opened.content),
            author=self.side.keys.read_tag(parts.header_bytes, parts.salt, opened.tag) if own else None,
        )

    def _said(self, event: LogEvent) -> Said:
        notice = self._chain.check_notice(event)
        self._chain.check_seen(event.seq, notice.seen_seq, notice.seen_head)
        self._chain.take_notice(event.seq, notice)
        where = (self.side.thread, event.seq, event.time, event.party, event.party == self.side.party, notice.id)
        if notice.kind == CLOSED:
            return Closed(*where, ClosingReason(notice.reason) if notice.reason in set(ClosingReason) else None)
        return Asked(*where) if notice.kind == ASKED else Reopened(*where)

    def _side_reset(self, event: LogEvent) -> SideReset:
        party = self._chain.check_reset(event)
        return SideReset(self.side.thread, event.seq, event.time, party, party == self.side.party)

    def _released(self, event: LogEvent) -> list[Item]:
        released = self._chain.check_release(event)
        opened, refusals = cards.open_release(released, event, self.epochs, self._chain, self._trust, self.withdrawn)
        shown: list[Item] = [NotRendered(self.side.thread, event.seq, refusal) for refusal in refusals]
        if opened:
            shown.append(CardsReleased(self.side.thread, event.seq, event.time, opened))
        return shown
