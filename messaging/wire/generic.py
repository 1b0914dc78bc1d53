"""The generic presentation of each kind of party: what stands where nothing finer fits enough parties.

In the language of the platform's own presentations, which is French; clients that speak English know these texts.
"""

from types import MappingProxyType
from typing import Final

from messaging.domain.vocabulary import MailboxKind
from messaging.wire.types import Presentation

GENERIC: Final = MappingProxyType(
    {
        MailboxKind.TERRITORY: Presentation("Collectivité", "France"),
        MailboxKind.PROJECT: Presentation("Porteur de projet", "France"),
        MailboxKind.PARTNER: Presentation("Partenaire", "France"),
        MailboxKind.MODERATION: Presentation("Modération", "France"),
    }
)

GENERIC_EN: Final = MappingProxyType(
    {
        "Collectivité": "Local authority",
        "Porteur de projet": "Project holder",
        "Partenaire": "Partner",
        "Modération": "Moderation",
    }
)
"""The same in English, for clients to show."""
