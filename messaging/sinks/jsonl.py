"""Relation events as lines of a file, one JSON object each.

A process that dies while it writes leaves a torn line. The next write ends that line first: its event comes whole
after it, since the outbox forgets only what was synced. Readers skip a line that does not parse.
"""

import asyncio
import os
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
            if self._is_torn():
                file.write(b"\n")
            file.write(b"".join(line + b"\n" for line in envelopes))
            file.flush()
            os.fsync(file.fileno())

    def _is_torn(self) -> bool:
        """Whether the file ends in the middle of a line. A pipe or a terminal has no end to look at."""
        if not self._path.is_file() or not self._path.stat().st_size:
            return False
        with self._path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
