"""A town hall that parts with its deputy, and a midwife who writes to it meanwhile."""

from typing import Final

from messaging.demo.people import Person, card, project, village
from messaging.domain.vocabulary import Role

_HALL: Final = "Mairie de Rochevive (fictive)"

MIDWIFE: Final = Person(
    subject="demo-nadia",
    role=Role.HOLDER,
    admin=True,
    card=card("Nadia Belkacem", "Sage-femme", "Cabinet Belkacem (fictif)", "06 39 98 55 31", "nadia@naissance.example"),
)
MAYOR: Final = Person(
    subject="demo-monique",
    role=Role.MAYOR,
    admin=True,
    card=card("Monique Thirion", "Maire", _HALL, "03 53 01 55 94", "mairie@rochevive.example"),
)
DEPUTY: Final = Person(
    subject="demo-fabrice",
    role=Role.DEPUTY,
    admin=False,
    card=card("Fabrice Lorrain", "Adjoint", _HALL, "03 53 01 55 95", "f.lorrain@rochevive.example"),
)

PROJECT: Final = project(
    "projet-demo-7",
    "Sage-femme",
    MIDWIFE,
    area="Grand Est",
    words="Je cherche un cabinet à partager, près d’une école.",
    like="55001",
    profession_group="sage_femme",
)
VILLAGE: Final = village(
    "55994",
    "Rochevive (fictive)",
    MAYOR,
    DEPUTY,
    area="Meuse",
    words="Le cabinet partagé a une pièce libre\u202f; la plus proche maternité est à une heure.",
    like="55001",
    profession_group="sage_femme",
)
CAST: Final = (PROJECT, VILLAGE)
