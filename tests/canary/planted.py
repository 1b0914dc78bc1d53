"""What is planted: one marker in every text that a person or the platform enters, and the secrets that devices drew."""

import os
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Final

from messaging.e2ee import recovery
from messaging.e2ee.release import parse_released
from pli_client import Card
from tests.faults.stored_log import StoredEvent

MARKER: Final = "Kanari" + os.urandom(9).hex()
"""In bodies, cards, desks, references and names of accounts: never to be seen again."""
SHOWN_MARKER: Final = "Pinson" + os.urandom(9).hex()
"""In presentations: the peer may see it, what is stored may not hold it."""
_KEY_BYTES: Final = 32
_SALTS: Final = "seal_message"
"""The salt of a message is the one thing of 32 bytes that is drawn to be public."""
_TICKET: Final = re.compile(rb'"ticket":"([^"]+)"')


def text(what: str) -> str:
    return f"{MARKER} {what}"


CARD: Final = Card(*(text(field) for field in ("nom", "fonction", "organisation", "téléphone", "courriel")))
FIELDS: Final = ("name", "role", "organisation", "phone", "email")


class Device:
    """The randomness of one device, which remembers the keys that it drew, each by the function that wanted it."""

    def __init__(self) -> None:
        self.keys: dict[str, bytes] = {}

    def __call__(self, width: int) -> bytes:
        drawn = os.urandom(width)
        wanted_by = sys._getframe(2).f_code.co_name
        if width == _KEY_BYTES and wanted_by != _SALTS:
            self.keys[f"{wanted_by} {len(self.keys)}"] = drawn
        return drawn


def drawn_secrets(devices: Mapping[str, Device], events: Iterable[StoredEvent]) -> dict[str, bytes]:
    """Every key of every device: seeds of accounts and mailboxes, epoch secrets, both shares of cards, vault and device
    keys; but not the share of a card that was released.
    """
    shares = {card.s_server for event in events if event.kind == "released" for card in parse_released(event.payload)}
    return {
        f"key of {name}, {wanted_by}": key
        for name, device in devices.items()
        for wanted_by, key in device.keys.items()
        if key not in shares
    }


def code_secrets(name: str, code: str) -> dict[str, bytes]:
    """A recovery code as it is shown, as it is typed, and as it is."""
    plain = code.replace("-", "")
    return {
        f"recovery code of {name}": code.encode(),
        f"recovery code of {name}, typed": plain.encode(),
        f"recovery code of {name}, in small letters": plain.lower().encode(),
        f"recovery code of {name}, decoded": recovery.parse_code(code),
    }


def token_secrets(name: str, tokens: Iterable[str]) -> dict[str, bytes]:
    """The platform's tokens: what they claim, and the signature that makes them good."""
    return {
        f"{part} of token {number} of {name}": piece.encode()
        for number, token in enumerate(tokens)
        for part, piece in zip(("claims", "signature"), token.split(".")[1:], strict=True)
    }


def tickets(captured: bytes) -> dict[str, bytes]:
    """The tickets that the service gave out: they are for their socket only."""
    return {f"ticket {number}": found for number, found in enumerate(sorted(set(_TICKET.findall(captured))))}
