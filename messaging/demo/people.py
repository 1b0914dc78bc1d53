"""Who plays in the demo: people, the parties in which they have their seats, and how the platform knows them.

Nobody in `cast` exists. Commune codes end in 990 to 999, which no commune bears; phone numbers are of the ranges that
the French regulator (Arcep) keeps for fiction; mail addresses end in `.example` (RFC 2606). What reports count by is
real: each party takes the dimensions of a real commune, not its name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

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

    @property
    def name(self) -> str:
        return self.card[CardField.NAME]


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


def card(name: str, role: str, organisation: str, phone: str, email: str) -> Card:
    """A whole identity card."""
    values = (name, role, organisation, phone, email)
    return MappingProxyType(dict(zip(CardField, values, strict=True)))


def village(
    code: str,
    name: str,
    *people: Person,
    area: str,
    words: str,
    like: str,
    profession_group: str,
) -> Party:
    """A commune of this (fictional) code and name that looks for somebody; `area` is the département that it shows."""
    return Party(
        ref=f"commune-{code}",
        target_ref=f"annonce-{code}",
        kind=MailboxKind.TERRITORY,
        presentation=Presentation(group="Commune", area=area, verified=True, words=words),
        people=people,
        attested=MappingProxyType({"insee": code, "title": f"Commune de {name}"}),
        like=like,
        profession_group=profession_group,
        project_type="installation",
    )


def project(
    ref: str,
    profession: str,
    *people: Person,
    area: str,
    words: str,
    like: str,
    profession_group: str,
) -> Party:
    """Somebody of this profession who looks for a place; `area` is the région that they show."""
    return Party(
        ref=ref,
        target_ref=f"{ref}/catalogue",
        kind=MailboxKind.PROJECT,
        presentation=Presentation(group=profession, area=area, verified=True, words=words),
        people=people,
        attested=MappingProxyType({"profession": profession}),
        like=like,
        profession_group=profession_group,
        project_type="installation",
    )
