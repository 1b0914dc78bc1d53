"""Stored rows as the structs of the wire. Pure."""

from messaging.domain import receipt
from messaging.ports import DeskRow, EventRow, PartyRow, ThreadRow
from messaging.wire.events import DeskEntry, Event, LogEntry, ThreadState


def event(row: EventRow) -> Event:
    return Event(
        thread=row.thread,
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        party=row.party,
        payload=row.payload,
        proof=row.proof,
    )


def log_entry(row: EventRow) -> LogEntry:
    return LogEntry(row.seq, row.at, row.kind, row.party, row.payload, row.proof)


def desk_entry(row: DeskRow) -> DeskEntry:
    return DeskEntry(row.seq, row.entry, row.at, row.blob)


def thread_state(row: ThreadRow, own: PartyRow, peer: PartyRow, now: int) -> ThreadState:
    """A thread for the side `own`: of the peer, only the presentation and what it chose to show of its reading."""
    return ThreadState(
        thread=row.thread,
        mailbox=own.mailbox,
        party=own.party,
        target=row.target,
        peer=peer.presentation,
        seq=row.head_seq,
        epoch=row.epoch,
        opened_at=row.opened_at,
        last_at=row.last_at,
        stage=row.stage.value,
        read_seq=own.position.own,
        peer_read_seq=receipt.visible(peer.position, now),
        revealed=row.revealed,
    )
