"""French typography: which spaces do not break, and which of them are narrow."""

import re
from typing import Final

_WIDE: Final = "\u00a0"
_NARROW: Final = "\u202f"


def typeset(text: str) -> str:
    """The text with the spaces that French wants: no-break inside « », before a colon and between the digits
    of a number, narrow before ; ! and ?."""
    text = re.sub(r"« ", f"«{_WIDE}", text)
    text = re.sub(r" ([»:])(?!\w)", rf"{_WIDE}\1", text)
    text = re.sub(r"(?<=\d|°) (?=\d)", _WIDE, text)
    return re.sub(r" ([;!?])", rf"{_NARROW}\1", text)
