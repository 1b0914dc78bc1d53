"""What somebody who holds the database can see: the demo shows it beside what people see.

The rows come through the store (SQLite has one process); the search goes over the raw bytes of every file.
"""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from messaging.domain import limits
from messaging.domain.authorization import Grant, Operation
from messaging.domain.ids import ThreadId
from messaging.e2ee.epoch import Wraps
from messaging.ports import EventRow, Store

_BASE64_CHARS_MIN: Final = 8
"""What is shorter stands in keys and ciphertexts by chance."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A secret that was found where it must not be."""

    secret: str
    file: Path
    form: str


async def log_of(store: Store, thread: bytes) -> list[EventRow]:
    """All events of a thread as they are stored. Nobody authorized this: it is what the database gives away."""
    async with store.reading() as tx:
        return await tx.events.range(_stolen(thread), 0, limits.pull_events_max, 1 << 30)


async def wraps_of(store: Store, thread: bytes) -> dict[int, Wraps]:
    """The sealed keys of a thread's epochs."""
    async with store.reading() as tx:
        return dict(await tx.threads.wraps(_stolen(thread), 0, limits.pull_events_max))


async def subject_of(store: Store, thread: bytes) -> str:
    """How relation events name this thread: the one who asks here knows both sides of that veil."""
    async with store.reading() as tx:
        return (await tx.threads.get([ThreadId(thread)]))[ThreadId(thread)].subject.hex()


def _stolen(thread: bytes) -> Grant:
    return Grant(Operation.EVENTS_PULL, thread=ThreadId(thread), party=0)


def search(folder: Path, secrets: list[str]) -> list[Finding]:
    """Looks for each secret in every file of the folder: as it is, in hex, and in base64 at each alignment."""
    contents = [(path, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]
    return [
        Finding(secret, path, form)
        for secret in secrets
        for form, needle in _forms(secret.encode())
        for path, content in contents
        if needle in content
    ]


def _forms(secret: bytes) -> list[tuple[str, bytes]]:
    aligned = [(f"base64+{skip}", base64.b64encode(secret[skip : skip + _whole(secret, skip)])) for skip in range(3)]
    told = [(form, needle) for form, needle in aligned if len(needle) >= _BASE64_CHARS_MIN]
    return [("text", secret), ("hex", secret.hex().encode()), ("HEX", secret.hex().upper().encode()), *told]


def _whole(secret: bytes, skip: int) -> int:
    """How many bytes after `skip` make whole groups of three: those stand the same in any longer base64."""
    return (len(secret) - skip) // 3 * 3
