"""Puts in what is missing before what is delivered, where the wire is deaf, or was and no sweep has caught up yet.

What this process wrote itself it hears at once, and what others wrote to the same thread before that only from a sweep:
each of its own words would leave a gap, and everybody who hears it would pull.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from messaging.domain import limits
from messaging.domain.ids import MailboxId, ThreadId
from messaging.fanout.marks import Marks
from messaging.ports import EventRow, Listener, Mark, Transaction
from messaging.services import presenting
from messaging.wire import codec

_SIDES = 2


class Heard(Struct, frozen=True, gc=False):
    """What waits to be delivered here."""

    mailboxes: Sequence[MailboxId]
    encoded: bytes
    but: Listener | None
    mark: Mark | None
    found: bool = False
    """By a sweep: word of it may have come meanwhile."""


async def filled(tx: Transaction, batch: Sequence[Heard], marks: Marks) -> list[Heard]:
    """The batch, with each thread's events that were not told before those in it, as far as they are few. Of all
    together no more than one socket takes: all of them may be for one."""
    gaps = list(_gaps(batch, marks))
    places = [(ThreadId(log), seq) for log, seqs in gaps for seq in seqs]
    found = {(row.thread, row.seq): row for row in await tx.events.at(places)} if places else {}
    left, whole = limits.sweep_bytes_to_one_max, list[Heard]()
    for heard, gap in zip(batch, gaps, strict=True):
        before = list(_put_in(heard, gap, found))
        size = sum(len(each.encoded) for each in before)
        if size <= left:
            left -= size
            whole += before
        whole.append(heard)
    return whole


def _gaps(batch: Sequence[Heard], marks: Marks) -> Iterator[tuple[bytes, range]]:
    """What is missing right before each: (thread, seqs). Together no more than a sweep says."""
    told: dict[bytes, int] = {}
    left = limits.sweep_events_max
    for heard in batch:
        # An event of two sides. Who came in as a third hears other words than they, and pulls.
        if heard.mark is None or len(heard.mailboxes) != _SIDES:
            yield b"", range(0)
            continue
        log, seq = heard.mark
        before = told.get(log, marks.told(log))
        told[log] = max(before, seq)
        missing = range(before + 1, seq)
        if before <= 0 or len(missing) > min(left, limits.sweep_events_of_one_max):
            missing = range(0)
        left -= len(missing)
        yield log, missing


def _put_in(heard: Heard, gap: tuple[bytes, range], found: Mapping[tuple[ThreadId, int], EventRow]) -> Iterator[Heard]:
    log, seqs = gap
    for seq in seqs:
        row = found.get((ThreadId(log), seq))
        if row is not None:
            encoded = codec.encode(presenting.event(row))
            yield Heard(heard.mailboxes, encoded, None, (log, seq), found=True)
