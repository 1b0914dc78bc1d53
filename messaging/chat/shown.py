"""Other people's text on one's own terminal: never a control sequence, never a line that pretends to be another.

A message could hold an escape sequence that clears the screen or paints a false line. Controls and the characters that
turn the direction of writing are shown as replacement characters; further lines of a message are indented.
"""

import time
import unicodedata
from typing import Final

_INDENT: Final = "    "
_REPLACEMENT: Final = "\ufffd"
_KEPT: Final = {"\u200d", "\u200c", "\u00ad"}
"""Joiners that emoji and some scripts need, and the soft hyphen."""


def safe(text: str) -> str:
    """On one line or several, indented from the second on."""
    lines = text.replace("\r\n", "\n").split("\n")
    return f"\n{_INDENT}".join("".join(map(_safe, line)) for line in lines)


def on_one_line(text: str, chars: int) -> str:
    """The beginning of a text, for lists."""
    line = " ".join("".join(" " if c == "\n" else _safe(c) for c in text).split())
    return line if len(line) <= chars else line[: chars - 1] + "…"


def _safe(character: str) -> str:
    if character == "\t":
        return " "
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") and character not in _KEPT
    return _REPLACEMENT if hidden else character


def day(at: int) -> str:
    """The day of a time in ms, as the reader's own calendar has it."""
    return time.strftime("%d/%m/%Y", time.localtime(at / 1_000))


def clock(at: int) -> str:
    """A time in ms as the reader's own clock shows it."""
    return time.strftime("%H:%M", time.localtime(at / 1_000))
