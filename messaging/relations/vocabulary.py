"""Every event that is told of a relation: its type, the version of its data, and what the data hold. Pure.

One struct for each type; from them come the JSON Schemas, the catalogue page, and what a reader may rely on. Nothing in
them names a party or holds text. How they evolve is in docs/events.md: a version only ever gains optional fields.
"""

import builtins
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from messaging.domain.vocabulary import ClosingReason, MailboxKind
from messaging.wire.rest import Dimensions

PREFIX: Final = "fr.pli.relation."

StageName = Literal["solicited", "engaged", "meeting_planned", "visited", "agreed", "installed", "closed"]
Side = Literal["initiator", "recipient"]
PartyName = Literal["initiator", "recipient", "third"]
Score = Annotated[int, Meta(ge=1, le=5)]
Reference = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Nothing(Struct, frozen=True):
    """Its type says it all."""


class OneSide(Struct, frozen=True):
    side: Side


class Solicited(Dimensions, frozen=True, kw_only=True):
    """Dimensions as they were at that moment; the references are HMACs under a key of the service's own."""

    origin_side: MailboxKind
    territory_ref: Reference | None = None
    project_ref: Reference | None = None


class MessageAccepted(Struct, frozen=True):
    side: Side
    human: bool
    """False: the service wrote it. Such a message moves no stage and answers nothing."""


class MeetingHeld(Struct, frozen=True):
    side: Side
    """Who says so."""
    visit: bool
    """Whether it took place on site."""


class Closed(Struct, frozen=True):
    side: Side
    reason: ClosingReason


class ThirdJoined(Struct, frozen=True):
    kind: MailboxKind


class ThirdLeft(Struct, frozen=True):
    side: PartyName
    """Who ended its presence; `third`: it left by itself."""


class StageChanged(Struct, frozen=True, rename={"before": "from", "after": "to"}):
    before: StageName
    after: StageName


class Flagged(Struct, frozen=True):
    by: Literal["initiator", "recipient", "third", "rule", "outside"]
    """Who drew attention to it: a party, a rule of the service's own, or somebody outside of the conversation."""


class Decided(Struct, frozen=True):
    outcome: Literal["none", "warning", "frozen", "blocked", "suspended"]
    """`none`: the report was not upheld. A conversation that is frozen or blocked, and one whose party is suspended,
    leaves the figures of relations, and counts as blocked for abuse."""
    on_appeal: bool = False


class Appealed(Struct, frozen=True):
    side: PartyName


class Rated(Struct, frozen=True):
    side: Side
    satisfied: Score
    recommends: Score


class Corrected(Struct, frozen=True):
    """Event `n` of the same relation was wrong. Readers put `data` in the place of its data; `null`: it never was."""

    n: Annotated[int, Meta(ge=0)]
    data: dict[str, str | int | bool | None] | None


class Kind(Struct, frozen=True):
    """One type of the catalogue."""

    type: str
    data: builtins.type[Struct]
    when: str
    version: int = 1


def _kind(name: str, data: type[Struct], when: str) -> Kind:
    return Kind(PREFIX + name, data, when)


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        kind.type: kind
        for kind in (
            _kind("solicited", Solicited, "A first contact was sent. Always event 0 of its relation."),
            _kind("message.accepted", MessageAccepted, "A message of a side was stored; the first contact's too."),
            _kind("engaged", Nothing, "Both sides wrote: from here on it is a « mise en relation »."),
            _kind(
                "reminded",
                OneSide,
                "People of this side were reminded, days later, that the other waits.",
            ),
            _kind("consent.requested", OneSide, "A side openly proposed to show identities."),
            _kind("consent.given", OneSide, "A person of this side consented to show a card."),
            _kind("consent.withdrawn", OneSide, "A person of this side took a consent back."),
            _kind("identities.revealed", Nothing, "Cards of both sides were shown."),
            _kind("meeting.proposed", OneSide, "A side proposed to meet."),
            _kind("meeting.confirmed", OneSide, "The other side agreed to meet."),
            _kind("meeting.held", MeetingHeld, "A side says that they met, on site or not."),
            _kind("offer.proposed", OneSide, "A side made an offer."),
            _kind("offer.accepted", OneSide, "The other side accepted it."),
            _kind("offer.declined", OneSide, "The other side declined it."),
            _kind("seat.admitted", OneSide, "Somebody more reads and writes for this side."),
            _kind("seat.removed", OneSide, "Somebody's access on this side ended."),
            _kind("handover.done", OneSide, "An administrator of this side went, and one who came later is there."),
            _kind("third.invited", OneSide, "A side proposed a third party. Whom is not said."),
            _kind("third.joined", ThirdJoined, "Both sides let a third party in, of this kind."),
            _kind("third.left", ThirdLeft, "The third party is not in any more."),
            _kind("flagged", Flagged, "The conversation was reported to the moderators."),
            _kind("decided", Decided, "The moderators decided."),
            _kind("appealed", Appealed, "A party contests the decision."),
            _kind("stage.changed", StageChanged, "The stage moved; the event that moved it comes just before."),
            _kind("closed", Closed, "A side closed the relation. Whether the peer was told why is not said."),
            _kind("reopened", OneSide, "A side took the relation up again."),
            _kind("installation.declared", OneSide, "One side says that the project has settled there."),
            _kind("installation.confirmed", OneSide, "The other side says so too."),
            _kind("rated", Rated, "A side answered the two questions on satisfaction."),
            _kind("purged", Nothing, "The conversation was deleted in its time. No event follows but corrections."),
            _kind("corrected", Corrected, "An earlier event was wrong, and is corrected."),
        )
    }
)
"""By type."""
