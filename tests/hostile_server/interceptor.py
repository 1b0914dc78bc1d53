"""A server that hands out a prekey of its own and stands between two sides, each of which has a thread with it.

To the doctor it plays the town hall, in a log that it keeps itself; to the town hall the doctor, by a puppet whose
account is its own. It has every key but those of the two mailboxes' identities. Both threads have one id, so that
nothing but the keys tells them apart.
"""

import dataclasses
import os
from types import TracebackType
from typing import Self

import msgspec

from messaging.domain.vocabulary import EventKind, MessageKind
from messaging.e2ee import consent, content
from messaging.e2ee.card import OpenedCard, open_card
from messaging.e2ee.consent import Consent, consent_statement, parse_consent
from messaging.e2ee.message import Place, parse_payload, seal_message
from messaging.e2ee.pseudonym import prekey_slot
from messaging.e2ee.release import ReleasedCard, make_released, parse_released
from messaging.e2ee.suite import sha256
from messaging.wire.commands import ConsentGive, Open, Pull, Send, Wraps
from messaging.wire.events import Ack, EpochWraps, Event, Events, LogEntry, Ok, WrapsList
from messaging.wire.rest import Claim
from pli_client import Client, Message, Thread, opening
from pli_client.epochs import Side
from pli_client.log import ThreadLog
from tests.hostile_server.book import Book, made
from tests.hostile_server.door import Door
from tests.hostile_server.ground import Ground
from tests.sdk.world import Stream, make_keys

PREKEY_INDEX = 0


