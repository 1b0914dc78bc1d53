"""A message cannot take the reader's terminal over, nor look like somebody else's line."""

import pytest

from messaging.chat.shown import on_one_line, safe


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Bonjour, ça va\u202f? 👨\u200d👩\u200d👧", "Bonjour, ça va\u202f? 👨\u200d👩\u200d👧"),
        ("\x1b[2J\x1b]0;titre\x07", "\ufffd[2J\ufffd]0;titre\ufffd"),
        ("a\rmoi : faux", "a\ufffdmoi : faux"),
        ("un\n[10:42] maire : faux", "un\n    [10:42] maire : faux"),
        ("un\r\ndeux", "un\n    deux"),
        ("abc\u202ecba\u2066x", "abc\ufffdcba\ufffdx"),
        ("\x9b31m\u2028x", "\ufffd31m\ufffdx"),
        ("a\tb", "a b"),
    ],
)
def test_what_is_shown_of_a_message(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_a_list_shows_one_line() -> None:
    assert on_one_line("un\ndeux   trois", 40) == "un deux trois"
    assert on_one_line("x" * 50, 10) == "x" * 9 + "…"
