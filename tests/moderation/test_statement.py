"""Statements of reasons: every field that article 17 asks for, in both languages, and never half a letter."""

import itertools

import pytest

from messaging.domain.errors import Malformed
from messaging.domain.vocabulary import CaseOrigin, Ground, Measure, ReportCategory
from messaging.moderation import statement
from messaging.moderation.statement import FACTS, Reasons, Side, Text

FULL = Text("Dans deux messages, il demande 400 € d’avance.", "In two messages, he asks for 400 € in advance.")
RULE = Text("Article 5 des conditions d’utilisation.", "Article 5 of the terms of use.")
APPEAL_UNTIL = 1_796_083_200_000
ENDS_AT = 1_795_000_000_000


def reasons(
    measure: Measure = Measure.FREEZE,
    origin: CaseOrigin = CaseOrigin.REPORT,
    *,
    facts: Text = FULL,
    rule: Text = RULE,
    ends_at: int | None = None,
    ground: Ground = Ground.TERMS,
) -> Reasons:
    return Reasons(measure, origin, ground, rule, facts, ends_at, APPEAL_UNTIL)


@pytest.mark.parametrize(
    ("measure", "origin", "side", "ground"), list(itertools.product(Measure, CaseOrigin, Side, Ground))
)
def test_every_statement_says_all_that_the_law_asks_for(
    measure: Measure, origin: CaseOrigin, side: Side, ground: Ground
) -> None:
    said = statement.decision(reasons(measure, origin, ground=ground, ends_at=ENDS_AT), side)
    for fields, text in (
        (("Décision.", "Faits.", "Fondement.", "Étendue.", "Durée.", "Moyens automatisés.", "Recours."), said.fr),
        (("Decision.", "Facts.", "Ground.", "Scope.", "Duration.", "Automated means.", "Redress."), said.en),
    ):
        places = [text.index(field) for field in fields]
        assert places == sorted(places)
        assert "{{" not in text
    assert FULL.fr in said.fr
    assert RULE.en in said.en
    assert "un autre modérateur" in said.fr
    assert "article 21 du règlement (UE) 2022/2065" in said.fr
    assert "30 novembre 2026" not in said.fr
    assert "1er décembre 2026 à 1\u00a0h\u00a000 (heure de Paris)" in said.fr
    assert ("une règle sur le rythme" in said.fr.lower()) is (origin is CaseOrigin.FLAG)


def test_the_end_of_a_measure_is_told_in_the_time_of_paris() -> None:
    said = statement.decision(reasons(ends_at=ENDS_AT), Side.ACCUSED)
    assert "Jusqu’au 18 novembre 2026 à 12\u00a0h\u00a006 (heure de Paris)." in said.fr
    assert "Until 18 November 2026, 12:06 (Paris time)." in said.en
    assert "Sans limite de durée." in statement.decision(reasons(), Side.ACCUSED).fr
    assert "Sans objet." in statement.decision(reasons(Measure.WARNING), Side.ACCUSED).fr


def test_french_is_set_as_french_is() -> None:
    for measure, side in itertools.product(Measure, Side):
        text = statement.decision(reasons(measure), side).fr + statement.outcome(overturned=True, reasons=FULL).fr
        for mark in ";!?":
            assert f" {mark}" not in text
        assert " :" not in text
        assert "'" not in text


@pytest.mark.parametrize("category", list(ReportCategory))
def test_a_template_that_nobody_filled_in_is_not_sent(category: ReportCategory) -> None:
    for facts in (FACTS[category], Text(FACTS[category].fr, FULL.en), Text(FULL.fr, FACTS[category].en)):
        with pytest.raises(Malformed, match="placeholder"):
            statement.decision(reasons(facts=facts), Side.ACCUSED)


@pytest.mark.parametrize("left", ["{{montant}}", "il a dit }} trois fois", "[…]", "[ à compléter ]", "[...]", "  "])
def test_what_is_left_to_fill_in_is_found(left: str) -> None:
    french = f"Il demande {left}" if left.strip() else left
    for incomplete in (Text(french, "He asks."), Text("Il ment.", left)):
        with pytest.raises(Malformed):
            statement.decision(reasons(facts=incomplete), Side.ACCUSED)
        with pytest.raises(Malformed):
            statement.decision(reasons(rule=incomplete), Side.REPORTER)
        with pytest.raises(Malformed):
            statement.outcome(overturned=False, reasons=incomplete)


def test_a_template_of_ours_with_a_field_that_nobody_gives_is_refused() -> None:
    with pytest.raises(Malformed, match="scope"):
        statement.fill("Étendue. {{scope}}", {"facts": "x"})
