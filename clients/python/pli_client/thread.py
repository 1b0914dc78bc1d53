"""One conversation, as the application holds it."""

import contextlib
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import TypeVar

import msgspec

from messaging.domain.consent import CardState
from messaging.domain.errors import Conflict, NotFound
from messaging.domain.progress import Step
from messaging.domain.vocabulary import ClosingReason, EventKind, MessageKind, ReportCategory
from messaging.e2ee import content
from messaging.e2ee.errors import BadInvitation, BadSeal, E2EEError
from messaging.e2ee.third import Third
from messaging.e2ee.vault import Checkpoint
from messaging.wire.commands import Rate, Read
from messaging.wire.events import Ok, OwnCard, Receipt, ThreadState
from messaging.wire.moderation import ReportTaken
from pli_client import local, sent
from pli_client.consent import Card
from pli_client.consenting import Consenting
from pli_client.desk import Desk
from pli_client.epochs import Side
from pli_client.errors import ProblemError, Unreachable
from pli_client.follower import Follower
from pli_client.history import History
from pli_client.inviting import Inviting
from pli_client.keys import MailboxKeys, SeatTag
from pli_client.log import ThreadLog
from pli_client.news import is_end, is_quiet, moved_on
from pli_client.outbox import Outbox
from pli_client.renewal import Renewal
from pli_client.reporting import Reporting
from pli_client.runtime import Runtime
from pli_client.schedule import Standing, Window
from pli_client.shown import Shown
from pli_client.vault import THREAD
from pli_client.views import (
    Asked,
    AuthorAlarm,
    Closed,
    Item,
    Message,
    NotRendered,
    PeerRead,
    Reopened,
    ReportReceipt,
    Said,
    SentMessage,
    StepTaken,
    ThirdInvited,
    ThirdJoined,
)

CONSENT_CHANNEL = "sdk"

S = TypeVar("S", bound=Said)


