"""The reader's verifier of one thread's log (SPEC.md section 7.3): what a server can do to it, this finds.

Two kinds of refusals. What is wrong with the log itself (a gap, time going back, a stamp, a fork, an epoch record
against the rules) stops it: `verify_range` raises and takes nothing of the range. What is wrong with one event (a
message of another thread or epoch, an id used twice) concerns that event alone: `check_message`, `check_notice` and
`check_release` raise, the event is not shown, and the log goes on; so does `card_place` for one card of a release.
Nobody ends a conversation with one bad message. `take_message`, `take_notice` and `take_card` come last: what is not
shown takes nobody's id.
"""

from collections.abc import Collection
from functools import cached_property
from typing import Final

from messaging.e2ee.errors import BadCard, Repeated, WrongHeader
from messaging.e2ee.message import CARD_KIND, Place, check_place, parse_payload
from messaging.e2ee.notice import Notice
from messaging.e2ee.release import ReleasedCard, parse_released
from messaging.e2ee.third import Invitation, open_invited, withheld_digest
from messaging.e2ee.verified_log import SERVICE, LogEvent, VerifiedLog

MESSAGE: Final = "message"


class ThreadChain(VerifiedLog):
    """A verified log of one thread, from its first event on, and what its events may show."""

    _sides: frozenset[int] = frozenset()
    """The parties whose cards opened."""

    @cached_property
    def _first_use(self) -> dict[tuple[str, int, bytes], tuple[int, bytes]]:
        """Where each id was first used, by what, whose and which: at a seq, by a card or (empty) by a message."""
        return {}

    def check_message(self, event: LogEvent) -> Place:
        """Checks a verified event of kind `message` against its place in the log, and returns that place.

        Raises WrongHeader for another thread, party or epoch than the one in force at its seq, or BadEncoding.
        """
        parts = parse_payload(event.payload)
        place = self.place_at(event.seq, event.party)
        check_place(parts, place)
        self.author_at(event.seq, event.party)
        if parts.kind == CARD_KIND:
            raise WrongHeader("a card appears by release only")
        return place

    def check_invited(self, event: LogEvent) -> Invitation:
        """Checks a verified event of kind `invited` and returns what it proposes. `take_id` follows.

        Raises BadEncoding, WrongHeader, BadSignature, BadInvitation, FutureSeen or Fork.
        """
        invitation = open_invited(event.payload, self._record_at(event.seq), event.party)
        self.check_seen(event.seq, invitation.seen_seq, invitation.seen_head)
        return invitation

    def check_release(self, event: LogEvent) -> tuple[ReleasedCard, ...]:
        """Checks a verified event of kind `released` and returns its cards. Raises BadCard or BadEncoding."""
        if event.party != SERVICE:
            raise BadCard("only the service releases cards")
        return parse_released(event.payload)

    def check_exchange(self, opening: Collection[int]) -> None:
        """Checks that a release is one of both sides, given the parties whose cards open in it; earlier ones count.

        Raises BadCard when a card of one party alone would be shown.
        """
        sides = self._sides.union(opening)
        if len(sides) == 1:
            raise BadCard("cards of one side alone appeared: the service broke the exchange")
        self._sides = sides

    def check_withheld(self, event: LogEvent) -> None:
        """Checks a verified event of kind `released` as a third party has it. Raises BadCard or BadEncoding."""
        if event.party != SERVICE:
            raise BadCard("only the service releases cards")
        withheld_digest(event.payload)

    def card_place(self, card: ReleasedCard) -> Place:
        """The place of a released card: under its own header's epoch. Raises WrongHeader or BadEncoding."""
        parts = parse_payload(card.payload)
        record = next((record for record in self._records if record.n == parts.epoch), None)
        if parts.kind != CARD_KIND or record is None:
            raise WrongHeader("a released card is no card, or of an epoch that the log does not have")
        place = Place(self.thread, parts.epoch, record.hash, card.party)
        check_place(parts, place)
        return place

    def take_message(self, event: LogEvent) -> None:
        """Takes the id of a message that verified in all else. Raises Repeated when its party has shown that id."""
        self._use_once((event.seq, b""), (MESSAGE, event.party, parse_payload(event.payload).msg_id))

    def take_notice(self, seq: int, notice: Notice) -> None:
        """Takes the id of a notice that verified in all else. Raises Repeated when its party has shown that id."""
        self.take_id(seq, notice.party, notice.id)

    def take_id(self, seq: int, party: int, said: bytes) -> None:
        """Takes the id of what a party said at `seq`. Raises Repeated when that party has shown that id."""
        self._use_once((seq, b""), (MESSAGE, party, said))

    def take_card(self, seq: int, card: ReleasedCard) -> None:
        """Takes the ids of a card, released at `seq`, that verified in all else: the card's and its message's.

        Raises Repeated when its party has shown one of them, and then takes neither.
        """
        used = (MESSAGE, card.party, parse_payload(card.payload).msg_id)
        self._use_once((seq, card.card), (CARD_KIND, card.party, card.card), used)

    def _use_once(self, place: tuple[int, bytes], *ids: tuple[str, int, bytes]) -> None:
        for kind, party, _ in (each for each in ids if self._first_use.get(each, place) != place):
            raise Repeated(f"party {party} uses the id of a {kind} a second time, at seq {place[0]}")
        self._first_use.update(dict.fromkeys(ids, place))
