"""What a participant tells moderators of one thread: a report, an answer, an appeal. Sealed here, opened by them alone.

SPEC.md sections 10.1 to 10.3. The key is taken only as the offline root vouches for it, which the application pinned;
what the service says of it counts for nothing. What is said is kept before it is first sent, and sent again as it is:
one report whose reply was lost does not become two.
"""

from collections.abc import Awaitable, Callable, Collection
from typing import Final, TypeVar

import msgspec

from messaging.domain.errors import Conflict
from messaging.domain.vocabulary import INITIATOR, RECIPIENT, ReportCategory
from messaging.e2ee.errors import BadModerationKey
from messaging.e2ee.moderation_key import ModerationKey, open_certificate, root_id
from messaging.e2ee.report import StatementKind, seal_statement
from messaging.e2ee.suite import sha256
from messaging.wire.moderation import Answer, Report, ReportTaken
from pli_client import local
from pli_client.errors import ProblemError
from pli_client.follower import Follower
from pli_client.runtime import Runtime
from pli_client.views import ReportReceipt

MODERATION: Final = "moderation"
"""The kind of the vault's checkpoint: the newest key that this account saw."""

B = TypeVar("B", Report, Answer)
R = TypeVar("R")


class Reporting:
    """Of a thread that was read; see `Thread.report`."""

    def __init__(self, runtime: Runtime, follower: Follower) -> None:
        self._runtime = runtime
        self._follower = follower
        self._thread = follower.log.side.thread

    async def report(
        self, seqs: Collection[int], category: ReportCategory, text: str, about: int | None, around: int
    ) -> ReportTaken:
        """Raises: BadModerationKey, BadSignature, BadReport, Stopped, ProblemError, Unreachable."""
        party = self._follower.log.side.party
        accused = about if about is not None else INITIATOR if party == RECIPIENT else RECIPIENT

        def seal(key: ModerationKey) -> Report:
            report = self._runtime.new_id()
            first, last, sealed = self._sealed(StatementKind.REPORT, report, category.value, text, seqs, around, key)
            return Report(report, party, accused, category, first, last, key.hash, sealed)

        async def send(body: Report) -> ReportTaken:
            taken = await self._runtime.api.report(self._thread, body)
            receipt = local.Receipt(body.report, taken.case, taken.at, body.category.value, tuple(sorted(seqs)))
            await local.save(self._runtime.storage, f"{self._receipts}{body.report.hex()}", receipt)
            return taken

        asked = ["report", sorted(seqs), category.value, text, accused, around]
        return await self._once(asked, Report, seal, send)

    async def answer(self, case: bytes, text: str, seqs: Collection[int], around: int, *, appeal: bool) -> None:
        """Raises: as `report`."""

        def seal(key: ModerationKey) -> Answer:
            first, last, sealed = self._sealed(StatementKind.ANSWER, case, "", text, seqs, around, key)
            return Answer(first, last, key.hash, sealed)

        async def send(body: Answer) -> None:
            await self._runtime.api.answer(case, body, appeal=appeal)

        await self._once(["answer", case, sorted(seqs), text, around, appeal], Answer, seal, send)

    async def receipts(self) -> list[ReportReceipt]:
        """What this device reported of the thread, in the order in which it was taken."""
        kept = await local.load_all(self._runtime.storage, self._receipts, local.Receipt)
        return [
            ReportReceipt(self._thread, each.report, each.case, each.at, ReportCategory(each.category), each.seqs)
            for each in sorted(kept, key=lambda each: each.at)
        ]

    @property
    def _receipts(self) -> str:
        return f"{local.RECEIPTS}{self._thread.hex()}."

    async def _once(
        self,
        asked: list[object],
        kind: type[B],
        seal: Callable[[ModerationKey], B],
        send: Callable[[B], Awaitable[R]],
    ) -> R:
        """Sends what was asked for, under one and the same id however often it is asked until a reply came.

        What was sealed to a key that moderators have no more, and that nobody took, is sealed once more.
        """
        name = f"{local.STATEMENTS}{self._thread.hex()}.{sha256(msgspec.msgpack.encode(asked)).hex()}"
        storage = self._runtime.storage
        kept = await local.load(storage, name, local.Statement)
        body = None if kept is None else msgspec.msgpack.decode(kept.body, type=kind)
        for is_last in (False, True):
            if body is None:
                body = seal(await self._key())
                await local.save(storage, name, local.Statement(msgspec.msgpack.encode(body)))
            try:
                answered = await send(body)
            except ProblemError as error:
                if error.final:
                    await storage.delete(name)
                if error.code != Conflict.code or is_last:
                    raise
                body = None
                continue
            await storage.delete(name)
            return answered
        raise AssertionError("the last attempt returns or raises")

    def _sealed(
        self,
        kind: StatementKind,
        subject: bytes,
        category: str,
        text: str,
        seqs: Collection[int],
        around: int,
        key: ModerationKey,
    ) -> tuple[int, int, bytes]:
        """The range, and the sealed statement."""
        signed = self._follower.log.statement(kind, subject, category, text, seqs, around)
        sealed = seal_statement(signed, service=self._runtime.trust.service_id, kem=key.kem)
        return signed.statement.first, signed.statement.last, sealed

    async def _key(self) -> ModerationKey:
        """The moderators' key, verified; remembered, so that no older one is taken later."""
        root = self._runtime.trust.moderation_root
        if root is None:
            raise BadModerationKey("no root of the moderators' keys is pinned here")
        keeper, about = self._runtime.keeper, root_id(root)
        try:
            certificate = (await self._runtime.api.moderation_key()).certificate
        except ProblemError as error:
            raise BadModerationKey("the service names no key of moderators") from error
        seen = keeper.checkpoint(MODERATION, about)
        key = open_certificate(certificate, root, now=self._runtime.now(), seen=seen)
        if seen is None or key.g > seen.position:
            keeper.set_checkpoint(MODERATION, about, key.g, key.hash)
            await keeper.save()
        return key
