"""After a restored backup: each thread is compared with what the service still has (SPEC.md section 7.4).

The stamp that this device holds makes the service own up to what it lost, by an event that both sides read. Then the
log is read anew from its first event, and held against what was seen: it explains itself, or it is a rollback.
"""

from collections.abc import Sequence

from messaging.wire.commands import RestoreClaim
from messaging.wire.events import RestoreExplained
from pli_client import local, sent
from pli_client.errors import ProblemError
from pli_client.log import ThreadLog
from pli_client.runtime import Runtime, log
from pli_client.thread import Thread


async def compare(runtime: Runtime, thread: Thread) -> None:
    """Brings a suspended thread onto the service's history of now. Raises: Unreachable, Ended, ProblemError."""
    follower = thread.follower
    if thread.stopped is None:
        stamped = thread.history.stamped(follower.log)
        if stamped is not None and not await _still_there(runtime, thread, stamped):
            thread.restart()
            await follower.catch_up(pull=True)
            return
    follower.settle(runtime.stream.epoch)


async def _still_there(runtime: Runtime, thread: Thread, stamped: local.Stamped) -> bool:
    """Whether the service says that its log leads through this place. If it lies, the next reading shows it."""
    command = RestoreClaim(
        ref=0,
        thread=thread.id,
        seq=stamped.seq,
        head=stamped.head,
        proof=stamped.proof,
        stream_epoch=thread.follower.stream_epoch or 0,
    )
    try:
        answer = await runtime.link.request(command, RestoreExplained, timeout_s=runtime.timeout_s)
    except ProblemError as error:
        if error.retryable:
            raise
        log.warning("the restored service did not take what it had stamped: %s", error.code)
        return False
    return answer.seq == 0


async def loss(runtime: Runtime, thread: Thread, new: ThreadLog, old: ThreadLog | None) -> local.Lost:
    """What is gone: events between the two histories, and of this device's own messages those that nobody shows now.

    `old` is the log of before where it was at hand.
    """
    kept = [*await sent.load(runtime.storage, thread.id), *thread.sent_lately]
    own = {each.msg_id: each for each in kept if not new.shows(each.msg_id)}
    if old is not None:
        from_seq = new.common_with(old) + 1
        own = {msg_id: each for msg_id, each in own.items() if each.seq >= from_seq}
    else:
        explained_at = [new.explanation.seq] if new.explanation else [new.seq + 1]
        from_seq = min([*explained_at, *(each.seq for each in own.values())])
    seen = thread.history.checkpoint
    to_seq = max(from_seq, seen.position if seen else 0, old.seq if old else 0)
    return _lost(thread, from_seq, to_seq, tuple(own.values()), whole=False)


async def whole_loss(runtime: Runtime, thread: Thread, unsent: Sequence[local.Outgoing]) -> local.Lost:
    """A thread that the service does not know any more. `unsent`: what waited in it."""
    kept = [*await sent.load(runtime.storage, thread.id), *thread.sent_lately]
    seen = thread.seen
    to_seq = seen.position if seen else thread.state.seq
    own = {each.msg_id: each for each in (*kept, *sent.waiting(unsent, to_seq, runtime.clock()))}
    return _lost(thread, 1, to_seq, tuple(own.values()), whole=True)


def _lost(thread: Thread, from_seq: int, to_seq: int, own: tuple[local.Sent, ...], *, whole: bool) -> local.Lost:
    state = thread.state
    return local.Lost(state.thread, state.mailbox, state.target, state.party, from_seq, to_seq, whole, own)
