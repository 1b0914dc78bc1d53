"""One conversation, as the application holds it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

import msgspec

from messaging.domain.errors import StaleEpoch
from messaging.domain.vocabulary import MessageKind
from messaging.e2ee import content
from messaging.e2ee.roster import record_words
from messaging.e2ee.vault import Checkpoint
from messaging.wire.commands import Consents, Read
from messaging.wire.events import CardsList, Ok, OwnCard, Receipt, ThreadState
from messaging.wire.types import Presentation
from pli_client import consent, local
from pli_client.consent import Card
from pli_client.epochs import Side
from pli_client.errors import ConsentElsewhere, ProblemError, Unreachable
from pli_client.follower import Follower
from pli_client.keys import MailboxKeys, SeatTag
from pli_client.log import ThreadLog
from pli_client.outbox import Outbox, reseals_max
from pli_client.runtime import Runtime
from pli_client.vault import THREAD
from pli_client.views import CardsReleased, Item, Message, NotRendered, PeerRead, RevealedCard

CONSENT_CHANNEL = "sdk"


class Thread:
    """A conversation between one's own mailbox and a peer, about one target.

    `items`, `messages` and `cards` hold what was read so far: everything after `load`, and from the moment that
    `Client.events` yields something of this thread.
    """

    def __init__(
        self,
        runtime: Runtime,
        keys: MailboxKeys,
        state: ThreadState,
        *,
        followed: local.Followed | None,
        on_tag: Callable[[SeatTag], None],
        on_change: Callable[["Thread"], None],
    ) -> None:
        self.state = state
        self.handled = followed.handled if followed else min(state.read_seq, state.seq)
        """Up to which seq the application took the events. What is later comes again after a restart; a device that is
        new to the thread gets what nobody read yet."""
        self._runtime = runtime
        self._on_tag = on_tag
        self._on_change = on_change
        self._outstanding = 0
        self._checkpoint = _checkpoint(runtime, state.thread, followed)
        side = Side(state.thread, state.target, state.party, keys)
        self.follower = Follower(runtime, side, self._checkpoint, self._on_items)
        self.outbox = Outbox(runtime, self.follower)

    @property
    def id(self) -> bytes:
        return self.state.thread

    @property
    def mailbox(self) -> bytes:
        """One's own mailbox in this conversation."""
        return self.state.mailbox

    @property
    def peer(self) -> Presentation:
        """What the peer shows before it reveals itself."""
        return self.state.peer

    @property
    def items(self) -> Sequence[Item]:
        """Messages, releases and what was not rendered, in order."""
        return tuple(self.follower.log.items)

    @property
    def messages(self) -> Sequence[Message]:
        """The messages that verified, in order."""
        return tuple(item for item in self.follower.log.items if isinstance(item, Message))

    @property
    def cards(self) -> Sequence[RevealedCard]:
        """The identity cards that appeared and verified, of both sides."""
        released = (item for item in self.follower.log.items if isinstance(item, CardsReleased))
        return tuple(card for event in released for card in event.cards)

    @property
    def words(self) -> tuple[str, ...]:
        """Twelve words of the keys in force, the same on both sides unless somebody stands between them: to be compared
        by phone after a release (SPEC.md section 9.6). Empty before the log was read.
        """
        epochs = self.follower.log.epochs
        return record_words(epochs[-1].record.hash) if len(epochs) else ()

    @property
    def stopped(self) -> Exception | None:
        """Why this conversation is no longer followed; None while it is."""
        evidence = self.follower.log.evidence
        return None if evidence is None else evidence.reason

    async def load(self) -> None:
        """Reads and verifies the whole log, from its first event on. Raises: TimedOut, ProblemError, Ended."""
        self.follower.announce(self.state.seq)
        await self.follower.catch_up(pull=self.follower.log.seq == 0 or self.state.seq < self._seen_seq)

    async def send(self, text: str) -> Message:
        """Sends a text; returns it as it stands in the log, committed.

        Raises: TimedOut (it stays in the outbox and goes out later), ProblemError, Stopped, Ended.
        """
        seq, msg_id = await self.outbox.post(MessageKind.TEXT, content.encode_text(text))
        for item in reversed(self.follower.log.items):
            if isinstance(item, Message) and item.own and item.msg_id == msg_id:
                return item
            if isinstance(item, NotRendered) and item.seq == seq:
                raise item.reason
        raise Unreachable("the service's ack is not for this conversation")

    async def read(self, seq: int | None = None, *, share: bool = True) -> None:
        """Says that a person saw the conversation up to `seq` (None: all that was read here).

        The peer hears of it only if `share`, and to the minute before identities are released.
        """
        await self._loaded()
        seen = self.follower.log.seq if seq is None else seq
        command = Read(ref=0, thread=self.id, seq=seen, share=share)
        await self._runtime.link.request(command, Ok, timeout_s=self._runtime.timeout_s)

    async def consent(
        self,
        card: Card,
        *,
        fields: Collection[str],
        text: str,
        attestation: str | None = None,
        channel: str = CONSENT_CHANNEL,
    ) -> bytes:
        """Consents to show these fields of one's card, once the other side consents too; returns the card's id.

        `text` is what the person read and agreed to; `attestation` the platform's JWT for this mailbox's identity.
        What got no answer is kept: the same consent given again sends the same card again, never a second one.
        Raises: BadCard, ProblemError, TimedOut, Stopped.
        """
        shown = card.shown(fields)
        await self._loaded()
        asked = consent.asked(shown, text=text, channel=channel, attestation=attestation)
        card_id, given = await self._unanswered(asked) or await self._sealed_card(
            asked, shown, text=text, channel=channel, attestation=attestation
        )
        for _ in range(reseals_max):
            try:
                await self._runtime.link.request(consent.command(self.id, given), Ok, timeout_s=self._runtime.timeout_s)
            except ProblemError as error:
                if error.code == StaleEpoch.code:
                    stale = error
                    await self._runtime.storage.delete(self._given(card_id))
                    await self.follower.catch_up(pull=True)
                    card_id, given = await self._sealed_card(
                        asked, shown, text=text, channel=channel, attestation=attestation
                    )
                    continue
                if error.final:
                    await self._runtime.storage.delete(self._given(card_id))
                raise
            answered = msgspec.structs.replace(given, asked=b"", payload=b"", s_server=b"")
            await local.save(self._runtime.storage, self._given(card_id), answered)
            return card_id
        await self._runtime.storage.delete(self._given(card_id))
        raise stale

    async def _sealed_card(
        self, asked: bytes, shown: Mapping[str, str], *, text: str, channel: str, attestation: str | None
    ) -> tuple[bytes, local.Given]:
        """A new card and the consent to it, kept before they are first sent."""
        card_id, command = consent.give(
            self.follower.log,
            shown,
            text=text,
            channel=channel,
            attestation=attestation,
            now=self._runtime.clock(),
            msg_id=self._runtime.new_id(),
            entropy=self._runtime.entropy,
        )
        given = local.Given(command.statement, command.signature, command.payload, command.s_server, asked)
        await local.save(self._runtime.storage, self._given(card_id), given)
        return card_id, given

    async def _unanswered(self, asked: bytes) -> tuple[bytes, local.Given] | None:
        """The card of the same consent that got no answer: it may be in escrow, and must not get a twin."""
        prefix = f"{local.CONSENTS}{self.id.hex()}."
        for name in await self._runtime.storage.names(prefix):
            given = await local.load(self._runtime.storage, name, local.Given)
            if given is not None and given.asked == asked:
                return bytes.fromhex(name.removeprefix(prefix)), given
        return None

    async def withdraw(self, card_id: bytes) -> None:
        """Withdraws one's consent: before release the card is destroyed; after, what was seen stays seen.

        Raises: ConsentElsewhere (another device of this person gave it), ProblemError, TimedOut.
        """
        given = await local.load(self._runtime.storage, self._given(card_id), local.Given)
        if given is None:
            raise ConsentElsewhere("this device did not give that consent; withdraw it where it was given")
        command = consent.withdraw(self.follower.log, card_id, given.statement, self._runtime.clock())
        await self._runtime.link.request(command, Ok, timeout_s=self._runtime.timeout_s)
        await self._runtime.storage.delete(self._given(card_id))

    async def own_cards(self) -> list[OwnCard]:
        """The cards of one's own side and where each stands. The peer's are nobody's business before release."""
        command = Consents(ref=0, thread=self.id)
        answer = await self._runtime.link.request(command, CardsList, timeout_s=self._runtime.timeout_s)
        return answer.cards

    def update(self, state: ThreadState) -> None:
        """Takes what the service says of this thread now."""
        before, self.state = self.state, state
        self.follower.announce(state.seq)
        if state.peer_read_seq > before.peer_read_seq:
            self._runtime.inbox.put(PeerRead(self.id, state.peer_read_seq, None))
        if state != before:
            self._on_change(self)

    def receipt(self, receipt: Receipt) -> None:
        """Somebody read: the peer, or one's own side on another device."""
        if receipt.party == self.state.party:
            read = max(self.state.read_seq, receipt.seq)
            self.state = msgspec.structs.replace(self.state, read_seq=read)
        elif receipt.seq > self.state.peer_read_seq:
            self.state = msgspec.structs.replace(self.state, peer_read_seq=receipt.seq)
            self._runtime.inbox.put(PeerRead(self.id, receipt.seq, receipt.at))
        self._on_change(self)

    @property
    def wants_reading(self) -> bool:
        """Whether the service has what the application did not take yet, or less than this account saw."""
        reached = max(self.handled, self.follower.log.seq)
        return self.stopped is None and (self.state.seq > reached or self.state.seq < self._seen_seq)

    @property
    def _seen_seq(self) -> int:
        return self.seen.position if self.seen else 0

    @property
    def seen(self) -> Checkpoint | None:
        """The furthest verified point: the log's own, or what it must still lead through."""
        log = self.follower.log
        if self._checkpoint is not None and self._checkpoint.position > log.seq:
            return self._checkpoint
        return Checkpoint(log.seq, log.head) if log.seq else None

    def followed(self) -> local.Followed:
        """What this device keeps of the thread between two runs."""
        seen = self.seen
        position, head = (seen.position, seen.head) if seen else (0, b"")
        return local.Followed(self.state, position, head, self.handled)

    def _on_items(self, items: list[Item]) -> None:
        log = self.follower.log
        for item in items:
            if isinstance(item, Message):
                if item.author is not None:
                    self._on_tag(item.author)
                if self.outbox.sent_here(item.msg_id):
                    continue
            if item.seq > self.handled:
                self._outstanding += 1
                self._runtime.inbox.put(item, partial(self._handle, item.seq))
        if not self._outstanding:
            self.handled = max(self.handled, log.seq)
        self.state = _moved_on(self.state, log, items)
        self._on_change(self)

    def _handle(self, seq: int) -> None:
        """The application took the event at `seq`; with the last one it took whatever shows nothing, too."""
        self._outstanding -= 1
        self.handled = max(self.handled, seq if self._outstanding else self.follower.log.seq)
        self._on_change(self)

    async def _loaded(self) -> None:
        if self.follower.log.seq == 0:
            await self.load()

    def _given(self, card_id: bytes) -> str:
        return f"{local.CONSENTS}{self.id.hex()}.{card_id.hex()}"


def _moved_on(state: ThreadState, log: ThreadLog, items: Sequence[Item]) -> ThreadState:
    """The state of a thread whose log showed these items, until the service states it again."""
    times = [item.at for item in items if not isinstance(item, NotRendered)]
    return msgspec.structs.replace(
        state,
        seq=max(state.seq, log.seq),
        epoch=max(0, len(log.epochs) - 1),
        last_at=max([state.last_at, *times]),
        revealed=state.revealed or any(isinstance(item, CardsReleased) for item in items),
    )


def _checkpoint(runtime: Runtime, thread: bytes, followed: local.Followed | None) -> Checkpoint | None:
    """The furthest point that this device or another one of the account saw."""
    known = runtime.keeper.checkpoint(THREAD, thread)
    here = Checkpoint(followed.seq, followed.head) if followed and followed.seq else None
    return max(filter(None, (known, here)), key=lambda point: point.position, default=None)
