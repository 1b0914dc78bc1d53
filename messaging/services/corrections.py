"""Corrections: the operator's word that a relation event was wrong (docs/events.md, rule 4 of how events change).

An event is never altered. Its correction is an event of its own, in the relation's next place, and a leaf of the audit
log, in one transaction. It changes what figures and readers make of the relation, and nothing of the conversation.
Corrections are not corrected, and the references to parties stay what they are: nobody could make another.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from messaging.domain.errors import Busy, Conflict, Malformed, NotFound
from messaging.domain.limits import busy_retry_after_ms
from messaging.e2ee.audit import AuditLeaf
from messaging.e2ee.encoding import u64
from messaging.moderation import audit
from messaging.moderation.audit import Auditor
from messaging.ports import HistoryRow, Transaction
from messaging.relations import facts
from messaging.relations.vocabulary import KINDS, PREFIX
from messaging.reporting import records
from messaging.services.outcome import Outcome

Value = str | int | bool | None
Data = dict[str, Value]

SUBJECT_BYTES: Final = 16
_REFERENCES: Final = ("territory_ref", "project_ref")


class Reason(StrEnum):
    """Why, for the audit log: one of these words and no other, so that no name gets into it."""

    TEST = "test"
    """No relation: somebody tried the platform out."""
    DUPLICATE = "duplicate"
    """The same relation is counted elsewhere."""
    DIMENSION = "dimension"
    """What it is counted under was wrong: a département, a tier."""
    MISTAKE = "mistake"
    """A person declared what was not so, and says so."""
    FAULT = "fault"
    """The service or the platform told what was not so."""


class Told(Struct, frozen=True):
    """One event of a relation, as it counts now."""

    n: int
    at: int
    type: str
    """Without its prefix."""
    data: Data | None
    """As far as the figures keep it; None: a correction took the event away."""
    first: Data
    """As it was told."""


class Correction(Struct, frozen=True):
    """Of event `n`."""

    n: int
    data: Data | None
    """Other values for some of its data; None: it never was."""
    reason: Reason
    as_told: bool = False
    """Whether what earlier corrections said is taken back first."""


async def history(tx: Transaction, subject: bytes) -> list[Told]:
    """Every event of a relation that went out, in order. Raises: NotFound."""
    row = await tx.book.of_relation(subject)
    if row is None:
        raise NotFound("no relation of this pseudonym was told of")
    return _told(row)


async def correct(tx: Transaction, subject: bytes, wanted: Correction, auditor: Auditor, now: int) -> Outcome[bool]:
    """Tells a correction; False where the event counts as wanted already, and nothing is told again.

    Raises: NotFound, Conflict, Malformed; Busy, while an event of the relation is still on its way.
    """
    thread = await tx.threads.of_subject(subject)
    locked = {} if thread is None else await tx.threads.lock([thread])
    head = None if thread is None else locked.get(thread)
    told = await _all_told(tx, subject)
    n = told[-1].n + 1
    if head is not None and head.relation_n != n:
        raise Conflict("the book of this relation ends elsewhere than its conversation")
    before = next((each for each in told if each.n == wanted.n), None)
    if before is None:
        raise NotFound(f"the relation has no event {wanted.n}")
    data = _checked(before, wanted)
    if data == before.data:
        return Outcome(False)
    at = now if head is None else max(now, head.last_at)
    await tx.outbox.append([facts.corrected(subject, n, at, wanted.n, data)])
    if head is not None:
        await tx.threads.update([msgspec.structs.replace(head, relation_n=n + 1)])
    about = subject + u64(wanted.n)
    await audit.record(tx, auditor, AuditLeaf(at, "corrected", about=about, detail=wanted.reason.value.encode()))
    return Outcome(True)


async def _all_told(tx: Transaction, subject: bytes) -> list[Told]:
    """Every event there is. In this order alone: the lock keeps other corrections away, and the relay, which asks for
    no lock, may move an event into the book at any time until the outbox has none. Raises: NotFound, Busy.
    """
    if not await tx.book.lock(subject):
        raise NotFound("no relation of this pseudonym was told of")
    if await tx.outbox.holds(subject):
        raise Busy("an event of this relation is still on its way", retry_after_ms=busy_retry_after_ms)
    return await history(tx, subject)


def _checked(before: Told, wanted: Correction) -> Data | None:
    """The event's data with the changes, by its own schema. Raises: Conflict, Malformed."""
    kind = KINDS[PREFIX + before.type]
    if kind.type == facts.CORRECTED:
        raise Conflict("a correction is not corrected: correct the event that it is of once more")
    changes = wanted.data
    if changes is None:
        return None
    base = before.first if wanted.as_told or before.data is None else before.data
    names = {field.encode_name for field in msgspec.structs.fields(kind.data)}
    wrong = sorted(set(changes) - names | set(changes) & set(_REFERENCES))
    if wrong:
        raise Malformed(f"{before.type} has no {', '.join(wrong)} that could be corrected")
    try:
        made = msgspec.convert(base | changes, kind.data, strict=False)
    except msgspec.ValidationError as error:
        raise Malformed(f"no {before.type} is of this kind: {error}") from None
    built: Mapping[str, Value] = msgspec.to_builtins(made)
    return {name: built[name] for name in built if name in base or name in changes}


def _told(row: HistoryRow) -> list[Told]:
    opening: Data = msgspec.json.decode(row.opening)
    last = {wrong: data for _, wrong, data, _ in sorted(row.corrections)}
    plain = [(0, row.opened_at, facts.SOLICITED.removeprefix(PREFIX), opening), *records.unpacked(row.events)]
    return [
        Told(n, at, kind, msgspec.json.decode(last[n]) if n in last else first, first)
        for n, at, kind, first in sorted(plain, key=lambda each: each[0])
    ]
