"""The territories' tables: complete, and every trap of the real data met."""

import subprocess
import sys
from collections import Counter

import pytest

from messaging.territories import Territories, Tier, tier


@pytest.fixture(scope="module")
def territories() -> Territories:
    return Territories.load()


def test_the_tables_are_complete(territories: Territories) -> None:
    sizes = [len(territories.communes), len(territories.epcis), len(territories.departements), len(territories.regions)]

    assert sizes == [34_969, 1_255, 109, 26]


def test_every_code_of_a_commune_leads_somewhere(territories: Territories) -> None:
    for commune in territories.communes.values():
        assert territories.departements[commune.departement].region == commune.region
        assert commune.region in territories.regions
        assert commune.epci is None or commune.epci in territories.epcis


def test_names_are_no_keys(territories: Territories) -> None:
    names = Counter(commune.name for commune in territories.communes.values())

    assert sum(count for count in names.values() if count > 1) == 3_675


def test_codes_are_five_characters_not_numbers(territories: Territories) -> None:
    assert {len(code) for code in territories.communes} == {5}
    assert territories.communes["01001"].name == "L'Abergement-Clémenciat"
    assert territories.communes["2A004"].departement == "2A"
    assert territories.communes["97105"].departement == "971"


def test_region_01_is_not_departement_01(territories: Territories) -> None:
    assert territories.regions["01"].name == "Guadeloupe"
    assert territories.departements["01"].name == "Ain"
    assert territories.communes["97105"].region == "01"
    assert territories.communes["01001"].region == "84"


def test_some_have_no_population_and_some_no_epci(territories: Territories) -> None:
    nobody = [commune for commune in territories.communes.values() if commune.population is None]
    alone = [commune for commune in territories.communes.values() if commune.epci is None]

    assert len(nobody) == 6
    assert {commune.tier for commune in nobody} == {None}
    assert len(alone) == 98


def test_exactly_2000_inhabitants_is_the_2000_tier(territories: Territories) -> None:
    montbron = territories.communes["16223"]

    assert montbron.population == 2_000
    assert montbron.tier is Tier.UNDER_10000


@pytest.mark.parametrize(
    ("population", "expected"),
    [
        (0, "<500"),
        (499, "<500"),
        (500, "500-1999"),
        (1_999, "500-1999"),
        (2_000, "2000-9999"),
        (9_999, "2000-9999"),
        (10_000, ">=10000"),
        (2_103_778, ">=10000"),
    ],
)
def test_tier_bounds(population: int, expected: str) -> None:
    assert tier(population) == expected


def test_codes_of_fictional_communes_are_free(territories: Territories) -> None:
    assert not [code for code in territories.communes if code[2:] >= "990"]


def test_importing_reads_nothing() -> None:
    code = (
        "import sys; opened = []\n"
        "sys.addaudithook(lambda name, args: name == 'open' and opened.append(str(args[0])))\n"
        "import messaging.territories\n"
        "sys.exit([path for path in opened if path.endswith('.csv')] != [])"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_tables_are_read_once() -> None:
    assert Territories.load().communes is Territories.load().communes
