"""A small world: a town hall and a project that talk, a third mailbox beside them, and people of every role.

Made with the protocol alone (HTTP, raw sockets, `messaging.e2ee`), so that tests can send what no client would.
"""

import contextlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Self

import httpx
import msgspec

from messaging.domain.vocabulary import MailboxKind, Role
from messaging.e2ee import generations, roster
from messaging.e2ee import mailbox as seeds
from messaging.e2ee.account import SeatKeyPair, seat_keys
from messaging.e2ee.roster import RosterState
from messaging.ports import MailboxClaim
from messaging.wire.rest import (
    Claim,
    ClaimRequest,
    PrekeyBatch,
    Removal,
    RosterAppend,
    RosterView,
    SeatRequest,
    SeedWrap,
    ServiceInfo,
    TargetPrekeys,
    TicketIssued,
)
from tests.support.keys import Keys
from tests.support.server import Deployed
from tests.support.sockets import Socket, Wire, greet, greeted
from tests.support.streams import Stream, streamed

PREKEYS: Final = 8


@dataclass(frozen=True)
class Someone:
    """A person as the platform knows them, with what their devices hold."""

    subject: str
    claims: tuple[MailboxClaim, ...] = ()
    account_seed: bytes = field(default_factory=lambda: os.urandom(32))
    seat: bytes = field(default_factory=lambda: os.urandom(16))

    def pair(self, mailbox: bytes) -> SeatKeyPair:
        return seat_keys(self.account_seed, mailbox)


@dataclass(frozen=True, slots=True)
class Renewal:
    """A command that removes a seat, or renews the seed alone, and the seed that it brings."""

    body: Removal
    seed: bytes


@dataclass
class Box:
    """A registered mailbox with one target; founded once `state` is there."""

    ref: str
    kind: MailboxKind
    mailbox: bytes
    target: bytes
    seed: bytes = field(default_factory=lambda: os.urandom(32))
    records: list[bytes] = field(default_factory=list)
    prekeys: int = 0

    @property
    def state(self) -> RosterState:
        return roster.replay(self.records, self.mailbox)

    @property
    def g(self) -> int:
        return self.state.g if self.records else 0

    @property
    def removals(self) -> str:
        """The address of the command that removes a seat."""
        return f"/v1/mailboxes/{self.mailbox.hex()}/removals"

    def claim(self, role: Role, *, admin: bool = False) -> MailboxClaim:
        return MailboxClaim(self.ref, self.kind, role, admin)

    def keys(self, person: Someone) -> Keys:
        return Keys(self.mailbox, person.seat, person.pair(self.mailbox), self.state.head, self.seed, self.g)

    def wrap_for(self, person: Someone, record_hash: bytes) -> SeedWrap:
        kem = person.pair(self.mailbox).kem.public
        wrap = seeds.wrap_seed(self.seed, kem, self.mailbox, self.g, person.seat, record_hash)
        return SeedWrap(self.g, person.seat, record_hash, wrap)

    def create_record(self, founder: Someone, role: Role) -> RosterAppend:
        """Founds this mailbox with this person."""
        pair = founder.pair(self.mailbox)
        signed = roster.make_create(
            mailbox=self.mailbox,
            seat=founder.seat,
            sign=pair.sign,
            kem_pk=pair.kem.public,
            role=role,
            identity=seeds.identity(self.seed, self.mailbox, 0),
            sc=seeds.seed_check(self.seed, self.mailbox, 0),
        )
        return RosterAppend(signed, self.wrap_for(founder, roster.apply(None, signed).head))

    def admit_record(self, admin: Someone, newcomer: Someone, role: Role, *, is_admin: bool = False) -> RosterAppend:
        """Admits a person who asked."""
        pair = newcomer.pair(self.mailbox)
        signed = roster.make_admit(
            self.state,
            seat=newcomer.seat,
            sign_pk=pair.sign.public,
            kem_pk=pair.kem.public,
            role=role,
            admin=is_admin,
            signer=admin.seat,
            signer_key=admin.pair(self.mailbox).sign,
        )
        return RosterAppend(signed, self.wrap_for(newcomer, roster.apply(self.state, signed).head))

    def kit_record(self, admin: Someone, kit: Someone) -> RosterAppend:
        """Seats a printed kit: `kit` is nobody's account, only keys."""
        pair = kit.pair(self.mailbox)
        signed = roster.make_admit(
            self.state,
            seat=kit.seat,
            sign_pk=pair.sign.public,
            kem_pk=pair.kem.public,
            role=roster.KIT,
            admin=True,
            signer=admin.seat,
            signer_key=admin.pair(self.mailbox).sign,
        )
        return RosterAppend(signed, self.wrap_for(kit, roster.apply(self.state, signed).head))

    def renewal(self, admin: Someone, leaver: bytes | None = None, prekeys: Sequence[bytes] = ()) -> Renewal:
        """Removes a seat (None: nobody) and begins the next generation; one new prekey for each target named."""
        state, key, remove = self.state, admin.pair(self.mailbox).sign, None
        if leaver is not None:
            remove = roster.make_remove(state, seat=leaver, signer=admin.seat, signer_key=key)
            state = roster.apply(state, remove)
        following = generations.next_generation(state, self.seed, os.urandom)
        rotate = roster.make_rotate(
            state, identity=following.identity, sc=following.sc, signer=admin.seat, signer_key=key
        )
        state = roster.apply(state, rotate)
        wraps = [
            SeedWrap(
                *(state.g, seat, state.head),
                seeds.wrap_seed(following.seed, keys.kem_pk, self.mailbox, state.g, seat, state.head),
            )
            for seat, keys in state.seats.items()
        ]
        keys = Keys(self.mailbox, admin.seat, admin.pair(self.mailbox), state.head, following.seed, state.g)
        index = int.from_bytes(os.urandom(4), "big")
        fresh = [TargetPrekeys(target, [keys.prekey(target, index)]) for target in prekeys]
        return Renewal(Removal(rotate, wraps, following.prev, fresh, remove), following.seed)

    def adopt(self, renewal: Renewal) -> None:
        """Goes on in the new generation."""
        signed = (renewal.body.remove, renewal.body.rotate)
        self.records.extend(record for record in signed if record is not None)
        self.seed = renewal.seed

    def seat_request(self, person: Someone) -> SeatRequest:
        pair = person.pair(self.mailbox)
        return SeatRequest(person.seat, pair.sign.public, pair.kem.public)

    def next_prekeys(self, person: Someone, count: int) -> PrekeyBatch:
        """The next batch of the target, with indices that were not published yet."""
        first, self.prekeys = self.prekeys, self.prekeys + count
        keys = self.keys(person)
        return PrekeyBatch([keys.prekey(self.target, first + index) for index in range(count)])


