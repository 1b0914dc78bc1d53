"""One person's device against the running service: requests, one socket, and the keys and logs of their mailbox.

Everything is done by hand and in turn, with the SDK's own pure parts (keys, verified logs, consents): nothing runs in
the background, so that equal runs make equal steps.
"""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from messaging.domain.progress import Step
from messaging.domain.vocabulary import INITIATOR, ClosingReason, MessageKind
from messaging.e2ee import chain, content, epoch, mailbox, message, roster
from messaging.e2ee.account import seat_keys
from messaging.e2ee.consent import parse_consent
from messaging.e2ee.encoding import ID_BYTES
from messaging.e2ee.entropy import Entropy
from messaging.e2ee.pseudonym import PublicPseudonym, thread_slot
from messaging.wire import commands as up
from messaging.wire.events import Ack, AnyDown, Events, Ok, Welcome, WrapsList
from messaging.wire.rest import (
    AccountView,
    Claim,
    ClaimRequest,
    PrekeyBatch,
    RosterAppend,
    SeatRequest,
    SeedWrap,
    TicketIssued,
)
from pli_client import consent
from pli_client.consent import Card
from pli_client.epochs import Side
from pli_client.keys import MailboxKeys
from pli_client.log import ThreadLog
from pli_client.trust import Trust
from pli_client.views import Item
from tests.equality.cast import Identity
from tests.equality.script import Script
from tests.equality.tap import Answer, Socket, Tap, request
from tests.support.server import RunningService

S = TypeVar("S", bound=msgspec.Struct)


