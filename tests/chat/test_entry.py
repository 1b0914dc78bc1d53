"""The line editor, key by key."""

import pytest

from messaging.chat.entry import Entry, Key, Line, tail, typed_chars_max


def typed(*reads: str) -> tuple[list[Line | Key], str]:
    entry = Entry()
    done = [each for read in reads for each in entry.feed(read)]
    return done, entry.text


@pytest.mark.parametrize(
    ("reads", "done", "left"),
    [
        (["Bonjour\r"], [Line("Bonjour")], ""),
        (["un\ndeux\r\n"], [Line("un"), Line("deux"), Line("")], ""),
        (["été\x7f\x7f"], [], "é"),
        (["e\u0301t\x7f\x7f"], [], ""),
        (["\x7f"], [], ""),
        (["un deux \x17"], [], "un"),
        (["un deux\x15trois"], [], "trois"),
        (["a\x1b[Ab\x1b[1;5Dc\x1bOHd\x1bx"], [], "abcd"),
        (["a\x1b", "[", "2", "~b"], [], "ab"),
        (["a\x07\x00b\tc"], [], "abc"),
        (["\x03"], [Key.INTERRUPT], ""),
        (["a\x03"], [], ""),
        (["\x04"], [Key.END], ""),
        (["a\x04"], [], "a"),
    ],
)
def test_keys(reads: list[str], done: list[Line | Key], left: str) -> None:
    assert typed(*reads) == (done, left)


def test_a_line_is_bounded() -> None:
    assert len(typed("x" * (2 * typed_chars_max))[1]) == typed_chars_max


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [
        ("Bonjour", 80, "Bonjour"),
        ("Bonjour", 3, "our"),
        ("市役所", 4, "役所"),
        ("市役所", 5, "役所"),
        ("e\u0301", 1, "e\u0301"),
    ],
)
def test_the_end_of_a_line_fits_its_row(text: str, columns: int, shown: str) -> None:
    assert tail(text, columns) == shown
