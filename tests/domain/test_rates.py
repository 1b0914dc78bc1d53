"""Token buckets: what an account may ask for in a time, here and elsewhere together."""

import pytest

from messaging.domain.rates import Allowance, Buckets

ME, OTHER = b"me", b"other"


def test_a_full_bucket_gives_its_burst_and_then_one_at_a_time() -> None:
    buckets = Buckets(Allowance(per_s=10, burst=3))
    assert [buckets.take(ME, 0.0) for _ in range(4)] == [0, 0, 0, 100]
    assert buckets.take(ME, 0.05) == 50
    assert buckets.take(ME, 0.1) == 0
    assert buckets.take(ME, 0.1) == 100


def test_a_pause_fills_it_to_its_burst_and_no_further() -> None:
    buckets = Buckets(Allowance(per_s=10, burst=3))
    for _ in range(3):
        buckets.take(ME, 0.0)
    assert [buckets.take(ME, 1_000.0) for _ in range(4)] == [0, 0, 0, 100]


def test_accounts_are_apart() -> None:
    buckets = Buckets(Allowance(per_s=1, burst=1))
    assert (buckets.take(ME, 0.0), buckets.take(OTHER, 0.0)) == (0, 0)
    assert buckets.take(ME, 0.0) == 1_000


def test_what_was_taken_elsewhere_counts_into_a_debt_that_is_bounded() -> None:
    buckets = Buckets(Allowance(per_s=1, burst=4))
    buckets.spend(ME, 3, 0.0)
    assert [buckets.take(ME, 0.0) for _ in range(2)] == [0, 1_000]
    buckets.spend(ME, 1_000_000, 0.0)
    assert buckets.take(ME, 0.0) == 5_000
    assert buckets.take(ME, 5.0) == 0


def test_no_more_accounts_are_kept_than_that_and_who_asks_most_is_kept() -> None:
    buckets = Buckets(Allowance(per_s=1, burst=1), most=3)
    buckets.take(ME, 0.0)
    for number in range(100):
        buckets.take(bytes([number]), 0.0)
        assert buckets.take(ME, 0.0) == 1_000
    assert len(buckets) == 3


@pytest.mark.parametrize("per_s", [0.5, 1, 7, 100])
def test_who_waits_as_long_as_was_said_gets_one(per_s: float) -> None:
    buckets, now = Buckets(Allowance(per_s, burst=1)), 0.0
    for _ in range(50):
        wait_ms = buckets.take(ME, now)
        now += wait_ms / 1_000
        if wait_ms:
            assert buckets.take(ME, now) == 0
