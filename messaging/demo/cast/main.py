"""The main scenario: a doctor who looks for a village, and a village that looks for a doctor."""

from types import MappingProxyType
from typing import Final

from messaging.demo.people import Party, Person, card
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.wire.types import Presentation

DOCTOR: Final = Person(
    subject="demo-camille",
    role=Role.HOLDER,
    admin=True,
    card=card(
        "Dr Camille Le Goff",
        "Médecin généraliste",
        "Maison de santé des Tilleuls (fictive)",
        "06 39 98 41 07",
        "camille.legoff@sante.example",
    ),
)

SECRETARY: Final = Person(
    subject="demo-martine",
    role=Role.AGENT,
    admin=True,
    card=card(
        "Martine Quéré",
        "Secrétaire de mairie",
        "Mairie de Trémeleuc (fictive)",
        "02 61 91 22 91",
        "mairie@tremeleuc.example",
    ),
)

MAYOR: Final = Person(
    subject="demo-yves",
    role=Role.MAYOR,
    admin=True,
    card=card(
        "Yves Kerambrun",
        "Maire",
        "Mairie de Trémeleuc (fictive)",
        "06 39 98 22 91",
        "maire@tremeleuc.example",
    ),
)

DOCTORS_PROJECT: Final = Party(
    ref="projet-demo-1",
    target_ref="projet-demo-1/catalogue",
    kind=MailboxKind.PROJECT,
    presentation=Presentation(
        group="Médecin généraliste",
        area="Bretagne",
        verified=True,
        words="Je cherche une commune où exercer et vivre en famille, d’ici un an.",
    ),
    people=(DOCTOR,),
    attested=MappingProxyType({"profession": "Médecin généraliste", "title": "Docteur en médecine"}),
    like="22061",
    profession_group="medecin_generaliste",
    project_type="installation",
)

VILLAGE_NAME: Final = "Trémeleuc (fictive)"
VILLAGE_CODE: Final = "22991"

VILLAGE: Final = Party(
    ref=f"commune-{VILLAGE_CODE}",
    target_ref=f"annonce-{VILLAGE_CODE}-medecin",
    kind=MailboxKind.TERRITORY,
    presentation=Presentation(
        group="Commune",
        area="Côtes-d’Armor",
        verified=True,
        words="Notre médecin part à la retraite\u202f; un cabinet rénové et un logement attendent.",
    ),
    people=(SECRETARY, MAYOR),
    attested=MappingProxyType({"insee": VILLAGE_CODE, "title": f"Commune de {VILLAGE_NAME}"}),
    like="22061",
    profession_group="medecin_generaliste",
    project_type="installation",
)

CAST: Final = (DOCTORS_PROJECT, VILLAGE)
