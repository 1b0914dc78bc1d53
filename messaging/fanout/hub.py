"""The sockets of one process, by mailbox and by account."""

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator, Sequence
from typing import Final, TypeVar

from messaging.domain.ids import AccountId, MailboxId
from messaging.ports import Listener, Mark

K = TypeVar("K")

_LIFTED_MAX: Final = 4_096
"""Removals that are remembered: many more than one process commits while somebody's seats are read."""


class Hub:
    """An in-process `Fanout`. One encoded struct is shared by all who hear it; nothing here waits or blocks."""

    def __init__(self) -> None:
        self._by_mailbox: defaultdict[MailboxId, dict[Listener, None]] = defaultdict(dict)
        self._by_account: defaultdict[AccountId, dict[Listener, None]] = defaultdict(dict)
        self._joined: dict[Listener, tuple[MailboxId, ...]] = {}
        self._barred: Counter[tuple[AccountId, MailboxId]] = Counter()
        self._lifted: deque[tuple[int, AccountId, MailboxId]] = deque(maxlen=_LIFTED_MAX)
        self._moment = 0

    @property
    def moment(self) -> int:
        return self._moment

    def join(self, listener: Listener, mailboxes: Sequence[MailboxId], *, as_of: int = 0) -> None:
        """Registers, or registers anew with other mailboxes."""
        self._forget(listener)
        closed = self._closed_to(listener.account, as_of)
        heard = tuple(mailbox for mailbox in mailboxes if mailbox not in closed)
        self._joined[listener] = heard
        self._by_account[listener.account][listener] = None
        for mailbox in heard:
            self._by_mailbox[mailbox][listener] = None

    def bar(self, account: AccountId, mailbox: MailboxId) -> None:
        self._barred[account, mailbox] += 1
        for listener in self._by_account.get(account, ()):
            self._joined[listener] = tuple(other for other in self._joined[listener] if other != mailbox)
            _discard(self._by_mailbox, mailbox, listener)

    def lift(self, account: AccountId, mailbox: MailboxId) -> None:
        self._barred -= Counter({(account, mailbox): 1})
        self._moment += 1
        self._lifted.append((self._moment, account, mailbox))

    def _closed_to(self, account: AccountId, as_of: int) -> set[MailboxId]:
        """The mailboxes that the account must not hear, whatever was read at `as_of`. Removals are rare: few to look
        through, and the memory of them outlasts every reading of seats."""
        barred = {mailbox for who, mailbox in self._barred if who == account}
        return barred | {mailbox for at, who, mailbox in self._lifted if who == account and at > as_of}

    def leave(self, listener: Listener) -> None:
        self._forget(listener)

    def _forget(self, listener: Listener) -> None:
        for mailbox in self._joined.pop(listener, ()):
            _discard(self._by_mailbox, mailbox, listener)
        _discard(self._by_account, listener.account, listener)

    def publish(
        self, mailboxes: Sequence[MailboxId], encoded: bytes, *, but: Listener | None = None, mark: Mark | None = None
    ) -> None:
        self._say(mailboxes, encoded, but)

    def _say(
        self,
        mailboxes: Sequence[MailboxId],
        encoded: bytes,
        but: Listener | None,
        among: Collection[tuple[Listener, MailboxId]] | None = None,
    ) -> None:
        """`among`: nobody else hears it."""
        done: set[Listener] | None = None if len(mailboxes) == 1 else set()
        for mailbox in mailboxes:
            for listener in self._by_mailbox.get(mailbox, ()):
                if listener is but or (done is not None and listener in done):
                    continue
                if among is not None and (listener, mailbox) not in among:
                    continue
                if done is not None:
                    done.add(listener)
                listener.deliver(encoded)

    def listening(self, mailboxes: Collection[MailboxId]) -> Iterator[tuple[Listener, MailboxId]]:
        """Who would hear something said to these mailboxes, and in which of them."""
        for mailbox in mailboxes:
            for listener in self._by_mailbox.get(mailbox, ()):
                yield listener, mailbox

    def mailboxes(self) -> list[MailboxId]:
        """Those that somebody here listens to."""
        return list(self._by_mailbox)

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
