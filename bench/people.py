"""Accounts, mailboxes and open threads, made through the service's own HTTP interface and socket.

People come in pairs: a project holder, who opens every thread of the pair, and a territory. Each has one account and
one mailbox. Both sides' secrets stay here: the benchmark speaks for everybody.
"""

import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import httpx
import msgspec
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from bench.sealing import TEXT, Author, seal
from bench.servers import Service
from messaging.domain.vocabulary import INITIATOR, RECIPIENT, MailboxKind, Role
from messaging.e2ee import account, chain, epoch, mailbox, pseudonym, roster
from messaging.e2ee.mailbox import Identity
from messaging.e2ee.pseudonym import PublicPseudonym
from messaging.ports import MailboxClaim
from messaging.wire import codec
from messaging.wire.commands import Hello, Open
from messaging.wire.events import Ack, AnyDown
from messaging.wire.rest import (
    Claim,
    ClaimRequest,
    MailboxPut,
    MailboxRegistered,
    Prekey,
    PrekeyBatch,
    RosterAppend,
    SeedWrap,
    ServiceInfo,
    TargetPut,
    TargetRegistered,
    TicketIssued,
)
from messaging.wire.types import Presentation

PROTOCOL: Final = Subprotocol("pli.v1")
_ROLES: Final = {MailboxKind.PROJECT: Role.HOLDER, MailboxKind.TERRITORY: Role.MAYOR}
_SHOWN: Final = Presentation("Commune", "Bretagne", True)
_entropy: Final = os.urandom
_NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""The default context reads all certificates of the machine, each time."""
_ANSWER_S: Final = 60.0
"""Nothing is measured yet: a busy machine may take its time."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """One account with its mailbox, founded, and the seat it has there."""

    claim: MailboxClaim
    mailbox: bytes
    seed: bytes
    """S_0 of the mailbox."""
    seat: bytes
    roster_head: bytes
    identity: Identity

    @property
    def subject(self) -> str:
        return f"person of {self.claim.ref}"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people and the threads between them: for each person, their side of every thread."""

    people: tuple[Person, Person]
    authors: tuple[list[Author], list[Author]]


