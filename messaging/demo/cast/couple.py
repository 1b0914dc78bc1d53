"""A couple with one project, and the village that answers them."""

from typing import Final

from messaging.demo.people import Person, card, project, village
from messaging.domain.vocabulary import Role

VET: Final = Person(
    subject="demo-anais",
    role=Role.HOLDER,
    admin=True,
    card=card(
        "Anaïs Roumégous", "Vétérinaire", "Clinique des Arros (fictive)", "06 39 98 32 07", "anais@veterinaire.example"
    ),
)
SPOUSE: Final = Person(
    subject="demo-julien",
    role=Role.CO_HOLDER,
    admin=False,
    card=card("Julien Roumégous", "Professeur des écoles", "École (fictive)", "06 39 98 32 08", "julien@ecole.example"),
)
MAYOR: Final = Person(
    subject="demo-bernadette",
    role=Role.MAYOR,
    admin=True,
    card=card(
        "Bernadette Lasserre",
        "Maire",
        "Mairie de Castelarros (fictive)",
        "05 36 49 32 93",
        "mairie@castelarros.example",
    ),
)

PROJECT: Final = project(
    "projet-demo-4",
    "Vétérinaire",
    VET,
    SPOUSE,
    area="Occitanie",
    words="Nous cherchons un village où ouvrir une clinique et enseigner.",
    like="32001",
    profession_group="veterinaire",
)
VILLAGE: Final = village(
    "32993",
    "Castelarros (fictive)",
    MAYOR,
    area="Gers",
    words="Les éleveurs du canton attendent une clinique\u202f; l’école a trois classes.",
    like="32001",
    profession_group="veterinaire",
)
CAST: Final = (PROJECT, VILLAGE)
