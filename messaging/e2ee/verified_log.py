"""The log of one thread as far as it was verified: what is wrong with the log itself stops it (SPEC.md section 7.3).

What its events show is for `thread_log`. A third party's log may begin at its joining (`enter`), and has the digests of
releases in place of what they show.
"""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from messaging.e2ee.chain import digest, head0, next_head
from messaging.e2ee.epoch import INITIATOR, EpochRecord, parse_signed, verify_first, verify_rotation
from messaging.e2ee.errors import (
    BadAttestation,
    BadChain,
    BadEncoding,
    BadInvitation,
    BadRecord,
    E2EEError,
    Fork,
    FutureSeen,
    Gap,
    Repeated,
    Rollback,
    TimeWentBack,
    WrongHeader,
)
from messaging.e2ee.message import Place
from messaging.e2ee.notice import LEFT, Notice, open_notice
from messaging.e2ee.pseudonym import PublicPseudonym
from messaging.e2ee.reset import KIND as RESET
from messaging.e2ee.reset import verify_reset
from messaging.e2ee.restored import RESTORED, Restored, parse_restored
from messaging.e2ee.stamp import verify_proof
from messaging.e2ee.stays import Stays
from messaging.e2ee.third import (
    JOINED,
    THIRD,
    Entry,
    Joining,
    Third,
    open_joined,
    withheld_digest,
)
from messaging.e2ee.vault import Checkpoint

EPOCH: Final = "epoch"
RELEASED: Final = "released"
SERVICE: Final = 255


class LogEvent(NamedTuple):
    """One event as the server gave it."""

    seq: int
    time: int
    """ms since 1970, UTC, by the server's clock."""
    kind: str
    party: int
    payload: bytes
    proof: bytes


class PlatformKey(NamedTuple):
    """The platform's pinned Ed25519 key, and the audience that its tokens for clients have."""

    public: bytes
    audience: str


class Restoration(NamedTuple):
    """A `restored` event in its place in a log."""

    seq: int
    head: bytes
    """After the event: tells it from every other one."""
    said: Restored