class Interceptor:
    """`left` is the log towards the doctor, who is at the door; `right` the puppet's thread with the town hall."""

    left: ThreadLog
    right: Thread

    def __init__(self, ground: Ground, door: Door, puppet: Client) -> None:
        self.read: list[str | None] = []
        """What was said, in order."""
        self._ground = ground
        self._door = door
        self._puppet = puppet
        self._keys = make_keys("mayor", Stream(os.urandom(8).hex()))
        self._entries: list[LogEntry] = []
        self._cards: list[ReleasedCard] = []
        door.tell(Claim, self._claimed)
        door.hear(Open, self._opened)
        door.hear(Send, self._sent)
        door.hear(ConsentGive, self._consented)
        door.hear(Pull, self._pulled)
        door.hear(Wraps, self._wraps)

    async def __aenter__(self) -> Self:
        await self._puppet.__aenter__()
        (view,) = self._puppet.seats
        await self._puppet.found(view.mailbox)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._puppet.__aexit__(kind, error, trace)

    async def pass_on(self, text: str) -> None:
        """The town hall said this; the doctor is told the same."""
        async for heard in self._puppet.events():
            if isinstance(heard, Message) and heard.text == text:
                break
        self.read.append(text)
        payload = self.left.seal(MessageKind.TEXT, os.urandom(16), content.encode_text(text), os.urandom)
        await self._push(EventKind.MESSAGE, 1, payload)

    async def release(self) -> None:
        """Both consented, each with one side of it: the doctor is shown the town hall's card, sealed anew."""
        log = await Book(self._ground.service, self.right.id).true()
        (event,) = [each for each in log if each.kind == EventKind.RELEASED]
        (theirs,) = [item for item in parse_released(event.payload) if item.party == 1]
        resealed = self._resealed(theirs, self._opened_card(theirs, self.right.follower.log), self.left)
        await self._push(EventKind.RELEASED, 255, make_released([*self._cards, resealed]))

    def _claimed(self, claim: Claim) -> Claim:
        own = self._keys.pseudonym(prekey_slot(self._ground.place.listing, PREKEY_INDEX)).public
        return msgspec.structs.replace(claim, pk_sign=own.sign, pk_kem=own.kem)

    async def _opened(self, command: Open) -> Ack:
        target = self._ground.place.listing
        self.left = ThreadLog(Side(command.thread, target, 1, self._keys), self._ground.place.trust)
        self.left.epochs.add_wraps({0: command.wraps}, PREKEY_INDEX)
        self._append(EventKind.EPOCH, 0, command.signed_record)
        last = self._append(EventKind.MESSAGE, 0, command.payload)
        await self._open_right(command.thread, self._heard())
        return Ack(ref=command.ref, thread=command.thread, seq=last.seq, at=last.at, proof=last.proof)

    async def _open_right(self, thread: bytes, text: str) -> None:
        """Opens a thread with the same id to the town hall's own prekey."""
        (box,) = self._puppet.mailboxes
        runtime = self._puppet._running.runtime
        drawn = [thread]
        scripted = dataclasses.replace(runtime, entropy=lambda width: drawn.pop() if drawn else os.urandom(width))
        claim = await runtime.api.claim(self._ground.place.listing, box.id)
        asked = opening.make(scripted, box.keys, self._ground.place.listing, claim, text, msg_id=os.urandom(16))
        state, _ = await opening.deliver(runtime, asked)
        self.right = self._puppet._running.engine._adopt(state)
        await self.right.load()

    async def _sent(self, command: Send) -> Send | Ack:
        if parse_payload(command.payload).thread != self.left.side.thread:
            return command
        last = self._append(EventKind.MESSAGE, 0, command.payload)
        await self.right.send(self._heard())
        return Ack(ref=command.ref, thread=self.left.side.thread, seq=last.seq, at=last.at, proof=last.proof)

    async def _consented(self, command: ConsentGive) -> Ok:
        """Has the doctor's card released to the town hall as the puppet's, whose consent it gives."""
        given = parse_consent(command.statement)
        item = ReleasedCard(0, given.card, command.payload, command.s_server)
        self._cards.append(item)
        log = self.right.follower.log
        passed_on = self._resealed(item, self._opened_card(item, self.left), log)
        record_0 = log.epochs[0].record.hash
        said = consent_statement(
            Consent(
                **{name: getattr(given, name) for name in ("thread", "party", "card", "bits", "text_hash", "channel")},
                record_0=record_0,
                time=given.time,
                payload_hash=sha256(passed_on.payload),
                cs=given.cs,
            )
        )
        signature = consent.sign(log.side.keys.pair.sign, said)
        theirs = ConsentGive(
            ref=0,
            thread=self.right.id,
            statement=said,
            signature=signature,
            payload=passed_on.payload,
            s_server=passed_on.s_server,
        )
        await self._puppet._running.runtime.link.request(theirs, Ok, timeout_s=20.0)
        return Ok(ref=command.ref)

    def _opened_card(self, item: ReleasedCard, log: ThreadLog) -> OpenedCard:
        epoch = log.epochs[0]
        return open_card(
            item.payload,
            item.s_server,
            card=item.card,
            place=Place(log.side.thread, 0, epoch.record.hash, item.party),
            record_0=epoch.record.hash,
            epoch_secret=epoch.opened_secret(),
            author_sign_pk=epoch.record.parties[item.party].sign,
        )

    def _resealed(self, item: ReleasedCard, opened: OpenedCard, to: ThreadLog) -> ReleasedCard:
        """The same card, sealed under the keys of the other thread."""
        payload = seal_message(
            to.header(MessageKind.CARD, os.urandom(16)),
            opened.message.content,
            epoch_secret=to.epochs[0].opened_secret(),
            signing=to.epochs[0].own.sign,
            seen_seq=to.seq,
            seen_head=to.head,
            tag=lambda *_: opened.message.tag,
            entropy=os.urandom,
        )
        return item._replace(payload=payload)

    async def _push(self, kind: str, party: int, payload: bytes) -> None:
        entry = self._append(kind, party, payload)
        await self._door.push(Event(thread=self.left.side.thread, **msgspec.structs.asdict(entry)))

    def _append(self, kind: str, party: int, payload: bytes) -> LogEntry:
        at = self._ground.service.service.context.clock()
        book = Book(self._ground.service, self.left.side.thread)
        self._entries = book.stamped([*self._entries, made(kind, party, payload, at)])
        self.left.append(self._entries[-1:])
        assert self.left.evidence is None, self.left.evidence
        return self._entries[-1]

    def _heard(self) -> str:
        said = self.left.items[-1]
        assert isinstance(said, Message)
        self.read.append(said.text)
        return said.text or ""

    def _pulled(self, command: Pull) -> Pull | Events:
        if not self._entries or command.thread != self.left.side.thread:
            return command
        last = len(self._entries)
        listed = self._entries[command.after :]
        return Events(ref=command.ref, thread=command.thread, events=listed, head_seq=last)

    def _wraps(self, command: Wraps) -> Wraps | WrapsList:
        if not self._entries or command.thread != self.left.side.thread:
            return command
        wraps = [EpochWraps(0, self.left.epochs._wraps[0])]
        return WrapsList(ref=command.ref, thread=command.thread, epochs=wraps, prekey_index=None, more=False)
