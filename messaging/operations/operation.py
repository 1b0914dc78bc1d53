"""One operation: a name, what it asks, what it answers, and a function that is told where it runs.

It runs in whichever process may have the store open: in the running service (embedded), or in the command itself. So it
prints nothing, reads no environment, and takes all from its workplace.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from msgspec import Struct

from messaging.app import Service
from messaging.config import Settings
from messaging.e2ee.entropy import Entropy
from messaging.pipeline import Query, UseCase
from messaging.ports import Clock
from messaging.store import SqlStore

A = TypeVar("A", bound=Struct)
R = TypeVar("R", bound=Struct)
T = TypeVar("T")

Say = Callable[[str], None]
"""Tells the operator how far it is, one line at a time."""


class OperationFailed(Exception):
    """It was not done; the message says why, and what to do."""


class Nothing(Struct):
    """Of an operation that asks or answers nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """Where an operation runs, and what it may use."""

    settings: Settings
    store: SqlStore
    clock: Clock
    entropy: Entropy
    say: Say
    service: Service | None = None
    """The running service, if this is its process."""

    async def run(self, use_case: UseCase[T]) -> T:
        """Carries out a use case; in a running service its sockets hear of it."""
        if self.service is not None:
            return await self.service.pipeline.run(use_case)
        async with self.store.transaction() as tx:
            outcome = await use_case(tx)
        return outcome.answer

    async def read(self, query: Query[T]) -> T:
        """Answers a question from what is committed."""
        async with self.store.reading() as tx:
            return await query(tx)


@dataclass(frozen=True, slots=True)
class Operation(Generic[A, R]):
    """`name`: what the admin socket knows it by, `noun.verb`."""

    name: str
    asks: type[A]
    answers: type[R]
    work: Callable[[Workplace, A], Awaitable[R]]
    """Raises: OperationFailed, StoreError, PliError; it may be repeated after any of them, and after a crash."""
