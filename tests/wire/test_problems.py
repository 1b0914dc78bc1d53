"""Refusals as clients get them, and what the catalogue says to people, in both languages."""

import re

import msgspec
import pytest

from messaging.domain.errors import Busy, NotFound, PliError, all_errors
from messaging.wire.problems import CATALOGUE, problem

NARROW = "\u202f"
WIDE = "\u00a0"
FRENCH = [(code, text) for code, entry in CATALOGUE.items() for text in (entry.title_fr, entry.advice_fr)]
ENGLISH = [(code, text) for code, entry in CATALOGUE.items() for text in (entry.title_en, entry.advice_en)]


def test_the_catalogue_explains_every_refusal_and_nothing_else() -> None:
    assert set(CATALOGUE) == {error.code for error in all_errors()}


@pytest.mark.parametrize(("code", "text"), FRENCH + ENGLISH)
def test_every_text_says_something(code: str, text: str) -> None:
    assert text == text.strip()
    assert re.search(r"\w", text)


@pytest.mark.parametrize(("code", "text"), FRENCH)
def test_french_typography(code: str, text: str) -> None:
    assert not re.search(rf"(?<!{NARROW})[;!?]", text), "a narrow no-break space stands before ; ! ?"
    assert not re.search(rf"(?<!{WIDE}):", text), "a no-break space stands before :"
    assert not re.search(rf"«(?!{WIDE})|(?<!{WIDE})»", text), "no-break spaces stand inside « »"
    assert "'" not in text
    assert '"' not in text
    assert "..." not in text


@pytest.mark.parametrize(("code", "text"), FRENCH)
def test_people_are_addressed_as_vous(code: str, text: str) -> None:
    assert not re.search(r"\b(tu|toi|ton|ta|tes|te)\b|\bt’", text, re.IGNORECASE)


@pytest.mark.parametrize(("code", "text"), ENGLISH)
def test_english_typography(code: str, text: str) -> None:
    assert not re.search(rf"[{NARROW}{WIDE} ][;:!?]", text)
    assert "'" not in text


@pytest.mark.parametrize("code", list(CATALOGUE))
def test_advice_is_sentences_and_titles_are_not(code: str) -> None:
    entry = CATALOGUE[code]
    assert entry.advice_fr.endswith(".")
    assert entry.advice_en.endswith(".")
    assert not entry.title_fr.endswith(".")
    assert not entry.title_en.endswith(".")


@pytest.mark.parametrize("error", all_errors())
def test_a_problem_is_rfc_9457(error: type[PliError]) -> None:
    made = problem(error("why", retry_after_ms=700))

    assert made.type == f"/problems/{error.code}"
    assert (made.status, made.code, made.retryable) == (error.status, error.code, error.retryable)
    assert (made.title, made.detail) == (CATALOGUE[error.code].title_fr, "why")
    assert made.retry_after_ms == 700


def test_what_is_absent_is_left_out() -> None:
    assert msgspec.json.decode(msgspec.json.encode(problem(NotFound()))) == {
        "type": "/problems/not_found",
        "title": "Introuvable",
        "status": 404,
        "code": "not_found",
    }
    assert msgspec.json.decode(msgspec.json.encode(problem(Busy(retry_after_ms=5))))["retry_after_ms"] == 5
