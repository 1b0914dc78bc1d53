"""One process at a time: a lock of the operating system beside the SQLite file.

It is a file of its own, since closing any handle of the database file would drop the locks that SQLite holds on it. The
kernel releases it when the process ends, however it ends.
"""

import fcntl
import os
from pathlib import Path
from typing import Self

from messaging.store.errors import CannotConnect, InUse


class ProcessLock:
    """Holds `<database>.lock` until `release`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, database: Path) -> Self:
        """Raises: InUse, naming the process that has it; CannotConnect, when the folder cannot be written."""
        path = database.with_name(database.name + ".lock")
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise CannotConnect(
                f"{path} cannot be written: {error.strerror}. Check the folder and its owner."
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise InUse(
                f"Another process (pid {holder}) has {database} open. Stop it first; several processes need PostgreSQL."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return cls(descriptor)

    def release(self) -> None:
        os.close(self._descriptor)
