"""The epochs of one thread as its reader has them: records in force, own pseudonyms, opened secrets. Pure.

SPEC.md section 5. A record that names a pseudonym of ours that is not ours raises; a record whose secret does not open
(its wraps were deleted, or are not its own) stays, closed: the log goes on, and what was written under it is not
rendered.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from messaging.domain.vocabulary import INITIATOR, THIRD
from messaging.e2ee import epoch, third
from messaging.e2ee.epoch import EpochRecord, Wraps
from messaging.e2ee.errors import BadRecord, E2EEError
from messaging.e2ee.pseudonym import Pseudonym, PublicPseudonym, prekey_slot, thread_slot
from messaging.e2ee.verified_log import LogEvent
from pli_client.keys import MailboxKeys
from pli_client.schedule import Standing, events_max


@dataclass(frozen=True, slots=True)
class Side:
    """Whose view of a thread this is: the thread, and the reader's own place in it."""

    thread: bytes
    target: bytes
    party: int
    keys: MailboxKeys

    @property
    def is_third(self) -> bool:
        """Whether the reader is a third party that both sides let in."""
        return self.party == THIRD


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch. `secret` is E_n, or None, and then `closed` says why."""

    record: EpochRecord
    kept: Pseudonym | None
    """The own side's pseudonym; None: nobody here has its keys, as it is from before a reset."""
    secret: bytes | None
    closed: E2EEError | None = None

    @property
    def own(self) -> Pseudonym:
        """The own side's pseudonym. Raises: BadRecord, when nobody here has its keys."""
        if self.kept is None:
            raise BadRecord("the pseudonym of our side is from before a reset: begin anew")
        return self.kept

    def opened_secret(self) -> bytes:
        """E_n. Raises: BadRecord when it could not be opened."""
        if self.secret is None:
            raise BadRecord(f"the key of this epoch is not available: {self.closed}")
        return self.secret


