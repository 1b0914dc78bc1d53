"""Fan-out: from the commit to who listens."""

from collections.abc import Sequence
from typing import Protocol

from messaging.domain.authorization import Person
from messaging.domain.ids import (
    AccountId,
    MailboxId,
)

Mark = tuple[bytes, int]
"""How far a log is with what is published: (thread, `side_log` or, for its desk, mailbox; seq)."""


def side_log(thread: bytes, mailbox: bytes) -> bytes:
    """A thread's log as only one of its mailboxes is told of it, as of its opening: each side in its own words."""
    return thread + mailbox


class Listener(Protocol):
    """One socket, as the fan-out sees it. Neither method blocks or raises."""

    actor: Person
    """Who it is, with the seats that it last read."""

    @property
    def account(self) -> AccountId: ...

    device: bytes
    """As its hello named it: 16 bytes."""

    def deliver(self, encoded: bytes) -> None:
        """Queues one encoded struct; a listener that is too slow drops all and closes with 4010."""

    def close(self, code: int) -> None: ...

    def refresh(self) -> None:
        """The account's seats changed: read them again and join anew."""


class Fanout(Protocol):
    """Wakes whoever listens. Best effort: correctness never depends on it, since a gap in seq is pulled."""

    @property
    def sockets(self) -> int:
        """Sockets of this process."""

    def sockets_of(self, account: AccountId) -> Sequence[Listener]:
        """Those of this process, the longest joined first."""

    @property
    def moment(self) -> int:
        """Goes up with each `lift`: to be noted before seats are read that a `join` will go by."""

    def join(self, listener: Listener, mailboxes: Sequence[MailboxId], *, as_of: int = 0) -> None:
        """Listens to these mailboxes only. `as_of`: the `moment` before they were read; a mailbox that is barred to the
        account, or was since then, is left out."""

    def leave(self, listener: Listener) -> None: ...

    def publish(
        self, mailboxes: Sequence[MailboxId], encoded: bytes, *, but: Listener | None = None, mark: Mark | None = None
    ) -> None:
        """One encoded struct for every listener of these mailboxes, each once, but not to `but`. `mark`: how far the
        log is that it continues; whoever has it has heard."""

    def bar(self, account: AccountId, mailbox: MailboxId) -> None:
        """From now on no listener of the account hears anything of the mailbox, until `lift`."""

    def lift(self, account: AccountId, mailbox: MailboxId) -> None:
        """Ends a bar: who read the seats before this moment still does not get in."""

    def refresh_account(self, account: AccountId) -> None: ...

    def close_account(self, account: AccountId, code: int) -> None: ...
