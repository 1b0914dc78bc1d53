"""The table of rules itself, without carriers: who gets a grant, and that a refusal tells nothing.

The same matrix over real sockets and a real store is in `tests/authorization`.
"""

from dataclasses import replace

import msgspec
import pytest

from messaging.domain.authorization import (
    TABLE,
    Actor,
    Anonymous,
    Case,
    Grant,
    Operation,
    OwnedTarget,
    Parties,
    Person,
    Platform,
    Reporter,
    Seat,
    Subject,
    authorize,
)
from messaging.domain.errors import NotFound, PliError, Unauthenticated
from messaging.domain.ids import AccountId, CaseId, MailboxId, SeatId, TargetId, ThreadId
from messaging.domain.scope import Scope
from messaging.domain.seat import SeatState
from messaging.domain.vocabulary import MailboxKind, Role

MINE, THEIRS, OTHER = MailboxId(b"m" * 16), MailboxId(b"t" * 16), MailboxId(b"o" * 16)
THREAD, TARGET = ThreadId(b"r" * 16), TargetId(b"g" * 16)
CASE, SEAT = CaseId(b"c" * 16), SeatId(b"s" * 16)
SUBJECTS: dict[str, Subject] = {
    "mailbox": MINE,
    "thread": Parties(THREAD, (THEIRS, MINE)),
    "target": OwnedTarget(TARGET, MINE),
    "case": Case(CASE, reporters=frozenset({THEIRS}), accused=None, holder=SEAT),
    "nothing": None,
}

ANYONE = {"service.read"}
ACCOUNT = {
    *("account.read", "vault.read", "vault.write", "ticket.issue", "threads.list"),
    *("alerts.read", "alerts.write", "alerts.open", "push.subscribe", "push.unsubscribe"),
    *("moderation.key", "notice.form", "notice.track"),
}
SCOPED = {
    Scope.MAILBOXES: {"platform.mailbox.put", "platform.target.put", "platform.seats.list"},
    Scope.PEOPLE: {"platform.account.revoke", "platform.departure"},
    Scope.RESETS: {"platform.reset", "platform.reset.tokens"},
    Scope.REPORTING: {"figures.read"},
    Scope.ERASURE: {"platform.erasure"},
    Scope.EXPORT: {"platform.export"},
}
PLATFORM = set().union(*SCOPED.values())
CLAIMED = {"roster.read", "seat.ask"}
FOUNDER = {"roster.create"}
MEMBER = {"cases.list", "targets.list", "alerts.unreached", "prekey.claim", "thread.open", "desk.write", "desk.read"}
ADMIN = {"seats.pending", "seat.admit", "seat.remove"}
PENDING = {"seat.admit.kit"}
OWNER = {"prekeys.publish"}
PARTICIPANT = {
    *("message.send", "notice.give", "relation.rate", "thread.rotate", "events.pull", "wraps.pull", "receipt.write"),
    *("consent.give", "consent.withdraw", "consents.list"),
    *("third.invite", "third.accept", "third.share", "third.end", "restore.claim", "report.make"),
}
ON_CASE = {name.value for name in Operation if name.value.startswith("case.")}
THIRD_PARTY = {
    "message.send",
    "third.end",
    "events.pull",
    "wraps.pull",
    "receipt.write",
    "restore.claim",
    "report.make",
}


def person(state: SeatState, *, admin: bool = False, mailbox: MailboxId = MINE) -> Person:
    seat_id = None if state is SeatState.ABSENT else SeatId(b"s" * 16)
    seat = Seat(mailbox, MailboxKind.TERRITORY, Role.AGENT, admin, state, seat_id)
    return Person(AccountId(b"a" * 16), {mailbox: seat})


