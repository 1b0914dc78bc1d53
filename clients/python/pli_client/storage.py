"""What a device keeps: small named values. Two kinds, one contract.

`put` returns once the value survives the end of the process, and replaces the old one whole or not at all. Names are
lower-case letters, digits, dots and hyphens.
"""

import asyncio
import os
import re
from pathlib import Path
from typing import Final, Protocol

from messaging.e2ee import suite
from messaging.e2ee.encoding import frame
from messaging.e2ee.entropy import Entropy
from messaging.e2ee.errors import BadSeal
from pli_client.defaults import system_entropy
from pli_client.errors import StorageDamaged

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,200}")
_SUFFIX: Final = ".sealed"


class Storage(Protocol):
    """Values of one account on one device. Calls for one name never overlap."""

    async def get(self, name: str) -> bytes | None:
        """Raises: StorageDamaged."""

    async def put(self, name: str, value: bytes) -> None: ...

    async def delete(self, name: str) -> None:
        """A name that does not exist is no error."""

    async def names(self, prefix: str) -> list[str]:
        """Sorted."""


class MemoryStorage:
    """For tests and for clients that live once: forgets all at the end of the process."""

    def __init__(self) -> None:
        self._values: dict[str, bytes] = {}

    async def get(self, name: str) -> bytes | None:
        return self._values.get(_checked(name))

    async def put(self, name: str, value: bytes) -> None:
        self._values[_checked(name)] = value

    async def delete(self, name: str) -> None:
        self._values.pop(_checked(name), None)

    async def names(self, prefix: str) -> list[str]:
        return sorted(name for name in self._values if name.startswith(prefix))


class FileStorage:
    """One folder (mode 0700) with one file a value (0600), each sealed with AES-256-GCM under the device key.

    A file is bound to its name, written beside, synced and renamed over the old one. The device key is 32 bytes that
    the application keeps where the system keeps secrets.
    """

    def __init__(self, folder: str | Path, key: bytes, *, entropy: Entropy = system_entropy) -> None:
        self._folder = Path(folder)
        self._key = suite.kdf(suite.check_key(key, "the device key"), "pli1/device-files")
        self._entropy = entropy

    async def get(self, name: str) -> bytes | None:
        return await asyncio.to_thread(self._get, _checked(name))

    async def put(self, name: str, value: bytes) -> None:
        await asyncio.to_thread(self._put, _checked(name), value)

    async def delete(self, name: str) -> None:
        await asyncio.to_thread(self._path(_checked(name)).unlink, missing_ok=True)

    async def names(self, prefix: str) -> list[str]:
        return await asyncio.to_thread(self._names, prefix)

    def _path(self, name: str) -> Path:
        return self._folder / (name + _SUFFIX)

    def _get(self, name: str) -> bytes | None:
        try:
            sealed = self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        try:
            return suite.open_sealed(self._key, sealed, _aad(name))
        except BadSeal as error:
            raise StorageDamaged(f"{name} does not open with this device key") from error

    def _put(self, name: str, value: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(name)
        beside = path.with_suffix(".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(suite.seal(self._key, value, _aad(name), self._entropy))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        self._sync_folder()

    def _sync_folder(self) -> None:
        """The rename itself must survive a power cut too."""
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _names(self, prefix: str) -> list[str]:
        if not self._folder.is_dir():
            return []
        stems = (path.name.removesuffix(_SUFFIX) for path in self._folder.glob(f"*{_SUFFIX}"))
        return sorted(name for name in stems if name.startswith(prefix))


def _checked(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"not a name of the storage: {name!r}")
    return name


def _aad(name: str) -> bytes:
    return frame("pli1/device-file", name.encode("ascii"))
