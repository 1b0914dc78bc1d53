"""The demo's door: where `pli chat`, in another terminal, signs in as one of the demo's people.

A UNIX socket in the demo's folder, mode 0600. It stands in for what lies outside of Pli: the platform that signs tokens
and attestations, and the sheet of paper on which a person wrote a recovery code. Like the identity provider behind it,
it exists in the demo only.

One line of JSON each way: `{"person": "camille", "identity": null}` -> a `Pass`, or `{"problem": "..."}`; with the key
of a mailbox's identity, an attestation for it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from messaging.demo.cast.main import CAST
from messaging.demo.people import Party, Person
from messaging.operations import local_socket

if TYPE_CHECKING:
    from messaging.demo.stage import Stage

_NAME: Final = "platform.sock"
_PREFIX: Final = "demo-"
_REQUEST_S: Final = 5.0


class NoDemo(Exception):
    """No demo runs in this folder."""


class UnknownPerson(Exception):
    """Nobody of that name is in the demo; `people` are those who are."""

    def __init__(self, people: list[str]) -> None:
        super().__init__(", ".join(people))
        self.people = people


class Asked(Struct):
    person: str
    identity: bytes | None = None
    """I_g of a mailbox, for an attestation."""


class Listing(Struct):
    """A target that one can write to, as the platform's pages would show it."""

    target: bytes
    title: str


class Pass(Struct):
    """What a person of the demo needs to sign in."""

    url: str
    service_id: bytes
    stamp_key: bytes
    platform_key: bytes
    token: str
    recovery_code: str
    """Empty for somebody who was never there."""
    card: dict[str, str]
    listings: list[Listing]
    """Those of the other parties."""
    attestation: str = ""


class Refused(Struct):
    people: list[str]


_asked: Final = msgspec.json.Decoder(Asked)


def names() -> dict[str, tuple[Party, Person]]:
    """The demo's people by the name that they sign in with."""
    return {person.subject.removeprefix(_PREFIX): (party, person) for party in CAST for person in party.people}


@contextlib.asynccontextmanager
async def opened(stage: "Stage") -> AsyncIterator[None]:
    """Lets people in while the demo runs."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_REQUEST_S):
                asked = _asked.decode(await reader.readline())
            if local_socket.is_own(writer):
                writer.write(msgspec.json.encode(_answer(stage, asked)) + b"\n")
                await writer.drain()
        except (TimeoutError, ValueError, ConnectionError):
            pass
        finally:
            writer.close()

    path = stage.folder / _NAME
    server = await asyncio.start_unix_server(serve, sock=local_socket.listen(path))
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


async def knock(folder: Path, person: str, identity: bytes | None = None) -> Pass:
    """Raises: NoDemo, UnknownPerson."""
    try:
        reader, writer = await local_socket.connect(folder / _NAME)
    except OSError as error:
        raise NoDemo(str(folder)) from error
    try:
        writer.write(msgspec.json.encode(Asked(person, identity)) + b"\n")
        line = await reader.readline()
    except ConnectionError as error:
        raise NoDemo(str(folder)) from error
    finally:
        writer.close()
    if not line:
        raise NoDemo(str(folder))
    fields = msgspec.json.decode(line)
    if "people" in fields:
        raise UnknownPerson(fields["people"])
    return msgspec.convert(fields, Pass, builtin_types=())


def _answer(stage: "Stage", asked: Asked) -> Pass | Refused:
    known = names()
    if asked.person not in known:
        return Refused(sorted(known))
    party, person = known[asked.person]
    return Pass(
        url=stage.url,
        service_id=stage.trust.service_id,
        stamp_key=stage.trust.stamp_key,
        platform_key=stage.idp.public_key,
        token=stage.idp.token(person.subject, [party.claim(person)]),
        recovery_code=stage.codes.get(person.subject, ""),
        card={field.value: value for field, value in person.card.items()},
        listings=[
            Listing(stage.targets[other.target_ref], f"{other.presentation.group}, {other.presentation.area}")
            for other in CAST
            if other is not party and other.target_ref in stage.targets
        ],
        attestation="" if asked.identity is None else stage.idp.attestation(asked.identity, party.attested),
    )
