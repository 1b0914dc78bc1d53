"""What `pli chat` says: both languages say the same things, each in its own typography."""

import re
from string import Formatter

import pytest

from messaging.chat.catalogue import COMMANDS, TEXTS
from messaging.chat.telltale import Telltale
from messaging.chat.texts import identity, relation, seats, session, thread
from messaging.domain.relation import Stage
from messaging.domain.vocabulary import CardField, ClosingReason, Role

NARROW, WIDE = "\u202f", "\u00a0"


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_both_languages_take_the_same_values(name: str) -> None:
    french, english = ({field for _, field, _, _ in Formatter().parse(text) if field} for text in TEXTS[name])
    assert french == english


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_french_typography(name: str) -> None:
    text = re.sub(r"/\w+", "", TEXTS[name][0])
    assert not re.search(rf"(?<!{NARROW})[;!?]", text), "a narrow no-break space stands before ; ! ?"
    assert not re.search(rf"(?<!{WIDE}):", text), "a no-break space stands before :"
    assert not re.search(rf"«(?!{WIDE})|(?<!{WIDE})»", text), "no-break spaces stand inside « »"
    assert "'" not in text
    assert "..." not in text


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_people_are_addressed_as_vous(name: str) -> None:
    assert not re.search(r"\b(tu|toi|ton|ta|tes|te)\b|\bt’", TEXTS[name][0], re.IGNORECASE)


def test_every_word_of_the_domain_has_a_text() -> None:
    kinds = {"role": Role, "field": CardField, "telltale": Telltale, "reason": ClosingReason, "stage": Stage}
    for prefix, words in kinds.items():
        assert {f"{prefix}_{word.value}" for word in words} <= TEXTS.keys()


def test_no_two_subjects_have_a_text_of_one_name() -> None:
    assert sum(len(each.TEXTS) for each in (session, thread, identity, relation, seats)) == len(TEXTS)


def test_the_help_names_every_command() -> None:
    for language, names in enumerate((COMMANDS.keys(), set(COMMANDS.values()))):
        told = set(re.findall(r"/(\w+)", TEXTS["help"][language])) | {"aide", "help"}
        assert {name for name in names if name.isascii()} <= told
