"""Appending to a thread's log: the one place where seq, chain head and stamp are made.

`append_messages` takes all sends that wait and writes them with one statement a table and one stamp signature; every
other event (an opening, a release) goes through `append_events`. The rows of the threads are locked first, so that
what is checked is what is written (SPEC.md sections 6 to 8; PROTOCOL.md section 4.3).
"""

from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from messaging.domain.authorization import Actor, Grant, Operation, Parties, authorize
from messaging.domain.errors import Conflict, NotFound, PliError
from messaging.domain.ids import MailboxId, MessageId, SeatId, ThreadId
from messaging.domain.relation import Stage, after_human_message
from messaging.domain.vocabulary import INITIATOR, RECIPIENT, EventKind
from messaging.e2ee import chain
from messaging.e2ee.message import MessageParts
from messaging.e2ee.stamp import Stamper
from messaging.ports import Appending, EventRow, OutboxRow, ThreadRow, Transaction
from messaging.relations import facts
from messaging.services import admission

_Key = tuple[ThreadId, int, MessageId]
_SIDES: Final = (INITIATOR, RECIPIENT)
# By name: looked up in its class a member costs five times as much.
_MESSAGE: Final = EventKind.MESSAGE
_SEND: Final = Operation.MESSAGE_SEND


class Incoming(Struct, frozen=True, gc=False):
    """One send that waits for its commit."""

    actor: Actor
    parts: MessageParts
    payload: bytes
    again: bool = False
    """Whether it may be stored already, for long."""

    @property
    def key(self) -> _Key:
        return (ThreadId(self.parts.thread), self.parts.party, MessageId(self.parts.msg_id))


class Accepted(Struct, frozen=True, gc=False):
    """A message that is stored, now or, for a retry, before."""

    row: EventRow
    audience: tuple[MailboxId, ...]
    """Who hears of it."""


class NewEvent(Struct, frozen=True, gc=False):
    """An event to append: everything but its place in the log."""

    kind: EventKind
    party: int
    payload: bytes
    msg_id: MessageId | None = None


class _Log:
    """The heads of the locked threads while a batch is decided: events and facts gather here, then go out at once."""

    def __init__(self, rows: Mapping[ThreadId, ThreadRow], now: int) -> None:
        self.rows = dict(rows)
        self.now = now
        self._pending: list[tuple[ThreadId, int, int, NewEvent]] = []
        self._leaves: list[tuple[bytes, int, bytes]] = []
        self.facts: list[OutboxRow] = []

    def append(self, thread: ThreadId, event: NewEvent) -> int:
        """Gives the event its place, with stage and relation facts of a human message of a side; a third party's moves
        nothing. Its index in what `stamped` returns."""
        row = self.rows[thread]
        party = event.party
        seq = row.head_seq + 1
        at = max(self.now, row.last_at)
        digest = chain.digest(event.kind, party, event.payload)
        head = chain.next_head(row.head, seq, at, event.kind, party, digest)
        if event.kind is _MESSAGE and party in _SIDES:
            stage, humans = after_human_message(row.stage, row.humans, party)
            told = _facts(row, stage, at, party)
            self.facts += told
            n = row.relation_n + len(told)
            row = replace(row, head_seq=seq, head=head, last_at=at, stage=stage, humans=humans, relation_n=n)
        else:
            row = replace(row, head_seq=seq, head=head, last_at=at)
        self.rows[thread] = row
        self._pending.append((thread, seq, at, event))
        self._leaves.append((thread, seq, head))
        return len(self._pending) - 1

    def stamped(self, stamper: Stamper) -> list[EventRow]:
        """The events that were appended, in order, with their stamps."""
        proofs = stamper.stamp(self._leaves)
        return [
            EventRow(thread, seq, at, event.kind, event.party, event.msg_id, event.payload, proof)
            for (thread, seq, at, event), proof in zip(self._pending, proofs, strict=True)
        ]


def _facts(before: ThreadRow, stage: Stage, at: int, party: int) -> list[OutboxRow]:
    """Of one human message of a side, after which the relation stands at `stage`."""
    subject, n = before.subject, before.relation_n
    accepted = facts.message_accepted(subject, n, at, party)
    if stage is before.stage:
        return [accepted]
    return [
        accepted,
        facts.engaged(subject, n + 1, at),
        facts.stage_changed(subject, n + 2, at, before.stage, stage),
    ]


