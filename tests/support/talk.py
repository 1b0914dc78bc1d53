"""What is said in a thread: the commands that open one, write to it, and consent in it, ready to be sent."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec

from messaging.domain.vocabulary import INITIATOR, RECIPIENT, ClosingReason, MessageKind
from messaging.e2ee import chain, consent, content, epoch, message, notice, pseudonym
from messaging.e2ee.card import SealedCard, seal_card
from messaging.e2ee.epoch import EpochRecord
from messaging.e2ee.pseudonym import Pseudonym, PublicPseudonym
from messaging.wire.commands import ConsentGive, ConsentWithdraw, Notice, Open, Pull, Rotate, Send
from messaging.wire.events import Events
from tests.support.keys import Keys
from tests.support.world import Box, Someone, World


@dataclass(frozen=True, slots=True)
class Line:
    """One seat's end of a thread in one epoch."""

    party: int
    keys: Keys
    record: EpochRecord
    secret: bytes
    own: Pseudonym
    head_0: bytes
    record_0: bytes = b""
    """R_0, where `record` is a later one."""

    @property
    def thread(self) -> bytes:
        return self.record.thread

    def send(self, ref: int, text: str = "Bonjour", *, thread: bytes | None = None, party: int | None = None) -> Send:
        """A sealed text. `thread` and `party`: what its header says instead."""
        return Send(ref=ref, payload=self.payload(text, thread=thread, party=party))

    def payload(
        self, text: str, *, thread: bytes | None = None, party: int | None = None, msg_id: bytes | None = None
    ) -> bytes:
        header = self._header(
            MessageKind.TEXT,
            thread or self.thread,
            self.party if party is None else party,
            msg_id or os.urandom(16),
        )
        return message.seal_message(
            header,
            content.encode_text(text),
            epoch_secret=self.secret,
            signing=self.own.sign,
            seen_seq=0,
            seen_head=self.head_0,
            tag=self.keys.tag,
            entropy=os.urandom,
        )

    def notice(
        self,
        ref: int,
        kind: str,
        *,
        reason: ClosingReason | None = None,
        told: bool = True,
        thread: bytes | None = None,
        notice_id: bytes | None = None,
    ) -> Notice:
        """A signed notice of one who read nothing yet. `thread`: what it says instead."""
        said = notice.Notice(
            kind,
            thread or self.thread,
            self.record.hash,
            self.party,
            notice_id or os.urandom(16),
            0,
            self.head_0,
            reason if told else None,
        )
        return Notice(ref=ref, payload=notice.make_notice(said, self.own.sign), reason=reason)

    def card(self, fields: Mapping[str, str]) -> SealedCard:
        header = self._header(MessageKind.CARD, self.thread, self.party, os.urandom(16))
        return seal_card(
            header,
            fields,
            record_0=self.record_0 or self.record.hash,
            identity=self.keys.identity.sign,
            attestation="",
            epoch_secret=self.secret,
            signing=self.own.sign,
            seen_seq=0,
            seen_head=self.head_0,
            tag=self.keys.tag,
            entropy=os.urandom,
        )

    def _header(self, kind: MessageKind, thread: bytes, party: int, msg_id: bytes) -> bytes:
        return message.header(kind, thread, self.record.n, self.record.hash, party, msg_id)

    def rotation(self, ref: int, head: bytes, new: Pseudonym | None = None) -> tuple[Rotate, "Line"]:
        """The command that begins the next epoch, made on `head`, and this end of the thread once it is in force."""
        new = new or self.keys.pseudonym(pseudonym.thread_slot(self.thread, self.record.n + 1))
        made = epoch.make_rotation(
            self.record, party=self.party, old=self.own, new=new, thread_head=head, entropy=os.urandom
        )
        own = self.keys.own_signature(new.public)
        command = Rotate(ref=ref, thread=self.thread, signed_record=made.signed, wraps=made.wraps, own=own)
        record_0 = self.record_0 or self.record.hash
        return command, replace(self, record=made.record, secret=made.epoch_secret, own=new, record_0=record_0)

    def following(self, peer: "Line") -> "Line":
        """This end of the thread in the epoch that the peer made."""
        return replace(self, record=peer.record, secret=peer.secret, record_0=peer.record_0)

    def give(self, ref: int, now: int, *, thread: bytes | None = None) -> ConsentGive:
        """Consents to show a name. `thread`: what the command says instead."""
        card = self.card({"name": "Anne Exemple"})
        statement = consent.consent_statement(
            consent.Consent(
                *(self.thread, self.record_0 or self.record.hash, self.party, card.card, card.bits),
                text_hash=hashlib.sha256(b"text").digest(),
                channel="test",
                time=now,
                payload_hash=hashlib.sha256(card.payload).digest(),
                cs=card.cs,
            )
        )
        return ConsentGive(
            ref=ref,
            thread=thread or self.thread,
            statement=statement,
            signature=consent.sign(self.keys.pair.sign, statement),
            payload=card.payload,
            s_server=card.s_server,
        )

    def withdraw(self, ref: int, given: ConsentGive, now: int) -> ConsentWithdraw:
        statement = consent.withdrawal_statement(given.statement, now)
        card = consent.parse_consent(given.statement).card
        signature = consent.sign(self.keys.pair.sign, statement)
        return ConsentWithdraw(ref=ref, thread=given.thread, card=card, statement=statement, signature=signature)


async def claimed_opening(
    world: World, initiator: tuple[Box, Someone], recipient: tuple[Box, Someone], ref: int
) -> tuple[Open, Line, Line]:
    """Claims a prekey and makes the command that opens a thread with it; both ends of what it would open."""
    box, person = initiator
    target = await world.fresh_target(*recipient)
    claim = await world.claim(person, box.mailbox, target)
    thread, keys = os.urandom(16), box.keys(person)
    head_0 = chain.head0(world.service_id, thread)
    own = keys.pseudonym(pseudonym.thread_slot(thread, 0))
    prekey = PublicPseudonym(claim.pk_sign, claim.pk_kem)
    made = epoch.make_first(thread=thread, head_0=head_0, initiator=own, recipient=prekey, entropy=os.urandom)
    line = Line(INITIATOR, keys, made.record, made.epoch_secret, own, head_0)
    peer = recipient[0].keys(recipient[1])
    claimed = peer.pseudonym(pseudonym.prekey_slot(target, 0))
    other = Line(RECIPIENT, peer, made.record, made.epoch_secret, claimed, head_0)
    command = Open(
        ref=ref,
        mailbox=box.mailbox,
        claim=claim.claim,
        thread=thread,
        signed_record=made.signed,
        wraps=made.wraps,
        own=keys.own_signature(own.public),
        payload=line.payload("Bonjour"),
    )
    return command, line, other


async def log_head(world: World, reader: Someone, thread: bytes) -> bytes:
    """The head of a thread's log as this person is given it."""
    async with world.socket(reader) as socket:
        pulled = msgspec.json.decode(await socket.ask(Pull(ref=1, thread=thread, after=0)), type=Events)
    head = chain.head0(world.service_id, thread)
    for each in pulled.events:
        digest = chain.digest(each.kind, each.party, each.payload)
        head = chain.next_head(head, each.seq, each.at, each.kind, each.party, digest)
    return head
