"""The people of the demo cannot be mistaken for real ones, and what reports count them by is real."""

import re

import pytest

from messaging.demo.cast.visitor import VISITORS_PROJECT
from messaging.demo.people import Party, Person
from messaging.demo.scenarios.table import SCENARIOS
from messaging.domain.vocabulary import CardField, MailboxKind
from messaging.territories import Territories

PARTIES = [VISITORS_PROJECT, *(party for scenario in SCENARIOS.values() for party in scenario.parties)]
PEOPLE = [person for party in PARTIES for person in party.people]
VILLAGES = [party for party in PARTIES if party.kind is MailboxKind.TERRITORY]
FICTIONAL_PHONE = re.compile(r"(06 39 98|01 99 00|02 61 91|03 53 01|04 65 71|05 36 49)( \d\d){2}")
"""What Arcep keeps for fiction."""


@pytest.fixture(scope="module")
def territories() -> Territories:
    return Territories.load()


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.subject)
def test_people_are_fictional(person: Person) -> None:
    assert set(person.card) == set(CardField)
    assert person.card[CardField.EMAIL].endswith(".example")
    assert FICTIONAL_PHONE.fullmatch(person.card[CardField.PHONE])


@pytest.mark.parametrize("village", VILLAGES, ids=lambda party: party.ref)
def test_villages_are_fictional(village: Party, territories: Territories) -> None:
    code, name = village.attested["insee"], village.attested["title"].removeprefix("Commune de ")
    assert code not in territories.communes
    assert code[2:] >= "990"
    assert code[:2] == village.like[:2]
    assert name.endswith(" (fictive)")
    assert name.removesuffix(" (fictive)") not in {commune.name for commune in territories.communes.values()}


@pytest.mark.parametrize("party", PARTIES, ids=lambda party: party.ref)
def test_dimensions_are_those_of_the_place_that_is_shown(party: Party, territories: Territories) -> None:
    dimensions = party.dimensions(territories)
    departement, region = territories.departements[dimensions.departement], territories.regions[dimensions.region]
    is_village = party.kind is MailboxKind.TERRITORY
    assert party.presentation.area == (departement.name if is_village else region.name).replace("'", "’")
    assert bool(dimensions.population_tier) is is_village


@pytest.mark.parametrize("party", PARTIES, ids=lambda party: party.ref)
def test_presentations_name_nobody(party: Party) -> None:
    shown = repr(party.presentation)
    known = [value for other in PARTIES for person in other.people for value in person.card.values()]
    assert [value for value in known if value in shown and value != party.presentation.group] == []
    assert [other.attested["title"] for other in VILLAGES if other.attested["title"] in shown] == []


def test_nobody_plays_twice() -> None:
    for names in (
        [person.subject for person in PEOPLE],
        [person.name for person in PEOPLE],
        [person.card[CardField.PHONE] for person in PEOPLE],
        [party.ref for party in PARTIES],
        [party.target_ref for party in PARTIES],
    ):
        assert len(set(names)) == len(names)
