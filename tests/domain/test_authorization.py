"""The table of rules itself, without carriers: who gets a grant, and that a refusal tells nothing.

The same matrix over real sockets and a real store is in `tests/authorization`.
"""

import pytest

from messaging.domain.authorization import (
    TABLE,
    Actor,
    Anonymous,
    Grant,
    Operation,
    OwnedTarget,
    Parties,
    Person,
    Platform,
    Seat,
    Subject,
    authorize,
)
from messaging.domain.errors import NotFound, PliError, Unauthenticated
from messaging.domain.ids import AccountId, MailboxId, SeatId, TargetId, ThreadId
from messaging.domain.scope import Scope
from messaging.domain.seat import SeatState
from messaging.domain.vocabulary import MailboxKind, Role

MINE, THEIRS, OTHER = MailboxId(b"m" * 16), MailboxId(b"t" * 16), MailboxId(b"o" * 16)
THREAD, TARGET = ThreadId(b"r" * 16), TargetId(b"g" * 16)
SUBJECTS: dict[str, Subject] = {
    "mailbox": MINE,
    "thread": Parties(THREAD, (THEIRS, MINE)),
    "target": OwnedTarget(TARGET, MINE),
    "nothing": None,
}

ANYONE = {"service.read"}
ACCOUNT = {
    *("account.read", "vault.read", "vault.write", "ticket.issue", "threads.list"),
    *("alerts.read", "alerts.write", "alerts.open", "push.subscribe", "push.unsubscribe"),
}
SCOPED = {
    Scope.MAILBOXES: {"platform.mailbox.put", "platform.target.put", "platform.seats.list"},
    Scope.PEOPLE: {"platform.account.revoke", "platform.departure"},
    Scope.RESETS: {"platform.reset", "platform.reset.tokens"},
    Scope.ERASURE: {"platform.erasure"},
    Scope.EXPORT: {"platform.export"},
}
PLATFORM = set().union(*SCOPED.values())
CLAIMED = {"roster.read", "seat.ask"}
FOUNDER = {"roster.create"}
MEMBER = {"targets.list", "alerts.unreached", "prekey.claim", "thread.open", "desk.write", "desk.read"}
ADMIN = {"seats.pending", "seat.admit", "seat.remove"}
PENDING = {"seat.admit.kit"}
OWNER = {"prekeys.publish"}
PARTICIPANT = {
    *("message.send", "notice.give", "thread.rotate", "events.pull", "wraps.pull", "receipt.write"),
    *("consent.give", "consent.withdraw", "consents.list"),
    *("third.invite", "third.accept", "third.share", "third.end", "restore.claim"),
}
THIRD_PARTY = {"message.send", "third.end", "events.pull", "wraps.pull", "receipt.write", "restore.claim"}


def person(state: SeatState, *, admin: bool = False, mailbox: MailboxId = MINE) -> Person:
    seat_id = None if state is SeatState.ABSENT else SeatId(b"s" * 16)
    seat = Seat(mailbox, MailboxKind.TERRITORY, Role.AGENT, admin, state, seat_id)
    return Person(AccountId(b"a" * 16), {mailbox: seat})


ACTORS: dict[str, tuple[Actor, set[str]]] = {
    "anonymous": (Anonymous(), ANYONE),
    "platform": (Platform(), ANYONE | PLATFORM),
    "platform without scope": (Platform(frozenset()), ANYONE),
    **{f"key for {scope}": (Platform(frozenset({scope})), ANYONE | opened) for scope, opened in SCOPED.items()},
    "seatless": (Person(AccountId(b"a" * 16), {}), ANYONE | ACCOUNT),
    "stranger": (person(SeatState.ACTIVE, admin=True, mailbox=OTHER), ANYONE | ACCOUNT),
    "newcomer": (person(SeatState.ABSENT), ANYONE | ACCOUNT | CLAIMED),
    "founder": (person(SeatState.ABSENT, admin=True), ANYONE | ACCOUNT | CLAIMED | FOUNDER),
    "pending": (person(SeatState.PENDING), ANYONE | ACCOUNT | CLAIMED | PENDING),
    "pending admin": (person(SeatState.PENDING, admin=True), ANYONE | ACCOUNT | CLAIMED | PENDING),
    "departed": (person(SeatState.DEPARTED, admin=True), ANYONE | ACCOUNT),
    "removed": (person(SeatState.REMOVED, admin=True), ANYONE | ACCOUNT),
    "member": (person(SeatState.ACTIVE), ANYONE | ACCOUNT | CLAIMED | MEMBER | OWNER | PARTICIPANT),
    "admin": (
        person(SeatState.ACTIVE, admin=True),
        ANYONE | ACCOUNT | CLAIMED | MEMBER | OWNER | PARTICIPANT | ADMIN,
    ),
}