class Epochs:
    """All epochs that a log has begun, by n; a third party's may begin with a later one than 0."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._known: list[Epoch] = []
        self._wraps: dict[int, Wraps] = {}
        self._prekey_index: int | None = None
        self._third: tuple[bytes, Pseudonym] | None = None
        """For a third party: the name of its stay, and its pseudonym."""
        self._shares: dict[int, bytes] = {}
        self.standing: Standing | None = None
        """One's own pseudonym in force; None before the first record."""
        self.full_at: int | None = None
        """When the log reached `schedule.events_max` events under it, ms; None while it did not."""

    def __len__(self) -> int:
        return len(self._known)

    def __getitem__(self, n: int) -> Epoch:
        """Epoch n, or the one in force for -1. Raises: BadRecord when the log has not begun it."""
        place = n if n < 0 else n - self._first
        if not -len(self._known) <= place < len(self._known) or place < 0 <= n:
            raise BadRecord(f"the log has no epoch {n}")
        return self._known[place]

    @property
    def next_n(self) -> int:
        """The number of the epoch that the next record begins."""
        return self._first + len(self._known)

    @property
    def _first(self) -> int:
        return self._known[0].record.n if self._known else 0

    def enter(self, stay: bytes, public: PublicPseudonym, prekey_index: int) -> None:
        """Begins as a third party, under the prekey that was claimed for this stay. Raises: BadRecord."""
        found = self.side.keys.find_pseudonym(prekey_slot(self.side.target, prekey_index), public)
        if found is None:
            raise BadRecord("the third party that joined is not this mailbox")
        self._show_once(found[0])
        self._third = (stay, found[0])

    def is_stay(self, stay: bytes) -> bool:
        """Whether a third party's stay is the reader's own."""
        return self._third is not None and self._third[0] == stay

    def enter_at(self, record: EpochRecord) -> None:
        """The epoch in force when a third party joined, of which it has no key."""
        self._known.append(self._open(record, self._stay()[1]))

    def add_shares(self, shares: Mapping[int, bytes]) -> None:
        """Takes wrapped secrets of a third party."""
        self._shares.update(shares)

    def add_wraps(self, wraps: Mapping[int, Wraps], prekey_index: int | None) -> None:
        """Takes wrapped secrets, which travel beside the log; a record is read with those that are there then."""
        self._wraps.update(wraps)
        if prekey_index is not None:
            self._prekey_index = prekey_index

    def has_wraps(self, n: int) -> bool:
        return n in (self._shares if self.side.is_third else self._wraps)

    def begin(self, record: EpochRecord, event: LogEvent) -> None:
        """Puts a verified record in force, as this event has it. Raises: BadRecord."""
        own: Pseudonym | None
        if self.side.is_third:
            own = self._stay()[1]
        elif record.n == 0:
            own = self._own(self._first_slot(), record, event)
        elif event.party == self.side.party:
            own = self._own(thread_slot(self.side.thread, record.n), record, event)
        else:
            own = self[-1].kept
        self._known.append(self._open(record, own))

    def count(self, event: LogEvent) -> None:
        """Takes note of an event that stands in the log."""
        full = self.standing is not None and event.seq - self.standing.seq >= events_max
        if full and self.full_at is None:
            self.full_at = event.time

    def lacks_seed(self, n: int, payload: bytes) -> bool:
        """Whether the record that begins epoch n gives our side a pseudonym of no generation that this seat holds: a
        colleague may have made it after a removal of which this seat has not read yet."""
        if self.side.is_third or self._may_be_from_before():
            return False
        try:
            slot = self._first_slot() if n == 0 else thread_slot(self.side.thread, n)
            public = epoch.parse_signed(payload).record.parties[self.side.party]
        except E2EEError:
            return False
        return self.side.keys.find_pseudonym(slot, public) is None

    def _first_slot(self) -> bytes:
        if self.side.party == INITIATOR:
            return thread_slot(self.side.thread, 0)
        if self._prekey_index is None:
            raise BadRecord("the service did not tell which prekey opened the thread")
        return prekey_slot(self.side.target, self._prekey_index)

    def _own(self, slot: bytes, record: EpochRecord, event: LogEvent) -> Pseudonym | None:
        derived = self.side.keys.find_pseudonym(slot, record.parties[self.side.party])
        if derived is None and self._may_be_from_before():
            self.standing, self.full_at = None, None
            return None
        if derived is None:
            raise BadRecord("the record gives our side a pseudonym that is not ours")
        found, g = derived
        self._show_once(found)
        self.standing, self.full_at = Standing(record.n, event.time, event.seq, g), None
        return found

    def _may_be_from_before(self) -> bool:
        """Whether a pseudonym of our side that is not ours may be from before a reset: not after one of ours."""
        return self.side.keys.was_reset and all(each.kept is None for each in self._known)

    def _show_once(self, own: Pseudonym) -> None:
        if self.side.keys.shown_in.setdefault(own.public.sign, self.side.thread) != self.side.thread:
            raise BadRecord("the record gives our side the pseudonym of another of its threads")

    def _stay(self) -> tuple[bytes, Pseudonym]:
        if self._third is None:
            raise BadRecord("the service did not tell how this third party came in")
        return self._third

    def _open_share(self, record: EpochRecord, own: Pseudonym) -> Epoch:
        share = self._shares.get(record.n)
        if share is None:
            return Epoch(record, own, None, BadRecord("nobody gave the third party this epoch's key"))
        try:
            return Epoch(record, own, third.open_share(share, self._stay()[0], record, own.kem))
        except E2EEError as refusal:
            return Epoch(record, own, None, refusal)

    def _open(self, record: EpochRecord, own: Pseudonym | None) -> Epoch:
        if own is None:
            return Epoch(record, None, None, BadRecord("it is from before a reset of our side"))
        if self.side.is_third:
            return self._open_share(record, own)
        wraps = self._wraps.get(record.n)
        if wraps is None:
            return Epoch(record, own, None, BadRecord("its wrapped key is no longer kept"))
        try:
            return Epoch(record, own, epoch.open_epoch(record, wraps, self.side.party, own.kem))
        except E2EEError as refusal:
            return Epoch(record, own, None, refusal)
