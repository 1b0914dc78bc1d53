"""What a caller sees: what stands in a conversation, and what `Client.events` yields. All of it has verified.

Ids are 16 bytes; times are ms since 1970, UTC, as the service stamped them; order is by `seq` only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from messaging.domain.progress import Step
from messaging.domain.vocabulary import ClosingReason, ReportCategory
from messaging.e2ee.content import Content, Text
from messaging.e2ee.desk import DeskContent
from messaging.e2ee.errors import BadMessage, E2EEError
from messaging.wire.events import Problem
from messaging.wire.types import Presentation
from pli_client.keys import SeatTag


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    thread: bytes
    seq: int
    at: int
    party: int
    own: bool
    """Whether the reader's own side wrote it."""
    msg_id: bytes
    kind: str
    content: Content
    """`UnknownContent` is shown as the same placeholder everywhere."""
    author: SeatTag | None
    """Own side only: which seat wrote."""

    @property
    def text(self) -> str | None:
        """None for anything but text."""
        return self.content.text if isinstance(self.content, Text) else None


@dataclass(frozen=True, slots=True)
class RevealedCard:
    """One person's identity card, released and verified."""

    thread: bytes
    card: bytes
    party: int
    own: bool
    fields: Mapping[str, str]
    """The consented fields only, by the name of the field."""
    attested: Mapping[str, object] | None
    """The claims that the platform vouches for; None: nothing is attested, show « déclaré »."""

    @property
    def keys_verified(self) -> bool:
        """Whether this card proves that nobody stands between the two sides: the peer's, bound to the keys of this
        thread by an identity that the platform attests. Without an attestation an interceptor could have made the card
        anew under an identity of its own: both persons should then compare `Thread.words` by phone.
        """
        return not self.own and self.attested is not None


