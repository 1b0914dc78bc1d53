"""Receipts "up to": what a side read, and the coarser truth that its peer may see.

A side's own position moves at once. What the peer sees moves at the end of the running minute as long as identities
are not revealed, so that the moment somebody picked up a phone shows to nobody; it never goes back.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class ReadPosition:
    """One side's position. `shown` is what the peer sees from `shown_from` (ms) on, `shown_before` until then."""

    own: int = 0
    shown: int = 0
    shown_before: int = 0
    shown_from: int = 0


def advance(position: ReadPosition, seq: int, now: int, *, share: bool, coarse_ms: int) -> ReadPosition:
    """The position after a person saw the log up to `seq`. `coarse_ms` is 0 once identities are revealed."""
    own = max(position.own, seq)
    if not share or seq <= position.shown:
        return replace(position, own=own)
    before = position.shown if now >= position.shown_from else position.shown_before
    from_ms = now if coarse_ms == 0 else now - now % coarse_ms + coarse_ms
    return ReadPosition(own=own, shown=seq, shown_before=before, shown_from=from_ms)


def visible(position: ReadPosition, now: int) -> int:
    """Up to which seq the peer knows that this side read."""
    return position.shown if now >= position.shown_from else position.shown_before
