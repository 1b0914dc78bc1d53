"""The epochs of one thread as its reader has them: records in force, own pseudonyms, opened secrets. Pure.

SPEC.md section 5. A record that names a pseudonym of ours that is not ours raises; a record whose secret does not open
(its wraps were deleted, or are not its own) stays, closed: the log goes on, and what was written under it is not
rendered.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from messaging.domain.vocabulary import INITIATOR
from messaging.e2ee import epoch
from messaging.e2ee.epoch import EpochRecord, Wraps
from messaging.e2ee.errors import BadRecord, E2EEError
from messaging.e2ee.pseudonym import Pseudonym, prekey_slot, thread_slot
from pli_client.keys import MailboxKeys


@dataclass(frozen=True, slots=True)
class Side:
    """Whose view of a thread this is: the thread, and the reader's own place in it."""

    thread: bytes
    target: bytes
    party: int
    keys: MailboxKeys


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch. `secret` is E_n, or None, and then `closed` says why."""

    record: EpochRecord
    own: Pseudonym
    secret: bytes | None
    closed: E2EEError | None = None

    def opened_secret(self) -> bytes:
        """E_n. Raises: BadRecord when it could not be opened."""
        if self.secret is None:
            raise BadRecord(f"the key of this epoch is not available: {self.closed}")
        return self.secret


class Epochs:
    """All epochs that a log has begun, by n."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._known: list[Epoch] = []
        self._wraps: dict[int, Wraps] = {}
        self._prekey_index: int | None = None

    def __len__(self) -> int:
        return len(self._known)

    def __getitem__(self, n: int) -> Epoch:
        """Epoch n, or the one in force for -1. Raises: BadRecord when the log has not begun it."""
        if not -len(self._known) <= n < len(self._known):
            raise BadRecord(f"the log has no epoch {n}")
        return self._known[n]

    def add_wraps(self, wraps: Mapping[int, Wraps], prekey_index: int | None) -> None:
        """Takes wrapped secrets, which travel beside the log; a record is read with those that are there then."""
        self._wraps.update(wraps)
        if prekey_index is not None:
            self._prekey_index = prekey_index

    def has_wraps(self, n: int) -> bool:
        return n in self._wraps

    def begin(self, record: EpochRecord, maker: int) -> None:
        """Puts a verified record in force, made by the party `maker`. Raises: BadRecord."""
        if record.n == 0:
            own = self._own(self._first_slot(), record)
        elif maker == self.side.party:
            own = self._own(thread_slot(self.side.thread, record.n), record)
        else:
            own = self[-1].own
        self._known.append(self._open(record, own))

    def _first_slot(self) -> bytes:
        if self.side.party == INITIATOR:
            return thread_slot(self.side.thread, 0)
        if self._prekey_index is None:
            raise BadRecord("the service did not tell which prekey opened the thread")
        return prekey_slot(self.side.target, self._prekey_index)

    def _own(self, slot: bytes, record: EpochRecord) -> Pseudonym:
        found = self.side.keys.find_pseudonym(slot, record.parties[self.side.party])
        if found is None:
            raise BadRecord("the record gives our side a pseudonym that is not ours")
        if self.side.keys.shown_in.setdefault(found.public.sign, self.side.thread) != self.side.thread:
            raise BadRecord("the record gives our side the pseudonym of another of its threads")
        return found

    def _open(self, record: EpochRecord, own: Pseudonym) -> Epoch:
        wraps = self._wraps.get(record.n)
        if wraps is None:
            return Epoch(record, own, None, BadRecord("its wrapped key is no longer kept"))
        try:
            return Epoch(record, own, epoch.open_epoch(record, wraps, self.side.party, own.kem))
        except E2EEError as refusal:
            return Epoch(record, own, None, refusal)
