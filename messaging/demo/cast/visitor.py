"""Whoever opens the listing page in a browser: a doctor who never wrote to anybody before."""

from typing import Final

from messaging.demo.people import Person, card, project
from messaging.domain.vocabulary import Role

VISITOR: Final = Person(
    subject="demo-nolwenn",
    role=Role.HOLDER,
    admin=True,
    card=card(
        "Dr Nolwenn Morvan",
        "Médecin généraliste",
        "Cabinet du Vieux-Port (fictif)",
        "06 39 98 55 20",
        "nolwenn.morvan@sante.example",
    ),
)

VISITORS_PROJECT: Final = project(
    "projet-demo-visite",
    "Médecin généraliste",
    VISITOR,
    area="Bretagne",
    words="Je cherche un cabinet où m’installer, près de la mer.",
    like="22061",
    profession_group="medecin_generaliste",
)
