"""The mails: one fixed text each, the same for everybody and whoever wrote.

Two of them differ in their recipient, their Date, their Message-ID and their tokens, all random or the recipient's own.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from messaging.e2ee.entropy import Entropy, draw

_ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class _Text:
    subject: str
    body: str


_ALERT: Final = _Text(
    "Vous avez des messages",
    """\
Bonjour,

Des messages vous attendent dans votre messagerie. Pour les lire, ouvrez ce lien et connectez-vous :
{open}

Ce courriel ne dit ni qui vous écrit ni de quoi il s’agit : vos échanges restent confidentiels.
Pour ne plus recevoir ces avis :
{unsubscribe}

--

Hello,

Messages are waiting for you. To read them, open the first link above and sign in.
This e-mail says neither who wrote nor what about: your conversations stay confidential.
The second link above ends these alerts.
""",
)
_CONFIRM: Final = _Text(
    "Confirmez votre adresse",
    """\
Bonjour,

Quelqu’un souhaite recevoir à cette adresse les avis de sa messagerie. Si c’est vous, ouvrez ce lien et confirmez :
{confirm}

Le lien est valable 24 heures. Si ce n’est pas vous, ne faites rien : aucun avis ne vous sera envoyé.

--

Hello,

Somebody asked to receive the alerts of their inbox at this address. If it was you, open the link above and confirm.
It is good for 24 hours. If it was not you, do nothing: no alert will be sent to you.
""",
)
PUSH: Final = b'{"t":"alert"}'.ljust(128)
"""What every push says; the browser has the text that it shows."""


class Letters:
    """Makes the mails of one deployment. `public_url`: where its pages are; `sender`: what stands in From."""

    def __init__(self, public_url: str, sender: str, entropy: Entropy) -> None:
        self._public_url = public_url
        self._sender = sender
        self._domain = sender.rpartition("@")[2]
        self._entropy = entropy

    def alert(self, address: str, open_token: str, unsubscribe_token: str, now: int) -> bytes:
        """`now` in ms. With a link for one-click unsubscribing (RFC 8058)."""
        unsubscribe = f"{self._public_url}/alerts/unsubscribe/{unsubscribe_token}"
        opened = f"{self._public_url}/inbox/#/alerts/{open_token}"
        letter = self._letter(address, _ALERT, now, open=opened, unsubscribe=unsubscribe)
        letter["List-Id"] = f"<alerts.{self._domain}>"
        letter["List-Unsubscribe"] = f"<{unsubscribe}>"
        letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return letter.as_bytes()

    def confirm(self, address: str, token: str, now: int) -> bytes:
        """`now` in ms."""
        link = f"{self._public_url}/alerts/confirm/{token}"
        return self._letter(address, _CONFIRM, now, confirm=link).as_bytes()

    def _letter(self, address: str, text: _Text, now: int, **links: str) -> EmailMessage:
        letter = EmailMessage(policy=SMTP)
        letter["From"] = self._sender
        letter["To"] = address
        letter["Subject"] = text.subject
        letter["Date"] = format_datetime(datetime.fromtimestamp(now // 1_000, UTC))
        letter["Message-ID"] = f"<{draw(self._entropy, _ID_BYTES).hex()}@{self._domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text.body.format(**links), cte="quoted-printable")
        return letter
