"""Where the machine plays: one conversation of the running service, two persons on each side, each with two devices."""

import itertools
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Final, Self

from websockets.exceptions import ConnectionClosed

from messaging.domain.consent import CardState
from messaging.domain.ids import CardId, ThreadId
from messaging.domain.vocabulary import Role
from messaging.e2ee.consent_proof import ConsentProof
from messaging.wire import codec
from messaging.wire.commands import AnyCommand, ConsentGive, Pull
from messaging.wire.events import Err, Events, LogEntry
from tests.support.server import RunningService
from tests.support.sockets import Socket, greeted
from tests.support.talk import Line, claimed_opening
from tests.support.world import Someone, World

DEVICES: Final = 2
CONVERSATIONS: Final = 30


@dataclass
class Company:
    """Two persons on each side, connected; they hold one conversation after the other.

    Who is not asked for long reads nothing, and must not be closed for it: their connections take all that comes.
    """

    service: RunningService
    world: World
    spouse: Someone
    devices: dict[str, list[Socket]]
    leave: AsyncExitStack
    conversations: int = 0
    leaving: set[int] = field(default_factory=set)
    """The sides that removed one of their two persons, or are about to: the next conversation needs others."""

    @classmethod
    async def made(cls, service: RunningService, number: int) -> Self:
        async with AsyncExitStack() as undo:
            world = await undo.enter_async_context(World.made(service, f" {number}", prekeys=0))
            spouse = Someone(f"spouse {number}", (world.project.claim(Role.CO_HOLDER),))
            await world.seat(world.project, world.holder, spouse, Role.CO_HOLDER)
            people = {"holder": world.holder, "spouse": spouse, "mayor": world.mayor, "agent": world.agent}
            devices: dict[str, list[Socket]] = {}
            for name, person in people.items():
                sockets = [greeted(service, await world.ticket(person)) for _ in range(DEVICES)]
                devices[name] = [await undo.enter_async_context(socket) for socket in sockets]
            return cls(service, world, spouse, devices, undo.pop_all())

    @property
    def is_tired(self) -> bool:
        """Whether it opened as many conversations as one mailbox may in a day, nearly, or is not what it was."""
        return bool(self.leaving) or self.conversations >= CONVERSATIONS


@dataclass
class Player:
    """One person's seat in the conversation, with the consents that they gave so far."""

    name: str
    line: Line
    devices: list[Socket]
    given: list[ConsentGive] = field(default_factory=list)
    withdrawn: set[bytes] = field(default_factory=set)
    """The statements whose withdrawal was answered."""
    removed: bool = False
    """Whether the answer to this person's removal came."""

    @property
    def party(self) -> int:
        return self.line.party


@dataclass
class Ground:
    """One conversation with its players."""

    company: Company
    database: Path
    thread: ThreadId
    players: tuple[Player, ...]
    """The project's holder and co-holder, the town hall's mayor and agent."""
    logs: defaultdict[str, list[LogEntry]] = field(default_factory=lambda: defaultdict(list))
    """What each listener was given so far."""
    revealed: bool = False
    register_lines: int = 0
    """As many as were looked at."""
    proofs: dict[CardId, ConsentProof] = field(default_factory=dict)
    proven: set[tuple[CardId, CardState]] = field(default_factory=set)
    ref: ClassVar[Iterator[int]] = itertools.count(10)

    @classmethod
    async def made(cls, company: Company, database: Path) -> Self:
        """A new conversation. What was heard before is forgotten."""
        world = company.world
        company.conversations += 1
        command, initiator, recipient = await claimed_opening(
            world, (world.project, world.holder), (world.town, world.mayor), next(cls.ref)
        )
        lines = {
            "holder": initiator,
            "spouse": replace(initiator, keys=world.project.keys(company.spouse)),
            "mayor": recipient,
            "agent": replace(recipient, keys=world.town.keys(world.agent)),
        }
        players = tuple(Player(name, line, company.devices[name]) for name, line in lines.items())
        answer = json.loads(await players[0].devices[0].ask(command))
        assert answer["t"] == "ack", answer
        ground = cls(company, database, ThreadId(command.thread), players)
        for player in ground.listeners:
            await ground.log(player)
            player.devices[0].heard.clear()
        return ground

    async def ask(self, player: Player, device: int, command: AnyCommand) -> str:
        """`done`, the code of the refusal, or `gone` where the connection was closed."""
        command.ref = next(self.ref)
        try:
            answer = codec.decode_downs(await player.devices[device].ask(command))[0]
        except ConnectionClosed:
            return "gone"
        return answer.problem.code if isinstance(answer, Err) else "done"

    @property
    def listeners(self) -> tuple[Player, Player]:
        """The administrator of each side, whom nobody removes."""
        return self.players[0], self.players[2]

    async def remove_colleague(self, party: int) -> str:
        """The side's administrator removes the other person of it; once."""
        company, world = self.company, self.company.world
        if party in company.leaving:
            return "nothing"
        company.leaving.add(party)
        box, admin, leaver = (
            (world.town, world.mayor, world.agent) if party else (world.project, world.holder, company.spouse)
        )
        renewal = box.renewal(admin, leaver.seat)
        answer = await world.request("POST", box.removals, world.token(admin), renewal.body)
        assert answer.status_code == 204, answer.text
        box.adopt(renewal)
        stays, leaves = self.players[2 * party : 2 * party + 2]
        stays.line = replace(stays.line, keys=box.keys(admin))
        leaves.removed = True
        return "done"

    async def rotate(self, player: Player, device: int) -> str:
        """The player's side begins the next epoch of the conversation; everybody then goes on in it."""
        async with self.company.service.service.store.reading() as tx:
            head = (await tx.threads.get([self.thread]))[self.thread].head
        command, after = player.line.rotation(0, head)
        answer = await self.ask(player, device, command)
        if answer == "done":
            for other in self.players:
                own = replace(after, keys=other.line.keys)
                other.line = own if other.party == player.party else other.line.following(after)
        return answer

    async def log(self, player: Player) -> list[LogEntry]:
        """The conversation as this player is given it. What the first device was told before, it has heard by then."""
        known = self.logs[player.name]
        while True:
            command = Pull(ref=next(self.ref), thread=self.thread, after=len(known))
            answer = codec.decode_downs(await player.devices[0].ask(command))[0]
            assert isinstance(answer, Events)
            known += answer.events
            if len(known) == answer.head_seq:
                return known

    def escrow(self) -> set[bytes]:
        """The cards that the service holds, read past it."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT card FROM escrow WHERE thread = ?", (self.thread,))
            return {row[0] for row in rows}
