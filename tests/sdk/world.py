"""Two mailboxes and the log of a service between them, made from `messaging.e2ee` alone: no server, no socket.

Randomness is a counted stream, so that every run is the same (HPKE draws its own).
"""

import hashlib
import itertools
from dataclasses import dataclass, field

from messaging.domain.vocabulary import INITIATOR, RECIPIENT, SERVICE, EventKind, MessageKind
from messaging.e2ee import chain, content, epoch, mailbox, roster
from messaging.e2ee.account import SeatKeyPair, seat_keys
from messaging.e2ee.epoch import Opening
from messaging.e2ee.pseudonym import prekey_slot, thread_slot
from messaging.e2ee.release import ReleasedCard, make_released
from messaging.e2ee.stamp import Stamper
from messaging.e2ee.suite import SigningKey
from messaging.wire.events import LogEntry
from pli_client import Trust
from pli_client.epochs import Side
from pli_client.keys import MailboxKeys
from pli_client.log import ThreadLog

NOW = 1_795_000_000_000
SERVICE_ID = bytes(range(16))
STAMP = SigningKey(b"\x07" * 32)
PLATFORM = SigningKey(b"\x08" * 32)
TRUST = Trust(SERVICE_ID, STAMP.public, PLATFORM.public)
PREKEY_INDEX = 3


class Stream:
    """`Entropy` that never repeats and never differs between runs."""

    def __init__(self, name: str = "") -> None:
        self._name = name
        self._count = itertools.count()

    def __call__(self, width: int) -> bytes:
        return hashlib.shake_256(f"{self._name}/{next(self._count)}".encode()).digest(width)


def make_keys(name: str, entropy: Stream) -> MailboxKeys:
    """A founded mailbox with its first seat."""
    mailbox_id, seat, seed = entropy(16), entropy(16), mailbox.new_seed(entropy)
    pair: SeatKeyPair = seat_keys(entropy(32), mailbox_id)
    signed = roster.make_create(
        mailbox=mailbox_id,
        seat=seat,
        sign=pair.sign,
        kem_pk=pair.kem.public,
        role=name,
        identity=mailbox.identity(seed, mailbox_id, 0),
        sc=mailbox.seed_check(seed, mailbox_id, 0),
    )
    return MailboxKeys(mailbox_id, seat, pair, roster.apply(None, signed), {0: seed})


@dataclass
class ServiceLog:
    """What a service keeps of one thread: places, chains and stamps events, a commit for each."""

    thread: bytes
    stamper: Stamper = field(default_factory=lambda: Stamper(STAMP))
    entries: list[LogEntry] = field(default_factory=list)
    head: bytes = b""

    def __post_init__(self) -> None:
        self.head = chain.head0(SERVICE_ID, self.thread)

    def add(self, kind: str, party: int, payload: bytes, *, at: int | None = None) -> LogEntry:
        seq = len(self.entries) + 1
        at = NOW + seq if at is None else at
        self.head = chain.next_head(self.head, seq, at, kind, party, chain.digest(kind, party, payload))
        (proof,) = self.stamper.stamp([(self.thread, seq, self.head)])
        self.entries.append(LogEntry(seq, at, kind, party, payload, proof))
        return self.entries[-1]


class World:
    """A thread that a doctor opened with a town hall: both sides' logs, and the service's."""

    def __init__(self, name: str = "world", town: MailboxKeys | None = None) -> None:
        self.entropy = Stream(name)
        self.doctor = make_keys("holder", self.entropy)
        self.town = town or make_keys("mayor", self.entropy)
        self.target, self.thread = self.entropy(16), self.entropy(16)
        self.opening = self.open_thread()
        self.service = ServiceLog(self.thread)
        self.service.add(EventKind.EPOCH, INITIATOR, self.opening.signed)
        self.logs = (self.new_log(INITIATOR), self.new_log(RECIPIENT))
        for log in self.logs:
            assert log.append(self.service.entries) == []

    def open_thread(self) -> Opening:
        """Epoch 0 from the doctor to the town hall's prekey."""
        prekey = self.town.pseudonym(prekey_slot(self.target, PREKEY_INDEX))
        return epoch.make_first(
            thread=self.thread,
            head_0=chain.head0(SERVICE_ID, self.thread),
            initiator=self.doctor.pseudonym(thread_slot(self.thread, 0)),
            recipient=prekey.public,
            entropy=self.entropy,
        )

    def keys(self, party: int) -> MailboxKeys:
        return self.town if party else self.doctor

    def new_log(self, party: int) -> ThreadLog:
        """An empty log of a side, with the wraps of epoch 0."""
        log = ThreadLog(Side(self.thread, self.target, party, self.keys(party)), TRUST)
        log.epochs.add_wraps({0: self.opening.wraps}, PREKEY_INDEX if party == RECIPIENT else None)
        return log

    def seal(self, party: int, text: str, msg_id: bytes | None = None) -> bytes:
        """A text of a side, sealed where its own log stands."""
        sealed = content.encode_text(text)
        return self.logs[party].seal(MessageKind.TEXT, msg_id or self.entropy(16), sealed, self.entropy)

    def say(self, party: int, text: str) -> LogEntry:
        """A text, stored by the service; neither side has read it yet."""
        return self.service.add(EventKind.MESSAGE, party, self.seal(party, text))

    def talk(self, *lines: tuple[int, str]) -> None:
        """Texts that both sides read as they come."""
        for party, text in lines:
            entry = self.say(party, text)
            for log in self.logs:
                log.append([entry])

    def release(self, *cards: ReleasedCard) -> LogEntry:
        return self.service.add(EventKind.RELEASED, SERVICE, make_released(cards))
