"""The service's own secrets, in one folder: made with the database, mode 0600, never logged.

    stamp.key       32 bytes, Ed25519 seed: stamps of thread logs; its public key is pinned by clients
    reporting.key   32 bytes, HMAC: `territory_ref` and `project_ref` of relation events
    vapid.key       32 bytes, seed of the P-256 key that signs pushes; browsers subscribe with its public key
    audit.key       32 bytes, Ed25519 seed: checkpoints of the moderators' audit log
The ring of column keys is the store's (messaging.store.sealing).
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from messaging.e2ee.entropy import Entropy

_KEY_BYTES = 32
_VAPID = "vapid.key"
_AUDIT = "audit.key"
_SINCE = {_VAPID: "0010", _AUDIT: "0012"}
"""The revision of the schema with which a key came that a database from before it does not have."""


class KeyFileError(Exception):
    """A key file that cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class ServiceKeys:
    stamp_seed: bytes
    reporting: bytes
    vapid_seed: bytes
    audit_seed: bytes


def make_folder(folder: Path) -> None:
    """Makes the folder of the service's data, for its own user alone, where there is none. Raises: KeyFileError."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise KeyFileError(
            f"{folder}: no folder, and none can be made ({error.strerror}). Set PLI_DATA_DIR to one that this user may "
            "write."
        ) from error


def make_missing(folder: Path, entropy: Entropy) -> None:
    """Makes the keys that are not there yet, beside a new database. Raises: KeyFileError."""
    make_folder(folder)
    for path in _paths(folder):
        if not path.exists():
            _make(path, entropy(_KEY_BYTES))


def make_later(folder: Path, revision: str, entropy: Entropy) -> None:
    """Makes the keys that came after this revision of the database: it had none, and nothing rests on them. Those that
    it was begun with, or that another host made for it since, are not made: nobody would take them.

    Raises: KeyFileError.
    """
    for name, since in _SINCE.items():
        path = folder / name
        if revision < since and not path.exists():
            _make(path, entropy(_KEY_BYTES))


def load(folder: Path) -> ServiceKeys:
    """Reads the keys. Nothing is made: other keys than those that a database began with would make every client that
    pinned them refuse all. Raises: KeyFileError.
    """
    return ServiceKeys(*map(_read, _paths(folder)))


def _paths(folder: Path) -> tuple[Path, Path, Path, Path]:
    return folder / "stamp.key", folder / "reporting.key", folder / _VAPID, folder / _AUDIT


def _make(path: Path, key: bytes) -> None:
    """Whole or not at all, and never over another."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(partial, path)
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be written ({error.strerror}). Make its folder writable.") from error
    finally:
        partial.unlink(missing_ok=True)


def _read(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode & 0o077
        key = path.read_bytes()
    except FileNotFoundError:
        raise KeyFileError(
            f"{path}: missing, and the database was begun with it. Restore it from the backup, or copy it from the "
            "host that ran `pli migrate`. If this deployment is new, run `pli migrate` first."
        ) from None
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be read ({error.strerror}).") from error
    if mode:
        raise KeyFileError(f"{path}: others may read this secret. Run: chmod 600 {path}")
    if len(key) != _KEY_BYTES:
        raise KeyFileError(f"{path}: not a key of {_KEY_BYTES} bytes. Restore it from the backup of this folder.")
    return key