class Town:
    """Everybody who uses one service under test. Blocking: nothing is measured while it works."""

    def __init__(self, service: Service) -> None:
        self._platform = service.platform
        self.address = service.server.address
        self._http = httpx.Client(base_url=f"http://{self.address}", timeout=_ANSWER_S, trust_env=False, verify=_NO_TLS)
        self.info = msgspec.json.decode(self._http.get("/v1/service").content, type=ServiceInfo)

    def close(self) -> None:
        self._http.close()

    def person(self, ref: str, kind: MailboxKind) -> Person:
        """A new account that founded its mailbox."""
        box = self._put("/v1/platform/mailboxes", MailboxPut(ref, kind, _SHOWN), MailboxRegistered).mailbox
        claim = MailboxClaim(ref, kind, _ROLES[kind], True)
        seed, seat = mailbox.new_seed(_entropy), _entropy(16)
        keys, identity = account.seat_keys(_entropy(32), box), mailbox.identity(seed, box, 0)
        sc = mailbox.seed_check(seed, box, 0)
        signed = roster.make_create(
            mailbox=box, seat=seat, sign=keys.sign, kem_pk=keys.kem.public, role=claim.role, identity=identity, sc=sc
        )
        head = roster.apply(None, signed).head
        wrap = mailbox.wrap_seed(seed, keys.kem.public, box, 0, seat, head)
        person = Person(claim, box, seed, seat, head, identity)
        self._post(person, f"/v1/mailboxes/{box.hex()}/roster", RosterAppend(signed, SeedWrap(0, seat, head, wrap)))
        return person

    def pairs(self, count: int, threads: int, first: int = 0) -> list[Pair]:
        """So many, each of two new people with that many threads open between them; `first`: their first number."""
        return [self._pair(first + number, threads) for number in range(count)]

    def _pair(self, number: int, threads: int) -> Pair:
        """Two new people with that many threads open between them."""
        holder = self.person(f"project-{number}", MailboxKind.PROJECT)
        mayor = self.person(f"territory-{number}", MailboxKind.TERRITORY)
        opened = self.opened(holder, mayor, [f"listing-{number}-{thread}" for thread in range(threads)])
        return Pair((holder, mayor), ([sides[INITIATOR] for sides in opened], [sides[RECIPIENT] for sides in opened]))

    def hello(self, person: Person) -> bytes:
        """The first frame of a new socket, with a fresh ticket: good once, for one minute."""
        answer = self._post(person, "/v1/tickets", None)
        ticket = msgspec.json.decode(answer, type=TicketIssued).ticket
        return codec.encode(Hello(ref=0, ticket=ticket, device=_entropy(16)))

    def opened(self, holder: Person, mayor: Person, listings: Sequence[str]) -> list[tuple[Author, Author]]:
        """One thread for every listing: nobody may claim many prekeys of one target in a day."""
        opened = []
        with connect(
            f"ws://{self.address}/v1/ws", subprotocols=[PROTOCOL], compression=None, open_timeout=_ANSWER_S
        ) as socket:
            socket.send(self.hello(holder), text=True)
            socket.recv()
            for listing in listings:
                target = self._target(listing, mayor)
                answer = self._post(holder, f"/v1/targets/{target.hex()}/claims", ClaimRequest(holder.mailbox))
                claim = msgspec.json.decode(answer, type=Claim)
                sides, command = self._opening(holder, mayor, pseudonym.prekey_slot(target, 0), claim)
                socket.send(codec.encode(command), text=True)
                _expect_ack(codec.decode_downs(socket.recv()))
                opened.append(sides)
        return opened

    def _target(self, listing: str, owner: Person) -> bytes:
        """A new target with one prekey, number 0."""
        target = self._put("/v1/platform/targets", TargetPut(listing, owner.claim.ref), TargetRegistered).target
        public = pseudonym.derive(owner.seed, pseudonym.prekey_slot(target, 0)).public
        own = pseudonym.own_signature(owner.identity.sign, owner.mailbox, public)
        batch = PrekeyBatch([Prekey(0, public.sign, public.kem, own)])
        self._post(owner, f"/v1/targets/{target.hex()}/prekeys", batch)
        return target

    def _opening(
        self, holder: Person, mayor: Person, prekey_slot: bytes, claim: Claim
    ) -> tuple[tuple[Author, Author], Open]:
        """Both sides' authors of a new thread, and the command that opens it with its first message."""
        thread = _entropy(16)
        slots = (pseudonym.thread_slot(thread, 0), prekey_slot)
        own = pseudonym.derive(holder.seed, slots[INITIATOR])
        head_0 = chain.head0(self.info.service, thread)
        peer = PublicPseudonym(claim.pk_sign, claim.pk_kem)
        opening = epoch.make_first(thread=thread, head_0=head_0, initiator=own, recipient=peer, entropy=_entropy)
        keys = (opening.record.hash, opening.epoch_secret)
        sides = (
            Author(thread, INITIATOR, *keys, slots[0], holder.seed, holder.seat, holder.roster_head, head_0),
            Author(thread, RECIPIENT, *keys, slots[1], mayor.seed, mayor.seat, mayor.roster_head, head_0),
        )
        command = Open(
            ref=1,
            mailbox=holder.mailbox,
            claim=claim.claim,
            thread=thread,
            signed_record=opening.signed,
            wraps=opening.wraps,
            own=pseudonym.own_signature(holder.identity.sign, holder.mailbox, own.public),
            payload=seal(sides[INITIATOR], own.sign, TEXT),
        )
        return sides, command

    def _put(self, path: str, body: object, answer: type[T]) -> T:
        return msgspec.json.decode(self._request("PUT", path, self._platform.platform_token(), body), type=answer)

    def _post(self, person: Person, path: str, body: object) -> bytes:
        return self._request("POST", path, self._platform.token(person.subject, [person.claim]), body)

    def _request(self, method: str, path: str, token: str, body: object) -> bytes:
        content = None if body is None else msgspec.json.encode(body)
        answer = self._http.request(method, path, content=content, headers={"authorization": f"Bearer {token}"})
        if not answer.is_success:
            raise RuntimeError(f"{method} {path} was answered with {answer.status_code}: {answer.text}")
        return answer.content


def _expect_ack(downs: list[AnyDown]) -> None:
    if not any(isinstance(down, Ack) for down in downs):
        raise RuntimeError(f"a thread could not be opened: {downs}")
