"""A nurse who writes to two villages that look alike: one never reads, the other refuses."""

from typing import Final

from messaging.demo.people import Person, card, project, village
from messaging.domain.vocabulary import Role

NURSE: Final = Person(
    subject="demo-lea",
    role=Role.HOLDER,
    admin=True,
    card=card(
        "Léa Fontanille", "Infirmière libérale", "Cabinet Fontanille (fictif)", "06 39 98 48 12", "lea@soins.example"
    ),
)
SILENT_MAYOR: Final = Person(
    subject="demo-gerard",
    role=Role.MAYOR,
    admin=True,
    card=card(
        "Gérard Vidalenc", "Maire", "Mairie de Malepeyre (fictive)", "04 65 71 48 95", "mairie@malepeyre.example"
    ),
)
REFUSING_MAYOR: Final = Person(
    subject="demo-solange",
    role=Role.MAYOR,
    admin=True,
    card=card(
        "Solange Astruc", "Maire", "Mairie de Combelongue (fictive)", "04 65 71 48 96", "mairie@combelongue.example"
    ),
)

_AREA: Final = "Lozère"
_WORDS: Final = "Notre village cherche une infirmière\u202f; une maison de santé ouvre à l’automne."

PROJECT: Final = project(
    "projet-demo-3",
    "Infirmière libérale",
    NURSE,
    area="Occitanie",
    words="Je cherche où exercer, avec une tournée en campagne.",
    like="48002",
    profession_group="infirmier",
)
SILENT: Final = village(
    "48995",
    "Malepeyre (fictive)",
    SILENT_MAYOR,
    area=_AREA,
    words=_WORDS,
    like="48002",
    profession_group="infirmier",
)
REFUSING: Final = village(
    "48996",
    "Combelongue (fictive)",
    REFUSING_MAYOR,
    area=_AREA,
    words=_WORDS,
    like="48002",
    profession_group="infirmier",
)
CAST: Final = (PROJECT, SILENT, REFUSING)
