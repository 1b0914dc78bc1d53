"""People of the tests: who they are to the platform, and their clients on the real service."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from messaging.domain.vocabulary import MailboxKind, Role
from messaging.ports import MailboxClaim
from pli_client import Carrier, Client, MemoryStorage, Recovery, Storage, Trust
from pli_client.views import Happening
from tests.support.server import RunningService

TOWN, PROJECT = "town", "project"
LISTING = "listing"

E = TypeVar("E", bound=Happening)


@dataclass
class Person:
    """One account. `client` makes a client on a device; each storage is a device of its own."""

    place: "Place"
    subject: str
    claims: Sequence[MailboxClaim]
    codes: list[str] = field(default_factory=list)
    lifetime_s: int = 900

    def client(
        self,
        storage: Storage | None = None,
        *,
        code: str | None = None,
        url: str | None = None,
        timeout_s: float = 10.0,
        trust: Trust | None = None,
        carrier: Carrier = Carrier.AUTO,
    ) -> Client:
        return Client(
            url or self.place.service.url,
            token=self.token,
            device=storage or MemoryStorage(),
            trust=trust or self.place.trust,
            recovery=Recovery(show=self.codes.append, code=code),
            timeout_s=timeout_s,
            spread_s=0.0,
            carrier=carrier,
        )

    def token(self) -> str:
        return self.place.service.token(self.subject, self.claims, lifetime_s=self.lifetime_s)


@dataclass
class Place:
    """A running service with a town hall, its listing, and a project, registered by the platform."""

    service: RunningService
    town: bytes
    project: bytes
    listing: bytes

    @property
    def trust(self) -> Trust:
        running = self.service
        return Trust(running.service.store.service_id, running.service.stamp_public, running.idp.public_key)

    def person(self, subject: str, ref: str, kind: MailboxKind, role: Role, *, admin: bool = False) -> Person:
        return Person(self, subject, [MailboxClaim(ref, kind, role, admin)])

    def mayor(self) -> Person:
        return self.person("mayor", TOWN, MailboxKind.TERRITORY, Role.MAYOR, admin=True)

    def secretary(self) -> Person:
        return self.person("secretary", TOWN, MailboxKind.TERRITORY, Role.AGENT)

    def doctor(self) -> Person:
        return self.person("doctor", PROJECT, MailboxKind.PROJECT, Role.HOLDER, admin=True)


async def place(service: RunningService) -> Place:
    town = await service.register_mailbox(TOWN, MailboxKind.TERRITORY)
    project = await service.register_mailbox(PROJECT, MailboxKind.PROJECT)
    return Place(service, town, project, await service.register_target(LISTING, TOWN))


async def first(me: Client, kind: type[E], where: Callable[[E], bool] = lambda event: True) -> E:
    """The next event of a kind; those before it are passed over."""
    async for event in me.events():
        if isinstance(event, kind) and where(event):
            return event
    raise AssertionError("the events ended")