class Thread(Shown):
    """A conversation between one's own mailbox and a peer, about one target.

    `items`, `messages` and `cards` hold what was read so far: everything after `load`, and from the moment that
    `Client.events` yields something of this thread.
    """

    def __init__(
        self,
        runtime: Runtime,
        keys: MailboxKeys,
        desk: Desk,
        state: ThreadState,
        *,
        followed: local.Followed | None,
        reread: Callable[[], Awaitable[None]],
        on_tag: Callable[[SeatTag], None],
        on_change: Callable[["Thread"], None],
        on_lost: Callable[["Thread", ThreadLog, ThreadLog | None], Awaitable[int]] | None = None,
    ) -> None:
        """`on_lost` gets this thread, its log of now and that of before, if it was at hand, and returns from which seq
        on the new one is news.
        """
        self.state = state
        self.handled = followed.handled if followed else min(state.read_seq, state.seq)
        """Up to which seq the application took the events. What is later comes again after a restart; a device that is
        new to the thread gets what nobody read yet."""
        self._runtime = runtime
        self._desk = desk
        self._on_tag = on_tag
        self._on_change = on_change
        self._on_lost = on_lost
        self._outstanding = 0
        self._before: ThreadLog | None = None
        """The log that `restart` left behind."""
        self.sent_lately: list[local.Sent] = []
        """What was sent from here and is not kept yet."""
        self._standing = followed.standing if followed else None
        side = Side(state.thread, state.target, state.party, keys)
        self.history = History(side, runtime.trust, followed, runtime.keeper.checkpoint(THREAD, state.thread))
        self.follower = Follower(
            runtime,
            self.history.new_log(),
            self._on_items,
            reread,
            self._on_explained,
            stream_epoch=followed.stream_epoch if followed else runtime.stream.epoch,
        )
        self.follower.log.withdrawn.update(followed.withdrawn if followed else ())
        self.renewal = Renewal(runtime, self.follower, reread)
        self.outbox = Outbox(runtime, self.follower, self.renewal)
        self._consenting = Consenting(runtime, self.follower, self.renewal)
        self._inviting = Inviting(runtime, self.follower, self.renewal)
        self._reporting = Reporting(runtime, self.follower)
        self._declined = set(followed.declined) if followed else set()

    async def load(self) -> None:
        """Reads and verifies the whole log, from its first event on. Raises: TimedOut, ProblemError, Ended."""
        self.follower.announce(self.state.seq)
        await self.follower.catch_up(pull=self.follower.log.is_empty or self.state.seq < self._seen_seq)

    async def send(self, text: str) -> Message:
        """Sends a text; returns it as it stands in the log, committed.

        Raises: TimedOut (it stays in the outbox and goes out later), ProblemError, Stopped, Ended; ResetAwaited,
        PeerBeginsAnew (nothing was kept: write again later).
        """
        seq, msg_id = await self.outbox.post(MessageKind.TEXT, content.encode_text(text))
        for item in reversed(self.follower.log.items):
            if isinstance(item, Message) and item.own and item.msg_id == msg_id:
                return item
            if isinstance(item, NotRendered) and item.seq == seq:
                raise item.reason
        raise Unreachable("the service's ack is not for this conversation")

    async def send_again(self, messages: Sequence[SentMessage]) -> None:
        """Sends texts that a restored service lost, each under its own id: what another device sent again meanwhile is
        not doubled.

        Raises: TimedOut (it stays in the outbox and goes out later), ProblemError, Stopped, Ended.
        """
        await self._loaded()
        for message in messages:
            if message.text is None or self.follower.log.shows(message.msg_id):
                continue
            plain = content.encode_text(message.text)
            try:
                await self.outbox.post(MessageKind.TEXT, plain, msg_id=message.msg_id)
            except ProblemError as error:
                if error.code != Conflict.code:
                    raise
                await self.follower.catch_up(pull=True)

    async def ask(self) -> Asked:
        """Openly proposes to show identities; the peer sees it. It consents to nothing. Raises: as `send`."""
        return await self._say(EventKind.ASKED, Asked)

    async def close(self, reason: ClosingReason, *, tell: bool = True) -> Closed:
        """Closes the conversation; the peer learns it, and why only if `tell`. The reason counts in the figures.

        Raises: as `send`; ProblemError (`conflict`: it is closed already).
        """
        return await self._say(EventKind.CLOSED, Closed, ClosingReason(reason), tell=tell)

    async def reopen(self) -> Reopened:
        """Takes a closed conversation up again. Raises: as `send`; ProblemError (`conflict`: it is not closed)."""
        return await self._say(EventKind.REOPENED, Reopened)

    async def mark(self, step: Step) -> StepTaken:
        """Says how far things are: that one proposes to meet, agreed to, met, visited, makes, takes or declines an
        offer, or that the project has settled; the peer sees it. Details go into a message.

        Raises: as `send`; ProblemError (`conflict`: closed, or there is nothing of the other side's to answer).
        """
        return await self._say(EventKind.STEP, StepTaken, Step(step))

    async def rate(self, *, satisfied: int, recommends: int) -> None:
        """How satisfied this side is with the relation, and whether it would recommend the service: 1 to 5 each, once.
        For the figures alone; the peer hears nothing of it.

        Raises: ProblemError (`conflict`: this side answered otherwise before; `malformed`), TimedOut.
        """
        await self._loaded()
        command = Rate(ref=0, thread=self.id, satisfied=satisfied, recommends=recommends)
        await self._runtime.link.request(command, Ok, timeout_s=self._runtime.timeout_s)

    async def invite(self, target: bytes, *, history: bool = False) -> ThirdInvited:
        """Proposes a third party, by one of its targets; it comes in once the other side accepts.

        `history`: it is then to read what was written before, too. It never sees identity cards.
        Raises: NotASide, BadInvitation (one is in), BadKey, ProblemError (`target_not_ready`, `too_many`), TimedOut,
        Stopped.
        """
        await self._loaded()
        return self._shown_at(await self._inviting.invite(target, history=history), ThirdInvited)

    async def accept_invitation(self, invited: ThirdInvited) -> ThirdJoined:
        """Lets in the third party that the other side proposes: from now on it reads and writes here.

        What this was interrupted in, it goes on with when it is called again.
        Raises: NotASide, BadInvitation (it does not hold any more, or is one's own), ProblemError, TimedOut, Stopped.
        """
        await self._loaded()
        return self._shown_at(await self._inviting.accept(invited.third), ThirdJoined)

    def decline(self, invited: ThirdInvited) -> None:
        """Shows this invitation no more on this device. To the other side it is silence."""
        self._declined.add(invited.third)
        self._on_change(self)

    async def end_third(self) -> None:
        """Ends the third party's presence: it reads nothing more, and the keys are renewed at once.

        Raises: NotASide, BadInvitation (none is in); as `send`.
        """
        await self._loaded()
        self._inviting.check_side()
        await self._end(self.follower.log.third)
        await self.renewal.renew()

    async def leave(self) -> None:
        """Leaves, as a third party: the conversation cannot be read here afterwards.

        Raises: BadInvitation (not a third party here); as `send`.
        """
        await self._loaded()
        if not self.is_third:
            raise BadInvitation("only a third party leaves a conversation")
        try:
            await self._end(self.follower.log.third)
        except ProblemError as error:
            if error.code != NotFound.code:
                raise

    async def report(
        self,
        messages: Collection[Message],
        category: ReportCategory,
        text: str = "",
        *,
        about: int | None = None,
        around: int = 2,
    ) -> ReportTaken:
        """Shows moderators these messages, and no other, with words of one's own; the receipt names the case.

        They learn who of the two wrote what, and nobody's identity. The peer is told nothing of the report and nothing
        that it says; asked about messages of its own, it can guess who reported them, where only two talk. `around`: so
        many events on either side stay closed, and show that nothing was cut. `about`: whom, where a third party is in.
        Raises: BadModerationKey, BadSignature (the key is not the moderators'), BadReport, ProblemError (`too_many`),
        Stopped, TimedOut, Unreachable.
        """
        await self._loaded()
        return await self._reporting.report([each.seq for each in messages], category, text, about, around)

    async def report_receipts(self) -> Sequence[ReportReceipt]:
        """What this device reported of this conversation, and which case each report is in."""
        return await self._reporting.receipts()

    async def answer_case(self, case: bytes, text: str, messages: Collection[Message] = (), *, around: int = 2) -> None:
        """Tells moderators something in a case, and shows them further messages. Raises: as `report`; ProblemError
        (`conflict`: the case is over).
        """
        await self._loaded()
        await self._reporting.answer(case, text, [each.seq for each in messages], around, appeal=False)

    async def appeal(self, case: bytes, text: str, messages: Collection[Message] = (), *, around: int = 2) -> None:
        """Contests a decision: another moderator looks at it. Raises: as `answer_case`."""
        await self._loaded()
        await self._reporting.answer(case, text, [each.seq for each in messages], around, appeal=True)

    async def _end(self, third: Third | None) -> None:
        if third is None:
            raise BadInvitation("no third party is in")
        await self.outbox.post(EventKind.LEFT, third.id)

    async def _say(self, kind: EventKind, view: type[S], reason: str = "", *, tell: bool = True) -> S:
        await self._loaded()
        self._inviting.check_side()
        seq, _ = await self.outbox.post(kind, reason.encode(), told=tell)
        return self._shown_at(seq, view)

    async def block(self) -> None:
        """Blocks the peer, for all colleagues: nothing of this conversation is told any more, and nothing to the peer.

        To the peer it is silence: its messages are accepted, read by nobody, and no receipt goes out. What this person
        consented to and still waits is withdrawn first: the peer could bring about its release. Colleagues' cards wait
        on, and they are told of the block (`DeskChanged`). A release, should there be one, is still told.
        Raises: ProblemError, TimedOut.
        """
        self._inviting.check_side()
        for card in await self.own_cards():
            if card.seat == self.follower.log.side.keys.seat and card.state == CardState.WAITING:
                await self.withdraw(card.card)
        await self._desk.hide(self.id, True)

    async def unblock(self) -> None:
        """Ends the block; what came meanwhile stands in `items`. Raises: ProblemError, TimedOut."""
        await self._desk.hide(self.id, False)

    async def read(self, seq: int | None = None, *, share: bool = True) -> None:
        """Says that a person saw the conversation up to `seq` (None: all that was read here).

        The peer hears of it only if `share`, and to the minute before identities are released; of a blocked one never.
        """
        await self._loaded()
        seen = self.follower.log.seq if seq is None else seq
        command = Read(ref=0, thread=self.id, seq=seen, share=share and not self.hidden)
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
        Raises: BadCard, ProblemError, TimedOut, ResetAwaited, PeerBeginsAnew, Stopped.
        """
        self._inviting.check_side()
        shown = card.shown(fields)
        await self._loaded()
        return await self._consenting.give(shown, text=text, channel=channel, attestation=attestation)

    async def withdraw(self, card_id: bytes) -> None:
        """Withdraws one's consent, on any device: before release the card is destroyed; what was seen stays seen.

        Raises: ConsentElsewhere (a colleague's, or no card of this side), BadConsent (the service gave back another
        consent than ours), ProblemError, TimedOut.
        """
        await self._loaded()
        if await self._consenting.withdraw(card_id):
            self.follower.log.withdrawn.add(card_id)
            self._on_change(self)

    async def own_cards(self) -> list[OwnCard]:
        """The cards of one's own side and where each stands. The peer's are nobody's business before release."""
        return await self._consenting.listed()

    async def renew_keys(self) -> None:
        """Renews the keys of one's own side now. Nobody needs to: it happens by itself in time.

        Raises: ProblemError, TimedOut, Stopped.
        """
        self._inviting.check_side()
        await self._loaded()
        await self.renewal.renew(self.standing)

    @property
    def standing(self) -> Standing | None:
        """One's own pseudonym in force; None while that is not known here."""
        return self.follower.log.epochs.standing or self._standing

    @property
    def window(self) -> Window | None:
        """When one's own pseudonym is to be renewed; None while that is not known here."""
        standing = self.standing
        return None if standing is None else self.renewal.window(standing, self.state.seq)

    def update(self, state: ThreadState) -> None:
        """Takes what the service says of this thread now. Whose it is, and about which target, it cannot change."""
        before = self.state
        self.state = state = msgspec.structs.replace(
            state,
            mailbox=before.mailbox,
            target=before.target,
            # It may have been read before a receipt that overtook it.
            read_seq=max(state.read_seq, before.read_seq),
            peer_read_seq=max(state.peer_read_seq, before.peer_read_seq),
        )
        self.follower.announce(state.seq)
        if state.peer_read_seq > before.peer_read_seq and not self.hidden:
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
            if not self.hidden:
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
        return self.history.seen(self.follower.log)

    @property
    def for_vault(self) -> Checkpoint | None:
        """What other devices should hold this thread's log against; None while the vault has what is better left alone:
        the point of a lost history, which stays the furthest until this one is longer.
        """
        known, seen = self._runtime.keeper.checkpoint(THREAD, self.id), self.seen
        is_behind = known is not None and (seen is None or seen.position <= known.position)
        return None if known in self.history.explained and is_behind else seen

    def followed(self) -> local.Followed:
        """What this device keeps of the thread between two runs."""
        log, seen = self.follower.log, self.seen
        position, head = (seen.position, seen.head) if seen else (0, b"")
        # What a service announced and never gave must not stop the log of a later run, which may be served honestly.
        state = self.state if log.evidence is None else msgspec.structs.replace(self.state, seq=position)
        return local.Followed(
            state,
            position,
            head,
            self.handled,
            tuple(sorted(log.withdrawn)),
            self.standing,
            self.history.stamped(log),
            self.follower.stream_epoch,
            self.history.restores(log),
            tuple((point.position, point.head) for point in self.history.explained),
            tuple(sorted(self._declined)),
        )

    def restart(self) -> None:
        """Reads the log anew, from its first event on: it must lead through all that was seen, or explain why not."""
        log = self.follower.log
        self.history.leave(log)
        self._before = log if log.seq else self._before
        self._outstanding = 0
        fresh = self.history.new_log()
        fresh.withdrawn.update(log.withdrawn)
        self.follower.settle(self._runtime.stream.epoch, fresh)
        self.follower.announce(self.state.seq)

    def remember_sent(self, message: Message) -> None:
        """Keeps a message of this device a while, in case the service loses it."""
        kept = sent.of(message)
        if kept is not None:
            self.sent_lately.append(kept)
            self._on_change(self)

    async def _on_explained(self, log: ThreadLog) -> None:
        news_from = 1 if self._on_lost is None else await self._on_lost(self, log, self._before)
        self.history.explain()
        self._before = None
        self.handled = min(self.handled, news_from - 1)

    def _on_items(self, items: list[Item]) -> None:
        log = self.follower.log
        for item in items:
            if isinstance(item, Message) and item.author is not None:
                self._on_tag(item.author)
            if isinstance(item, Message) and item.own and item.author is None and item.seq > self.handled:
                self._runtime.tasks.spawn(self._doubt(item))
            if isinstance(item, _POSTED) and self.outbox.sent_here(item.msg_id):
                if isinstance(item, Message):
                    self.remember_sent(item)
                continue
            if (item.seq > self.handled or is_end(item)) and not (self.hidden and is_quiet(item)):
                self._outstanding += 1
                self._runtime.inbox.put(item, partial(self._handle, item.seq, log))
        if not self._outstanding:
            self.handled = max(self.handled, log.seq)
        self.state = moved_on(self.state, log, items)
        self._on_change(self)

    async def _doubt(self, item: Message) -> None:
        """A message of one's own side whose seat tag no seed opened: a newer seed may, which this seat has not read."""
        with contextlib.suppress(E2EEError):
            await self.renewal.reread()
        log = self.follower.log
        untagged = log.untagged.get(item.msg_id)
        author = None if untagged is None else log.side.keys.read_tag(*untagged)
        if author is not None:
            self._on_tag(author)
        elif untagged is not None:
            reason = BadSeal("no seat of the mailbox can be told to have written this message of its side")
            self._runtime.inbox.put(AuthorAlarm(self.mailbox, self.id, item.msg_id, reason))

    def _handle(self, seq: int, log: ThreadLog) -> None:
        """The application took the event at `seq`; with the last one it took whatever shows nothing, too."""
        if log is not self.follower.log:
            return
        self._outstanding -= 1
        self.handled = max(self.handled, seq if self._outstanding else log.seq)
        self._on_change(self)

    async def _loaded(self) -> None:
        if self.follower.log.is_empty:
            await self.load()


_POSTED = Message | Said
"""What goes through the outbox."""