def subject_of(operation: Operation) -> str:
    if operation.value in PARTICIPANT:
        return "thread"
    if operation.value in OWNER:
        return "target"
    return "mailbox" if operation.value in CLAIMED | FOUNDER | MEMBER | ADMIN | PENDING else "nothing"


def refusal(actor: Actor, operation: Operation, subject: Subject) -> PliError:
    with pytest.raises(PliError) as caught:
        authorize(actor, operation, subject)
    return caught.value


def test_every_operation_has_a_rule() -> None:
    assert set(TABLE) == set(Operation)


@pytest.mark.parametrize("operation", list(Operation))
@pytest.mark.parametrize("who", list(ACTORS))
def test_who_may_do_what(who: str, operation: Operation) -> None:
    actor, allowed = ACTORS[who]
    subject = SUBJECTS[subject_of(operation)]
    if operation.value in allowed:
        assert authorize(actor, operation, subject).operation is operation
    else:
        expected = Unauthenticated if isinstance(actor, Anonymous) else NotFound
        assert type(refusal(actor, operation, subject)) is expected


@pytest.mark.parametrize("operation", [o for o in Operation if subject_of(o) != "nothing"])
@pytest.mark.parametrize("who", list(ACTORS))
def test_unknown_and_forbidden_are_told_apart_by_nobody(who: str, operation: Operation) -> None:
    actor, _ = ACTORS[who]
    foreign: dict[str, Subject] = {
        "mailbox": THEIRS,
        "thread": Parties(THREAD, (THEIRS, MailboxId(b"x" * 16))),
        "target": OwnedTarget(TARGET, THEIRS),
    }
    unknown, forbidden = (refusal(actor, operation, subject) for subject in (None, foreign[subject_of(operation)]))
    assert (type(unknown), unknown.detail) == (type(forbidden), forbidden.detail)


@pytest.mark.parametrize("operation", list(Operation))
@pytest.mark.parametrize("kind", list(SUBJECTS))
def test_a_subject_of_another_kind_gives_no_rights(kind: str, operation: Operation) -> None:
    needed = subject_of(operation)
    if needed not in ("nothing", kind):
        refusal(ACTORS["admin"][0], operation, SUBJECTS[kind])


def test_a_grant_holds_what_it_was_given_for() -> None:
    actor = person(SeatState.ACTIVE)
    account, seat = actor.account, SeatId(b"s" * 16)
    assert authorize(actor, Operation.EVENTS_PULL, SUBJECTS["thread"]) == Grant(
        Operation.EVENTS_PULL, account, seat, MINE, THREAD, party=1
    )
    assert authorize(actor, Operation.PREKEYS_PUBLISH, SUBJECTS["target"]) == Grant(
        Operation.PREKEYS_PUBLISH, account, seat, MINE, target=TARGET
    )
    assert authorize(actor, Operation.DESK_READ, MINE) == Grant(Operation.DESK_READ, account, seat, MINE)
    assert authorize(actor, Operation.VAULT_READ) == Grant(Operation.VAULT_READ, account)


def test_who_sits_on_both_sides_says_which_one_acts() -> None:
    seats = {**person(SeatState.ACTIVE).seats, **person(SeatState.ACTIVE, mailbox=THEIRS).seats}
    both = Person(AccountId(b"a" * 16), seats)
    for party, mailbox in ((0, THEIRS), (1, MINE)):
        grant = authorize(both, Operation.MESSAGE_SEND, SUBJECTS["thread"], party=party)
        assert (grant.party, grant.mailbox) == (party, mailbox)


@pytest.mark.parametrize("operation", [Operation(name) for name in sorted(PARTICIPANT)])
def test_a_third_party_reads_and_writes_and_leaves_and_does_nothing_else(operation: Operation) -> None:
    actor, parties = person(SeatState.ACTIVE), Parties(THREAD, (THEIRS, OTHER), MINE)
    if operation.value in THIRD_PARTY:
        grant = authorize(actor, operation, parties)
        assert (grant.mailbox, grant.party) == (MINE, 2)
    else:
        assert type(refusal(actor, operation, parties)) is NotFound
    assert type(refusal(actor, operation, Parties(THREAD, (THEIRS, OTHER)))) is NotFound
    for party in (0, 1):
        with pytest.raises(NotFound):
            authorize(actor, operation, parties, party=party)


@pytest.mark.parametrize("operation", [Operation(name) for name in sorted(PARTICIPANT)])
def test_no_side_acts_as_the_third_party(operation: Operation) -> None:
    with pytest.raises(NotFound):
        authorize(person(SeatState.ACTIVE), operation, Parties(THREAD, (THEIRS, MINE), OTHER), party=2)


def test_nobody_acts_for_the_peers_side() -> None:
    with pytest.raises(NotFound):
        authorize(person(SeatState.ACTIVE), Operation.MESSAGE_SEND, SUBJECTS["thread"], party=0)