class Device:
    """A person of a party. `own` draws what is the account's, `shared` what is the mailbox's."""

    def __init__(
        self, service: RunningService, script: Script, identity: Identity, *, name: str, colleague: bool = False
    ) -> None:
        self.tap = Tap(script, name)
        self.identity = identity
        self.name = name
        self.mailbox = b""
        self.logs: dict[bytes, ThreadLog] = {}
        self._service = service
        self._script = script
        self._subject = identity.subjects[colleague]
        self._claim = identity.claim(admin=not colleague)
        info = service.service.info()
        self._trust = Trust(info.service, info.stamp_key, service.idp.public_key)
        self._own: Entropy = script.draws(f"account of {self._subject}")
        self._shared: Entropy = script.draws(f"mailbox of {name}")
        self._socket: Socket | None = None
        self._keys: MailboxKeys | None = None
        self._account_seed = b""
        self._seat = b""

    @property
    def keys(self) -> MailboxKeys:
        assert self._keys is not None, f"{self.name} has no seat yet"
        return self._keys

    @property
    def socket(self) -> Socket:
        assert self._socket is not None, f"{self.name} is not connected"
        return self._socket

    @property
    def connected(self) -> bool:
        return self._socket is not None

    # requests

    async def request(self, method: str, path: str, body: object = None) -> Answer:
        token = self._service.token(self._subject, [self._claim])
        return await request(self.tap, self._service.port, method, path, token=token, body=body)

    async def _get(self, method: str, path: str, kind: type[S], body: object = None) -> S:
        answer = await self.request(method, path, body)
        assert answer.status < 300, answer
        return msgspec.json.decode(answer.body, type=kind)

    async def _do(self, method: str, path: str, body: object) -> None:
        answer = await self.request(method, path, body)
        assert answer.status == 204, answer

    # the socket

    async def connect(self, *, since: int | None = None, stream_epoch: int | None = None) -> Welcome:
        ticket = await self._get("POST", "/v1/tickets", TicketIssued)
        self._socket = await Socket.connect(self.tap, self._service.port)
        hello = up.Hello(
            ref=0, ticket=ticket.ticket, device=self._own(ID_BYTES), since=since, stream_epoch=stream_epoch
        )
        return await self._socket.answer(hello, Welcome)

    async def disconnect(self) -> None:
        if self._socket is not None:
            await self._socket.close()
            self._socket = None

    async def ask(self, command: up.AnyCommand) -> AnyDown:
        return await self.socket.ask(command)

    # the mailbox

    async def sign_in(self) -> None:
        """The account is made at its first request; the keys of the account are drawn."""
        view = await self._get("GET", "/v1/account", AccountView)
        self.mailbox = view.seats[0].mailbox
        self._account_seed = self._own(32)
        self._seat = self._own(ID_BYTES)

    async def found(self) -> None:
        pair = seat_keys(self._account_seed, self.mailbox)
        seed = mailbox.new_seed(self._shared)
        signed = roster.make_create(
            mailbox=self.mailbox,
            seat=self._seat,
            sign=pair.sign,
            kem_pk=pair.kem.public,
            role=self._claim.role,
            identity=mailbox.identity(seed, self.mailbox, 0),
            sc=mailbox.seed_check(seed, self.mailbox, 0),
        )
        state = roster.apply(None, signed)
        self._keys = MailboxKeys(self.mailbox, self._seat, pair, state, {0: seed})
        await self._append(signed, self._seat, pair.kem.public)

    async def ask_seat(self) -> SeatRequest:
        pair = seat_keys(self._account_seed, self.mailbox)
        asked = SeatRequest(self._seat, pair.sign.public, pair.kem.public)
        await self._do("POST", f"/v1/mailboxes/{self.mailbox.hex()}/seats", asked)
        return asked

    async def admit(self, colleague: "Device", asked: SeatRequest) -> None:
        """Both screens showed the same words; the newcomer gets the seed."""
        keys = self.keys
        signed = roster.make_admit(
            keys.roster,
            seat=asked.seat,
            sign_pk=asked.sign_pk,
            kem_pk=asked.kem_pk,
            role=self._claim.role,
            admin=False,
            signer=keys.seat,
            signer_key=keys.pair.sign,
        )
        keys.roster = roster.apply(keys.roster, signed)
        await self._append(signed, asked.seat, asked.kem_pk)
        pair = seat_keys(colleague._account_seed, self.mailbox)
        colleague._keys = MailboxKeys(self.mailbox, asked.seat, pair, keys.roster, dict(keys.seeds))

    async def _append(self, signed: bytes, seat: bytes, kem_pk: bytes) -> None:
        state, seed = self.keys.roster, self.keys.seed
        wrap = mailbox.wrap_seed(seed, kem_pk, self.mailbox, state.g, seat, state.head)
        append = RosterAppend(signed, SeedWrap(state.g, seat, state.head, wrap))
        await self._do("POST", f"/v1/mailboxes/{self.mailbox.hex()}/roster", append)

    async def publish(self, target: bytes, count: int, *, slots_of: bytes | None = None) -> None:
        """`slots_of`: another target whose slots are used, a mistake that only a control makes."""
        prekeys = self.keys.prekeys(slots_of or target, range(count))
        await self._do("POST", f"/v1/targets/{target.hex()}/prekeys", PrekeyBatch(prekeys))

    # conversations

    async def try_claim(self, target: bytes) -> Answer:
        return await self.request("POST", f"/v1/targets/{target.hex()}/claims", ClaimRequest(self.mailbox))

    async def open(self, target: bytes, text: str, *, slot: bytes | None = None) -> bytes:
        """Claims and opens; returns the thread. `slot`: another pseudonym than the thread's own, for a control."""
        answer = await self.try_claim(target)
        assert answer.status == 201, answer
        claim = msgspec.json.decode(answer.body, type=Claim)
        thread, msg_id = self._shared(ID_BYTES), self._shared(ID_BYTES)
        own = self.keys.pseudonym(slot or thread_slot(thread, 0))
        head_0 = chain.head0(self._trust.service_id, thread)
        opening = epoch.make_first(
            thread=thread,
            head_0=head_0,
            initiator=own,
            recipient=PublicPseudonym(claim.pk_sign, claim.pk_kem),
            entropy=self._shared,
        )
        header = message.header(MessageKind.TEXT, thread, 0, opening.record.hash, INITIATOR, msg_id)
        payload = message.seal_message(
            header,
            content.encode_text(text),
            epoch_secret=opening.epoch_secret,
            signing=own.sign,
            seen_seq=0,
            seen_head=head_0,
            tag=self.keys.tag,
            entropy=self._shared,
        )
        command = up.Open(
            ref=0,
            mailbox=self.mailbox,
            claim=claim.claim,
            thread=thread,
            signed_record=opening.signed,
            wraps=opening.wraps,
            own=self.keys.own_signature(own.public),
            payload=payload,
        )
        await self.socket.answer(command, Ack)
        return thread

    async def read(self, thread: bytes, target: bytes, party: int) -> list[Item]:
        """Pulls what is new, verifies and opens it; returns what there is to show."""
        log = self.logs.get(thread)
        if log is None:
            log = self.logs[thread] = ThreadLog(Side(thread, target, party, self.keys), self._trust)
        answer = await self.socket.answer(up.Pull(ref=0, thread=thread, after=log.seq), Events)
        if log.first_epoch_without_wraps(answer.events) is not None:
            wraps = await self.socket.answer(up.Wraps(ref=0, thread=thread), WrapsList)
            log.epochs.add_wraps({each.epoch: each.wraps for each in wraps.epochs}, wraps.prekey_index)
        return log.append(answer.events)

    def seal(self, thread: bytes, text: str) -> bytes:
        """A message on what was read so far, not sent yet."""
        log = self.logs[thread]
        return log.seal(MessageKind.TEXT, self._shared(ID_BYTES), content.encode_text(text), self._shared)

    async def send(self, payload: bytes) -> Ack:
        return await self.socket.answer(up.Send(ref=0, payload=payload), Ack)

    async def say(self, thread: bytes, kind: str, reason: ClosingReason | None = None) -> Ack:
        """A notice, on what was read so far."""
        payload = self.logs[thread].notice(kind, self._shared(ID_BYTES), reason)
        return await self.socket.answer(up.Notice(ref=0, payload=payload, reason=reason), Ack)

    async def mark(self, thread: bytes, step: Step) -> Ack:
        """How far things are, on what was read so far."""
        payload = self.logs[thread].step(self._shared(ID_BYTES), step)
        return await self.socket.answer(up.Notice(ref=0, payload=payload), Ack)

    async def send_together(self, payloads: Sequence[bytes]) -> None:
        """Sends several messages in one frame, and does not wait for their acks."""
        sends = [up.Send(ref=2**20 + place, payload=payload) for place, payload in enumerate(payloads)]
        self.socket.send(msgspec.json.encode(sends))

    async def send_into_failure(self, payload: bytes) -> None:
        """Sends what the service will not survive: it closes the socket, and says neither yes nor no."""
        await self.socket.closes(up.Send(ref=0, payload=payload))
        self._socket = None

    async def mark_read(self, thread: bytes, *, share: bool = True) -> None:
        log = self.logs[thread]
        await self.socket.answer(up.Read(ref=0, thread=thread, seq=log.seq, share=share), Ok)

    async def put_desk(self, entry_content: bytes) -> None:
        entry = self._own(ID_BYTES)
        blob = self.keys.seal_entry(entry, entry_content, self._own)
        await self.ask(up.DeskPut(ref=0, mailbox=self.mailbox, entry=entry, blob=blob))

    async def consent(self, thread: bytes) -> up.ConsentGive:
        """Gives the whole card of this person, with the platform's attestation."""
        jwt = self._service.idp.attestation(self.keys.identity.sign.public, {"insee": self.identity.ref})
        card = Card(**self.identity.card)
        _, command = consent.give(
            self.logs[thread],
            card.shown(list(self.identity.card)),
            text="Je consens.",
            channel="sdk",
            attestation=jwt,
            now=self._script.clock(),
            msg_id=self._own(ID_BYTES),
            entropy=self._own,
        )
        await self.socket.answer(command, Ok)
        return command

    async def withdraw(self, given: up.ConsentGive) -> None:
        card = parse_consent(given.statement).card
        command = consent.withdraw(self.logs[given.thread], card, given.statement, self._script.clock())
        await self.socket.answer(command, Ok)
