"""Who may do what: one table for every operation of every carrier.

`authorize` is the only way to a `Grant`, and repositories hand out what is stored only against one: an operation that
forgot to ask does not type-check. Unknown and forbidden raise the same error with the same text.

`Parties` and `Grant` are made for every message, hence structs: a fifth of the time of a frozen dataclass.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from messaging.domain.errors import NotFound, Unauthenticated
from messaging.domain.ids import AccountId, CaseId, MailboxId, SeatId, TargetId, ThreadId
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
    RELATION_RATE = "relation.rate"
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
    REPORT_MAKE = "report.make"
    CASES_LIST = "cases.list"
    CASE_ANSWER = "case.answer"
    CASE_APPEAL = "case.appeal"
    MODERATION_KEY = "moderation.key"
    NOTICE_FORM = "notice.form"
    NOTICE_TRACK = "notice.track"
    MODERATION_QUEUE = "moderation.queue"
    CASE_CLAIM = "case.claim"
    CASE_RELEASE = "case.release"
    CASE_READ = "case.read"
    CASE_EXCERPT = "case.excerpt"
    CASE_HEAR = "case.hear"
    CASE_LETTERS = "case.letters"
    CASE_DECIDE = "case.decide"
    CASE_SECOND = "case.second"
    CASE_APPROVE = "case.approve"
    CASE_REVIEW = "case.review"
    CASE_UNMASK = "case.unmask"
    CASE_UNMASKED = "case.unmasked"
    CASE_EXPORT = "case.export"
    AUDIT_TRAIL = "audit.trail"
    FIGURES_READ = "figures.read"
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
    sat: Mapping[MailboxId, int | None] = field(default_factory=dict)
    """Where seats of the account are stored, whatever the token names, and until when each was there (ms); None: it is
    there still."""

    def first_contacts_max(self, most: int) -> int:
        """How many first contacts a day this person may bring their mailbox to, where anybody may to `most`."""
        return most if self.openings_per_day is None else min(most, self.openings_per_day)


@dataclass(frozen=True, slots=True)
class Platform:
    """The platform's back end, as far as its key reaches."""

    scopes: frozenset[Scope] = EVERY_SCOPE


@dataclass(frozen=True, slots=True)
class Reporter:
    """Whom the platform lets read the published figures, a funder say: no account, no seat, and nothing else."""


Actor = Anonymous | Person | Platform | Reporter


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


class Case(Struct, frozen=True, gc=False):
    """A case as authorization sees it, at one moment."""

    case: CaseId
    reporters: frozenset[MailboxId]
    accused: MailboxId | None
    """Once the accused knows of it: before, for them there is no such case."""
    holder: SeatId | None
    """The moderator's seat whose claim is in force."""
    second: SeatId | None = None
    """The moderator's seat that was asked to look at what one alone may not do."""
    holders: frozenset[SeatId] = frozenset()
    """Every seat that the holder ever had, as all sets of moderators' seats here: who was removed and let in again has
    another seat, and is the same person."""
    deciders: frozenset[SeatId] = frozenset()
    """Those who decided what is appealed, and who approved it."""
    concerned: frozenset[MailboxId] = frozenset()
    """All mailboxes that it is about: who sits in one of them moderates it not."""
    claimable: bool = False
    """Whether nobody has it, and its state lets somebody take it."""
    appealed: bool = False
    proposers: frozenset[SeatId] = frozenset()
    """Whose proposals wait for a second moderator."""
    opened_at: int = 0
    """ms"""

    def is_second_for(self, seat: SeatId) -> bool:
        """Whether something waits for a second moderator, and this one had no part in it."""
        had_part = {self.holder, *self.holders, *self.proposers, *self.deciders}
        return bool(self.proposers) and seat not in had_part

    def concerns(self, person: Person) -> bool:
        """Whether this person sits in a mailbox that it is about, or sat there after it was opened: by what is stored,
        for a token may leave out what its bearer would not have seen."""
        if not self.concerned.isdisjoint(person.seats):
            return True
        until = [person.sat[mailbox] for mailbox in self.concerned & person.sat.keys()]
        return any(each is None or each >= self.opened_at for each in until)


Subject = MailboxId | Parties | OwnedTarget | Case | None
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
    case: CaseId | None = None


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


