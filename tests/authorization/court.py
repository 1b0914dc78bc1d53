"""Moderators and their cases, each in the state in which an operation is tried on it."""

import os
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from messaging.domain.ids import CaseId, DecisionId, MailboxId, SeatId, ThreadId, UnmaskingId
from messaging.domain.vocabulary import CaseOrigin, Ground, MailboxKind, Measure, ReportCategory, Role
from messaging.e2ee import mailbox as seeds
from messaging.e2ee.moderation_key import ModerationKey, certify
from messaging.e2ee.suite import SigningKey
from messaging.moderation.case import CaseState
from messaging.moderation.decision import DecisionState
from messaging.ports import CaseRow, DecisionRow, StatementRow, Transaction, UnmaskingRow
from messaging.services.outcome import Outcome
from messaging.wire.moderation import Decide, InBoth
from tests.support.server import RunningService
from tests.support.world import Box, Someone, World

BOTH: Final = InBoth("Deux messages.", "Two messages.")
DAY_MS: Final = 86_400_000


@dataclass
class Court:
    """Three moderators: `chair` has the case, `wing` is the second one, `idle` has a seat and no case."""

    service: RunningService
    world: World
    thread: bytes
    box: Box
    chair: Someone
    wing: Someone
    idle: Someone
    key: bytes = b""
    standing: dict[str, bytes] = field(default_factory=dict)
    """Cases on which only who may not tries."""

    @classmethod
    async def made(cls, service: RunningService, world: World) -> "Court":
        box = await world.register("moderators", MailboxKind.MODERATION)
        chair = Someone("chair", (box.claim(Role.MODERATOR, admin=True),))
        wing, idle = (Someone(name, (box.claim(Role.MODERATOR),)) for name in ("wing", "idle"))
        await world.found(box, chair, Role.MODERATOR)
        for other in (wing, idle):
            await world.seat(box, chair, other, Role.MODERATOR)
        court = cls(service, world, b"", box, chair, wing, idle)
        kem = seeds.identity(box.seed, box.mailbox, box.g).kem.public
        now = service.service.context.clock()
        key = ModerationKey(kem, box.g, now, now + 300 * DAY_MS)
        certificate = certify(key, SigningKey(b"\x0b" * 32))

        async def install(tx: Transaction) -> Outcome[None]:
            await tx.moderation_keys.put(key.g, key.not_after, certificate, now)
            return Outcome(None)

        await service.service.pipeline.run(install)
        court.key = key.hash
        return court

    async def once(self, name: str, state: CaseState, **parts: Any) -> bytes:
        """The same case each time."""
        if name not in self.standing:
            self.standing[name] = await self.case(state, **parts)
        return self.standing[name]

    async def case(
        self,
        state: CaseState,
        *,
        holder: Someone | None = None,
        second: Someone | None = None,
        proposed: bool = False,
        unmasked: bool = False,
    ) -> bytes:
        """A new case of the town hall about the project, which knows of it. `proposed`: a suspension, by the chair;
        `unmasked`: an unmasking was approved, whose id is the case's.
        """
        now, case = self.service.service.context.clock(), CaseId(os.urandom(16))
        decided = state in (CaseState.DECIDED, CaseState.APPEALED)
        row = CaseRow(
            case=case,
            origin=CaseOrigin.REPORT,
            category=ReportCategory.OTHER,
            state=state,
            opened_at=now,
            thread=ThreadId(self.thread),
            accused=MailboxId(self.world.project.mailbox),
            accused_party=0,
            accused_told=True,
            holder=_seat(holder),
            held_until=None if holder is None else now + DAY_MS,
            second=_seat(second),
            decider=_seat(self.wing) if decided else None,
            decided_at=now if decided else None,
            closes_at=now + DAY_MS if decided else None,
            reports=1,
        )
        town = MailboxId(self.world.town.mailbox)
        said = StatementRow(case, "report", case, town, 1, row.category, 1, 2, self.key, b"sealed", now)

        async def add(tx: Transaction) -> Outcome[None]:
            await tx.cases.add(row)
            await tx.cases.put_statement(said)
            if proposed:
                await tx.measures.add(self._proposal(case, now))
            if unmasked:
                await tx.measures.ask_unmasking(self._unmasking(case, now))
            return Outcome(None)

        await self.service.service.pipeline.run(add)
        return case

    def _proposal(self, case: CaseId, now: int) -> DecisionRow:
        body = Decide(case, Measure.SUSPENSION, Ground.TERMS, BOTH, BOTH, days=1)
        return DecisionRow(
            decision=DecisionId(case),
            case=case,
            measure=Measure.SUSPENSION,
            state=DecisionState.PROPOSED,
            at=now,
            seat=SeatId(self.chair.seat),
            second=None,
            ends_at=now + DAY_MS,
            thread=ThreadId(self.thread),
            mailbox=MailboxId(os.urandom(16)),
            peer=None,
            body=msgspec.json.encode(body),
        )

    def _unmasking(self, case: CaseId, now: int) -> UnmaskingRow:
        seats = (SeatId(self.chair.seat), SeatId(self.wing.seat))
        return UnmaskingRow(UnmaskingId(case), case, 1, DecisionState.IN_FORCE, now, *seats, now, "pour vérifier")


def _seat(who: Someone | None) -> SeatId | None:
    return None if who is None else SeatId(who.seat)
