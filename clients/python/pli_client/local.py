"""What a device remembers between two runs, as structs in its storage (MessagePack). Nobody else reads them."""

from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from messaging.wire.events import LogEntry, ThreadState
from messaging.wire.rest import VaultWrap
from messaging.wire.types import Presentation
from pli_client.errors import StorageDamaged
from pli_client.schedule import Standing
from pli_client.storage import Storage

T = TypeVar("T", bound=Struct)

DEVICE: Final = "device"
SYNC: Final = "sync"
THREADS: Final = "thread."
OUTBOX: Final = "outbox."
OPENINGS: Final = "opening."
FIRSTS: Final = "first."
SENT: Final = "sent."
LOST: Final = "lost."
VAULT: Final = "vault"
SEATS: Final = "seat."
CONSENTS: Final = "consent."
STATEMENTS: Final = "statement."
RECEIPTS: Final = "receipt."
EVIDENCE: Final = "evidence."
GENERATIONS: Final = "generation."


class Device(Struct, frozen=True):
    """This device of this account."""

    account: bytes
    device: bytes
    """Drawn once, sent with `hello`."""
    wrap: bytes
    """The id of this device's wrap of the vault key."""
    key: bytes
    """The key of that wrap, 32 bytes."""
    vault_version: int = 0
    """The newest version of the vault that this device saw."""


class Sync(Struct, frozen=True):
    """How far this device is with the service."""

    since: int | None = None
    stream_epoch: int | None = None
    mailboxes: tuple[bytes, ...] = ()
    """Those whose threads were all listed once: a mailbox that is new is listed from the beginning."""


class Stamped(Struct, frozen=True):
    """A place in a thread's log with the service's stamp: proves to a restored service how far it had come."""

    seq: int
    head: bytes
    proof: bytes


class Followed(Struct, frozen=True):
    """A thread as this device last knew it."""

    state: ThreadState
    seq: int
    head: bytes
    handled: int
    """Up to which seq the application took its events."""
    withdrawn: tuple[bytes, ...] = ()
    """Own cards that the service said it destroyed."""
    standing: Standing | None = None
    """One's own pseudonym in it, so that its renewal is not missed while nobody reads the thread."""
    stamped: Stamped | None = None
    """The furthest place that this device verified itself."""
    stream_epoch: int | None = None
    """Under which that was."""
    restores: tuple[bytes, ...] = ()
    """The heads after the `restored` events of this history: they explain nothing any more."""
    explained: tuple[tuple[int, bytes], ...] = ()
    """Checkpoints (seq, head) of histories that a restored backup ended; the vault may still hold the furthest."""
    declined: tuple[bytes, ...] = ()
    """Invitations of third parties that this person does not want to see any more, by the names of the stays."""


class Generation(Struct, frozen=True):
    """The generation of a mailbox that is in force, and when this device first saw it (ms)."""

    g: int
    seen: int


class Sent(Struct, frozen=True):
    """A message that this device sent and that stood in the log."""

    msg_id: bytes
    seq: int
    at: int
    kind: str
    content: bytes


class SentMessages(Struct, frozen=True):
    """Those of one thread, in order."""

    messages: tuple[Sent, ...]


class Lost(Struct, frozen=True):
    """What a restored service lost of a thread, until the person decided what to do about it."""

    thread: bytes
    mailbox: bytes
    target: bytes
    party: int
    from_seq: int
    to_seq: int
    whole: bool
    own: tuple[Sent, ...]
    told: bool = False


class VaultCopy(Struct, frozen=True):
    """The newest vault that this device saw, opened: what a service that lost it is given back."""

    content: bytes
    vk: bytes
    wraps: tuple[VaultWrap, ...]
    stream_epoch: int | None


class Outgoing(Struct, frozen=True):
    """A message that has no ack yet: the very bytes to send, and what to seal again should the epoch be renewed."""

    order: int
    thread: bytes
    msg_id: bytes
    kind: str
    """A message's, or a notice's: then `content` is the reason, the stay of a third party that leaves, or empty."""
    content: bytes
    payload: bytes
    told: bool = True
    """Whether the peer is told the reason."""
    stream_epoch: int | None = None
    """Of the history on which it was sealed."""


class FirstMessage(Struct, frozen=True):
    """A first message that nobody can receive yet."""

    id: bytes
    """Drawn when it was written; its message id once it is sent."""
    mailbox: bytes
    target: bytes
    text: str
    at: int
    order: int


class Asked(Struct, frozen=True):
    """A seat that was asked for on this device, and the roster head for which the words were shown."""

    seat: bytes
    shown_head: bytes


class Given(Struct, frozen=True):
    """A consent of this person, as it was sent: what a withdrawal must name, and the very bytes to send again."""

    statement: bytes
    signature: bytes
    payload: bytes
    s_server: bytes
    asked: bytes = b""
    """What the person agreed to, hashed, while no answer came: asked again, the same card goes out again."""


class Statement(Struct, frozen=True):
    """A report or an answer that has no reply yet: the very body to send again."""

    body: bytes


class Receipt(Struct, frozen=True):
    """A report that the service took."""

    report: bytes
    case: bytes
    at: int
    category: str
    seqs: tuple[int, ...]


class Evidence(Struct, frozen=True):
    """Why a thread's log was stopped: the event that broke a rule, and the stamp of the last one that did not."""

    reason: str
    seq: int
    entry: LogEntry | None
    own_seq: int
    own_head: bytes
    own_proof: bytes


class Opening(Struct, frozen=True):
    """A first contact that has no ack yet: the very bytes to send, and what the thread will show."""

    mailbox: bytes
    target: bytes
    claim: bytes
    thread: bytes
    signed_record: bytes
    wraps: tuple[bytes, bytes]
    own: bytes
    payload: bytes
    msg_id: bytes
    peer: Presentation
    text: str | None = None
    """What to seal again should the claim be void by the time it arrives."""


async def load(storage: Storage, name: str, kind: type[T]) -> T | None:
    """Raises: StorageDamaged."""
    raw = await storage.get(name)
    if raw is None:
        return None
    try:
        return msgspec.msgpack.decode(raw, type=kind)
    except msgspec.DecodeError as error:
        raise StorageDamaged(f"{name} is not what this version writes") from error


async def load_all(storage: Storage, prefix: str, kind: type[T]) -> list[T]:
    """All values whose names begin so, in order of name. Raises: StorageDamaged."""
    found = [await load(storage, name, kind) for name in await storage.names(prefix)]
    return [value for value in found if value is not None]


async def save(storage: Storage, name: str, value: Struct) -> None:
    await storage.put(name, msgspec.msgpack.encode(value))
