"""What ends: people erased, threads retired, and what is held from it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from messaging.domain.authorization import Grant
from messaging.domain.ids import (
    AccountId,
    SeatId,
    ThreadId,
)
from messaging.domain.retention import Category
from messaging.wire.platform import AccountExport


class Erasing(Protocol):
    """Deletes for good; each method returns how many rows went, by table."""

    async def threads_with_waiting_cards(self, grant: Grant, seats: Sequence[SeatId]) -> list[ThreadId]:
        """Those in which one of these seats has a card in escrow, in order of id. Lock them, then look again."""

    async def empty_mailbox(self, grant: Grant) -> dict[str, int]:
        """Desk, unused prekeys, presentations, dimensions and seeds of grant.mailbox, in which nobody sits any more."""

    async def forget_account(self, grant: Grant, tombs: Mapping[SeatId, AccountId], at: int) -> dict[str, int]:
        """Everything of grant.account but its seats, which are all in `tombs`: each stays under the new account given,
        which is nobody's."""


class Retiring(Protocol):
    """Deletes what its time has come for: what is older than `before` (ms) in a category."""

    async def count(self, category: Category, before: int) -> int:
        """Rows; of threads, how many threads."""

    async def delete(self, category: Category, before: int, limit: int) -> int:
        """At most `limit` rows of a category other than threads; how many went. Passes over locked ones. Of a claimed
        prekey stays that its index was used."""

    async def dormant(self, before: int, after: ThreadId | None, limit: int) -> list[ThreadId]:
        """Threads in which nothing happened since, by id, from past `after`. Lock them, then look again."""

    async def forget_threads(self, gone: Sequence[ThreadId]) -> dict[str, int]:
        """Whole conversations but for their lines in the register; rows by table."""


class Holdings(Protocol):
    async def of_account(self, grant: Grant, now: int) -> AccountExport:
        """All that is held about grant.account, which exists."""
