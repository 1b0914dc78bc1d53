"""How many sockets an account has at all processes together.

Whoever gets a socket of an account says so; who has others of that account answers with theirs. So each process knows
of the others' only for accounts that are here too, and each ends what is too many of its own: all come to the same
(`messaging.domain.crowd`). What is not heard is not counted: while Redis is away each process bounds its own.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final

from messaging.domain import limits
from messaging.domain.crowd import Standing, surplus
from messaging.domain.ids import AccountId
from messaging.fanout.notes import Alive, Came, Went
from messaging.fanout.rates import Tell
from messaging.ports import Clock, Listener
from messaging.wire import closing

_ANY_KEYS: Final = tuple(bytes([shard]) for shard in range(limits.shared_shards))
"""One key of each shard."""


class Attendance:
    """The sockets here, and those elsewhere of the same accounts."""

    def __init__(self, origin: bytes, tell: Tell, clock: Clock) -> None:
        self._origin = origin
        self._tell = tell
        self._clock = clock
        self._numbers: dict[Listener, int] = {}
        self._here: defaultdict[AccountId, dict[int, tuple[Listener, Standing]]] = defaultdict(dict)
        self._elsewhere: defaultdict[AccountId, dict[tuple[bytes, int], Standing]] = defaultdict(dict)
        self._heard_at: dict[bytes, float] = {}
        self._next = 0

    def came(self, listener: Listener) -> None:
        """A socket that is new here."""
        account, self._next = listener.account, self._next + 1
        standing = Standing(self._clock(), self._origin, self._next, listener.device)
        self._numbers[listener] = self._next
        self._here[account][self._next] = (listener, standing)
        self._say(account, standing, asks=True)

    def went(self, listener: Listener) -> None:
        number, account = self._numbers.pop(listener, None), listener.account
        if number is None:
            return
        del self._here[account][number]
        if not self._here[account]:
            # Nobody here would go by it any more.
            del self._here[account]
            self._elsewhere.pop(account, None)
        self._tell(account, Went(account, number))

    def elsewhere(self, account: AccountId) -> int:
        """Sockets of an account that is here, at other processes, as far as is known."""
        return len(self._elsewhere.get(account, ()))

    # what is heard

    def hear_came(self, origin: bytes, note: Came) -> None:
        account = AccountId(note.account)
        here = self._here.get(account)
        if here is None:
            return
        others = self._elsewhere[account]
        if len(others) < limits.sockets_elsewhere_max:
            others[origin, note.number] = Standing(note.since, origin, note.number, note.device)
        if note.asks:
            for _, standing in here.values():
                self._say(account, standing, asks=False)
        self._end_surplus(account)

    def hear_went(self, origin: bytes, note: Went) -> None:
        others = self._elsewhere.get(AccountId(note.account))
        if others is not None:
            others.pop((origin, note.number), None)

    def heard(self, origin: bytes) -> None:
        """Anything at all of this process."""
        self._heard_at[origin] = asyncio.get_running_loop().time()

    # as time passes

    def beat(self) -> None:
        """Says that this process goes on, and forgets those that say nothing any more."""
        for key in _ANY_KEYS:
            self._tell(key, Alive())
        now = asyncio.get_running_loop().time()
        silent = {origin for origin, at in self._heard_at.items() if now - at > limits.shared_origin_silent_s}
        for origin in silent:
            del self._heard_at[origin]
        if silent:
            self._forget(lambda standing: standing.origin in silent)

    def gap(self) -> None:
        """Something was not heard: what is known of the others may be wrong, and is asked for again."""
        self._forget(lambda _: True)
        for account, here in self._here.items():
            for _, standing in here.values():
                self._say(account, standing, asks=True)

    def _say(self, account: AccountId, standing: Standing, *, asks: bool) -> None:
        self._tell(account, Came(account, standing.number, standing.since, standing.device, asks))

    def _forget(self, which: Callable[[Standing], bool]) -> None:
        for account, others in list(self._elsewhere.items()):
            for key in [key for key, standing in others.items() if which(standing)]:
                del others[key]
            if not others:
                del self._elsewhere[account]

    def _end_surplus(self, account: AccountId) -> None:
        here = self._here[account]
        known: Iterable[Standing] = [standing for _, standing in here.values()]
        for gone in surplus([*known, *self._elsewhere[account].values()], limits.sockets_per_account_max):
            if gone.origin == self._origin:
                listener, _ = here[gone.number]
                self.went(listener)
                listener.close(closing.TOO_MANY_CONNECTIONS)
