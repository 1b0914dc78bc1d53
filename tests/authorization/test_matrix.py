"""Every operation tried as every role against a running service: who may stands in a table, written and not derived."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec
import pytest
import pytest_asyncio

from messaging.app import system_clock
from messaging.domain import authorization
from messaging.domain.authorization import TABLE, Operation, Rule
from messaging.wire.rest import ClaimRequest
from tests.authorization.matrix import ALLOWED, SUBJECTLESS
from tests.authorization.operations import OPERATIONS, REF, Aim, Http, Request, Stage
from tests.authorization.roles import ROLES, Actor, Cast
from tests.support.server import running_service
from tests.support.sockets import Socket
from tests.support.world import World

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


class Recorder(dict[Operation, Rule]):
    """The table, which remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(TABLE)
        self.asked: list[Operation] = []

    def __getitem__(self, operation: Operation) -> Rule:
        self.asked.append(operation)
        return super().__getitem__(operation)


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    recording = Recorder()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(authorization, "TABLE", recording)
        yield recording


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    folder: Path = tmp_path_factory.mktemp("authorization")
    url = f"sqlite+aiosqlite:///{folder / 'pli.sqlite3'}"
    async with running_service(url, folder) as service, World.made(service) as world:
        yield await Stage.made(world, await Cast.made(world, service), system_clock)


Sockets = dict[str, Socket]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sockets(stage: Stage) -> AsyncIterator[Sockets]:
    """A socket for every role that gets a ticket."""
    actors = [stage.cast.actor(role) for role in ROLES]
    async with contextlib.AsyncExitStack() as stack:
        yield {
            actor.role: await stack.enter_async_context(stage.world.socket(actor.person))
            for actor in actors
            if actor.person is not None
        }


Answer = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, headers, body; a struct of the socket has status 0 and no headers."""


@dataclass(frozen=True, slots=True)
class Trial:
    """All that a test needs to let an actor try."""

    stage: Stage
    sockets: Sockets
    recorder: Recorder

    async def attempt(self, actor: Actor, request: Request) -> Answer:
        """What this actor gets for this request; who has no account stops at a socket's ticket."""
        world = self.stage.world
        self.recorder.asked.clear()
        if isinstance(request, Http):
            return _of(await world.request(request.method, request.path, actor.token, request.body))
        if actor.role not in self.sockets:
            return _of(await world.request("POST", "/v1/tickets", actor.token))
        return 0, [], await self.sockets[actor.role].ask(request)

    async def request(self, operation: Operation, actor: Actor, *, known: bool = True) -> Request:
        """What somebody entitled would send: the actor where they are, else the mayor."""
        entitled = actor.role in ALLOWED[operation]
        who = actor.person if entitled and actor.person is not None else self.stage.world.mayor
        _, make = OPERATIONS[operation]
        return await make(self.stage, Aim(who, known, granted=entitled and known))

    async def tried(self, operation: Operation, actor: Actor, *, known: bool = True) -> Answer:
        return await self.attempt(actor, await self.request(operation, actor, known=known))


@pytest.fixture(scope="module")
def trial(stage: Stage, sockets: Sockets, recorder: Recorder) -> Trial:
    return Trial(stage, sockets, recorder)


def _of(answer: httpx.Response) -> Answer:
    return answer.status_code, answer.headers.raw, answer.content


def code(answer: Answer) -> str | None:
    """The problem's code; None for a success."""
    status, _, body = answer
    decoded = msgspec.json.decode(body) if body else {}
    if status:
        return None if 200 <= status < 300 else str(decoded["code"])
    return str(decoded["problem"]["code"]) if decoded["t"] == "err" else None


@pytest.mark.parametrize("operation", list(OPERATIONS), ids=str)
async def test_who_may(operation: Operation, trial: Trial) -> None:
    for role in ROLES:
        actor = trial.stage.cast.actor(role)
        answer = await trial.tried(operation, actor)

        refused = "unauthenticated" if role == "anonymous" else "not_found"
        assert code(answer) == (None if role in ALLOWED[operation] else refused), (role, answer)
        if actor.person is not None:
            assert set(trial.recorder.asked) == {operation} or operation is Operation.SERVICE_READ, role


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o not in SUBJECTLESS], ids=str)
async def test_unknown_and_forbidden_are_the_same_bytes(operation: Operation, trial: Trial) -> None:
    for role in ROLES:
        actor = trial.stage.cast.actor(role)
        unknown = await trial.tried(operation, actor, known=False)
        assert code(unknown) == ("unauthenticated" if role == "anonymous" else "not_found"), role
        forbidden_to = actor if role not in ALLOWED[operation] else trial.stage.cast.actor("seatless")
        assert await trial.tried(operation, forbidden_to) == unknown, role


async def test_answers_name_the_ref_of_their_command(trial: Trial) -> None:
    _, _, body = await trial.tried(Operation.DESK_READ, trial.stage.cast.actor("stranger"))
    assert msgspec.json.decode(body)["ref"] == REF


async def test_nobody_writes_as_the_peer(trial: Trial) -> None:
    initiator, recipient = trial.stage.lines
    for role, line, peers_party in (("holder", initiator, 1), ("mayor", recipient, 0)):
        answer = await trial.attempt(trial.stage.cast.actor(role), line.send(REF, party=peers_party))
        assert code(answer) == "not_found"


async def test_a_third_party_writes_as_itself_only_and_nobody_writes_as_it(trial: Trial) -> None:
    stay = trial.stage.stay
    third, holder = trial.stage.cast.actor("third"), trial.stage.cast.actor("holder")
    for party in (0, 1):
        assert code(await trial.attempt(third, stay.guest.send(REF, party=party))) == "not_found"
    assert code(await trial.attempt(holder, stay.sides[0].send(REF, party=2))) == "not_found"


async def test_nobody_withdraws_a_colleagues_card(trial: Trial) -> None:
    stage = trial.stage
    mayor, agent = (stage.line(who) for who in (stage.world.mayor, stage.world.agent))
    given = mayor.give(REF, stage.now())
    assert code(await trial.attempt(stage.cast.actor("mayor"), given)) is None
    answer = await trial.attempt(stage.cast.actor("agent"), agent.withdraw(REF, given, stage.now()))
    assert code(answer) == "not_found"


async def test_one_does_not_write_to_oneself(trial: Trial) -> None:
    """One's own target and one that does not exist look alike."""
    mayor, town = trial.stage.cast.actor("mayor"), trial.stage.world.town
    own, unknown = [
        await trial.attempt(mayor, Http("POST", f"/v1/targets/{target.hex()}/claims", ClaimRequest(town.mailbox)))
        for target in (town.target, bytes(16))
    ]
    assert own == unknown
    assert code(own) == "not_found"
