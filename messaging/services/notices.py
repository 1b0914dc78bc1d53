"""Notices: a side openly asks to show identities, closes the relation, takes it up again, or says how far things are
(SPEC.md section 7.5); a third party leaves (section 7.6).

A notice stands in the log like a message and is admitted like one: authorize, deduplicate, sanction, epoch, all under
the thread's lock. It is signed, and the service verifies it: nothing that readers would refuse moves a stage.
"""

from msgspec.structs import replace

from messaging.domain import progress, relation, third
from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.domain.errors import Conflict, Malformed, NotFound, Unverifiable
from messaging.domain.ids import MailboxId, MessageId, ThreadId
from messaging.domain.progress import Step
from messaging.domain.relation import Stage
from messaging.domain.third import ThirdAction
from messaging.domain.vocabulary import THIRD, ClosingReason, EventKind
from messaging.e2ee import epoch
from messaging.e2ee import notice as notices
from messaging.e2ee.errors import BadEncoding, E2EEError
from messaging.e2ee.message import Place
from messaging.e2ee.notice import Notice
from messaging.ports import EventRow, OutboxRow, ThreadRow, Transaction
from messaging.relations import facts
from messaging.services import admission, presenting
from messaging.services.admission import EXPOSED
from messaging.services.context import Context
from messaging.services.messages import NewEvent, append_events
from messaging.services.outcome import Outcome, Publication
from messaging.services.thirds import register_row
from messaging.wire import commands
from messaging.wire.events import Ack


async def give(tx: Transaction, actor: Actor, command: commands.Notice, context: Context) -> Outcome[Ack]:
    """Appends a notice and moves the relation's stage. A retry of the same bytes gets the first ack.

    Raises: Malformed, NotFound, Unverifiable, Frozen, RotationNeeded, ResetPending, StaleEpoch, Conflict.
    """
    said = _parse(command)
    thread = ThreadId(said.thread)
    operation = Operation.THIRD_END if said.kind == notices.LEFT else Operation.NOTICE_GIVE
    grant = authorize(actor, operation, await tx.threads.parties(thread), party=said.party)
    row = (await tx.threads.lock([thread])).get(thread)
    if row is not None:
        # A third party may have left before the lock.
        grant = authorize(actor, operation, row.parties, party=said.party)
    if row is None or grant.seat is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    before = await _stored(tx, said)
    if before is not None:
        if before.payload != command.payload:
            raise Conflict("this message id was used for other bytes")
        return _outcome(command.ref, before, row.audience_again(said.record_hash))
    now = context.clock()
    await _check_admitted(tx, grant, row, said, command.payload, now)
    after, told = await _moved(tx, grant, row, said, command.reason, max(now, row.last_at))
    if said.kind == notices.LEFT:
        await tx.consents.record(register_row(grant, ThirdAction.LEAVE, said.id, command.payload, now))
    event = NewEvent(EventKind(said.kind), said.party, command.payload, MessageId(said.id))
    _, written = await append_events(tx, after, [event], now, context.stamper, extra=told)
    return _outcome(command.ref, written[0], row.audience)


def _parse(command: commands.Notice) -> Notice:
    try:
        said = notices.parse_notice(command.payload)
    except BadEncoding as error:
        raise Malformed(str(error)) from error
    if (said.kind == notices.CLOSED) != (command.reason is not None):
        raise Malformed("a closing has a reason, and nothing else has one")
    if said.reason not in (None, command.reason):
        raise Malformed("the peer is told another reason than the service")
    if said.step is not None and said.step not in set(Step):
        raise Malformed("there is no such step")
    return said


async def _stored(tx: Transaction, said: Notice) -> EventRow | None:
    return await tx.events.notice(ThreadId(said.thread), said.party, MessageId(said.id))


async def _check_admitted(
    tx: Transaction, grant: Grant, row: ThreadRow, said: Notice, payload: bytes, now: int
) -> None:
    """The admission rule (a sanction keeps nobody in); then the signature, by the pseudonym in force."""
    admission.check(row, said.party, said.record_hash, now, leaves=said.kind == notices.LEFT)
    in_force = await tx.events.epoch(grant, row.epoch)
    if in_force is None:
        raise NotFound("unknown, or not yours")
    place = Place(row.thread, row.epoch, row.record_hash, said.party)
    try:
        if said.party == THIRD:
            author = (await tx.threads.side(grant)).pk_sign
        else:
            author = epoch.parse_signed(in_force.payload).record.parties[said.party].sign
        notices.open_notice(payload, said.kind, author, place)
    except E2EEError as error:
        raise Unverifiable(str(error)) from error


async def _moved(
    tx: Transaction, grant: Grant, row: ThreadRow, said: Notice, reason: ClosingReason | None, at: int
) -> tuple[ThreadRow, list[OutboxRow]]:
    """The thread after a notice, and the relation events that tell of it. Raises: Conflict."""
    subject, n = row.subject, row.relation_n
    stage = row.stage
    renew = row.renew
    if said.third is not None:
        stay = None if row.third is None else await tx.thirds.present(grant)
        if stay is None or stay.third != said.third:
            raise Conflict("this third party is not in")
        third.advance(stay.state, ThirdAction.LEAVE)
        await tx.thirds.leave(grant, stay.third)
        renew |= EXPOSED
        told = [facts.third_left(subject, n, at, said.party)]
    elif said.step is not None:
        step = Step(said.step)
        before = await tx.progress.get(grant)
        now, stage = progress.take(before, row.stage, step, said.party)
        await tx.progress.put(grant, now)
        told = [facts.step(subject, n, at, said.party, step, confirms=bool(before.installed))]
    elif reason is not None:
        stage = relation.move(row.stage, Stage.CLOSED)
        await tx.threads.close(grant, row.stage)
        told = [facts.closed(subject, n, at, said.party, reason)]
    elif said.kind == notices.REOPENED:
        if row.stage is not Stage.CLOSED:
            raise Conflict("a relation that is not closed cannot be reopened")
        stage = relation.reopened(await tx.threads.reopen(grant), row.humans)
        told = [facts.reopened(subject, n, at, said.party)]
    else:
        told = [facts.consent_requested(subject, n, at, said.party)]
    if stage is not row.stage:
        told.append(facts.stage_changed(subject, n + 1, at, row.stage, stage))
    return replace(row, stage=stage, relation_n=n + len(told), renew=renew), told


def _outcome(ref: int, stored: EventRow, heard_by: tuple[MailboxId, ...]) -> Outcome[Ack]:
    """The ack, and the event to everybody else; a replay too, as its first commit may have died before it was heard."""
    ack = Ack(ref=ref, thread=stored.thread, seq=stored.seq, at=stored.at, proof=stored.proof)
    return Outcome(ack, [Publication(heard_by, presenting.event(stored))])
