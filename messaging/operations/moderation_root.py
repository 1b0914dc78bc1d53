"""The moderation root: a key file that never comes near the service, and the certificates that it makes.

The file is JSON, mode 0600. It remembers what it certified, and how far the moderators' roster went: a roster that the
service made up, or one that leaves a removal out, does not continue that one and is refused.
"""

import os
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec
from msgspec import Struct

from messaging.e2ee import roster
from messaging.e2ee.entropy import Entropy, draw
from messaging.e2ee.errors import E2EEError
from messaging.e2ee.moderation_key import ModerationKey, certify
from messaging.e2ee.roster import RosterState
from messaging.e2ee.suite import SigningKey, check_key
from messaging.operations.operation import OperationFailed

_SEED_BYTES: Final = 32
DAY_MS: Final = 86_400_000
DAYS_MAX: Final = 400


class Issued(Struct, frozen=True):
    """A certificate that was made."""

    g: int
    key_hash: str
    not_before: int
    not_after: int


class Root(Struct, frozen=True):
    """The root's file."""

    seed: bytes
    mailbox: str = ""
    """The moderators' mailbox whose keys it certifies, 32 hex digits; empty before the first certificate."""
    index: int = -1
    head: str = ""
    """How far its roster was seen."""
    issued: tuple[Issued, ...] = ()
    format: Literal["pli-moderation-root/1"] = "pli-moderation-root/1"

    @property
    def key(self) -> SigningKey:
        return SigningKey(self.seed)


class RosterFile(Struct, frozen=True):
    """What the service hands out to be certified: nothing in it is secret."""

    mailbox: str
    records: list[bytes]
    format: Literal["pli-moderation-roster/1"] = "pli-moderation-roster/1"


class Certified(NamedTuple):
    root: Root
    """As it is to be kept now."""
    certificate: bytes
    key: ModerationKey
    state: RosterState


def make_root(path: Path, entropy: Entropy) -> Root:
    """A new root in a new file. Raises: OperationFailed."""
    root = Root(draw(entropy, _SEED_BYTES))
    if path.exists():
        raise OperationFailed(f"{path} exists. A root is made once: clients that pinned it take no other.")
    _write(path, root)
    return root


def read_root(path: Path) -> Root:
    """Raises: OperationFailed."""
    try:
        mode = path.stat().st_mode & 0o077
        root = msgspec.json.decode(path.read_bytes(), type=Root)
        check_key(root.seed, "the seed")
    except OSError as error:
        raise OperationFailed(f"{path} cannot be read: {error.strerror}.") from None
    except (msgspec.DecodeError, E2EEError):
        raise OperationFailed(f"{path} is no moderation root.") from None
    if mode:
        raise OperationFailed(f"{path}: others may read this secret. Run: chmod 600 {path}")
    return root


def keep_root(path: Path, root: Root) -> None:
    """Writes it over the one that was read. Raises: OperationFailed."""
    _write(path, root)


def certified(root: Root, document: RosterFile, now: int, days: int) -> Certified:
    """The certificate of the newest generation of a roster that continues what this root knows.

    Raises: OperationFailed, with what is wrong.
    """
    state = _replayed(root, document)
    key = ModerationKey(state.identity_kem, state.g, now, now + days * DAY_MS)
    try:
        certificate = certify(key, root.key)
    except E2EEError as error:
        raise OperationFailed(f"The key cannot be certified: {error}.") from None
    issued = Issued(key.g, key.hash.hex(), key.not_before, key.not_after)
    kept = msgspec.structs.replace(
        root, mailbox=document.mailbox, index=state.index, head=state.head.hex(), issued=(*root.issued, issued)
    )
    return Certified(kept, certificate, key, state)


def _replayed(root: Root, document: RosterFile) -> RosterState:
    if root.mailbox and root.mailbox != document.mailbox:
        raise OperationFailed("This root certifies the keys of another mailbox.")
    try:
        state = roster.replay(document.records, bytes.fromhex(document.mailbox))
        if root.index >= 0:
            roster.check_pin(state, root.index, bytes.fromhex(root.head))
    except (E2EEError, ValueError) as error:
        raise OperationFailed(f"The roster does not hold: {error}. Certify nothing, and find out why.") from None
    return state


def _write(path: Path, root: Root) -> None:
    """Whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(root), indent=2) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise OperationFailed(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        partial.unlink(missing_ok=True)
