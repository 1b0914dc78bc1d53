"""What the two halves of the interoperation test share: who the reader is, and bytes as JSON has them.

`clients/web/src/e2ee/testing/conversation.ts` has the same forms.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from messaging.e2ee import roster

Made = dict[str, Any]
NOW_S = 1_700_000_000
AUDIENCE = "pli-clients"


@dataclass
class Person:
    """The reader: a seat of a mailbox, with the seeds of all its generations."""

    account_seed: bytes
    box: bytes
    seat: bytes
    state: roster.RosterState
    seeds: Mapping[int, bytes]

    @property
    def seed(self) -> bytes:
        return self.seeds[self.state.g]


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


def hexed(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {name: hexed(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [hexed(item) for item in value]
    return value
