"""What the demo says is French, and set as French is."""

import importlib
import pkgutil
import re
from string import Formatter

import pytest

from messaging.demo import words
from messaging.demo.typography import typeset

NARROW, WIDE = "\u202f", "\u00a0"
MODULES = [importlib.import_module(f"{words.__name__}.{found.name}") for found in pkgutil.iter_modules(words.__path__)]
TEXTS = [
    pytest.param(text, id=f"{module.__name__.rpartition('.')[2]}.{name}")
    for module in MODULES
    for name, text in vars(module).items()
    if name.isupper() and isinstance(text, str)
]


@pytest.mark.parametrize(
    ("plain", "set_"),
    [
        ("Oui ; non ?", f"Oui{NARROW}; non{NARROW}?"),
        ("« Bonjour ! »", f"«{WIDE}Bonjour{NARROW}!{WIDE}»"),
        ("elle dit : oui", f"elle dit{WIDE}: oui"),
        ("sur http://127.0.0.1:8000 :", f"sur http://127.0.0.1:8000{WIDE}:"),
        ("au 06 39 98 22 91, n° 3", f"au 06{WIDE}39{WIDE}98{WIDE}22{WIDE}91, n°{WIDE}3"),
        ("lit : « Non » :", f"lit{WIDE}: «{WIDE}Non{WIDE}»{WIDE}:"),
    ],
)
def test_spaces_are_those_of_french(plain: str, set_: str) -> None:
    assert typeset(plain) == set_
    assert typeset(set_) == set_


@pytest.mark.parametrize("text", TEXTS)
def test_french_typography(text: str) -> None:
    filled = typeset("".join(literal for literal, *_ in Formatter().parse(text)))
    assert not re.search(rf"(?<!{NARROW})[;!?]", filled), "a narrow no-break space stands before ; ! ?"
    assert not re.search(rf"(?<!{WIDE}):", filled), "a no-break space stands before :"
    assert not re.search(rf"«(?!{WIDE})|(?<!{WIDE})»", filled), "no-break spaces stand inside « »"
    assert "'" not in text
    assert '"' not in text
    assert "..." not in text
    assert text == text.strip() or text.endswith(": ")


@pytest.mark.parametrize("text", TEXTS)
def test_people_are_addressed_as_vous(text: str) -> None:
    assert not re.search(r"\b(tu|toi|ton|ta|tes|te)\b|\bt’", text, re.IGNORECASE)
