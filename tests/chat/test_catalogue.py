"""What `pli chat` says: both languages say the same things, each in its own typography."""

import re
from string import Formatter

import pytest

from messaging.chat.catalogue import _TEXTS, COMMANDS, NAMES
from messaging.chat.telltale import Telltale
from messaging.domain.vocabulary import CardField, ClosingReason, Role

NARROW, WIDE = "\u202f", "\u00a0"


@pytest.mark.parametrize("name", sorted(NAMES))
def test_both_languages_take_the_same_values(name: str) -> None:
    french, english = ({field for _, field, _, _ in Formatter().parse(text) if field} for text in _TEXTS[name])
    assert french == english


@pytest.mark.parametrize("name", sorted(NAMES))
def test_french_typography(name: str) -> None:
    text = re.sub(r"/\w+", "", _TEXTS[name][0])
    assert not re.search(rf"(?<!{NARROW})[;!?]", text), "a narrow no-break space stands before ; ! ?"
    assert not re.search(rf"(?<!{WIDE}):", text), "a no-break space stands before :"
    assert not re.search(rf"«(?!{WIDE})|(?<!{WIDE})»", text), "no-break spaces stand inside « »"
    assert "'" not in text
    assert "..." not in text


@pytest.mark.parametrize("name", sorted(NAMES))
def test_people_are_addressed_as_vous(name: str) -> None:
    assert not re.search(r"\b(tu|toi|ton|ta|tes|te)\b|\bt’", _TEXTS[name][0], re.IGNORECASE)


def test_every_word_of_the_domain_has_a_text() -> None:
    for prefix, words in (("role", Role), ("field", CardField), ("telltale", Telltale), ("reason", ClosingReason)):
        assert {f"{prefix}_{word.value}" for word in words} <= NAMES


def test_the_help_names_every_command() -> None:
    for language, names in enumerate((COMMANDS.keys(), set(COMMANDS.values()))):
        told = set(re.findall(r"/(\w+)", _TEXTS["help"][language])) | {"aide", "help"}
        assert {name for name in names if name.isascii()} <= told
