"""Who may do what: one table for every operation of every carrier.

`authorize` is the only way to a `Grant`, and repositories hand out what is stored only against one: an operation that
forgot to ask does not type-check. Unknown and forbidden raise the same error with the same text.

`Parties` and `Grant` are made for every message, hence structs: a fifth of the time of a frozen dataclass.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from messaging.domain.errors import NotFound, Unauthenticated
from messaging.domain.ids import AccountId, MailboxId, SeatId, TargetId, ThreadId
from messaging.domain.scope import EVERY_SCOPE, Scope
from messaging.domain.seat import SeatState
from messaging.domain.vocabulary import MailboxKind, Role


class Operation(StrEnum):
    SERVICE_READ = "service.read"
    ACCOUNT_READ = "account.read"
    VAULT_READ = "vault.read"
    VAULT_WRITE = "vault.write"
    TICKET_ISSUE = "ticket.issue"
    ALERTS_READ = "alerts.read"
    ALERTS_WRITE = "alerts.write"
    ALERTS_OPEN = "alerts.open"
    ALERTS_UNREACHED = "alerts.unreached"
    PUSH_SUBSCRIBE = "push.subscribe"
    PUSH_UNSUBSCRIBE = "push.unsubscribe"
    ROSTER_READ = "roster.read"
    ROSTER_CREATE = "roster.create"
    SEAT_ASK = "seat.ask"
    SEATS_PENDING = "seats.pending"
    SEAT_ADMIT = "seat.admit"
    SEAT_ADMIT_BY_KIT = "seat.admit.kit"
    SEAT_REMOVE = "seat.remove"
    TARGETS_LIST = "targets.list"
    PREKEYS_PUBLISH = "prekeys.publish"
    PREKEY_CLAIM = "prekey.claim"
    THREAD_OPEN = "thread.open"
    THREADS_LIST = "threads.list"
    THREAD_ROTATE = "thread.rotate"
    MESSAGE_SEND = "message.send"
    NOTICE_GIVE = "notice.give"
    THIRD_INVITE = "third.invite"
    THIRD_ACCEPT = "third.accept"
    THIRD_SHARE = "third.share"
    THIRD_END = "third.end"
    EVENTS_PULL = "events.pull"
    WRAPS_PULL = "wraps.pull"
    RECEIPT_WRITE = "receipt.write"
    RESTORE_CLAIM = "restore.claim"
    DESK_WRITE = "desk.write"
    DESK_READ = "desk.read"
    CONSENT_GIVE = "consent.give"
    CONSENT_WITHDRAW = "consent.withdraw"
    CONSENTS_LIST = "consents.list"
    PLATFORM_MAILBOX_PUT = "platform.mailbox.put"
    PLATFORM_TARGET_PUT = "platform.target.put"
    PLATFORM_SEATS_LIST = "platform.seats.list"
    PLATFORM_ACCOUNT_REVOKE = "platform.account.revoke"
    PLATFORM_DEPARTURE = "platform.departure"
    PLATFORM_RESET = "platform.reset"
    PLATFORM_RESET_TOKENS = "platform.reset.tokens"
    PLATFORM_ERASURE = "platform.erasure"
    PLATFORM_EXPORT = "platform.export"


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat of the actor, or the platform's word that they may ask for one (`seat` is None)."""

    mailbox: MailboxId
    kind: MailboxKind
    role: Role
    admin: bool
    state: SeatState
    seat: SeatId | None


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Whoever asks without a token."""


@dataclass(frozen=True, slots=True)
class Person:
    """An authenticated account with its seats, by mailbox."""

    account: AccountId
    seats: Mapping[MailboxId, Seat]
    openings_per_day: int | None = None
    """The platform's quota of first contacts for this person; None: the service's own bounds alone."""

    def first_contacts_max(self, most: int) -> int:
        """How many first contacts a day this person may bring their mailbox to, where anybody may to `most`."""
        return most if self.openings_per_day is None else min(most, self.openings_per_day)


@dataclass(frozen=True, slots=True)
class Platform:
    """The platform's back end, as far as its key reaches."""

    scopes: frozenset[Scope] = EVERY_SCOPE


Actor = Anonymous | Person | Platform


class Parties(Struct, frozen=True, gc=False):
    """A thread as authorization sees it: which mailbox is which party."""

    thread: ThreadId
    mailboxes: tuple[MailboxId, MailboxId]
    third: MailboxId | None = None
    """The third party that both sides let in, while it is in."""

    @property
    def audience(self) -> tuple[MailboxId, ...]:
        """Who hears of what happens in it."""
        return self.mailboxes if self.third is None else (*self.mailboxes, self.third)


