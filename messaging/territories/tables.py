"""The tables of French territories, read on first use and kept.

Codes are strings and the only keys: 3,675 communes share their name with another, « 2A004 » is no number, and « 01 » is
the Ain as a département but Guadeloupe as a région.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Self


class Tier(StrEnum):
    """How reports group territories by size; an EPCI is a tier of its own."""

    UNDER_500 = "<500"
    UNDER_2000 = "500-1999"
    UNDER_10000 = "2000-9999"
    FROM_10000 = ">=10000"
    EPCI = "EPCI"


@dataclass(frozen=True, slots=True)
class Region:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Departement:
    code: str
    name: str
    region: str
    """Code of its région."""


@dataclass(frozen=True, slots=True)
class Epci:
    """A group of communes with its own taxes; `code` is its SIREN."""

    code: str
    name: str
    kind: str
    """CC, CA, CU, METRO or MET69."""


@dataclass(frozen=True, slots=True)
class Commune:
    code: str
    """INSEE code, five characters."""
    name: str
    departement: str
    """Code of its département."""
    region: str
    """Code of its région."""
    population: int | None
    """Inhabitants; None for the six that have no permanent ones."""
    epci: str | None
    """Code of its EPCI; 98 communes belong to none."""

    @property
    def tier(self) -> Tier | None:
        return None if self.population is None else tier(self.population)


def tier(population: int) -> Tier:
    """The tier of a commune with so many inhabitants; lower bounds belong to the tier above."""
    if population < 500:
        return Tier.UNDER_500
    if population < 2_000:
        return Tier.UNDER_2000
    return Tier.UNDER_10000 if population < 10_000 else Tier.FROM_10000


@dataclass(frozen=True, slots=True)
class Territories:
    """All tables, by code. Unknown codes raise KeyError, as mappings do."""

    communes: Mapping[str, Commune]
    epcis: Mapping[str, Epci]
    departements: Mapping[str, Departement]
    regions: Mapping[str, Region]

    @classmethod
    def load(cls) -> Self:
        """The tables of the package, read once in a process (about 0.1 s)."""
        return cls(communes=_communes(), epcis=_epcis(), departements=departements(), regions=regions())


@cache
def _communes() -> Mapping[str, Commune]:
    return {
        code: Commune(code, name, departement, region, int(population) if population else None, epci or None)
        for code, name, departement, region, population, epci in _rows("communes")
    }


@cache
def _epcis() -> Mapping[str, Epci]:
    return {code: Epci(code, name, kind) for code, name, kind in _rows("epci")}


@cache
def departements() -> Mapping[str, Departement]:
    """By code; as `regions`, without reading the communes."""
    return {code: Departement(code, name, region) for code, name, region in _rows("departements")}


@cache
def regions() -> Mapping[str, Region]:
    return {code: Region(code, name) for code, name in _rows("regions")}


def _rows(name: str) -> Iterable[list[str]]:
    """The rows of one table, without its header."""
    text = files("messaging.territories").joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    rows = csv.reader(text.splitlines())
    next(rows)
    return rows