class VerifiedLog:
    """A verified log of one thread, from its first event on.

    `initiator` or `recipient` is the reader's own pseudonym in record 0, on the side where it stands; `checkpoint` is
    how far the reader's vault says that the log was already seen. What lacks it must explain it by a `restored` event,
    none of those whose heads are in `restores_seen`: the history of the checkpoint held them (section 7.4). Without
    `platform` no reset is accepted. `withheld`: the reader is a third party, to whom no release is shown.
    """

    def __init__(
        self,
        *,
        service: bytes,
        thread: bytes,
        stamp_public: bytes,
        initiator: PublicPseudonym | None = None,
        recipient: PublicPseudonym | None = None,
        checkpoint: Checkpoint | None = None,
        platform: PlatformKey | None = None,
        restores_seen: Collection[bytes] = (),
        withheld: bool = False,
    ) -> None:
        self.thread: Final = thread
        self.checkpoint: Final = checkpoint
        self._restores_seen: Final = frozenset(restores_seen)
        self._restorations: Final[list[Restoration]] = []
        self._stamp_public: Final = stamp_public
        self._own: Final = (initiator, recipient)
        self._platform: Final = platform
        self._withheld: Final = withheld
        self._heads: Final = [head0(service, thread)]
        self._before = 0
        """The seq of the first of these heads: 0, or that before a third party's entry."""
        self._entered: PublicPseudonym | None = None
        """Under which pseudonym a third party must join, should its log begin so."""
        self._stays: Final = Stays()
        self._records: Final[list[EpochRecord]] = []
        self._record_seqs: Final[list[int]] = []
        self._time = 0
        self._reset: int | None = None

    @property
    def third(self) -> Third | None:
        """The third party that is in, after the last event."""
        return self._stays.at(self.seq + 1)

    @property
    def is_exposed(self) -> bool:
        """Whether a third party that left holds the key of the epoch in force."""
        return bool(self._record_seqs) and self._stays.last_left > self._record_seqs[-1]

    @property
    def reset(self) -> int | None:
        """The party whose reset is in force: its next record may lack the old signature. None: nobody's."""
        return self._reset

    @property
    def before(self) -> int:
        """The seq after which the log begins: 0, or later for a third party."""
        return self._before

    @property
    def is_empty(self) -> bool:
        """Whether no event was read."""
        return len(self._heads) == 1

    @property
    def seq(self) -> int:
        """The seq of the last event, 0 for an empty log."""
        return self._before + len(self._heads) - 1

    @property
    def head(self) -> bytes:
        return self._heads[-1]

    @property
    def records(self) -> Sequence[EpochRecord]:
        """The epoch records so far; `records[n]` is epoch n's, unless the log began by `enter`."""
        return self._records

    @property
    def restorations(self) -> Sequence[Restoration]:
        """The `restored` events so far."""
        return self._restorations

    @property
    def explanation(self) -> Restoration | None:
        """The event so far that explains why this log need not lead through the checkpoint."""
        if self.checkpoint is None:
            return None
        for each in self._restorations:
            if each.head not in self._restores_seen and each.said.explains(self.checkpoint):
                return each
        return None

    def head_at(self, seq: int) -> bytes:
        """The head after the event of that seq; seq 0 is the empty log. Raises BadChain beyond either end."""
        if not self._before <= seq <= self.seq:
            raise BadChain(f"the log has no seq {seq}")
        return self._heads[seq - self._before]

    def enter(self, entry: Entry, own: PublicPseudonym) -> EpochRecord:
        """Begins an empty log where a third party enters; the next event must be its joining under `own`.

        Returns the record in force there, which the joining must name. Raises BadEncoding, BadRecord.
        """
        record = parse_signed(entry.signed_record).record
        self._heads[:] = [entry.head]
        self._records[:] = [record]
        self._record_seqs[:] = [entry.seq]
        self._before = entry.seq
        self._entered = own
        return record

    def author_at(self, seq: int, party: int) -> bytes:
        """The signing key of that party when the event of that seq came. Raises WrongHeader, BadChain."""
        if party == THIRD:
            third = self._stays.at(seq)
            if third is None:
                raise WrongHeader("no third party was in")
            return third.keys.sign
        if party > 1:
            raise WrongHeader("only the parties of a thread write in it")
        return self._record_at(seq).parties[party].sign

    def place_at(self, seq: int, party: int) -> Place:
        """Where a message of that party stands at that seq: what its header must say. Raises BadChain before seq 2."""
        record = self._record_at(seq)
        return Place(self.thread, record.n, record.hash, party)

    def verify_range(self, events: Sequence[LogEvent]) -> None:
        """Takes the next events of the log; those already known are compared with what is known, and passed over.

        Raises BadChain (Gap, TimeWentBack, Fork), BadStamp, BadRecord, BadSignature or BadEncoding, and then leaves
        the log as it was.
        """
        mark = (self.seq, len(self._records), self._time, self._reset)
        last: LogEvent | None = None
        try:
            for event in events:
                if event.seq <= self.seq:
                    self._compare(event)
                else:
                    self._take(event)
                    last = event
            self._check_checkpoint(mark[0])
            if last is not None:
                verify_proof(last.proof, self._stamp_public, self.thread, self.seq, self.head)
        except BaseException:
            self._return_to(*mark)
            raise

    def check_end(self, seq: int) -> None:
        """Raises Rollback when the server's log, of `seq` events, ends before what is known, or before the checkpoint
        without a word of explanation in what was read.
        """
        seen = self.seq if self.checkpoint is None or self.explanation else max(self.seq, self.checkpoint.position)
        if seq < seen:
            raise Rollback(f"the log has {seq} events, and {seen} were already seen")

    def check_reset(self, event: LogEvent) -> int:
        """Checks a verified event of kind `reset` and returns whose side begins anew.

        Raises BadRecord or BadAttestation, when the platform did not say so of the epoch in force, or BadEncoding.
        """
        if event.party != SERVICE:
            raise BadRecord("only the service tells of a reset")
        if self._platform is None:
            raise BadAttestation("no key of the platform is pinned here")
        return verify_reset(
            event.payload,
            record=self._record_at(event.seq),
            platform_key=self._platform.public,
            audience=self._platform.audience,
        )

    def check_notice(self, event: LogEvent) -> Notice:
        """Checks a verified event of a notice's kind and returns what it says. `check_seen` and `take_notice` follow.

        Raises BadEncoding, WrongHeader or BadSignature.
        """
        if event.party > 1 and event.kind != LEFT:
            raise WrongHeader("only the two sides give notices, and a third party that leaves")
        author = self.author_at(event.seq, event.party)
        notice = open_notice(event.payload, event.kind, author, self.place_at(event.seq, event.party))
        if event.kind == LEFT:
            third = self._stays.at(event.seq)
            if third is None or notice.third != third.id:
                raise BadInvitation("the third party that is to leave is not in")
        return notice

    def check_joined(self, event: LogEvent) -> tuple[Joining, Third]:
        """Checks a verified event of kind `joined` and returns whom both sides let in. `take_id` follows.

        Raises BadEncoding, WrongHeader, BadSignature, BadInvitation (somebody is in, or the two do not invite),
        FutureSeen, Fork, or Repeated for an invitation that let somebody in before.
        """
        joining, third = open_joined(event.payload, self._record_at(event.seq), event.party)
        self.check_seen(event.seq, joining.seen_seq, joining.seen_head)
        self.check_seen(event.seq, third.invitation.seen_seq, third.invitation.seen_head)
        if self._stays.at(event.seq) is not None:
            raise BadInvitation("another third party is in")
        if self._stays.knows(third.id, event.seq):
            raise Repeated("an invitation lets in once")
        # Read again after more was taken: what counts is whether a reset was in force then.
        begins_anew = self._reset is not None if event.seq > self.seq else self._stays.begun(event.seq) is None
        if begins_anew:
            raise BadInvitation("a side of this thread begins anew")
        return joining, third

    def check_seen(self, seq: int, seen_seq: int, seen_head: bytes) -> None:
        """Checks what the opened message at `seq` says that its author had seen; for a card `seq` is its release's.

        What a third party's log does not have, it cannot compare. Raises FutureSeen or Fork.
        """
        if seen_seq >= seq:
            raise FutureSeen(f"the message at seq {seq} claims to have seen seq {seen_seq}")
        if seen_seq >= self._before and self.head_at(seen_seq) != seen_head:
            raise Fork(f"the author of seq {seq} saw another history at seq {seen_seq}")

    def _take(self, event: LogEvent) -> None:
        if event.seq != self.seq + 1:
            raise Gap(f"seq {event.seq} follows seq {self.seq}")
        if event.time < self._time:
            raise TimeWentBack(f"the event at seq {event.seq} is older than the one before it")
        if event.kind == EPOCH and (self._entered is None or self.seq > self._before):
            self._take_epoch(event)
        elif not self._records:
            raise BadChain("a log begins with its epoch record")
        elif self._entered is not None and self.seq == self._before:
            self._take_entry(event)
        elif event.kind == RESET:
            self._take_reset(event)
        elif event.kind == JOINED:
            self._take_joined(event)
        elif event.kind == LEFT:
            self._take_left(event)
        self._heads.append(self._head_after(event))
        self._time = event.time
        if event.kind == RESTORED and event.party == SERVICE:
            self._take_restored(event)

    def _check_checkpoint(self, before: int) -> None:
        """The range after seq `before` led through the checkpoint, or says itself why it does not."""
        seen = self.checkpoint
        if seen is None or not before < seen.position <= self.seq or self.head_at(seen.position) == seen.head:
            return
        if self.explanation is None:
            raise Fork(f"the log at seq {seen.position} is not the one that was seen before")

    def _take_restored(self, event: LogEvent) -> None:
        """One that cannot be read explains nothing, and stays in the chain like any event of an unknown form."""
        try:
            said = parse_restored(event.payload)
        except BadEncoding:
            return
        self._restorations.append(Restoration(event.seq, self.head, said))

    def _take_epoch(self, event: LogEvent) -> None:
        if not self._records:
            if event.party != INITIATOR:
                raise BadChain("a log begins with its initiator's epoch record")
            initiator, recipient = self._own
            record = verify_first(
                event.payload, thread=self.thread, head_0=self.head_at(0), initiator=initiator, recipient=recipient
            )
        else:
            reset = self._reset == event.party
            record = verify_rotation(self._records[-1], event.payload, party=event.party, reset=reset)
            known_from = self._record_seqs[-1] - self._before
            if known_from >= 0 and record.thread_head not in self._heads[known_from:]:
                raise Fork(f"the maker of the epoch record at seq {event.seq} saw another history")
        self._records.append(record)
        self._record_seqs.append(event.seq)
        self._reset = None

    def _take_reset(self, event: LogEvent) -> None:
        """One that the platform did not sign is not shown, and changes nothing."""
        with suppress(E2EEError):
            self._reset = self.check_reset(event)

    def _take_entry(self, event: LogEvent) -> None:
        """The first event of a log that a third party enters lets it in, and no other."""
        if event.kind != JOINED:
            raise BadChain("a third party's log begins with its joining")
        _, third = self.check_joined(event)
        if third.keys != self._entered:
            raise BadInvitation("the third party's log begins with the joining of another one")
        self._stays.enter(third, event.seq)

    def _take_joined(self, event: LogEvent) -> None:
        """One that does not hold is not shown, and lets nobody in."""
        with suppress(E2EEError):
            self._stays.enter(self.check_joined(event)[1], event.seq)

    def _take_left(self, event: LogEvent) -> None:
        with suppress(E2EEError):
            notice = self.check_notice(event)
            self.check_seen(event.seq, notice.seen_seq, notice.seen_head)
            self._stays.leave(event.seq)

    def _record_at(self, seq: int) -> EpochRecord:
        """The record in force when the event of that seq came. Raises BadChain."""
        in_force = bisect_right(self._record_seqs, seq - 1) - 1
        if in_force < 0:
            raise BadChain(f"no epoch is in force at seq {seq}")
        return self._records[in_force]

    def _is_withheld(self, event: LogEvent) -> bool:
        """Whether the event's digest stands in place of its payload."""
        return self._withheld and event.kind == RELEASED

    def _head_after(self, event: LogEvent) -> bytes:
        if self._is_withheld(event):
            hashed = withheld_digest(event.payload)
        else:
            hashed = digest(event.kind, event.party, event.payload)
        return next_head(self.head_at(event.seq - 1), event.seq, event.time, event.kind, event.party, hashed)

    def _compare(self, event: LogEvent) -> None:
        if event.seq <= self._before or self._head_after(event) != self.head_at(event.seq):
            raise Fork(f"the server shows another event at seq {event.seq} than before")

    def _return_to(self, seq: int, records: int, time: int, reset: int | None) -> None:
        del self._heads[seq + 1 - self._before :]
        del self._records[records:]
        del self._record_seqs[records:]
        self._restorations[:] = [each for each in self._restorations if each.seq <= seq]
        self._stays.back_to(seq)
        self._time = time
        self._reset = reset