def _reporting(operation: Operation, actor: Actor, subject: Subject, party: int | None) -> Grant:
    """Whoever has the role, and the platform's back end with a key for it."""
    if isinstance(actor, Reporter):
        return Grant(operation)
    return _platform(Scope.REPORTING)(operation, actor, subject, party)


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


def _case_side(operation: Operation, actor: Actor, subject: Subject, party: int | None) -> Grant:
    """A mailbox that reported, or one that was told that it is accused."""
    person = _person(actor)
    if not isinstance(subject, Case):
        raise _hidden()
    told = subject.reporters if subject.accused is None else subject.reporters | {subject.accused}
    for mailbox in sorted(told):
        seat = person.seats.get(mailbox)
        if seat is not None and seat.state is SeatState.ACTIVE:
            return Grant(operation, account=person.account, seat=seat.seat, mailbox=mailbox, case=subject.case)
    raise _hidden()


def _moderator(operation: Operation, actor: Actor, subject: Subject, party: int | None) -> Grant:
    """Whoever has an active seat as a moderator in the moderation mailbox: a token's word alone is not enough."""
    person = _person(actor)
    for seat in person.seats.values():
        if (seat.kind, seat.role, seat.state) == (MailboxKind.MODERATION, Role.MODERATOR, SeatState.ACTIVE):
            return Grant(operation, account=person.account, seat=seat.seat, mailbox=seat.mailbox)
    raise _hidden()


def _on_case(may: Callable[[Case, SeatId], bool]) -> Rule:
    """A moderator whom the case does not concern, and of whom `may` holds."""

    def rule(operation: Operation, actor: Actor, subject: Subject, party: int | None) -> Grant:
        grant = _moderator(operation, actor, subject, party)
        if not isinstance(subject, Case) or grant.seat is None or not may(subject, grant.seat):
            raise _hidden()
        if subject.concerns(_person(actor)):
            raise _hidden()
        return Grant(operation, account=grant.account, seat=grant.seat, mailbox=grant.mailbox, case=subject.case)

    return rule


def _audited(operation: Operation, actor: Actor, subject: Subject, party: int | None) -> Grant:
    """The audit log to every moderator; what it says of a case to those who have it."""
    rule = _on_case(_sees) if isinstance(subject, Case) else _moderator
    return rule(operation, actor, subject, party)


def _can_claim(case: Case, seat: SeatId) -> bool:
    """Free, or one's own already. An appeal goes to somebody who had no part in the decision."""
    return (case.claimable or case.holder == seat) and not (case.appealed and seat in case.deciders)


def _holds(case: Case, seat: SeatId) -> bool:
    return case.holder == seat


def _sees(case: Case, seat: SeatId) -> bool:
    return seat in (case.holder, case.second)


def _can_second(case: Case, seat: SeatId) -> bool:
    """Whoever had no part in it, while something waits for a second and nobody else took that on."""
    return case.second in (None, seat) and case.is_second_for(seat)


def _is_second(case: Case, seat: SeatId) -> bool:
    return bool(case.proposers) and case.second == seat and seat not in case.proposers


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
        Operation.RELATION_RATE: _participant,
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
        Operation.REPORT_MAKE: _reader,
        Operation.CASES_LIST: _member,
        Operation.CASE_ANSWER: _case_side,
        Operation.CASE_APPEAL: _case_side,
        Operation.MODERATION_KEY: _account,
        Operation.NOTICE_FORM: _account,
        Operation.NOTICE_TRACK: _account,
        Operation.MODERATION_QUEUE: _moderator,
        Operation.CASE_CLAIM: _on_case(_can_claim),
        Operation.CASE_RELEASE: _on_case(_holds),
        Operation.CASE_READ: _on_case(_sees),
        Operation.CASE_EXCERPT: _on_case(_sees),
        Operation.CASE_HEAR: _on_case(_holds),
        Operation.CASE_LETTERS: _on_case(_holds),
        Operation.CASE_DECIDE: _on_case(_holds),
        Operation.CASE_SECOND: _on_case(_can_second),
        Operation.CASE_APPROVE: _on_case(_is_second),
        Operation.CASE_REVIEW: _on_case(_holds),
        Operation.CASE_UNMASK: _on_case(_holds),
        Operation.CASE_UNMASKED: _on_case(_sees),
        Operation.CASE_EXPORT: _on_case(_sees),
        Operation.AUDIT_TRAIL: _audited,
        Operation.FIGURES_READ: _reporting,
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
