"""One line of text as somebody types it. Pure: characters in, what they mean out.

A small editor and no more: the end of the line can be edited, and cursor keys are swallowed rather than typed.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

typed_chars_max: Final = 8_000


class Key(Enum):
    """What is not text."""

    INTERRUPT = auto()
    """Ctrl-C on an empty line; on another it empties the line."""
    END = auto()
    """Ctrl-D on an empty line."""


@dataclass(frozen=True, slots=True)
class Line:
    """A whole line, entered."""

    text: str


class Entry:
    """The line in the making."""

    def __init__(self) -> None:
        self.text = ""
        self._escape = ""

    def feed(self, characters: str) -> Iterator[Line | Key]:
        for character in characters:
            if self._escape or character == "\x1b":
                self._swallow(character)
                continue
            done = self._take(character)
            if done is not None:
                yield done

    def _swallow(self, character: str) -> None:
        """An escape sequence, as terminals send for cursor keys: ESC [ digits letter, ESC O letter, or ESC letter."""
        self._escape += character
        opened = self._escape in ("\x1b", "\x1b[", "\x1bO")
        if not opened and not (self._escape.startswith("\x1b[") and "\x20" <= character <= "\x3f"):
            self._escape = ""

    def _take(self, character: str) -> Line | Key | None:
        match character:
            case "\r" | "\n":
                entered, self.text = self.text, ""
                return Line(entered)
            case "\x03":
                had, self.text = self.text, ""
                return None if had else Key.INTERRUPT
            case "\x04":
                return None if self.text else Key.END
            case "\x7f" | "\x08":
                self.text = _without_last(self.text)
            case "\x15":
                self.text = ""
            case "\x17":
                self.text = self.text.rstrip().rpartition(" ")[0]
            case _ if unicodedata.category(character) != "Cc" and len(self.text) < typed_chars_max:
                self.text += character
        return None


def _without_last(text: str) -> str:
    """One character less as a person sees it: combining marks go with their letter."""
    end = len(text)
    while end and unicodedata.combining(text[end - 1]):
        end -= 1
    return text[: max(0, end - 1)]


def tail(text: str, columns: int) -> str:
    """The end of a text that fits into so many columns of a terminal."""
    width = 0
    for start in range(len(text) - 1, -1, -1):
        width += columns_of(text[start])
        if width > columns:
            return text[start + 1 :]
    return text


def columns_of(character: str) -> int:
    """0 for a combining mark, 2 for a wide character, else 1."""
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
