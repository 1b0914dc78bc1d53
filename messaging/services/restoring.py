"""After a restored backup: clients show how far each thread had come, and its log owns up to what is gone.

SPEC.md section 7.4. The proof is the service's own stamp, so that nobody can make a log own up to what never was. What
was claimed before, under the same stream epoch, is not written twice.
"""

from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.domain.errors import Conflict, NotFound, Unverifiable
from messaging.domain.ids import ThreadId
from messaging.domain.vocabulary import SERVICE, EventKind
from messaging.e2ee.errors import BadStamp
from messaging.e2ee.restored import Restored, make_restored, parse_restored
from messaging.e2ee.stamp import verify_proof
from messaging.e2ee.vault import Checkpoint
from messaging.ports import ThreadRow, Transaction
from messaging.services import presenting
from messaging.services.context import Context
from messaging.services.messages import NewEvent, append_events
from messaging.services.outcome import Outcome, Publication
from messaging.wire.commands import RestoreClaim
from messaging.wire.events import RestoreExplained


async def claim(tx: Transaction, actor: Actor, command: RestoreClaim, context: Context) -> Outcome[RestoreExplained]:
    """Appends the event `restored` where the log lacks what the claimant has seen. The same again: the same answer.

    Raises: NotFound, Unverifiable (no stamp of this service), Conflict (claimed of the stream epoch in force: within
    one, nothing can have been restored).
    """
    thread = ThreadId(command.thread)
    grant = authorize(actor, Operation.RESTORE_CLAIM, await tx.threads.parties(thread))
    _check_stamp(command, context)
    row = (await tx.threads.lock([thread]))[thread]
    authorize(actor, Operation.RESTORE_CLAIM, row.parties, party=grant.party)
    if grant.seat is None or not await tx.seats.active([grant.seat]):
        raise NotFound("unknown, or not yours")
    claimed = Checkpoint(command.seq, command.head)
    if await _still_there(tx, grant, row, claimed, context):
        return _answer(command, 0)
    now_epoch = context.stream_epoch()
    if command.stream_epoch == now_epoch:
        raise Conflict("this was seen under the stream epoch in force")
    explained = await _explained_at(tx, grant, claimed, now_epoch)
    if explained:
        return _answer(command, explained)
    said = Restored(command.seq, command.head, command.stream_epoch, now_epoch)
    event = NewEvent(EventKind.RESTORED, SERVICE, make_restored(said))
    row, (written,) = await append_events(tx, row, [event], context.clock(), context.stamper)
    return _answer(command, written.seq, [Publication(row.audience, presenting.event(written))])


def _check_stamp(command: RestoreClaim, context: Context) -> None:
    try:
        verify_proof(command.proof, context.stamper.public, command.thread, command.seq, command.head)
    except BadStamp as error:
        raise Unverifiable(str(error)) from error


async def _still_there(tx: Transaction, grant: Grant, row: ThreadRow, claimed: Checkpoint, context: Context) -> bool:
    """Whether the log leads through the claimed head: heads are not stored, but each event's stamp proves its own."""
    if claimed.position > row.head_seq:
        return False
    if claimed.position == row.head_seq:
        return claimed.head == row.head
    stored = await tx.events.range(grant, claimed.position - 1, 1, 1)
    try:
        verify_proof(stored[0].proof, context.stamper.public, row.thread, claimed.position, claimed.head)
    except BadStamp:
        return False
    return True


async def _explained_at(tx: Transaction, grant: Grant, claimed: Checkpoint, stream_epoch: int) -> int:
    """The seq of an event of this stream epoch that explains it already; 0 if there is none."""
    for event in await tx.events.of_kind(grant, EventKind.RESTORED):
        said = parse_restored(event.payload)
        if said.new_stream_epoch == stream_epoch and said.explains(claimed):
            return event.seq
    return 0


def _answer(
    command: RestoreClaim, seq: int, publications: list[Publication] | None = None
) -> Outcome[RestoreExplained]:
    return Outcome(RestoreExplained(ref=command.ref, thread=command.thread, seq=seq), publications or [])
