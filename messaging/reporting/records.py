"""Relation events in 16 bytes each, as the store keeps them for the figures. Pure.

What the figures need of an event is its number, type, time, side and one word. The codes are stored: the lists here
only ever grow at their ends.
"""

from collections.abc import Sequence
from functools import lru_cache
from struct import Struct
from typing import Any, Final

import msgspec

from messaging.domain.vocabulary import ClosingReason
from messaging.ports import OutboxRow
from messaging.relations import facts
from messaging.relations.vocabulary import PREFIX

RECORD: Final = Struct("<IBBHq")
"""`n`, number in the relation; `kind`, index in KINDS; `side`, 0 initiator, 1 recipient, 255 neither; `ts`, ms."""

KINDS: Final = (
    *("solicited", "message.accepted", "engaged", "reminded", "consent.requested", "consent.given"),
    *("consent.withdrawn", "identities.revealed", "meeting.proposed", "meeting.confirmed", "meeting.held"),
    *("offer.proposed", "offer.accepted", "offer.declined", "seat.admitted", "seat.removed", "handover.done"),
    *("third.invited", "third.joined", "third.left", "flagged", "decided", "appealed", "stage.changed", "closed"),
    *("reopened", "installation.declared", "installation.confirmed", "rated", "purged", "corrected"),
)
REASONS: Final = tuple(reason.value for reason in ClosingReason)
OUTCOMES: Final = ("none", "warning", "frozen", "blocked", "suspended")

_CODES: Final = {PREFIX + kind: code for code, kind in enumerate(KINDS)}
_SIDES: Final = {"initiator": 0, "recipient": 1}
_NO_SIDE: Final = 255


class History(msgspec.Struct, frozen=True):
    """All that is known of one relation, as the store keeps it."""

    opened_at: int
    opening: bytes
    """Data of `solicited`, JSON."""
    events: bytes
    """RECORDs."""
    corrections: Sequence[tuple[int, int, bytes, int]] = ()
    """(n of the correction, n that it corrects, the other data as JSON or `null`, when it came, ms)"""

    @property
    def last_at(self) -> int:
        """When the last of it happened, ms."""
        times = [ts for *_, ts in RECORD.iter_unpack(self.events)] + [at for *_, at in self.corrections]
        return max(times, default=self.opened_at)


def code(kind: str) -> int:
    """Of a type without its prefix."""
    return KINDS.index(kind)


def is_counted(type_: str) -> bool:
    """Whether the figures know this type; others are passed over, as docs/events.md asks of every reader."""
    return type_ in _CODES


def pack(rows: list[OutboxRow]) -> bytes:
    """The records of events of one relation, which `is_counted`."""
    return b"".join(
        RECORD.pack(row.n, *_words(row.type, bytes(row.data) if row.type != facts.CORRECTED else b"{}"), row.at)
        for row in rows
    )


def unpacked(events: bytes) -> list[tuple[int, int, str, dict[str, Any]]]:
    """(n, time, type without its prefix, data as far as the figures keep them) of each record."""
    return [
        (n, ts, KINDS[kind], _data(KINDS[kind], side, arg)) for n, kind, side, arg, ts in RECORD.iter_unpack(events)
    ]


def _data(kind: str, side: int, arg: int) -> dict[str, Any]:
    sides = {number: name for name, number in _SIDES.items()}
    data: dict[str, Any] = {} if side == _NO_SIDE else {"side": sides[side]}
    match kind:
        case "message.accepted":
            return data | {"human": bool(arg)}
        case "meeting.held":
            return data | {"visit": bool(arg)}
        case "closed":
            return data | {"reason": REASONS[arg]}
        case "decided":
            on_appeal, outcome = divmod(arg, len(OUTCOMES))
            return data | {"outcome": OUTCOMES[outcome], "on_appeal": bool(on_appeal)}
        case "rated":
            satisfied, recommends = divmod(arg, 10)
            return data | {"satisfied": satisfied, "recommends": recommends}
        case _:
            return data


def words(kind: str, data: dict[str, Any]) -> tuple[int, int]:
    """(side, arg) of an event's data."""
    side = _SIDES.get(str(data.get("side")), _NO_SIDE)
    return side, _arg(kind, data)


@lru_cache(maxsize=8_192)
def _words(type_: str, data: bytes) -> tuple[int, int, int]:
    """Most events of a type hold one of a few things. Those of `solicited` are kept whole, elsewhere."""
    decoded = {} if type_ == facts.SOLICITED else msgspec.json.decode(data)
    kind = _CODES[type_]
    return (kind, *words(KINDS[kind], decoded))


def _arg(kind: str, data: dict[str, Any]) -> int:
    match kind:
        case "message.accepted":
            return int(data["human"])
        case "meeting.held":
            return int(data["visit"])
        case "closed":
            return _index(REASONS, data["reason"], "other")
        case "decided":
            return _index(OUTCOMES, data["outcome"], "warning") + (len(OUTCOMES) if data.get("on_appeal") else 0)
        case "rated":
            return int(data["satisfied"]) * 10 + int(data["recommends"])
        case _:
            return 0


def _index(words_known: tuple[str, ...], word: str, otherwise: str) -> int:
    return words_known.index(word if word in words_known else otherwise)
