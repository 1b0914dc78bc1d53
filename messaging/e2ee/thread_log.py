"""The reader's verifier of one thread's log (SPEC.md section 7.3): what a server can do to it, this finds.

`ThreadChain` starts at an empty log and takes ranges of events. A range either verifies whole, up to the stamp of its
last event, or raises and changes nothing.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from messaging.e2ee.chain import digest, head0, next_head
from messaging.e2ee.epoch import INITIATOR, RECIPIENT, EpochRecord, verify_first, verify_rotation
from messaging.e2ee.errors import BadChain, Fork, FutureSeen, Gap, Repeated, Rollback, TimeWentBack, WrongHeader
from messaging.e2ee.message import CARD_KIND, parse_payload
from messaging.e2ee.pseudonym import PublicPseudonym
from messaging.e2ee.release import parse_released
from messaging.e2ee.stamp import verify_proof
from messaging.e2ee.vault import Checkpoint

EPOCH: Final = "epoch"
MESSAGE: Final = "message"
RELEASED: Final = "released"
SERVICE: Final = 255

_Used = tuple[str, int, bytes]
"""What may happen once in a thread: (message or card, party, id)."""


class LogEvent(NamedTuple):
    """One event as the server gave it."""

    seq: int
    time: int
    """ms since 1970, UTC, by the server's clock."""
    kind: str
    party: int
    payload: bytes
    proof: bytes


