"""Relation events as lines of a file, one JSON object each."""

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
            file.write(b"".join(line + b"\n" for line in envelopes))
            file.flush()
            os.fsync(file.fileno())