@dataclass(frozen=True, slots=True)
class CardsReleased:
    """Both sides consented: these cards appeared, on both sides at once. A third party learns that, and sees none."""

    thread: bytes
    seq: int
    at: int
    cards: tuple[RevealedCard, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A side openly proposes to show identities. It shows nothing by itself: each person consents, or not."""

    thread: bytes
    seq: int
    at: int
    party: int
    own: bool
    msg_id: bytes


@dataclass(frozen=True, slots=True)
class Closed:
    """A side closed the conversation; writing stays possible."""

    thread: bytes
    seq: int
    at: int
    party: int
    own: bool
    msg_id: bytes
    reason: ClosingReason | None
    """None where the closer did not tell it, or told one that this version does not know."""


@dataclass(frozen=True, slots=True)
class Reopened:
    """A side took the conversation up again."""

    thread: bytes
    seq: int
    at: int
    party: int
    own: bool
    msg_id: bytes


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A side said how far things are: a meeting, a visit, an offer, an installation."""

    thread: bytes
    seq: int
    at: int
    party: int
    own: bool
    msg_id: bytes
    step: Step | None
    """None: one that this version does not know."""


@dataclass(frozen=True, slots=True)
class NotRendered:
    """Something that did not verify, and is therefore not shown; a quiet line says so.

    `stopped` tells that the log itself broke a rule: nothing after it is followed, the evidence is kept.
    """

    thread: bytes
    seq: int
    reason: E2EEError
    stopped: bool = False


def unreadable(fault: Exception) -> BadMessage:
    """The refusal of an event that this package failed on; its name says where to look, and nothing of its content."""
    return BadMessage(f"the event could not be read: {type(fault).__name__}")


@dataclass(frozen=True, slots=True)
class SideReset:
    """A side of the conversation begins anew, with other people perhaps: nobody of its mailbox had access any more, and
    the platform attests that who comes now speaks for it. To be shown plainly; what it had shown of itself before no
    longer says who writes.
    """

    thread: bytes
    seq: int
    at: int
    party: int
    own: bool


@dataclass(frozen=True, slots=True)
class ReportReceipt:
    """A report that this device made and the service took. Where its case stands, `Mailbox.cases` says."""

    thread: bytes
    report: bytes
    case: bytes
    at: int
    """When it was taken, by the service's clock."""
    category: ReportCategory
    seqs: tuple[int, ...]
    """Which messages were shown."""


@dataclass(frozen=True, slots=True)
class Froze:
    """Moderators froze the conversation, or the freeze ended. Why, `Mailbox.cases` says."""

    thread: bytes
    seq: int
    at: int
    frozen: bool


@dataclass(frozen=True, slots=True)
class ThirdInvited:
    """A side proposes a third party: `Thread.accept_invitation` lets it in, silence or `Thread.decline` does not.

    It holds under the keys in force: once a side renewed them, it is to be proposed again.
    """

    thread: bytes
    seq: int
    at: int
    party: int
    own: bool
    msg_id: bytes
    third: bytes
    """Names its stay in this conversation, 32 bytes."""
    presentation: Presentation
    """What the platform says of it, the same for both sides."""
    history: bool
    """Whether it is to read what was written before, too."""


@dataclass(frozen=True, slots=True)
class ThirdJoined:
    """Both sides let a third party in: from here on it reads and writes. Identity cards are not shown to it."""

    thread: bytes
    seq: int
    at: int
    party: int
    """The side that accepted."""
    own: bool
    msg_id: bytes
    third: bytes
    presentation: Presentation
    history: bool
    is_self: bool
    """Whether the reader is that third party."""
    words: tuple[str, ...]
    """Twelve words, the same for all three unless somebody stands between: to be compared by phone."""


@dataclass(frozen=True, slots=True)
class ThirdLeft:
    """The third party left by itself (party 2), or a side ended its presence; it reads nothing of what follows."""

    thread: bytes
    seq: int
    at: int
    party: int
    own: bool
    msg_id: bytes
    third: bytes


@dataclass(frozen=True, slots=True)
class StayEnded:
    """This mailbox is no third party in the conversation any more; that happened while this client was away."""

    thread: bytes
    mailbox: bytes


Said = Asked | Closed | Reopened | StepTaken | ThirdLeft
"""What a party says openly beside its messages; signed like them."""

Item = Message | CardsReleased | Said | ThirdInvited | ThirdJoined | SideReset | Froze | NotRendered


@dataclass(frozen=True, slots=True)
class PeerRead:
    """The peer saw the conversation up to `seq`."""

    thread: bytes
    seq: int
    at: int | None
    """To the minute before identities are released; None when it happened while this client was away."""


@dataclass(frozen=True, slots=True)
class WaitingMessage:
    """A first message that nobody can receive yet. It is on this device only."""

    id: bytes
    """For `Mailbox.cancel`; its message id once it is sent."""
    mailbox: bytes
    target: bytes
    text: str
    at: int
    """When it was written, by this device's clock."""


@dataclass(frozen=True, slots=True)
class FirstMessageWaits:
    """Nobody can receive at the target yet: the message is kept here and goes out by itself when somebody can."""

    message: WaitingMessage


@dataclass(frozen=True, slots=True)
class FirstMessageSent:
    """A first message that waited, or whose answer nobody waited for, is committed or on its way in `thread`."""

    message: WaitingMessage
    thread: bytes


@dataclass(frozen=True, slots=True)
class FirstMessageRefused:
    """A first message that waited will not be sent: the service refused it for good."""

    message: WaitingMessage
    problem: Problem


@dataclass(frozen=True, slots=True)
class SendRefused:
    """A message that waited in the outbox will not be sent: the service refused it for good."""

    thread: bytes
    msg_id: bytes
    problem: Problem


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that this device sent, as it kept it."""

    msg_id: bytes
    seq: int
    """Where it stood; of what still waited to be sent, somewhere after."""
    at: int
    kind: str
    text: str | None
    """None for anything but text."""


@dataclass(frozen=True, slots=True)
class ServiceLost:
    """The service says that it was restored from a backup: what it had of this conversation after `from_seq` is gone.

    Show it: a service that lies could drop what it acknowledged in this way, but not unseen. `Client.send_again` sends
    `own` again, `Client.let_go` forgets it.
    """

    thread: bytes
    mailbox: bytes
    target: bytes
    from_seq: int
    """The first event that is gone; where this device did not have the log at hand, the first that may be."""
    to_seq: int
    """The last one that this device, or another one of the account, had seen."""
    own: tuple[SentMessage, ...]
    """What was sent from this device and is gone: perhaps nobody else has it any more."""
    is_whole: bool
    """The conversation itself is gone: it was opened after the backup."""


@dataclass(frozen=True, slots=True)
class DeskLost:
    """The service was restored from a backup: so many of the newest entries of a mailbox's private log are gone."""

    mailbox: bytes
    entries: int


@dataclass(frozen=True, slots=True)
class VaultRestored:
    """The service was restored from a backup, with an older vault of this account; this device gave it back its own."""

    version: int
    """The version that this device had seen."""


@dataclass(frozen=True, slots=True)
class DeviceForgotten:
    """This device was taken out of the account: it goes on until it ends, and then needs the recovery code."""


@dataclass(frozen=True, slots=True)
class CardsChanged:
    """A card of one's own side was given, released or withdrawn."""

    thread: bytes


@dataclass(frozen=True, slots=True)
class CasesChanged:
    """Something changed in a case of moderation: read `Mailbox.cases` again, as a moderator the queue."""

    mailbox: bytes


@dataclass(frozen=True, slots=True)
class DeskChanged:
    """A new entry of the mailbox's private log."""

    mailbox: bytes
    seq: int
    at: int
    content: DeskContent


@dataclass(frozen=True, slots=True)
class SeatAsked:
    """Someone asks for a seat. Compare the words with them, in person or by phone, then admit or not."""

    mailbox: bytes
    seat: bytes
    role: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeatEnded:
    """This account has no seat in the mailbox any more: it was removed, or the platform does not name it there. The
    mailbox and its conversations are gone from this client."""

    mailbox: bytes


@dataclass(frozen=True, slots=True)
class SeatDeparted:
    """The platform says that a colleague left; for administrators. Their access ended, but their seat is still on the
    roster and they know the mailbox's keys: `Mailbox.remove` it."""

    mailbox: bytes
    seat: bytes


@dataclass(frozen=True, slots=True)
class DeskNotRendered:
    """An entry of the private log that no seat of the mailbox sealed."""

    mailbox: bytes
    seq: int
    reason: E2EEError


@dataclass(frozen=True, slots=True)
class RosterAlarm:
    """The list of who may read a mailbox is not what it was, or not what a colleague saw: do not go on unwarned."""

    mailbox: bytes
    reason: Exception


@dataclass(frozen=True, slots=True)
class AuthorAlarm:
    """A message stands in a conversation in the name of one's own side, and no seat of the mailbox can be told to have
    written it: a broken client made it, or somebody who has the pseudonym's keys and not the mailbox's seed (SPEC.md
    section 12).
    """

    mailbox: bytes
    thread: bytes
    msg_id: bytes
    reason: E2EEError


@dataclass(frozen=True, slots=True)
class VaultAlarm:
    """The account's vault contradicts what this device saw: the service shows its devices different things."""

    reason: E2EEError


@dataclass(frozen=True, slots=True)
class EventsLost:
    """Nobody read the events for so long that `count` of the oldest were dropped; conversations hold all."""

    count: int


Happening = (
    Item
    | PeerRead
    | SendRefused
    | FirstMessageWaits
    | FirstMessageSent
    | FirstMessageRefused
    | ServiceLost
    | DeskLost
    | VaultRestored
    | DeviceForgotten
    | CardsChanged
    | CasesChanged
    | DeskChanged
    | DeskNotRendered
    | SeatAsked
    | SeatEnded
    | StayEnded
    | SeatDeparted
    | RosterAlarm
    | AuthorAlarm
    | VaultAlarm
    | EventsLost
)
