"""Alerts, and the mail server and push services that carry them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from messaging.domain.alerts import Ledger, Quiet, Waiting
from messaging.domain.authorization import Grant
from messaging.domain.ids import (
    AccountId,
    SeatId,
    SubscriptionId,
    ThreadId,
)


@dataclass(frozen=True, slots=True)
class AlertRow:
    """How one person is alerted, and was."""

    account: AccountId
    ledger: Ledger
    look_at: int
    """When the worker looks next, ms; `never` where there is nobody to tell."""
    wanted: bool = True
    quiet: Quiet = field(default_factory=Quiet)
    address: str | None = None
    pending: str | None = None
    asked: bool = False
    """Whether the owner of `pending` was written to."""
    failing_since: int | None = None
    """When the mail server refused `address` for good, ms."""


@dataclass(frozen=True, slots=True)
class AlertLinkRow:
    """What a mail's link is good for."""

    account: AccountId
    purpose: str
    thread: ThreadId | None
    made_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class PushChannel:
    """One browser that takes pushes (RFC 8030), with the keys to encrypt for it (RFC 8291)."""

    subscription: SubscriptionId
    endpoint: str
    p256dh: bytes
    """65 bytes, an uncompressed point of P-256."""
    auth: bytes
    """16 bytes"""
    made_at: int


class Alerts(Protocol):
    """Of grant.account, but for what the worker and a link ask before they know of whom."""

    async def get(self, grant: Grant) -> AlertRow | None:
        """Locked until the end of a `transaction()`."""

    async def put(self, grant: Grant, row: AlertRow) -> None:
        """Inserts or replaces; addresses are sealed at rest."""

    async def due(self, now: int) -> bool:
        """Whether there is anybody to be looked at."""

    async def take(self, now: int, limit: int) -> list[AlertRow]:
        """Those to be looked at, locked, the longest waiting first. Nothing, while another transaction that called this
        is open."""

    async def waiting(self, grant: Grant, limit: int) -> list[Waiting]:
        """What waits, unread, for the mailboxes in which the account has an active seat, the oldest first."""

    async def case_words(self, grant: Grant, told_after: int, limit: int) -> list[Waiting]:
        """What moderators ask the account's mailboxes, and have no answer to, and what they told them after
        `told_after` (ms): at most `limit` of each, the oldest first."""

    async def remind(self, grant: Grant, at: int) -> bool:
        """Notes that grant.party of grant.thread was reminded at the moment `at`; False: it was, then or later."""

    async def unreached(self, grant: Grant) -> list[SeatId]:
        """The active seats of grant.mailbox whose person wants mails and whose address is failing."""

    async def put_link(self, digest: bytes, row: AlertLinkRow) -> None:
        """`digest` = SHA-256 of the token: who reads the database cannot use one. Deletes some that expired."""

    async def link(self, digest: bytes, now: int) -> AlertLinkRow | None: ...

    async def void_links(self, grant: Grant, purpose: str, void: str) -> None:
        """Links of one purpose are of the purpose `void` from now on: counted still, and good for nothing."""

    async def links_since(self, grant: Grant, purposes: Sequence[str], since: int) -> int: ...

    async def put_push(self, grant: Grant, channel: PushChannel) -> SubscriptionId:
        """The id of the subscription to this endpoint: the one that it had if it is known, with the new keys. Beyond
        `limits.push_subscriptions_max` the oldest goes. Sealed at rest."""

    async def pushes(self, grant: Grant) -> list[PushChannel]: ...

    async def delete_push(self, grant: Grant, subscription: SubscriptionId) -> None: ...


class UndeliverableError(Exception):
    """The recipient's address was refused for good."""


class MailServerError(Exception):
    """The mail server did not take a mail now. The message says what to do, and holds no address."""


class MailSink(Protocol):
    """Takes mails to the world."""

    async def send(self, address: str, letter: bytes) -> None:
        """Returns once the mail server has it. Raises: UndeliverableError, MailServerError."""


class PushSink(Protocol):
    """Takes pushes to browsers."""

    async def push(self, channel: PushChannel, content: bytes) -> bool:
        """False: the subscription is gone for good. Raises: anything, where the push service did not take it now."""
