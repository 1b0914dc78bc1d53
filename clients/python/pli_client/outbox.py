"""Messages on their way, for one thread: kept before the first send, resent as they are, sealed again on a new epoch.

A message leaves the outbox when it stands in the log that was verified, or when the service refuses it for good: an ack
alone deletes nothing. Messages go out in the order in which
`post` was called.
"""

import asyncio
from typing import Final

from messaging.domain.errors import StaleEpoch
from messaging.domain.vocabulary import EventKind, MessageKind
from messaging.e2ee.message import parse_payload
from messaging.wire.commands import Send
from messaging.wire.events import Ack, LogEntry
from pli_client import local
from pli_client.errors import ProblemError, TimedOut, Unreachable
from pli_client.follower import Follower, patiently
from pli_client.runtime import Runtime
from pli_client.views import SendRefused

reseals_max: Final = 8
"""Renewed epochs in a row under one message before it is given up as refused."""


class Outbox:
    """What one thread's own side, on this device, still has to send."""

    def __init__(self, runtime: Runtime, follower: Follower) -> None:
        self._runtime = runtime
        self._follower = follower
        self._side = follower.log.side
        self._order = asyncio.Lock()
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

    async def post(self, kind: MessageKind, content: bytes) -> tuple[int, bytes]:
        """Seals, keeps and sends a message; returns its seq and id once it is committed and read back in its place.

        Raises: TimedOut (it stays, and goes out later), ProblemError (refused for good), Overloaded (nothing was kept),
        Stopped, Ended.
        """
        async with self._order:
            if not len(self._follower.log.epochs):
                await self._follower.catch_up(pull=True)
            self._runtime.link.check_room()
            msg_id = self._runtime.new_id()
            payload = self._follower.log.seal(kind, msg_id, content, self._runtime.entropy)
            message = local.Outgoing(self._next, self._side.thread, msg_id, kind, content, payload)
            self._next += 1
            await local.save(self._runtime.storage, _name(message), message)
            delivery = self._runtime.tasks.spawn(self._deliver(message))
        try:
            async with asyncio.timeout(self._runtime.timeout_s):
                return await asyncio.shield(delivery), msg_id
        except TimeoutError as error:
            raise TimedOut("not committed yet; the message stays in the outbox and goes out later") from error
        finally:
            if not delivery.done():
                self._unattended.add(msg_id)

    def resume(self, message: local.Outgoing) -> None:
        """Sends what an earlier run left, as it was."""
        self._next = max(self._next, message.order + 1)
        self._unattended.add(message.msg_id)
        self._runtime.tasks.spawn(self._deliver(message))

    async def _deliver(self, message: local.Outgoing) -> int:
        self._sent.add(message.msg_id)
        try:
            async with self._line:
                entry = await self._acked(message)
        except ProblemError as error:
            if not (error.final or error.code == StaleEpoch.code):
                raise
            await self._runtime.storage.delete(_name(message))
            self._sent.discard(message.msg_id)
            if message.msg_id in self._unattended:
                self._runtime.inbox.put(SendRefused(self._side.thread, message.msg_id, error.problem))
            raise
        await patiently(lambda: self._follower.confirm(entry))
        await self._runtime.storage.delete(_name(message))
        self._unattended.discard(message.msg_id)
        return entry.seq

    async def _acked(self, message: local.Outgoing) -> LogEntry:
        """Sends until there is an ack; returns the event that it makes of the message, of which this socket does not
        hear otherwise.
        """
        for _ in range(reseals_max):
            command = Send(ref=0, payload=message.payload)
            try:
                ack = await self._runtime.link.insist(command, Ack)
            except ProblemError as error:
                if error.code != StaleEpoch.code:
                    raise
                stale = error
                message = await self._sealed_again(message)
                continue
            if ack.thread != self._side.thread:
                raise Unreachable("the service's ack is not for this conversation")
            return LogEntry(ack.seq, ack.at, EventKind.MESSAGE, self._side.party, message.payload, ack.proof)
        raise stale

    async def _sealed_again(self, message: local.Outgoing) -> local.Outgoing:
        """The same message under the epoch that is in force now: same id, new salt (SPEC.md section 6).

        If no other record is in force than the one it was sealed under, the same bytes go again: a header is never
        sealed twice.
        """
        await patiently(lambda: self._follower.catch_up(pull=True))
        log = self._follower.log
        if parse_payload(message.payload).header_bytes == log.header(MessageKind(message.kind), message.msg_id):
            return message
        payload = log.seal(MessageKind(message.kind), message.msg_id, message.content, self._runtime.entropy)
        again = local.Outgoing(message.order, message.thread, message.msg_id, message.kind, message.content, payload)
        await local.save(self._runtime.storage, _name(again), again)
        return again


def _name(message: local.Outgoing) -> str:
    return f"{local.OUTBOX}{message.thread.hex()}.{message.msg_id.hex()}"