@dataclass(frozen=True, slots=True)
class OwnedTarget:
    target: TargetId
    mailbox: MailboxId


Subject = MailboxId | Parties | OwnedTarget | None
"""What an operation is about; None where there is none, and also where nothing was found."""


class Grant(Struct, frozen=True, gc=False):
    """Proof that `authorize` said yes, with all that the store may need to know of it."""

    operation: Operation
    account: AccountId | None = None
    seat: SeatId | None = None
    mailbox: MailboxId | None = None
    thread: ThreadId | None = None
    target: TargetId | None = None
    party: int | None = None


Rule = Callable[[Operation, Actor, Subject, int | None], Grant]


def authorize(actor: Actor, operation: Operation, subject: Subject = None, *, party: int | None = None) -> Grant:
    """The grant for this actor to do this to that; `party` tells which side acts where one person holds both.

    Raises: Unauthenticated (no token where one is needed), NotFound (unknown or forbidden, told apart by nobody).
    """
    return TABLE[operation](operation, actor, subject, party)


def _anyone(operation: Operation, actor: Actor, subject: Subject, party: int | None) -> Grant:
    return Grant(operation)


def _account(operation: Operation, actor: Actor, subject: Subject, party: int | None) -> Grant:
    return Grant(operation, account=_person(actor).account)


def _platform(scope: Scope) -> Rule:
    """The platform's back end, with a key of this scope. What it is about is in the grant where it is a mailbox."""

    def rule(operation: Operation, actor: Actor, subject: Subject, party: int | None) -> Grant:
        if isinstance(actor, Anonymous):
            raise Unauthenticated("a token of the platform is needed")
        if not isinstance(actor, Platform) or scope not in actor.scopes:
            raise _hidden()
        return Grant(operation, mailbox=MailboxId(subject) if isinstance(subject, bytes) else None)

    return rule


def _claimed(operation: Operation, actor: Actor, subject: Subject, party: int | None) -> Grant:
    """Any seat that has not ended, also one not asked for yet: the newcomer reads the roster to compare words."""
    person, seat = _seat(actor, subject)
    if seat.state in (SeatState.DEPARTED, SeatState.REMOVED):
        raise _hidden()
    return Grant(operation, account=person.account, seat=seat.seat, mailbox=seat.mailbox)


def _pending(operation: Operation, actor: Actor, subject: Subject, party: int | None) -> Grant:
    """Whoever asked for a seat that nobody admitted yet: with the mailbox's printed kit they admit themselves."""
    person, seat = _seat(actor, subject)
    if seat.state is not SeatState.PENDING:
        raise _hidden()
    return Grant(operation, account=person.account, seat=seat.seat, mailbox=seat.mailbox)


def _founder(operation: Operation, actor: Actor, subject: Subject, party: int | None) -> Grant:
    person, seat = _seat(actor, subject)
    if seat.state is not SeatState.ABSENT or not seat.admin:
        raise _hidden()
    return Grant(operation, account=person.account, mailbox=seat.mailbox)


def _member(operation: Operation, actor: Actor, subject: Subject, party: int | None) -> Grant:
    person, seat = _seat(actor, subject)
    if seat.state is not SeatState.ACTIVE:
        raise _hidden()
    return Grant(operation, account=person.account, seat=seat.seat, mailbox=seat.mailbox)


def _admin(operation: Operation, actor: Actor, subject: Subject, party: int | None) -> Grant:
    person, seat = _seat(actor, subject)
    if seat.state is not SeatState.ACTIVE or not seat.admin:
        raise _hidden()
    return Grant(operation, account=person.account, seat=seat.seat, mailbox=seat.mailbox)


def _target_owner(operation: Operation, actor: Actor, subject: Subject, party: int | None) -> Grant:
    person = _person(actor)
    if not isinstance(subject, OwnedTarget):
        raise _hidden()
    seat = person.seats.get(subject.mailbox)
    if seat is None or seat.state is not SeatState.ACTIVE:
        raise _hidden()
    return Grant(operation, account=person.account, seat=seat.seat, mailbox=seat.mailbox, target=subject.target)


def _participant(operation: Operation, actor: Actor, subject: Subject, party: int | None) -> Grant:
    """One of the two sides."""
    return _among(operation, actor, subject, party, subject.mailboxes if isinstance(subject, Parties) else ())


