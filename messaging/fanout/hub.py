"""The sockets of one process, by mailbox and by account."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TypeVar

from messaging.domain.ids import AccountId, MailboxId
from messaging.ports import Listener

K = TypeVar("K")


class Hub:
    """An in-process `Fanout`. One encoded struct is shared by all who hear it; nothing here waits or blocks."""

    def __init__(self) -> None:
        self._by_mailbox: defaultdict[MailboxId, dict[Listener, None]] = defaultdict(dict)
        self._by_account: defaultdict[AccountId, dict[Listener, None]] = defaultdict(dict)
        self._joined: dict[Listener, tuple[MailboxId, ...]] = {}

    def join(self, listener: Listener, mailboxes: Sequence[MailboxId]) -> None:
        """Registers, or registers anew with other mailboxes."""
        self.leave(listener)
        self._joined[listener] = tuple(mailboxes)
        self._by_account[listener.account][listener] = None
        for mailbox in mailboxes:
            self._by_mailbox[mailbox][listener] = None

    def leave(self, listener: Listener) -> None:
        for mailbox in self._joined.pop(listener, ()):
            _discard(self._by_mailbox, mailbox, listener)
        _discard(self._by_account, listener.account, listener)

    def publish(self, mailboxes: Sequence[MailboxId], encoded: bytes, *, but: Listener | None = None) -> None:
        done: set[Listener] | None = None if len(mailboxes) == 1 else set()
        for mailbox in mailboxes:
            for listener in self._by_mailbox.get(mailbox, ()):
                if listener is but or (done is not None and listener in done):
                    continue
                if done is not None:
                    done.add(listener)
                listener.deliver(encoded)

    def refresh_account(self, account: AccountId) -> None:
        for listener in list(self._by_account.get(account, ())):
            listener.refresh()

    def close_account(self, account: AccountId, code: int) -> None:
        for listener in list(self._by_account.get(account, ())):
            listener.close(code)

    def listeners(self) -> list[Listener]:
        """All of them, as they are now."""
        return list(self._joined)

    def sockets_of(self, account: AccountId) -> list[Listener]:
        return list(self._by_account.get(account, ()))

    @property
    def sockets(self) -> int:
        return len(self._joined)


def _discard(index: dict[K, dict[Listener, None]], key: K, listener: Listener) -> None:
    listeners = index.get(key)
    if listeners is not None:
        listeners.pop(listener, None)
        if not listeners:
            del index[key]
