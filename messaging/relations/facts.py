"""The relation events as narrow rows for the outbox: pure, cheap, and free of anything that names a party.

`n` numbers the events of one relation without a gap. `envelope` (module envelopes) makes CloudEvents of them.
"""

import hmac
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from messaging.domain.progress import Step
from messaging.domain.relation import Stage
from messaging.domain.vocabulary import THIRD, ClosingReason, MailboxKind
from messaging.e2ee.encoding import frame
from messaging.ports import OutboxRow
from messaging.relations import vocabulary
from messaging.wire.rest import Dimensions

SOLICITED: Final = "fr.pli.relation.solicited"
MESSAGE_ACCEPTED: Final = "fr.pli.relation.message.accepted"
ENGAGED: Final = "fr.pli.relation.engaged"
REMINDED: Final = "fr.pli.relation.reminded"
CONSENT_GIVEN: Final = "fr.pli.relation.consent.given"
CONSENT_WITHDRAWN: Final = "fr.pli.relation.consent.withdrawn"
IDENTITIES_REVEALED: Final = "fr.pli.relation.identities.revealed"
CONSENT_REQUESTED: Final = "fr.pli.relation.consent.requested"
CLOSED: Final = "fr.pli.relation.closed"
REOPENED: Final = "fr.pli.relation.reopened"
SEAT_ADMITTED: Final = "fr.pli.relation.seat.admitted"
SEAT_REMOVED: Final = "fr.pli.relation.seat.removed"
HANDOVER_DONE: Final = "fr.pli.relation.handover.done"
THIRD_INVITED: Final = "fr.pli.relation.third.invited"
THIRD_JOINED: Final = "fr.pli.relation.third.joined"
THIRD_LEFT: Final = "fr.pli.relation.third.left"
STAGE_CHANGED: Final = "fr.pli.relation.stage.changed"
MEETING_PROPOSED: Final = "fr.pli.relation.meeting.proposed"
MEETING_CONFIRMED: Final = "fr.pli.relation.meeting.confirmed"
MEETING_HELD: Final = "fr.pli.relation.meeting.held"
OFFER_PROPOSED: Final = "fr.pli.relation.offer.proposed"
OFFER_ACCEPTED: Final = "fr.pli.relation.offer.accepted"
OFFER_DECLINED: Final = "fr.pli.relation.offer.declined"
INSTALLATION_DECLARED: Final = "fr.pli.relation.installation.declared"
INSTALLATION_CONFIRMED: Final = "fr.pli.relation.installation.confirmed"
RATED: Final = "fr.pli.relation.rated"
FLAGGED: Final = "fr.pli.relation.flagged"
DECIDED: Final = "fr.pli.relation.decided"
APPEALED: Final = "fr.pli.relation.appealed"
CORRECTED: Final = "fr.pli.relation.corrected"
PURGED: Final = "fr.pli.relation.purged"
TARGET_WANTED: Final = "fr.pli.target.wanted"

_SIDES: Final = ("initiator", "recipient")
_HUMAN: Final = tuple(msgspec.json.encode({"side": side, "human": True}) for side in _SIDES)
_SIDE: Final = tuple(msgspec.json.encode({"side": side}) for side in _SIDES)
_HELD: Final = MappingProxyType(
    {
        (party, visit): msgspec.json.encode({"side": side, "visit": visit})
        for party, side in enumerate(_SIDES)
        for visit in (False, True)
    }
)
_STEPS: Final = MappingProxyType(
    {
        Step.MEETING_PROPOSED: MEETING_PROPOSED,
        Step.MEETING_CONFIRMED: MEETING_CONFIRMED,
        Step.MEETING_HELD: MEETING_HELD,
        Step.VISITED: MEETING_HELD,
        Step.OFFER_PROPOSED: OFFER_PROPOSED,
        Step.OFFER_ACCEPTED: OFFER_ACCEPTED,
        Step.OFFER_DECLINED: OFFER_DECLINED,
    }
)


def solicited(
    subject: bytes,
    n: int,
    at: int,
    *,
    origin: MailboxKind,
    dimensions: Dimensions,
    refs: dict[str, str],
) -> OutboxRow:
    """A thread was opened. `refs` are HMACs under the reporting key: `territory_ref`, `project_ref`."""
    data = {"origin_side": origin.value, **msgspec.to_builtins(dimensions), **refs}
    return OutboxRow(subject, n, SOLICITED, at, msgspec.json.encode(data))


def message_accepted(subject: bytes, n: int, at: int, party: int) -> OutboxRow:
    return OutboxRow(subject, n, MESSAGE_ACCEPTED, at, _HUMAN[party])


def engaged(subject: bytes, n: int, at: int) -> OutboxRow:
    """Both sides wrote."""
    return OutboxRow(subject, n, ENGAGED, at, b"{}")


def reminded(subject: bytes, n: int, at: int, party: int) -> OutboxRow:
    """People of this side were told again that the other waits. How many, and by what way, is not said."""
    return OutboxRow(subject, n, REMINDED, at, _SIDE[party])


def consent_given(subject: bytes, n: int, at: int, party: int) -> OutboxRow:
    return OutboxRow(subject, n, CONSENT_GIVEN, at, _SIDE[party])


def consent_withdrawn(subject: bytes, n: int, at: int, party: int) -> OutboxRow:
    return OutboxRow(subject, n, CONSENT_WITHDRAWN, at, _SIDE[party])


def identities_revealed(subject: bytes, n: int, at: int) -> OutboxRow:
    """Cards of both sides were released. How many, and whose, is not said."""
    return OutboxRow(subject, n, IDENTITIES_REVEALED, at, b"{}")


