"""The key ring: the keys of the sealed columns, and the key of the references that are stored as HMACs only.

One JSON document: `{"current": 1, "keys": {"1": base64}, "index_key": base64}`. A value opens under the key whose id it
begins with. Which key new values are sealed under is the database's to say (`meta.seal_key`), so that all processes
agree; `current` is what a new database begins with. Whoever loses the ring loses presentations and waiting cards, and
every account and mailbox would be a stranger.
"""

import os
import stat
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Final, Self

import msgspec
from msgspec import Meta, Struct

from messaging.e2ee.entropy import Entropy, draw
from messaging.store.errors import BadKeyRing

KEY_BYTES: Final = 32
KEY_ID_MAX: Final = 255
_Key = Annotated[bytes, Meta(min_length=KEY_BYTES, max_length=KEY_BYTES)]


class _Document(Struct, forbid_unknown_fields=True):
    current: int
    keys: dict[str, _Key]
    index_key: _Key


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by id (1 to 255), 32 bytes each. Raises: BadKeyRing, on any other shape."""

    keys: Mapping[int, bytes] = field(repr=False)
    current: int
    index_key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise BadKeyRing("The key ring has no key with the id that it calls current. Restore it from your backup.")
        if not all(1 <= key_id <= KEY_ID_MAX for key_id in self.keys):
            raise BadKeyRing("The ids in the key ring must be from 1 to 255. Restore it from your backup.")
        if any(len(key) != KEY_BYTES for key in (*self.keys.values(), self.index_key)):
            raise BadKeyRing("Every key of the key ring must have 32 bytes. Restore it from your backup.")

    @classmethod
    def generate(cls, entropy: Entropy) -> Self:
        """A new ring with one key."""
        return cls({1: draw(entropy, KEY_BYTES)}, 1, draw(entropy, KEY_BYTES))

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Raises: BadKeyRing; what the text holds stays out of the message."""
        try:
            document = msgspec.json.decode(text, type=_Document)
            keys = {int(key_id): key for key_id, key in document.keys.items()}
        except (msgspec.DecodeError, ValueError):
            raise BadKeyRing(
                "The key ring is not the JSON document that this service writes. Restore it from your backup."
            ) from None
        return cls(keys, document.current, document.index_key)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Raises: BadKeyRing, also when others than its owner may read the file."""
        try:
            with path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                text = file.read()
        except FileNotFoundError:
            raise BadKeyRing(
                f"There is no key ring at {path}. Restore it from your backup, or write where it is "
                "(PLI_KEY_RING_FILE). A new one opens nothing of an existing database. If this deployment is new, run "
                "`pli migrate` first."
            ) from None
        except OSError as error:
            raise BadKeyRing(f"The key ring at {path} cannot be read: {error.strerror}.") from None
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise BadKeyRing(f"Others than its owner may read or change the key ring. Run: chmod 600 {path}")
        return cls.from_json(text)

    def with_key(self, key_id: int, entropy: Entropy) -> Self:
        """This ring and one new key."""
        return replace(self, keys={**self.keys, key_id: draw(entropy, KEY_BYTES)})

    def only(self, kept: Collection[int], current: int) -> Self:
        """The ring without the other keys. Raises: BadKeyRing, if `current` is not among those kept."""
        return replace(self, keys={key_id: self.keys[key_id] for key_id in kept}, current=current)

    def to_json(self) -> bytes:
        keys = {str(key_id): key for key_id, key in sorted(self.keys.items())}
        return msgspec.json.encode(_Document(self.current, keys, self.index_key))

    def create_file(self, path: Path) -> None:
        """Writes a new file, mode 0600, whole or not at all, and never over another. Raises: BadKeyRing."""
        try:
            self._write(path, os.link)
        except FileExistsError:
            raise BadKeyRing(f"There is a key ring at {path} already; it was left as it is.") from None

    def replace_file(self, path: Path) -> None:
        """Writes the file over the one that is there; a crash leaves one of them, whole. Raises: BadKeyRing."""
        self._write(path, os.replace)

    def _write(self, path: Path, into_place: Callable[[Path, Path], None]) -> None:
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            partial.unlink(missing_ok=True)
            _write_durably(partial, self.to_json())
            into_place(partial, path)
            _sync_folder(path.parent)
        except FileExistsError:
            raise
        except OSError as error:
            raise BadKeyRing(f"The key ring cannot be written to {path}: {error.strerror}.") from None
        finally:
            partial.unlink(missing_ok=True)


class RingFile:
    """The file of the ring as one process follows it: read again only when it is another than the last time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int, int] | None = None

    def read(self) -> KeyRing:
        """Raises: BadKeyRing."""
        self._seen = self._signature()
        return KeyRing.from_file(self.path)

    def newer(self) -> KeyRing | None:
        """The ring, if the file changed since it was read; None otherwise. Raises: BadKeyRing."""
        return None if self._signature() == self._seen else self.read()

    def _signature(self) -> tuple[int, int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


def _write_durably(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
