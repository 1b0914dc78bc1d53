"""A recruiter who writes to villages as if they were a candidate, a mayor who reports it, and three moderators."""

from types import MappingProxyType
from typing import Final

from messaging.demo.people import Party, Person, card, project, village
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.wire.types import Presentation

RECRUITER: Final = Person(
    subject="demo-boris",
    role=Role.HOLDER,
    admin=True,
    card=card(
        "Boris Lantenac", "Recruteur", "Lantenac Recrutement (fictif)", "06 39 98 12 40", "boris@recrute.example"
    ),
)
MAYOR: Final = Person(
    subject="demo-berthe",
    role=Role.MAYOR,
    admin=True,
    card=card(
        "Berthe Cassagne", "Maire", "Mairie de Valcernon (fictive)", "05 36 49 12 93", "mairie@valcernon.example"
    ),
)


def _moderator(subject: str, name: str, phone: str, *, admin: bool = False) -> Person:
    return Person(
        subject=subject,
        role=Role.MODERATOR,
        admin=admin,
        card=card(name, "Modération", "Plateforme (fictive)", phone, f"{subject}@moderation.example"),
    )


FIRST_MODERATOR: Final = _moderator("demo-mona", "Mona Esquirol", "06 39 98 75 01", admin=True)
SECOND_MODERATOR: Final = _moderator("demo-noe", "Noé Barthas", "06 39 98 75 02")

PROJECT: Final = project(
    "projet-demo-recruteur",
    "Médecin généraliste",
    RECRUITER,
    area="Occitanie",
    words="Médecin en quête d’une commune à taille humaine.",
    like="12145",
    profession_group="medecin",
)
VILLAGE: Final = village(
    "12993",
    "Valcernon (fictive)",
    MAYOR,
    area="Aveyron",
    words="Notre maison de santé attend son médecin.",
    like="12145",
    profession_group="medecin",
)
MODERATORS: Final = Party(
    ref="moderation-demo",
    target_ref="moderation-demo/contact",
    kind=MailboxKind.MODERATION,
    presentation=Presentation(group="Modération", area="Occitanie", verified=True, words=""),
    people=(FIRST_MODERATOR, SECOND_MODERATOR),
    attested=MappingProxyType({"profession": "Modération"}),
    like="12145",
    profession_group="",
    project_type="",
)
CAST: Final = (PROJECT, VILLAGE, MODERATORS)