def consent_requested(subject: bytes, n: int, at: int, party: int) -> OutboxRow:
    """A side openly proposed to show identities."""
    return OutboxRow(subject, n, CONSENT_REQUESTED, at, _SIDE[party])


def closed(subject: bytes, n: int, at: int, party: int, reason: ClosingReason) -> OutboxRow:
    """`reason` is for the figures; whether the peer was told it is not said."""
    return OutboxRow(subject, n, CLOSED, at, msgspec.json.encode({"side": _SIDES[party], "reason": reason.value}))


def reopened(subject: bytes, n: int, at: int, party: int) -> OutboxRow:
    return OutboxRow(subject, n, REOPENED, at, _SIDE[party])


def seat_admitted(subject: bytes, n: int, at: int, party: int) -> OutboxRow:
    """Somebody more reads and writes for this side. Who, and in which role, is not said."""
    return OutboxRow(subject, n, SEAT_ADMITTED, at, _SIDE[party])


def seat_removed(subject: bytes, n: int, at: int, party: int) -> OutboxRow:
    return OutboxRow(subject, n, SEAT_REMOVED, at, _SIDE[party])


def handover_done(subject: bytes, n: int, at: int, party: int) -> OutboxRow:
    """Who administered this side went, and one who came later does from now on."""
    return OutboxRow(subject, n, HANDOVER_DONE, at, _SIDE[party])


def third_invited(subject: bytes, n: int, at: int, party: int) -> OutboxRow:
    """A side proposed a third party. Whom is not said."""
    return OutboxRow(subject, n, THIRD_INVITED, at, _SIDE[party])


def third_joined(subject: bytes, n: int, at: int, kind: MailboxKind) -> OutboxRow:
    """Both sides let a third party in, of this kind."""
    return OutboxRow(subject, n, THIRD_JOINED, at, msgspec.json.encode({"kind": kind.value}))


def third_left(subject: bytes, n: int, at: int, party: int) -> OutboxRow:
    """The third party left by itself, or a side ended its presence."""
    side = "third" if party == THIRD else _SIDES[party]
    return OutboxRow(subject, n, THIRD_LEFT, at, msgspec.json.encode({"side": side}))


def step(subject: bytes, n: int, at: int, party: int, taken: Step, *, confirms: bool) -> OutboxRow:
    """A side said how far things are. `confirms`: of an installation, that the other side had declared it before."""
    if taken is Step.INSTALLED:
        return OutboxRow(subject, n, INSTALLATION_CONFIRMED if confirms else INSTALLATION_DECLARED, at, _SIDE[party])
    held = taken in (Step.MEETING_HELD, Step.VISITED)
    return OutboxRow(subject, n, _STEPS[taken], at, _HELD[party, taken is Step.VISITED] if held else _SIDE[party])


def rated(subject: bytes, n: int, at: int, party: int, *, satisfied: int, recommends: int) -> OutboxRow:
    """A side answered the two questions; the peer is not told that it did."""
    data = {"side": _SIDES[party], "satisfied": satisfied, "recommends": recommends}
    return OutboxRow(subject, n, RATED, at, msgspec.json.encode(data))


def flagged(
    subject: bytes, n: int, at: int, by: Literal["initiator", "recipient", "third", "rule", "outside"]
) -> OutboxRow:
    """Somebody, or a rule, drew the moderators' attention to a conversation. Why is not said."""
    return OutboxRow(subject, n, FLAGGED, at, msgspec.json.encode(vocabulary.Flagged(by)))


def decided(
    subject: bytes,
    n: int,
    at: int,
    outcome: Literal["none", "warning", "frozen", "blocked", "suspended"],
    *,
    on_appeal: bool = False,
) -> OutboxRow:
    """The moderators decided on what was flagged, or on an appeal. Which side it is about is not said."""
    return OutboxRow(subject, n, DECIDED, at, msgspec.json.encode(vocabulary.Decided(outcome, on_appeal)))


def appealed(subject: bytes, n: int, at: int, side: Literal["initiator", "recipient", "third"]) -> OutboxRow:
    return OutboxRow(subject, n, APPEALED, at, msgspec.json.encode(vocabulary.Appealed(side)))


def corrected(
    subject: bytes, n: int, at: int, wrong: int, data: dict[str, str | int | bool | None] | None
) -> OutboxRow:
    """Event `wrong` of the same relation has other data, or (`None`) never was."""
    return OutboxRow(subject, n, CORRECTED, at, msgspec.json.encode(vocabulary.Corrected(wrong, data)))


def stage_changed(subject: bytes, n: int, at: int, before: Stage, after: Stage) -> OutboxRow:
    """Every move of the stage, the event that moved it comes just before."""
    return OutboxRow(subject, n, STAGE_CHANGED, at, _moved(before, after))


@lru_cache(maxsize=64)
def _moved(before: Stage, after: Stage) -> bytes:
    return msgspec.json.encode({"from": before.value, "to": after.value})


def purged(subject: bytes, n: int, at: int) -> OutboxRow:
    """The conversation's time had come: it was deleted. The last event of its relation."""
    return OutboxRow(subject, n, PURGED, at, b"{}")


def target_wanted(reference: bytes, n: int, at: int) -> OutboxRow:
    """Somebody would write to a target where nobody can receive. Of no relation, and who it was is not said.

    `reference`: `report_ref` of the target, 32 bytes; the platform's back end got it when it registered the target.
    """
    return OutboxRow(reference[:16], n, TARGET_WANTED, at, msgspec.json.encode({"target_ref": reference.hex()}))


def report_ref(reporting_key: bytes, kind: str, about: bytes) -> bytes:
    """How events name a mailbox or a target: 32 bytes that nobody but this service can make."""
    return hmac.digest(reporting_key, frame("pli/report-ref", kind.encode(), about), "sha256")