class World:
    """The mailboxes and the people, and the wires to the service."""

    service_id: bytes
    town: Box
    project: Box
    elsewhere: Box
    mayor: Someone
    """Administrator of the town hall."""
    agent: Someone
    holder: Someone
    """Of the project."""
    stranger: Someone
    """Administrator of a mailbox that has nothing to do with the others."""

    def __init__(self, service: Deployed, client: httpx.AsyncClient, suffix: str = "", prekeys: int = PREKEYS) -> None:
        self.service = service
        self.client = client
        self._suffix = suffix
        self._prekeys = prekeys

    @classmethod
    @contextlib.asynccontextmanager
    async def made(cls, service: Deployed, suffix: str = "", prekeys: int = PREKEYS) -> AsyncIterator[Self]:
        """`suffix` tells the names of one world of a service from those of another; `prekeys` are published at once."""
        async with service.client(timeout_s=30.0) as client:
            world = cls(service, client, suffix, prekeys)
            await world._make()
            yield world

    async def _make(self) -> None:
        info = await self.client.get("/v1/service")
        self.service_id = msgspec.json.decode(info.content, type=ServiceInfo).service
        self.town = await self.register("town", MailboxKind.TERRITORY)
        self.project = await self.register("project", MailboxKind.PROJECT)
        self.elsewhere = await self.register("elsewhere", MailboxKind.TERRITORY)
        self.mayor = self._someone("mayor", (self.town.claim(Role.MAYOR, admin=True),))
        self.agent = self._someone("agent", (self.town.claim(Role.AGENT),))
        self.holder = self._someone("holder", (self.project.claim(Role.HOLDER, admin=True),))
        self.stranger = self._someone("stranger", (self.elsewhere.claim(Role.MAYOR, admin=True),))
        await self.found(self.town, self.mayor, Role.MAYOR)
        await self.found(self.project, self.holder, Role.HOLDER)
        await self.found(self.elsewhere, self.stranger, Role.MAYOR)
        await self.seat(self.town, self.mayor, self.agent, Role.AGENT)
        for box, person in ((self.town, self.mayor), (self.project, self.holder)):
            if self._prekeys:
                batch = box.next_prekeys(person, self._prekeys)
                await self.expect(person, "POST", f"/v1/targets/{box.target.hex()}/prekeys", batch)

    def _someone(self, subject: str, claims: tuple[MailboxClaim, ...]) -> Someone:
        return Someone(subject + self._suffix, claims)

    async def register(self, name: str, kind: MailboxKind) -> Box:
        ref = name + self._suffix
        mailbox = await self.service.register_mailbox(ref, kind)
        return Box(ref, kind, mailbox, await self.service.register_target(f"{ref}/target", ref))

    async def found(self, box: Box, founder: Someone, role: Role) -> None:
        append = box.create_record(founder, role)
        await self.expect(founder, "POST", f"/v1/mailboxes/{box.mailbox.hex()}/roster", append)
        box.records.append(append.signed)

    async def ask_seat(self, box: Box, newcomer: Someone) -> None:
        await self.expect(newcomer, "POST", f"/v1/mailboxes/{box.mailbox.hex()}/seats", box.seat_request(newcomer))

    async def seat(self, box: Box, admin: Someone, newcomer: Someone, role: Role) -> None:
        await self.ask_seat(box, newcomer)
        append = box.admit_record(admin, newcomer, role)
        await self.expect(admin, "POST", f"/v1/mailboxes/{box.mailbox.hex()}/roster", append)
        box.records.append(append.signed)

    async def remove(self, box: Box, admin: Someone, leaver: Someone) -> None:
        renewal = box.renewal(admin, leaver.seat)
        await self.expect(admin, "POST", box.removals, renewal.body)
        box.adopt(renewal)

    async def fresh_target(self, box: Box, owner: Someone) -> bytes:
        """A new target of this mailbox, with one prekey: of each target one mailbox may claim a few a day only."""
        ref = f"{box.ref}/{os.urandom(8).hex()}"
        target = await self.service.register_target(ref, box.ref)
        batch = PrekeyBatch([box.keys(owner).prekey(target, 0)])
        await self.expect(owner, "POST", f"/v1/targets/{target.hex()}/prekeys", batch)
        return target

    async def reread(self, box: Box, member: Someone) -> None:
        """Brings the box's roster up to date."""
        answer = await self.expect(member, "GET", f"/v1/mailboxes/{box.mailbox.hex()}/roster")
        box.records = msgspec.json.decode(answer, type=RosterView).records

    async def claim(self, claimant: Someone, mailbox: bytes, target: bytes) -> Claim:
        answer = await self.expect(claimant, "POST", f"/v1/targets/{target.hex()}/claims", ClaimRequest(mailbox))
        return msgspec.json.decode(answer, type=Claim)

    def token(self, person: Someone) -> str:
        return self.service.token(person.subject, person.claims)

    async def expect(self, person: Someone, method: str, path: str, body: msgspec.Struct | None = None) -> bytes:
        """The body of an answer that must be a success."""
        answer = await self.request(method, path, self.token(person), body)
        assert answer.is_success, answer.text
        return answer.content

    async def request(
        self,
        method: str,
        path: str,
        token: str | None,
        body: msgspec.Struct | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> httpx.Response:
        headers = {**headers} if token is None else {**headers, "authorization": f"Bearer {token}"}
        content = None if body is None else msgspec.json.encode(body)
        return await self.client.request(method, path, headers=headers, content=content)

    async def ticket(self, person: Someone) -> TicketIssued:
        return msgspec.json.decode(await self.expect(person, "POST", "/v1/tickets"), type=TicketIssued)

    @contextlib.asynccontextmanager
    async def socket(self, person: Someone, *, max_queue: int | None = None) -> AsyncIterator[Socket]:
        """A socket of this person that was welcomed."""
        async with greeted(self.service, await self.ticket(person), max_queue=max_queue) as socket:
            yield socket

    @contextlib.asynccontextmanager
    async def stream(self, person: Someone) -> AsyncIterator[Stream]:
        """A stream of this person, over the second carrier, that was welcomed."""
        async with streamed(self.service) as stream:
            await greet(stream, await self.ticket(person))
            yield stream

    @contextlib.asynccontextmanager
    async def wire(self, person: Someone, carrier: str) -> AsyncIterator[Wire]:
        """One or the other: `websocket` or `http`."""
        async with self.stream(person) if carrier == "http" else self.socket(person) as wire:
            yield wire


def newcomer(claims: Sequence[MailboxClaim] = ()) -> Someone:
    """A person whom the service never met."""
    return Someone(f"newcomer {os.urandom(8).hex()}", tuple(claims))
