"""Which sockets of an account are too many: the same answer wherever it is asked."""

import random

from messaging.domain.crowd import Standing, surplus

HERE, THERE = b"here", b"there"


def standing(since: int, device: bytes, origin: bytes = HERE) -> Standing:
    return Standing(since, origin, since, device)


def test_as_many_as_may_be_stay() -> None:
    assert surplus([standing(at, bytes([at])) for at in range(5)], 5) == []


def test_one_more_of_another_device_goes() -> None:
    old, new = [standing(at, bytes([at])) for at in range(5)], standing(9, b"new", THERE)
    assert surplus([new, *old], 5) == [new]


def test_one_more_of_a_device_replaces_its_oldest_wherever_that_is() -> None:
    old = [standing(at, bytes([at % 3]), THERE) for at in range(5)]
    assert surplus([*old, standing(9, bytes([1]))], 5) == [old[1]]


def test_many_more_leave_no_more_than_may_be() -> None:
    many = [standing(at, b"one", (HERE, THERE)[at % 2]) for at in range(40)]
    gone = surplus(many, 5)
    assert set(many) - set(gone) == set(many[-5:])


def test_the_order_in_which_they_are_known_changes_nothing() -> None:
    dice = random.Random(7)
    for _ in range(200):
        known = [standing(at, dice.choice([b"a", b"b", b"c"]), dice.choice([HERE, THERE])) for at in range(9)]
        expected = surplus(known, 5)
        dice.shuffle(known)
        assert surplus(known, 5) == expected
        assert len(known) - len(expected) == 5
