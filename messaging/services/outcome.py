"""What a use case hands back: the answer to who asked, and what others should hear once it is committed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from messaging.domain.ids import AccountId, MailboxId
from messaging.wire.events import AnyDown

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Publication:
    """One struct for every listener of some mailboxes; `to_sender` also for the socket that caused it."""

    mailboxes: tuple[MailboxId, ...]
    struct: AnyDown
    to_sender: bool = False
    aside: bool = False
    """The thread's others are told of the same in words of their own: who heard these heard nothing for them."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """The result of one committed use case."""

    answer: T
    publish: Sequence[Publication] = ()
    later: Sequence[tuple[int, Publication]] = ()
    """To publish at a time (ms). Held in memory only: whoever misses it finds it when it lists its threads."""
    refresh: Sequence[AccountId] = ()
    """Accounts whose seats changed: their sockets read them again."""
    close: Sequence[AccountId] = ()
    """Accounts whose access ended: their sockets are closed as revoked."""
    bar: Sequence[tuple[AccountId, MailboxId]] = ()
    """Accounts whose seat in a mailbox ends with this commit: before it, their sockets stop hearing the mailbox."""
