"""A physiotherapist, and a village whose town hall has not enrolled yet."""

from typing import Final

from messaging.demo.people import Person, card, project, village
from messaging.domain.vocabulary import Role

PHYSIOTHERAPIST: Final = Person(
    subject="demo-thomas",
    role=Role.HOLDER,
    admin=True,
    card=card(
        "Thomas Vergnaud", "Kinésithérapeute", "Cabinet Vergnaud (fictif)", "06 39 98 46 18", "thomas@kine.example"
    ),
)
SECRETARY: Final = Person(
    subject="demo-lucie",
    role=Role.AGENT,
    admin=True,
    card=card(
        "Lucie Pradines",
        "Secrétaire de mairie",
        "Mairie d’Escarpoul (fictive)",
        "05 36 49 46 96",
        "mairie@escarpoul.example",
    ),
)

PROJECT: Final = project(
    "projet-demo-8",
    "Kinésithérapeute",
    PHYSIOTHERAPIST,
    area="Occitanie",
    words="Je cherche une commune sans kinésithérapeute à moins de vingt minutes.",
    like="46001",
    profession_group="kinesitherapeute",
)
VILLAGE: Final = village(
    "46996",
    "Escarpoul (fictive)",
    SECRETARY,
    area="Lot",
    words="Une commune du causse.",
    like="46001",
    profession_group="kinesitherapeute",
)
CAST: Final = (PROJECT, VILLAGE)
