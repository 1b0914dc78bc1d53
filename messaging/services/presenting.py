"""Stored rows as the structs of the wire. Pure."""

from typing import NamedTuple

from messaging.domain import receipt
from messaging.domain.ids import TargetId
from messaging.domain.vocabulary import EventKind
from messaging.e2ee.chain import digest
from messaging.e2ee.third import withhold
from messaging.ports import DeskRow, EventRow, PartyRow, ThreadRow
from messaging.wire.events import DeskEntry, Event, LogEntry, ThreadState
from messaging.wire.types import Presentation


class ThirdSees(NamedTuple):
    """What a thread's state holds for a third party in place of what it holds for a side."""

    target: TargetId
    """The third party's own, under whose prekey it is in."""
    recipient: Presentation


def event(row: EventRow, *, withheld: bool = False) -> Event:
    """`withheld`: for a third party, to whom no release is shown."""
    return Event(
        thread=row.thread,
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        party=row.party,
        payload=_payload(row, withheld),
        proof=row.proof,
    )


def log_entry(row: EventRow, *, withheld: bool = False) -> LogEntry:
    """`withheld`: for a third party, to whom no release is shown."""
    return LogEntry(row.seq, row.at, row.kind, row.party, _payload(row, withheld), row.proof)


def _payload(row: EventRow, withheld: bool) -> bytes:
    if withheld and row.kind == EventKind.RELEASED:
        return withhold(digest(row.kind, row.party, row.payload))
    return row.payload


def desk_entry(row: DeskRow) -> DeskEntry:
    return DeskEntry(row.seq, row.entry, row.at, row.blob)


def thread_state(
    row: ThreadRow, own: PartyRow, peer: PartyRow, now: int, *, third: ThirdSees | None = None
) -> ThreadState:
    """A thread for the side `own`: of the peer, only the presentation and what it chose to show of its reading.

    For a third party `peer` is the initiator's side, and of neither's reading is anything told.
    """
    return ThreadState(
        thread=row.thread,
        mailbox=own.mailbox,
        party=own.party,
        target=row.target if third is None else third.target,
        peer=peer.presentation,
        seq=row.head_seq,
        epoch=row.epoch,
        opened_at=row.opened_at,
        last_at=row.last_at,
        stage=row.stage.value,
        read_seq=own.position.own,
        peer_read_seq=receipt.visible(peer.position, now) if third is None else 0,
        revealed=row.revealed,
        recipient=None if third is None else third.recipient,
    )
