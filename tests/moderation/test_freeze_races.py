"""Both sides write as fast as they can while moderators freeze the conversation, or suspend one side: no message has a
seq above the freeze, and none of who is suspended above the suspension.
"""

import asyncio
import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import msgspec
import pytest

from messaging.domain.authorization import Grant, Operation
from messaging.domain.ids import CaseId, DecisionId, MailboxId, SeatId, ThreadId
from messaging.domain.vocabulary import EventKind, Measure
from messaging.e2ee.freeze import make_frozen
from messaging.moderation.decision import DecisionState
from messaging.ports import DecisionRow, Transaction
from messaging.services.moderation import sanctions
from messaging.services.outcome import Outcome
from messaging.wire.commands import Pull
from messaging.wire.events import Ack, Err, Events, LogEntry
from tests.support.scale import scaled
from tests.support.server import RunningService, running_service
from tests.support.sockets import Socket
from tests.support.talk import Line, claimed_opening
from tests.support.world import Someone, World

pytestmark = [pytest.mark.slow, pytest.mark.soak, pytest.mark.hostile]

RACES: Final = {Measure.FREEZE: 500, Measure.SUSPENSION: 100}
TALK: Final = 4
"""Messages of either side around each freeze."""
_answers = msgspec.json.Decoder(Ack | Err)


class Course:
    """One thread and what moderators do with it."""

    def __init__(self, service: RunningService, world: World, measure: Measure) -> None:
        self.service = service
        self.world = world
        self.measure = measure
        self.decision = DecisionId(os.urandom(16))

    async def apply(self, thread: bytes, *, on: bool) -> int:
        """Puts a measure in force, or ends it; the head of the log while its transaction holds the thread."""
        context, town = self.service.service.context, MailboxId(self.world.town.mailbox)

        async def change(tx: Transaction) -> Outcome[int]:
            grant = Grant(Operation.CASE_DECIDE, mailbox=town)
            if self.measure is Measure.SUSPENSION:
                await sanctions.hold(tx, grant, town)
            row = (await tx.threads.lock([ThreadId(thread)]))[ThreadId(thread)]
            if on:
                self.decision = DecisionId(os.urandom(16))
                await tx.measures.add(self._row(ThreadId(thread), town, context.clock()))
            else:
                await tx.measures.set_state(self.decision, DecisionState.OVERTURNED, None)
            decision = await tx.measures.get(self.decision)
            assert decision is not None
            after, heard = await sanctions.settle(tx, grant, decision, row, context)
            assert after is not None
            return Outcome(after.head_seq, heard)

        return await self.service.service.pipeline.run(change)

    def _row(self, thread: ThreadId, town: MailboxId, now: int) -> DecisionRow:
        ends_at = now + 3_600_000 if self.measure is Measure.SUSPENSION else None
        who = (SeatId(bytes(16)), None, ends_at, thread, town, None, b"{}")
        return DecisionRow(self.decision, CaseId(bytes(16)), self.measure, DecisionState.IN_FORCE, now, *who)


async def talk(socket: Socket, line: Line, first_ref: int) -> list[Ack | Err]:
    """Several messages of one side, one after the other."""
    return [_answers.decode(await socket.ask(line.send(first_ref + n))) for n in range(TALK)]


async def log_of(world: World, reader: Someone, thread: bytes) -> list[LogEntry]:
    found: list[LogEntry] = []
    async with world.socket(reader) as socket:
        while True:
            after = found[-1].seq if found else 0
            page = msgspec.json.decode(await socket.ask(Pull(ref=1, thread=thread, after=after)), type=Events)
            found += page.events
            if not page.events or found[-1].seq == page.head_seq:
                return found


@pytest.mark.parametrize("measure", [Measure.FREEZE, Measure.SUSPENSION])
async def test_nothing_is_said_above_it(database_url: str, tmp_path: Path, measure: Measure) -> None:
    async with running_service(database_url, tmp_path) as service, World.made(service) as world:
        hosts = ((world.project, world.holder), (world.town, world.mayor))
        command, initiator, recipient = await claimed_opening(world, *hosts, 1)
        course = Course(service, world, measure)
        accepted = refused = 0
        spans: list[tuple[int, int]] = []
        async with AsyncExitStack() as stack:
            holder = await stack.enter_async_context(world.socket(world.holder))
            mayor = await stack.enter_async_context(world.socket(world.mayor))
            await holder.ask(command)
            for race in range(scaled(RACES[measure])):
                async with asyncio.TaskGroup() as tasks:
                    told = tasks.create_task(talk(holder, initiator, 10 + race * TALK))
                    answered = tasks.create_task(talk(mayor, recipient, 10 + race * TALK))
                    await asyncio.sleep((race % 10) * 0.002)
                    begun = tasks.create_task(course.apply(command.thread, on=True))
                head = begun.result()
                answers = answered.result() + ([] if measure is Measure.SUSPENSION else told.result())
                accepted += sum(isinstance(each, Ack) for each in answers)
                for each in answers:
                    if isinstance(each, Ack):
                        assert each.seq <= head, "accepted above the moderators' decision"
                    else:
                        refused += 1
                        assert each.problem.code == ("frozen" if measure is Measure.FREEZE else "suspended")
                spans.append((head, await course.apply(command.thread, on=False)))
        assert accepted > 0, "no race: nobody was in time"
        assert refused > 0, "no race: everybody was in time"
        log = await log_of(world, world.mayor, command.thread)
        freezes = [each.seq for each in log if each.payload == make_frozen(frozen=True)]
        if measure is Measure.FREEZE:
            assert freezes == [head for head, _ in spans]
            assert all(each.party == 255 for each in log if each.kind == EventKind.FROZEN)
        else:
            assert freezes == [], "a suspension shows to no peer"
        for head, end in spans:
            within = [each for each in log if head < each.seq < end and each.kind == EventKind.MESSAGE]
            assert [each.party for each in within if measure is Measure.FREEZE or each.party == 1] == []
