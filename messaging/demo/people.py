"""The fictional cast of the demo: a doctor who looks for a village, and a village that looks for a doctor.

Nobody here exists. Commune codes end in 990 to 999, which no commune bears; phone numbers are of the ranges that
the French regulator (Arcep) keeps for fiction; mail addresses end in `.example` (RFC 2606). What reports count by is
real: each party takes the dimensions of a real commune, not its name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from messaging.domain.vocabulary import CardField, MailboxKind, Role
from messaging.ports import MailboxClaim
from messaging.territories import Territories
from messaging.wire.rest import Dimensions
from messaging.wire.types import Presentation

Card = Mapping[CardField, str]


@dataclass(frozen=True, slots=True)
class Person:
    """One account: what the platform calls it, its place in its mailbox, and the identity that it may reveal."""

    subject: str
    """`sub` of its tokens."""
    role: Role
    admin: bool
    card: Card


@dataclass(frozen=True, slots=True)
class Party:
    """One mailbox with its people."""

    ref: str
    """How the platform names the mailbox."""
    target_ref: str
    """How the platform names what a first contact to this mailbox aims at."""
    kind: MailboxKind
    presentation: Presentation
    people: tuple[Person, ...]
    attested: Mapping[str, str]
    """What the platform vouches for."""
    like: str
    """INSEE code of the real commune whose dimensions it takes."""
    profession_group: str
    project_type: str

    def claim(self, person: Person) -> MailboxClaim:
        """The seat that the platform's token gives this person here."""
        return MailboxClaim(ref=self.ref, kind=self.kind, role=person.role, admin=person.admin)

    def dimensions(self, territories: Territories) -> Dimensions:
        """What reports count this party by."""
        commune = territories.communes[self.like]
        return Dimensions(
            profession_group=self.profession_group,
            project_type=self.project_type,
            territory_type="commune" if self.kind is MailboxKind.TERRITORY else "",
            population_tier=(commune.tier or "") if self.kind is MailboxKind.TERRITORY else "",
            departement=commune.departement,
            region=commune.region,
            plan="demo",
        )


def _card(name: str, role: str, organisation: str, phone: str, email: str) -> Card:
    values = (name, role, organisation, phone, email)
    return MappingProxyType(dict(zip(CardField, values, strict=True)))


DOCTOR: Final = Person(
    subject="demo-camille",
    role=Role.HOLDER,
    admin=True,
    card=_card(
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
    card=_card(
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
    card=_card(
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
