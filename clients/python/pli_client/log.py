"""One thread's log as its reader has it: verified by `messaging.e2ee`, then opened and made into what to show. Pure.

Two kinds of refusals (SPEC.md sections 7.3 and 9.6). What is wrong with the log itself (a gap, time going back, a
stamp that does not verify, a fork, an epoch record against the rules) stops it: nothing after it is read, and
`evidence` keeps what was said on which history. What is wrong with one event (a message of another thread or epoch, an
id used twice, a bad seal or signature, a swapped prekey) is not rendered and the log goes on: nobody ends a
conversation by one bad message.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from messaging.domain.progress import Step
from messaging.domain.vocabulary import ClosingReason, EventKind, MessageKind
from messaging.e2ee import content, message
from messaging.e2ee import third as thirds
from messaging.e2ee.entropy import Entropy
from messaging.e2ee.errors import BadRecord, BadReport, E2EEError, Fork
from messaging.e2ee.freeze import open_frozen
from messaging.e2ee.notice import ASKED, CLOSED, KINDS, LEFT, STEP, Notice, make_notice
from messaging.e2ee.pseudonym import PublicPseudonym
from messaging.e2ee.report import NO_HEAD, Opening, SignedStatement, Statement, StatementKind, sign_statement
from messaging.e2ee.roster import record_words
from messaging.e2ee.suite import SigningKey, sha256
from messaging.e2ee.third import Third
from messaging.e2ee.thread_log import ThreadChain
from messaging.e2ee.vault import Checkpoint
from messaging.e2ee.verified_log import LogEvent, Restoration
from messaging.wire.events import LogEntry, ThirdEntry
from messaging.wire.types import Presentation
from pli_client import cards
from pli_client.epochs import Epochs, Side
from pli_client.errors import Stopped
from pli_client.trust import Trust
from pli_client.views import (
    Asked,
    CardsReleased,
    Closed,
    Froze,
    Item,
    Message,
    NotRendered,
    Reopened,
    Said,
    SideReset,
    StepTaken,
    ThirdInvited,
    ThirdJoined,
    ThirdLeft,
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
            withheld=side.is_third,
        )
        self._readers: dict[str, Callable[[LogEvent], Item]] = {
            **dict.fromkeys(KINDS, self._said),
            EventKind.MESSAGE: self._message,
            EventKind.INVITED: self._invited,
            EventKind.JOINED: self._joined,
            EventKind.RESET: self._side_reset,
            EventKind.FROZEN: self._froze,
        }
        self.untagged: dict[bytes, tuple[bytes, bytes, bytes]] = {}
        """Messages of the own side whose seat tag no seed opened, by their id: header, salt and tag."""
        self._openings: dict[int, Opening] = {}
        """By seq: what would open this message to moderators, and no other."""
        self._awaits_entry = side.is_third
        self._invitations: dict[bytes, tuple[bytes, bytes]] = {}
        """By the name of the stay: the invitation's payload, and R_n of its epoch."""

    @property
    def seq(self) -> int:
        """Of the last event that was read; 0 before the first."""
        return self._chain.seq

    @property
    def is_empty(self) -> bool:
        """Whether no event was read."""
        return self._chain.is_empty

    @property
    def third(self) -> Third | None:
        """The third party that is in; its grant has verified."""
        return self._chain.third

    @property
    def is_exposed(self) -> bool:
        """Whether a third party that left has the key of the epoch in force: nothing is to be sealed under it."""
        return self._chain.is_exposed

    @property
    def awaits_entry(self) -> bool:
        """Whether the reader is a third party that does not know yet how it came in."""
        return self._awaits_entry

    def enter(self, entry: ThirdEntry, prekey_index: int | None) -> NotRendered | None:
        """Begins the log of a third party, as the service tells it; what does not hold stops it."""
        self._awaits_entry = False
        try:
            joining = thirds.parse_joined(entry.joined)
            keys = thirds.parse_invited(joining.invited).keys
            if prekey_index is None:
                raise BadRecord("the service did not tell under which prekey the third party came in")
            self.epochs.enter(sha256(joining.invited), keys, prekey_index)
            self.epochs.add_shares({share.epoch: share.share for share in entry.shares})
            if entry.seq:
                record = self._chain.enter(thirds.Entry(entry.seq, entry.head, entry.signed_record), keys)
                self.epochs.enter_at(record)
        except E2EEError as refusal:
            return self.stop(refusal)
        return None

    @property
    def invitations(self) -> dict[bytes, bytes]:
        """The payloads of the invitations that hold and that nobody accepted, by the name of the stay."""
        if self.third is not None or not len(self.epochs):
            return {}
        in_force = self.epochs[-1].record.hash
        return {stay: payload for stay, (payload, record) in self._invitations.items() if record == in_force}

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
        first = max(self._chain.before, other._chain.before)
        both = range(first + 1, min(self.seq, other.seq) + 1)
        return first + sum(self._chain.head_at(seq) == other._chain.head_at(seq) for seq in both)

    def shows(self, msg_id: bytes) -> bool:
        """Whether a message of the own side with this id stands in it."""
        said = (item for item in self.items if isinstance(item, Message | Said))
        return any(item.own and item.msg_id == msg_id for item in said)

    def first_epoch_without_wraps(self, entries: Iterable[LogEntry]) -> int | None:
        """The first epoch that these entries begin and whose wraps are to be fetched before they are read."""
        n = self.epochs.next_n
        for entry in entries:
            if entry.seq > self.seq and entry.kind == EventKind.EPOCH:
                if not self.epochs.has_wraps(n):
                    return n
                n += 1
        return None

    def lacks_seed(self, entries: Iterable[LogEntry]) -> bool:
        """Whether these entries begin an epoch with a pseudonym of ours whose generation is to be read first."""
        n = self.epochs.next_n
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
        place, key = self._placed(msg_id)
        return make_notice(Notice(kind, *place, reason), key)

    def step(self, msg_id: bytes, step: str) -> bytes:
        """Signs how far things are. Raises as `notice`."""
        place, key = self._placed(msg_id)
        return make_notice(Notice(STEP, *place, reason=None, step=step), key)

    def leaving(self, msg_id: bytes, stay: bytes) -> bytes:
        """Signs that a third party leaves. Raises as `notice`."""
        place, key = self._placed(msg_id)
        return make_notice(Notice(LEFT, *place, reason=None, third=stay), key)

    def invitation(
        self, msg_id: bytes, target: bytes, keys: PublicPseudonym, shown: thirds.Shown, *, history: bool
    ) -> bytes:
        """Signs an invitation. Raises as `notice`."""
        place, key = self._placed(msg_id)
        return thirds.make_invited(thirds.Invitation(*place, target, keys, history=history, shown=shown), key)

    def acceptance(self, msg_id: bytes, invited: bytes) -> tuple[bytes, Third]:
        """Signs the acceptance of an invitation. Raises as `notice`, and as `thirds.open_joined`."""
        place, key = self._placed(msg_id)
        payload = thirds.make_joined(thirds.Joining(*place, invited), key)
        return payload, thirds.open_joined(payload, self.epochs[-1].record, self.side.party)[1]

    def _placed(self, msg_id: bytes) -> tuple[tuple[bytes, bytes, int, bytes, int, bytes], SigningKey]:
        """Where what is said now stands (the epoch and the head of this moment), and the key that signs it."""
        self.check_followed()
        current = self.epochs[-1]
        record = current.record
        return (record.thread, record.hash, self.side.party, msg_id, self.seq, self.head), current.own.sign

    def statement(
        self, kind: StatementKind, subject: bytes, category: str, text: str, seqs: Collection[int], around: int
    ) -> SignedStatement:
        """Signs what moderators are shown: these messages, and, closed, up to `around` events on either side of them.

        Raises: Stopped; BadReport, for what is no message that was shown here, and for more than one statement holds.
        """
        self.check_followed()
        if any(seq not in self._openings for seq in seqs):
            raise BadReport("only messages that are shown here can be shown to moderators")
        first = max(self._chain.before + 1, min(seqs) - around) if seqs else 0
        last = min(self.seq, max(seqs) + around) if seqs else 0
        said = Statement(
            *(kind, subject, self.side.thread, self.side.party),
            epoch=self._chain.place_at((last or self.seq) + 1, self.side.party).epoch,
            category=category,
            text=text,
            first=first,
            last=last,
            head=self._chain.head_at(last) if last else NO_HEAD,
            openings=tuple(self._openings[seq] for seq in sorted(seqs)),
        )
        return sign_statement(said, self.epochs[said.epoch].own.sign)

    def epoch_of(self, record_hash: bytes) -> int:
        """The number of the epoch with this record. Raises: BadRecord, when the log has none."""
        for record in reversed(self._chain.records):
            if record.hash == record_hash:
                return record.n
        raise BadRecord("the log has no such record")

    def joined_at(self, stay: bytes) -> int:
        """The seq at which a third party joined; 0 where none of that name did."""
        joined = (item for item in self.items if isinstance(item, ThirdJoined) and item.third == stay)
        return next((item.seq for item in joined), 0)

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
            if event.kind == EventKind.RELEASED:
                return self._released(event)
            reader = self._readers.get(event.kind)
            return [] if reader is None else [reader(event)]
        except Fork:
            raise
        except E2EEError as refusal:
            return [NotRendered(self.side.thread, event.seq, refusal)]
        except Exception as fault:
            # A fault of this package, which whoever wrote the event may have looked for: it must not end the client.
            return [NotRendered(self.side.thread, event.seq, unreadable(fault))]

    def _message(self, event: LogEvent) -> Message:
        place = self._chain.check_message(event)
        epoch = self.epochs[place.epoch]
        author = self._chain.author_at(event.seq, event.party)
        opened = message.open_message(event.payload, epoch.opened_secret(), author, place)
        self._chain.check_seen(event.seq, opened.seen_seq, opened.seen_head)
        self._chain.take_message(event)
        parts = message.parse_payload(event.payload)
        self._openings[event.seq] = Opening(event.seq, opened.k_enc, opened.k_f)
        own = event.party == self.side.party
        tag = (parts.header_bytes, parts.salt, opened.tag)
        tagged = self.side.keys.read_tag(*tag) if own else None
        if own and tagged is None:
            self.untagged[parts.msg_id] = tag
        return Message(
            thread=self.side.thread,
            seq=event.seq,
            at=event.time,
            party=event.party,
            own=own,
            msg_id=parts.msg_id,
            kind=parts.kind,
            content=content.decode_content(opened.content),
            author=tagged,
        )

    def _said(self, event: LogEvent) -> Said:
        notice = self._chain.check_notice(event)
        self._chain.check_seen(event.seq, notice.seen_seq, notice.seen_head)
        self._chain.take_notice(event.seq, notice)
        where = self._where(event, notice.id)
        if notice.third is not None:
            return ThirdLeft(*where, notice.third)
        if notice.kind == CLOSED:
            return Closed(*where, ClosingReason(notice.reason) if notice.reason in set(ClosingReason) else None)
        if notice.kind == STEP:
            return StepTaken(*where, Step(notice.step) if notice.step in set(Step) else None)
        return Asked(*where) if notice.kind == ASKED else Reopened(*where)

    def _where(self, event: LogEvent, said: bytes) -> tuple[bytes, int, int, int, bool, bytes]:
        """What every view of something said openly begins with."""
        return self.side.thread, event.seq, event.time, event.party, event.party == self.side.party, said

    def _invited(self, event: LogEvent) -> ThirdInvited:
        invitation = self._chain.check_invited(event)
        self._chain.take_id(event.seq, event.party, invitation.id)
        stay = sha256(event.payload)
        self._invitations[stay] = (event.payload, invitation.record_hash)
        shown = Presentation(*invitation.shown)
        return ThirdInvited(*self._where(event, invitation.id), stay, shown, invitation.history)

    def _joined(self, event: LogEvent) -> ThirdJoined:
        joining, joined = self._chain.check_joined(event)
        self._chain.take_id(event.seq, event.party, joining.id)
        return ThirdJoined(
            *self._where(event, joining.id),
            joined.id,
            Presentation(*joined.invitation.shown),
            joined.invitation.history,
            is_self=self.side.is_third and self.epochs.is_stay(joined.id),
            words=record_words(joined.words_hash),
        )

    def _side_reset(self, event: LogEvent) -> SideReset:
        party = self._chain.check_reset(event)
        return SideReset(self.side.thread, event.seq, event.time, party, party == self.side.party)

    def _froze(self, event: LogEvent) -> Froze:
        return Froze(self.side.thread, event.seq, event.time, open_frozen(event.payload, event.party))

    def _released(self, event: LogEvent) -> list[Item]:
        if self.side.is_third:
            self._chain.check_withheld(event)
            return [CardsReleased(self.side.thread, event.seq, event.time, ())]
        released = self._chain.check_release(event)
        opened, refusals = cards.open_release(released, event, self.epochs, self._chain, self._trust, self.withdrawn)
        shown: list[Item] = [NotRendered(self.side.thread, event.seq, refusal) for refusal in refusals]
        if opened:
            shown.append(CardsReleased(self.side.thread, event.seq, event.time, opened))
        return shown
