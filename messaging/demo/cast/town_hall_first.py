"""A baker who looks for a bakehouse, and a village whose secretary reads the projects."""

from typing import Final

from messaging.demo.people import Person, card, project, village
from messaging.domain.vocabulary import Role

BAKER: Final = Person(
    subject="demo-ines",
    role=Role.HOLDER,
    admin=True,
    card=card("Inès Marchetti", "Boulangère", "Fournil Marchetti (fictif)", "06 39 98 23 01", "ines@fournil.example"),
)
SECRETARY: Final = Person(
    subject="demo-odile",
    role=Role.AGENT,
    admin=True,
    card=card(
        "Odile Chastang",
        "Secrétaire de mairie",
        "Mairie de Vauxcombe (fictive)",
        "05 36 49 23 94",
        "mairie@vauxcombe.example",
    ),
)

PROJECT: Final = project(
    "projet-demo-2",
    "Boulangère",
    BAKER,
    area="Nouvelle-Aquitaine",
    words="Je cherche un fournil à reprendre dans un village vivant.",
    like="23001",
    profession_group="boulanger",
)
VILLAGE: Final = village(
    "23994",
    "Vauxcombe (fictive)",
    SECRETARY,
    area="Creuse",
    words="Notre fournil est fermé depuis deux ans\u202f; le four est en état.",
    like="23001",
    profession_group="boulanger",
)
CAST: Final = (PROJECT, VILLAGE)
