"""A doctor who loses a phone, and the town hall that goes on writing."""

from typing import Final

from messaging.demo.people import Person, card, project, village
from messaging.domain.vocabulary import Role

DOCTOR: Final = Person(
    subject="demo-mathilde",
    role=Role.HOLDER,
    admin=True,
    card=card(
        "Dr Mathilde Garrigou", "Médecin généraliste", "Cabinet (fictif)", "06 39 98 09 14", "garrigou@sante.example"
    ),
)
SECRETARY: Final = Person(
    subject="demo-paul",
    role=Role.AGENT,
    admin=True,
    card=card(
        "Paul Estèbe",
        "Secrétaire de mairie",
        "Mairie de Fontsèche (fictive)",
        "05 36 49 09 92",
        "mairie@fontseche.example",
    ),
)

PROJECT: Final = project(
    "projet-demo-5",
    "Médecin généraliste",
    DOCTOR,
    area="Occitanie",
    words="Je cherche un cabinet de groupe en montagne.",
    like="09002",
    profession_group="medecin_generaliste",
)
VILLAGE: Final = village(
    "09992",
    "Fontsèche (fictive)",
    SECRETARY,
    area="Ariège",
    words="La maison de santé a un bureau libre\u202f; la vallée n’a plus de médecin.",
    like="09002",
    profession_group="medecin_generaliste",
)
CAST: Final = (PROJECT, VILLAGE)
