"""The anonymity rule: who may show what, given how many could show the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.domain.anonymity import shown
from messaging.domain.vocabulary import MailboxKind
from messaging.wire.generic import GENERIC, GENERIC_EN


@pytest.mark.parametrize(
    ("parties", "expected"),
    [
        ([5, 9, 40], "0"),
        ([4, 5, 40], "1"),
        ([1, 4, 5], "2"),
        ([1, 1, 4], "generic"),
        ([4, 4, 4], "generic"),
        ([], "generic"),
        ([1, 900, 1], "1"),
    ],
)
def test_the_first_that_fits_enough_parties_is_shown(parties: list[int], expected: str) -> None:
    assert shown([(str(rank), count) for rank, count in enumerate(parties)], "generic", 5) == expected


@given(st.lists(st.integers(0, 20), max_size=5), st.integers(1, 20))
def test_nothing_is_shown_that_fits_too_few(parties: list[int], least: int) -> None:
    chosen = shown(list(enumerate(parties)), None, least)
    if chosen is None:
        assert all(count < least for count in parties)
    else:
        assert parties[chosen] >= least
        assert all(count < least for count in parties[:chosen])


def test_every_kind_has_a_generic_presentation_in_both_languages() -> None:
    assert set(GENERIC) == set(MailboxKind)
    assert set(GENERIC_EN) == {each.group for each in GENERIC.values()}
    assert len({each.group for each in GENERIC.values()}) == len(GENERIC)
    assert all((each.area, each.verified, each.words) == ("France", False, "") for each in GENERIC.values())