class ThreadChain:
    """A verified log of one thread, from its first event on.

    `initiator` and `recipient` are the reader's own pseudonym on its side, where it knows it; `checkpoint` is how far
    the reader's vault says that the log was already seen.
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
    ) -> None:
        self.thread: Final = thread
        self.checkpoint: Final = checkpoint
        self._stamp_public: Final = stamp_public
        self._own: Final = (initiator, recipient)
        self._heads: Final = [head0(service, thread)]
        self._records: Final[list[EpochRecord]] = []
        self._record_seqs: Final[list[int]] = []
        self._used: Final[set[_Used]] = set()
        self._time = 0

    @property
    def seq(self) -> int:
        """The seq of the last event, 0 for an empty log."""
        return len(self._heads) - 1

    @property
    def head(self) -> bytes:
        return self._heads[-1]

    @property
    def records(self) -> Sequence[EpochRecord]:
        """The epoch records in force so far; `records[n]` is epoch n's."""
        return self._records

    def head_at(self, seq: int) -> bytes:
        """The head after the event of that seq; seq 0 is the empty log. Raises BadChain beyond the end."""
        if not 0 <= seq <= self.seq:
            raise BadChain(f"the log has no seq {seq}")
        return self._heads[seq]

    def verify_range(self, events: Sequence[LogEvent]) -> None:
        """Takes the next events of the log. Events already known are compared with what is known, and passed over.

        Raises BadChain (Gap, TimeWentBack, Fork, Repeated), BadStamp, BadRecord, BadSignature, WrongHeader,
        BadEncoding or BadCard, and then leaves the log as it was.
        """
        mark = (self.seq, len(self._records), self._time)
        fresh: list[_Used] = []
        last: LogEvent | None = None
        try:
            for event in events:
                if event.seq <= self.seq:
                    self._compare(event)
                else:
                    self._take(event, fresh)
                    last = event
            if last is not None:
                verify_proof(last.proof, self._stamp_public, self.thread, self.seq, self.head)
        except BaseException:
            self._return_to(*mark, fresh)
            raise

    def check_end(self, seq: int) -> None:
        """Raises Rollback when the server's log, of `seq` events, ends before the checkpoint or what is known."""
        seen = max(self.seq, self.checkpoint.position if self.checkpoint else 0)
        if seq < seen:
            raise Rollback(f"the log has {seq} events, and {seen} were already seen")

    def check_seen(self, seq: int, seen_seq: int, seen_head: bytes) -> None:
        """Checks what the opened message at `seq` says that its author had seen. Raises FutureSeen or Fork."""
        if seen_seq >= seq:
            raise FutureSeen(f"the message at seq {seq} claims to have seen seq {seen_seq}")
        if self.head_at(seen_seq) != seen_head:
            raise Fork(f"the author of seq {seq} saw another history at seq {seen_seq}")

    def _take(self, event: LogEvent, fresh: list[_Used]) -> None:
        if event.seq != self.seq + 1:
            raise Gap(f"seq {event.seq} follows seq {self.seq}")
        if event.time < self._time:
            raise TimeWentBack(f"the event at seq {event.seq} is older than the one before it")
        if event.kind == EPOCH:
            self._take_epoch(event)
        elif event.kind == MESSAGE:
            self._take_message(event, fresh)
        elif event.kind == RELEASED:
            self._take_release(event, fresh)
        self._heads.append(self._head_after(event))
        self._time = event.time
        if self.checkpoint and self.checkpoint.position == self.seq and self.checkpoint.head != self.head:
            raise Fork(f"the log at seq {self.seq} is not the one that was seen before")

    def _head_after(self, event: LogEvent) -> bytes:
        hashed = digest(event.kind, event.party, event.payload)
        return next_head(self._heads[event.seq - 1], event.seq, event.time, event.kind, event.party, hashed)

    def _compare(self, event: LogEvent) -> None:
        if event.seq < 1 or self._head_after(event) != self._heads[event.seq]:
            raise Fork(f"the server shows another event at seq {event.seq} than before")

    def _take_epoch(self, event: LogEvent) -> None:
        if not self._records:
            if event.seq != 1 or event.party != INITIATOR:
                raise BadChain("a log begins with its initiator's epoch record")
            initiator, recipient = self._own
            record = verify_first(
                event.payload, thread=self.thread, head_0=self._heads[0], initiator=initiator, recipient=recipient
            )
        else:
            record = verify_rotation(self._records[-1], event.payload, party=event.party)
            if record.thread_head not in self._heads[self._record_seqs[-1] :]:
                raise Fork(f"the maker of the epoch record at seq {event.seq} saw another history")
        self._records.append(record)
        self._record_seqs.append(event.seq)

    def _take_message(self, event: LogEvent, fresh: list[_Used]) -> None:
        parts = parse_payload(event.payload)
        if parts.thread != self.thread or parts.party != event.party or event.party not in (INITIATOR, RECIPIENT):
            raise WrongHeader(f"the message at seq {event.seq} is of another thread or party")
        record = self._records[-1] if self._records else None
        if record is None or (parts.epoch, parts.record_hash) != (record.n, record.hash):
            raise BadChain(f"the message at seq {event.seq} is of an epoch that is not in force there")
        self._use((MESSAGE, event.party, parts.msg_id), fresh)

    def _take_release(self, event: LogEvent, fresh: list[_Used]) -> None:
        if event.party != SERVICE:
            raise BadChain("only the service releases cards")
        for card in parse_released(event.payload):
            parts = parse_payload(card.payload)
            if (parts.kind, parts.thread, parts.party) != (CARD_KIND, self.thread, card.party):
                raise WrongHeader("a released card is of another thread or party")
            if parts.epoch >= len(self._records) or self._records[parts.epoch].hash != parts.record_hash:
                raise WrongHeader("a released card is of an epoch that the log does not have")
            self._use((CARD_KIND, card.party, card.card), fresh)

    def _use(self, used: _Used, fresh: list[_Used]) -> None:
        if used in self._used:
            raise Repeated(f"party {used[1]} uses the id of a {used[0]} a second time")
        self._used.add(used)
        fresh.append(used)

    def _return_to(self, seq: int, records: int, time: int, fresh: list[_Used]) -> None:
        del self._heads[seq + 1 :]
        del self._records[records:]
        del self._record_seqs[records:]
        self._time = time
        self._used.difference_update(fresh)
