"""Who sits at the terminal: what they sign in with, and the device that keeps their keys between two visits.

The device is a folder of its own for each person, sealed under a key beside it: a terminal has no better place.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from messaging.demo.door import Listing, NoDemo, Pass, knock
from messaging.e2ee.entropy import Entropy, draw
from pli_client import Client, FileStorage, Recovery, Trust
from pli_client.errors import Unreachable

_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Person:
    """One of the demo's people, at the demo's door."""

    name: str
    folder: Path
    """The demo's."""
    admitted: Pass

    @classmethod
    async def at_the_door(cls, folder: Path, name: str) -> "Person":
        """Raises: NoDemo, UnknownPerson."""
        return cls(name, folder, await knock(folder, name))

    @property
    def card(self) -> Mapping[str, str]:
        return self.admitted.card

    @property
    def listings(self) -> Sequence[Listing]:
        return self.admitted.listings

    def client(self, entropy: Entropy, *, url: str | None = None) -> Client:
        """This person's client, to be entered. `url`: another way to the service than the demo's own."""
        device = self.folder / "devices" / self.name
        known = self.admitted
        return Client(
            url or known.url,
            token=self._token,
            device=FileStorage(device, _device_key(device, entropy), entropy=entropy),
            trust=Trust(known.service_id, known.stamp_key, known.platform_key),
            recovery=Recovery(show=_write_down, code=known.recovery_code or None),
        )

    async def attestation(self, identity_key: bytes) -> str:
        """What the platform vouches for. Raises: NoDemo."""
        return (await knock(self.folder, self.name, identity_key)).attestation

    async def _token(self) -> str:
        try:
            return (await knock(self.folder, self.name)).token
        except NoDemo as error:
            raise Unreachable("the demo does not run at the moment") from error


def _write_down(code: str) -> None:
    """A first account's recovery code. In the demo nobody loses a phone here: the next demo begins anew."""


def _device_key(folder: Path, entropy: Entropy) -> bytes:
    path = folder.with_name(f"{folder.name}.key")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(draw(entropy, _KEY_BYTES))
    return path.read_bytes()
