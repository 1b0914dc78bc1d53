"""What gives a person away in a message, before they decided to show who they are. Pure.

It warns and blocks nothing: DOMAIN asks the sender's own client to do so while they type.
"""

import re
from collections.abc import Collection
from enum import StrEnum
from typing import Final


class Telltale(StrEnum):
    PHONE = "phone"
    EMAIL = "email"
    URL = "url"
    NAME = "name"


_PHONE: Final = re.compile(r"(?<!\d)(?:\+\d{1,3}|0)(?:[\s.\-]?\d){8,11}(?!\d)")
_EMAIL: Final = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
_URL: Final = re.compile(r"https?://\S+|\bwww\.\S+|\b[\w\-]+\.(?:fr|com|org|net|eu|bzh)\b", re.IGNORECASE)
_WORD_CHARS_MIN: Final = 3
"""Of a name's parts: « de », « Le » and « Dr » give nobody away."""


def telltales(text: str, own_values: Collection[str]) -> list[Telltale]:
    """What of this a peer could find the person by. `own_values`: name and organisation of the sender's own card."""
    found = [
        kind
        for kind, pattern in ((Telltale.PHONE, _PHONE), (Telltale.EMAIL, _EMAIL), (Telltale.URL, _URL))
        if pattern.search(text)
    ]
    if Telltale.EMAIL in found and not _URL.search(_EMAIL.sub("", text)):
        found = [kind for kind in found if kind is not Telltale.URL]
    words = {word.casefold() for word in re.findall(r"[^\W\d_]+", text)}
    if any(word.casefold() in words for value in own_values for word in _name_words(value)):
        found.append(Telltale.NAME)
    return found


def _name_words(value: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", value) if len(word) >= _WORD_CHARS_MIN and word[0].isupper()]