async def append_messages(
    log: Appending, waiting: Sequence[Incoming], now: int, stamper: Stamper
) -> list[Accepted | PliError]:
    """Stores all that may be stored; one result for each, in order. A refusal changes nothing and stops nobody else.

    Raises: Overtaken, and nothing is stored.
    """
    rows = await log.lock(sorted({ThreadId(item.parts.thread) for item in waiting}))
    parties = {thread: row.parties for thread, row in rows.items()}
    grants = [_grant(item, parties) for item in waiting]
    seats = await log.active(sorted({g.seat for g in grants if isinstance(g, Grant) and g.seat is not None}))
    allowed = [g if isinstance(g, PliError) else _still_seated(g, seats) for g in grants]
    keys = [item.key for item in waiting]
    may = [not isinstance(grant, PliError) for grant in allowed]
    again = [key for item, key, yes in zip(waiting, keys, may, strict=True) if yes and item.again]
    known = await log.find(list(compress(keys, may)), again)

    heads = _Log(rows, now)
    fresh: dict[_Key, tuple[int, bytes]] = {}
    decided = [
        grant if isinstance(grant, PliError) else _decide(item, key, heads, known, fresh)
        for item, key, grant in zip(waiting, keys, allowed, strict=True)
    ]
    written = heads.stamped(stamper) if fresh else []
    if written:
        touched = sorted({thread for thread, _, _ in fresh})
        await log.store(written, [heads.rows[thread] for thread in touched], heads.facts)
    return [_result(d, written, parties) for d in decided]


def _grant(item: Incoming, parties: Mapping[ThreadId, Parties]) -> Grant | PliError:
    of_thread = parties.get(ThreadId(item.parts.thread))
    try:
        return authorize(item.actor, _SEND, of_thread, party=item.parts.party)
    except PliError as refusal:
        return refusal


def _still_seated(grant: Grant, seats: set[SeatId]) -> Grant | PliError:
    return grant if grant.seat in seats else NotFound("unknown, or not yours")


def _decide(
    item: Incoming,
    key: _Key,
    log: _Log,
    known: Mapping[_Key, EventRow],
    fresh: dict[_Key, tuple[int, bytes]],
) -> int | Accepted | PliError:
    """Deduplicate first: a retry must get its first ack even after the epoch went on or a freeze came."""
    before = known.get(key)
    if before is not None:
        if before.payload != item.payload:
            return _reused()
        return Accepted(before, log.rows[before.thread].audience_again(item.parts.record_hash))
    twin = fresh.get(key)
    if twin is not None:
        return twin[0] if twin[1] == item.payload else _reused()
    thread, _, message = key
    parts = item.parts
    row = log.rows[thread]
    refusal = admission.refusal(row, parts.party, parts.record_hash, log.now, epoch=parts.epoch, kind=parts.kind)
    if refusal is not None:
        return refusal
    index = log.append(thread, NewEvent(_MESSAGE, parts.party, item.payload, message))
    fresh[key] = (index, item.payload)
    return index


def _reused() -> Conflict:
    return Conflict("this message id was used for other bytes")


def _result(
    decided: int | Accepted | PliError, written: Sequence[EventRow], parties: Mapping[ThreadId, Parties]
) -> Accepted | PliError:
    if not isinstance(decided, int):
        return decided
    row = written[decided]
    return Accepted(row, parties[row.thread].audience)


async def append_events(
    tx: Transaction,
    row: ThreadRow,
    events: Sequence[NewEvent],
    now: int,
    stamper: Stamper,
    extra: Sequence[OutboxRow] = (),
) -> tuple[ThreadRow, list[EventRow]]:
    """Appends to one locked thread, with relation facts in the same transaction; messages count as human.

    `extra` was numbered from `row.relation_n` on; `row.relation_n` already counts it.
    """
    log = _Log({row.thread: row}, now)
    log.facts.extend(extra)
    for event in events:
        log.append(row.thread, event)
    written = log.stamped(stamper)
    await tx.events.append(written)
    await tx.threads.update([log.rows[row.thread]])
    await tx.outbox.append(log.facts)
    return log.rows[row.thread], written
