"""Mailboxes and threads made with the protocol alone, cheaply: for tests that need many of them.

A `Party` is one mailbox with its founder; `open_thread` makes an epoch between two parties. Whoever holds the epoch can
seal messages and cards, which is all that these tests want of cryptography.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, Self

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from messaging.domain.vocabulary import INITIATOR, RECIPIENT, MailboxKind, MessageKind, Role
from messaging.e2ee import card, chain, content, epoch, mailbox, message, pseudonym, roster
from messaging.e2ee.account import seat_keys
from messaging.e2ee.epoch import EpochRecord
from messaging.e2ee.pseudonym import Pseudonym, PublicPseudonym
from messaging.ports import MailboxClaim
from messaging.wire.commands import Open
from messaging.wire.events import Ack
from messaging.wire.rest import PrekeyBatch, RosterAppend, SeedWrap
from pli_client.errors import ClientError
from pli_client.http import Api
from pli_client.keys import MailboxKeys
from tests.faults.raw import RawSocket, dial
from tests.support.server import Deployed

_ROLES: Final = {MailboxKind.PROJECT: Role.HOLDER, MailboxKind.TERRITORY: Role.MAYOR}


class Door(NamedTuple):
    """One process, and somebody's access to it."""

    service: Deployed
    api: Api


class Entered(NamedTuple):
    """A socket, its hello sent."""

    socket: ClientConnection
    at_home: bool
    """Whether it is through the first of the doors."""


async def enter(doors: Sequence[Door]) -> Entered | None:
    """Through the first door that opens; None: all are shut at the moment."""
    for number, (service, api) in enumerate(doors):
        try:
            return Entered(await dial(service, api), number == 0)
        except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed, ClientError):
            continue
    return None


@dataclass(frozen=True, slots=True)
class Party:
    """One mailbox, its keys, its founder's access, and the target that leads to it."""

    service: Deployed
    subject: str
    api: Api
    keys: MailboxKeys
    target: bytes
    prekeys: Mapping[bytes, int]
    """The index of each published prekey, by its signing key."""
    claims: Sequence[MailboxClaim]
    elsewhere: list[Api] = field(default_factory=list)

    @classmethod
    async def found(
        cls, service: Deployed, ref: str, kind: MailboxKind, *, prekeys: int = 0, token_s: int = 900
    ) -> Self:
        """Registers and founds a mailbox, and publishes the first `prekeys` of its target, one batch at the most."""
        mailbox_id = await service.register_mailbox(ref, kind)
        target = await service.register_target(f"{ref}/target", ref)
        subject, claims = f"person of {ref}", [MailboxClaim(ref, kind, _ROLES[kind], True)]
        api = Api(
            service.url,
            lambda: service.token(subject, claims, lifetime_s=token_s),
            timeout_s=30.0,
        )
        keys = await _founded(api, mailbox_id, _ROLES[kind])
        made = keys.prekeys(target, range(prekeys))
        if made:
            await api.publish_prekeys(target, PrekeyBatch(made))
        return cls(service, subject, api, keys, target, {prekey.pk_sign: prekey.index for prekey in made}, claims)

    async def socket(self) -> RawSocket:
        return await RawSocket.open(self.service, self.api)

    def door(self, service: Deployed) -> Door:
        """Its founder's way into another process of the same deployment."""
        api = Api(service.url, lambda: service.token(self.subject, self.claims), timeout_s=30.0)
        self.elsewhere.append(api)
        return Door(service, api)

    async def close(self) -> None:
        for api in (self.api, *self.elsewhere):
            await api.close()


