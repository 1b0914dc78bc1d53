"""Rows of the hot tables to the structs of `messaging.ports` and back, by position: the order of `tables`' columns."""

from typing import Any

from messaging.domain.ids import MailboxId, MessageId, TargetId, ThreadId
from messaging.domain.relation import Safety, Stage
from messaging.ports import EventRow, OutboxRow, ThreadRow
from messaging.store.batches import Row


def thread_row(row: Row) -> ThreadRow:
    """From a whole row of `threads`."""
    (thread, mailbox_0, mailbox_1, target, epoch, record_hash, first_record_hash, head_seq, head, opened_at) = row[:10]
    (last_at, stage, safety, humans, revealed, subject, relation_n, renew, third) = row[10:19]
    barred_0, barred_1, barred_2 = row[19:22]
    return ThreadRow(
        thread=ThreadId(thread),
        mailboxes=(MailboxId(mailbox_0), MailboxId(mailbox_1)),
        target=TargetId(target),
        epoch=epoch,
        record_hash=record_hash,
        first_record_hash=first_record_hash,
        head_seq=head_seq,
        head=head,
        opened_at=opened_at,
        last_at=last_at,
        stage=Stage(stage),
        safety=Safety(safety),
        humans=humans,
        revealed=bool(revealed),
        subject=subject,
        relation_n=relation_n,
        renew=renew,
        third=None if third is None else MailboxId(third),
        barred=(barred_0, barred_1, barred_2),
    )


def thread_changes(row: ThreadRow) -> tuple[Any, ...]:
    """What may change in a row of `threads`, in the order of its columns, then its id."""
    return (
        row.epoch,
        row.record_hash,
        row.head_seq,
        row.head,
        row.last_at,
        row.stage.value,
        row.safety.value,
        row.humans,
        row.revealed,
        row.relation_n,
        row.renew,
        row.thread,
    )


def event_row(row: Row) -> EventRow:
    """From a whole row of `events`."""
    thread, seq, at, kind, party, msg_id, payload, proof = row
    return EventRow(
        ThreadId(thread), seq, at, kind, party, None if msg_id is None else MessageId(msg_id), payload, proof
    )


def event_values(row: EventRow) -> tuple[Any, ...]:
    """A whole row of `events`."""
    return (row.thread, row.seq, row.at, str.__str__(row.kind), row.party, row.msg_id, row.payload, row.proof)


def outbox_values(row: OutboxRow) -> tuple[Any, ...]:
    """A row of `outbox` without its id."""
    return (row.subject, row.n, row.type, row.at, row.data)
