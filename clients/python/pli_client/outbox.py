"""Messages on their way, for one thread: kept before the first send, resent as they are, sealed again on a new epoch.

A message leaves the outbox when it stands in the log that was verified, or when the service refuses it for good: an ack
alone deletes nothing. Messages go out in the order in which
`post` was called.
"""

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import Final

from msgspec import structs

from messaging.domain.errors import RotationNeeded
from messaging.domain.vocabulary import ClosingReason, EventKind, MessageKind
from messaging.e2ee.message import parse_payload
from messaging.e2ee.notice import CLOSED, KINDS, LEFT, STEP, parse_notice
from messaging.wire.commands import Notice, Send
from messaging.wire.events import Ack, LogEntry
from pli_client import local
from pli_client.errors import ClientError, ProblemError, ServiceRestored, TimedOut, Unreachable
from pli_client.follower import Follower, is_passing, patiently
from pli_client.renewal import RENEWED, Renewal
from pli_client.runtime import Runtime
from pli_client.storage import Storage
from pli_client.views import SendRefused

reseals_max: Final = 8
"""Renewed epochs in a row under one message before it is given up as refused."""


class Outbox:
    """What one thread's own side, on this device, still has to send."""

    def __init__(self, runtime: Runtime, follower: Follower, renewal: Renewal) -> None:
        self._runtime = runtime
        self._follower = follower
        self._renewal = renewal
        self._side = follower.log.side
        self._order = asyncio.Lock()
        self._saving = asyncio.Lock()
        """What is being written when the conversation ends is one of those that did not arrive."""
        self._line = asyncio.Lock()
        """One message of a thread is on its way at a time: a later one must not pass one that was told to wait."""
        self._next = 0
        self._unattended: set[bytes] = set()
        self._sent: set[bytes] = set()

    def sent_here(self, msg_id: bytes) -> bool:
        """Whether this client sent that message in this run; asked once, when its event comes."""
        if msg_id in self._sent:
            self._sent.discard(msg_id)
            return True
        return False

    async def post(
        self, kind: str, content: bytes, *, told: bool = True, msg_id: bytes | None = None
    ) -> tuple[int, bytes]:
        """Seals, keeps and sends a message; returns its seq and id once it is committed and read back in its place.

        A notice too: `content` is then its reason, its step, the third party's stay, or empty, and `told` says whether
        the peer learns a reason. `msg_id`: of a message that the service lost and that is sent again.
        Raises: TimedOut (it stays, and goes out later), ProblemError (refused for good), Overloaded, ResetAwaited,
        PeerBeginsAnew (nothing was kept), ThreadGone (a restored service lost the conversation: what waited is one of
        the losses), Stopped, Ended.
        """
        async with self._order:
            message = await self._keep(kind, content, msg_id or self._runtime.new_id(), told)
            delivery = self._runtime.tasks.spawn(self._deliver(message, is_new=True))
        try:
            async with asyncio.timeout(self._runtime.timeout_s):
                return await asyncio.shield(delivery), message.msg_id
        except TimeoutError as error:
            raise TimedOut("not committed yet; the message stays in the outbox and goes out later") from error
        finally:
            if not delivery.done():
                self._unattended.add(message.msg_id)

    async def keep(self, kind: str, content: bytes, *, msg_id: bytes) -> local.Outgoing:
        """Seals and keeps a message for `resume` to send. Raises: Overloaded (nothing was kept), Stopped, Ended."""
        async with self._order:
            return await self._keep(kind, content, msg_id, told=True)

    async def _keep(self, kind: str, content: bytes, msg_id: bytes, told: bool) -> local.Outgoing:
        await self._follower.settled()
        if not len(self._follower.log.epochs):
            await self._follower.catch_up(pull=True)
        await self._renewal.voiced()
        self._runtime.link.check_room()
        payload, epoch = self._sealed(kind, msg_id, content, told), self._follower.stream_epoch
        message = local.Outgoing(self._next, self._side.thread, msg_id, kind, content, payload, told, epoch)
        self._next += 1
        await self._save(message)
        return message

    def resume(self, message: local.Outgoing) -> None:
        """Sends what an earlier run left, as it was."""
        self._next = max(self._next, message.order + 1)
        self._unattended.add(message.msg_id)
        self._runtime.tasks.spawn(self._deliver(message))

    async def end(self) -> list[local.Outgoing]:
        """Sends nothing any more: the conversation is gone. Returns what did not arrive, in order; it stays kept until
        `forget`. Raises: StorageDamaged.
        """
        self._follower.end()
        async with self._saving:
            kept = await local.load_all(self._runtime.storage, _prefix(self._side.thread), local.Outgoing)
        return sorted(kept, key=lambda message: message.order)

    async def _deliver(self, message: local.Outgoing, *, is_new: bool = False) -> int:
        """`is_new`: whether these bytes were never sent; those that were may be stored, and must go as they are."""
        self._sent.add(message.msg_id)
        try:
            entry = await self._confirmed(message, is_new=is_new)
        except ProblemError as error:
            self._follower.check_there()
            if not (error.final or error.code in RENEWED):
                raise
            await self._runtime.storage.delete(_name(message))
            self._sent.discard(message.msg_id)
            if message.msg_id in self._unattended:
                self._runtime.inbox.put(SendRefused(self._side.thread, message.msg_id, error.problem))
            raise
        await self._runtime.storage.delete(_name(message))
        self._unattended.discard(message.msg_id)
        return entry.seq

    async def _confirmed(self, message: local.Outgoing, *, is_new: bool) -> LogEntry:
        """Sends until the message stands in the log, also in that of a service that was restored in between."""
        while True:
            async with self._line:
                if is_new and await self._renewal.before_message():
                    message = await self._sealed_again(message)
                message, entry = await self._acked(message, again=not is_new)
                is_new = False
            try:
                await patiently(partial(self._follower.confirm, entry, message.stream_epoch), is_passing)
            except ServiceRestored:
                continue
            except ProblemError as error:
                raise TimedOut("the service took it, and does not let it be read; it stays in the outbox") from error
            return entry

    async def _acked(self, message: local.Outgoing, *, again: bool) -> tuple[local.Outgoing, LogEntry]:
        """Sends until there is an ack; returns the message as it was sent, and the event that it became, of which this
        socket does not hear otherwise. `again`: it may have been sent before.
        """
        for _ in range(reseals_max):
            message = await self._on_this_history(message)
            try:
                ack = await self._runtime.link.insist(_command(message, again), Ack)
            except ServiceRestored as error:
                stale: ClientError = error
                continue
            except ProblemError as error:
                if error.code not in RENEWED:
                    raise
                stale = error
                if error.code == RotationNeeded.code:
                    await self._renewal.asked()
                message = await self._sealed_again(message)
                continue
            if ack.thread != self._side.thread:
                raise Unreachable("the service's ack is not for this conversation")
            kind = message.kind if message.kind in KINDS else EventKind.MESSAGE
            return message, LogEntry(ack.seq, ack.at, kind, self._side.party, message.payload, ack.proof)
        raise stale

    async def _on_this_history(self, message: local.Outgoing) -> local.Outgoing:
        """The message as the history in force can take it: what says to have seen a history that is gone would be shown
        to nobody. One that this history already holds stays as it is.
        """
        await patiently(self._follower.settled)
        epoch = self._follower.stream_epoch
        if message.stream_epoch in (None, epoch):
            return structs.replace(message, stream_epoch=epoch)
        await patiently(lambda: self._follower.catch_up(pull=True))
        payload = message.payload
        if not self._follower.log.shows(message.msg_id):
            payload = self._sealed(message.kind, message.msg_id, message.content, message.told)
        again = structs.replace(message, payload=payload, stream_epoch=epoch)
        await self._save(again)
        return again

    async def _sealed_again(self, message: local.Outgoing) -> local.Outgoing:
        """The same message under the epoch that is in force now: same id, new salt (SPEC.md section 5.5).

        If no other record is in force than the one it was sealed under, the same bytes go again: a header is never
        sealed twice.
        """
        await patiently(lambda: self._follower.catch_up(pull=True))
        if _record_hash(message) == self._follower.log.epochs[-1].record.hash:
            return message
        payload = self._sealed(message.kind, message.msg_id, message.content, message.told)
        again = structs.replace(message, payload=payload, stream_epoch=self._follower.stream_epoch)
        await self._save(again)
        return again

    async def _save(self, message: local.Outgoing) -> None:
        """Raises: ThreadGone; then it is not kept."""
        async with self._saving:
            self._follower.check_there()
            await local.save(self._runtime.storage, _name(message), message)

    def _sealed(self, kind: str, msg_id: bytes, content: bytes, told: bool) -> bytes:
        """On the epoch and the head of this moment. Raises: Stopped, BadRecord."""
        log = self._follower.log
        if kind == LEFT:
            return log.leaving(msg_id, content)
        if kind == STEP:
            return log.step(msg_id, content.decode())
        if kind in KINDS:
            return log.notice(kind, msg_id, content.decode() if content and told else None)
        return log.seal(MessageKind(kind), msg_id, content, self._runtime.entropy)


def _command(message: local.Outgoing, again: bool) -> Send | Notice:
    if message.kind not in KINDS:
        return Send(ref=0, payload=message.payload, again=again)
    reason = ClosingReason(message.content.decode()) if message.kind == CLOSED else None
    return Notice(ref=0, payload=message.payload, reason=reason)


def _record_hash(message: local.Outgoing) -> bytes:
    """R_n of the epoch that it was sealed under."""
    if message.kind in KINDS:
        return parse_notice(message.payload).record_hash
    return parse_payload(message.payload).record_hash


async def forget(storage: Storage, messages: Iterable[local.Outgoing]) -> None:
    """These are kept elsewhere."""
    for message in messages:
        await storage.delete(_name(message))


def _prefix(thread: bytes) -> str:
    return f"{local.OUTBOX}{thread.hex()}."


def _name(message: local.Outgoing) -> str:
    return _prefix(message.thread) + message.msg_id.hex()