ACTORS: dict[str, tuple[Actor, set[str]]] = {
    "anonymous": (Anonymous(), ANYONE),
    "platform": (Platform(), ANYONE | PLATFORM),
    "platform without scope": (Platform(frozenset()), ANYONE),
    **{f"key for {scope}": (Platform(frozenset({scope})), ANYONE | opened) for scope, opened in SCOPED.items()},
    "reporter": (Reporter(), ANYONE | {"figures.read"}),
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
    if operation.value in ON_CASE:
        return "case"
    return "mailbox" if operation.value in CLAIMED | FOUNDER | MEMBER | ADMIN | PENDING else "nothing"


def refusal(actor: Actor, operation: Operation, subject: Subject) -> PliError:
    with pytest.raises(PliError) as caught:
        authorize(actor, operation, subject)
    return caught.value


def test_every_operation_has_a_rule() -> None:
    assert set(TABLE) == set(Operation)


def outcome(actor: Actor, operation: Operation, subject: Subject) -> Operation | type[PliError]:
    """What was granted, or how it was refused."""
    try:
        return authorize(actor, operation, subject).operation
    except PliError as error:
        return type(error)


@pytest.mark.parametrize("who", list(ACTORS))
def test_who_may_do_what(who: str) -> None:
    actor, allowed = ACTORS[who]
    refused = Unauthenticated if isinstance(actor, Anonymous) else NotFound
    assert {operation: outcome(actor, operation, SUBJECTS[subject_of(operation)]) for operation in Operation} == {
        operation: operation if operation.value in allowed else refused for operation in Operation
    }


@pytest.mark.parametrize("who", list(ACTORS))
def test_unknown_and_forbidden_are_told_apart_by_nobody(who: str) -> None:
    actor, _ = ACTORS[who]
    foreign: dict[str, Subject] = {
        "mailbox": THEIRS,
        "thread": Parties(THREAD, (THEIRS, MailboxId(b"x" * 16))),
        "target": OwnedTarget(TARGET, THEIRS),
        "case": Case(CASE, reporters=frozenset({THEIRS}), accused=None, holder=SeatId(b"x" * 16)),
    }
    for operation in (each for each in Operation if subject_of(each) != "nothing"):
        refusals = [refusal(actor, operation, subject) for subject in (None, foreign[subject_of(operation)])]
        unknown, forbidden = [(operation, type(each), each.detail) for each in refusals]
        assert unknown == forbidden


@pytest.mark.parametrize("kind", list(SUBJECTS))
def test_a_subject_of_another_kind_gives_no_rights(kind: str) -> None:
    admin, _ = ACTORS["admin"]
    others = [operation for operation in Operation if subject_of(operation) not in ("nothing", kind)]
    assert [each for each in others if not isinstance(outcome(admin, each, SUBJECTS[kind]), type)] == []


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


def moderator(seat: SeatId, *others: MailboxId, state: SeatState = SeatState.ACTIVE) -> Person:
    """With a seat in the moderators' mailbox, and in others."""
    bench = Seat(BENCH, MailboxKind.MODERATION, Role.MODERATOR, False, state, seat)
    seats = {each: Seat(each, MailboxKind.PROJECT, Role.HOLDER, True, SeatState.ACTIVE, SEAT) for each in others}
    return Person(AccountId(b"a" * 16), {BENCH: bench, **seats})


CHAIR, WING, IDLE = (SeatId(letter * 16) for letter in (b"1", b"2", b"3"))
BENCH = MailboxId(b"b" * 16)
HELD = Case(
    CASE,
    reporters=frozenset({THEIRS}),
    accused=OTHER,
    holder=CHAIR,
    second=WING,
    proposers=frozenset({CHAIR}),
    concerned=frozenset({THEIRS, OTHER}),
)
CHAIRS = {"case.claim", "case.release", "case.read", "case.hear", "case.decide"}
CHAIRS |= {"case.review", "case.unmask", "case.unmasked", "case.letters", "case.export", "case.excerpt"}
WINGS = {"case.read", "case.second", "case.approve", "case.unmasked", "case.export", "case.excerpt"}


@pytest.mark.parametrize("operation", [Operation(name) for name in sorted(ON_CASE)])
def test_who_has_a_case_and_who_is_the_second(operation: Operation) -> None:
    for seat, allowed in ((CHAIR, CHAIRS), (WING, WINGS), (IDLE, set())):
        if operation.value in allowed:
            assert authorize(moderator(seat), operation, HELD) == Grant(
                operation, AccountId(b"a" * 16), seat, BENCH, case=CASE
            )
        else:
            refusal(moderator(seat), operation, HELD)


@pytest.mark.parametrize("operation", [Operation(name) for name in sorted(CHAIRS | WINGS)])
def test_nobody_moderates_what_they_are_concerned_by_nor_without_an_active_seat(operation: Operation) -> None:
    for seat in (CHAIR, WING):
        refusal(moderator(seat, OTHER), operation, HELD)
        for state in SeatState:
            if state is not SeatState.ACTIVE:
                refusal(moderator(seat, state=state), operation, HELD)


def test_a_stored_seat_concerns_whatever_the_token_names_until_it_ended_before_the_case() -> None:
    opened = msgspec.structs.replace(HELD, opened_at=10)
    for until, concerned in ((None, True), (11, True), (10, True), (9, False)):
        actor = replace(moderator(CHAIR), sat={OTHER: until, MINE: None})
        assert opened.concerns(actor) is concerned
        if concerned:
            refusal(actor, Operation.CASE_READ, opened)
        else:
            authorize(actor, Operation.CASE_READ, opened)


def test_the_holders_other_seat_is_no_second() -> None:
    held = msgspec.structs.replace(HELD, second=None, holders=frozenset({CHAIR, WING}))
    refusal(moderator(WING), Operation.CASE_SECOND, held)
    authorize(moderator(IDLE), Operation.CASE_SECOND, held)


def test_a_seat_in_another_mailbox_is_no_moderators() -> None:
    seat = Seat(BENCH, MailboxKind.PARTNER, Role.MODERATOR, True, SeatState.ACTIVE, CHAIR)
    refusal(Person(AccountId(b"a" * 16), {BENCH: seat}), Operation.MODERATION_QUEUE, None)
    clerk = Seat(BENCH, MailboxKind.MODERATION, Role.AGENT, True, SeatState.ACTIVE, CHAIR)
    refusal(Person(AccountId(b"a" * 16), {BENCH: clerk}), Operation.CASE_READ, HELD)


def test_an_appeal_goes_to_who_had_no_part_in_the_decision() -> None:
    free = Case(CASE, reporters=frozenset(), accused=None, holder=None, claimable=True)
    appealed = msgspec.structs.replace(free, appealed=True, deciders=frozenset({CHAIR, WING}))
    for seat in (CHAIR, WING, IDLE):
        authorize(moderator(seat), Operation.CASE_CLAIM, free)
    authorize(moderator(IDLE), Operation.CASE_CLAIM, appealed)
    for seat in (CHAIR, WING):
        refusal(moderator(seat), Operation.CASE_CLAIM, appealed)


def test_who_proposed_is_never_the_second_not_even_once_the_claim_expired() -> None:
    lost = msgspec.structs.replace(HELD, holder=None, second=None)
    refusal(moderator(CHAIR), Operation.CASE_SECOND, lost)
    refusal(moderator(CHAIR), Operation.CASE_APPROVE, msgspec.structs.replace(lost, second=CHAIR))
    authorize(moderator(IDLE), Operation.CASE_SECOND, lost)
    refusal(moderator(IDLE), Operation.CASE_SECOND, HELD)
    refusal(moderator(IDLE), Operation.CASE_SECOND, msgspec.structs.replace(lost, proposers=frozenset()))


def test_the_accused_has_no_case_before_they_are_told() -> None:
    told = person(SeatState.ACTIVE, mailbox=OTHER)
    for operation in (Operation.CASE_ANSWER, Operation.CASE_APPEAL):
        assert authorize(told, operation, HELD).mailbox == OTHER
        assert authorize(person(SeatState.ACTIVE, mailbox=THEIRS), operation, HELD).mailbox == THEIRS
        refusal(told, operation, msgspec.structs.replace(HELD, accused=None))
        refusal(moderator(CHAIR), operation, HELD)