def _reader(operation: Operation, actor: Actor, subject: Subject, party: int | None) -> Grant:
    """One of the two sides, or the third party that they let in: its party is 2."""
    return _among(operation, actor, subject, party, subject.audience if isinstance(subject, Parties) else ())


def _among(
    operation: Operation, actor: Actor, subject: Subject, party: int | None, mailboxes: tuple[MailboxId, ...]
) -> Grant:
    person = _person(actor)
    if not isinstance(subject, Parties):
        raise _hidden()
    for side, mailbox in enumerate(mailboxes):
        seat = person.seats.get(mailbox)
        if seat is not None and seat.state is SeatState.ACTIVE and party in (None, side):
            return Grant(
                operation,
                account=person.account,
                seat=seat.seat,
                mailbox=mailbox,
                thread=subject.thread,
                party=side,
            )
    raise _hidden()


def _person(actor: Actor) -> Person:
    if isinstance(actor, Person):
        return actor
    if isinstance(actor, Anonymous):
        raise Unauthenticated("a token is needed")
    raise _hidden()


def _seat(actor: Actor, subject: Subject) -> tuple[Person, Seat]:
    person = _person(actor)
    seat = person.seats.get(MailboxId(subject)) if isinstance(subject, bytes) else None
    if seat is None:
        raise _hidden()
    return person, seat


def _hidden() -> NotFound:
    return NotFound("unknown, or not yours")


TABLE: Final[Mapping[Operation, Rule]] = MappingProxyType(
    {
        Operation.SERVICE_READ: _anyone,
        Operation.ACCOUNT_READ: _account,
        Operation.VAULT_READ: _account,
        Operation.VAULT_WRITE: _account,
        Operation.TICKET_ISSUE: _account,
        Operation.ALERTS_READ: _account,
        Operation.ALERTS_WRITE: _account,
        Operation.ALERTS_OPEN: _account,
        Operation.ALERTS_UNREACHED: _member,
        Operation.PUSH_SUBSCRIBE: _account,
        Operation.PUSH_UNSUBSCRIBE: _account,
        Operation.ROSTER_READ: _claimed,
        Operation.ROSTER_CREATE: _founder,
        Operation.SEAT_ASK: _claimed,
        Operation.SEATS_PENDING: _admin,
        Operation.SEAT_ADMIT: _admin,
        Operation.SEAT_ADMIT_BY_KIT: _pending,
        Operation.SEAT_REMOVE: _admin,
        Operation.TARGETS_LIST: _member,
        Operation.PREKEYS_PUBLISH: _target_owner,
        Operation.PREKEY_CLAIM: _member,
        Operation.THREAD_OPEN: _member,
        Operation.THREADS_LIST: _account,
        Operation.THREAD_ROTATE: _participant,
        Operation.MESSAGE_SEND: _reader,
        Operation.NOTICE_GIVE: _participant,
        Operation.THIRD_INVITE: _participant,
        Operation.THIRD_ACCEPT: _participant,
        Operation.THIRD_SHARE: _participant,
        Operation.THIRD_END: _reader,
        Operation.EVENTS_PULL: _reader,
        Operation.WRAPS_PULL: _reader,
        Operation.RECEIPT_WRITE: _reader,
        Operation.RESTORE_CLAIM: _reader,
        Operation.DESK_WRITE: _member,
        Operation.DESK_READ: _member,
        Operation.CONSENT_GIVE: _participant,
        Operation.CONSENT_WITHDRAW: _participant,
        Operation.CONSENTS_LIST: _participant,
        Operation.PLATFORM_MAILBOX_PUT: _platform(Scope.MAILBOXES),
        Operation.PLATFORM_TARGET_PUT: _platform(Scope.MAILBOXES),
        Operation.PLATFORM_SEATS_LIST: _platform(Scope.MAILBOXES),
        Operation.PLATFORM_ACCOUNT_REVOKE: _platform(Scope.PEOPLE),
        Operation.PLATFORM_DEPARTURE: _platform(Scope.PEOPLE),
        Operation.PLATFORM_RESET: _platform(Scope.RESETS),
        Operation.PLATFORM_RESET_TOKENS: _platform(Scope.RESETS),
        Operation.PLATFORM_ERASURE: _platform(Scope.ERASURE),
        Operation.PLATFORM_EXPORT: _platform(Scope.EXPORT),
    }
)
