"""The hub: who hears what. (`tests/contracts` will hold other fan-outs to the same.)"""

import pytest

from messaging.domain.authorization import Person
from messaging.domain.ids import AccountId, MailboxId
from messaging.fanout.hub import Hub

ANNE, YVES = AccountId(b"anne"), AccountId(b"yves")
HALL, PROJECT, OTHER = MailboxId(b"hall"), MailboxId(b"project"), MailboxId(b"other")


class Ear:
    """A listener that remembers."""

    def __init__(self, account: AccountId) -> None:
        self.account = account
        self.actor = Person(account, {})
        self.device = b""
        self.heard: list[bytes] = []
        self.closed: list[int] = []
        self.refreshed = 0

    def deliver(self, encoded: bytes) -> None:
        self.heard.append(encoded)

    def close(self, code: int) -> None:
        self.closed.append(code)

    def refresh(self) -> None:
        self.refreshed += 1


@pytest.fixture
def hub() -> Hub:
    return Hub()


def joined(hub: Hub, account: AccountId, *mailboxes: MailboxId) -> Ear:
    ear = Ear(account)
    hub.join(ear, mailboxes)
    return ear


def test_listeners_of_the_mailbox_hear_it_and_no_others(hub: Hub) -> None:
    hall, project = joined(hub, ANNE, HALL), joined(hub, YVES, PROJECT)
    hub.publish([HALL], b"1")
    assert (hall.heard, project.heard) == ([b"1"], [])


def test_each_listener_hears_it_once(hub: Hub) -> None:
    both = joined(hub, ANNE, HALL, PROJECT)
    hub.publish([HALL, PROJECT], b"1")
    hub.publish([PROJECT, PROJECT], b"2")
    assert both.heard == [b"1", b"2"]


def test_all_hear_the_very_same_bytes(hub: Hub) -> None:
    ears = [joined(hub, ANNE, HALL) for _ in range(3)]
    encoded = b"encoded once"
    hub.publish([HALL], encoded)
    assert all(ear.heard[0] is encoded for ear in ears)


@pytest.mark.parametrize("mailboxes", [[HALL], [HALL, PROJECT]])
def test_the_one_it_came_from_does_not_hear_it(hub: Hub, mailboxes: list[MailboxId]) -> None:
    origin, colleague = joined(hub, ANNE, HALL, PROJECT), joined(hub, ANNE, HALL)
    hub.publish(mailboxes, b"1", but=origin)
    assert (origin.heard, colleague.heard) == ([], [b"1"])


def test_who_left_hears_nothing(hub: Hub) -> None:
    ear = joined(hub, ANNE, HALL)
    hub.leave(ear)
    hub.leave(ear)
    hub.publish([HALL], b"1")
    assert ear.heard == []
    assert (hub.sockets, hub.sockets_of(ANNE), hub.listeners()) == (0, [], [])


def test_joining_anew_replaces_the_mailboxes(hub: Hub) -> None:
    ear = joined(hub, ANNE, HALL)
    hub.join(ear, [PROJECT])
    hub.publish([HALL], b"1")
    hub.publish([PROJECT], b"2")
    assert ear.heard == [b"2"]
    assert (hub.sockets, hub.sockets_of(ANNE)) == (1, [ear])


def test_a_listener_without_mailboxes_is_counted_and_reached_by_account(hub: Hub) -> None:
    ear = joined(hub, ANNE)
    hub.refresh_account(ANNE)
    hub.close_account(ANNE, 4503)
    assert (hub.sockets_of(ANNE), ear.refreshed, ear.closed) == ([ear], 1, [4503])


def test_accounts_are_reached_alone(hub: Hub) -> None:
    first, second, other = joined(hub, ANNE, HALL), joined(hub, ANNE, OTHER), joined(hub, YVES, HALL)
    hub.refresh_account(ANNE)
    hub.close_account(ANNE, 4503)
    assert [ear.refreshed for ear in (first, second, other)] == [1, 1, 0]
    assert [ear.closed for ear in (first, second, other)] == [[4503], [4503], []]
    assert hub.listeners() == [first, second, other]


def test_a_listener_may_leave_or_join_while_its_account_is_told(hub: Hub) -> None:
    class Leaving(Ear):
        def close(self, code: int) -> None:
            super().close(code)
            hub.leave(self)

        def refresh(self) -> None:
            super().refresh()
            hub.join(self, [OTHER])

    ears = [Leaving(ANNE), Leaving(ANNE)]
    for ear in ears:
        hub.join(ear, [HALL])
    hub.refresh_account(ANNE)
    hub.close_account(ANNE, 4001)
    assert [(ear.refreshed, ear.closed) for ear in ears] == [(1, [4001])] * 2
    assert hub.sockets == 0


def test_nobody_is_forgotten_or_kept_for_ever(hub: Hub) -> None:
    for _ in range(100):
        hub.leave(joined(hub, ANNE, HALL, PROJECT))
    assert not hub._by_mailbox
    assert not hub._by_account


def test_a_barred_account_hears_nothing_of_the_mailbox_and_all_else(hub: Hub) -> None:
    anne, yves = joined(hub, ANNE, HALL, PROJECT), joined(hub, YVES, HALL)
    hub.bar(ANNE, HALL)
    hub.publish([HALL], b"1")
    hub.publish([HALL, PROJECT], b"2")
    assert (anne.heard, yves.heard) == ([b"2"], [b"1", b"2"])
    hub.join(anne, [HALL, PROJECT], as_of=hub.moment)
    hub.publish([HALL], b"3")
    assert anne.heard == [b"2"]


def test_who_read_the_seats_before_the_bar_was_lifted_does_not_get_in(hub: Hub) -> None:
    before = hub.moment
    hub.bar(ANNE, HALL)
    during = hub.moment
    hub.lift(ANNE, HALL)
    for as_of in (before, during):
        ear = Ear(ANNE)
        hub.join(ear, [HALL, PROJECT], as_of=as_of)
        hub.publish([HALL], b"not for Anne")
        hub.publish([PROJECT], b"for Anne")
        assert ear.heard == [b"for Anne"]
        hub.leave(ear)
    ear = Ear(ANNE)
    hub.join(ear, [HALL], as_of=hub.moment)
    hub.publish([HALL], b"seated anew")
    assert ear.heard == [b"seated anew"]


def test_two_removals_at_once_are_both_to_be_lifted(hub: Hub) -> None:
    hub.bar(ANNE, HALL)
    hub.bar(ANNE, HALL)
    hub.lift(ANNE, HALL)
    ear = Ear(ANNE)
    hub.join(ear, [HALL], as_of=hub.moment)
    hub.publish([HALL], b"1")
    assert ear.heard == []