async def _founded(api: Api, mailbox_id: bytes, role: Role) -> MailboxKeys:
    pair, seat, seed = seat_keys(os.urandom(32), mailbox_id), os.urandom(16), mailbox.new_seed(os.urandom)
    signed = roster.make_create(
        mailbox=mailbox_id,
        seat=seat,
        sign=pair.sign,
        kem_pk=pair.kem.public,
        role=role,
        identity=mailbox.identity(seed, mailbox_id, 0),
        sc=mailbox.seed_check(seed, mailbox_id, 0),
    )
    state = roster.apply(None, signed)
    wrap = mailbox.wrap_seed(seed, pair.kem.public, mailbox_id, 0, seat, state.head)
    await api.append_roster(mailbox_id, RosterAppend(signed, SeedWrap(0, seat, state.head, wrap)))
    return MailboxKeys(mailbox_id, seat, pair, state, {0: seed})


@dataclass(frozen=True, slots=True)
class Line:
    """One party's end of a thread: what it needs to seal under epoch 0."""

    party: int
    keys: MailboxKeys
    record: EpochRecord
    secret: bytes
    own: Pseudonym
    head_0: bytes

    @property
    def thread(self) -> bytes:
        return self.record.thread

    def message(self, msg_id: bytes, text: str) -> bytes:
        """A sealed text, as one who read nothing yet would write it."""
        return self._sealed(self._header(MessageKind.TEXT, msg_id), content.encode_text(text))

    def card(self, fields: dict[str, str]) -> card.SealedCard:
        """A sealed card of this side, without an attestation."""
        header = self._header(MessageKind.CARD, os.urandom(16))
        return card.seal_card(
            header,
            fields,
            record_0=self.record.hash,
            identity=self.keys.identity.sign,
            attestation="",
            epoch_secret=self.secret,
            signing=self.own.sign,
            seen_seq=0,
            seen_head=self.head_0,
            tag=self.keys.tag,
            entropy=os.urandom,
        )

    def _header(self, kind: MessageKind, msg_id: bytes) -> bytes:
        record = self.record
        return message.header(kind, record.thread, record.n, record.hash, self.party, msg_id)

    def _sealed(self, header: bytes, plain: bytes) -> bytes:
        return message.seal_message(
            header,
            plain,
            epoch_secret=self.secret,
            signing=self.own.sign,
            seen_seq=0,
            seen_head=self.head_0,
            tag=self.keys.tag,
            entropy=os.urandom,
        )


async def open_line(socket: RawSocket, initiator: Party, target: bytes, service_id: bytes) -> Line:
    """Opens a thread to a target over `initiator`'s socket; the initiator's end of it."""
    claim = await initiator.api.claim(target, initiator.keys.mailbox)
    thread = os.urandom(16)
    head_0 = chain.head0(service_id, thread)
    own = initiator.keys.pseudonym(pseudonym.thread_slot(thread, 0))
    claimed = PublicPseudonym(claim.pk_sign, claim.pk_kem)
    made = epoch.make_first(thread=thread, head_0=head_0, initiator=own, recipient=claimed, entropy=os.urandom)
    line = Line(INITIATOR, initiator.keys, made.record, made.epoch_secret, own, head_0)
    command = Open(
        ref=0,
        mailbox=initiator.keys.mailbox,
        claim=claim.claim,
        thread=thread,
        signed_record=made.signed,
        wraps=made.wraps,
        own=initiator.keys.own_signature(own.public),
        payload=line.message(os.urandom(16), "Bonjour"),
    )
    await socket.request(command, Ack)
    return line


async def open_thread(socket: RawSocket, initiator: Party, recipient: Party, service_id: bytes) -> tuple[Line, Line]:
    """Opens a thread over `initiator`'s socket; both ends of it."""
    line = await open_line(socket, initiator, recipient.target, service_id)
    claimed = recipient.prekeys[line.record.parties[RECIPIENT].sign]
    own = recipient.keys.pseudonym(pseudonym.prekey_slot(recipient.target, claimed))
    return line, replace(line, party=RECIPIENT, keys=recipient.keys, own=own)


async def close_all(*opened: RawSocket | Party) -> None:
    for each in opened:
        await each.close()
