"""The tree of refusals: what its drawing says is what its classes are."""

import re

import pytest

from messaging.domain import errors
from messaging.domain.errors import PliError, all_errors


def drawn() -> dict[str, tuple[int, str]]:
    """Class name -> (status, code), read from the drawing at the top of the module."""
    lines = re.findall(r"[-|`] ([A-Z]\w+) +(\d{3}) (\w+)", errors.__doc__ or "")
    return {name: (int(status), code) for name, status, code in lines}


@pytest.mark.parametrize("error", all_errors())
def test_the_drawing_shows_every_refusal(error: type[PliError]) -> None:
    if error is not PliError:
        assert drawn()[error.__name__] == (error.status, error.code)


def test_the_drawing_shows_nothing_else() -> None:
    assert drawn().keys() == {error.__name__ for error in all_errors()} - {"PliError"}


def test_codes_are_unique() -> None:
    codes = [error.code for error in all_errors()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("error", all_errors())
def test_the_drawing_says_which_may_be_tried_again(error: type[PliError]) -> None:
    line = next(line for line in (errors.__doc__ or "").splitlines() if re.search(rf"\b{error.__name__}\b", line))
    known = {"stale_head", "stale_epoch"}  # rebasing is trying again with other bytes; the drawing says "rebase"
    assert error.retryable == ("(retryable)" in line or error.code in known)
