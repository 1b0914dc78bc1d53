"""Who talks. A is one of two town halls that nothing but their identity tells apart; B and C are project holders.

Everybody is fictional: commune codes end in 990 to 999, phone numbers are of the ranges kept for fiction, mail
addresses end in `.example`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from messaging.domain.vocabulary import CardField, MailboxKind, Role
from messaging.ports import MailboxClaim
from messaging.territories import Territories
from messaging.wire.rest import Dimensions
from messaging.wire.types import Presentation


@cache
def territories() -> Territories:
    """The communes of the data set, read once."""
    return Territories.load()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a party is to the platform and on its cards: what nobody may learn before both consented."""

    ref: str
    """How the platform names the mailbox."""
    subjects: tuple[str, str]
    """`sub` of its first person, and of a colleague."""
    kind: MailboxKind
    like: str
    """INSEE code of the real commune whose dimensions it takes."""
    card: Mapping[str, str]

    def claim(self, *, admin: bool) -> MailboxClaim:
        role = Role.AGENT if self.kind is MailboxKind.TERRITORY else Role.HOLDER
        return MailboxClaim(self.ref, self.kind, role, admin)

    def target_ref(self, number: int) -> str:
        return f"{self.ref}/annonce-{number}"

    @property
    def dimensions(self) -> Dimensions:
        """What reports count by: the département, the tier, the type; never the commune."""
        commune = territories().communes[self.like]
        is_territory = self.kind is MailboxKind.TERRITORY
        return Dimensions(
            profession_group="medecin_generaliste",
            project_type="" if is_territory else "installation",
            territory_type="commune" if is_territory else "",
            population_tier=(commune.tier or "") if is_territory else "",
            departement=commune.departement,
            region=commune.region,
        )


def _card(name: str, role: str, organisation: str, phone: str, email: str) -> dict[str, str]:
    values = (name, role, organisation, phone, email)
    return dict(zip((field.value for field in CardField), values, strict=True))


TOWN: Final = Identity(
    "commune-22991",
    ("demo-martine", "demo-yves"),
    MailboxKind.TERRITORY,
    "22061",
    _card(
        "Martine Quéré",
        "Secrétaire de mairie",
        "Mairie de Saint-Aubin-des-Landes (fictive)",
        "02 61 91 22 91",
        "mairie@saint-aubin-des-landes.example",
    ),
)

OTHER_TOWN: Final = Identity(
    "commune-22997-b",
    ("u-7f3a-soizic-le-braz", "u-07"),
    MailboxKind.TERRITORY,
    "22001",
    _card(
        "Soizic Le Braz-Guillerm",
        "Maire",
        "Commune de Kermoal (fictive)",
        "06 39 98 10 33",
        "s.lebraz@kermoal.example",
    ),
)
"""Same département, same tier, same type; another name, e-mail address, phone number and commune."""


def project(name: str) -> Identity:
    """A project holder."""
    return Identity(
        f"projet-{name}",
        (f"porteur-{name}", f"conjoint-{name}"),
        MailboxKind.PROJECT,
        "22061",
        _card(f"Dr {name}", "Médecin", f"Cabinet {name}", "06 39 98 41 07", f"{name}@sante.example"),
    )


TOWNS_PRESENTATION: Final = Presentation("Commune", "Côtes-d’Armor", True, "Un cabinet attend son médecin.")
PROJECTS_PRESENTATION: Final = Presentation("Médecin généraliste", "Bretagne", True, "Cherche où s’installer.")


def presentation(identity: Identity) -> Presentation:
    """What a party shows before it reveals itself; the platform makes sure that at least five parties fit it."""
    return TOWNS_PRESENTATION if identity.kind is MailboxKind.TERRITORY else PROJECTS_PRESENTATION
