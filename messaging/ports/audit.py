"""The audit log, and the moderation's certificates."""

from typing import Protocol

from messaging.domain.ids import (
    MailboxId,
)


class AuditLog(Protocol):
    """The moderators' audit log: leaves that are never changed, the complete subtrees over them, and the checkpoints.

    The service's own book: what a moderator may see of it, `authorize` says.
    """

    async def append(self, leaf: bytes) -> tuple[int, bytes]:
        """The next leaf; returns its index, and its audit path in the log that ends with it.

        Whoever appends holds the log until its transaction ends: to be done last, once all rows that it needs are
        locked.
        """

    async def put_checkpoint(self, size: int, note: str) -> None: ...

    async def checkpoint(self) -> tuple[int, str] | None:
        """The newest one and its size; None for an empty log."""

    async def path(self, index: int, size: int) -> bytes:
        """The audit path of a leaf at that size. Raises: NotFound."""

    async def consistency(self, size: int, later_size: int) -> bytes:
        """The proof that the log of `later_size` begins with that of `size`. Raises: NotFound."""

    async def leaves(self, first: int, limit: int) -> list[tuple[int, bytes]]:
        """Leaves by their index, from that one on."""

    async def nodes(self, level: int, first: int, limit: int) -> list[tuple[int, bytes]]:
        """Complete subtrees of one level by their index, as they are stored: for who examines the log."""

    async def checkpoints(self, above: int, limit: int) -> list[tuple[int, str]]:
        """Checkpoints of sizes above that one, as they are stored."""

    async def levels(self) -> list[int]:
        """The levels of which a subtree is stored."""


class ModerationKeys(Protocol):
    """Certificates of the keys that reports are sealed to."""

    async def put(self, g: int, not_after: int, certificate: bytes, at: int) -> bool:
        """False, and nothing changed, if there is one of that generation and end already."""

    async def newest(self) -> bytes | None:
        """Of the highest generation, the one that holds longest; None while none is installed."""

    async def all(self) -> list[bytes]:
        """Oldest generation first."""

    async def mailboxes(self) -> list[MailboxId]:
        """The founded mailboxes of moderators: whose keys are certified."""
