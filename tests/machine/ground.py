"""Where the machine plays: one conversation of the running service, two persons on each side, each with two devices."""

import json
import sqlite3
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from messaging.domain.ids import CardId, ThreadId
from messaging.domain.vocabulary import Role
from messaging.e2ee.consent import parse_consent
from messaging.wire import codec
from messaging.wire.commands import AnyCommand, ConsentGive, Pull
from messaging.wire.events import Err, Events, LogEntry
from tests.support.server import RunningService
from tests.support.sockets import Socket, greeted
from tests.support.talk import Line, claimed_opening
from tests.support.world import Someone, World

DEVICES = 2


@dataclass
class Player:
    """One person's seat in the conversation, with the consents that they gave so far."""

    name: str
    line: Line
    devices: list[Socket]
    given: list[ConsentGive] = field(default_factory=list)

    @property
    def party(self) -> int:
        return self.line.party

    @property
    def seat(self) -> bytes:
        return self.line.keys.seat

    @property
    def cards(self) -> list[CardId]:
        return [CardId(parse_consent(command.statement).card) for command in self.given]


@dataclass
class Ground:
    """One conversation with its players."""

    service: RunningService
    database: Path
    thread: ThreadId
    players: tuple[Player, ...]
    """The project's holder and co-holder, the town hall's mayor and agent."""
    leave: AsyncExitStack
    ref: int = 0

    @classmethod
    async def made(cls, service: RunningService, database: Path, number: int) -> Self:
        async with AsyncExitStack() as undo:
            world = await undo.enter_async_context(World.made(service, f" {number}"))
            spouse = Someone(f"spouse {number}", (world.project.claim(Role.CO_HOLDER),))
            await world.seat(world.project, world.holder, spouse, Role.CO_HOLDER)
            command, initiator, recipient = await claimed_opening(
                world, (world.project, world.holder), (world.town, world.mayor), 1
            )
            ends = (
                ("holder", world.holder, initiator),
                ("spouse", spouse, replace(initiator, keys=world.project.keys(spouse))),
                ("mayor", world.mayor, recipient),
                ("agent", world.agent, replace(recipient, keys=world.town.keys(world.agent))),
            )
            players = []
            for name, person, line in ends:
                devices = [
                    await undo.enter_async_context(greeted(service, await world.ticket(person))) for _ in range(DEVICES)
                ]
                players.append(Player(name, line, devices))
            answer = json.loads(await players[0].devices[0].ask(command))
            assert answer["t"] == "ack", answer
            ground = cls(service, database, ThreadId(command.thread), tuple(players), undo.pop_all(), 1)
        for player in players:
            for device in range(DEVICES):
                await ground.log(player, device)
                player.devices[device].heard.clear()
        return ground

    async def ask(self, player: Player, device: int, command: AnyCommand) -> str:
        """`done`, or the code of the refusal."""
        self.ref += 1
        command.ref = self.ref
        answer = codec.decode_downs(await player.devices[device].ask(command))[0]
        return answer.problem.code if isinstance(answer, Err) else "done"

    async def log(self, player: Player, device: int) -> list[LogEntry]:
        """The conversation as this player is given it. What this device was told before it has heard by then."""
        self.ref += 1
        command = Pull(ref=self.ref, thread=self.thread, after=0)
        answer = codec.decode_downs(await player.devices[device].ask(command))[0]
        assert isinstance(answer, Events)
        return answer.events

    def escrow(self) -> set[bytes]:
        """The cards that the service holds, read past it."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT card FROM escrow WHERE thread = ?", (self.thread,))
            return {row[0] for row in rows}
