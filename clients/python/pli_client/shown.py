"""What a conversation shows: all of it is read from its verified log, and nothing is asked of the service for it."""

from collections.abc import Sequence
from itertools import islice
from typing import TypeVar

from messaging.domain.relation import Stage
from messaging.domain.vocabulary import THIRD
from messaging.e2ee.roster import record_words
from messaging.wire.events import ThreadState
from messaging.wire.types import Presentation
from pli_client.desk import Desk
from pli_client.errors import Unreachable
from pli_client.follower import Follower
from pli_client.relating import Relation, relation_of
from pli_client.views import (
    CardsReleased,
    Closed,
    Froze,
    Item,
    Message,
    NotRendered,
    Reopened,
    RevealedCard,
    SideReset,
    ThirdInvited,
    ThirdJoined,
)

V = TypeVar("V", bound=Item)


class Shown:
    """One conversation as it can be shown. What is shown grows as the log is read."""

    state: ThreadState
    """What the service says of it."""
    follower: Follower
    _desk: Desk
    _declined: set[bytes]
    """Invitations that are shown no more on this device, by the name of the stay."""

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
    def is_third(self) -> bool:
        """Whether one's own mailbox is a third party here, whom both sides let in."""
        return self.state.party == THIRD

    @property
    def recipient(self) -> Presentation | None:
        """For a third party: what the other one of the two sides shows; `peer` is the one who began."""
        return self.state.recipient

    @property
    def third(self) -> ThirdJoined | None:
        """The third party that is in; None while none is."""
        present = self.follower.log.third
        joined = (item for item in self.follower.log.items if isinstance(item, ThirdJoined))
        return next((item for item in joined if present is not None and item.third == present.id), None)

    @property
    def invitations(self) -> Sequence[ThirdInvited]:
        """Third parties that a side proposes and that nobody accepted, or declined here."""
        still_open = self.follower.log.invitations.keys() - self._declined
        shown = (item for item in self.follower.log.items if isinstance(item, ThirdInvited))
        return tuple(item for item in shown if item.third in still_open)

    @property
    def items(self) -> Sequence[Item]:
        """Messages, releases, what was said openly and what was not rendered, in order."""
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
    def revealed(self) -> bool:
        """Whether identity cards appeared and verified here; what the service says of it (`state`) decides nothing."""
        return bool(self.cards)

    @property
    def closed(self) -> bool:
        """Whether the last that was said of it closed the conversation."""
        said = (item for item in reversed(self.follower.log.items) if isinstance(item, Closed | Reopened))
        return isinstance(next(said, None), Closed)

    @property
    def relation(self) -> Relation:
        """How far it came, by what was read so far: stage, what waits for an answer, meetings, visits, installation."""
        return relation_of(
            self.follower.log.items,
            thread=self.id,
            party=self.state.party,
            stage=Stage(self.state.stage),
            peer_read_seq=self.state.peer_read_seq,
        )

    @property
    def hidden(self) -> bool:
        """Whether this mailbox blocked the peer."""
        return self.id in self._desk.hidden

    @property
    def peer_began_anew(self) -> bool:
        """Whether the peer's side was reset since it last showed a card: who writes there now is not identified yet."""
        items = self.follower.log.items
        shown = [i.seq for i in items if isinstance(i, CardsReleased) and any(not card.own for card in i.cards)]
        resets = [item.seq for item in items if isinstance(item, SideReset) and not item.own]
        return bool(resets) and resets[-1] > max(shown, default=0)

    @property
    def awaits_reset(self) -> bool:
        """Whether this mailbox began anew and the platform has not vouched for it in this conversation yet: until it
        has, nothing can be written here (ResetAwaited). What is from before stays closed.
        """
        return self.follower.log.awaits_reset

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

    @property
    def frozen(self) -> bool:
        """Whether moderators froze the conversation: nobody writes in it."""
        said = (item for item in reversed(self.follower.log.items) if isinstance(item, Froze))
        return any(item.frozen for item in islice(said, 1))

    def _shown_at(self, seq: int, view: type[V]) -> V:
        """What the event of one's own that the service took at `seq` shows. Raises: what kept it from being shown."""
        for item in reversed(self.follower.log.items):
            if item.seq == seq and isinstance(item, view):
                return item
            if item.seq == seq and isinstance(item, NotRendered):
                raise item.reason
        raise Unreachable("the service's ack is not for this conversation")
