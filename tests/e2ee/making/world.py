"""The persons, mailboxes and the thread that the vectors tell of, all from fixed seeds."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from messaging.e2ee import chain, content, epoch, message, pseudonym
from messaging.e2ee.account import seat_keys
from messaging.e2ee.epoch import Opening
from messaging.e2ee.mailbox import Identity
from messaging.e2ee.mailbox import identity as derive_identity
from messaging.e2ee.pseudonym import Pseudonym
from messaging.e2ee.stamp import Stamper
from messaging.e2ee.suite import SigningKey
from tests.e2ee.making.group import Text
from tests.e2ee.making.stream import Stream, fixed

SERVICE = fixed("service", 16)
THREAD = fixed("thread", 16)
OTHER_THREAD = fixed("other thread", 16)
TARGET = fixed("target", 16)
PREKEY_INDEX = 3
START_MS = 1_790_000_000_000


@dataclass(frozen=True)
class Side:
    """One mailbox with its first seat."""

    name: str
    party: int

    @property
    def mailbox(self) -> bytes:
        return fixed(f"mailbox {self.name}", 16)

    @property
    def seat(self) -> bytes:
        return fixed(f"seat {self.name}", 16)

    @property
    def account_seed(self) -> bytes:
        return fixed(f"account seed {self.name}")

    @property
    def seed(self) -> bytes:
        return fixed(f"mailbox seed {self.name}")

    @property
    def seat_sign(self) -> SigningKey:
        return seat_keys(self.account_seed, self.mailbox).sign

    @property
    def identity(self) -> Identity:
        return derive_identity(self.seed, self.mailbox, 0)

    def pseudonym(self, n: int) -> Pseudonym:
        """The pseudonym that this side's epoch record n brought."""
        if self.party == 1 and n == 0:
            return pseudonym.derive(self.seed, pseudonym.prekey_slot(TARGET, PREKEY_INDEX))
        return pseudonym.derive(self.seed, pseudonym.thread_slot(THREAD, n))


DOCTOR = Side("doctor", 0)
VILLAGE = Side("village", 1)
STAMP_KEY = SigningKey(fixed("stamp key"))
OTHER_STAMP_KEY = SigningKey(fixed("stamp key of another service"))
PLATFORM_KEY = SigningKey(fixed("platform key"))


def first_opening(thread: bytes = THREAD) -> Opening:
    """Epoch 0 of a thread between the doctor and the village."""
    return epoch.make_first(
        thread=thread,
        head_0=chain.head0(SERVICE, thread),
        initiator=DOCTOR.pseudonym(0),
        recipient=VILLAGE.pseudonym(0).public,
        entropy=Stream("epoch 0" + thread.hex()),
    )


def rotation_by_village(previous: Opening, thread_head: bytes) -> Opening:
    """Epoch 1: the village renews its pseudonym."""
    return epoch.make_rotation(
        previous.record,
        party=1,
        old=VILLAGE.pseudonym(0),
        new=VILLAGE.pseudonym(1),
        thread_head=thread_head,
        entropy=Stream("epoch 1"),
    )


def header(
    opening: Opening, party: int, label: str, *, kind: str = "text", thread: bytes | None = None, n: int | None = None
) -> bytes:
    """A header under an epoch; the message id belongs to the label."""
    record = opening.record
    return message.header(
        kind, thread or record.thread, record.n if n is None else n, record.hash, party, fixed(f"message {label}", 16)
    )


def tag(side: Side, header_bytes: bytes, salt: bytes) -> bytes:
    return message.seat_tag(side.seed, header_bytes, salt, side.seat, fixed(f"roster head {side.name}"))


def text_message(
    opening: Opening, side: Side, text: str, seen_seq: int, seen_head: bytes, *, label: str = "", sign_n: int = 0
) -> bytes:
    """A text as an honest client seals it; `sign_n` tells which record brought the author's pseudonym."""
    header_bytes = header(opening, side.party, label or text)
    return message.seal_message(
        header_bytes,
        content.encode_text(text),
        epoch_secret=opening.epoch_secret,
        signing=side.pseudonym(sign_n).sign,
        seen_seq=seen_seq,
        seen_head=seen_head,
        tag=partial(tag, side),
        entropy=Stream("salt " + (label or text)),
    )


@dataclass
class LogBuilder:
    """A server that stamps what it is given: honest, or not."""

    thread: bytes = THREAD
    stamper: Stamper = field(default_factory=lambda: Stamper(STAMP_KEY))
    events: list[dict[str, Any]] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.heads = [chain.head0(SERVICE, self.thread)]

    @property
    def head(self) -> bytes:
        return self.heads[-1]

    def commit(self, *entries: tuple[str, int, bytes], time: int | None = None) -> None:
        """Appends the events of one commit, (kind, party, payload) each, and stamps them."""
        first = len(self.events)
        for kind, party, payload in entries:
            seq = len(self.events) + 1
            at = START_MS + 1000 * seq if time is None else time
            self.heads.append(chain.next_head(self.head, seq, at, kind, party, chain.digest(kind, party, payload)))
            self.events.append({"seq": seq, "time": at, "kind": Text(kind), "party": party, "payload": payload})
        leaves = [(self.thread, event["seq"], self.heads[event["seq"]]) for event in self.events[first:]]
        for event, proof in zip(self.events[first:], self.stamper.stamp(leaves), strict=True):
            event["proof"] = proof


@dataclass(frozen=True)
class Conversation:
    """An honest log of six events with what its readers need, built once."""

    log: LogBuilder
    openings: tuple[Opening, Opening]

    @property
    def secrets(self) -> list[bytes]:
        return [opening.epoch_secret for opening in self.openings]


def conversation() -> Conversation:
    """Epoch 0 with a first message, an answer, a rotation by the village, and a text each under the new epoch."""
    log = LogBuilder()
    opening = first_opening()
    first = text_message(opening, DOCTOR, "Bonjour, je cherche un cabinet à la campagne.", 0, log.head)
    log.commit(("epoch", 0, opening.signed), ("message", 0, first))
    log.commit(("message", 1, text_message(opening, VILLAGE, "Le nôtre est libre depuis mars.", 2, log.head)))
    rotation = rotation_by_village(opening, log.head)
    log.commit(("epoch", 1, rotation.signed))
    log.commit(
        ("message", 0, text_message(rotation, DOCTOR, "Puis-je le visiter ?", 4, log.head)),
        ("message", 1, text_message(rotation, VILLAGE, "Avec plaisir, mardi.", 4, log.head, sign_n=1)),
    )
    return Conversation(log, (opening, rotation))
