"""Every published measure has its definition, in good French and English, and the documentation has the same one."""

import re

import pytest

from messaging.reporting.definitions import DEFINITIONS, Words
from scripts.make_reporting_definitions import made
from tests.reporting.events import figures, lines, rows

WRONG_IN_FRENCH = re.compile(r"[ \u00a0][;!?%]| :|« | »|[a-zà-ü]'[a-zà-ü]|\.\.\.", re.IGNORECASE)


@pytest.mark.slow
def test_every_measure_is_defined_once_and_no_other() -> None:
    told = {
        "closing" if cell.table == "closing" else cell.measure
        for cells in figures(lines(rows(4_000))).values()
        for cell in cells
    }
    defined = [each.measure for each in DEFINITIONS]
    assert sorted(defined) == sorted({*defined})
    assert told == {*defined}
    assert {each.number for each in DEFINITIONS} == set(range(1, 10))


def test_the_documentation_has_them() -> None:
    for path, text in made().items():
        assert path.read_text(encoding="utf-8") == text, "run python -m scripts.make_reporting_definitions"


@pytest.mark.parametrize("each", DEFINITIONS, ids=lambda each: each.measure)
def test_the_typography_is_right(each: object) -> None:
    for words in (getattr(each, name) for name in ("name", "says", "of")):
        if isinstance(words, Words):
            assert not WRONG_IN_FRENCH.search(words.fr)
            assert not re.search(r"\s[;:!?]|[a-z]'[a-z]|\.\.\.", words.en)
