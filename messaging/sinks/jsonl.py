"""Relation events as lines of a file, one JSON object each.

A process that dies while it writes leaves a torn line. The next write ends that line first: its event comes whole
after it, since the outbox forgets only what was synced. Readers skip a line that does not parse. Workers on one host
may write to one file: each locks it meanwhile.
"""

import asyncio
import fcntl
import os
import stat
from collections.abc import Sequence
from pathlib import Path


class JsonlSink:
    """Appends and syncs, so that what the outbox forgets the file holds. Mode 0600."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def write(self, envelopes: Sequence[bytes]) -> None:
        await asyncio.to_thread(self._append, envelopes)

    def _append(self, envelopes: Sequence[bytes]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
            if is_file:
                fcntl.flock(descriptor, fcntl.LOCK_EX)  # until the file is closed
            if is_file and self._is_torn():
                file.write(b"\n")
            file.write(b"".join(line + b"\n" for line in envelopes))
            file.flush()
            if is_file:  # a pipe, a terminal: nothing to sync, and the system refuses to
                os.fsync(descriptor)

    def _is_torn(self) -> bool:
        """Whether the file ends in the middle of a line."""
        with self._path.open("rb") as file:
            if not file.seek(0, os.SEEK_END):
                return False
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
