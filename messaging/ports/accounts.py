"""Accounts: tickets, kept answers, vaults, the platform's keys, and the tokens by which people are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from messaging.domain.authorization import Grant
from messaging.domain.ids import (
    AccountId,
    KeyId,
)
from messaging.domain.scope import Scope
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.ports.mailboxes import SeatClaim
from messaging.wire.rest import VaultBody


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket stands for."""

    account: AccountId
    token_expires_at: int
    """ms; the socket is closed with 4005 when it passes without a refresh."""
    seats: tuple["SeatClaim", ...]
    openings_per_day: int | None = None
    """The token's quota."""
    token_issued_at: int = 0
    """ms; the token says nothing of a mailbox that removed the account's seat at that time or later."""


@dataclass(frozen=True, slots=True)
class PlatformKeyRow:
    """A key of the platform's back end. The secret is nowhere: `digest` is the SHA-256 of the whole key."""

    key: KeyId
    digest: bytes
    name: str
    scopes: frozenset[Scope]
    made_at: int
    revoked_at: int | None


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a request with an Idempotency-Key was answered, and the digest of that request."""

    request: bytes
    status: int
    """0: it began in a transaction of its own, and was not answered yet."""
    body: bytes

    @property
    def finished(self) -> bool:
        return self.status != 0


class Accounts(Protocol):
    async def ensure(self, issuer: str, subject: str, new_id: AccountId) -> AccountId:
        """The account of this (issuer, subject), made with `new_id` if there is none. Concurrent calls agree.

        The store keeps an HMAC of (issuer, subject), not the words."""

    async def find(self, issuer: str, subject: str) -> AccountId | None: ...

    async def revoke(self, account: AccountId, at: int) -> None:
        """Tokens issued at or before `at` (ms) are void, and so are all tickets of the account."""

    async def revoked_at(self, account: AccountId) -> int:
        """0 if never."""

    async def revoked_since(self, accounts: Sequence[AccountId], since: int) -> Mapping[AccountId, int]:
        """Those of the accounts that were revoked at or after `since`, and when (ms)."""

    async def refuse_until_now(self, issuer: str, subject: str, now: int) -> None:
        """Keeps in mind for `limits.erased_person_h` that this person's account was erased, and forgets older ones."""

    async def erased_at(self, issuer: str, subject: str) -> int:
        """When this person's account was erased, as long as that is kept; else 0."""


class Tickets(Protocol):
    async def put(self, digest: bytes, ticket: Ticket, expires_at: int) -> None:
        """`digest` = SHA-256 of the ticket: who reads the database cannot use one."""

    async def take(self, digest: bytes, now: int) -> Ticket | None:
        """Consumes: of two concurrent calls one gets it. None if unknown, used or expired. Deletes expired ones."""


class PlatformKeys(Protocol):
    """The service's own book of who may speak for the platform."""

    async def put(self, row: PlatformKeyRow) -> None:
        """Raises: TooMany, with `limits.platform_keys_max` that are not revoked."""

    async def get(self, key: KeyId) -> PlatformKeyRow | None:
        """In a `transaction()` a revocation waits until that one ends."""

    async def all(self) -> list[PlatformKeyRow]:
        """By the time they were made, revoked ones too."""

    async def revoke(self, key: KeyId, at: int) -> bool:
        """Whether there was such a key that was good until now."""


class Answers(Protocol):
    """Answers kept by (caller, Idempotency-Key), both as digests of 32 bytes."""

    async def begin(self, caller: bytes, key: bytes, request: bytes, now: int) -> KeptAnswer | None:
        """The kept answer; None for whoever comes first, who must `finish` in this transaction, or in a second one
        that begins with the same request.

        Of two at once the second waits for the first one's commit, and is the first if that one rolled back. Clears
        away a few expired ones. Raises: TooMany, when the caller has `limits.idempotency_answers_max` of them.
        """

    async def finish(self, caller: bytes, key: bytes, status: int, body: bytes) -> None: ...


class Vaults(Protocol):
    async def get(self, grant: Grant) -> VaultBody | None: ...

    async def put(self, grant: Grant, body: VaultBody) -> bool:
        """Compare-and-swap: True if `body.version` was the stored version plus 1 (1 when there was none)."""


class TokenVerifier(Protocol):
    """Checks a token of the platform."""

    async def verify(self, token: str) -> "TokenClaims":
        """Raises: Unauthenticated, TokenExpired."""


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """What a verified token says."""

    issuer: str
    subject: str
    issued_at: int
    """ms"""
    expires_at: int
    """ms"""
    platform: bool
    """Whether the bearer is the platform's back end."""
    mailboxes: tuple["MailboxClaim", ...]
    openings_per_day: int | None = None
    """A quota of first contacts, below the service's own; None: the platform sets none."""
    reporting: bool = False
    """Whether the bearer may read the figures, and nothing else."""
    key: KeyId | None = None
    """For the platform's back end with a scoped key instead of a signed token: which one."""


@dataclass(frozen=True, slots=True)
class MailboxClaim:
    ref: str
    kind: MailboxKind
    role: Role
    admin: bool
