"""A village before and after its election, and somebody who would run its bar."""

from typing import Final

from messaging.demo.people import Person, card, project, village
from messaging.domain.vocabulary import Role

_HALL: Final = "Mairie de Bourgneuve (fictive)"

MANAGER: Final = Person(
    subject="demo-karim",
    role=Role.HOLDER,
    admin=True,
    card=card("Karim Haddad", "Gérant de bar-épicerie", "Chez Karim (fictif)", "06 39 98 63 20", "karim@bar.example"),
)
OUTGOING: Final = Person(
    subject="demo-henri",
    role=Role.MAYOR,
    admin=True,
    card=card("Henri Delmas", "Maire", _HALL, "04 65 71 63 95", "h.delmas@bourgneuve.example"),
)
INCOMING: Final = Person(
    subject="demo-claire",
    role=Role.MAYOR,
    admin=True,
    card=card("Claire Aubrun", "Maire", _HALL, "04 65 71 63 96", "c.aubrun@bourgneuve.example"),
)

PROJECT: Final = project(
    "projet-demo-6",
    "Gérant de bar-épicerie",
    MANAGER,
    area="Auvergne-Rhône-Alpes",
    words="Je cherche un dernier commerce à rouvrir, avec un logement.",
    like="63001",
    profession_group="commerce",
)
VILLAGE: Final = village(
    "63995",
    "Bourgneuve (fictive)",
    OUTGOING,
    INCOMING,
    area="Puy-de-Dôme",
    words="Le bar du village cherche son gérant\u202f; les murs sont à la commune.",
    like="63001",
    profession_group="commerce",
)
CAST: Final = (PROJECT, VILLAGE)
