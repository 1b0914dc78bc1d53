"""Everything that `pli chat` says: French first, English second. A test holds their typography and placeholders."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from messaging.chat.texts import identity, relation, seats, session, thread


class Language(StrEnum):
    FRENCH = "fr"
    ENGLISH = "en"


TEXTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {**session.TEXTS, **thread.TEXTS, **identity.TEXTS, **relation.TEXTS, **seats.TEXTS}
)


class Texts:
    """One language's texts, by name."""

    def __init__(self, language: Language) -> None:
        self._index = list(Language).index(language)

    def __call__(self, text: str, /, **values: object) -> str:
        return TEXTS[text][self._index].format(**values)


COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "aide": "help",
        "fils": "threads",
        "ouvrir": "open",
        "suivi": "board",
        "ecrire": "write",
        "écrire": "write",
        "carte": "card",
        "proposer": "propose",
        "fermer": "close",
        "rouvrir": "reopen",
        "bloquer": "block",
        "debloquer": "unblock",
        "débloquer": "unblock",
        "retirer": "withdraw",
        "cartes": "cards",
        "mots": "words",
        "note": "note",
        "sieges": "seats",
        "sièges": "seats",
        "quitter": "quit",
    }
)
"""French commands by their English names, which work in both languages."""
